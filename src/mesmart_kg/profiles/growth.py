"""How a community grew: the totals it published, against the members that sources name.

Dates are of any precision and are compared at the coarser of two: 2017-06-07 is within 2017-06. Who joined at
some time in 2015 had not surely joined by March 2015, and is not counted there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import VOC
from mesmart_kg.profiles.desk import Desk, Record
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Count, Evidence, Listing, Tie, Told

_EXACT: Final = VOC + "count-precision/exact"
_STATED: Final = VOC + "certainty/stated"
_NAMED: Final = VOC + "property/members-named"

COUNTS = Question(
    "?count ?measure ?value ?period ?precision ?area ?wave ?certainty ?note ?source",
    """
    VALUES ?measure { cc:memberCities cc:memberCountries }
    ?count cc:community $this ;
      ?measure ?value ;
      prov:hadPrimarySource ?source .
    OPTIONAL { ?count sdmx-dimension:refPeriod ?period }
    OPTIONAL { ?count sdmx-attribute:obsStatus ?precision }
    OPTIONAL { ?count sdmx-dimension:refArea ?area }
    OPTIONAL { ?count cc:inWave ?wave }
    OPTIONAL { ?count adms:status ?certainty }
    OPTIONAL { ?count skos:note ?note }
    """,
    order="?period ?measure ?value",
)


@dataclass(frozen=True)
class Coverage:
    """Of a published total, how many members the sources name by that date, as was counted with the data."""

    stated: int
    named: int
    period: str
    stated_by: Evidence
    named_by: Evidence

    @property
    def unnamed(self) -> int:
        return self.stated - self.named


@dataclass(frozen=True)
class Accession:
    """A wave of accessions: when it was, and those of whom a source says that they came in with it.

    ``total`` is how many these are, where ``ties`` are but some of them.
    """

    wave: Reference
    start: str | None
    ties: tuple[Tie, ...]
    total: int = 0

    @property
    def count(self) -> int:
        return max(self.total, len(self.ties))


def read_counts(desk: Desk, ties: Sequence[Tie]) -> Listing[Count]:
    """Return the totals that sources tell, the oldest first, undated ones last.

    Those of cities of the whole community tell how many of ``ties`` are dated by then.
    """
    found = [_read(desk, iri, record) for iri, record in desk.fold(COUNTS, "count").items()]
    counts = sorted(filter(None, found), key=lambda count: (count.period or "9999", count.of_countries))
    return Listing(tuple(_compare(count, ties) for count in counts), desk.offer(COUNTS))


def _read(desk: Desk, iri: str, record: Record) -> Count | None:
    value, precision, certainty = record.text("value"), record.iri("precision"), record.iri("certainty")
    if value is None or not value.isdecimal():
        return None
    return Count(
        iri,
        int(value),
        (record.iri("measure") or "").endswith("memberCountries"),
        record.text("period"),
        None if precision in (None, _EXACT) else desk.refer(precision),
        desk.maybe(record.iri("area")),
        desk.maybe(record.iri("wave")),
        None if certainty == _STATED else desk.maybe(certainty),
        desk.best(record.literals("note")),
        desk.evidence(record.iris("source")),
    )


def _compare(count: Count, ties: Sequence[Tie]) -> Count:
    if count.period is None or count.of_countries or count.area:
        return count
    named = {tie.agent.iri for tie in ties if tie.start and is_by(tie.start, count.period)}
    return replace(count, named=len(named))


def is_by(date: str, limit: str) -> bool:
    """Tell whether something of a date, of whatever precision, has surely happened by another.

    >>> is_by("2017-06-07", "2017-06"), is_by("2015", "2015-03"), is_by("2015", "2016-01")
    (True, False, True)
    """
    return date[: len(limit)] <= limit and (date == limit or not limit.startswith(date))


def read_coverage(counts: Iterable[Count], told: Iterable[Told]) -> Coverage | None:
    """Return the newest total of which was counted how many members are named; None if none was."""
    named = {each.date: each for each in told if each.property.iri == _NAMED and each.date}
    totals = [
        count for count in counts if not count.of_countries and not count.area and count.period in named
    ]
    for total in reversed(totals):
        tally = named.get(total.period or "")
        if total.period and tally and tally.value.value.isdecimal():
            number = int(tally.value.value)
            return Coverage(total.value, number, total.period, total.evidence, tally.evidence)
    return None


def latest_total(counts: Iterable[Count]) -> Count | None:
    """Return the newest dated total of cities of the whole community; None if there is none."""
    totals = [each for each in counts if each.period and not each.of_countries and not each.area]
    return max(totals, key=lambda each: (each.period or "", each.value), default=None)


def read_waves(ties: Iterable[Tie]) -> tuple[Accession, ...]:
    """Return the waves that members came in with, the earliest first."""
    waves: dict[str, Accession] = {}
    for tie in ties:
        if tie.wave:
            known = waves.get(tie.wave.iri) or Accession(tie.wave, tie.wave_start, ())
            waves[tie.wave.iri] = replace(known, ties=(*known.ties, tie))
    return tuple(sorted(waves.values(), key=lambda each: (each.start or "9999", each.wave.iri)))
