"""Where things are: positions read from well-known text, and how far apart they are as the crow flies."""

from __future__ import annotations

from collections.abc import Iterable

from mesmart_kg.engine.measures import distance
from mesmart_kg.engine.wkt import CRS84, read_wkt, to_crs84
from mesmart_kg.labels import Reference
from mesmart_kg.profiles.values import Point, Tie


def read_point(text: str | None, thing: Reference, kind: str = "") -> Point | None:
    """Return where a thing is; None if it is no point of a known system."""
    if not text:
        return None
    try:
        geometry = to_crs84(read_wkt(text))
    except ValueError:
        return None
    if geometry is None or geometry.kind != "POINT" or geometry.system != CRS84:
        return None
    longitude, latitude = next(geometry.positions(), (200.0, 100.0))[:2]
    if abs(longitude) > 180 or abs(latitude) > 90:
        return None
    return Point(longitude, latitude, thing, kind)


def measure(one: Point, other: Point) -> float:
    """Return the distance of two points in kilometres, as ``geof:metricDistance`` gives it in metres."""
    return distance((one.longitude, one.latitude), (other.longitude, other.latitude)) / 1000


def points_of(ties: Iterable[Tie]) -> tuple[Point, ...]:
    """Return where those of the ties are, each place once."""
    return tuple({tie.point.reference.iri: tie.point for tie in ties if tie.point}.values())
