"""What home, map, timeline and network show: overviews of the release, with names for the present reader."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import request

from mesmart_kg.engine import Terms
from mesmart_kg.errors import EngineUnavailable, QueryError, ResourceNotFound
from mesmart_kg.label_index.sieve import MOST_OPTIONS
from mesmart_kg.labels import Name, Reference
from mesmart_kg.overview import (
    Belongings,
    Chronicle,
    Growth,
    Happening,
    Members,
    Sharing,
    Town,
    name_members,
    read_belongings,
    read_chronicle,
    read_events,
    read_growth,
    read_members,
    read_sharing,
)
from mesmart_kg.overview.rows import bind_for
from mesmart_kg.queries import find_query
from mesmart_kg.web.languages import language
from mesmart_kg.web.once import once
from mesmart_kg.web.publication import published

_LONGEST: Final = 500
"""Characters of what an address may name to filter by."""

MOST_YEARS: Final = 200
"""How many years a chart shows in a row; beyond, only those in which something happened."""


@dataclass(frozen=True)
class Spot:
    """A city on a map; ``kind`` is ``main`` for the one that the site is about."""

    longitude: float | None
    latitude: float | None
    reference: Reference
    kind: str = ""


@dataclass(frozen=True)
class Option:
    """One of the values of a filter: what stands in the address, and the thing that it means."""

    value: str
    reference: Reference


@dataclass(frozen=True)
class Choice:
    """A filter of a page, which the address sets by ``name``: its options by name, and the one chosen."""

    name: str
    options: tuple[Option, ...]
    chosen: Option | None

    @property
    def iri(self) -> str:
        """The thing chosen; empty for all of them."""
        return self.chosen.reference.iri if self.chosen else ""

    @classmethod
    def read(cls, name: str, counts: Mapping[str, int], is_there: Callable[[str], bool]) -> Choice:
        """Read the present request: options are those that most things have.

        Another one may be asked for by the end of its IRI, if it ``is_there``. Raises ResourceNotFound for
        what is not.
        """
        most = sorted(counts, key=lambda iri: (-counts[iri], iri))[:MOST_OPTIONS]
        wanted = request.args.get(name, "")[:_LONGEST]
        if wanted and not any(wanted in (_end(iri), iri) for iri in most):
            own = wanted if ":" in wanted else f"{published().config.site.base_iri}id/{name}/{wanted}"
            most += [own] if is_there(own) else []
        told = sorted(name_all(most).values(), key=sort_key)
        ends = Counter(_end(each.iri) for each in told)
        options = tuple(
            Option(each.iri if ends[_end(each.iri)] > 1 else _end(each.iri), each) for each in told
        )
        chosen = next((each for each in options if wanted in (each.value, each.reference.iri)), None)
        if wanted and chosen is None:
            raise ResourceNotFound("the filter names nothing that is in the data")
        return cls(name, options, chosen)


@dataclass(frozen=True)
class YearCount:
    """How much happened in a year."""

    year: str
    events: int
    accessions: int


def community_sizes() -> Mapping[str, int]:
    """Return the communities that have most cities, the largest first, and how many each has."""

    def count() -> Mapping[str, int]:
        facets = published().index.facets("city")
        options = next((facet.options for facet in facets if facet.filter == "community"), ())
        told = sorted(options, key=lambda option: (-option.things, option.value))
        return {option.value: option.things for option in told}

    return once("sizes", count)


def find_drawn() -> tuple[str, ...] | None:
    """Return the communities whose cities are drawn at once, one at least; None if all are, being few."""
    most, drawn = published().config.web.drawn, 0
    sizes = community_sizes()
    if sum(sizes.values()) <= most and len(sizes) < MOST_OPTIONS:
        return None
    kept: list[str] = []
    for community, size in sizes.items():
        drawn += size
        if kept and drawn > most:
            break
        kept.append(community)
    return tuple(kept)


def members() -> Members:
    """Return the cities of all communities; of the largest, and not ``complete``, if they are too many.

    Raises as the engine does, like all that follow.
    """

    def read() -> Members:
        drawn = find_drawn()
        told = read_members(published().engine, _terms(), drawn)
        return told if drawn is None else Members(told.towns, complete=False)

    return once("members", read)


def members_of(community: str) -> Members:
    """Return the cities of one community."""
    told = members()
    if told.complete or community in (find_drawn() or ()):
        return Members(told.of(community).towns)
    return read_members(published().engine, _terms(), (community,)).of(community)


def events() -> Chronicle:
    """Return all events, without accessions."""
    return once("events", lambda: read_events(published().engine, _terms()))


def chronicle() -> Chronicle:
    """Return all events and accessions, these without those who joined."""
    return once("chronicle", lambda: read_chronicle(published().engine, _terms()))


def with_members(happenings: Sequence[Happening]) -> Chronicle:
    """Return some happenings with those who joined, where they are not too many to be named."""
    return Chronicle(name_members(published().engine, happenings, _terms()))


def growth() -> Growth | None:
    """Return how the community that the named queries are about grew; None without such queries."""
    here, reader = published(), language()
    return once(
        ("growth", reader),
        lambda: read_growth(here.engine, here.queries, reader, here.config.site.base_iri, terms=_terms()),
    )


def belongings() -> Belongings | None:
    """Return the communities of the city that the named query is about; None if there is no such query."""
    here, reader = published(), language()
    return once(
        ("belongings", reader),
        lambda: read_belongings(here.engine, here.queries, reader, here.config.site.base_iri, _terms()),
    )


def sharing() -> Sharing:
    """Return which communities share members."""
    here, reader = published(), language()
    if find_drawn() is not None:
        return Sharing(complete=False)
    return once("sharing", lambda: read_sharing(here.engine, here.queries, reader, members(), _terms()))


def name_all(iris: Iterable[str]) -> Mapping[str, Reference]:
    """Return how the page speaks of some things, for the present reader."""
    return published().index.references(iris, (language(),))


def to_spots(towns: Iterable[Town], names: Mapping[str, Reference], main: str = "") -> tuple[Spot, ...]:
    """Return cities as points of a map, the main one last, so that it lies on top."""
    spots = [
        Spot(
            town.longitude,
            town.latitude,
            names.get(town.city, Reference(town.city, Name(town.city))),
            "main" if town.city == main else "",
        )
        for town in towns
    ]
    return tuple(sorted(spots, key=lambda spot: spot.kind))


def find_main_city() -> str:
    """Return the city that the site is about, by its named query; empty if that can't be told."""
    try:
        told = belongings()
    except (QueryError, EngineUnavailable):
        return ""
    return told.city if told else ""


@dataclass(frozen=True)
class Beginning:
    """What the data began with: the city that the site is about, and who tells most of its communities."""

    city: Reference
    source: Reference


def find_beginning() -> Beginning | None:
    """Return it as the data have it; None where they don't, or the engine can't say now."""
    try:
        told = belongings()
    except (QueryError, EngineUnavailable):
        return None
    votes = Counter(source for each in told.belongings for source in each.sources) if told else Counter()
    if told is None or not votes:
        return None
    source = min(votes, key=lambda iri: (-votes[iri], iri))
    names = name_all((told.city, source))
    return Beginning(names[told.city], names[source])


def find_text(name: str) -> str | None:
    """Return a named query as it is asked for the present reader; None if the release has none such."""
    query = find_query(published().queries, name)
    return bind_for(query, language()) if query else None


def count_years(told: Chronicle) -> tuple[YearCount, ...]:
    """Return events, and members that joined, of every year from the first to the last."""
    events = Counter(each.year for each in told.happenings if not each.is_accession)
    accessions = Counter({year: sum(each.count for each in those) for year, those in told.years})
    years = sorted({*events, *accessions})
    if years and all(year.isdecimal() for year in years):
        first, last = int(years[0]), int(years[-1])
        # Years without anything are drawn as such, unless a slip of the data would make millions of them.
        years = [f"{year:04}" for year in range(first, last + 1)] if last - first <= MOST_YEARS else years
    return tuple(YearCount(year, events[year], accessions[year]) for year in years)


def sort_key(reference: Reference) -> tuple[str, str]:
    """Return what names are sorted by: without accents and case, as a reader looks for them."""
    plain = unicodedata.normalize("NFKD", reference.name.value)
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold(), reference.iri


def _end(iri: str) -> str:
    return iri.rpartition("/")[2]


def _terms() -> Terms:
    return Terms(request.environ.get("mesmart.client", ""))
