"""From the facts to an answer: the real release, served by a real process, asked as its users ask.

What issue A calls done, each with a test of its own.
"""

from __future__ import annotations

import gzip
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from serving import Server, running_server
from SPARQLWrapper import JSON, SPARQLWrapper

from mesmart_kg import validation
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.queries import find_query, read_queries
from mesmart_kg.release import Release, compare_endpoint, verify

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def server(release: Release) -> Iterator[Server]:
    """A server over the real release; its deadline is short, so that a query that never ends costs little."""
    with running_server(release.path.parent, engine__seconds=6) as running:
        yield running


def ask(server: Server, query: str) -> list[dict[str, str]]:
    """Return the solutions as SPARQLWrapper gives them, values alone."""
    client = SPARQLWrapper(f"{server.url}sparql", returnFormat=JSON)
    client.setQuery(query)
    answer = client.query().convert()
    assert isinstance(answer, dict)
    return [{name: cell["value"] for name, cell in row.items()} for row in answer["results"]["bindings"]]


def named(release: Release, number: str) -> str:
    query = find_query(read_queries(release.inputs / "queries"), number)
    assert query is not None
    return query.text


def test_the_italian_cities_of_oasc_are_the_eight_each_with_its_evidence(
    release: Release, server: Server
) -> None:
    rows = ask(server, named(release, "1"))

    cities = [row["name"] for row in rows]
    assert cities == ["Ancona", "Cagliari", "Genova", "Lecce", "Messina", "Milano", "Palermo", "Terni"]
    notice = f"{NAMESPACE}id/source/messina-2021"
    assert all(notice in row["evidence"].split() for row in rows)


def test_the_counts_of_117_and_24_come_with_both_sources(release: Release, server: Server) -> None:
    query = f"""
        PREFIX cc: <{NAMESPACE}def#>
        PREFIX prov: <http://www.w3.org/ns/prov#>
        SELECT ?count ?source {{
          ?observation cc:memberCities|cc:memberCountries ?count ; prov:hadPrimarySource ?source .
          FILTER(?count IN (117, 24))
        }}"""
    found = {
        (row["count"], row["source"].removeprefix(f"{NAMESPACE}id/source/")) for row in ask(server, query)
    }

    sources = {"oasc-2018-01-legal", "messina-2021"}
    assert {(count, source) for count in ("117", "24") for source in sources} <= found


def test_the_dump_in_another_store_equals_the_default_graph_of_the_endpoint(
    release: Release, server: Server
) -> None:
    elsewhere = rdflib.Graph()
    elsewhere.parse(data=gzip.decompress(release.default_ntriples.read_bytes()), format="nt")
    query = urllib.parse.urlencode({"query": "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "format": "nt"})
    served = rdflib.Graph()
    with urllib.request.urlopen(f"{server.url}sparql?{query}") as response:
        served.parse(response, format="nt")

    assert len(elsewhere) == release.manifest.figures["triples"]
    assert set(elsewhere) == set(served)


def test_verifying_the_release_and_its_endpoint_finds_nothing(release: Release, server: Server) -> None:
    comparison = compare_endpoint(release, f"{server.url}sparql")

    assert verify(release) == []
    assert (comparison.missing, comparison.extra) == (0, 0)


def test_a_query_that_never_ends_is_refused_while_another_client_is_served(
    release: Release, server: Server
) -> None:
    outcome: list[int] = []

    def ask_without_end() -> None:
        address = f"{server.url}sparql?{urllib.parse.urlencode({'query': ENDLESS})}"
        try:
            urllib.request.urlopen(address).close()
        except urllib.error.HTTPError as error:
            outcome.append(error.code)
            error.close()

    endless = threading.Thread(target=ask_without_end)
    endless.start()
    served = 0
    while endless.is_alive():
        served += len(ask(server, named(release, "1"))) == 8

    endless.join()
    assert outcome == [503]
    assert served > 10


@pytest.mark.parametrize("profile", ["dcat-ap-it-2.0.shapes", "dcat-ap-3.0.1.shapes"])
def test_the_published_metadata_meet_the_profile(release: Release, shared: Path, profile: str) -> None:
    folder = shared / "vocabularies"
    graph = rdflib.Graph().parse(release.metadata, format="turtle")
    for file in (*sorted((folder / "eu-authority").glob("*.ttl")), folder / "other" / "spdx-2.3.ttl"):
        graph.parse(file)
    shapes = validation.read_shapes([folder / "dcat-ap-shapes" / f"{profile}.ttl"])

    assert list(validation.validate_graph(graph, shapes, "urn:report").violations) == []
