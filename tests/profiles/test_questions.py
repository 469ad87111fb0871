"""Queries as they are offered to readers."""

from __future__ import annotations

from mesmart_kg.formats import TURTLE
from mesmart_kg.profiles.questions import Question
from mesmart_kg.store import Dataset, parse_text

DATA = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<urn:a> dcterms:relation <urn:b> .
<urn:c> dcterms:relation <urn:d> ; dcterms:subject <urn:topic> .
<urn:topic> skos:prefLabel "Topic"@en .
<urn:b> skos:prefLabel "B"@en .
<urn:d> skos:prefLabel "D"@en .
"""
QUESTION = Question(
    "?one ?other ?topic",
    "?one dcterms:relation ?other . OPTIONAL { ?one dcterms:subject ?topic }",
    order="?one",
    named=("other", "topic"),
)


def test_what_has_no_value_has_no_name_either() -> None:
    data = Dataset(parse_text(DATA, TURTLE))
    rows = [
        {name: str(value.value) for name, value in row.items() if value is not None}
        for row in data.select(QUESTION.offered("urn:a", "urn:", "en"))
    ]

    assert rows == [
        {"one": "urn:a", "other": "urn:b", "otherName": "B"},
        {
            "one": "urn:c",
            "other": "urn:d",
            "otherName": "D",
            "topic": "urn:topic",
            "topicName": "Topic",
        },
    ]
