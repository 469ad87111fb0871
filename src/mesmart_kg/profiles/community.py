"""A community: what it is, who joined and how it grew, what it does, which others share its members."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mesmart_kg.label_index import Filters
from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.city import read_names
from mesmart_kg.profiles.crowds import Crowd, read_crowd
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
from mesmart_kg.profiles.ties import ask_memberships, ask_participations, read_page, read_ties
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
    """A community; ``members`` are those whom a source names as having joined, not all that it may have.

    Where these are more than a page holds, ``members`` and ``points`` are of one page of them. Where they are
    more than are drawn, nothing is told of them together: ``is_vast``.
    """

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
    undated: int
    is_vast: bool = False

    @property
    def paged(self) -> Listing[Tie]:
        """The list of which the page may show but a part."""
        return self.members


def read_community(sources: Sources, iri: str, languages: tuple[str, ...]) -> CommunityProfile:
    """Read a community's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    here = Filters(communities=(iri,))
    page = read_page(desk, "membership", _MEMBERS, here, place=True)
    members = page or read_ties(desk, _MEMBERS, are_memberships=True)
    participants = read_page(desk, "participation", _PARTICIPANTS, here, place=True, page=1) or read_ties(
        desk, _PARTICIPANTS, are_memberships=False
    )
    crowd = read_crowd(desk, page.total) if page else None
    is_vast = page is not None and crowd is None
    kin = read_kin(desk, _KIN)
    shared = () if is_vast else desk.ask(_SHARED)
    counts = read_counts(desk, members.items if page is None else ())
    if page is not None:
        counts = replace(counts, items=_compare(crowd, counts.items))
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
        crowd.by_country(desk)
        if crowd
        else ()
        if is_vast
        else tally(tuple(tie.country for tie in members.items if tie.country)),
        counts,
        read_coverage(counts.items, about.told.items),
        latest_total(counts.items),
        crowd.waves(desk, members.items) if crowd else () if is_vast else read_waves(members.items),
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
            desk.offer(_SHARED) if shared or is_vast else "",
            complete=not is_vast,
        ),
        about.told,
        crowd.undated if crowd else 0 if is_vast else sum(1 for tie in members.items if tie.since is None),
        is_vast,
    )


def _compare(crowd: Crowd | None, counts: tuple[Count, ...]) -> tuple[Count, ...]:
    """Return published totals with the members named until then; with none where nobody counted these."""
    return crowd.compare(counts) if crowd else tuple(replace(count, named=None) for count in counts)
