"""The W3C's SHACL test suite, run from its manifests through our own way of validating.

A test passes when the verdict is right (or a failure comes where one is due) and the report holds exactly the
results expected: focus node, path, severity, component, value, and the source shape where it has a name.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from rdflib import RDF, SH, BNode, Graph, Literal, Namespace, URIRef

from mesmart_kg.errors import ShapeError
from mesmart_kg.validation import validate_graph

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
REPORT = "http://example.org/report"

NOT_PASSED = {
    "core/property/uniqueLang-002": 'sh:uniqueLang true is written "1" there, which the test wants ignored',
    "sparql/pre-binding/shapesGraph-001": "pyshacl does not support $shapesGraph, which SHACL makes optional",
}
"""The tests that fail, by their IRI below the suite's folder, and why."""

_COUNT = 121


def _read(file: Path) -> Graph:
    return Graph().parse(file, publicID=file.as_uri(), format="turtle")


@cache
def _tests(suite: Path) -> dict[str, tuple[URIRef, Path]]:
    """Return each test's IRI and file by its name: each file is a manifest of its own tests.

    Not by the manifest of the whole, which leaves one out (sparql/component/nodeValidator-001).
    """
    folder = suite.as_uri() + "/"
    return {
        str(entry).removeprefix(folder): (URIRef(str(entry)), file)
        for file in sorted(suite.rglob("*.ttl"))
        for entry in _read(file).subjects(RDF.type, SHT.Validate)
    }


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Keep rdflib from logging the ill-typed literals that the suite holds on purpose."""
    caplog.set_level("CRITICAL", logger="rdflib.term")


@pytest.fixture
def suite(shared: Path) -> Path:
    return shared / "suites" / "shacl"


def test_suite_is_whole(suite: Path) -> None:
    tests = _tests(suite)

    assert len(tests) == _COUNT
    assert NOT_PASSED.keys() <= tests.keys()


@pytest.mark.slow
def test_all_but_the_listed_tests_pass(suite: Path) -> None:
    failed = {name: why for name, (iri, file) in _tests(suite).items() if (why := _find_fault(iri, file))}

    assert failed.keys() == NOT_PASSED.keys(), failed


def _find_fault(test: URIRef, file: Path) -> str:
    """Return what is wrong with our answer to a test; nothing if it is right."""
    graph = _read(file)
    action, expected = graph.value(test, MF.action), graph.value(test, MF.result)
    assert action is not None
    assert expected is not None

    def load(which: URIRef) -> Graph:
        name = str(graph.value(action, which)).rpartition("/")[2]
        return graph if name == file.name else _read(file.parent / name)

    try:
        report = validate_graph(load(SHT.dataGraph), load(SHT.shapesGraph), REPORT)
    except ShapeError as error:
        return "" if expected == SHT.Failure else f"no report: {error}"
    if expected == SHT.Failure:
        return "a report, where a failure is due"
    if (str(graph.value(expected, SH.conforms)) == "true") != report.conforms:
        return "the wrong verdict"
    due = Counter(_result(graph, node) for node in graph.objects(expected, SH.result))
    told = Counter(_result(report.graph, node) for node in report.graph.objects(None, SH.result))
    return "" if due == told else f"missing {due - told}, too many {told - due}"


def _result(graph: Graph, node: Node) -> tuple[Any, ...]:
    shape = graph.value(node, SH.sourceShape)
    has_name = isinstance(shape, URIRef) and not shape.startswith(REPORT)
    return (
        graph.value(node, SH.focusNode),
        _path(graph, graph.value(node, SH.resultPath)),
        graph.value(node, SH.value),
        graph.value(node, SH.resultSeverity),
        graph.value(node, SH.sourceConstraintComponent),
        shape if has_name else None,
    )


def _path(graph: Graph, node: Node | None) -> str:
    """Return a path as text, the same whether its parts are blank nodes or, as in our reports, IRIs."""
    if node is None or isinstance(node, Literal):
        return ""
    if not isinstance(node, BNode) and not str(node).startswith(REPORT):
        return str(node)
    parts = sorted(f"{predicate} {_path(graph, value)}" for predicate, value in graph.predicate_objects(node))
    return f"[{'; '.join(parts)}]"
