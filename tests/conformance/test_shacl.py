"""The W3C's SHACL test suite, run from its manifests through both our ways of validating.

A small graph is pyshacl's to judge as it is; of a dataset, the engine finds whom pyshacl should look at.

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
from mesmart_kg.store import Dataset, Quad
from mesmart_kg.validation import Report, validate, validate_graph
from mesmart_kg.validation.terms import to_store

if TYPE_CHECKING:
    from collections.abc import Callable
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

CHANGED_BY_THE_STORE = {
    "core/property/datatype-ill-formed": "Oxigraph makes xsd:integer of xsd:byte; no fact has that type",
    "core/property/or-datatypes-001": 'rdflib, which reads the suite, makes "false" of "none"^^xsd:boolean',
}
"""Those that fail on a dataset besides, since what is judged is no longer what the test says."""

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
    assert _failures(suite, validate_graph).keys() == NOT_PASSED.keys()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Parsing weird boolean")
def test_all_but_the_listed_tests_pass_on_a_dataset(suite: Path) -> None:
    failed = _failures(suite, _validate_dataset)

    assert failed.keys() == NOT_PASSED.keys() | CHANGED_BY_THE_STORE.keys(), failed


def _validate_dataset(data: Graph, shapes: Graph, report_iri: str) -> Report:
    quads = (Quad(*map(to_store, triple)) for triple in data)  # type: ignore[arg-type]  # subjects are no literals
    return validate(Dataset(quads), shapes, report_iri)


def _failures(suite: Path, judge: Callable[[Graph, Graph, str], Report]) -> dict[str, str]:
    found = ((name, _find_fault(iri, file, judge)) for name, (iri, file) in _tests(suite).items())
    return {name: why for name, why in found if why}


def _find_fault(test: URIRef, file: Path, judge: Callable[[Graph, Graph, str], Report]) -> str:
    """Return what is wrong with our answer to a test; nothing if it is right."""
    graph = _read(file)
    action, expected = graph.value(test, MF.action), graph.value(test, MF.result)
    assert action is not None
    assert expected is not None

    def load(which: URIRef) -> Graph:
        name = str(graph.value(action, which)).rpartition("/")[2]
        return graph if name == file.name else _read(file.parent / name)

    try:
        report = judge(load(SHT.dataGraph), load(SHT.shapesGraph), REPORT)
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
