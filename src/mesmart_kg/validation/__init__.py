"""SHACL shapes and data to a Report: the gate between the facts and a release.

What is validated is what is asserted: the graphs that make the default graph, the ontology among them (its
``rdfs:subClassOf`` decides who is an instance of what, SHACL section 3.1), but not ``graph/inferred``. Rules
copy what is asserted, so a fault has its cause, and its line in a file, among the facts. ``graph/metadata``
is made later, of quads that never enter the store; it is validated by itself with `validate_quads`.

A report is a value: this room never raises because data are wrong. It raises `ShapeError` when a shape is.

- `shapes`: reads the shapes, gives their blank nodes names, prepares them for pyshacl.
- `data_graph`: the store's terms as a read-only rdflib graph.
- `validator`: pyshacl, silenced, its exceptions turned into ours.
- `report`: `Report`, `Finding` and how they are written: RDF, JSON, text for a terminal.

Specification: https://www.w3.org/TR/shacl/ (SHACL 1.0: core and SPARQL-based constraints).
"""

from __future__ import annotations

from mesmart_kg.validation.report import (
    Finding,
    Locate,
    Place,
    Report,
    locate_findings,
    to_json,
    to_text,
    to_turtle,
)
from mesmart_kg.validation.shapes import read_shapes, shape_quads
from mesmart_kg.validation.validator import validate, validate_graph, validate_quads

__all__ = [
    "Finding",
    "Locate",
    "Place",
    "Report",
    "locate_findings",
    "read_shapes",
    "shape_quads",
    "to_json",
    "to_text",
    "to_turtle",
    "validate",
    "validate_graph",
    "validate_quads",
]
