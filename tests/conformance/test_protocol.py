"""The W3C's SPARQL 1.1 suites of HTTP: protocol, graph store protocol, service description.

The server only reads. What would write is answered 403 (an update) or 405 (a graph): these tests are listed,
and every request of theirs that reads is made all the same, to a server that holds what the writing would
have left behind.
"""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path
from urllib.parse import parse_qs, quote

import httpx
import pytest
from hatchery import Hatchery
from http_suite import HttpTest, Step, canonical_turtle, read_http_tests
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from sparql_suite import BASE, Data, served

pytestmark = pytest.mark.slow

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
HOME = BASE + "protocol/manifest#"
SITE = "http://www.example/"
NEW = SITE + "graph/new"
"""The name that a server would have given to a graph posted without one."""

_TERMS = {
    SD[name]
    for name in (
        "Service Language Function Aggregate EntailmentRegime EntailmentProfile GraphCollection Dataset "
        "Graph NamedGraph Feature endpoint feature defaultEntailmentRegime entailmentRegime "
        "defaultSupportedEntailmentProfile supportedEntailmentProfile extensionFunction extensionAggregate "
        "languageExtension supportedLanguage propertyFeature defaultDataset availableGraphs resultFormat "
        "inputFormat defaultGraph namedGraph name graph"
    ).split()
}
"""The classes and properties of the vocabulary (SPARQL 1.1 Service Description, section 3)."""

UPDATES = {
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_named_graphs",
    "update_dataset_full",
    "update_post_form",
    "update_post_direct",
    "update_base_uri",
}
"""Tests of the protocol that need updates to be done; the endpoint refuses them."""

_MEDIA_TYPES = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"},
}


@pytest.fixture(scope="module")
def suites(shared: Path) -> Path:
    return shared / "suites" / "sparql11"


def test_protocol_of_queries_is_whole(suites: Path, tmp_path: Path) -> None:
    tests = read_http_tests(suites / "protocol" / "manifest.ttl")
    assert len(tests) == 34
    assert {f"{HOME}{name}" for name in UPDATES} <= {test.iri for test in tests}
    graphs = sorted({each for test in tests for each in test.graphs(suites / "protocol")})

    with served(Data((), tuple(graphs)), tmp_path) as url, httpx.Client(base_url=url, timeout=30) as client:
        failed = {
            test.name: why
            for test in tests
            for why in [_find_fault_of_protocol(test, client)]
            if why and test.name not in UPDATES
        }
        refused = {
            test.name: _send(client, test.steps[0]).status_code for test in tests if test.name in UPDATES
        }

    assert failed == {}
    assert set(refused.values()) == {403}


def _find_fault_of_protocol(test: HttpTest, client: httpx.Client) -> str:
    return "; ".join(why for step in test.steps if (why := _find_fault(_send(client, step), step)))


def _send(client: httpx.Client, step: Step) -> httpx.Response:
    """Send a request as the manifest has it, with nothing of httpx's own but what HTTP needs."""
    path = step.path.replace("/sparql/", "/sparql", 1)
    request = client.build_request(step.method, path, content=step.body, headers=step.headers)
    for name in ("accept", "accept-encoding", "user-agent"):
        if name not in step.headers:
            del request.headers[name]
    return client.send(request)


def _find_fault(response: httpx.Response, step: Step) -> str:
    if response.status_code not in step.statuses:
        return f"{step.method} {step.path}: {response.status_code}, not of {sorted(step.statuses)[:2]}…"
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    if step.format and media_type not in _MEDIA_TYPES[step.format]:
        return f"{step.path}: {media_type} is not {step.format}"
    if step.boolean is not None and json.loads(response.content)["boolean"] != step.boolean:
        return f"{step.path}: not {step.boolean}"
    return ""


@pytest.mark.parametrize(("way", "count"), [("direct", 5), ("indirect", 9)])
def test_graphs_are_read_by_the_graph_store_protocol(
    way: str, count: int, suites: Path, tmp_path: Path, hatchery: Hatchery
) -> None:
    tests = read_http_tests(suites / "graph-store-protocol" / f"manifest-{way}.ttl")
    assert len(tests) == count

    failed = {test.name: faults for test in tests if (faults := _run(test, tmp_path / test.name, hatchery))}

    assert failed == {}


def _run(test: HttpTest, scratch: Path, hatchery: Hatchery) -> list[str]:
    """Return what is wrong with the answers to a test.

    A request that writes has to be refused, and Allow has to say what is allowed. What it would have left
    behind is served by a process of its own for the requests that read.
    """
    faults: list[str] = []
    written: list[Step] = []
    held: dict[str, list[bytes]] = {}
    for number, step in enumerate(test.steps):
        if not step.is_reading:
            written.append(step)
            _write(held, step)
            continue
        place = scratch / str(number)
        with (
            served(_to_data(held, place), place, hatchery, site__base_iri=SITE) as url,
            httpx.Client(base_url=url, timeout=30) as client,
        ):
            faults += [why for each in written if (why := _find_fault_of_refusal(client, each))]
            faults += _find_faults_of_reading(client, step)
            written.clear()
    return faults


def _write(held: dict[str, list[bytes]], step: Step) -> None:
    """Do to the texts of graphs what a request would have done to a store."""
    graph = _name_graph(step.path)
    if step.method == "DELETE":
        held.pop(graph, None)
    elif step.method == "PUT":
        held[graph] = _read_turtle(step)
    else:
        held[graph] = [*held.get(graph, []), *_read_turtle(step)]


def _read_turtle(step: Step) -> list[bytes]:
    """Return the documents of a body: one, or those of a form of several parts."""
    media_type = step.headers.get("content-type", "")
    if not media_type.startswith("multipart/"):
        return [step.body or b""]
    lines = (step.body or b"").strip().splitlines()
    message = message_from_bytes(b"\n".join([f"Content-Type: {media_type}".encode(), b"", *lines]))
    return [bytes(part.get_payload(decode=True)) for part in message.walk() if not part.is_multipart()]


def _name_graph(path: str) -> str:
    """Return the IRI of the graph that a path names; nothing for the default graph."""
    if path == "/gsp":
        return NEW
    if "?" not in path:
        return SITE + _to_path(path).removeprefix("/")
    return (
        parse_qs(path.partition("?")[2], keep_blank_values=True)
        .get("graph", [""])[0]
        .replace("$LOCATION$", NEW)
    )


def _to_path(path: str) -> str:
    """Return the path at which we have what the suite has under ``/gsp``."""
    path = path.replace("$LOCATION$", quote(NEW, safe=""))
    return (
        path.replace("/gsp/", "/graph/", 1) if "?" not in path else path.replace("/gsp", "/sparql-graphs", 1)
    )


def _to_data(held: dict[str, list[bytes]], place: Path) -> Data:
    """Write the texts of graphs to files; of several texts, the triples are one graph."""
    place.mkdir(parents=True)
    default: list[Path] = []
    named: list[tuple[str, Path]] = []
    for number, (graph, texts) in enumerate(held.items()):
        for part, text in enumerate(texts):
            file = place / f"graph-{number}-{part}.ttl"
            file.write_bytes(text)
            if graph:
                named.append((graph, file))
            else:
                default.append(file)
    return Data(tuple(default), tuple(named))


def _find_fault_of_refusal(client: httpx.Client, step: Step) -> str:
    if step.path == "/gsp":  # it names no graph, and none is made
        return ""
    response = client.request(step.method, _to_path(step.path), content=step.body, headers=step.headers)
    allowed = response.headers.get("Allow", "")
    is_refused = response.status_code == 405 and "GET" in allowed and step.method not in allowed
    return "" if is_refused else f"{step.method}: {response.status_code}, Allow: {allowed}"


def _find_faults_of_reading(client: httpx.Client, step: Step) -> list[str]:
    response = client.request(step.method, _to_path(step.path), headers=step.headers)
    what = f"{step.method} {step.path}"
    if response.status_code not in step.statuses:
        return [f"{what}: {response.status_code}"]
    faults = []
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    if step.due_type is not None and media_type != step.due_type.partition(";")[0]:
        faults.append(f"{what}: {media_type}")
    if step.due_body is not None and canonical_turtle(step.due_body) != canonical_turtle(response.content):
        faults.append(f"{what}: {response.text}")
    return faults


def test_service_describes_itself(tmp_path: Path) -> None:
    """The three tests of the suite are prose: RDF comes, `sd:endpoint` is right, its terms are used well."""
    with served(Data(), tmp_path) as url, httpx.Client(base_url=url, timeout=30) as client:
        for media_type, name in (("text/turtle", "turtle"), ("application/rdf+xml", "xml")):
            response = client.get("sparql", headers={"Accept": media_type})

            assert response.status_code == 200
            assert response.headers["Content-Type"].partition(";")[0] == media_type
            graph = Graph().parse(data=response.content, format=name)
            (service,) = graph.subjects(RDF.type, SD.Service)
            assert list(graph.objects(service, SD.endpoint)) == [URIRef(f"{url}sparql")]
            assert (service, SD.supportedLanguage, SD.SPARQL11Query) in graph
            assert (service, SD.resultFormat, None) in graph
            used = {term for _, term, _ in graph if str(term).startswith(SD)}
            used |= {term for term in graph.objects(None, RDF.type) if str(term).startswith(SD)}
            assert used <= _TERMS
            objects = {each for term in used - {SD.Service} for each in graph.objects(None, term)}
            assert not any(isinstance(each, Literal) for each in objects)
