"""XML that every parser reads, whatever the literals hold."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from mesmart_kg.engine.serialising import XmlCleaner, clean_xml

ODD = "a\x00b\x0b\x1f\ufffe\uffff\r\n\tç€𝄞"
MENDED = "a\ufffdb\ufffd\ufffd\ufffd\ufffd\r\n\tç€𝄞"


@pytest.fixture
def store() -> Store:
    store = Store()
    store.add(Quad(NamedNode("urn:s"), NamedNode("urn:p"), Literal(ODD)))
    return store


def test_results_in_xml_hold_no_character_that_xml_lacks(store: Store) -> None:
    solutions = store.query("SELECT ?o { ?s ?p ?o }")
    assert isinstance(solutions, QuerySolutions)
    document = solutions.serialize(format=QueryResultsFormat.XML) or b""

    root = ElementTree.fromstring(clean_xml(document))

    assert root.findtext(".//{*}literal") == MENDED


def test_rdf_xml_holds_no_character_that_xml_lacks(store: Store) -> None:
    triples = store.query("CONSTRUCT { ?s <http://example.org/p> ?o } { ?s ?p ?o }")
    assert isinstance(triples, QueryTriples)
    document = triples.serialize(format=RdfFormat.RDF_XML) or b""

    root = ElementTree.fromstring(clean_xml(document))

    assert root.findtext(".//{http://example.org/}p") == MENDED


def test_clean_bytes_are_given_back_as_they_are() -> None:
    data = "<p>Città, \n\t€, \ufffd, 𝄞</p>".encode()

    assert clean_xml(data) is data


@given(st.text(alphabet="a\x01\r\ufffe\uffff\ufffd€ﬁ"), st.lists(st.integers(0, 60)))
def test_a_document_in_parts_is_cleaned_as_a_whole_one(text: str, cuts: list[int]) -> None:
    data = text.encode()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    cleaner = XmlCleaner()

    parts = [cleaner.feed(data[start:end]) for start, end in pairwise(places)]

    assert b"".join([*parts, cleaner.finish()]) == clean_xml(data)
