"""How a community grew: the totals that sources published, beside the members that any source names.

Asks the named queries ``counts-over-time`` and ``growth-by-wave``. The two never agree: a total is one number
in a sentence, a named member is a city with a date of its own. Both are told, neither is made to fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.namespaces import CC
from mesmart_kg.overview.rows import ask, bind_for, find_default
from mesmart_kg.queries import find_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesmart_kg.engine import Engine, Terms
    from mesmart_kg.queries import NamedQuery

COUNTS: Final = "counts-over-time"
WAVES: Final = "growth-by-wave"
STATED_AND_LISTED: Final = "stated-and-listed"


@dataclass(frozen=True)
class Total:
    """A number of member cities as a source gave it; ``precision`` in the reader's words, if it was told."""

    period: str
    value: int
    precision: str | None
    source: str


@dataclass(frozen=True)
class Wave:
    """Cities that came in together: how many are named, and how many in all until then."""

    date: str
    event: str
    entered: int
    cumulative: int


@dataclass(frozen=True)
class Growth:
    """Both series of one community, each by date; a total without a date isn't here."""

    community: str
    totals: tuple[Total, ...]
    waves: tuple[Wave, ...]

    @property
    def is_empty(self) -> bool:
        return not self.totals and not self.waves

    @property
    def largest(self) -> int | None:
        """The largest total that anyone published; None if nobody did."""
        return max((total.value for total in self.totals), default=None)

    @property
    def iris(self) -> frozenset[str]:
        """Everything that wants a name."""
        sources = {total.source for total in self.totals}
        return frozenset({self.community} | sources | {wave.event for wave in self.waves})


def read_growth(
    engine: Engine,
    queries: Sequence[NamedQuery],
    language: str,
    base_iri: str,
    community: str | None = None,
    terms: Terms | None = None,
) -> Growth | None:
    """Read how a community grew, by default the one that the named queries are about.

    ``base_iri`` is what their relative IRIs stand under. None where the release has no such query. Raises as
    the engine does.
    """
    counts, waves = find_query(queries, COUNTS), find_query(queries, WAVES)
    if counts is None or waves is None:
        return None
    return Growth(
        community or find_default(counts, "community", base_iri),
        _read_totals(engine, bind_for(counts, language, community), terms),
        _read_waves(engine, bind_for(waves, language, community), terms),
    )


def _read_totals(engine: Engine, text: str, terms: Terms | None) -> tuple[Total, ...]:
    rows, _complete = ask(engine, text, terms)
    totals = {
        Total(row["period"], int(row["value"]), row.get("precision"), row["source"])
        for row in rows
        # A count of one country's cities, or one without a date, has no place on this line.
        if row.get("measure") == f"{CC}memberCities"
        and row.get("period")
        and "area" not in row
        and row["value"].isdecimal()
    }
    return tuple(sorted(totals, key=lambda each: (each.period, each.value, each.source)))


def _read_waves(engine: Engine, text: str, terms: Terms | None) -> tuple[Wave, ...]:
    rows, _complete = ask(engine, text, terms)
    return tuple(
        Wave(row["date"], row["wave"], int(row["entered"]), int(row["cumulative"]))
        for row in rows
        if "date" in row and "wave" in row
    )
