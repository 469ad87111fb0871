"""Organisations that are no community: what they are, what they belong to, what they did."""

from __future__ import annotations

from dataclasses import dataclass

from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.city import read_names
from mesmart_kg.profiles.codes import read_codes
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.kin import ask_kin, join_related, read_kin
from mesmart_kg.profiles.parts import Involvement, read_involvement
from mesmart_kg.profiles.ties import ask_memberships, read_ties
from mesmart_kg.profiles.values import Code, Fact, Kin, Listing, Tie, Told

_ABOUT = ask_about(
    "dcterms:description",
    "dcterms:identifier",
    "cov:IPAcode",
    "skos:altLabel",
    "skos:note",
    "skos:exactMatch",
    "skos:closeMatch",
    "org:classification",
    "org:unitOf",
    "dcterms:spatial",
    "dcterms:relation",
    "schema:foundingDate",
    "schema:founder",
    "schema:legalName",
    "schema:location",
    "schema:url",
)

_MEMBERSHIPS = ask_memberships("VALUES ?agent { $this }")

_KIN = ask_kin(
    "org:unitOf",
    "schema:organizer",
    "schema:founder",
    "dcterms:relation",
    "schema:about",
    kinds=("cc:Event", "cc:Project", "cc:Community", "org:Organization", "org:OrganizationalUnit"),
)


@dataclass(frozen=True)
class OrganizationProfile:
    """An organisation, or a body of one: ``part_of`` tells of which."""

    thing: Reference
    description: Fact[Name] | None
    other_names: tuple[Name, ...]
    legal_names: tuple[Fact[str], ...]
    notes: tuple[Fact[Name], ...]
    kinds: tuple[Fact[Reference], ...]
    part_of: tuple[Fact[Reference], ...]
    founded: tuple[Fact[str], ...]
    founders: tuple[Fact[Reference], ...]
    places: tuple[Fact[Reference], ...]
    websites: tuple[Fact[str], ...]
    codes: tuple[Code, ...]
    public_body_codes: tuple[Fact[str], ...]
    relations: tuple[Reference, ...]
    memberships: Listing[Tie]
    involvement: Involvement
    bodies: Listing[Kin]
    organised: Listing[Kin]
    founded_by_it: Listing[Kin]
    told: Listing[Told]


def read_organization(sources: Sources, iri: str, languages: tuple[str, ...]) -> OrganizationProfile:
    """Read an organisation's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    kin = read_kin(desk, _KIN)
    memberships = read_ties(desk, _MEMBERSHIPS, are_memberships=True)
    everything = ("cc:Event", "cc:Project", "cc:Community", "org:Organization", "org:OrganizationalUnit")
    return OrganizationProfile(
        desk.refer(iri),
        desk.wording(facts, "dcterms:description"),
        read_names(facts, languages),
        desk.texts(facts, "schema:legalName"),
        desk.wordings(facts, "skos:note"),
        desk.facts(facts, "org:classification"),
        desk.facts(facts, "org:unitOf"),
        desk.texts(facts, "schema:foundingDate"),
        desk.facts(facts, "schema:founder"),
        (*desk.facts(facts, "schema:location"), *desk.facts(facts, "dcterms:spatial")),
        desk.texts(facts, "schema:url"),
        read_codes(desk, facts),
        desk.texts(facts, "cov:IPAcode"),
        join_related(desk, facts, kin.of(*everything, how=("dcterms:relation", "schema:about"))),
        memberships,
        read_involvement(desk),
        kin.of("org:OrganizationalUnit", how=("org:unitOf",)),
        kin.of("cc:Event", how=("schema:organizer",)),
        kin.of(*everything, how=("schema:founder",)),
        about.told,
    )
