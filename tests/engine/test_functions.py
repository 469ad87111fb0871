"""The functions of GeoSPARQL that we add, asked of the engine's own store."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, QuerySolutions, Store

from mesmart_kg.engine.functions import AGGREGATES, FUNCTIONS, is_function_named

PREFIXES = """PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/>
PREFIX crs: <http://www.opengis.net/def/crs/EPSG/0/>
"""
MESSINA = '"POINT(15.55 38.19)"^^geo:wktLiteral'
REGGIO = '"POINT(15.65 38.11)"^^geo:wktLiteral'
SQUARE = '"POLYGON((15 38,16 38,16 39,15 39,15 38))"^^geo:wktLiteral'
LATITUDE_FIRST = '"<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(38.19 15.55)"^^geo:wktLiteral'


def ask(expression: str, values: str = "") -> str | None:
    """Return the text of an expression's value; None if it has none."""
    answer = Store().query(
        f"{PREFIXES} SELECT ({expression} AS ?value) {{ {values} }}",
        custom_functions=dict(FUNCTIONS),
        custom_aggregate_functions=dict(AGGREGATES),  # type: ignore[arg-type]
    )
    assert isinstance(answer, QuerySolutions)
    (row,) = answer
    value = row["value"]
    assert value is None or isinstance(value, Literal)
    return value.value if value else None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (f"geof:asWKT({MESSINA})", "POINT(15.55 38.19)"),
        (
            'geof:asWKT(\'{"type": "Point", "coordinates": [1, 2]}\'^^geo:geoJSONLiteral)',
            "POINT(1 2)",
        ),
        (f"geof:geometryType({SQUARE})", "http://www.opengis.net/ont/sf#Polygon"),
        (f"geof:getSRID({LATITUDE_FIRST})", "http://www.opengis.net/def/crs/EPSG/0/4326"),
        (
            f"geof:transform({LATITUDE_FIRST}, <http://www.opengis.net/def/crs/OGC/1.3/CRS84>)",
            "POINT(15.55 38.19)",
        ),
        (
            f"geof:transform({MESSINA}, crs:4326)",
            "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(38.19 15.55)",
        ),
        (f"geof:minX({SQUARE})", "15"),
        (f"geof:maxY({SQUARE})", "39"),
        (f"geof:is3D({MESSINA})", "false"),
        ('geof:maxZ("POINT Z(1 2 3)"^^geo:wktLiteral)', "3"),
        ('geof:numGeometries("MULTIPOINT((1 2),(3 4))"^^geo:wktLiteral)', "2"),
        ('geof:geometryN("MULTIPOINT((1 2),(3 4))"^^geo:wktLiteral, 2)', "POINT(3 4)"),
        (f"geof:boundary({SQUARE})", "LINESTRING(15 38,16 38,16 39,15 39,15 38)"),
        ('geof:boundary("LINESTRING(1 2,3 4,5 6)"^^geo:wktLiteral)', "MULTIPOINT((1 2),(5 6))"),
        (f"geof:metricArea({MESSINA})", "0"),
    ],
)
def test_a_function_answers(expression: str, value: str) -> None:
    assert ask(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        'geof:asWKT("POINT(1 2)")',
        'geof:asWKT("POINT(1"^^geo:wktLiteral)',
        "geof:asWKT(geo:wktLiteral)",
        "geof:asWKT()",
        f"geof:geometryN({MESSINA}, 2)",
        f"geof:geometryN({MESSINA}, 0.5)",
        f"geof:maxZ({MESSINA})",
        f"geof:metricDistance({MESSINA}, {SQUARE})",
        f"geof:buffer({MESSINA}, -1, uom:metre)",
        f"geof:buffer({MESSINA}, 1, uom:radian)",
        f'geof:buffer({MESSINA}, "far", uom:metre)',
        'geof:metricBuffer("POINT(0 89.99)"^^geo:wktLiteral, 100000)',
        f"geof:transform({MESSINA}, crs:3003)",
    ],
)
def test_what_has_no_answer_has_no_value(expression: str) -> None:
    assert ask(expression) is None


def test_metric_distance_is_the_engines_own() -> None:
    ours = ask(f"geof:metricDistance({MESSINA}, {REGGIO})")
    theirs = ask(f"geof:distance({MESSINA}, {REGGIO}, uom:metre)")

    assert float(ours or 0) == pytest.approx(float(theirs or 1), abs=1e-6)


def test_metric_perimeter_is_the_engines_own() -> None:
    ours = ask(f"geof:metricPerimeter({SQUARE})")
    theirs = ask(f"geof:perimeter({SQUARE}, uom:metre)")

    assert float(ours or 0) == pytest.approx(float(theirs or 1), rel=1e-9)


def test_metric_area_is_that_of_the_sphere() -> None:
    # One degree of longitude between two parallels: R² Δλ (sin φ2 - sin φ1).
    assert float(ask(f"geof:metricArea({SQUARE})") or 0) == pytest.approx(9_676_315_114, rel=1e-6)


def test_a_circle_is_where_its_radius_says() -> None:
    """The engine's own relations work on it: what is near is within, what is far isn't."""
    for kilometres, is_within in ((10, "false"), (13, "true")):
        circle = f"geof:buffer({MESSINA}, {kilometres}, uom:kilometre)"

        assert ask(f"geof:sfWithin({REGGIO}, {circle})") == is_within


def test_a_box_is_drawn_around_many() -> None:
    values = f'VALUES ?each {{ {MESSINA} {REGGIO} {LATITUDE_FIRST} "no geometry" }}'

    assert ask("geof:aggBoundingBox(?each)", values) == (
        "POLYGON((15.55 38.11,15.65 38.11,15.65 38.19,15.55 38.19,15.55 38.11))"
    )
    assert ask("geof:aggBoundingBox(?each)", "VALUES ?each {}") is None


def test_a_query_that_may_name_a_function_is_noticed() -> None:
    assert is_function_named(f"{PREFIXES} ASK {{}}")
    assert is_function_named(r"PREFIX g: <http://www.\u006fpengis.net/def/function/geosparql/> ASK {}")
    assert not is_function_named("SELECT * WHERE { ?s ?p ?o }")
