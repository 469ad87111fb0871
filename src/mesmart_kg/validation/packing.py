"""A report as bytes, to be kept or sent to another process, and back: nothing of it is lost.

Not by pickle, nor as N-Triples: rdflib would write a literal such as ``"01"^^xsd:integer`` anew as it reads
it, and the report would no longer say what stands in the data.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, TypeAlias

from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from mesmart_kg.validation.report import Finding, Report, new_graph
from mesmart_kg.validation.validator import silence

_Term: TypeAlias = "list[str | None]"


def pack_report(report: Report) -> bytes:
    """Return a report, whose places are not told yet, as JSON."""
    findings = [dataclasses.asdict(dataclasses.replace(each, places=())) for each in report.findings]
    document = {
        "conforms": report.conforms,
        "findings": findings,
        "graph": [[_write(term) for term in triple] for triple in report.graph],
        "uncompiled": report.uncompiled,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def unpack_report(data: bytes) -> Report:
    """Return the report that :func:`pack_report` was given."""
    told: dict[str, Any] = json.loads(data)
    findings = tuple(Finding(**{**each, "places": ()}) for each in told["findings"])
    graph = new_graph()
    with silence():
        for subject, predicate, value in told["graph"]:
            graph.add((_read(subject), _read(predicate), _read(value)))
    return Report(told["conforms"], findings, graph, tuple(told["uncompiled"]))


def _write(term: Node) -> _Term:
    if isinstance(term, Literal):
        return ["literal", str(term), term.language, None if term.datatype is None else str(term.datatype)]
    return ["blank" if isinstance(term, BNode) else "iri", str(term)]


def _read(told: _Term) -> Node:
    kind, text, *rest = told
    if kind == "literal":
        language, datatype = rest
        known = None if datatype is None else URIRef(datatype)
        return Literal(text, lang=language, datatype=known, normalize=False)
    return BNode(text) if kind == "blank" else URIRef(text or "")
