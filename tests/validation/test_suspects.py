"""What the engine is asked, and who is left for pyshacl to judge."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyshacl.rdfutil.stringify import stringify_blank_node
from rdflib import Graph, URIRef

from mesmart_kg import formats, store
from mesmart_kg.validation import read_shapes, validate, validate_quads
from mesmart_kg.validation import validator as judge
from mesmart_kg.validation.shapes import prepare
from mesmart_kg.validation.suspects import Suspects, find_suspects

PROJECT = Path(__file__).resolve().parents[2]
REPORT = "https://data.example.org/report"
PREFIXES = """
@prefix : <https://data.example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = """
:Town rdfs:subClassOf :City .
:roma a :City ; :name "Roma"@it , "Rome"@en ; :people 2746984 ; :holds :centre .
:lecce a :Town ; :name "Lecce"@it ; :people 94253 .
:nameless a :Town ; :people "many"^^xsd:integer .
:centre a :Part ; :of :roma .
:alone :of :nobody .
"""


def _dataset(text: str = DATA) -> store.Dataset:
    quads = store.parse_text(PREFIXES + text, formats.TURTLE)
    return store.Dataset(store.Quad(*quad.triple) for quad in quads)


def _shapes(text: str) -> Graph:
    return Graph().parse(data=PREFIXES + text, format="turtle")


def _suspects(shape: str) -> Suspects:
    return find_suspects(_dataset(), judge._read(prepare(_shapes(f":S a sh:NodeShape ; {shape} ."))))


def _names(shape: str) -> set[str]:
    found = _suspects(shape)
    assert not found.uncompiled
    return {str(node).rpartition("/")[2] for nodes in found.by_shape.values() for node in nodes}


@pytest.mark.parametrize(
    ("constraint", "suspects"),
    [
        ("sh:property [ sh:path :name ; sh:minCount 1 ]", {"nameless"}),
        ("sh:property [ sh:path :name ; sh:maxCount 1 ]", {"roma"}),
        ('sh:property [ sh:path :name ; sh:languageIn ( "it" ) ]', {"roma"}),
        ('sh:property [ sh:path :name ; sh:pattern "^[RL]" ]', set()),
        ("sh:property [ sh:path :people ; sh:datatype xsd:integer ]", {"nameless"}),
        ("sh:property [ sh:path :people ; sh:minInclusive 100000 ]", {"lecce", "nameless"}),
        ("sh:property [ sh:path [ sh:inversePath :of ] ; sh:minCount 1 ]", {"lecce", "nameless"}),
        ("sh:property [ sh:path ( :holds :of ) ; sh:nodeKind sh:Literal ]", {"roma"}),
        ("sh:property [ sh:path [ sh:zeroOrMorePath :holds ] ; sh:class :City ]", {"roma"}),
        ("sh:class :Town", {"roma"}),
        ("sh:not [ sh:class :Town ]", {"lecce", "nameless"}),
        ("sh:or ( [ sh:class :Town ] [ sh:property [ sh:path :holds ; sh:minCount 1 ] ] )", set()),
        (
            "sh:property [ sh:path :holds ; "
            "sh:qualifiedValueShape [ sh:class :Part ] ; sh:qualifiedMinCount 1 ]",
            {"lecce", "nameless"},
        ),
    ],
)
def test_only_who_fails_is_suspected(constraint: str, suspects: set[str]) -> None:
    assert _names(f"sh:targetClass :City ; {constraint}") == suspects


@pytest.mark.parametrize(
    ("target", "suspects"),
    [
        ("sh:targetClass :City", {"roma", "lecce", "nameless"}),
        ("sh:targetClass :Town", {"lecce", "nameless"}),
        ("a rdfs:Class ; sh:targetNode :roma", {"roma"}),
        ("sh:targetSubjectsOf :of", {"centre", "alone"}),
        ("sh:targetObjectsOf :of", {"roma", "nobody"}),
        ("sh:targetNode :unheard", {"unheard"}),
        ("sh:targetClass :Part ; sh:targetSubjectsOf :holds", {"centre", "roma"}),
    ],
)
def test_every_kind_of_target_is_looked_at(target: str, suspects: set[str]) -> None:
    assert _names(f"{target} ; sh:class :Nothing") == suspects


@pytest.mark.parametrize(
    ("constraint", "reason"),
    [
        ('sh:property [ sh:path :name ; sh:pattern "a(?=b)" ]', "its pattern uses assert"),
        ("sh:node :S", "it contains itself"),
        (r'sh:not [ sh:property [ sh:path :name ; sh:pattern "\\d" ] ]', "known only roughly"),
        ("sh:or ( [ sh:path :people ; sh:lessThan :age ] )", "it compares values in a shape within it"),
        ('sh:property [ sh:path :name ; sh:minCount "one" ]', "one of its constraints is malformed"),
        ("sh:property [ sh:path :people ; sh:datatype xsd:byte ]", "it is not known which literals"),
        ("sh:not [ sh:property [ sh:path :people ; sh:datatype xsd:integer ] ]", "known only roughly"),
        ("sh:sparql [ sh:select 'SELECT $this { FILTER NOT EXISTS { $this :name ?n } }' ]", "its query"),
    ],
)
def test_what_is_not_compiled_is_told_with_its_reason(constraint: str, reason: str) -> None:
    (why,) = _suspects(f"sh:targetClass :City ; {constraint}").uncompiled.values()

    assert reason in why


def test_report_names_what_was_not_compiled_and_judges_it_all_the_same() -> None:
    shapes = _shapes(
        ":S a sh:NodeShape ; sh:targetClass :City ; sh:property :S-name . "
        ':S-name sh:path :name ; sh:minCount 1 ; sh:pattern "^(?=R)" .'
    )

    report = validate(_dataset(), shapes, REPORT)

    assert report.uncompiled == ("<https://data.example.org/S-name>: its pattern uses assert",)
    assert [finding.constraint for finding in report.findings] == ["Pattern", "MinCount"]


@pytest.mark.slow
def test_all_of_our_own_shapes_are_compiled() -> None:
    shapes = read_shapes((PROJECT / "shapes").glob("*.ttl"))

    assert find_suspects(_dataset(), judge._read(prepare(shapes))).uncompiled == {}


def test_pyshacl_is_given_the_suspects_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Graph] = []
    run = judge._run

    def watch(data: Graph, prepared: Graph) -> Graph:
        given.append(prepared)
        return run(data, prepared)

    monkeypatch.setattr(judge, "_run", watch)
    shape = ":S a sh:NodeShape ; sh:targetClass :City ; sh:property [ sh:path :name ; sh:minCount 1 ] ."

    report = validate(_dataset(), _shapes(shape), REPORT)

    targets = {(str(p), o) for _, p, o in given[0] if "#target" in str(p)}
    assert targets == {("http://www.w3.org/ns/shacl#targetNode", URIRef("https://data.example.org/nameless"))}
    assert len(report.findings) == 1


def test_blank_nodes_of_one_run_are_not_told_of_in_the_next() -> None:
    """pyshacl remembers how it wrote them by the address of their graph, which the next may get."""
    shapes = _shapes(
        ":S a sh:NodeShape ; sh:targetClass :City ; sh:class :Nothing ; sh:not [ sh:class :City ] ."
    )
    quads = store.parse_text(PREFIXES + '_:b a :City ; :name "Roma" .', formats.TURTLE)

    messages = [finding.message_en for finding in validate_quads(quads, shapes, REPORT).findings]

    assert any("Roma" in message for message in messages)
    assert stringify_blank_node.dict_cache == {}
