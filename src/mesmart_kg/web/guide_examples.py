"""The examples of the guide for those who link to us: real things of the release, so that each works.

What stands in a command is plain: letters, digits, hyphens. A thing whose path or code would need quoting is
passed over, so that nothing in the data can change what a copied command does.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Final

from mesmart_kg.label_index import LabelIndex, TooBroad
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.queries import NamedQuery, find_query

EXAMPLE: Final = "id/city/xx-example"
"""The thing that examples speak of where the data hold nothing of ours, as a preview may."""

MOST_LOOKED_AT: Final = 50
"""Things of a kind that are looked at to find one for examples."""

SHOWN: Final = ("id/city/be-gent", "id/city/at-wien", "id/city/it-castro-le")
"""Further towns of the example table, where the release has them; of the last there are two."""

THEIRS: Final = "https://data.example.org/"
"""What the addresses of a reader's own things begin with: a host that is kept for examples (RFC 2606)."""

_PLAIN: Final = re.compile(r"id/[a-z-]+/[a-z0-9-]{1,80}")
_CITY: Final = re.compile(r"id/city/([a-z]{2})-[a-z0-9-]{1,80}")
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SCHEMES: Final = ("istat", "nuts", "lau", "iso3166-1")
_NEAR: Final = 20
"""How many things of a name are looked at to find the one that is meant."""

_QUERIES: Final = ("communities-of-a-city", "communities-of-the-city")
"""Queries that are asked of one city, as our release and a new city's have them."""


@dataclass(frozen=True)
class Examples:
    """Things to show. ``path`` is an IRI without the base; ``is_there`` tells whether the release has it.

    ``table`` is a table of towns as CSV, empty if the release has none; ``code`` is a register's key and the
    thing's code in it, or None; ``foreign`` is the thing's IRI at Wikidata, or empty.
    """

    path: str
    is_there: bool
    table: str
    code: tuple[str, str] | None
    foreign: str


def find_examples(
    index: LabelIndex, queries: tuple[NamedQuery, ...], base_iri: str, languages: tuple[str, ...]
) -> Examples:
    """Return the examples that a release offers, named for a reader."""
    found = _find_path(index, queries, base_iri)
    path = found or EXAMPLE
    codes = _find_codes(index, f"{base_iri}{path}")
    return Examples(
        path,
        found is not None,
        _make_table(index, base_iri, (path, *SHOWN), languages),
        next(((scheme, codes[scheme]) for scheme in _SCHEMES if scheme in codes), None),
        PREFIXES["wd"] + codes["wikidata"] if "wikidata" in codes else "",
    )


def _find_path(index: LabelIndex, queries: tuple[NamedQuery, ...], base_iri: str) -> str | None:
    """Return the path of the city of the release's own query, else that of something there is."""
    query = next((found for name in _QUERIES if (found := find_query(queries, name))), None)
    values = [each.default for each in query.parameters if each.name == "city"] if query else []
    for text in (text for value in values for text in value):
        if _PLAIN.fullmatch(text):
            return text
    for kind in ("city", "community", "place", "event"):
        for entry in index.browse(kind, limit=MOST_LOOKED_AT).entries:
            path = entry.iri.removeprefix(base_iri)
            if path != entry.iri and _PLAIN.fullmatch(path):
                return path
    return None


def _make_table(index: LabelIndex, base_iri: str, paths: tuple[str, ...], languages: tuple[str, ...]) -> str:
    """Return a table as a city might keep it: its own number for each partner, the name, the country."""
    cities = {path: match[1] for path in paths if (match := _CITY.fullmatch(path))}
    countries = {path: f"{base_iri}id/country/{code}" for path, code in cities.items()}
    named = index.names([*(base_iri + path for path in cities), *countries.values()])
    things = index.references(named, languages)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("id", "name", "country"))
    rows = 0
    for path, country in countries.items():
        city = things.get(base_iri + path)
        if city is not None:
            rows += 1
            lies_in = things[country].name.value if country in things else cities[path].upper()
            writer.writerow((f"{THEIRS}partner/{rows}", city.name.value, lies_in))
    return written.getvalue() if rows else ""


def _find_codes(index: LabelIndex, iri: str) -> dict[str, str]:
    """Return the codes of a thing by their register, plain ones only; those of the index know them."""
    names = index.names([iri]).get(iri, ())
    try:
        hits = index.suggest(names[0].value, limit=_NEAR) if names else ()
    except TooBroad:
        return {}
    codes = next((hit.entry.codes for hit in hits if hit.entry.iri == iri), ())
    return {scheme: code for scheme, code in codes if _CODE.fullmatch(code)}
