"""Geometries: well-known text, GeoJSON, and the order of axes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesmart_kg.engine.geojson import read_geojson, to_geometry_object
from mesmart_kg.engine.wkt import LEVELS, Geometry, Position, read_wkt, to_crs84, to_epsg_4326, to_wkt

EPSG = "<http://www.opengis.net/def/crs/EPSG/0/4326> "

_numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    """Geometries of every kind but collections, with two or three coordinates."""
    kind = draw(st.sampled_from(sorted(LEVELS)))
    size = draw(st.integers(2, 3))
    positions = st.tuples(*[_numbers] * size)
    most = 1 if LEVELS[kind] == 0 else 4
    lines: st.SearchStrategy[tuple[Position, ...]] = st.lists(positions, min_size=1, max_size=most).map(tuple)
    shapes = st.lists(lines, min_size=1, max_size=3 if LEVELS[kind] > 1 else 1).map(tuple)
    parts = draw(st.lists(shapes, min_size=1, max_size=3 if LEVELS[kind] > 2 else 1).map(tuple))
    return Geometry(kind, parts)


@given(geometries())
def test_a_geometry_survives_being_written(geometry: Geometry) -> None:
    assert read_wkt(to_wkt(geometry)) == geometry


@given(geometries())
def test_a_geometry_survives_both_orders_of_axes(geometry: Geometry) -> None:
    swapped = to_epsg_4326(geometry)

    assert swapped is not None
    assert to_crs84(swapped) == geometry


@given(st.text(alphabet="POINTZM(), 0.1-e<>\n"))
def test_any_text_is_a_geometry_or_an_error(text: str) -> None:
    try:
        geometry = read_wkt(text)
    except ValueError:
        return
    assert read_wkt(to_wkt(geometry)) == geometry


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("point z (1 2 3)", "POINT Z(1 2 3)"),
        ("POINTM(1 2 3)", "POINT M(1 2 3)"),
        ("POINT(1 2 3 4)", "POINT Z(1 2 3 4)"),
        ("MULTIPOINT(1 2, 3 4)", "MULTIPOINT((1 2),(3 4))"),
        ("POLYGON EMPTY", "POLYGON EMPTY"),
        ("GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4))",) * 2,
        (f"{EPSG}POINT(38.19 15.55)", f"{EPSG}POINT(38.19 15.55)"),
        ("  <http://www.opengis.net/def/crs/OGC/1.3/CRS84>\nPOINT(1 2)", "POINT(1 2)"),
    ],
)
def test_the_ways_of_writing_are_read(text: str, written: str) -> None:
    assert to_wkt(read_wkt(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "POINT",
        "POINT(1)",
        "POINT(1 2",
        "POINT(1 2))",
        "POINT(1 2, 3 4)",
        "POINT Z(1 2)",
        "POINT(1e999 2)",
        "POLYGON((0 0,1 0 5,1 1,0 0))",
        "TRIANGLE((0 0,1 0,1 1,0 0))",
        "<http://example.org/ POINT(1 2)",
        "GEOMETRYCOLLECTION(" * 10_000,
    ],
)
def test_what_is_no_geometry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_wkt(text)


def test_the_latitude_of_epsg_4326_comes_second_in_geojson() -> None:
    made = to_geometry_object(read_wkt(f"{EPSG}POINT(38.19 15.55)"))

    assert made == {"type": "Point", "coordinates": (15.55, 38.19)}


def test_a_system_that_is_unknown_has_no_place_on_the_map() -> None:
    geometry = read_wkt("<http://www.opengis.net/def/crs/EPSG/0/3003> POINT(1 2)")

    assert to_geometry_object(geometry) is None


def test_rings_turn_as_geojson_wants_them() -> None:
    geometry = read_wkt("POLYGON((0 0,0 9,9 9,9 0,0 0),(1 1,2 1,2 2,1 1))")

    made = to_geometry_object(geometry)

    assert made is not None
    assert made["coordinates"] == [
        [(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)],
        [(1, 1), (2, 2), (2, 1), (1, 1)],
    ]


def test_a_measure_is_not_taken_for_a_height() -> None:
    assert to_geometry_object(read_wkt("POINT M(1 2 3)")) == {"type": "Point", "coordinates": (1, 2)}
    assert to_geometry_object(read_wkt("POINT ZM(1 2 3 4)")) == {"type": "Point", "coordinates": (1, 2, 3)}


def test_geojson_is_read() -> None:
    polygon = '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}'

    assert read_geojson(polygon) == read_wkt("POLYGON((0 0,1 0,1 1,0 0))")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "[" * 100_000,
        '{"type": ["Point"]}',
        '{"type": "Point"}',
        '{"type": "Point", "coordinates": [[1, 2]]}',
        '{"type": "Point", "coordinates": [1]}',
        '{"type": "Point", "coordinates": [true, 2]}',
        '{"type": "Point", "coordinates": [1e999, 2]}',
        '{"type": "Polygon", "coordinates": [[]]}',
    ],
)
def test_what_is_no_geojson_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_geojson(text)
