"""Places where events are held, and the geometries that tell where something is."""

from __future__ import annotations

from dataclasses import dataclass

from mesmart_kg.labels import Reference
from mesmart_kg.profiles.about import ask_about, read_about
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.kin import ask_kin, read_kin
from mesmart_kg.profiles.places import read_point
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Fact, Kin, Listing, Point, Told

_ABOUT = ask_about("schema:containedInPlace", "schema:address", "schema:url", "geo:hasDefaultGeometry")
_KIN = ask_kin("schema:location", kinds=("cc:Event",))
_POINT = Question(
    "?point",
    """
    { $this geo:hasDefaultGeometry/geo:asWKT ?point }
    UNION
    { $this schema:containedInPlace/geo:hasDefaultGeometry/geo:asWKT ?point }
    """,
    limit=10,
)
_GEOMETRY = ask_about("geo:asWKT")
_SHAPED = ask_kin("geo:hasDefaultGeometry", kinds=("cc:City", "cc:Region", "schema:Place"))


@dataclass(frozen=True)
class PlaceProfile:
    """A hall or a square; ``point`` is where its city is, which is as near as the data tell."""

    thing: Reference
    cities: tuple[Fact[Reference], ...]
    point: Point | None
    events: Listing[Kin]
    told: Listing[Told]


@dataclass(frozen=True)
class GeometryProfile:
    """Where something is, as coordinates; ``texts`` is what the sources tell, as well-known text."""

    thing: Reference
    texts: tuple[Fact[str], ...]
    point: Point | None
    of: Listing[Kin]


def read_place(sources: Sources, iri: str, languages: tuple[str, ...]) -> PlaceProfile:
    """Read a place's profile. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    about = read_about(desk, _ABOUT)
    events = read_kin(desk, _KIN)
    cities = desk.facts(about.facts, "schema:containedInPlace")
    points = [row["point"].value for row in desk.ask(_POINT) if "point" in row]
    return PlaceProfile(
        desk.refer(iri),
        cities,
        read_point(min(points, default=None), cities[0].value if cities else desk.refer(iri)),
        events.of("cc:Event"),
        about.told,
    )


def read_geometry(sources: Sources, iri: str, languages: tuple[str, ...]) -> GeometryProfile:
    """Read the profile of a geometry. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    facts = read_about(desk, _GEOMETRY).facts
    owners = read_kin(desk, _SHAPED).of("cc:City", "cc:Region", "schema:Place")
    of = owners.items[0].thing if owners.items else desk.refer(iri)
    return GeometryProfile(
        desk.refer(iri), desk.texts(facts, "geo:asWKT"), read_point(facts.text("geo:asWKT"), of), owners
    )
