"""Events and their series: which edition, when, where, who took part as what, who came in with a wave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.city import read_names
from mesmart_kg.profiles.desk import Desk, Record, Sources
from mesmart_kg.profiles.parts import read_parts
from mesmart_kg.profiles.places import points_of, read_point
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.ties import ask_memberships, read_part_of, read_ties
from mesmart_kg.profiles.values import Evidence, Fact, Listing, Part, Point, Tie, Told

_ABOUT = ask_about(
    "schema:startDate",
    "schema:endDate",
    "schema:superEvent",
    "schema:location",
    "schema:organizer",
    "schema:eventAttendanceMode",
    "schema:alternateName",
    "schema:position",
    "schema:url",
    "dcterms:description",
    "dcterms:spatial",
    "dcterms:subject",
    "dcterms:relation",
    "dcterms:type",
    "skos:altLabel",
    "skos:note",
)

_PLACES = Question(
    "?place ?city ?point",
    """
    $this schema:location ?place .
    OPTIONAL { ?place schema:containedInPlace ?city . ?city a cc:City }
    OPTIONAL {
      { ?place geo:hasDefaultGeometry/geo:asWKT ?point }
      UNION
      { ?place schema:containedInPlace/geo:hasDefaultGeometry/geo:asWKT ?point }
    }
    """,
    limit=100,
)

_SIBLINGS = Question(
    "?series ?edition ?start",
    """
    $this schema:superEvent ?series .
    ?edition schema:superEvent ?series .
    OPTIONAL { ?edition schema:startDate ?start }
    """,
    order="?start ?edition",
    limit=500,
)

_JOINED = ask_memberships("?tie cc:inWave $this .", place=True)
_WHO_JOINED = Question(
    "?agent ?tie", "?tie cc:inWave $this ; org:member ?agent .", order="?agent ?tie", limit=20_000
)

EDITIONS = Question(
    "?edition ?start ?end ?label ?position ?place ?graph",
    """
    GRAPH ?graph { ?edition schema:superEvent $this }
    OPTIONAL { ?edition schema:startDate ?start }
    OPTIONAL { ?edition schema:endDate ?end }
    OPTIONAL { ?edition schema:alternateName ?label }
    OPTIONAL { ?edition schema:position ?position }
    OPTIONAL { ?edition schema:location ?place }
    """,
    order="?start ?edition",
    limit=1000,
    named=("edition",),
)

_SERIES_ABOUT = ask_about(
    "dcterms:description", "skos:altLabel", "schema:url", "schema:organizer", "dcterms:subject"
)


@dataclass(frozen=True)
class EventProfile:
    """An event. ``earlier`` and ``later`` are the editions beside it in its series, by date."""

    thing: Reference
    start: tuple[Fact[str], ...]
    end: tuple[Fact[str], ...]
    edition: tuple[Fact[Name], ...]
    numbers: tuple[Fact[str], ...]
    series: tuple[Fact[Reference], ...]
    earlier: Reference | None
    later: Reference | None
    places: tuple[Fact[Reference], ...]
    cities: tuple[Reference, ...]
    points: tuple[Point, ...]
    countries: tuple[Fact[Reference], ...]
    organisers: tuple[Fact[Reference], ...]
    modes: tuple[Fact[str], ...]
    topics: tuple[Fact[Reference], ...]
    relations: tuple[Fact[Reference], ...]
    websites: tuple[Fact[str], ...]
    description: Fact[Name] | None
    other_names: tuple[Name, ...]
    notes: tuple[Fact[Name], ...]
    parts: Listing[Part]
    joined: Listing[Tie]
    joined_points: tuple[Point, ...]
    told: Listing[Told]

    @property
    def paged(self) -> Listing[Tie]:
        """The list of which the page may show but a part."""
        return self.joined

    @property
    def roles(self) -> tuple[tuple[Reference | None, tuple[Part, ...]], ...]:
        """Who took part, by role, in the order of the roles' names."""
        return group_parts(self.parts.items)


@dataclass(frozen=True)
class Edition:
    """An event of a series; ``gap_before`` are the years without a known edition since the one before."""

    event: Reference
    start: str | None
    end: str | None
    label: Name | None
    number: str | None
    places: tuple[Reference, ...]
    gap_before: tuple[int, ...]
    evidence: Evidence


@dataclass(frozen=True)
class SeriesProfile:
    """A series of events, its editions in order."""

    thing: Reference
    description: Fact[Name] | None
    other_names: tuple[Name, ...]
    websites: tuple[Fact[str], ...]
    organisers: tuple[Fact[Reference], ...]
    editions: Listing[Edition]
    told: Listing[Told]

    @property
    def missing_years(self) -> tuple[int, ...]:
        """The years between the first and the last known edition of which none is known."""
        return tuple(year for edition in self.editions.items for year in edition.gap_before)


def read_event(sources: Sources, iri: str, languages: tuple[str, ...]) -> EventProfile:
    """Read an event's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    parts = read_parts(desk)
    joined = _read_joined(desk)
    places = desk.fold(_PLACES, "place")
    earlier, later = (
        _beside(iri, desk.fold(_SIBLINGS, "edition")) if facts.iri("schema:superEvent") else (None, None)
    )
    cities = [city for place, record in places.items() for city in record.iris("city") if city != place]
    found = [read_point(record.text("point"), desk.refer(place)) for place, record in places.items()]
    return EventProfile(
        desk.refer(iri),
        desk.texts(facts, "schema:startDate"),
        desk.texts(facts, "schema:endDate"),
        desk.wordings(facts, "schema:alternateName"),
        desk.texts(facts, "schema:position"),
        desk.facts(facts, "schema:superEvent"),
        desk.maybe(earlier),
        desk.maybe(later),
        desk.facts(facts, "schema:location"),
        desk.refer_all(city for city in cities if city not in facts.iris("schema:location")),
        tuple(filter(None, found)),
        desk.facts(facts, "dcterms:spatial"),
        desk.facts(facts, "schema:organizer"),
        desk.texts(facts, "schema:eventAttendanceMode"),
        desk.facts(facts, "dcterms:subject"),
        desk.facts(facts, "dcterms:relation"),
        desk.texts(facts, "schema:url"),
        desk.wording(facts, "dcterms:description"),
        read_names(facts, languages),
        desk.wordings(facts, "skos:note"),
        parts,
        joined,
        points_of(joined.items),
        about.told,
    )


def _read_joined(desk: Desk) -> Listing[Tie]:
    """Return who came in with the wave: a page of them, in the order of their IRIs, where they are many."""
    rows = desk.ask(_WHO_JOINED, is_named=False)
    ties = list(dict.fromkeys(row["tie"].value for row in rows))
    if len(ties) <= desk.sources.listed:
        return read_ties(desk, _JOINED, are_memberships=True)
    return read_part_of(desk, "membership", ties, desk.offer(_JOINED), place=True)


def read_series(sources: Sources, iri: str, languages: tuple[str, ...]) -> SeriesProfile:
    """Read the profile of a series of events. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _SERIES_ABOUT)
    rows = desk.fold(EDITIONS, "edition")
    ordered = sorted(rows, key=lambda each: (rows[each].text("start") or "9999", each))
    gaps = find_gaps([rows[each].text("start") for each in ordered])
    editions = tuple(
        _read_edition(desk, each, rows[each], gap) for each, gap in zip(ordered, gaps, strict=True)
    )
    return SeriesProfile(
        desk.refer(iri),
        desk.wording(about.facts, "dcterms:description"),
        read_names(about.facts, languages),
        desk.texts(about.facts, "schema:url"),
        desk.facts(about.facts, "schema:organizer"),
        Listing(editions, desk.offer(EDITIONS)),
        about.told,
    )


def _read_edition(desk: Desk, iri: str, record: Record, gap: tuple[int, ...]) -> Edition:
    return Edition(
        desk.refer(iri),
        record.text("start"),
        record.text("end"),
        desk.best(record.literals("label")),
        record.text("position"),
        desk.refer_all(record.iris("place")),
        gap,
        desk.evidence((), record.iris("graph")),
    )


def find_gaps(starts: Sequence[str | None]) -> list[tuple[int, ...]]:
    """Return, for each date in order, the years between it and the date before in which nothing was.

    >>> find_gaps(["2013-05-28", "2014", "2017-05", None])
    [(), (), (2015, 2016), ()]
    """
    years = [int(start[:4]) if start and start[:4].isdecimal() else None for start in starts]
    gaps: list[tuple[int, ...]] = [()] * len(years)
    for place, (before, year) in enumerate(pairwise(years), start=1):
        if before is not None and year is not None:
            gaps[place] = tuple(range(before + 1, year))
    return gaps


def _beside(iri: str, editions: dict[str, Record]) -> tuple[str | None, str | None]:
    """Return the editions before and after one; none of a date that is not known."""
    dated = sorted((record.text("start") or "", edition) for edition, record in editions.items())
    order = [edition for start, edition in dated if start]
    if iri not in order:
        return None, None
    place = order.index(iri)
    return order[place - 1] if place else None, order[place + 1] if place + 1 < len(order) else None


def group_parts(parts: Iterable[Part]) -> tuple[tuple[Reference | None, tuple[Part, ...]], ...]:
    """Return parts by role, in the order in which the roles come."""
    groups: dict[Reference | None, tuple[Part, ...]] = {}
    for part in parts:
        groups[part.role] = (*groups.get(part.role, ()), part)
    return tuple(groups.items())
