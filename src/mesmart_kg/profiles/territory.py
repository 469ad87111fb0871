"""Countries and regions: who of theirs joined what, which of their cities are here, what is counted there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from mesmart_kg.label_index import Filters
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
from mesmart_kg.profiles.ties import ask_memberships, communities_of, read_page, read_told, sort_ties
from mesmart_kg.profiles.values import Code, Fact, Kin, Listing, Point, Tally, Tie, Told
from mesmart_kg.store import NamedNode

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

# A test for each member, not a join with the eight thousand places of a country. What a reader is offered:
# the page itself has them from the label index, which need not look at the members of all countries.
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

_THERE = Question(
    "?tie",
    """
    VALUES ?tie { %s }
    ?tie org:member ?agent .
    FILTER(?agent = $this || EXISTS { ?agent cc:within $this })
    """,
)

_TALLIES = Question(
    "?community (COUNT(DISTINCT ?agent) AS ?agents)",
    """
    ?agent cc:within $this .
    ?tie org:member ?agent ;
      org:organization ?community .
    """,
    group="?community",
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
    """A country or a region; ``cities`` are listed where they are few, else only counted.

    Where ``members`` are more than a page holds, they and ``points`` are of one page of them; ``tallies`` of
    all, if they are not more than are drawn.
    """

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
    tallies: tuple[Tally, ...]

    @property
    def paged(self) -> Listing[Tie]:
        """The list of which the page may show but a part."""
        return self.members

    @property
    def by_community(self) -> tuple[CommunityMembers, ...]:
        """The members of the territory by community; those of the page, where they are too many."""
        return _by_community(self.members.items)


def _by_community(ties: tuple[Tie, ...]) -> tuple[CommunityMembers, ...]:
    return tuple(
        CommunityMembers(each, tuple(tie for tie in ties if tie.community == each))
        for each in communities_of(ties)
    )


def read_territory(sources: Sources, iri: str, languages: tuple[str, ...]) -> TerritoryProfile:
    """Read the profile of a country or a region. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    facts = about.facts
    members = _read_members(desk)
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
        _read_tallies(desk, members),
    )


def _read_members(desk: Desk) -> Listing[Tie]:
    """Return the memberships of the territory and of what lies within; one page of them if they are many."""
    is_country = "/id/country/" in desk.iri
    here = Filters(countries=(desk.iri,)) if is_country else Filters(regions=(desk.iri,))
    page = read_page(desk, "membership", _MEMBERS, here, place=True)
    if page is not None:
        return page
    index = desk.sources.index
    told = index.browse("membership", here, "name", desk.sources.listed, 0, desk.languages).entries
    if not told:
        return Listing(query=desk.offer(_MEMBERS))
    # The index has also what has its seat here and lies in no city of here.
    asked = " ".join(str(NamedNode(entry.iri)) for entry in told)
    there = [row["tie"].value for row in desk.ask(replace(_THERE, where=_THERE.where % asked))]
    return Listing(sort_ties(read_told(desk, "membership", there, place=True)), desk.offer(_MEMBERS))


def _read_tallies(desk: Desk, members: Listing[Tie]) -> tuple[Tally, ...]:
    """Return how many members each community has here, the most first; none if they are too many."""
    if members.complete:
        found = [
            Tally(each.community, len({t.agent for t in each.ties})) for each in _by_community(members.items)
        ]
    elif members.total <= desk.sources.drawn:
        rows = [row for row in desk.ask(_TALLIES) if "community" in row]
        found = [Tally(desk.refer(row["community"].value), int(row["agents"].value)) for row in rows]
    else:
        found = []
    return tuple(sorted(found, key=lambda each: (-each.count, by_name(each.thing))))


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
