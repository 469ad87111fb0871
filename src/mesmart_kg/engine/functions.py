"""The functions of GeoSPARQL 1.1 (section 8) that Oxigraph lacks, for points and for simple shapes.

Oxigraph computes relations, distances, hulls and unions by itself, but none of what is here: a geometry in
another form or system, its kind, its parts, its bounds, measures in metres without a unit to name, a circle
around a point, the box around many. Measures are taken on a sphere of the Earth's mean radius, as Oxigraph
takes its distances: within 0.5 % of the ellipsoid.

A function that can't answer returns None, which leaves its expression without a value: an error, as SPARQL
1.1 (section 17.3) calls it. Each takes time linear in its geometries; a query's deadline bounds the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from mesmart_kg.engine import measures
from mesmart_kg.engine.geojson import read_geojson
from mesmart_kg.engine.wkt import NAMES, Geometry, read_wkt, to_crs84, to_epsg_4326, to_wkt
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import Literal, NamedNode, Term

Function: TypeAlias = Callable[..., Term | None]

_XSD: Final = PREFIXES["xsd"]
_SF: Final = "http://www.opengis.net/ont/sf#"
_UOM: Final = "http://www.opengis.net/def/uom/OGC/1.0/"
_ANY_URI: Final = NamedNode(_XSD + "anyURI")
_WKT: Final = NamedNode(PREFIXES["geo"] + "wktLiteral")
_READERS: Final = {_WKT.value: read_wkt, PREFIXES["geo"] + "geoJSONLiteral": read_geojson}
_NUMBERS: Final = {_XSD + name for name in ("integer", "decimal", "double", "float")}
_METRES: Final = {"metre": 1.0, "meter": 1.0, "kilometre": 1000.0, "kilometer": 1000.0}


def is_function_named(query: str) -> bool:
    """Tell whether a query may name one of these functions: handing them over costs more than this look."""
    # An IRI may be put together from base and prefix, or hide its letters behind escapes.
    return "opengis" in query or "\\" in query


def read_geometry(term: object) -> Geometry | None:
    """Return the geometry of a literal; None for any other term, and for text that is none."""
    if not isinstance(term, Literal) or (reader := _READERS.get(term.datatype.value)) is None:
        return None
    try:
        return reader(term.value)
    except ValueError:
        return None


def _to_literal(geometry: Geometry | None) -> Literal | None:
    return None if geometry is None else Literal(to_wkt(geometry), datatype=_WKT)


def _number(term: object) -> float | None:
    if not isinstance(term, Literal) or term.datatype.value not in _NUMBERS:
        return None
    try:
        return float(term.value)
    except ValueError:
        return None


def _iri(term: object) -> str:
    """Return the IRI that is given as one, or as a literal."""
    return term.value if isinstance(term, NamedNode | Literal) else ""


def _of_geometry(compute: Callable[[Geometry], Any]) -> Function:
    """Make a function of one geometry; what it returns becomes a term."""

    def function(*terms: Term) -> Term | None:
        geometry = read_geometry(terms[0]) if len(terms) == 1 else None
        return None if geometry is None else _to_term(compute(geometry))

    return function


def _to_term(value: Any) -> Term | None:
    if value is None or isinstance(value, Literal):
        return value
    return _to_literal(value) if isinstance(value, Geometry) else Literal(value)


def _extreme(choose: Callable[[list[float]], float], axis: int) -> Function:
    def compute(geometry: Geometry) -> float | None:
        if axis == 2 and not _is_3d(geometry):
            return None
        values = [position[axis] for position in geometry.positions()]
        return choose(values) if values else None

    return _of_geometry(compute)


def _is_3d(geometry: Geometry) -> bool:
    return geometry.size - geometry.is_measured > 2


def _count_parts(geometry: Geometry) -> int:
    return 0 if geometry.is_empty else len(measures.to_single(geometry))


def _geometry_n(*terms: Term) -> Term | None:
    """The n-th part, from 1."""
    if len(terms) != 2 or (geometry := read_geometry(terms[0])) is None:
        return None
    number, parts = _number(terms[1]), measures.to_single(geometry)
    if number is None or not number.is_integer() or not 1 <= number <= len(parts):
        return None
    return _to_literal(parts[int(number) - 1])


def _metric(measure: Callable[[Geometry], float]) -> Function:
    def compute(geometry: Geometry) -> float | None:
        plain = to_crs84(geometry)
        return None if plain is None else measure(plain)

    return _of_geometry(compute)


def _metric_distance(*terms: Term) -> Term | None:
    """Metres between two points; there is no answer for other geometries, as in Oxigraph's ``distance``."""
    points = [each for term in terms if (each := _point(term)) is not None]
    if len(terms) != 2 or len(points) != 2:
        return None
    return Literal(measures.distance(points[0].parts[0][0][0], points[1].parts[0][0][0]))


def _point(term: Term) -> Geometry | None:
    geometry = read_geometry(term)
    return to_crs84(geometry) if geometry and geometry.kind == "POINT" and geometry.parts else None


def _buffer(*terms: Term) -> Term | None:
    """A polygon for the circle around a point, by its radius and the unit of that."""
    if len(terms) != 3:
        return None
    factor = _METRES.get(_iri(terms[2]).removeprefix(_UOM))
    radius = _number(terms[1])
    return None if factor is None or radius is None else _circle(terms[0], radius * factor)


def _metric_buffer(*terms: Term) -> Term | None:
    radius = _number(terms[1]) if len(terms) == 2 else None
    return None if radius is None else _circle(terms[0], radius)


def _circle(term: Term, metres: float) -> Term | None:
    point = _point(term)
    return None if point is None else _to_literal(measures.circle(point.parts[0][0][0], metres))


def _transform(*terms: Term) -> Term | None:
    """The geometry in CRS84 or EPSG:4326: the two differ in the order of their axes only."""
    if len(terms) != 2 or (geometry := read_geometry(terms[0])) is None:
        return None
    target = measures.find_system(_iri(terms[1]))
    if target is None:
        return None
    return _to_literal(to_crs84(geometry) if target else to_epsg_4326(geometry))


class BoundingBox:
    """``geof:aggBoundingBox``: the least rectangle of longitude and latitude around many geometries.

    What is no geometry is passed over; without any, there is no answer.
    """

    def __init__(self) -> None:
        self._corners: tuple[float, float, float, float] | None = None

    def accumulate(self, term: Term) -> None:
        """Take in one more geometry."""
        geometry = read_geometry(term)
        plain = None if geometry is None else to_crs84(geometry)
        self._corners = measures.widen(self._corners, plain) if plain else self._corners

    def finish(self) -> Term | None:
        """Return the rectangle."""
        return _to_literal(measures.to_box(self._corners)) if self._corners else None


def _name(functions: Mapping[str, Any]) -> Mapping[NamedNode, Any]:
    return MappingProxyType({NamedNode(PREFIXES["geof"] + name): each for name, each in functions.items()})


FUNCTIONS: Final[Mapping[NamedNode, Function]] = _name(
    {
        "asWKT": _of_geometry(lambda geometry: geometry),
        "boundary": _of_geometry(measures.boundary),
        "buffer": _buffer,
        "geometryN": _geometry_n,
        "geometryType": _of_geometry(lambda geometry: Literal(_SF + NAMES[geometry.kind], datatype=_ANY_URI)),
        "getSRID": _of_geometry(lambda geometry: Literal(geometry.system, datatype=_ANY_URI)),
        "is3D": _of_geometry(_is_3d),
        "isMeasured": _of_geometry(lambda geometry: geometry.is_measured),
        "maxX": _extreme(max, 0),
        "maxY": _extreme(max, 1),
        "maxZ": _extreme(max, 2),
        "metricArea": _metric(measures.area),
        "metricBuffer": _metric_buffer,
        "metricDistance": _metric_distance,
        "metricLength": _metric(measures.length),
        "metricPerimeter": _metric(measures.perimeter),
        "minX": _extreme(min, 0),
        "minY": _extreme(min, 1),
        "minZ": _extreme(min, 2),
        "numGeometries": _of_geometry(_count_parts),
        "transform": _transform,
    }
)
"""What a store is given beside a query. ``getSRID`` takes the place of Oxigraph's, which knows CRS84 only."""

AGGREGATES: Final[Mapping[NamedNode, Callable[[], BoundingBox]]] = _name({"aggBoundingBox": BoundingBox})
"""The aggregates, likewise."""
