"""A community: what it is, who joined and how it grew, what it does, which others share its members."""

from __future__ import annotations

from dataclasses import dataclass

from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.city import read_names
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.growth import (
    Accession,
    Coverage,
    latest_total,
    read_counts,
    read_coverage,
    read_waves,
)
from mesmart_kg.profiles.kin import ask_kin, join_related, read_kin
from mesmart_kg.profiles.places import points_of
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.ties import ask_memberships, ask_participations, read_ties
from mesmart_kg.profiles.values import Count, Fact, Kin, Listing, Point, Tally, Tie, Told, tally

_ABOUT = ask_about(
    "dcterms:description",
    "skos:altLabel",
    "skos:note",
    "org:classification",
    "dcterms:type",
    "dcterms:subject",
    "dcterms:spatial",
    "dcterms:relation",
    "dcterms:source",
    "schema:foundingDate",
    "schema:founder",
    "schema:legalName",
    "schema:location",
    "schema:url",
    "cc:promotes",
    "skos:exactMatch",
    "skos:closeMatch",
)

_MEMBERS = ask_memberships("VALUES ?community { $this }", place=True)
_PARTICIPANTS = ask_participations("VALUES ?community { $this }", place=True)

_KIN = ask_kin(
    "org:unitOf",
    "schema:organizer",
    "dcterms:relation",
    "org:memberOf",
    "schema:about",
    kinds=("cc:Event", "cc:Project", "cc:Community", "org:OrganizationalUnit"),
)

_SHARED = Question(
    "?other (COUNT(DISTINCT ?member) AS ?shared)",
    """
    ?one a cc:Membership ;
      org:organization $this ;
      org:member ?member .
    ?two a cc:Membership ;
      org:member ?member ;
      org:organization ?other .
    FILTER(?other != $this)
    """,
    order="DESC(?shared) ?other",
    group="?other",
    limit=100,
)


@dataclass(frozen=True)
class CommunityProfile:
    """A community; ``members`` are those whom a source names as having joined, not all that it may have."""

    thing: Reference
    description: Fact[Name] | None
    other_names: tuple[Name, ...]
    legal_names: tuple[Fact[str], ...]
    notes: tuple[Fact[Name], ...]
    kinds: tuple[Fact[Reference], ...]
    scopes: tuple[Fact[Reference], ...]
    founded: tuple[Fact[str], ...]
    founders: tuple[Fact[Reference], ...]
    seats: tuple[Fact[Reference], ...]
    territories: tuple[Fact[Reference], ...]
    websites: tuple[Fact[str], ...]
    topics: tuple[Fact[Reference], ...]
    mechanisms: tuple[Fact[Reference], ...]
    members: Listing[Tie]
    participants: Listing[Tie]
    points: tuple[Point, ...]
    by_country: tuple[Tally, ...]
    counts: Listing[Count]
    coverage: Coverage | None
    latest: Count | None
    waves: tuple[Accession, ...]
    events: Listing[Kin]
    bodies: Listing[Kin]
    projects: Listing[Kin]
    relations: tuple[Reference, ...]
    shared: Listing[Tally]
    told: Listing[Told]

    @property
    def undated(self) -> int:
        """How many members joined at a date that no source gives."""
        return sum(1 for tie in self.members.items if tie.since is None)


def read_community(sources: Sources, iri: str, languages: tuple[str, ...]) -> CommunityProfile:
    """Read a community's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    members = read_ties(desk, _MEMBERS, are_memberships=True)
    participants = read_ties(desk, _PARTICIPANTS, are_memberships=False)
    kin = read_kin(desk, _KIN)
    shared = desk.ask(_SHARED)
    counts = read_counts(desk, members.items)
    return CommunityProfile(
        desk.refer(iri),
        desk.wording(facts, "dcterms:description"),
        read_names(facts, languages),
        desk.texts(facts, "schema:legalName"),
        desk.wordings(facts, "skos:note"),
        desk.facts(facts, "org:classification"),
        desk.facts(facts, "dcterms:type"),
        desk.texts(facts, "schema:foundingDate"),
        desk.facts(facts, "schema:founder"),
        desk.facts(facts, "schema:location"),
        desk.facts(facts, "dcterms:spatial"),
        desk.texts(facts, "schema:url"),
        desk.facts(facts, "dcterms:subject"),
        desk.facts(facts, "cc:promotes"),
        members,
        participants,
        points_of(members.items),
        tally(tuple(tie.country for tie in members.items if tie.country)),
        counts,
        read_coverage(counts.items, about.told.items),
        latest_total(counts.items),
        read_waves(members.items),
        kin.of("cc:Event", how=("schema:organizer", "dcterms:relation")),
        kin.of("org:OrganizationalUnit"),
        kin.of("cc:Project"),
        join_related(desk, facts, kin.of("cc:Community", how=("dcterms:relation",))),
        Listing(
            tuple(
                Tally(desk.refer(row["other"].value), int(row["shared"].value))
                for row in shared
                if "other" in row
            ),
            desk.offer(_SHARED) if shared else "",
        ),
        about.told,
    )
