"""Sizes of geometries on the globe, and shapes drawn on it; all in CRS84: degrees, longitude first.

The globe is a sphere of the Earth's mean radius, the one that Oxigraph computes with. Heights are passed
over.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Final, TypeAlias

from mesmart_kg.engine.wkt import Geometry, Line, Position, is_longitude_first

EARTH_RADIUS: Final = 6371008.8
"""Metres."""

CIRCLE_CORNERS: Final = 64
"""Corners of the polygon that stands for a circle; its area is 0.2 % less."""

LARGEST_CIRCLE: Final = 5_000_000.0
"""Metres of radius: a larger one is no shape that a flat map shows."""

Corners: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north."""

_SINGLE: Final = {"MULTIPOINT": "POINT", "MULTILINESTRING": "LINESTRING", "MULTIPOLYGON": "POLYGON"}


def find_system(iri: str) -> bool | None:
    """Tell whether a reference system puts longitude first; None if it is unknown."""
    return is_longitude_first(Geometry("POINT", system=iri))


def to_single(geometry: Geometry) -> tuple[Geometry, ...]:
    """Return the parts of a geometry of several; another one is its only part."""
    if geometry.kind == "GEOMETRYCOLLECTION":
        return geometry.members
    if geometry.kind not in _SINGLE:
        return (geometry,)
    kind = _SINGLE[geometry.kind]
    if kind == "POLYGON":
        parts = [(shape,) for shape in geometry.parts]
    elif kind == "LINESTRING":
        parts = [((line,),) for shape in geometry.parts for line in shape]
    else:
        parts = [(((position,),),) for position in geometry.positions()]
    return tuple(replace(geometry, kind=kind, parts=each) for each in parts)


def distance(one: Position, two: Position) -> float:
    """Return the metres between two positions, by the haversine formula."""
    lon1, lat1, lon2, lat2 = (math.radians(each) for each in (one[0], one[1], two[0], two[1]))
    squared = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, squared)))


def _measure(line: Line) -> float:
    return sum(distance(one, two) for one, two in pairwise(line))


def length(geometry: Geometry) -> float:
    """Return the metres of all lines, and of all edges of polygons; 0 for points."""
    if geometry.kind.endswith("POINT"):
        return 0.0
    own = sum(_measure(line) for shape in geometry.parts for line in shape)
    return own + sum(length(member) for member in geometry.members)


def perimeter(geometry: Geometry) -> float:
    """Return the metres around polygons, inner edges included; 0 for what has no area."""
    own = length(geometry) if geometry.kind.endswith("POLYGON") else 0.0
    return own + sum(perimeter(member) for member in geometry.members)


def area(geometry: Geometry) -> float:
    """Return the square metres of polygons; 0 for points and lines."""
    own = 0.0
    if geometry.kind.endswith("POLYGON"):
        for shape in geometry.parts:
            outer, *inner = (_enclose(ring) for ring in shape)
            own += outer - sum(inner)
    return own + sum(area(member) for member in geometry.members)


def _enclose(ring: Line) -> float:
    """Return the square metres within a ring, by Chamberlain and Duquette (JPL Publication 07-03, 2007)."""
    total = 0.0
    for one, two in pairwise(ring):
        span = math.radians(two[0] - one[0])
        total += span * (2 + math.sin(math.radians(one[1])) + math.sin(math.radians(two[1])))
    return abs(total) * EARTH_RADIUS**2 / 2


def boundary(geometry: Geometry) -> Geometry | None:
    """Return what bounds a geometry: of lines their ends, of polygons their rings (Simple Features, 6.1).

    None for a collection, for which it isn't defined.
    """
    nothing = replace(geometry, kind="GEOMETRYCOLLECTION", parts=(), members=())
    lines = [line for shape in geometry.parts for line in shape]
    match geometry.kind:
        case "POINT" | "MULTIPOINT":
            return nothing
        case "LINESTRING" | "MULTILINESTRING":
            # An end where an even number of lines meet is within (the mod 2 rule of section 6.1.8).
            ends: dict[Position, int] = {}
            for line in lines:
                for end in (line[0], line[-1]):
                    ends[end] = ends.get(end, 0) + 1
            odd = tuple(end for end, count in ends.items() if count % 2)
            return replace(geometry, kind="MULTIPOINT", parts=((odd,),)) if odd else nothing
        case "POLYGON" | "MULTIPOLYGON":
            if len(lines) == 1:
                return replace(geometry, kind="LINESTRING", parts=((lines[0],),))
            return replace(geometry, kind="MULTILINESTRING", parts=(tuple(lines),)) if lines else nothing
        case _:
            return None


def circle(centre: Position, metres: float) -> Geometry | None:
    """Return a polygon for all that is within some metres of a position.

    None for a radius that is not above 0, for one too large, and for a circle that holds a pole. Across the
    antimeridian longitudes go on beyond 180.
    """
    lon, lat = math.radians(centre[0]), math.radians(centre[1])
    angle = metres / EARTH_RADIUS
    if not 0 < metres <= LARGEST_CIRCLE or abs(lat) + angle >= math.pi / 2:
        return None
    corners: list[Position] = []
    for number in range(CIRCLE_CORNERS):
        bearing = -2 * math.pi * number / CIRCLE_CORNERS  # counterclockwise, as GeoJSON has outer rings
        its_lat = math.asin(
            math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)
        )
        its_lon = lon + math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(lat),
            math.cos(angle) - math.sin(lat) * math.sin(its_lat),
        )
        # A tenth of a millimetre on the ground is more than a sphere is good for.
        corners.append((round(math.degrees(its_lon), 9), round(math.degrees(its_lat), 9)))
    return Geometry("POLYGON", (((*corners, corners[0]),),))


def widen(corners: Corners | None, geometry: Geometry) -> Corners | None:
    """Return the corners of the least rectangle around what they held and a geometry."""
    for position in geometry.positions():
        lon, lat = position[0], position[1]
        if corners is None:
            corners = (lon, lat, lon, lat)
        else:
            west, south, east, north = corners
            corners = (min(west, lon), min(south, lat), max(east, lon), max(north, lat))
    return corners


def to_box(corners: Corners) -> Geometry:
    """Return a rectangle as a polygon."""
    west, south, east, north = corners
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return Geometry("POLYGON", ((ring,),))
