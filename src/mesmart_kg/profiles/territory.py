"""Countries and regions: who of theirs joined what, which of their cities are here, what is counted there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mesmart_kg.labels import Name, Reference
from mesmart_kg.namespaces import VOC
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.city import read_names
from mesmart_kg.profiles.codes import read_codes
from mesmart_kg.profiles.desk import Desk, Sources, by_name
from mesmart_kg.profiles.kin import Kinship, ask_kin, read_kin
from mesmart_kg.profiles.parts import Involvement, read_involvement
from mesmart_kg.profiles.places import points_of
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.ties import ask_memberships, communities_of, read_ties
from mesmart_kg.profiles.values import Code, Fact, Kin, Listing, Point, Tally, Tie, Told

MOST_CITIES: Final = 60
"""Cities of a territory that its page lists; where there are more it leads to where they can be browsed."""

_ABOUT = ask_about(
    "cc:within",
    "dcterms:type",
    "dcterms:spatial",
    "dcterms:identifier",
    "dcterms:source",
    "skos:altLabel",
    "skos:exactMatch",
    "skos:closeMatch",
    "adms:status",
)

# A test for each member, not a join with the eight thousand places of a country.
_MEMBERS = ask_memberships("FILTER(?agent = $this || EXISTS { ?agent cc:within $this })", place=True)

_HOLDS = Question(
    "?place ?level ?places",
    """
    {
      SELECT (COUNT(DISTINCT ?any) AS ?places)
      WHERE { ?any cc:within $this }
    }
    UNION
    {
      ?place a cc:Region ;
        dcterms:type ?level .
      FILTER EXISTS { ?place cc:within $this }
    }
    """,
    limit=1000,
)

CITIES = Question(
    "?city",
    "?city cc:within $this ; a cc:City .",
    order="?city",
    limit=MOST_CITIES + 1,
    named=("city",),
)

_KIN = ask_kin(
    "schema:location",
    "dcterms:spatial",
    "sdmx-dimension:refArea",
    kinds=(
        "cc:Event",
        "cc:Project",
        "cc:Community",
        "org:Organization",
        "org:FormalOrganization",
        "qb:Observation",
    ),
)


@dataclass(frozen=True)
class CommunityMembers:
    """A community, and those of the territory whom a source names as having joined."""

    community: Reference
    ties: tuple[Tie, ...]


@dataclass(frozen=True)
class TerritoryProfile:
    """A country or a region; ``cities`` are listed where they are few, else only counted."""

    thing: Reference
    levels: tuple[Fact[Reference], ...]
    continents: tuple[Fact[Reference], ...]
    within: tuple[Fact[Reference], ...]
    other_names: tuple[Name, ...]
    codes: tuple[Code, ...]
    compiled_from: tuple[Fact[Reference], ...]
    members: Listing[Tie]
    points: tuple[Point, ...]
    city_count: int
    cities: Listing[Reference]
    regions: Listing[Reference]
    events: Listing[Kin]
    projects: Listing[Kin]
    bodies: Listing[Kin]
    counts: Listing[Kin]
    involvement: Involvement
    told: Listing[Told]

    @property
    def by_community(self) -> tuple[CommunityMembers, ...]:
        """The members of the territory by community."""
        return tuple(
            CommunityMembers(each, tuple(tie for tie in self.members.items if tie.community == each))
            for each in communities_of(self.members.items)
        )

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """How many members of the territory each community has, the most first."""
        found = [Tally(each.community, len({tie.agent for tie in each.ties})) for each in self.by_community]
        return tuple(sorted(found, key=lambda each: (-each.count, by_name(each.thing))))


def read_territory(sources: Sources, iri: str, languages: tuple[str, ...]) -> TerritoryProfile:
    """Read the profile of a country or a region. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    members = read_ties(desk, _MEMBERS, are_memberships=True)
    regions, city_count = _read_regions(desk)
    cities = (
        _read_cities(desk)
        if 0 < city_count <= MOST_CITIES
        else Listing(query=desk.offer(CITIES), complete=False)
    )
    kin: Kinship = read_kin(desk, _KIN)
    return TerritoryProfile(
        desk.refer(iri),
        desk.facts(facts, "dcterms:type"),
        desk.facts(facts, "dcterms:spatial"),
        desk.facts(facts, "cc:within"),
        read_names(facts, languages),
        read_codes(desk, facts),
        desk.facts(facts, "dcterms:source"),
        members,
        points_of(members.items),
        city_count,
        cities,
        regions,
        kin.of("cc:Event"),
        kin.of("cc:Project"),
        kin.of("cc:Community", "org:Organization", "org:FormalOrganization"),
        kin.of("qb:Observation"),
        read_involvement(desk),
        about.told,
    )


def _read_regions(desk: Desk) -> tuple[Listing[Reference], int]:
    """Return the regions of a territory, those of the widest level alone, and the number of its cities."""
    regions: dict[str, str] = {}
    places = 0
    for row in desk.ask(_HOLDS):
        if "places" in row:
            places = int(row["places"].value)
        if "place" in row and "level" in row:
            regions[row["place"].value] = row["level"].value
    # Cities and regions are all that lies within something; to ask each whether it is a city takes long.
    cities = max(places - len(regions), 0)
    for level in ("nation", "region", "province"):
        widest = [iri for iri, each in regions.items() if each == f"{VOC}region-level/{level}"]
        if widest:
            return Listing(desk.refer_all(widest), desk.offer(_HOLDS)), cities
    return Listing(desk.refer_all(regions), desk.offer(_HOLDS) if regions else ""), cities


def _read_cities(desk: Desk) -> Listing[Reference]:
    cities = [row["city"].value for row in desk.ask(CITIES) if "city" in row]
    return Listing(desk.refer_all(cities), desk.offer(CITIES))
