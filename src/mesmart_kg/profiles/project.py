"""Projects, programmes and products: whose they are, what they belong to, where they were shown."""

from __future__ import annotations

from dataclasses import dataclass

from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.city import read_names
from mesmart_kg.profiles.codes import read_codes
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.event import group_parts
from mesmart_kg.profiles.kin import ask_kin, join_related, read_kin
from mesmart_kg.profiles.parts import Involvement, read_involvement, read_parts
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Code, Fact, Kin, Listing, Part, Told

_ABOUT = ask_about(
    "dcterms:description",
    "dcterms:identifier",
    "dcterms:type",
    "dcterms:subject",
    "dcterms:spatial",
    "dcterms:relation",
    "dcterms:isPartOf",
    "dcterms:conformsTo",
    "schema:startDate",
    "schema:endDate",
    "schema:amount",
    "schema:url",
    "skos:altLabel",
    "skos:note",
)

_KIN = ask_kin(
    "dcterms:isPartOf", "dcterms:relation", "schema:about", kinds=("cc:Project", "cc:Community", "cc:Event")
)

SHOWN = Question(
    "?part ?agent ?within ?start ?role ?source",
    """
    ?part schema:about $this ;
      m8g:hasParticipant ?agent ;
      prov:hadPrimarySource ?source .
    OPTIONAL { ?part m8g:role ?role }
    { ?part cc:community ?within }
    UNION
    { ?within m8g:hasParticipation ?part }
    OPTIONAL { ?within schema:startDate ?start }
    """,
    order="?start ?within ?agent",
    named=("agent", "within"),
)
"""Where somebody spoke of the project or took part for it: events, and programmes of communities."""


@dataclass(frozen=True)
class Showing:
    """Somebody brought the project somewhere: to an event, or into what a community offers."""

    iri: str
    agent: Reference
    role: Reference | None
    within: Reference
    start: str | None
    sources: tuple[Reference, ...]


@dataclass(frozen=True)
class ProjectProfile:
    """A project; ``part_of`` are the programmes above it, ``holds`` what is part of it."""

    thing: Reference
    description: Fact[Name] | None
    other_names: tuple[Name, ...]
    notes: tuple[Fact[Name], ...]
    kinds: tuple[Fact[Reference], ...]
    start: tuple[Fact[str], ...]
    end: tuple[Fact[str], ...]
    amounts: tuple[Fact[str], ...]
    places: tuple[Fact[Reference], ...]
    topics: tuple[Fact[Reference], ...]
    standards: tuple[Fact[Reference], ...]
    part_of: tuple[Fact[Reference], ...]
    codes: tuple[Code, ...]
    websites: tuple[Fact[str], ...]
    relations: tuple[Reference, ...]
    parts: Listing[Part]
    holds: Listing[Kin]
    shown: Listing[Showing]
    involvement: Involvement
    told: Listing[Told]

    @property
    def roles(self) -> tuple[tuple[Reference | None, tuple[Part, ...]], ...]:
        """Who takes part, by role."""
        return group_parts(self.parts.items)


def read_project(sources: Sources, iri: str, languages: tuple[str, ...]) -> ProjectProfile:
    """Read a project's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    kin = read_kin(desk, _KIN)
    others = kin.of("cc:Project", "cc:Community", "cc:Event", how=("dcterms:relation", "schema:about"))
    return ProjectProfile(
        desk.refer(iri),
        desk.wording(facts, "dcterms:description"),
        read_names(facts, languages),
        desk.wordings(facts, "skos:note"),
        desk.facts(facts, "dcterms:type"),
        desk.texts(facts, "schema:startDate"),
        desk.texts(facts, "schema:endDate"),
        desk.texts(facts, "schema:amount"),
        desk.facts(facts, "dcterms:spatial"),
        desk.facts(facts, "dcterms:subject"),
        desk.facts(facts, "dcterms:conformsTo"),
        desk.facts(facts, "dcterms:isPartOf"),
        read_codes(desk, facts),
        desk.texts(facts, "schema:url"),
        join_related(desk, facts, others),
        read_parts(desk),
        kin.of("cc:Project", how=("dcterms:isPartOf",)),
        _read_showings(desk),
        read_involvement(desk),
        about.told,
    )


def _read_showings(desk: Desk) -> Listing[Showing]:
    found = []
    for iri, record in desk.fold(SHOWN, "part").items():
        agent, within = record.iri("agent"), record.iri("within")
        if agent and within:
            found.append(
                Showing(
                    iri,
                    desk.refer(agent),
                    desk.maybe(record.iri("role")),
                    desk.refer(within),
                    record.text("start"),
                    desk.refer_all(record.iris("source")),
                )
            )
    return Listing(tuple(found), desk.offer(SHOWN) if found else "")
