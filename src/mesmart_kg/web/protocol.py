"""The SPARQL 1.1 Protocol, its request side: an HTTP request to the query it asks (section 2.1).

Knows GET, POST with a form, POST with the query itself, and QUERY, a GET with a body.
Exactly one query, UTF-8, graphs by absolute IRI. Updates are refused by name, whichever way they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request

from mesmart_kg.engine import GraphChoice
from mesmart_kg.engine.refusal import UPDATE_REFUSED
from mesmart_kg.errors import QueryRefused
from mesmart_kg.store import NamedNode
from mesmart_kg.web.arrival import receive
from mesmart_kg.web.languages import translate
from mesmart_kg.web.problems import BadRequest

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
MOST_FIELDS: Final = 1000


@dataclass(frozen=True)
class QueryRequest:
    """A query, the dataset named beside it (None: the query's own), and the format named by ``format``."""

    text: str
    graphs: GraphChoice | None
    format_name: str | None


def read_request(request: Request, max_bytes: int) -> QueryRequest | None:
    """Return what a request asks; None when a GET has no query at all, which asks for the description.

    Raises BadRequest (400, 413, 414, 415), with words in the reader's language, and QueryRefused.
    """
    parameters = _parse(request.query_string.decode("latin-1"))
    texts = parameters.get("query", [])
    if request.method in {"POST", "QUERY"}:
        media_type = request.mimetype
        if media_type == UPDATE:
            raise QueryRefused(UPDATE_REFUSED)
        if media_type == FORM:
            form = _parse(_read_body(request, max_bytes))
            texts = texts + form.pop("query", [])
            parameters = {key: parameters.get(key, []) + form.get(key, []) for key in {*parameters, *form}}
        elif media_type == QUERY:
            texts = [*texts, _read_body(request, max_bytes)]
        else:
            raise BadRequest(
                415,
                "unsupported-media-type",
                translate(
                    "Send a query as %(form)s or as %(query)s, not as %(given)s.",
                    form=FORM,
                    query=QUERY,
                    given=media_type or "—",
                ),
            )
    if "update" in parameters:
        raise QueryRefused(UPDATE_REFUSED)
    if not texts and request.method in {"GET", "HEAD"}:
        return None
    if len(texts) != 1:
        message = translate("Exactly one parameter “query” is needed; there are %(count)s.", count=len(texts))
        raise BadRequest(400, "one-query", message)
    if len(texts[0].encode()) > max_bytes:
        raise _too_long(414 if request.method in {"GET", "HEAD"} else 413, max_bytes)
    names = [name for name in parameters.get("format", []) if name]
    return QueryRequest(texts[0], _read_graphs(parameters), names[0] if names else None)


def _parse(text: str) -> dict[str, list[str]]:
    """Return the parameters of a form or of a query string, percent-decoded."""
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise BadRequest(400, "not-utf-8", translate("The query is not valid UTF-8.")) from error
    except ValueError as error:
        message = translate("A request may have %(most)s parameters at most.", most=MOST_FIELDS)
        raise BadRequest(400, "too-many-parameters", message) from error


def _read_body(request: Request, max_bytes: int) -> str:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        message = translate("Queries are read as UTF-8, not as %(charset)s.", charset=charset)
        raise BadRequest(415, "unsupported-charset", message)
    try:
        # A byte order mark, which some editors write, says nothing in UTF-8.
        return receive(request).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(400, "not-utf-8", translate("The query is not valid UTF-8.")) from error
    except RequestEntityTooLarge as error:
        raise _too_long(413, max_bytes) from error
    except ClientDisconnected as error:
        message = translate("The body of the request broke off, or is malformed.")
        raise BadRequest(400, "body-incomplete", message) from error


def _too_long(status: int, max_bytes: int) -> BadRequest:
    message = translate("A query may have %(most)s bytes at most.", most=max_bytes)
    return BadRequest(status, "query-too-long", message)


def _read_graphs(parameters: dict[str, list[str]]) -> GraphChoice | None:
    default_graphs = tuple(dict.fromkeys(parameters.get("default-graph-uri", [])))
    named_graphs = tuple(dict.fromkeys(parameters.get("named-graph-uri", [])))
    for iri in (*default_graphs, *named_graphs):
        try:
            NamedNode(iri)
        except ValueError as error:
            message = translate("A graph is named by an absolute IRI, which “%(iri)s” is not.", iri=iri)
            raise BadRequest(400, "graph-name", message) from error
    return GraphChoice(default_graphs, named_graphs) if default_graphs or named_graphs else None
