"""SHACL shapes and data to a Report: the gate between the facts and a release.

What is validated is what is asserted: the graphs that make the default graph, the ontology among them (its
``rdfs:subClassOf`` decides who is an instance of what, SHACL section 3.1), but not ``graph/inferred``. Rules
copy what is asserted, so a fault has its cause, and its line in a file, among the facts. ``graph/metadata``
is made later, of quads that never enter the store; it is validated by itself with `validate_quads`.

A report is a value: this room never raises because data are wrong. It raises `ShapeError` when a shape is.

pyshacl is the judge. It takes milliseconds for a node, and nearly all nodes are innocent; so a dataset is not
put before it whole (`validate`). The shapes become SPARQL queries, which find on the engine every node that
may violate one; pyshacl is given those alone, and the report is the one that it would have made of all. A
shape that has no such queries keeps its targets, and is named in ``Report.uncompiled``.

- `shapes`: reads the shapes, gives their blank nodes names, prepares them for pyshacl.
- `data_graph`: the store's terms as a read-only rdflib graph.
- `compiler`, `suspects`: shapes to queries, queries to suspects; `checks`, `value_rules`, `set_rules`,
  `query_rules`: constraints; `paths`, `patterns`, `lexical`, `classes`, `terms`: what these are made of.
- `validator`: pyshacl, silenced, its exceptions turned into ours.
- `report`: `Report`, `Finding` and how they are written: RDF, JSON, text for a terminal; `packing`: bytes to
  be kept.

A validator in Rust would have been less to write. Looked at in November 2026: pyrudof 0.3.35 (MIT or Apache
2.0, well kept). Of the W3C's 121 tests it gives 105 verdicts (pyshacl 119): no constraint components in
SPARQL, no failures where one is due. On our shapes and a hundred thousand triples with errors it finds the
same 139 results, in three times the processor time of ours (6.5 s to 2.0 s) and eight times the memory; a
million clean triples take it 89 s and 10 GB.

Specification: https://www.w3.org/TR/shacl/ (SHACL 1.0: core and SPARQL-based constraints).
"""

from __future__ import annotations

from mesmart_kg.validation.packing import pack_report, unpack_report
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
    "pack_report",
    "read_shapes",
    "shape_quads",
    "to_json",
    "to_text",
    "to_turtle",
    "unpack_report",
    "validate",
    "validate_graph",
    "validate_quads",
]
