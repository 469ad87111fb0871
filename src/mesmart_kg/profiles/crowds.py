"""What many ties tell together: of a community with more members than one page shows.

Read in one question without names, places or sources, which is a tenth of what reading the ties would be; and
of so many at most as the site draws. Beyond that a page says nothing of them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mesmart_kg.profiles.desk import Desk, Record, fold
from mesmart_kg.profiles.growth import Accession, is_by
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Count, Tally, Tie, tally

_CROWD: Final = Question(
    "?tie ?agent ?start ?wave ?waveStart ?country",
    """
    ?tie a cc:Membership ;
      org:organization $this ;
      org:member ?agent .
    OPTIONAL { ?tie schema:startDate ?start }
    OPTIONAL { ?tie cc:inWave ?wave . OPTIONAL { ?wave schema:startDate ?waveStart } }
    OPTIONAL { ?agent cc:within ?country . ?country a cc:Country }
    """,
)

_ROWS_OF_A_TIE: Final = 4
"""Rows that are read for one tie at most, on average: a date by each of its sources, and the like."""


@dataclass(frozen=True)
class Crowd:
    """Ties of a community without their names, by IRI."""

    records: tuple[tuple[str, Record], ...]

    @property
    def undated(self) -> int:
        """How many joined at a date that no source gives."""
        return sum(
            1 for _, record in self.records if not record.text("start") and not record.text("waveStart")
        )

    def by_country(self, desk: Desk) -> tuple[Tally, ...]:
        """Return how many are from each country, the most first."""
        found = [country for _, record in self.records if (country := record.iri("country"))]
        desk.expect(found)
        return tally(tuple(desk.refer(country) for country in found))

    def waves(self, desk: Desk, shown: Iterable[Tie]) -> tuple[Accession, ...]:
        """Return the waves that they came in with, the earliest first; of their ties only those ``shown``."""
        counts: dict[str, int] = {}
        starts: dict[str, str | None] = {}
        for _, record in self.records:
            if wave := record.iri("wave"):
                counts[wave] = counts.get(wave, 0) + 1
                starts[wave] = record.text("waveStart")
        listed = tuple(shown)
        desk.expect(counts)
        waves = [
            Accession(
                desk.refer(wave),
                starts[wave],
                tuple(tie for tie in listed if tie.wave and tie.wave.iri == wave),
                count,
            )
            for wave, count in counts.items()
        ]
        return tuple(sorted(waves, key=lambda each: (each.start or "9999", each.wave.iri)))

    def compare(self, counts: Sequence[Count]) -> tuple[Count, ...]:
        """Return published totals with how many of these had surely joined by then."""
        dated = [
            (record.iri("agent"), start) for _, record in self.records if (start := record.text("start"))
        ]
        return tuple(
            count
            if count.period is None or count.of_countries or count.area
            else replace(count, named=len({agent for agent, start in dated if is_by(start, count.period)}))
            for count in counts
        )


def read_crowd(desk: Desk, total: int) -> Crowd | None:
    """Return all ties of the community, so many in ``total``; None if they are more than are drawn."""
    most = desk.sources.drawn
    if total > most:
        return None
    rows = desk.ask(replace(_CROWD, limit=_ROWS_OF_A_TIE * most), is_named=False)
    return Crowd(tuple(fold(rows, "tie").items()))
