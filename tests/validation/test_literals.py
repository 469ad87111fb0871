"""Literals that we take for well-typed, or in order, pyshacl takes for the same: on forms of every kind."""

from __future__ import annotations

import pytest
from rdflib import SH, Graph, Literal, URIRef
from rdflib.namespace import XSD

from mesmart_kg import store
from mesmart_kg.errors import ShapeError
from mesmart_kg.validation import validate, validate_quads

REPORT = "https://data.example.org/report"
FORMS = {
    XSD.integer: ("0", "-0", "007", "+7", "-12", "", " 1", "1.0", "999999999999999999", "9" * 30, "٣"),
    XSD.decimal: ("1", "1.0", ".5", "5.", "-1.25", "1e5", "0." + "1" * 30, "INF"),
    XSD.boolean: ("true", "false", "1", "0", "TRUE", "yes", ""),
    XSD.date: (
        *("2024-02-29", "2023-02-29", "2024-04-31", "2024-12-31", "0000-01-01", "-0044-03-15", "20240131"),
        *("2024-1-31", "2024-01-31Z", "2024-01-31+02:00", "2024-01-31+15:00", "12024-01-31", "2024-W05-3"),
    ),
    XSD.dateTime: (
        *("2024-01-31T10:00:00", "2024-01-31T10:00:00Z", "2024-01-31T10:00:00.1234567", "2024-01-31"),
        *("2024-01-31T10:00", "2024-02-30T10:00:00", "2024-01-31T10:00:60", "2024-01-31T24:00:00"),
    ),
    XSD.time: ("10:00:00", "10:00:00Z", "24:00:00", "10:00", "10:00:00.5-05:00"),
    XSD.double: ("1", "1.5E0", "1e400", "NaN", "INF", "-INF", "+INF", "inf", "x", ""),
    XSD.float: ("1", "1.5E0", "NaN", "INF", "x"),
    XSD.gYear: ("2024", "24", "x"),
    XSD.hexBinary: ("0A", "0a", "0", "xx", ""),
}
BOUNDS = [
    Literal(1),
    Literal("1.50", datatype=XSD.decimal),
    Literal("2024-01-31", datatype=XSD.date),
    Literal("2024-01-31T10:00:00", datatype=XSD.dateTime),
    Literal("2024-01-31T10:00:00Z", datatype=XSD.dateTime),
    Literal("1", datatype=XSD.double),
    Literal("10:00:00", datatype=XSD.time),
    Literal("m"),
]


def _values() -> list[store.Literal]:
    return [
        store.Literal(form, datatype=store.NamedNode(str(kind)))
        for kind, forms in FORMS.items()
        for form in forms
    ]


def _agrees(*constraint: tuple[URIRef, Literal | URIRef]) -> None:
    """Compare the reports on a focus node for each value: who is not suspected does conform."""
    shapes = Graph()
    for predicate, value in ((SH.path, URIRef("urn:p")), (SH.targetSubjectsOf, URIRef("urn:p")), *constraint):
        shapes.add((URIRef("urn:shape"), predicate, value))
    dataset = store.Dataset(
        store.Quad(store.NamedNode(f"urn:n{number}"), store.NamedNode("urn:p"), value)
        for number, value in enumerate(_values())
    )

    quads = [store.Quad(*triple) for triple in dataset.default_triples()]
    try:
        expected = validate_quads(quads, shapes, REPORT)
    except ShapeError:
        # pyshacl stumbles over NaN where it compares decimals.
        with pytest.raises(ShapeError):
            validate(dataset, shapes, REPORT)
        return
    assert validate(dataset, shapes, REPORT).findings == expected.findings
    assert expected.findings


@pytest.mark.parametrize("datatype", [*FORMS, XSD.nonNegativeInteger, XSD.string, XSD.byte])
def test_datatypes(datatype: URIRef) -> None:
    _agrees((SH.datatype, datatype))


@pytest.mark.parametrize("predicate", [SH.minInclusive, SH.maxExclusive])
@pytest.mark.parametrize("bound", BOUNDS)
def test_bounds(predicate: URIRef, bound: Literal) -> None:
    _agrees((predicate, bound))
