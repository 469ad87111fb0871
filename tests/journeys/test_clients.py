"""Real clients ask our endpoint as their users do: what they send is theirs, what they understand counts.

Comunica needs Node and ``npm ci --ignore-scripts`` in ``tests/clients``; where these or curl are missing, its
tests say so and skip, but not in CI.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd  # type: ignore[import-untyped]  # it publishes no types
import pyoxigraph
import pytest
import rdflib
import SPARQLWrapper
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from serving import BASE, ENDLESS, NUMBERED, ROWS_WITHOUT_END, Server, running_server, write_small_release
from sparql_suite import Data, served
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

CITY = f"?city a <{BASE}def#City> ; <http://www.w3.org/2004/02/skos/core#prefLabel> ?name"
NAMES = f"SELECT ?city ?name {{ {CITY} }} ORDER BY ?city"
CITIES = [f"{BASE}id/city/at-wien", f"{BASE}id/city/be-gent", f"{BASE}id/city/it-messina"]
GRAPH = f"CONSTRUCT {{ <{BASE}id/city/it-messina> ?p ?o }} {{ <{BASE}id/city/it-messina> ?p ?o }}"
POPULATIONS = f"""
@prefix ex: <http://example.org/> .
<{BASE}id/city/it-messina> ex:people 218786 .
<{BASE}id/city/be-gent> ex:people 265086 .
"""
CLIENTS = Path(__file__).resolve().parents[1] / "clients"

# What clients say of the libraries they use is theirs.
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the small release; its deadline is short, so that an answer is cut soon."""
    shelf = tmp_path_factory.mktemp("shelf")
    write_small_release(shelf)
    with running_server(shelf, engine__seconds=1) as running:
        yield running


@pytest.fixture(scope="module")
def endpoint(server: Server) -> str:
    return f"{server.url}sparql"


@pytest.fixture(scope="module")
def sister(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a second server, which knows how many people live in two of the cities."""
    folder = tmp_path_factory.mktemp("sister")
    (folder / "people.ttl").write_text(POPULATIONS, "utf-8")
    with served(Data((folder / "people.ttl",)), folder / "scratch") as url:
        yield f"{url}sparql"


def find_program(name: str | Path) -> str:
    """Return the path of a program; where there is none, skip the test, but fail it in CI."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{Path(name).name} is not installed")
    return found


# --- SPARQLWrapper ---


def wrap(endpoint: str, query: str, form: str, method: str = "GET") -> SPARQLWrapper.SPARQLWrapper:
    client = SPARQLWrapper.SPARQLWrapper(endpoint)
    client.setQuery(query)
    client.setReturnFormat(form)
    client.setMethod("GET" if method == "GET" else "POST")
    if method == "POST directly":
        client.setRequestMethod(SPARQLWrapper.POSTDIRECTLY)
    return client


def convert(endpoint: str, query: str, form: str, method: str = "GET") -> Any:
    """Return what SPARQLWrapper makes of an answer: a value of a type of each format."""
    return wrap(endpoint, query, form, method).queryAndConvert()


@pytest.mark.parametrize("method", ["GET", "POST", "POST directly"])
def test_sparqlwrapper_reads_solutions_in_each_of_its_formats(endpoint: str, method: str) -> None:
    found = {}
    for form in (SPARQLWrapper.JSON, SPARQLWrapper.XML, SPARQLWrapper.CSV, SPARQLWrapper.TSV):
        found[form] = convert(endpoint, NAMES, form, method)

    bindings = found["json"]["results"]["bindings"]
    assert [row["city"]["value"] for row in bindings] == CITIES
    cells = found["xml"].getElementsByTagName("uri")
    assert [cell.firstChild.data for cell in cells] == CITIES
    assert [row["city"] for row in csv.DictReader(io.StringIO(found["csv"].decode()))] == CITIES
    assert [line.split("\t")[0] for line in found["tsv"].decode().splitlines()[1:]] == [
        f"<{city}>" for city in CITIES
    ]


@pytest.mark.parametrize("method", ["GET", "POST", "POST directly"])
def test_sparqlwrapper_reads_graphs_in_each_of_its_formats(endpoint: str, method: str) -> None:
    forms = {
        SPARQLWrapper.TURTLE: "turtle",
        SPARQLWrapper.N3: "turtle",  # every Turtle document is an N3 document; that is what is sent
        SPARQLWrapper.RDFXML: "",
        SPARQLWrapper.XML: "",
        SPARQLWrapper.JSONLD: "",
    }
    for form, name in forms.items():
        answer = convert(endpoint, GRAPH, form, method)
        graph = rdflib.Graph().parse(data=answer, format=name) if isinstance(answer, bytes) else answer
        assert len(graph) == 3, form


def test_sparqlwrapper_tells_truth_and_a_malformed_query(endpoint: str) -> None:
    answer = convert(endpoint, "ASK {}", SPARQLWrapper.JSON)
    assert answer["boolean"] is True

    with pytest.raises(QueryBadFormed, match="line"):
        wrap(endpoint, "SELECT ?x { ?x a }", SPARQLWrapper.JSON).query()


# --- rdflib ---


def cities_of(result: rdflib.query.Result) -> list[str]:
    return [str(row[rdflib.Variable("city")]) for row in result.bindings]


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_uses_the_endpoint_as_a_store(endpoint: str, method: str) -> None:
    graph = rdflib.Graph(SPARQLStore(endpoint, method=method))
    messina = rdflib.URIRef(f"{BASE}id/city/it-messina")

    assert cities_of(graph.query(NAMES)) == CITIES
    assert {str(name) for name in graph.objects(messina, rdflib.SKOS.prefLabel)} == {"Messina"}
    assert (messina, rdflib.ORG.memberOf, rdflib.URIRef(f"{BASE}id/community/oasc")) in graph
    assert bool(graph.query("ASK { ?s ?p 'nowhere' }")) is False
    assert len(rdflib.Graph().parse(data=graph.query(GRAPH).serialize(format="nt"), format="nt")) == 3


def test_rdflib_asks_us_in_a_service_clause(endpoint: str) -> None:
    query = f"SELECT ?city {{ SERVICE <{endpoint}> {{ {CITY} }} }} ORDER BY ?city"

    assert cities_of(rdflib.Graph().query(query)) == CITIES


# --- pandas ---


def test_pandas_reads_a_table_by_accept_and_by_format(endpoint: str) -> None:
    address = f"{endpoint}?query={quote(NAMES)}"
    by_accept = pd.read_csv(address, storage_options={"Accept": "text/csv"})
    by_format = pd.read_csv(f"{address}&format=csv")
    tsv = pd.read_csv(f"{address}&format=tsv", sep="\t")

    assert list(by_accept["city"]) == list(by_format["city"]) == CITIES
    assert list(tsv.columns) == ["?city", "?name"]
    assert len(tsv) == len(CITIES)


def test_pandas_reads_many_rows_whole(endpoint: str) -> None:
    query = f"SELECT ?n {{ ?n ?p ?o FILTER(STRSTARTS(STR(?n), '{BASE}id/number/')) }}"

    assert len(pd.read_csv(f"{endpoint}?format=csv&query={quote(query)}")) == NUMBERED


# --- pyoxigraph ---


def test_pyoxigraph_federates_us_with_a_second_server(endpoint: str, sister: str) -> None:
    rows = pyoxigraph.Store().query(
        f"""SELECT ?name ?people {{
          SERVICE <{endpoint}> {{ {CITY} }}
          SERVICE <{sister}> {{ ?city <http://example.org/people> ?people }}
        }} ORDER BY ?people"""
    )

    assert isinstance(rows, pyoxigraph.QuerySolutions)
    assert [(row["name"].value, row["people"].value) for row in rows] == [
        ("Messina", "218786"),
        ("Gand", "265086"),
    ]


# --- curl ---


def curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [find_program("curl"), "--silent", "--show-error", "--max-time", "60", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "way",
    [
        ("--get", "--data-urlencode", "query={}"),
        ("--data-urlencode", "query={}"),
        ("--header", "Content-Type: application/sparql-query", "--data-raw", "{}"),
        ("--request", "QUERY", "--header", "Content-Type: application/sparql-query", "--data-raw", "{}"),
    ],
    ids=["GET", "form", "POST", "QUERY"],
)
@pytest.mark.parametrize("coding", ["", "--compressed", "--http1.0"])
def test_curl_asks_in_every_way_of_the_protocol(endpoint: str, way: tuple[str, ...], coding: str) -> None:
    arguments = [word.replace("{}", NAMES) for word in way]
    done = curl(*arguments, *([coding] if coding else []), "--header", "Accept: text/csv", endpoint)

    assert done.returncode == 0
    assert [row["city"] for row in csv.DictReader(io.StringIO(done.stdout))] == CITIES


def test_curl_is_told_that_nothing_changed(endpoint: str, tmp_path: Path) -> None:
    tag, address = tmp_path / "etag", f"{endpoint}?query={quote(NAMES)}"
    first = curl("--etag-save", str(tag), address)
    status = ("--output", str(tmp_path / "body"), "--write-out", "%{http_code}")
    second = curl("--etag-compare", str(tag), *status, address)

    assert json.loads(first.stdout)["results"]["bindings"]
    assert second.stdout == "304"


def test_curl_sees_the_headers_without_the_answer(endpoint: str) -> None:
    address = f"{endpoint}?query={quote(NAMES)}"
    head = curl("--head", address).stdout.lower().splitlines()
    full = curl("--include", address).stdout.partition("\n\n")[0].lower().splitlines()

    names = {line.partition(":")[0] for line in head if ":" in line}
    assert head[0].split()[1] == "200"
    assert names >= {"content-type", "etag", "link", "last-modified", "vary"}
    assert names <= {line.partition(":")[0] for line in full}


# --- an answer that is cut must look so, to every client ---


@pytest.mark.parametrize("form", ["csv", "json", "xml"])
def test_curl_fails_when_an_answer_is_cut(endpoint: str, form: str) -> None:
    done = curl("--output", os.devnull, f"{endpoint}?format={form}&query={quote(ROWS_WITHOUT_END)}")

    # 18: a partial transfer; 56: the connection was reset
    assert done.returncode in {18, 56}


def test_pandas_fails_when_an_answer_is_cut(endpoint: str) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError, pd.errors.ParserError)):
        pd.read_csv(f"{endpoint}?format=csv&query={quote(ROWS_WITHOUT_END)}")


@pytest.mark.parametrize("form", [SPARQLWrapper.JSON, SPARQLWrapper.CSV])
def test_sparqlwrapper_fails_when_an_answer_is_cut(endpoint: str, form: str) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        convert(endpoint, ROWS_WITHOUT_END, form)


def test_pyoxigraph_fails_when_an_answer_is_cut(endpoint: str) -> None:
    rows = pyoxigraph.Store().query(f"SELECT * {{ SERVICE <{endpoint}> {{ {ROWS_WITHOUT_END} }} }}")

    assert isinstance(rows, pyoxigraph.QuerySolutions)
    with pytest.raises((OSError, RuntimeError, SyntaxError, ValueError)):
        sum(1 for _ in rows)


def test_a_client_told_to_come_later_learns_when(endpoint: str) -> None:
    done = curl("--include", f"{endpoint}?query={quote(ENDLESS)}").stdout.lower()

    assert done.split()[1] == "503"
    assert "\nretry-after:" in done
    assert "\ncontent-type: application/problem+json" in done


# --- Comunica ---


def comunica(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = CLIENTS / "node_modules/.bin/comunica-sparql"
    find_program("node")
    return subprocess.run(
        [find_program(program), *arguments], capture_output=True, text=True, check=False, timeout=120
    )


FEDERATED = f"SELECT ?name ?people {{ {CITY} . ?city <http://example.org/people> ?people }} ORDER BY ?people"


@pytest.mark.parametrize("kind", ["sparql@", ""], ids=["told that we are an endpoint", "finding it out"])
def test_comunica_federates_us_with_a_second_server(endpoint: str, sister: str, kind: str) -> None:
    """Without the kind it asks for our description, and must see there that this is an endpoint."""
    done = comunica(
        f"{kind}{endpoint}", f"{kind}{sister}", FEDERATED, "-t", "application/sparql-results+json"
    )

    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["results"]["bindings"]
    assert [(row["name"]["value"], row["people"]["value"]) for row in rows] == [
        ("Messina", "218786"),
        ("Gand", "265086"),
    ]


def test_comunica_makes_a_graph_of_ours(endpoint: str) -> None:
    done = comunica(f"sparql@{endpoint}", GRAPH, "-t", "application/n-triples")

    assert done.returncode == 0, done.stderr
    assert len(rdflib.Graph().parse(data=done.stdout, format="nt")) == 3


def test_comunica_reads_our_default_graph_as_a_file(server: Server) -> None:
    """A graph by the Graph Store Protocol is a file among others to it: it must come with its media type."""
    query = f"SELECT ?city {{ ?city a <{BASE}def#City> }}"
    json_results = "application/sparql-results+json"
    done = comunica(f"file@{server.url}sparql-graphs?default", query, "-t", json_results)

    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["results"]["bindings"]
    assert sorted(row["city"]["value"] for row in rows) == CITIES
