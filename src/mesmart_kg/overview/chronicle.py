"""What happened, year by year: events, and cities that joined a community on a date that a source tells."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.overview.rows import Row, ask

if TYPE_CHECKING:
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
"""Memberships with a date of joining."""


@dataclass(frozen=True)
class Happening:
    """An event, or an accession: then ``thing`` is the community, and ``members`` those who joined.

    ``start`` and ``end`` are dates of any precision; ``communities`` organised the event or came to it.
    """

    start: str
    thing: str
    end: str | None = None
    series: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def year(self) -> str:
        return self.start[:4]

    @property
    def is_accession(self) -> bool:
        return bool(self.members)

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
    def communities(self) -> frozenset[str]:
        return frozenset(community for each in self.happenings for community in each.communities)

    @property
    def series(self) -> frozenset[str]:
        return frozenset(series for each in self.happenings for series in each.series)

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
    """Read the events and accessions that have a date. Raises as the engine does."""
    events = read_events(engine, terms)
    accessions, all_accessions = ask(engine, ACCESSIONS, terms)
    happenings = _sort([*events.happenings, *_to_accessions(accessions)])
    return Chronicle(happenings, events.complete and all_accessions)


def read_events(engine: Engine, terms: Terms | None = None) -> Chronicle:
    """Read the events that have a date, and no accessions. Raises as the engine does."""
    rows, complete = ask(engine, EVENTS, terms)
    return Chronicle(_sort(_to_events(rows)), complete)


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


def _to_accessions(rows: list[Row]) -> list[Happening]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["start"], row["community"]].append(row)
    return [
        Happening(
            start=start,
            thing=community,
            communities=(community,),
            series=(),
            members=_distinct(told, "member"),
        )
        for (start, community), told in groups.items()
    ]


def _distinct(rows: list[Row], name: str) -> tuple[str, ...]:
    return tuple(sorted({row[name] for row in rows if name in row}))
