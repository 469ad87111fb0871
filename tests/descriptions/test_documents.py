"""The data of a page: the same triples in every format, the same bytes every time, nothing fetched."""

from __future__ import annotations

import json

import pytest
import rdflib
from rdflib.compare import isomorphic

from mesmart_kg import formats
from mesmart_kg.descriptions.documents import (
    DATA_FORMATS,
    Document,
    add_parts,
    own_jsonld,
    read_point,
    write_document,
)
from mesmart_kg.descriptions.search_engines import to_schema_org
from mesmart_kg.engine import Engine, Terms
from mesmart_kg.formats import Format
from mesmart_kg.label_index import LabelIndex
from mesmart_kg.store import Literal, NamedNode, Triple

from .conftest import BASE, Describe

_RDFLIB = {"ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "rdf": "xml"}
LICENCE = "http://creativecommons.org/licenses/by/4.0/"

# rdflib's own reader of JSON-LD makes a graph of a kind that rdflib calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


def read(text: bytes, format: Format) -> rdflib.Graph:
    return rdflib.Graph().parse(data=text, format=_RDFLIB[format.name])


@pytest.fixture(scope="module")
def document(describe_thing: Describe, engine: tuple[Engine, LabelIndex]) -> Document:
    described = describe_thing("city/it-messina")
    plain = Document(
        described.iri,
        f"{BASE}doc/city/it-messina",
        f"{BASE}set/x/1",
        described.triples,
        f"{BASE}set/x",
        LICENCE,
    )
    return add_parts(engine[0], Terms(), plain, described)


@pytest.mark.parametrize("format", DATA_FORMATS, ids=lambda each: each.name)
def test_every_format_says_the_same_and_always_in_the_same_bytes(document: Document, format: Format) -> None:
    text = write_document(document, format, BASE)

    assert isomorphic(
        read(text, format), read(write_document(document, formats.NTRIPLES, BASE), formats.NTRIPLES)
    )
    assert write_document(document, format, BASE) == text


def test_it_holds_the_thing_its_parts_what_leads_to_it_and_what_the_document_is(document: Document) -> None:
    answer = read(write_document(document, formats.TURTLE, BASE), formats.TURTLE).query(
        f"""PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX geo: <http://www.opengis.net/ont/geosparql#> PREFIX org: <http://www.w3.org/ns/org#>
        PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX schema: <https://schema.org/>
        ASK {{
            <{BASE}doc/city/it-messina> foaf:primaryTopic ?city ; dcterms:license <{LICENCE}> ;
                dcterms:isPartOf <{BASE}set/x> ; prov:wasDerivedFrom <{BASE}set/x/1> .
            ?city geo:hasDefaultGeometry/geo:asWKT ?point .
            ?membership org:member ?city ; schema:startDate ?date .
        }}"""
    )
    assert answer.askAnswer


def test_the_context_is_local_and_declares_what_is_used_only(document: Document) -> None:
    context = json.loads(write_document(document, formats.JSONLD, BASE))["@context"]

    assert context["foaf"] == "http://xmlns.com/foaf/0.1/"
    assert "void" not in context


def test_an_iri_whose_scheme_is_a_prefix_of_ours_is_not_mistaken_for_a_name() -> None:
    place, about = NamedNode("geo:38.19,15.55"), NamedNode("http://purl.org/dc/terms/subject")
    wkt = NamedNode("http://www.opengis.net/ont/geosparql#asWKT")
    triples = frozenset((Triple(place, about, place), Triple(place, wkt, Literal("POINT(1 2)"))))
    text = write_document(
        Document("geo:38.19,15.55", f"{BASE}doc/x", f"{BASE}set/x", triples), formats.JSONLD, BASE
    )

    assert (rdflib.URIRef(place.value), rdflib.URIRef(about.value), rdflib.URIRef(place.value)) in read(
        text, formats.JSONLD
    )


def test_a_page_carries_what_is_said_of_the_thing_itself(document: Document) -> None:
    subjects = {node["@id"] for node in json.loads(own_jsonld(document))["@graph"]}

    assert subjects == {document.thing, document.iri}


def test_search_engines_are_told_what_it_is_where_and_what_it_is_the_same_as(
    describe_thing: Describe, engine: tuple[Engine, LabelIndex]
) -> None:
    described = describe_thing("city/it-messina")
    point = read_point(engine[0], Terms(), described)
    text = to_schema_org(described, "it", "https://x.example/doc/city/it-messina", None, point)

    assert text is not None
    city = json.loads(text)["mainEntity"]
    assert (city["@type"], city["@id"], city["name"]) == ("City", described.iri, "Messina")
    assert city["geo"] == {"@type": "GeoCoordinates", "longitude": "15.55", "latitude": "38.19"}
    assert city["sameAs"] == ["http://www.wikidata.org/entity/Q13666"]
    assert city["identifier"] == [{"@type": "PropertyValue", "propertyID": "istat", "value": "083048"}]
    assert to_schema_org(describe_thing("geometry/it-messina"), "it", "https://x.example/", None) is None
