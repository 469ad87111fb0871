"""Well-known text of geometries: read, written, and brought to longitude and latitude.

Reads what GeoSPARQL 1.1 (section 8.5.1) puts into ``geo:wktLiteral``: an IRI of the coordinate reference
system, CRS84 when it is missing, and a geometry of Simple Features (OGC 06-103r4, section 7.2) with two to
four coordinates, or EMPTY. Triangles, surfaces of polyhedra and curves are not read.

The two systems in use are known by all their IRIs: CRS84 has the longitude first, EPSG:4326 (with heights,
EPSG:4979) the latitude. Of any other, coordinates are kept as they stand, and where they lie is unknown.
Reading takes time linear in the text, and nests no deeper than ``MOST_DEPTH``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

_T = TypeVar("_T")

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG_4326: Final = "http://www.opengis.net/def/crs/EPSG/0/4326"

MOST_DEPTH: Final = 16
"""How deep collections of geometries may nest."""

Position: TypeAlias = tuple[float, ...]
"""The coordinates of a point, two to four, in the order in which their system gives them."""

Line: TypeAlias = tuple[Position, ...]
Shape: TypeAlias = tuple[Line, ...]

LEVELS: Final = {
    "POINT": 0,
    "MULTIPOINT": 1,
    "LINESTRING": 1,
    "POLYGON": 2,
    "MULTILINESTRING": 2,
    "MULTIPOLYGON": 3,
}
"""How deep lists of positions nest in each kind of geometry."""

NAMES: Final = {
    "POINT": "Point",
    "MULTIPOINT": "MultiPoint",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
}
"""Each kind as GeoJSON and the ontology of Simple Features write it."""

_SYSTEM: Final = re.compile(r"\s*+<([^<>\s]*)>")
_TOKEN: Final = re.compile(r"\s*+(?:([A-Za-z]+)|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([(),]))")
_SIZES: Final = {"": (2, 3, 4), "Z": (3,), "M": (3,), "ZM": (4,)}
"""How many coordinates a position may have, by what follows the kind. Where nothing does, a third is Z."""
_LONGITUDE_FIRST: Final = re.compile(
    r"https?://www\.opengis\.net/def/crs/OGC/[\w.]+/CRS84h?|urn:ogc:def:crs:OGC:[\w.]*:CRS84h?"
)
_LATITUDE_FIRST: Final = re.compile(
    r"https?://www\.opengis\.net/def/crs/EPSG/[\w.]+/(?:4326|4979)|urn:ogc:def:crs:EPSG:[\w.]*:(?:4326|4979)"
)


@dataclass(frozen=True)
class Geometry:
    """A geometry of some kind, such as ``MULTIPOLYGON``.

    Its positions stand in ``parts``, always at the same depth: of one shape or several, one line or several
    (a polygon's rings, the outer one first), positions. An empty one has no parts. A collection has
    ``members`` instead. ``system`` is the IRI of the coordinate reference system; ``is_measured`` tells
    whether the last coordinate is a measure.
    """

    kind: str
    parts: tuple[Shape, ...] = ()
    members: tuple[Geometry, ...] = ()
    system: str = CRS84
    is_measured: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.parts and all(member.is_empty for member in self.members)

    @property
    def size(self) -> int:
        """How many coordinates a position has; 2 where there is none."""
        return max((len(position) for position in self.positions()), default=2)

    def positions(self) -> Iterator[Position]:
        """Yield every position, in order."""
        for shape in self.parts:
            for line in shape:
                yield from line
        for member in self.members:
            yield from member.positions()


def read_wkt(text: str) -> Geometry:
    """Return the geometry that a text tells. Raises ValueError if it is none that is read here."""
    system = _SYSTEM.match(text)
    reader = _Reader(text, system.end() if system else 0, system[1] if system else CRS84)
    geometry = reader.read_geometry(0)
    reader.expect_end()
    return geometry


def to_wkt(geometry: Geometry) -> str:
    """Return a geometry as well-known text; the system is named unless it is CRS84, the default."""
    text = _write(geometry)
    return text if geometry.system == CRS84 else f"<{geometry.system}> {text}"


def is_longitude_first(geometry: Geometry) -> bool | None:
    """Tell whether longitude comes before latitude; None where neither is known to be meant."""
    if _LONGITUDE_FIRST.fullmatch(geometry.system):
        return True
    return False if _LATITUDE_FIRST.fullmatch(geometry.system) else None


def to_crs84(geometry: Geometry) -> Geometry | None:
    """Return the geometry with its longitudes first; None where its system is unknown."""
    match is_longitude_first(geometry):
        case True:
            return _in_system(geometry, CRS84, swap=False)
        case False:
            return _in_system(geometry, CRS84, swap=True)
        case _:
            return None


def to_epsg_4326(geometry: Geometry) -> Geometry | None:
    """Return the geometry with its latitudes first; None where its system is unknown."""
    plain = to_crs84(geometry)
    return None if plain is None else _in_system(plain, EPSG_4326, swap=True)


def _in_system(geometry: Geometry, system: str, *, swap: bool) -> Geometry:
    parts = geometry.parts
    if swap:
        parts = tuple(
            tuple(tuple((each[1], each[0], *each[2:]) for each in line) for line in shape) for shape in parts
        )
    members = tuple(_in_system(member, system, swap=swap) for member in geometry.members)
    return replace(geometry, parts=parts, members=members, system=system)


def _write(geometry: Geometry) -> str:
    flags = ("Z" if geometry.size - geometry.is_measured > 2 else "") + ("M" if geometry.is_measured else "")
    head = f"{geometry.kind} {flags}" if flags else geometry.kind
    if geometry.members:
        return f"{head}({','.join(_write(member) for member in geometry.members)})"
    if not geometry.parts:
        return f"{head} EMPTY"
    shapes = [[f"({','.join(map(_join, line))})" for line in shape] for shape in geometry.parts]
    match LEVELS[geometry.kind]:
        case 1 if geometry.kind == "MULTIPOINT":
            return f"{head}({','.join(f'({_join(each)})' for each in geometry.positions())})"
        case 0 | 1:
            return head + shapes[0][0]
        case 2:
            return f"{head}({','.join(shapes[0])})"
        case _:
            bodies = ",".join(f"({','.join(shape)})" for shape in shapes)
            return f"{head}({bodies})"


def _join(position: Position) -> str:
    # As short as can be without loss: 15, 15.55.
    return " ".join(repr(each).removesuffix(".0") for each in position)


class _Reader:
    """Walks through the tokens of one text."""

    def __init__(self, text: str, start: int, system: str) -> None:
        self._text = text
        self._system = system
        self._next = start
        self._word = self._number = self._sign = ""
        self._advance()

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._next)
        if found is None:
            self._word = self._number = self._sign = ""
            return
        self._next = found.end()
        self._word, self._number, self._sign = found[1] or "", found[2] or "", found[3] or ""

    def expect_end(self) -> None:
        if self._word or self._number or self._sign or self._text[self._next :].strip():
            raise ValueError("text after the geometry")

    def read_geometry(self, depth: int) -> Geometry:
        kind, flags = self._read_kind()
        is_measured = "M" in flags
        if self._word.upper() == "EMPTY":
            self._advance()
            return Geometry(kind, (), (), self._system, is_measured)
        if kind == "GEOMETRYCOLLECTION":
            if depth >= MOST_DEPTH:
                raise ValueError("collections nest too deeply")
            members = self._read_list(lambda: self.read_geometry(depth + 1))
            return Geometry(kind, (), members, self._system, is_measured)
        parts = self._read_parts(kind)
        geometry = Geometry(kind, parts, (), self._system, is_measured)
        sizes = {len(each) for each in geometry.positions()}
        if len(sizes) > 1 or not sizes.issubset(_SIZES[flags]):
            raise ValueError("a position with too few coordinates, or too many")
        return geometry

    def _read_kind(self) -> tuple[str, str]:
        word = self._word.upper()
        self._advance()
        for kind in NAMES:
            if word.startswith(kind) and (flags := word[len(kind) :]) in _SIZES:
                if not flags and self._word.upper() in {"Z", "M", "ZM"}:
                    flags = self._word.upper()
                    self._advance()
                return kind, flags
        raise ValueError(f"no kind of geometry that is read here: {word[:40]!r}")

    def _read_parts(self, kind: str) -> tuple[Shape, ...]:
        match LEVELS[kind]:
            case 0:
                line = self._read_list(self._read_position)
                if len(line) != 1:
                    raise ValueError("a point has one position")
                return ((line,),)
            case 1 if kind == "MULTIPOINT":
                return ((self._read_list(self._read_point),),)
            case 1:
                return ((self._read_line(),),)
            case 2:
                return (self._read_list(self._read_line),)
            case _:
                return self._read_list(lambda: self._read_list(self._read_line))

    def _read_line(self) -> Line:
        return self._read_list(self._read_position)

    def _read_point(self) -> Position:
        """Read a point of several, which may stand in parentheses of its own."""
        if self._sign != "(":
            return self._read_position()
        line = self._read_line()
        if len(line) != 1:
            raise ValueError("a point has one position")
        return line[0]

    def _read_position(self) -> Position:
        numbers: list[float] = []
        while self._number:
            numbers.append(float(self._number))
            self._advance()
        if not 2 <= len(numbers) <= 4 or not all(map(math.isfinite, numbers)):
            raise ValueError("a position has two to four numbers")
        return tuple(numbers)

    def _read_list(self, read: Callable[[], _T]) -> tuple[_T, ...]:
        self._expect("(")
        found = [read()]
        while self._sign == ",":
            self._advance()
            found.append(read())
        self._expect(")")
        return tuple(found)

    def _expect(self, sign: str) -> None:
        if self._sign != sign:
            raise ValueError(f"{sign!r} is missing at {self._next}")
        self._advance()
