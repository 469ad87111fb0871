"""What terms are called: by the class they are said of, in the reader's language, else by what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.glossary import Glossary, read_glossary
from mesmart_kg.namespaces import expand

PREFIXES = """
@prefix cc: <https://w3id.org/city-communities/def#> .
@prefix shapes: <https://w3id.org/city-communities/shapes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix org: <http://www.w3.org/ns/org#> .
"""
ONTOLOGY = """
cc:Membership rdfs:label "Adesione"@it , "Membership"@en ;
    rdfs:comment "Una città entra."@it , "A city joins."@en ; rdfs:subClassOf org:Membership .
cc:Founding rdfs:subClassOf cc:Membership .
cc:within rdfs:label "si trova in"@it , "within"@en .
"""
SHAPES = """
shapes:Membership sh:targetClass cc:Membership ; sh:property shapes:Membership-start .
shapes:Membership-start sh:path schema:startDate ; sh:name "Adesione dal"@it , "Joined"@en .
shapes:Event sh:targetClass cc:Event ; sh:property shapes:Event-start .
shapes:Event-start sh:path schema:startDate .
"""
LABELS = """
schema:startDate rdfs:label "Inizio"@it , "Start"@en .
"""
START = expand("schema:startDate")


@pytest.fixture
def glossary(tmp_path: Path) -> Glossary:
    for name, text in (("ontology.ttl", ONTOLOGY), ("shapes.ttl", SHAPES), ("labels.ttl", LABELS)):
        (tmp_path / name).write_text(PREFIXES + text, "utf-8")
    return read_glossary(tmp_path)


def test_a_property_is_called_as_its_class_calls_it(glossary: Glossary) -> None:
    assert glossary.name(START, "en", expand("cc:Membership")) == "Joined"
    assert glossary.name(START, "it", expand("cc:Membership")) == "Adesione dal"


def test_the_name_that_it_has_for_a_superclass_will_do(glossary: Glossary) -> None:
    assert glossary.name(START, "en", expand("cc:Founding")) == "Joined"


def test_where_no_shape_names_it_the_general_name_holds(glossary: Glossary) -> None:
    assert glossary.name(START, "en", expand("cc:Event")) == "Start"
    assert glossary.name(START, "en") == "Start"


def test_names_begin_with_a_capital(glossary: Glossary) -> None:
    assert glossary.name(expand("cc:within"), "it") == "Si trova in"


def test_in_a_language_that_we_do_not_speak_italian_stands_in(glossary: Glossary) -> None:
    found = glossary.find_name(START, "de")

    assert found is not None
    assert (found.value, found.language) == ("Inizio", "it")


def test_what_has_no_name_is_called_by_its_prefixed_name_or_its_iri(glossary: Glossary) -> None:
    assert glossary.name(expand("foaf:nick"), "it") == "foaf:nick"
    assert glossary.name("https://example.org/x/y", "it") == "https://example.org/x/y"


def test_our_own_terms_are_explained(glossary: Glossary) -> None:
    assert glossary.about(expand("cc:Membership"), "en") == "A city joins."
    assert glossary.about(START, "en") is None


def test_a_preview_names_nothing(tmp_path: Path) -> None:
    glossary = read_glossary(tmp_path)

    assert glossary.name(expand("skos:prefLabel"), "it") == "skos:prefLabel"


def test_a_circle_of_classes_has_an_end(tmp_path: Path) -> None:
    text = "cc:A rdfs:subClassOf cc:B . cc:B rdfs:subClassOf cc:A ."
    (tmp_path / "ontology.ttl").write_text(PREFIXES + text, "utf-8")

    assert read_glossary(tmp_path).name(START, "it", expand("cc:A")) == "schema:startDate"


def test_inputs_that_are_not_turtle_are_damage(tmp_path: Path) -> None:
    (tmp_path / "labels.ttl").write_text("this is no Turtle", "utf-8")

    with pytest.raises(ReleaseDamaged):
        read_glossary(tmp_path)
