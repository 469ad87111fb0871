"""What registers and other sites call a thing: its codes, and the same thing elsewhere."""

from __future__ import annotations

from typing import Final

from mesmart_kg.profiles.desk import Desk, Record, last_segment
from mesmart_kg.profiles.values import Code, Evidence, Fact

_SITES: Final = (
    ("http://www.wikidata.org/entity/", "wikidata"),
    ("https://sws.geonames.org/", "geonames"),
    ("http://publications.europa.eu/resource/authority/", "eu"),
    ("https://w3id.org/italia/", "italia"),
    ("https://schema.org/", "schema"),
)
_SLUG: Final = "slug"
"""The scheme of our own short names, which say nothing to others."""


def read_codes(desk: Desk, facts: Record) -> tuple[Code, ...]:
    """Return the codes of a thing and its names on other sites, by scheme; the exact matches first."""
    codes = [_split(fact) for fact in desk.texts(facts, "dcterms:identifier")]
    for name in ("skos:exactMatch", "skos:closeMatch"):
        codes += [_link(fact, name == "skos:exactMatch") for fact in desk.texts(facts, name)]
    kept = [code for code in codes if code.scheme != _SLUG]
    return tuple(
        sorted(kept, key=lambda code: (bool(code.address), code.scheme, not code.is_exact, code.code))
    )


def _split(fact: Fact[str]) -> Code:
    scheme, colon, code = fact.value.partition(":")
    return Code(scheme if colon else "", code if colon else fact.value, None, True, fact.evidence)


def _link(fact: Fact[str], is_exact: bool) -> Code:
    scheme = next((name for prefix, name in _SITES if fact.value.startswith(prefix)), "web")
    return Code(scheme, last_segment(fact.value), fact.value, is_exact, Evidence())
