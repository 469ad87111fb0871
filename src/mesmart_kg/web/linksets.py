"""The links of the release as pages show them: each set in words, its links with names, what lacks any."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from flask import request

from mesmart_kg.engine import Terms
from mesmart_kg.labels import Name, Reference, find_label
from mesmart_kg.linksets import PREDICATES, Gaps, PublishedLinks, PublishedSet, find_gaps, open_links
from mesmart_kg.linksets.files import Namer
from mesmart_kg.linksets.releasing import PAGE
from mesmart_kg.namespaces import compact
from mesmart_kg.release import Release
from mesmart_kg.store import Triple
from mesmart_kg.web.filtering import to_address
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.once import once
from mesmart_kg.web.publication import published
from mesmart_kg.web.release_files import read_triples

COLUMNS: Final = (
    *("set", "title", "given", "begins_with", "links", "things", "licence", "licence_of_target"),
    *("given_by", "created", "taken_in"),
)
_LICENCES: Final = (
    ("creativecommons.org/licenses/by/4.0", "CC BY 4.0"),
    ("creativecommons.org/licenses/by-sa/4.0", "CC BY-SA 4.0"),
    ("creativecommons.org/publicdomain/zero/1.0", "CC0 1.0"),
    ("opendatacommons.org/licenses/odbl", "ODbL"),
    ("opendatacommons.org/licenses/pddl", "PDDL"),
)
_ALL: Final = "city"
_CITIES: Final = "SELECT ?city { ?city a <https://w3id.org/city-communities/def#City> }"
_MOST_CITIES: Final = 5_000_000

MOST_NAMED: Final = 20_000
"""Cities that are sorted by their names in each language; more are sorted once, by IRI."""


@dataclass(frozen=True)
class Shown:
    """A set as pages show it; ``relations`` are (words, count), the most first, files (label, address)."""

    links: PublishedSet
    title: Name
    url: str
    relations: tuple[tuple[str, int], ...]
    licence: str
    target_licence: str
    givers: tuple[Reference, ...]
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Row:
    """A link: our thing, in words what it is to theirs, and their IRI."""

    ours: Reference
    relation: str
    theirs: str


@dataclass(frozen=True)
class Gap:
    """Of how many cities a set links how many; ``url`` leads to those that it does not."""

    title: Name
    linked: int
    missing: int
    url: str


def get_links() -> PublishedLinks:
    """Return the links of the release that is served. Raises ReleaseDamaged."""
    here = published()
    return once("links", lambda: open_links(here.release, here.config.site.base_iri))


def show(links: PublishedSet) -> Shown:
    """Return a set in the reader's words."""
    path = f"/links/{links.slug}"
    counted = sorted(links.predicates.items(), key=lambda pair: (-pair[1], pair[0]))
    return Shown(
        links,
        _name(links),
        to_address(path, ()),
        tuple((name_relation(predicate, links.is_given), count) for predicate, count in counted),
        name_licence(links.licence),
        name_licence(links.target_licence),
        tuple(Reference(each, Name(each)) for each in links.givers),
        tuple((label, to_address(f"{path}.{ending}", ())) for label, ending in _files()),
    )


def _files() -> Iterator[tuple[str, str]]:
    yield "Turtle", "ttl"
    yield "N-Triples", "nt"
    yield "CSV", "csv"


def _name(links: PublishedSet) -> Name:
    names = [Name(text, tag or None) for tag, text in sorted(links.titles.items())]
    return find_label(names, (language(),)) or Name(links.slug)


def name_relation(predicate: str, is_turned: bool = False) -> str:
    """Return in words what our side of a link is to theirs; ``is_turned`` if the link leads to ours."""
    known = {
        "skos:exactMatch": translate("the same"),
        "skos:closeMatch": translate("nearly the same"),
        "skos:relatedMatch": translate("related"),
        "skos:broadMatch": translate("part of it"),
        "skos:narrowMatch": translate("wider than it"),
    }
    name = compact(PREDICATES.get(predicate, predicate) if is_turned else predicate)
    return known.get(name, name.strip("<>"))


def name_licence(iri: str) -> str:
    """Return what people call a licence; its IRI where they call it nothing we know."""
    return next((name for part, name in _LICENCES if part in iri), iri)


def list_rows(links: PublishedSet, page: int) -> list[Row]:
    """Return the links on a page of a set, from 1."""
    things = get_links().things
    triples = list(islice(links.triples((page - 1) * PAGE), PAGE))
    turned = [links.is_given and not subject.startswith(things) for subject, _, _ in triples]
    ends = [
        (value, subject) if is_turned else (subject, value)
        for is_turned, (subject, _, value) in zip(turned, triples, strict=True)
    ]
    names = published().index.references({ours for ours, _ in ends}, (language(),))
    return [
        Row(names[ours], name_relation(predicate, is_turned), theirs)
        for (ours, theirs), (_, predicate, _), is_turned in zip(ends, triples, turned, strict=True)
    ]


def count_pages(total: int) -> int:
    """Return how many pages a list takes; an empty one has one."""
    return max(-(-total // PAGE), 1)


def make_namer() -> Namer:
    """Return what names things in the reader's language, also after the request has been left."""
    index, languages = published().index, (language(),)

    def name(iris: Iterable[str]) -> Mapping[str, str]:
        found = {iri: find_label(names, languages) for iri, names in index.names(iris).items()}
        return {iri: name.value for iri, name in found.items() if name is not None}

    return name


def get_gaps() -> Gaps:
    """Return which cities lack links: by name in the reader's language, or by IRI if they are very many."""
    here, chosen = published(), language()
    count = next((kind.things for kind in here.index.classes() if kind.key == _ALL), 0)
    if count <= MOST_NAMED:

        def find() -> Gaps:
            return find_gaps(get_links(), (e.iri for e in here.index.entries(_ALL, languages=(chosen,))))

        return once(("link gaps", chosen), find)

    def find_unnamed() -> Gaps:
        rows = here.engine.select(_CITIES, rows=_MOST_CITIES, terms=Terms()).rows
        return find_gaps(get_links(), sorted(row["city"].value for row in rows))

    return once("link gaps", find_unnamed)


def list_unlinked(slug: str = "") -> tuple[str, ...]:
    """Return the cities that a set does not link, or that none does; ``slug`` is of one that links any."""
    gaps = get_gaps()
    reader = language() if len(gaps.cities) <= MOST_NAMED else ""
    return once(("unlinked", slug, reader), lambda: gaps.without(slug) if slug else gaps.without_any())


def list_gaps(gaps: Gaps) -> list[Gap]:
    """Return the sets that link cities, with how many they lack."""
    found = []
    for each in get_links().sets:
        if each.slug in gaps.linked:
            linked = len(gaps.linked[each.slug])
            url = to_address("/links/missing", [("set", each.slug)])
            found.append(Gap(_name(each), linked, len(gaps.cities) - linked, url))
    return found


def write_missing(cities: Iterable[str], name: Namer) -> Iterator[bytes]:
    """Yield cities as CSV: IRI and name."""
    waiting = iter(cities)
    yield b"iri,name\r\n"
    while part := list(islice(waiting, 500)):
        names = name(part)
        text = io.StringIO()
        csv.writer(text).writerows((iri, names.get(iri, "")) for iri in part)
        yield text.getvalue().encode()


def write_sets(sets: Iterable[Shown]) -> str:
    """Return all sets as CSV, one a row."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in sets:
        links = each.links
        givers = "; ".join((links.credit, *links.givers) if links.credit else links.givers)
        writer.writerow(
            (
                *(links.slug, each.title.value, "yes" if links.is_given else "no", links.space),
                *(links.links, links.things, links.licence, links.target_licence),
                *(givers, links.created, links.accepted),
            )
        )
    return text.getvalue()


def read_descriptions(release: Release) -> tuple[Triple, ...]:
    """Return what the metadata say of sets of links and of what they lead to. Raises ReleaseDamaged."""
    own = tuple(
        f"<{published().config.site.base_iri}set/city-communities#{kind}-" for kind in ("links", "target")
    )
    return tuple(triple for triple in read_triples(release.metadata) if str(triple.subject).startswith(own))


def asked_set() -> str:
    """Return the slug of the set that the address names; empty for none."""
    return request.args.get("set", "")[:100]
