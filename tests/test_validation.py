"""Validation: what a report says, what it is made of, and what happens when the shapes are wrong."""

from __future__ import annotations

import json
import random
from functools import partial
from typing import TYPE_CHECKING

import pyshacl
import pytest
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from mesmart_kg import formats, store
from mesmart_kg.errors import NotConformant, ShapeError
from mesmart_kg.facts import Place, locate, read_facts
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import Dataset, NamedNode, Quad
from mesmart_kg.validation import (
    locate_findings,
    read_shapes,
    shape_quads,
    to_json,
    to_text,
    to_turtle,
    validate,
    validate_graph,
    validate_quads,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mesmart_kg.validation import Report

BASE = "https://data.example.org/"
NAMES = GraphNames(BASE)
REPORT = BASE + "report/validation"

PREFIXES = """
@prefix : <https://data.example.org/def#> .
@prefix id: <https://data.example.org/id/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
SHAPES = (
    PREFIXES
    + """
:CityShape a sh:NodeShape ; sh:targetClass :City ; sh:property :CityShape-name , :CityShape-mayor .
:CityShape-name a sh:PropertyShape ; sh:path :name ;
    sh:minCount 1 ; sh:maxCount 1 ; sh:languageIn ( "it" "en" ) ;
    sh:message "Una città ha un nome."@it , "A city has a name."@en .
:CityShape-mayor a sh:PropertyShape ; sh:path :mayor ; sh:class :Person ; sh:severity sh:Warning ;
    sh:message "Il sindaco è una persona."@it , "The mayor is a person."@en .
"""
)
GOOD = 'id:messina a :City ; :name "Messina"@it .'
NAMELESS = "id:messina a :City ."


def _shapes(text: str = SHAPES) -> Graph:
    return Graph().parse(data=text, format="turtle")


def _quads(text: str, graph: str = NAMES.source("notice")) -> list[Quad]:
    parsed = store.parse_text(PREFIXES + text, formats.TURTLE)
    return [Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph)) for quad in parsed]


def _report(text: str, shapes: str = SHAPES) -> Report:
    return validate_quads(_quads(text), _shapes(shapes), REPORT)


# Findings ---------------------------------------------------------------------------------------------------


def test_report_on_sound_data_is_empty() -> None:
    report = _report(GOOD)

    assert report.conforms
    assert report.findings == ()
    assert set(report.graph) == {
        (URIRef(REPORT), RDF.type, SH.ValidationReport),
        (URIRef(REPORT), SH.conforms, Literal(True)),
    }


def test_finding_says_what_is_wrong_where_and_by_which_rule() -> None:
    (finding,) = _report('id:messina a :City ; :name "Messine"@fr .').findings

    assert finding.focus == BASE + "id/messina"
    assert finding.path == f"<{BASE}def#name>"
    assert finding.value == '"Messine"@fr'
    assert finding.message_it == "Una città ha un nome."
    assert finding.message_en == "A city has a name."
    assert finding.severity == "Violation"
    assert finding.shape == BASE + "def#CityShape-name"
    assert finding.constraint == "LanguageIn"


def test_warning_is_no_violation() -> None:
    report = _report(GOOD + "id:messina :mayor id:nobody .")

    assert not report.conforms
    assert report.violations == ()
    assert [finding.constraint for finding in report.warnings] == ["Class"]


def test_violations_come_before_warnings_then_by_focus_node() -> None:
    report = _report("id:b a :City ; :mayor id:nobody . id:a a :City ; :mayor id:nobody .")

    assert [(finding.severity, finding.focus[-1]) for finding in report.findings] == [
        ("Violation", "a"),
        ("Violation", "b"),
        ("Warning", "a"),
        ("Warning", "b"),
    ]


def test_message_of_a_query_has_its_value_filled_in_in_both_languages() -> None:
    shapes = PREFIXES + (
        ":S a sh:NodeShape ; sh:targetClass :City ; sh:sparql :Q . "
        ':Q sh:message "{?value} è poco"@it , "{?value} is little"@en ; '
        f'sh:select "SELECT $this ?value {{ $this <{BASE}def#people> ?value FILTER (?value < 10) }}" .'
    )

    (finding,) = _report("id:messina a :City ; :people 3 .", shapes).findings

    assert (finding.message_it, finding.message_en) == ("3 è poco", "3 is little")


def test_a_fact_of_two_sources_counts_once() -> None:
    quads = [*_quads(GOOD), *_quads(GOOD, NAMES.source("second"))]

    assert validate_quads(quads, _shapes(), REPORT).conforms


def test_integer_types_are_judged_as_they_were_written() -> None:
    """Metadata say xsd:nonNegativeInteger, as DCAT demands; a store would have made xsd:integer of it."""
    shapes = PREFIXES + (
        ":S a sh:NodeShape ; sh:targetClass :File ; "
        "sh:property [ sh:path :size ; sh:datatype xsd:nonNegativeInteger ] ."
    )

    assert _report('id:x a :File ; :size "7"^^xsd:nonNegativeInteger .', shapes).conforms
    assert not _report("id:x a :File ; :size 7 .", shapes).conforms


# A dataset --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("graph", [NAMES.source("notice"), NAMES.metadata])
def test_default_graph_of_a_dataset_is_validated(graph: str) -> None:
    dataset = Dataset(_quads(NAMELESS, graph), NAMES.in_default_graph)

    assert validate(dataset, _shapes(), REPORT).conforms is not NAMES.in_default_graph(graph)


def test_ontology_decides_what_is_an_instance() -> None:
    town = _quads("id:messina a :Town .")
    axiom = _quads(":Town rdfs:subClassOf :City .", NAMES.ontology)

    assert validate(Dataset(town), _shapes(), REPORT).conforms
    assert not validate(Dataset([*town, *axiom]), _shapes(), REPORT).conforms


# The same report for the same data --------------------------------------------------------------------------


def test_equal_faults_give_equal_bytes_in_whatever_order_they_are_told() -> None:
    quads = _quads(
        'id:a a :City . id:b a :City ; :name "B"@it , "b"@it , "X"@fr ; :mayor id:nobody . id:c a :City .'
    )
    first = validate_quads(quads, _shapes(), REPORT)
    random.Random(1).shuffle(quads)
    second = validate_quads(quads, _shapes(), REPORT)

    assert len(first.findings) == 5
    assert to_turtle(first) == to_turtle(second)
    assert to_json(first) == to_json(second)


def test_report_holds_no_blank_nodes_even_for_paths_and_nameless_shapes() -> None:
    shapes = PREFIXES + (
        ":S a sh:NodeShape ; sh:targetClass :City ; "
        "sh:property [ sh:path ( :within [ sh:inversePath :holds ] ) ; sh:minCount 1 ] ."
    )

    report = _report(NAMELESS, shapes)

    assert not [term for triple in report.graph for term in triple if isinstance(term, BNode)]
    assert report.findings[0].path == f"<{BASE}def#within>/(^<{BASE}def#holds>)"


def test_turtle_report_is_the_graph_of_the_report() -> None:
    report = _report(NAMELESS)

    assert isomorphic(Graph().parse(data=to_turtle(report), format="turtle"), report.graph)


# Shapes -----------------------------------------------------------------------------------------------------


def test_shapes_are_left_as_they_were() -> None:
    shapes = _shapes()
    before = set(shapes)

    validate_quads(_quads(NAMELESS), shapes, REPORT)

    assert set(shapes) == before


def test_results_are_those_of_pyshacl_on_the_shapes_as_written() -> None:
    """We move targets to property shapes before the run; this compares with a run without that."""
    shapes = SHAPES + (
        ":Capital a sh:NodeShape ; sh:targetSubjectsOf :rules ; sh:node :CityShape ; "
        "sh:property :Capital-rules . "
        ":Capital-rules sh:path :rules ; sh:maxCount 1 . "
        ":Closed a sh:NodeShape ; sh:targetClass :City ; sh:closed true ; sh:property [ sh:path :name ] ."
    )
    data = Graph().parse(
        data=PREFIXES + 'id:roma a :City ; :rules id:x , id:y . id:y a :City ; :name "Y"@it , "Z"@it .',
        format="turtle",
    )

    _, raw, _ = pyshacl.validate(data, shacl_graph=_shapes(shapes), inference="none")
    ours = validate_graph(data, _shapes(shapes), REPORT)

    assert isinstance(raw, Graph)
    keys = (SH.focusNode, SH.resultPath, SH.value, SH.sourceConstraintComponent)
    expected = sorted(str([raw.value(node, key) for key in keys]) for node in raw.objects(None, SH.result))
    results = ours.graph.objects(None, SH.result)
    assert sorted(str([ours.graph.value(node, key) for key in keys]) for node in results) == expected
    assert len(expected) == 8


def test_published_shapes_hold_no_blank_nodes_and_mean_the_same(tmp_path: Path) -> None:
    file = tmp_path / "City.ttl"
    file.write_text(SHAPES, "utf-8")

    shapes = read_shapes([file])

    quads = list(shape_quads(shapes, NAMES.shapes))
    assert not any(isinstance(term, store.BlankNode) for q in quads for term in (q.subject, q.object))
    bad = _quads('id:b a :City ; :name "B"@it , "X"@fr ; :mayor id:nobody .')
    assert validate_quads(bad, shapes, REPORT).findings == validate_quads(bad, _shapes(), REPORT).findings


def test_shapes_that_are_no_turtle_are_refused_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "City.ttl"
    file.write_text(PREFIXES + "\n:CityShape a sh:NodeShape ;;; sh:targetClass .\n", "utf-8")

    with pytest.raises(ShapeError, match=r"^City\.ttl:8: "):
        read_shapes([file])


@pytest.mark.parametrize(
    "shape",
    [
        'sh:property [ sh:path :name ; sh:pattern "(" ]',
        "sh:property [ sh:path :name , :mayor ; sh:minCount 1 ]",
        "sh:property [ sh:minCount 1 ]",
        'sh:property [ sh:path :name ; sh:minCount "one" ]',
        "sh:property [ sh:path :name ; sh:uniqueLang 7 ]",
        "sh:property :Missing",
        "sh:or ()",
        "sh:sparql [ sh:select 'SELECT WHERE {' ]",
        "sh:sparql [ sh:message 'no query' ]",
    ],
)
def test_malformed_shapes_are_an_error_and_no_finding(shape: str) -> None:
    shapes = f"{PREFIXES} :S a sh:NodeShape ; sh:targetClass :City ; {shape} ."

    with pytest.raises(ShapeError):
        _report(GOOD, shapes)


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """pyshacl logs to standard error, and rdflib what it can't convert: both stand in the report."""
    shapes = PREFIXES + (
        ":S a sh:NodeShape ; sh:targetClass :City ; "
        "sh:property [ sh:path :people ; sh:datatype xsd:integer ] , "
        "[ sh:path :coast ; sh:datatype xsd:boolean ] ."
    )

    report = _report('id:a a :City ; :people "many"^^xsd:integer ; :coast "yes"^^xsd:boolean .', shapes)

    assert [finding.value for finding in report.findings] == [
        '"yes"^^<http://www.w3.org/2001/XMLSchema#boolean>',
        '"many"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ]
    assert capfd.readouterr() == ("", "")


# For people and programs ------------------------------------------------------------------------------------


def _place(_: str) -> list[Place]:
    return [Place("data/facts/cities.csv", 12)]


def test_text_names_focus_node_place_value_and_rule() -> None:
    report = locate_findings(_report('id:messina a :City ; :name "Messine"@fr .'), _place)

    assert to_text(report) == (
        "1 violation\n"
        "\n"
        "violation: https://data.example.org/id/messina\n"
        "  A city has a name.\n"
        "  at data/facts/cities.csv:12\n"
        "  property <https://data.example.org/def#name>\n"
        '  value "Messine"@fr\n'
        "  rule <https://data.example.org/def#CityShape-name> (LanguageIn)\n"
    )


def test_text_speaks_italian() -> None:
    text = to_text(_report(NAMELESS + "id:messina :mayor id:nobody ."), "it")

    assert text.startswith("1 violazione, 1 avviso\n\nviolazione: ")
    assert "Una città ha un nome." in text
    assert "Il sindaco è una persona." in text


def test_text_of_many_findings_says_how_many_follow() -> None:
    report = _report(" ".join(f"id:c{number} a :City ." for number in range(5)))

    text = to_text(report, limit=2)

    assert text.startswith("5 violations\n")
    assert text.count("violation: ") == 2
    assert text.endswith("… and 3 more\n")


def test_text_on_sound_data_says_so() -> None:
    assert to_text(_report(GOOD)) == "0 violations\n"


def test_json_holds_every_finding_with_its_places() -> None:
    document = json.loads(to_json(locate_findings(_report(NAMELESS), _place)))

    assert document == {
        "conforms": False,
        "counts": {"Violation": 1, "Warning": 0},
        "findings": [
            {
                "severity": "Violation",
                "focus": BASE + "id/messina",
                "path": f"<{BASE}def#name>",
                "value": None,
                "constraint": "MinCount",
                "shape": BASE + "def#CityShape-name",
                "message": {"it": "Una città ha un nome.", "en": "A city has a name."},
                "places": [{"file": "data/facts/cities.csv", "line": 12}],
            }
        ],
    }


def test_error_of_a_build_carries_the_report_and_counts_violations() -> None:
    error = NotConformant(_report("id:a a :City . id:b a :City ; :mayor id:nobody ."))

    assert str(error) == "the data break the shapes in 2 places"
    assert len(error.report.findings) == 3


def test_findings_name_the_csv_row_and_the_first_line_of_the_turtle_block(tmp_path: Path) -> None:
    """From files to report: a city without a name in a table, and one in Turtle."""
    facts = tmp_path / "data" / "facts"
    facts.mkdir(parents=True)
    (facts / "cities.csv").write_text("slug,name\nlecce,Lecce\nmessina,\nterni,Terni\n", "utf-8")
    (facts / "cities.csv-metadata.json").write_text(json.dumps(_MAPPING), "utf-8")
    block = "@prefix cc: <https://w3id.org/city-communities/def#> .\n\n<id/city/gent>\n    a cc:City .\n"
    (facts / "notice.ttl").write_text(block, "utf-8")
    shapes = SHAPES.replace(
        "sh:targetClass :City", "sh:targetClass <https://w3id.org/city-communities/def#City>"
    )
    shapes = shapes.replace("sh:path :name", "sh:path <http://www.w3.org/2004/02/skos/core#prefLabel>")
    blocks = list(read_facts(tmp_path / "data", BASE))
    dataset = Dataset(quad for told in blocks for quad in told.quads)
    find = partial(locate, data_dir=tmp_path / "data", base_iri=BASE)

    report = validate(dataset, _shapes(shapes), REPORT, find)

    assert [(finding.focus, finding.places) for finding in report.findings] == [
        (BASE + "id/city/gent", (Place("data/facts/notice.ttl", 3),)),
        (BASE + "id/city/messina", (Place("data/facts/cities.csv", 3),)),
    ]


_MAPPING = {
    "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
    "url": "cities.csv",
    "https://w3id.org/city-communities/def#graph": "graph/source/list",
    "tableSchema": {
        "aboutUrl": "id/city/{slug}",
        "primaryKey": "slug",
        "columns": [
            {"name": "slug", "required": True, "suppressOutput": True},
            {"name": "name", "propertyUrl": "skos:prefLabel", "lang": "it"},
            {"name": "class", "virtual": True, "propertyUrl": "rdf:type", "valueUrl": "cc:City"},
        ],
    },
}
