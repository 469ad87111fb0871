"""A city as people think of it: its communities, its events, where it is, who its companions are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    ``nearest`` are members of the same ones, by distance.
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
    companions = _read_companions(desk, memberships.items, point) if bound else ()
    offered = desk.offer(COMPANIONS) if companions else ""
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
        Listing(_most_shared(companions), offered, len(companions) <= MOST_NEIGHBOURS),
        Listing(_nearest(companions), offered, len(companions) <= MOST_NEIGHBOURS),
        about.told,
    )


def _read_companions(desk: Desk, memberships: Iterable[Tie], point: Point | None) -> tuple[Companion, ...]:
    own = {tie.community.iri for tie in memberships}
    rows = desk.ask(COMPANIONS)
    joined = {(row["city"].value, row["community"].value) for row in rows if "isMember" in row}
    found = []
    for iri, record in fold(rows, "city").items():
        city, communities = desk.refer(iri), desk.refer_all(record.iris("community"))
        there = read_point(record.text("point"), city)
        both = tuple(each for each in communities if each.iri in own and (iri, each.iri) in joined)
        away = measure(point, there) if point and there else None
        found.append(Companion(city, communities, both, away, there))
    return tuple(sorted(found, key=lambda each: by_name(each.city)))


def _most_shared(companions: tuple[Companion, ...]) -> tuple[Companion, ...]:
    """Those in two communities or more with the city: one in common is what all companions have."""
    several = [each for each in companions if len(each.communities) > 1]
    return tuple(sorted(several, key=lambda each: -len(each.communities))[:MOST_NEIGHBOURS])


def _nearest(companions: tuple[Companion, ...]) -> tuple[Companion, ...]:
    placed = [each for each in companions if each.joined and each.kilometres is not None]
    return tuple(sorted(placed, key=lambda each: each.kilometres or 0.0)[:MOST_NEIGHBOURS])


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
