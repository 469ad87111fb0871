"""Links that somebody gave, from the file to the release, its pages and its endpoint: the counts agree."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest
import rdflib
from given_links import BASE, HEAD, Look
from inprocess import Client
from rdflib import DCTERMS, RDF, VOID, URIRef
from town import copy_town

from mesmart_kg.build import build
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.errors import NotConformant
from mesmart_kg.linksets import Given, find_gaps, open_links, write
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

pytestmark = pytest.mark.slow

GRAPH = "https://w3id.org/city-communities/def#graph"
OURS = "town,item\ngr-atene,Q1524\ngr-sparta,Q5690\n"
SET = f"{BASE}set/city-communities#links-from-corinth"
OWN = f"{BASE}set/city-communities#links-wikidata"


def write_project(folder: Path, look: Look) -> Config:
    """Write the two towns with links of their own to Wikidata, and those that Corinth gave."""
    config = copy_town(folder)
    column = {"name": "item", "propertyUrl": "skos:exactMatch", "valueUrl": "wd:{item}", GRAPH: "graph/links"}
    mapping = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": "links.csv",
        GRAPH: "graph/source/notice",
        "tableSchema": {
            "aboutUrl": "id/city/{town}",
            "columns": [{"name": "town", "suppressOutput": True}, column],
        },
    }
    (config.paths.data / "facts" / "links.csv").write_text(OURS)
    (config.paths.data / "facts" / "links.csv-metadata.json").write_text(json.dumps(mapping))
    shutil.copy(Path(__file__).resolve().parents[2] / "shapes" / "linkset.ttl", config.paths.shapes)
    write(look(given=Given("Thanks to Corinth", day=date(2026, 11, 21))), config.paths.data)
    return config


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, look_once: Look) -> Config:
    return write_project(tmp_path_factory.mktemp("town"), look_once)


@pytest.fixture(scope="module")
def release(config: Config) -> Release:
    return build(config)


@pytest.fixture(scope="module")
def described(release: Release) -> rdflib.Graph:
    return rdflib.Graph().parse(release.metadata, format="turtle")


@pytest.fixture(scope="module")
def client(config: Config, release: Release) -> Iterator[Client]:
    app = create_app(config, Catalog(release.path.parent), engine_opener(config))
    made = Client(app)
    yield made
    made.close()
    publication_of(app).close()


def count(client: Client, pattern: str) -> int:
    query = urlencode({"query": f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"})
    answer = client.get(f"/sparql?{query}", headers={"Accept": "application/sparql-results+json"})
    return int(json.loads(answer.text)["results"]["bindings"][0]["n"]["value"])


def test_the_counts_of_files_metadata_page_and_endpoint_agree(
    client: Client, release: Release, described: rdflib.Graph
) -> None:
    links = {each.slug: each for each in open_links(release, BASE).sets}
    exact = "<http://www.w3.org/2004/02/skos/core#exactMatch>"
    close = "<http://www.w3.org/2004/02/skos/core#closeMatch>"
    for slug, graph, iri in (("wikidata", "links", OWN), ("from-corinth", "links/corinth", SET)):
        asked = f"GRAPH <{BASE}graph/{graph}> {{ ?s {exact}|{close} ?o }}"
        lines = client.get(f"/links/{slug}.nt").text.splitlines()
        assert {
            links[slug].links,
            int(str(described.value(URIRef(iri), VOID.triples))),
            count(client, asked),
            sum("Match>" in line and "linkPredicate" not in line for line in lines),
            client.get(f"/links/{slug}.csv").text.count("\r\n") - 1,
        } == {2}
    # In the default graph they are merged with all others.
    assert count(client, f"?s {exact}|{close} ?o") == 4


def test_the_files_say_the_same(client: Client) -> None:
    for slug in ("wikidata", "from-corinth"):
        turtle, ntriples = (rdflib.Graph() for _ in range(2))
        turtle.parse(data=client.get(f"/links/{slug}.ttl").text, format="turtle")
        ntriples.parse(data=client.get(f"/links/{slug}.nt").text, format="nt")

        assert set(turtle) == set(ntriples)
        assert (None, RDF.type, VOID.Linkset) in turtle


def test_what_we_give_could_be_taken_in_by_another_city(client: Client, look_once: Look) -> None:
    """Seen from Wikidata's side: what we ask of others' sets, ours keep to."""
    examined = look_once(client.get("/links/wikidata.ttl").content)

    assert examined.report.violations == ()
    assert [problem.message for problem in examined.problems] == [
        f"{OWN} is under our own base: the set’s IRI should be the giver’s"
    ]
    assert len(examined.links) == 2


def test_who_gave_them_when_and_under_which_licence_is_told(described: rdflib.Graph, client: Client) -> None:
    node = URIRef(SET)
    assert str(described.value(node, DCTERMS.publisher)) == "Corinth"
    assert str(described.value(node, DCTERMS.dateAccepted)) == "2026-11-21"
    assert {str(each) for each in described.objects(node, DCTERMS.license)} == {
        "https://creativecommons.org/publicdomain/zero/1.0/"
    }
    assert len(list(described.objects(node, VOID.subset))) == 2  # one for each property
    licence = (
        f"GRAPH <{BASE}graph/provenance> {{ <{BASE}graph/links/corinth> "
        "<http://purl.org/dc/terms/license> <https://creativecommons.org/publicdomain/zero/1.0/> ; "
        '<https://schema.org/creditText> "Thanks to Corinth" }'
    )
    assert count(client, licence) == 1
    page = client.get("/links?lang=en").text
    assert "Thanks to Corinth" in page
    assert "CC0 1.0" in page
    assert "No other city has given us links yet" not in page


def test_given_links_are_not_reasoned_upon(client: Client) -> None:
    assert (
        count(
            client, f"GRAPH <{BASE}graph/inferred> {{ ?s ?p ?o FILTER(CONTAINS(STR(?s), 'data.example')) }}"
        )
        == 0
    )


def test_question_41_counts_them(client: Client, project: Path) -> None:
    query = (project / "queries" / "41-outgoing-links.rq").read_text("utf-8").partition("BASE ")
    asked = urlencode({"query": query[1] + query[2]})
    rows = client.get(f"/sparql?{asked}", headers={"Accept": "text/csv"}).text.splitlines()

    core = "http://www.w3.org/2004/02/skos/core#"
    assert rows[1:] == [
        f"http://www.wikidata.org/entity/,{core}exactMatch,2,",
        f"https://data.example.org/city/,{core}closeMatch,1,",
        f"https://data.example.org/city/,{core}exactMatch,1,",
    ]


def test_gaps_are_found_by_set(release: Release) -> None:
    cities = [f"{BASE}id/city/{name}" for name in ("gr-atene", "gr-sparta", "gr-argo")]
    gaps = find_gaps(open_links(release, BASE), cities)

    assert gaps.without_any() == (cities[2],)
    assert gaps.without("from-corinth") == (cities[2],)


def test_the_same_sources_give_the_same_links_made_anew(release: Release) -> None:
    (folder,) = release.derived.glob("links-*")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.rmtree(folder)
    open_links(release, BASE)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_set_that_breaks_the_shape_makes_no_release(tmp_path: Path, look_once: Look) -> None:
    config = write_project(tmp_path, look_once)
    place = config.paths.data / "links" / "corinth.ttl"
    place.write_text(HEAD.replace("dcterms:license", "dcterms:rights"), "utf-8")

    with pytest.raises(NotConformant) as caught:
        build(config)
    assert {finding.path for finding in caught.value.report.violations} >= {"dcterms:license", "void:triples"}
