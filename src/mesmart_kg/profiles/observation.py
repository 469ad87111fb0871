"""One number that a source tells, and one statement in a source's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mesmart_kg.labels import Name, Reference
from mesmart_kg.namespaces import VOC
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Evidence, Fact, Listing, Told

_EXACT: Final = VOC + "count-precision/exact"

_ABOUT = ask_about(
    "qb:dataSet",
    "cc:population",
    "cc:memberCities",
    "cc:memberCountries",
    "cc:community",
    "cc:inWave",
    "sdmx-dimension:refArea",
    "sdmx-dimension:refPeriod",
    "sdmx-attribute:obsStatus",
    "adms:status",
    "skos:note",
    "prov:hadPrimarySource",
)

_STATEMENT = ask_about(
    "schema:propertyID",
    "schema:value",
    "schema:valueReference",
    "dcterms:date",
    "skos:note",
    "prov:hadPrimarySource",
)

SUBJECTS = Question(
    "?subject ?how ?graph",
    """
    VALUES ?how { schema:additionalProperty oa:hasBody }
    GRAPH ?graph { ?subject ?how $this }
    """,
    order="?how ?subject",
    limit=50,
    named=("subject",),
)
"""What a statement is told of."""


@dataclass(frozen=True)
class ObservationProfile:
    """A number; ``measure`` is ``population``, ``memberCities`` or ``memberCountries``, "" for another."""

    thing: Reference
    measure: str
    value: int | None
    period: str | None
    precision: Reference | None
    communities: tuple[Fact[Reference], ...]
    areas: tuple[Fact[Reference], ...]
    waves: tuple[Fact[Reference], ...]
    datasets: tuple[Fact[Reference], ...]
    notes: tuple[Fact[Name], ...]
    certainty: Reference | None
    evidence: Evidence


@dataclass(frozen=True)
class StatementProfile:
    """A statement; ``told`` is none where it tells no value."""

    thing: Reference
    subjects: tuple[Reference, ...]
    told: Told | None
    query: str


def read_observation(sources: Sources, iri: str, languages: tuple[str, ...]) -> ObservationProfile:
    """Read the profile of an observation. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    facts = read_about(desk, _ABOUT).facts
    measures = ("population", "memberCities", "memberCountries")
    measure = next((each for each in measures if facts.text(f"cc:{each}")), "")
    value = facts.text(f"cc:{measure}") if measure else None
    precision, certainty = facts.iri("sdmx-attribute:obsStatus"), facts.iri("adms:status")
    return ObservationProfile(
        desk.refer(iri),
        measure,
        int(value) if value and value.isdecimal() else None,
        facts.text("sdmx-dimension:refPeriod"),
        None if precision == _EXACT else desk.maybe(precision),
        desk.facts(facts, "cc:community"),
        desk.facts(facts, "sdmx-dimension:refArea"),
        desk.facts(facts, "cc:inWave"),
        desk.facts(facts, "qb:dataSet"),
        desk.wordings(facts, "skos:note"),
        None if certainty == f"{VOC}certainty/stated" else desk.maybe(certainty),
        desk.evidence(facts.iris("prov:hadPrimarySource")),
    )


def read_statement(sources: Sources, iri: str, languages: tuple[str, ...]) -> StatementProfile:
    """Read a statement's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    facts = read_about(desk, _STATEMENT).facts
    subjects = [row["subject"].value for row in desk.ask(SUBJECTS) if "subject" in row]
    told: Listing[Told] = Listing(desk.told({iri: facts}))
    return StatementProfile(
        desk.refer(iri), desk.refer_all(subjects), told.items[0] if told.items else None, desk.offer(SUBJECTS)
    )
