"""The SPARQL 1.1 Graph Store HTTP Protocol, reading: a request to the graph that it names.

Directly, by the graph's own IRI (section 4.1): ``/graph/source/oasc`` is the graph under that path of the
base IRI, on whatever host it is asked for. Indirectly (section 4.2): ``?graph=IRI`` or ``?default``.

Pure: nothing is asked here. A request is read (:func:`read_graph_request`), then turned into a query of the
release that it is about (:func:`to_query`). Which graphs there are is told by the release's manifest, so that
an unknown one costs no worker. A graph that holds nothing is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.urls import uri_to_iri

from mesmart_kg import formats
from mesmart_kg.engine import GraphChoice
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import NamedNode
from mesmart_kg.web.negotiation import HTML, NotAcceptable, choose_format
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.protocol import QueryRequest

if TYPE_CHECKING:
    from mesmart_kg.release import Release

INDIRECT: Final = "/sparql-graphs"
DIRECT: Final = "/graph/"
METHODS: Final = ("GET", "HEAD", "OPTIONS")

ALL_TRIPLES: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
"""What is asked of whichever graph: the graph is named beside the query, so no text is put together."""

_MOST_FIELDS: Final = 100
_MOST_SHOWN: Final = 200


@dataclass(frozen=True)
class GraphRequest:
    """A graph to give.

    ``iris`` are the IRIs that the request may mean, the likeliest first; none for the default graph.
    ``format_name`` is what ``format`` says, ``release_id`` the release to ask (None: the one that is served).
    """

    iris: tuple[str, ...]
    format_name: str | None = None
    release_id: str | None = None


def is_graph_path(path: str) -> bool:
    """Tell whether a path, percent-encoded as it was sent, is one that :func:`read_graph_request` reads."""
    return path == INDIRECT or (path.startswith(DIRECT) and len(path) > len(DIRECT))


def read_graph_request(method: str, path: str, query_string: str, base_iri: str) -> GraphRequest:
    """Return which graph a request asks for.

    ``path`` and ``query_string`` are percent-encoded, as sent. Raises MethodNotAllowed (405) for what
    would write, BadRequest (400) where no graph or more than one is named.
    """
    if method not in METHODS:
        raise MethodNotAllowed(METHODS)
    parameters = _parse(query_string)
    iris = parameters.get("graph", [])
    named = len(iris) + ("default" in parameters)
    if named != (path == INDIRECT):
        raise BadRequest(
            400,
            "one-graph",
            "Name exactly one graph: “graph” with its IRI, or “default” for the default graph.",
        )
    if path != INDIRECT:
        iri = base_iri + path.removeprefix("/")
        # Letters beyond ASCII come percent-encoded, and stand as themselves in the name of the graph.
        iris = [iri, uri_to_iri(iri)]
    elif iris:
        _check(iris[0])
    return GraphRequest(tuple(iris), _first(parameters, "format"), _first(parameters, "release"))


def wants_page(request: GraphRequest, accept: str | None) -> bool:
    """Tell whether a client likes a page about the graph better than the graph: a browser does."""
    if request.format_name is None and "html" not in (accept or ""):
        return False
    try:
        return choose_format(accept, request.format_name, (*formats.RDF_FORMATS, HTML)).format is HTML
    except NotAcceptable:
        return False


def to_query(request: GraphRequest, release: Release, base_iri: str) -> QueryRequest:
    """Return the query that yields the triples of the graph. Raises ResourceNotFound for an unknown one."""
    choice = None
    if request.iris:
        graphs = release.manifest.figures["graphs"]
        # The graph of the metadata is made after the others were counted; a preview has none.
        metadata = None if release.is_preview else GraphNames(base_iri).metadata
        found = next((iri for iri in request.iris if iri in graphs or iri == metadata), None)
        if found is None:
            raise ResourceNotFound("there is no such graph")
        choice = GraphChoice((found,))
    return QueryRequest(ALL_TRIPLES, choice, request.format_name, release_id=request.release_id)


def _parse(query_string: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query_string, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise BadRequest(400, "not-utf-8", "The address is not valid UTF-8.") from error
    except ValueError as error:
        raise BadRequest(
            400,
            "too-many-parameters",
            "A request may have %(most)s parameters at most.",
            most=_MOST_FIELDS,
        ) from error


def _first(parameters: dict[str, list[str]], name: str) -> str | None:
    return next((value for value in parameters.get(name, ()) if value), None)


def _check(iri: str) -> None:
    try:
        NamedNode(iri)
    except ValueError as error:
        raise BadRequest(
            400,
            "graph-name",
            "A graph is named by an absolute IRI, which “%(iri)s” is not.",
            iri=iri[:_MOST_SHOWN],
        ) from error
