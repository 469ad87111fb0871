"""The parts that somebody had in events and projects, and the events themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mesmart_kg.namespaces import CC
from mesmart_kg.profiles.desk import Desk, Record, by_name
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.ties import read_tie, sort_ties
from mesmart_kg.profiles.values import Listing, Occasion, Part, Tie

PARTS_OF = Question(
    "?tie ?within ?kind ?agent ?community ?role ?start ?end ?withinStart ?withinEnd ?about ?note ?source"
    " ?issued",
    """
    VALUES ?agent { $this }
    ?tie a cc:Participation ;
      m8g:hasParticipant ?agent ;
      prov:hadPrimarySource ?source .
    OPTIONAL { ?tie cc:community ?community }
    OPTIONAL {
      VALUES ?kind { cc:Event cc:Project }
      ?within m8g:hasParticipation ?tie ;
        a ?kind .
      OPTIONAL { ?within schema:startDate ?withinStart }
      OPTIONAL { ?within schema:endDate ?withinEnd }
    }
    OPTIONAL { ?tie m8g:role ?role }
    OPTIONAL { ?tie schema:startDate ?start }
    OPTIONAL { ?tie schema:endDate ?end }
    OPTIONAL { ?tie schema:about ?about }
    OPTIONAL { ?tie skos:note ?note }
    OPTIONAL { ?source dcterms:issued ?issued }
    """,
    order="?withinStart ?within ?tie",
    named=("within", "community", "role"),
)
"""What the thing took part in."""

PARTS_IN = Question(
    "?tie ?agent ?role ?start ?end ?about ?note ?source",
    """
    $this m8g:hasParticipation ?tie .
    ?tie m8g:hasParticipant ?agent ;
      prov:hadPrimarySource ?source .
    OPTIONAL { ?tie m8g:role ?role }
    OPTIONAL { ?tie schema:startDate ?start }
    OPTIONAL { ?tie schema:endDate ?end }
    OPTIONAL { ?tie schema:about ?about }
    OPTIONAL { ?tie skos:note ?note }
    """,
    order="?role ?agent",
    named=("agent", "role"),
)
"""Who took part in the thing."""

PROJECT: Final = CC + "Project"


@dataclass(frozen=True)
class Involvement:
    """What somebody took part in: events, projects, and what communities offer beside membership."""

    events: Listing[Occasion]
    projects: Listing[Occasion]
    ties: Listing[Tie]


def read_involvement(desk: Desk) -> Involvement:
    """Read what the thing took part in."""
    events: dict[str, Occasion] = {}
    projects: dict[str, Occasion] = {}
    ties: list[Tie | None] = []
    for iri, record in desk.fold(PARTS_OF, "tie").items():
        if record.iri("community"):
            ties.append(read_tie(desk, iri, record, is_membership=False))
        within, part = record.iri("within"), read_part(desk, iri, record)
        if within is None or part is None:
            continue
        shelf = projects if PROJECT in record.iris("kind") else events
        start, end = record.text("withinStart"), record.text("withinEnd")
        known = shelf.get(within) or Occasion(desk.refer(within), start, end)
        shelf[within] = replace(known, parts=(*known.parts, part))
    offered = desk.offer(PARTS_OF)
    return Involvement(
        Listing(sort_occasions(events.values()), offered),
        Listing(tuple(sorted(projects.values(), key=lambda each: by_name(each.event))), offered),
        Listing(sort_ties(ties), offered),
    )


def read_parts(desk: Desk) -> Listing[Part]:
    """Read who took part in the thing, in the order of roles and names."""
    found = [read_part(desk, iri, record) for iri, record in desk.fold(PARTS_IN, "tie").items()]
    return Listing(tuple(sorted(filter(None, found), key=_by_role)), desk.offer(PARTS_IN))


def read_part(desk: Desk, iri: str, record: Record) -> Part | None:
    """Return a part from what was answered about it; None if it is nobody's."""
    agent = record.iri("agent")
    if agent is None:
        return None
    return Part(
        iri,
        desk.refer(agent),
        desk.maybe(record.iri("role")),
        desk.best(record.literals("note")),
        desk.refer_all(record.iris("about")),
        record.text("start"),
        record.text("end"),
        desk.evidence(record.iris("source")),
    )


def sort_occasions(occasions: Iterable[Occasion]) -> tuple[Occasion, ...]:
    """Return events with the newest first; those without a date last, by name."""
    dated = sorted(occasions, key=lambda each: by_name(each.event))
    return tuple(sorted(dated, key=lambda each: each.start or "", reverse=True))


def by_year(occasions: Iterable[Occasion]) -> Mapping[str, tuple[Occasion, ...]]:
    """Return events by their year, in the order in which they come; ``""`` for those without a date."""
    years: dict[str, tuple[Occasion, ...]] = {}
    for each in occasions:
        year = each.year or ""
        years[year] = (*years.get(year, ()), each)
    return years


def _by_role(part: Part) -> tuple[str, str, str]:
    role = part.role.name.value.casefold() if part.role else "\U0010ffff"
    return role, part.agent.name.value.casefold(), part.iri
