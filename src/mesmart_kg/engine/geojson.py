"""Geometries as GeoJSON (RFC 7946, section 3.1) has them: read from its text, and written as its objects.

GeoJSON knows one reference system, CRS84, and no measures: both are seen to here. It wants outer rings to
turn counterclockwise and inner ones clockwise (section 3.1.6), which well-known text leaves free.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, Final

from mesmart_kg.engine.wkt import LEVELS, MOST_DEPTH, NAMES, Geometry, Line, Position, Shape, to_crs84

_KINDS: Final = {name: kind for kind, name in NAMES.items()}


def to_geometry_object(geometry: Geometry) -> dict[str, Any] | None:
    """Return the object, ready for ``json``; None where nobody knows where the coordinates lie."""
    plain = to_crs84(geometry)
    return None if plain is None else _to_object(plain)


def read_geojson(text: str) -> Geometry:
    """Return the geometry of a text. Raises ValueError if it is none."""
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise ValueError("the text nests too deeply") from error
    return _read_object(document, 0)


def _to_object(geometry: Geometry) -> dict[str, Any]:
    name = NAMES[geometry.kind]
    if name == "GeometryCollection":
        return {"type": name, "geometries": [_to_object(member) for member in geometry.members]}
    if not geometry.parts:
        return {"type": name, "coordinates": []}
    shapes = geometry.parts
    if geometry.kind.endswith("POLYGON"):
        shapes = tuple(_turn(shape) for shape in shapes)
    # The fourth coordinate, and a third that is a measure, have no place (section 3.1.1).
    most = 2 if geometry.is_measured and geometry.size == 3 else 3
    lists = [[[each[:most] for each in line] for line in shape] for shape in shapes]
    match LEVELS[geometry.kind]:
        case 0:
            return {"type": name, "coordinates": lists[0][0][0]}
        case 1:
            return {"type": name, "coordinates": lists[0][0]}
        case 2:
            return {"type": name, "coordinates": lists[0]}
        case _:
            return {"type": name, "coordinates": lists}


def _turn(rings: Shape) -> Shape:
    """Return the rings of a polygon, each in the direction that is asked of it."""
    return tuple(
        ring if (_signed_area(ring) >= 0) == (number == 0) else ring[::-1]
        for number, ring in enumerate(rings)
    )


def _signed_area(ring: Line) -> float:
    """Return twice the area of a ring in the plane: above 0 when it turns counterclockwise."""
    return sum(one[0] * two[1] - two[0] * one[1] for one, two in pairwise(ring))


def _read_object(document: Any, depth: int) -> Geometry:
    kind = _KINDS.get(str(document.get("type"))) if isinstance(document, dict) else None
    if kind is None:
        raise ValueError("no geometry of GeoJSON")
    if kind == "GEOMETRYCOLLECTION":
        members = document.get("geometries")
        if not isinstance(members, list) or depth >= MOST_DEPTH:
            raise ValueError("no list of geometries, or one that nests too deeply")
        return Geometry(kind, (), tuple(_read_object(member, depth + 1) for member in members))
    coordinates = document.get("coordinates")
    if not isinstance(coordinates, list):
        raise ValueError("coordinates are missing")
    if not coordinates:
        return Geometry(kind)
    # Brought to the same depth in every kind: shapes, lines, positions.
    for _ in range(LEVELS[kind], 3):
        coordinates = [coordinates]
    return Geometry(kind, tuple(tuple(_read_line(line) for line in _list(shape)) for shape in coordinates))


def _read_line(line: Any) -> Line:
    return tuple(_read_position(each) for each in _list(line, least=1))


def _read_position(position: Any) -> Position:
    numbers = _list(position, least=2)
    # A number too large for a float is no coordinate either; a boolean is an int to Python.
    if not all(type(each) in {int, float} and abs(each) < 1e300 for each in numbers):
        raise ValueError("a position has numbers only")
    # What follows the height has no meaning (section 3.1.1).
    return tuple(float(each) for each in numbers[:3])


def _list(value: Any, least: int = 0) -> list[Any]:
    if not isinstance(value, list) or len(value) < least:
        raise ValueError("coordinates nest otherwise than the kind says")
    return value
