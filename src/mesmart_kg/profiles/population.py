"""How many people live somewhere, as far as a source tells, with the year and the caution that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mesmart_kg.labels import Name
from mesmart_kg.profiles.desk import Desk, Record
from mesmart_kg.profiles.values import Evidence

POPULATION: Final = """
{
  ?observation sdmx-dimension:refArea $this ;
    cc:population ?population ;
    prov:hadPrimarySource ?source .
  OPTIONAL { ?observation sdmx-dimension:refPeriod ?period }
  OPTIONAL { ?observation skos:note ?note }
}
"""
"""A group for questions that ask for a population beside other things."""


@dataclass(frozen=True)
class Population:
    """A number of inhabitants; ``caution`` is what the data say on comparing it."""

    iri: str
    value: int
    period: str | None
    caution: Name | None
    evidence: Evidence


def read_populations(desk: Desk, observations: Mapping[str, Record]) -> tuple[Population, ...]:
    """Return the populations told, the newest first, those of an unknown year last."""
    found = []
    for iri, record in observations.items():
        value = record.text("population")
        if value and value.isdecimal():
            caution = desk.best(record.literals("note"))
            evidence = desk.evidence(record.iris("source"))
            found.append(Population(iri, int(value), record.text("period"), caution, evidence))
    return tuple(sorted(found, key=lambda each: (each.period or "", each.value), reverse=True))
