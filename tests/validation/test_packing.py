"""A report that was kept says what it said: the same bytes, literals spelled as they stand in the data."""

from __future__ import annotations

from rdflib import Graph

from mesmart_kg import formats, validation
from mesmart_kg.store import Dataset, parse_text

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix e: <http://e/> .
e:S a sh:NodeShape ; sh:targetSubjectsOf e:p ;
    sh:property [ sh:path e:p ; sh:datatype xsd:boolean ; sh:message "no"@it , "yes"@en ] ;
    sh:property [ sh:path ( e:p [ sh:inversePath e:q ] ) ; sh:minCount 1 ; sh:severity sh:Warning ] .
"""
DATA = """
@prefix e: <http://e/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:a e:p "01"^^xsd:integer , "many"^^xsd:integer , "testo"@it , "\\"\\n" , e:b .
"""


def test_a_report_comes_back_as_it_was() -> None:
    shapes = Graph().parse(data=SHAPES, format="turtle")
    report = validation.validate_quads(parse_text(DATA, formats.TURTLE), shapes, "urn:report")
    back = validation.unpack_report(validation.pack_report(report))

    assert len(report.findings) == 6
    assert back == report
    assert set(back.graph) == set(report.graph)
    assert '"01"' in validation.to_json(back).replace("\\", "")
    assert validation.to_turtle(back) == validation.to_turtle(report)
    assert validation.to_json(back) == validation.to_json(report)


def test_what_was_not_compiled_is_told_again() -> None:
    shapes = Graph().parse(data=SHAPES.replace("sh:datatype xsd:boolean", "sh:node e:S"), format="turtle")
    report = validation.validate(Dataset(), shapes, "urn:report")

    assert report.uncompiled
    assert validation.unpack_report(validation.pack_report(report)).uncompiled == report.uncompiled
