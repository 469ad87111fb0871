"""What happened, year by year: events, and cities that joined a community on a date that a source tells.

Accessions are counted by community and date when the chronicle is read; who joined is asked for those that a
page shows (:func:`name_members`). Nothing is sorted by the engine: a store on disk looks up every value that
it compares.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mesmart_kg.overview.rows import Row, ask
from mesmart_kg.store import NamedNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesmart_kg.engine import Engine, Terms

EVENTS: Final = """PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX m8g: <http://data.europa.eu/m8g/>
PREFIX schema: <https://schema.org/>

SELECT ?event ?start ?end ?series ?city ?community
WHERE {
  ?event a cc:Event ;
    schema:startDate ?started .
  FILTER NOT EXISTS { ?event a cc:EventSeries }
  BIND(STR(?started) AS ?start)
  OPTIONAL { ?event schema:endDate ?ended . BIND(STR(?ended) AS ?end) }
  OPTIONAL { ?event schema:superEvent ?series }
  OPTIONAL { ?event schema:location ?city . ?city a cc:City }
  OPTIONAL {
    ?event schema:organizer|schema:attendee|(m8g:hasParticipation/m8g:hasParticipant) ?community .
    ?community a cc:Community .
  }
}
ORDER BY ?start ?event ?series ?city ?community
"""
"""Events with a date: one row for each series, place and community that they have."""

ACCESSIONS: Final = """PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX schema: <https://schema.org/>

SELECT ?start ?community ?member ?wave
WHERE {
  ?membership a cc:Membership ;
    org:member ?member ;
    org:organization ?community ;
    schema:startDate ?started .
  BIND(STR(?started) AS ?start)
  OPTIONAL { ?membership cc:inWave ?wave }
}
ORDER BY ?start ?community ?member
"""
"""Memberships with a date of joining: what a reader is offered."""

MOST_ROWS: Final = 200_000
"""Rows that are read of events, and of dates and communities; a chronicle of more is not complete."""

MOST_NAMED: Final = 100
"""Members that joined a community on one date whom a page names; of more it tells the number."""

MOST_NAMED_AT_ONCE: Final = 1000
"""Members whom a page names in all."""

_TOGETHER: Final = 30
"""Communities whose accessions are counted in one question, so that none takes long."""

_COMMUNITIES: Final = "SELECT ?community { ?community a <https://w3id.org/city-communities/def#Community> }"
_COUNT: Final = """PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX schema: <https://schema.org/>

SELECT ?community ?started (COUNT(DISTINCT ?member) AS ?members)
WHERE {
  VALUES ?community { %s }
  ?membership org:organization ?community ;
    schema:startDate ?started ;
    org:member ?member .
  FILTER EXISTS { ?membership a cc:Membership }
}
GROUP BY ?community ?started
"""
_WHO: Final = """PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX schema: <https://schema.org/>

SELECT ?community ?started ?member
WHERE {
  VALUES (?community ?started) { %s }
  ?membership org:organization ?community ;
    schema:startDate ?started ;
    org:member ?member .
  FILTER EXISTS { ?membership a cc:Membership }
}
"""


_WHO_OF_FEW: Final = _WHO.replace("VALUES (?community ?started)", "VALUES ?community")
"""The same of all dates: of few communities it takes less to read all ties than to look for each date."""

_FEW: Final = 3


@dataclass(frozen=True)
class Happening:
    """An event, or an accession: then ``thing`` is the community, and ``count`` how many joined it.

    ``start`` and ``end`` are dates of any precision; ``communities`` organised the event or came to it.
    ``members`` are those who joined, once they were asked for; ``stated`` the date as the data write it.
    """

    start: str
    thing: str
    end: str | None = None
    series: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    count: int = 0
    stated: tuple[str, ...] = ()

    @property
    def year(self) -> str:
        return self.start[:4]

    @property
    def is_accession(self) -> bool:
        return self.count > 0

    @property
    def iris(self) -> frozenset[str]:
        return frozenset({self.thing, *self.series, *self.places, *self.communities, *self.members})


@dataclass(frozen=True)
class Chronicle:
    """Everything that happened, the latest first; not ``complete`` where there was more than a page holds."""

    happenings: tuple[Happening, ...] = ()
    complete: bool = True

    @property
    def years(self) -> tuple[tuple[str, tuple[Happening, ...]], ...]:
        """The happenings of each year, the latest year first."""
        groups: dict[str, list[Happening]] = defaultdict(list)
        for each in self.happenings:
            groups[each.year].append(each)
        return tuple((year, tuple(groups[year])) for year in sorted(groups, reverse=True))

    @property
    def communities(self) -> Counter[str]:
        """How many happenings each community has."""
        return Counter(community for each in self.happenings for community in each.communities)

    @property
    def series(self) -> Counter[str]:
        """How many happenings each series has."""
        return Counter(series for each in self.happenings for series in each.series)

    @property
    def iris(self) -> frozenset[str]:
        """Everything that wants a name."""
        return frozenset().union(*(each.iris for each in self.happenings))

    @property
    def events(self) -> tuple[Happening, ...]:
        return tuple(each for each in self.happenings if not each.is_accession)

    def of(self, community: str | None = None, series: str | None = None) -> Chronicle:
        """Return only what has to do with one community, one series of events, or both."""
        kept = (
            each
            for each in self.happenings
            if (community is None or community in each.communities)
            and (series is None or series in each.series)
        )
        return Chronicle(tuple(kept), self.complete)


def read_chronicle(engine: Engine, terms: Terms | None = None) -> Chronicle:
    """Read the events and accessions that have a date, these without members. Raises as the engine does."""
    events = read_events(engine, terms)
    found = engine.select(_COMMUNITIES, rows=MOST_ROWS, terms=terms).rows
    communities = sorted(row["community"].value for row in found)
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    complete = events.complete
    for begin in range(0, len(communities), _TOGETHER):
        asked = " ".join(str(NamedNode(iri)) for iri in communities[begin : begin + _TOGETHER])
        answer = engine.select(_COUNT % asked, rows=MOST_ROWS, terms=terms)
        complete = complete and answer.complete
        for row in answer.rows:
            date = row["started"]
            counts[date.value, row["community"].value][str(date)] = int(row["members"].value)
    accessions = [
        Happening(start, iri, communities=(iri,), count=sum(dates.values()), stated=tuple(sorted(dates)))
        for (start, iri), dates in counts.items()
    ]
    return Chronicle(_sort([*events.happenings, *accessions]), complete)


def read_events(engine: Engine, terms: Terms | None = None) -> Chronicle:
    """Read the events that have a date, and no accessions. Raises as the engine does."""
    rows, complete = ask(engine, EVENTS.partition("ORDER BY")[0], terms, MOST_ROWS)
    return Chronicle(_sort(_to_events(rows)), complete)


def name_members(
    engine: Engine, happenings: Sequence[Happening], terms: Terms | None = None
) -> tuple[Happening, ...]:
    """Return the happenings with the members of those accessions whose members a page names."""
    asked, named = [], 0
    for each in happenings:
        if 0 < each.count <= min(MOST_NAMED, MOST_NAMED_AT_ONCE - named):
            asked.append(each)
            named += each.count
    if not asked:
        return tuple(happenings)
    communities = sorted({each.thing for each in asked})
    if len(communities) <= _FEW:
        query = _WHO_OF_FEW % " ".join(str(NamedNode(iri)) for iri in communities)
    else:
        pairs = (f"({NamedNode(each.thing)} {date})" for each in asked for date in each.stated)
        query = _WHO % " ".join(pairs)
    wanted = {(each.start, each.thing) for each in asked}
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in engine.select(query, rows=MOST_ROWS, terms=terms).rows:
        members[row["started"].value, row["community"].value].add(row["member"].value)
    return tuple(
        replace(each, members=tuple(sorted(members[each.start, each.thing])))
        if (each.start, each.thing) in wanted and each.is_accession
        else each
        for each in happenings
    )


def _sort(happenings: list[Happening]) -> tuple[Happening, ...]:
    """Return the latest first; of one day, in the order of their IRIs."""
    happenings.sort(key=lambda each: each.thing)
    happenings.sort(key=lambda each: each.start, reverse=True)
    return tuple(happenings)


def _to_events(rows: list[Row]) -> list[Happening]:
    by_event: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_event[row["event"]].append(row)
    return [
        Happening(
            start=min(row["start"] for row in told),
            thing=event,
            end=max((row["end"] for row in told if "end" in row), default=None),
            series=_distinct(told, "series"),
            places=_distinct(told, "city"),
            communities=_distinct(told, "community"),
        )
        for event, told in by_event.items()
    ]


def _distinct(rows: list[Row], name: str) -> tuple[str, ...]:
    return tuple(sorted({row[name] for row in rows if name in row}))
