"""The answer to a SELECT as a map takes it: a GeoJSON FeatureCollection (RFC 7946), one feature a row.

The first variable that holds geometries (``geo:wktLiteral`` or ``geo:geoJSONLiteral``) gives each feature its
place; the others are its properties: numbers and truth values as such, the rest as text, null where a row has
no value. A geometry that can't be read, or whose reference system isn't known, leaves the feature without
a place, and stays among the properties as text.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

from mesmart_kg.engine import Solutions
from mesmart_kg.engine.functions import read_geometry
from mesmart_kg.engine.geojson import to_geometry_object
from mesmart_kg.formats import RESULT_FORMATS, RESULTS_GEOJSON
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term
from mesmart_kg.web.negotiation import NotAcceptable

_XSD: Final = PREFIXES["xsd"]
_EXACT: Final = 2**53 - 1
"""The largest integer that readers of JSON agree on (RFC 8259, section 6)."""


class NoGeometry(NotAcceptable):
    """No variable of the answer holds a geometry, so that it can't be drawn; other formats can hold it."""

    def __init__(self) -> None:
        super().__init__(RESULT_FORMATS, RESULTS_GEOJSON.name)


def to_geojson(solutions: Solutions) -> bytes:
    """Return the document; without rows, an empty collection. Raises NoGeometry if rows hold no geometry."""
    placed = _find_placed(solutions)
    if placed is None and solutions.rows:
        raise NoGeometry
    features = [_to_feature(row, solutions.variables, placed) for row in solutions.rows]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _find_placed(solutions: Solutions) -> str | None:
    """Return the first variable, in the query's order, that has a place to give in any row."""
    for name in solutions.variables:
        if any(_find_place(row.get(name)) is not None for row in solutions.rows):
            return name
    return None


def _find_place(term: Term | None) -> dict[str, Any] | None:
    geometry = read_geometry(term)
    return None if geometry is None else to_geometry_object(geometry)


def _to_feature(row: Any, variables: tuple[str, ...], placed: str | None) -> dict[str, Any]:
    place = _find_place(row.get(placed))
    properties = {
        name: _to_value(row.get(name))
        for name in variables
        if name != placed or (place is None and name in row)
    }
    return {"type": "Feature", "geometry": place, "properties": properties}


def _to_value(term: Term | None) -> str | int | float | bool | None:
    match term:
        case None:
            return None
        case NamedNode():
            return term.value
        case BlankNode():
            return f"_:{term.value}"
        case Literal():
            return _to_plain(term)


def _to_plain(literal: Literal) -> str | int | float | bool:
    """Return a number or truth value where JSON holds it without loss, else the text."""
    text = literal.value
    try:
        match literal.datatype.value.removeprefix(_XSD):
            case "boolean" if text in {"true", "false"}:
                return text == "true"
            case "integer" if len(text) < 20 and abs(int(text)) <= _EXACT:
                return int(text)
            case "decimal" if len(text.replace(".", "")) <= 16:
                return float(text)
            case "double" | "float" if math.isfinite(float(text)):
                return float(text)
            case _:
                return text
    except ValueError:  # a text that its datatype does not allow
        return text
