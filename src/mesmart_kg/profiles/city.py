"""A city as people think of it: its communities, its events, where it is, who its companions are."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mesmart_kg.labels import Name, Reference, sort_labels
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.codes import read_codes
from mesmart_kg.profiles.desk import Desk, Record, Sources, by_name, fold
from mesmart_kg.profiles.kin import ask_kin, read_kin
from mesmart_kg.profiles.parts import by_year, read_involvement
from mesmart_kg.profiles.places import measure, read_point
from mesmart_kg.profiles.population import POPULATION, Population, read_populations
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.ties import ask_memberships, read_ties
from mesmart_kg.profiles.values import Code, Fact, Kin, Listing, Occasion, Point, Tie, Told
from mesmart_kg.store import NamedNode

MOST_NEIGHBOURS: Final = 8
"""Cities that are shown as companions, by shared communities and by distance."""

_ABOUT = ask_about(
    "dcterms:identifier",
    "dcterms:source",
    "skos:altLabel",
    "skos:exactMatch",
    "skos:closeMatch",
    "adms:status",
    "geo:hasDefaultGeometry",
)

_MEMBERSHIPS = ask_memberships("VALUES ?agent { $this }")

_WHERE = Question(
    "?within ?level ?point ?observation ?population ?period ?note ?source",
    """
    { $this cc:within ?within . OPTIONAL { ?within dcterms:type ?level } }
    UNION
    { $this geo:hasDefaultGeometry/geo:asWKT ?point }
    UNION"""
    + POPULATION.replace("\n", "\n    "),
)

_KIN = ask_kin(
    "schema:location",
    "schema:organizer",
    "dcterms:spatial",
    "schema:containedInPlace",
    kinds=(
        "cc:Event",
        "cc:Project",
        "cc:Community",
        "org:Organization",
        "org:FormalOrganization",
        "schema:Place",
    ),
)

COMPANIONS = Question(
    "?city ?community ?isMember ?point",
    """
    {
      SELECT DISTINCT ?community
      WHERE {
        { ?one org:member $this ; org:organization ?community }
        UNION
        { ?one m8g:hasParticipant $this ; cc:community ?community }
      }
    }
    {
      ?two org:organization ?community ; org:member ?city .
      BIND(true AS ?isMember)
    }
    UNION
    { ?two cc:community ?community ; m8g:hasParticipant ?city }
    FILTER(?city != $this && EXISTS { ?city a cc:City })
    OPTIONAL { ?city geo:hasDefaultGeometry/geo:asWKT ?point }
    """,
    order="?city ?community",
    named=("city", "community"),
    extra=(
        "metres",
        "OPTIONAL { $this geo:hasDefaultGeometry/geo:asWKT ?here }\n"
        "BIND(geof:metricDistance(?here, ?point) AS ?metres)",
    ),
)
"""Cities in communities that this one is in too, joined or taking part in what they offer."""

_SIZES: Final = Question(
    "?community (COUNT(*) AS ?ties)",
    """
    {
      SELECT DISTINCT ?community
      WHERE {
        { ?one org:member $this ; org:organization ?community }
        UNION
        { ?one m8g:hasParticipant $this ; cc:community ?community }
      }
    }
    { ?two org:organization ?community }
    UNION
    { ?two cc:community ?community }
    """,
    group="?community",
)

_AMONG: Final = Question(
    "?city ?community ?isMember ?point",
    """
    VALUES ?community { %s }
    { ?two org:organization ?community ; org:member ?city . BIND(true AS ?isMember) }
    UNION
    { ?two cc:community ?community ; m8g:hasParticipant ?city }
    FILTER(?city != $this && EXISTS { ?city a cc:City })
    OPTIONAL { ?city geo:hasDefaultGeometry/geo:asWKT ?point }
    """,
)
"""The same of some communities, as the page asks it: unsorted, since few of them are shown."""

_LEVELS: Final = ("local-government-area", "intermunicipal", "province", "region", "nation")


@dataclass(frozen=True)
class Companion:
    """A city in communities that the city of the page is in too.

    ``joined`` are those of them that both joined; ``kilometres`` lie between where both places are known.
    """

    city: Reference
    communities: tuple[Reference, ...]
    joined: tuple[Reference, ...] = ()
    kilometres: float | None = None
    point: Point | None = None


@dataclass(frozen=True)
class CityProfile:
    """A city; ``memberships`` and ``ties`` are empty for one that no source names in a community.

    ``within`` goes from the nearest territory to the widest. ``companions`` share most communities,
    ``nearest`` are members of the same ones, by distance; ``uncompared`` are communities with too many
    members to look for companions there.
    """

    thing: Reference
    within: tuple[Reference, ...]
    point: Point | None
    populations: tuple[Population, ...]
    other_names: tuple[Name, ...]
    codes: tuple[Code, ...]
    compiled_from: tuple[Fact[Reference], ...]
    memberships: Listing[Tie]
    ties: Listing[Tie]
    events: Listing[Occasion]
    hosted: Listing[Kin]
    projects: Listing[Occasion]
    related_projects: Listing[Kin]
    bodies: Listing[Kin]
    places: Listing[Kin]
    companions: Listing[Companion]
    nearest: Listing[Companion]
    told: Listing[Told]
    uncompared: tuple[Reference, ...] = ()

    @property
    def years(self) -> Mapping[str, tuple[Occasion, ...]]:
        """The events it took part in, by year, the newest first."""
        return by_year(self.events.items)

    @property
    def is_in_network(self) -> bool:
        """Whether any source binds it to a community."""
        return bool(self.memberships.items or self.ties.items)


def read_city(sources: Sources, iri: str, languages: tuple[str, ...]) -> CityProfile:
    """Read a city's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    where = desk.ask(_WHERE)
    memberships = read_ties(desk, _MEMBERSHIPS, are_memberships=True)
    involvement = read_involvement(desk)
    kin = read_kin(desk, _KIN)
    thing = desk.refer(iri)
    point = read_point(_first(fold(where, "point")), thing, "main")
    bound = memberships.items or involvement.ties.items
    compared, uncompared = _choose_communities(desk) if bound else ((), ())
    companions = _read_companions(desk, compared)
    offered = desk.offer(COMPANIONS) if companions or uncompared else ""
    is_whole = len(companions) <= MOST_NEIGHBOURS and not uncompared
    shown = {part.event.iri for part in (*involvement.events.items, *involvement.projects.items)}
    return CityProfile(
        thing,
        _sort_territories(desk, fold(where, "within")),
        point,
        read_populations(desk, fold(where, "observation")),
        read_names(about.facts, languages),
        read_codes(desk, about.facts),
        desk.facts(about.facts, "dcterms:source"),
        memberships,
        involvement.ties,
        involvement.events,
        kin.of("cc:Event"),
        involvement.projects,
        kin.of("cc:Project", without=shown),
        kin.of("cc:Community", "org:Organization", "org:FormalOrganization"),
        kin.of("schema:Place"),
        Listing(_most_shared(desk, companions, memberships.items, point), offered, is_whole),
        Listing(_nearest(desk, companions, memberships.items, point), offered, is_whole),
        about.told,
        desk.refer_all(uncompared),
    )


def _choose_communities(desk: Desk) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the communities among whose members companions are looked for, and those that are too large.

    The smallest come first, as long as they are not more together than the site draws.
    """
    sizes = {row["community"].value: int(row["ties"].value) for row in desk.ask(_SIZES) if "community" in row}
    chosen: list[str] = []
    left: list[str] = []
    total = 0
    for community in sorted(sizes, key=lambda iri: (sizes[iri], iri)):
        total += sizes[community]
        (chosen if total <= desk.sources.drawn else left).append(community)
    return tuple(chosen), tuple(left)


def _read_companions(desk: Desk, communities: Iterable[str]) -> Mapping[str, Record]:
    """Return the cities in some communities, by IRI; of those joined the terms are under ``joined``."""
    asked = " ".join(str(NamedNode(iri)) for iri in communities)
    if not asked:
        return {}
    question = replace(_AMONG, where=_AMONG.where % asked, limit=4 * desk.sources.drawn)
    rows = desk.ask(question, is_named=False)
    found = fold(rows, "city")
    for row in rows:
        if "isMember" in row:
            found[row["city"].value].add("joined", row["community"])
    return found


def _to_companion(
    desk: Desk, iri: str, record: Record, own: Container[str], point: Point | None
) -> Companion:
    city = desk.refer(iri)
    there = read_point(record.text("point"), city)
    both = desk.refer_all(each for each in record.iris("joined") if each in own)
    away = measure(point, there) if point and there else None
    return Companion(city, desk.refer_all(record.iris("community")), both, away, there)


def _most_shared(
    desk: Desk, companions: Mapping[str, Record], memberships: Iterable[Tie], point: Point | None
) -> tuple[Companion, ...]:
    """Those in two communities or more with the city: one in common is what all companions have."""
    own = {tie.community.iri for tie in memberships}
    shared = {iri: len(record.iris("community")) for iri, record in companions.items()}
    several = [iri for iri, count in shared.items() if count > 1]
    desk.expect(several)
    several.sort(key=lambda iri: (-shared[iri], by_name(desk.refer(iri))))
    return tuple(_to_companion(desk, iri, companions[iri], own, point) for iri in several[:MOST_NEIGHBOURS])


def _nearest(
    desk: Desk, companions: Mapping[str, Record], memberships: Iterable[Tie], point: Point | None
) -> tuple[Companion, ...]:
    """Those that joined a community that the city joined too, by distance."""
    if point is None:
        return ()
    own = {tie.community.iri for tie in memberships}
    away: dict[str, float] = {}
    for iri, record in companions.items():
        # Named only if it is shown, which is told by where it is.
        there = read_point(record.text("point"), Reference(iri, Name(iri)))
        if there and not own.isdisjoint(record.iris("joined")):
            away[iri] = measure(point, there)
    nearest = heapq.nsmallest(MOST_NEIGHBOURS, away, key=lambda iri: (away[iri], iri))
    desk.expect(nearest)
    return tuple(_to_companion(desk, iri, companions[iri], own, point) for iri in nearest)


def _sort_territories(desk: Desk, territories: Mapping[str, Record]) -> tuple[Reference, ...]:
    """Return territories from the nearest to the widest; a country has no level, and comes last."""

    def rank(iri: str) -> int:
        levels = [level.rpartition("/")[2] for level in territories[iri].iris("level")]
        return min((_LEVELS.index(level) for level in levels if level in _LEVELS), default=len(_LEVELS))

    return tuple(desk.refer(iri) for iri in sorted(territories, key=lambda iri: (rank(iri), iri)))


def _first(points: Mapping[str, Record]) -> str | None:
    return min(points, default=None)


def read_names(facts: Record, languages: tuple[str, ...]) -> tuple[Name, ...]:
    """Return the further names of a thing, those in the reader's languages first."""
    found = sort_labels(facts.literals("skos:altLabel"), languages)
    return tuple(Name(each.value, each.language or None) for each in found)
