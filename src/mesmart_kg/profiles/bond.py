"""One membership or participation: what is needed to say it in a sentence, with all who say it."""

from __future__ import annotations

from dataclasses import dataclass

from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.kin import ask_kin, read_kin
from mesmart_kg.profiles.ties import ask_memberships, read_ties
from mesmart_kg.profiles.values import Evidence, Fact, Kin, Listing, Tie, Told

_MEMBERSHIP = ask_memberships("VALUES ?tie { $this }")

_ABOUT = ask_about(
    "m8g:hasParticipant",
    "m8g:role",
    "schema:about",
    "schema:startDate",
    "schema:endDate",
    "skos:note",
    "prov:hadPrimarySource",
    "cc:community",
)
_WITHIN = ask_kin("m8g:hasParticipation", kinds=("cc:Event", "cc:Project"))


@dataclass(frozen=True)
class MembershipProfile:
    """A membership; ``tie`` is none where the data don't tell who joined what."""

    thing: Reference
    tie: Tie | None
    query: str


@dataclass(frozen=True)
class ParticipationProfile:
    """A part that somebody had: in what a community offers, or within an event or a project."""

    thing: Reference
    agents: tuple[Fact[Reference], ...]
    roles: tuple[Fact[Reference], ...]
    communities: tuple[Fact[Reference], ...]
    within: Listing[Kin]
    about: tuple[Fact[Reference], ...]
    start: str | None
    end: str | None
    notes: tuple[Fact[Name], ...]
    evidence: Evidence
    told: Listing[Told]


def read_membership(sources: Sources, iri: str, languages: tuple[str, ...]) -> MembershipProfile:
    """Read a membership's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    found = read_ties(desk, _MEMBERSHIP, are_memberships=True)
    return MembershipProfile(desk.refer(iri), found.items[0] if found.items else None, found.query)


def read_participation(sources: Sources, iri: str, languages: tuple[str, ...]) -> ParticipationProfile:
    """Read a participation's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    return ParticipationProfile(
        desk.refer(iri),
        desk.facts(facts, "m8g:hasParticipant"),
        desk.facts(facts, "m8g:role"),
        desk.facts(facts, "cc:community"),
        read_kin(desk, _WITHIN).of("cc:Event", "cc:Project"),
        desk.facts(facts, "schema:about"),
        facts.text("schema:startDate"),
        facts.text("schema:endDate"),
        desk.wordings(facts, "skos:note"),
        desk.evidence(facts.iris("prov:hadPrimarySource")),
        about.told,
    )
