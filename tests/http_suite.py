"""The W3C's suites of HTTP: what a manifest says in ``ht:`` and ``cnt:``, as requests and responses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse
from rdflib import RDF, RDFS, Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node
from sparql_suite import MF

HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")

_CODES = {
    "OK": {200},
    "Created": {201},
    "NoContent": {204},
    "NotFound": {404},
    **{f"StatusCode{digit}xx": set(range(digit * 100, digit * 100 + 100)) for digit in (2, 3, 4)},
}


@dataclass(frozen=True)
class Step:
    """A request, and what its response has to be; bodies are None where the manifest has none."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    statuses: frozenset[int]
    boolean: bool | None
    format: str
    due_type: str | None
    due_body: bytes | None

    @property
    def is_reading(self) -> bool:
        return self.method in {"GET", "HEAD"}


@dataclass(frozen=True)
class HttpTest:
    """A test of a manifest: its IRI, and where it stands."""

    iri: str
    node: Node
    graph: Graph

    @property
    def name(self) -> str:
        return self.iri.rpartition("#")[2]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The requests in their order."""
        action = self.graph.value(self.node, MF.action)
        requests = self.graph.value(action, HT.requests)
        assert requests is not None
        return tuple(_read_step(self.graph, node) for node in Collection(self.graph, requests))

    def graphs(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """Yield the named graphs that a server has to hold before, and their files."""
        for data in self.graph.objects(self.node, UT.graphData):
            file = str(self.graph.value(data, UT.graph)).rpartition("/")[2]
            yield str(self.graph.value(data, RDFS.label)), folder / file


def read_http_tests(file: Path) -> list[HttpTest]:
    """Read the tests of a manifest by their kind: its own list leaves out head_non_existing_direct."""
    graph = Graph().parse(file, publicID=file.as_uri(), format="turtle")
    kinds = (MF.ProtocolTest, MF.GraphStoreProtocolTest)
    return [HttpTest(str(node), node, graph) for kind in kinds for node in graph.subjects(RDF.type, kind)]


def _read_step(graph: Graph, node: Node) -> Step:
    response = graph.value(node, HT.resp)
    boolean = graph.value(response, MF.expectedBoolean)
    statuses = set().union(
        *(_CODES[str(each).rpartition("#")[2]] for each in graph.objects(response, MF.expectedStatus))
    )
    return Step(
        str(graph.value(node, HT.methodName)),
        str(graph.value(node, HT.absolutePath)),
        _read_headers(graph, node),
        _read_body(graph, node),
        frozenset(statuses),
        None if boolean is None else str(boolean) == "true",
        str(graph.value(response, MF.expectedFormat) or ""),
        _read_headers(graph, response).get("content-type"),
        _read_body(graph, response),
    )


def _read_headers(graph: Graph, node: Node | None) -> dict[str, str]:
    fields = graph.value(node, HT.headers)
    return {
        str(graph.value(field, HT.fieldName)).lower(): str(graph.value(field, HT.fieldValue))
        for field in (Collection(graph, fields) if isinstance(fields, Node) else ())
    }


def _read_body(graph: Graph, node: Node | None) -> bytes | None:
    body = graph.value(node, HT.body)
    if body is None:
        return None
    charset = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    return str(graph.value(body, CNT.chars) or "").encode(charset)


def canonical_turtle(text: bytes) -> str:
    """Return a graph so that equal texts are isomorphic graphs."""
    dataset = Dataset(parse(text, format=RdfFormat.TURTLE, base_iri="http://www.example/"))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return "\n".join(sorted(map(str, dataset)))
