"""Maps without script: which window of the world shows some points, and where they stand in it.

A page's map is inline SVG in degrees: x is the longitude times the cosine of the window's middle latitude, so
that shapes near the middle look as they are; y the latitude turned over. Outlines lie below as pictures
that ``client/outlines.mjs`` made. Pure: the templates ask by the filter ``framed`` of ``_maps.html``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import Final, Protocol, TypeVar

SQUARE: Final = 30
"""Side in degrees of a square of the finer outlines; the same number as in ``client/outlines.mjs``."""

OVERLAP: Final = 0.1
"""How far a square reaches over its edges, in degrees; the same number as there."""

COARSE_FROM: Final = 100.0
"""Windows of this width in degrees, or wider, show the coarse outlines of the whole world."""

NARROWEST: Final = 9.0
"""Degrees of latitude that a window shows at the least: around one point, enough to tell where that is."""

MARGIN: Final = 0.08
"""Share of a window's sides left free around the points."""

RATIO: Final = 1.6
"""Width of a map by its height."""

_NORTH: Final = 84.0
_SOUTH: Final = -62.0


class Placed(Protocol):
    """Anything with a place, in degrees of CRS84."""

    @property
    def longitude(self) -> float | None: ...

    @property
    def latitude(self) -> float | None: ...


Point = TypeVar("Point", bound=Placed)


@dataclass(frozen=True)
class Outline:
    """A picture of outlines, named as the assets are, and its place in the map."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Dot:
    """A point of the map, and the thing that stands there."""

    x: float
    y: float
    point: Placed


@dataclass(frozen=True)
class Frame:
    """A map: its box in units of SVG, outlines below, dots above, ``unit`` a hundredth of its width.

    ``outside`` are the things whose place lies beyond the window, or isn't known.
    """

    x: float
    y: float
    width: float
    height: float
    outlines: tuple[Outline, ...]
    dots: tuple[Dot, ...]
    outside: tuple[Placed, ...]

    @property
    def view_box(self) -> str:
        return f"{self.x:g} {self.y:g} {self.width:g} {self.height:g}"

    @property
    def unit(self) -> float:
        return _round(self.width / 100)


def frame(points: Iterable[Point], share: float = 1.0, ratio: float = RATIO) -> Frame | None:
    """Return the map of some points; None if none of them has a place.

    With a ``share`` below 1 the window needs to hold only so many of them, those nearest to the middle of
    all: a few far away would shrink the rest to a blot.
    """
    told = list(points)
    placed = [(each, *place) for each in told if (place := _find_place(each))]
    if not placed:
        return None
    west, south, east, north = _fit([place for _each, *place in placed], share, ratio)
    stretch = math.cos(math.radians((south + north) / 2))
    inside = [each for each in placed if west <= each[1] <= east and south <= each[2] <= north]
    shown = {id(each[0]) for each in inside}
    return Frame(
        _round(west * stretch),
        _round(-north),
        _round((east - west) * stretch),
        _round(north - south),
        tuple(_outlines(west, south, east, north, stretch)),
        tuple(
            Dot(_round(longitude * stretch), _round(-latitude), each) for each, longitude, latitude in inside
        ),
        tuple(each for each in told if id(each) not in shown),
    )


def _find_place(point: Placed) -> tuple[float, float] | None:
    if point.longitude is None or point.latitude is None:
        return None
    return float(point.longitude), float(point.latitude)


def _fit(places: Sequence[Sequence[float]], share: float, ratio: float) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the window, in degrees."""
    middle = median(place[0] for place in places), median(place[1] for place in places)
    near = sorted(places, key=lambda place: math.dist(place, middle))
    kept = near[: max(1, math.ceil(len(near) * share))]
    south, north = (pick(place[1] for place in kept) for pick in (min, max))
    west, east = (pick(place[0] for place in kept) for pick in (min, max))
    stretch = math.cos(math.radians((south + north) / 2))
    height = max(
        (north - south) * (1 + 2 * MARGIN), (east - west) * (1 + 2 * MARGIN) * stretch / ratio, NARROWEST
    )
    height = min(height, _NORTH - _SOUTH, 360 * stretch / ratio)
    south = min(max((south + north - height) / 2, _SOUTH), _NORTH - height)
    stretch = math.cos(math.radians(south + height / 2))
    # All round the world is wider than any ratio allows: there, the map is flatter.
    width = min(max(height * ratio / stretch, (east - west) * (1 + 2 * MARGIN)), 360.0)
    west = min(max((west + east - width) / 2, -180.0), 180.0 - width)
    return west, south, west + width, south + height


def _outlines(west: float, south: float, east: float, north: float, stretch: float) -> Iterable[Outline]:
    if east - west >= COARSE_FROM:
        yield Outline("outlines/world.svg", _round(-180 * stretch), -90, _round(360 * stretch), 180)
        return
    columns = range(math.floor(west / SQUARE) * SQUARE, math.ceil(east / SQUARE) * SQUARE, SQUARE)
    rows = range(math.floor(south / SQUARE) * SQUARE, math.ceil(north / SQUARE) * SQUARE, SQUARE)
    for column, row in product(columns, rows):
        yield Outline(
            f"outlines/{column}_{row}.svg",
            _round((column - OVERLAP) * stretch),
            _round(-row - SQUARE - OVERLAP),
            _round((SQUARE + 2 * OVERLAP) * stretch),
            SQUARE + 2 * OVERLAP,
        )


def _round(value: float) -> float:
    return round(value, 3)
