"""Answers as maps take them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mesmart_kg.engine import Solutions
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term
from mesmart_kg.web.geojson import NoGeometry, to_geojson

GEO = "http://www.opengis.net/ont/geosparql#"
XSD = "http://www.w3.org/2001/XMLSchema#"


def wkt(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(GEO + "wktLiteral"))


def typed(value: str, datatype: str) -> Literal:
    return Literal(value, datatype=NamedNode(XSD + datatype))


def features(variables: str, *rows: dict[str, Term]) -> list[dict[str, Any]]:
    document = json.loads(to_geojson(Solutions(tuple(variables.split()), rows)))
    assert document["type"] == "FeatureCollection"
    found: list[dict[str, Any]] = document["features"]
    return found


def test_each_row_is_a_feature_with_its_other_columns_as_properties() -> None:
    city = NamedNode("https://w3id.org/city-communities/id/city/it-messina")

    (feature,) = features(
        "city name where empty",
        {"city": city, "name": Literal("Messina", language="it"), "where": wkt("POINT(15.55 38.19)")},
    )

    assert feature == {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [15.55, 38.19]},
        "properties": {"city": city.value, "name": "Messina", "empty": None},
    }


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (Literal(42), 42),
        (typed("9007199254740993", "integer"), "9007199254740993"),
        (typed("1.5", "decimal"), 1.5),
        (typed("12345678901234567.5", "decimal"), "12345678901234567.5"),
        (typed("INF", "double"), "INF"),
        (typed("many", "integer"), "many"),
        (Literal(True), True),
        (typed("2024-01-01", "date"), "2024-01-01"),
        (BlankNode("b1"), "_:b1"),
    ],
)
def test_a_property_is_what_json_holds_without_loss(term: Term, value: object) -> None:
    (feature,) = features("where value", {"where": wkt("POINT(1 2)"), "value": term})

    assert feature["properties"] == {"value": value}


def test_latitude_comes_second_whatever_the_system() -> None:
    (feature,) = features("g", {"g": wkt("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(38.19 15.55)")})

    assert feature["geometry"]["coordinates"] == [15.55, 38.19]


def test_geojson_literals_have_a_place_too() -> None:
    text = '{"type": "Point", "coordinates": [1, 2]}'

    (feature,) = features("g", {"g": Literal(text, datatype=NamedNode(GEO + "geoJSONLiteral"))})

    assert feature["geometry"] == {"type": "Point", "coordinates": [1, 2]}


def test_a_place_that_is_unknown_stays_as_text() -> None:
    odd = "<http://www.opengis.net/def/crs/EPSG/0/3003> POINT(1 2)"

    found = features("g", {"g": wkt("POINT(1 2)")}, {"g": wkt(odd)}, {})

    assert [each["geometry"] is None for each in found] == [False, True, True]
    assert [each["properties"] for each in found] == [{}, {"g": odd}, {}]


def test_the_first_column_with_places_is_drawn() -> None:
    (feature,) = features("a b c", {"a": Literal("x"), "b": wkt("POINT(1 2)"), "c": wkt("POINT(3 4)")})

    assert feature["geometry"]["coordinates"] == [1, 2]
    assert feature["properties"] == {"a": "x", "c": "POINT(3 4)"}


def test_an_answer_without_places_is_refused_and_one_without_rows_is_empty() -> None:
    with pytest.raises(NoGeometry):
        to_geojson(Solutions(("n",), ({"n": Literal(1)},)))

    assert features("n") == []
