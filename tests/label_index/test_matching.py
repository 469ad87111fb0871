"""What matching and look-ups ask of an index: foreign IRIs, keys, proposals."""

from __future__ import annotations

from pathlib import Path

import pytest
from label_index.conftest import write_dump

from mesmart_kg.label_index import LabelIndex, Limits, build_index, to_keys

MESSINA = "https://w3id.org/city-communities/id/city/it-messina"


@pytest.mark.parametrize(
    "iri",
    [
        "http://www.wikidata.org/entity/Q13666",
        "https://www.wikidata.org/entity/Q13666",
        "https://www.wikidata.org/wiki/Q13666",
        "https://sws.geonames.org/2524170/",
        "http://sws.geonames.org/2524170",
        "https://www.geonames.org/2524170/messina.html",
        " https://SWS.geonames.org/2524170/ ",
    ],
)
def test_a_foreign_iri_finds_its_thing_however_it_is_written(index: LabelIndex, iri: str) -> None:
    assert index.find_iri(iri) == [(MESSINA, "skos:exactMatch")]


@pytest.mark.parametrize("iri", ["", "Q13666", "https://example.org/nothing", "http://", "x" * 100_000])
def test_an_iri_that_nothing_names_finds_nothing(index: LabelIndex, iri: str) -> None:
    assert index.find_iri(iri) == []


def test_sameness_is_read_in_both_directions_the_nearest_first(tmp_path: Path) -> None:
    text = """
    <id/city/a> a cc:City ; skos:prefLabel "A"@it ; skos:closeMatch <https://example.org/x> .
    <https://example.org/x> owl:sameAs <id/city/b> .
    <id/city/b> a cc:City ; skos:prefLabel "B"@it ; schema:sameAs "http://example.org/y" .
    <https://www.wikidata.org/entity/Q1> skos:exactMatch <id/city/a> .
    """
    build_index(write_dump(tmp_path, text), tmp_path / "labels.sqlite")
    index = LabelIndex(tmp_path / "labels.sqlite")
    base = "https://w3id.org/city-communities/id/city/"
    assert index.find_iri("http://example.org/x/") == [
        (f"{base}b", "owl:sameAs"),
        (f"{base}a", "skos:closeMatch"),
    ]
    assert index.find_iri("https://example.org/y") == [(f"{base}b", "schema:sameAs")]
    assert index.find_code("wikidata", "Q1") == [f"{base}a"]
    index.close()


def test_keys_propose_things_within_limits(index: LabelIndex) -> None:
    with index.propose() as proposals:
        both = proposals.find_by_keys(to_keys("S. Donato"), Limits(("city",)))
        assert len(both) == 2
        (country,) = proposals.find_by_end("country/ch")
        inside = proposals.find_by_keys(to_keys("S. Donato"), Limits(("city",), (frozenset({country}),)))
        (proposal,) = proposals.read(inside)
        assert proposal.iri.endswith("ch-san-donato")
        assert ("country", country) in proposal.ties
        assert proposals.find_by_keys(to_keys("San Donato"), Limits(("event",))) == []


@pytest.mark.parametrize("text", ["", '"', '" OR "', "a" * 10_000, "é" * 300, "* NEAR("])
def test_any_text_may_be_looked_for(index: LabelIndex, text: str) -> None:
    with index.propose() as proposals:
        proposals.find_alike_spellings(text)
        proposals.find_spellings_with(text.split() or [text])
        proposals.find_by_codes([("", text)])
        proposals.find_by_end(text)
