"""Ontology, shapes, vocabularies, catalogue and what programs look for: pages and RDF at the same address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from flask import Flask
from inprocess import Client
from town import copy_town

from mesmart_kg import formats
from mesmart_kg.build import build
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.namespaces import NAMESPACE, VOC, expand
from mesmart_kg.store import parse_text
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener
from mesmart_kg.web.sitemap import write_part

from .conftest import BROWSER

ONTOLOGY = """
@prefix dcterms: <http://purl.org/dc/terms/> .
<https://w3id.org/city-communities/def> a owl:Ontology ;
    owl:versionIRI <https://w3id.org/city-communities/def/2026-05-01> ;
    dcterms:title "Ontologia di prova"@it , "Trial ontology"@en .
cc:within a owl:ObjectProperty ; rdfs:label "si trova in"@it , "within"@en ;
    rdfs:comment "Dentro a che cosa."@it , "What it lies in."@en .
"""
ALIGNMENTS = """
@prefix cc: <https://w3id.org/city-communities/def#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
cc:City skos:closeMatch <https://w3id.org/italia/onto/CLV/City> .
"""
CONCEPTS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix voc: <https://w3id.org/city-communities/voc/> .
voc:role a skos:ConceptScheme ; skos:prefLabel "Ruoli"@it , "Roles"@en .
<https://w3id.org/city-communities/voc/role/member> a skos:Concept , org:Role ; skos:inScheme voc:role ;
    skos:prefLabel "membro"@it , "member"@en ;
    skos:definition "Ha aderito. <script>alert(1)</script>"@it , "Joined."@en ;
    skos:exactMatch <https://example.org/member> .
<https://w3id.org/city-communities/voc/role/founder> a skos:Concept ; skos:inScheme voc:role ;
    skos:prefLabel "fondatore"@it , "founder"@en ;
    skos:broader <https://w3id.org/city-communities/voc/role/member> .
<id/membership/trial> org:role <https://w3id.org/city-communities/voc/role/member> .
"""
RDF = (formats.TURTLE, formats.JSONLD, formats.NTRIPLES, formats.RDFXML)
DOCUMENTS = ("/def", "/shapes", "/voc", "/voc/role", "/voc/role/member", "/voc/rule", "/voc/rule/member-of")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The two towns, with an ontology that has a version, correspondences and a vocabulary."""
    folder = tmp_path_factory.mktemp("town")
    made = copy_town(folder)
    with (folder / "ontology/city-communities.ttl").open("a", encoding="utf-8") as file:
        file.write(ONTOLOGY)
    (folder / "ontology/alignments.ttl").write_text(ALIGNMENTS, "utf-8")
    (folder / "data/concepts/role.ttl").write_text(CONCEPTS, "utf-8")
    build(made)
    return replace(made, web=replace(made.web, requests=0))


@pytest.fixture(scope="module")
def town_app(town: Config) -> Iterator[Flask]:
    made = create_app(town, Catalog(town.paths.releases), engine_opener(town))
    yield made
    publication_of(made).close()


@pytest.fixture(scope="module")
def site(town_app: Flask) -> Iterator[Client]:
    made = Client(town_app)
    yield made
    made.close()


@pytest.mark.parametrize("format", RDF, ids=lambda each: each.name)
@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_is_rdf_at_the_same_address(site: Client, path: str, format: formats.Format) -> None:
    negotiated = site.get(path, headers={"Accept": format.media_type})
    named = site.get(f"{path}.{format.extension}")

    assert negotiated.headers["Content-Type"].startswith(format.media_type)
    assert negotiated.headers["Content-Location"] == f"{path}.{format.extension}"
    assert set(parse_text(negotiated.data, format)) == set(parse_text(named.data, format)) != set()


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("language", ["it", "en"])
def test_a_document_is_a_page_for_people(site: Client, path: str, language: str) -> None:
    page = site.get(path, headers={**BROWSER, "Accept-Language": language})

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Language"] == language
    assert page.text.count("<h1") == 1
    assert "Accept" in page.headers["Vary"]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_names_itself_its_licence_and_its_other_formats(site: Client, path: str) -> None:
    links = ", ".join(site.get(path, headers=BROWSER).headers.get_all("Link"))

    assert f'<{NAMESPACE}{path.removeprefix("/")}>; rel="cite-as"' in links
    assert 'rel="license"' in links
    for each in RDF:
        assert f'<{path}.{each.extension}>; rel="alternate describedby"' in links


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_linkset_of_a_document_is_where_its_header_says(site: Client, path: str) -> None:
    linkset = json.loads(site.get(f"{path}.linkset.json").data)["linkset"]

    assert linkset[0]["anchor"] == path


def test_a_client_that_takes_anything_gets_turtle(site: Client) -> None:
    assert site.get("/def", headers={"Accept": "*/*"}).headers["Content-Type"].startswith("text/turtle")


def test_a_document_that_has_not_changed_is_not_sent_again(site: Client) -> None:
    tag = site.get("/def", headers=BROWSER).headers["ETag"]
    again = site.get("/def", headers=BROWSER | {"If-None-Match": tag})

    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/voc/nothing",
        "/voc/role/nobody",
        "/voc/role/member.exe",
        "/voc/ro%20le/member",
        "/voc/role/%3E%20%7B%7D",
        "/voc/$it/$it",
        "/def.pdf",
        "/def/2020-01-01",
        "/def/latest",
    ],
)
def test_what_is_not_there_is_not_found(site: Client, path: str) -> None:
    assert site.get(path, headers=BROWSER).status_code == 404
    assert site.get(path).status_code == 404


def test_each_term_has_a_section_of_its_name_with_uses_and_an_example(site: Client) -> None:
    page = site.get("/def?lang=en", headers=BROWSER).text

    section = page[page.index('id="City"') : page.index('id="within"')]
    assert "2 things" in section
    assert "/doc/city/" in section
    assert "A town has a name." in section
    assert "https://w3id.org/italia/onto/CLV/City" in section
    assert "What it lies in." in page


def test_the_rules_are_told_in_words(site: Client) -> None:
    page = site.get("/def?lang=it", headers=BROWSER).text

    assert 'href="/voc/rule/member-of?lang=it"' in page
    assert "org:memberOf" in page


def test_a_version_of_the_ontology_answers_by_its_day(site: Client) -> None:
    page = site.get("/def/2026-05-01", headers=BROWSER)
    graph = site.get("/def/2026-05-01.nt")

    assert page.status_code == 200
    assert set(parse_text(graph.data, formats.NTRIPLES)) == set(
        parse_text(site.get("/def.nt").data, formats.NTRIPLES)
    )


def test_each_shape_has_a_section_with_its_words_and_its_severity(site: Client) -> None:
    page = site.get("/shapes?lang=it", headers=BROWSER).text

    assert 'id="City"' in page
    assert 'id="City-name"' in page
    assert "Una città ha un nome." in page
    assert "ferma la pubblicazione" in page


def test_a_vocabulary_lists_its_concepts_with_what_they_mean_and_their_uses(site: Client) -> None:
    page = site.get("/voc/role?lang=en", headers=BROWSER).text

    assert "Joined." in page
    assert re.search(r'href="/voc/role/member\?lang=en"', page)
    assert '<td class="right">1</td>' in page


def test_a_concept_tells_what_it_means_where_it_belongs_and_where_it_is_used(site: Client) -> None:
    page = site.get("/voc/role/member?lang=it", headers=BROWSER).text

    assert "Membro" in page or "membro" in page
    assert '<p class="other-name" dir="auto" lang="en">member</p>' in page
    assert "/voc/role/founder" in page
    assert "https://example.org/member" in page
    assert "/doc/membership/trial" in page


def test_what_a_concept_says_is_shown_harmlessly(site: Client) -> None:
    page = site.get("/voc/role/member?lang=it", headers=BROWSER).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("path", ["/def", "/shapes", "/voc/role"])
def test_data_without_words_of_their_own_say_so(client: Client, path: str) -> None:
    assert client.get(path, headers=BROWSER).status_code == 404


def test_data_without_vocabularies_have_an_empty_list(client: Client) -> None:
    assert client.get("/voc", headers=BROWSER).status_code == 200


# The catalogue and the quality


@pytest.mark.parametrize("format", RDF, ids=lambda each: each.name)
def test_the_catalogue_holds_one_dataset_and_no_blank_node(site: Client, format: formats.Format) -> None:
    response = site.get(f"/catalog.{format.extension}")
    triples = {quad.triple for quad in parse_text(response.data, format)}
    datasets = {
        triple.subject
        for triple in triples
        if triple.predicate.value == expand("rdf:type")
        and getattr(triple.object, "value", None) == expand("dcat:Dataset")
    }

    assert response.headers["Content-Type"] == format.content_type
    assert [str(each) for each in datasets] == [f"<{NAMESPACE}set/city-communities>"]
    assert b"_:" not in site.get("/catalog.nt").data
    assert not any(triple.predicate.value.startswith(expand("void:")) for triple in triples)


@pytest.mark.parametrize("path", ["/catalog.xml", "/catalog.trig", "/catalog.html"])
def test_the_catalogue_has_the_formats_that_are_harvested_and_no_others(site: Client, path: str) -> None:
    assert site.get(path).status_code == 404


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_quality_is_told_in_figures_and_words(site: Client, language: str) -> None:
    page = site.get(f"/quality?lang={language}", headers=BROWSER).text

    assert page.count('class="measure-value"') == 4


# What programs look for


def test_the_api_catalogue_describes_the_endpoint(site: Client) -> None:
    response = site.get("/.well-known/api-catalog")
    linkset = json.loads(response.data)["linkset"]
    (endpoint,) = (each for each in linkset if each["anchor"].endswith("/sparql"))

    assert response.headers["Content-Type"].startswith("application/linkset+json; profile=")
    assert {"href": endpoint["anchor"]} in linkset[0]["item"]
    for relation in ("service-desc", "service-doc", "status"):
        path = endpoint[relation][0]["href"].removeprefix("http://localhost")
        assert site.get(path, headers={"Accept": endpoint[relation][0]["type"]}).status_code == 200


def test_security_txt_names_a_contact_for_less_than_a_year(site: Client) -> None:
    response = site.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    valid = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:lega@example.org"
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"
    assert 0 < valid.days < 365


def test_there_is_no_security_txt_while_nobody_would_read_what_is_sent(client: Client) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404


def test_the_sitemap_leads_to_pages_that_answer(site: Client) -> None:
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    index = ElementTree.fromstring(site.get("/sitemap.xml").data)
    parts = [each.text or "" for each in index.findall("s:sitemap/s:loc", names)]
    pages: list[str] = []
    for part in parts:
        tree = ElementTree.fromstring(site.get(part.removeprefix("http://localhost")).data)
        for url in tree.findall("s:url", names):
            assert {link.get("hreflang") for link in url.findall("x:link", names)} == {
                "x-default",
                "it",
                "en",
            }
            assert url.findtext("s:lastmod", namespaces=names) == "2026-05-03"
            pages.append(url.findtext("s:loc", "", names).removeprefix("http://localhost"))

    assert len(pages) == len(set(pages))
    assert {f"/voc/role/member?lang={each}" for each in ("it", "en")} <= set(pages)
    assert {page for page in pages if site.get(page, headers=BROWSER).status_code != 200} == set()


def test_a_part_that_the_sitemap_lacks_is_not_found(site: Client) -> None:
    assert site.get("/sitemap-0.xml").status_code == 404
    assert site.get("/sitemap-99.xml").status_code == 404


def test_addresses_in_a_sitemap_are_escaped() -> None:
    text = "".join(write_part(["https://example.org/a?b&c"], ("it",), "2026-05-03"))

    assert ElementTree.fromstring(text).findtext(".//{*}loc") == "https://example.org/a?b&c?lang=it"


def test_robots_are_told_of_the_sitemap(site: Client) -> None:
    assert "Sitemap: http://localhost/sitemap.xml" in site.get("/robots.txt").text


def test_concepts_are_named_under_the_namespace_that_all_cities_share(site: Client) -> None:
    graph = parse_text(site.get("/voc/role.nt").data, formats.NTRIPLES)

    assert {f"{VOC}role", f"{VOC}role/member", f"{VOC}role/founder"} == {
        getattr(quad.subject, "value", "") for quad in graph
    }
