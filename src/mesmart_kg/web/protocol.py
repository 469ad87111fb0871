"""The SPARQL 1.1 Protocol, its request side: an HTTP request to the query it asks (section 2.1).

Knows GET, POST with a form, POST with the query itself, and QUERY, a GET with a body. Exactly one query,
UTF-8, graphs by absolute IRI. Updates are refused by name, whichever way they come. Three parameters are of
our own: ``format``, ``timeout`` and ``release``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from werkzeug.http import parse_options_header

from mesmart_kg.engine import GraphChoice
from mesmart_kg.engine.refusal import UPDATE_REFUSED
from mesmart_kg.errors import QueryRefused, QueryTooLarge
from mesmart_kg.store import NamedNode
from mesmart_kg.web.problems import BadRequest

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
MOST_FIELDS: Final = 1000

_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|)", re.ASCII)
_MILLISECONDS_FROM: Final = 1000
"""A bare number from here on counts milliseconds, as Virtuoso's clients mean it; below it, seconds."""


@dataclass(frozen=True)
class QueryRequest:
    """A query, and what is asked of its answer.

    ``graphs`` is the dataset named beside it (None: the query's own), ``format_name`` what ``format`` says,
    ``seconds`` a deadline, ``release_id`` the release to ask (None: the one that is served), ``why`` whether
    it is to be told why nothing is found.
    """

    text: str
    graphs: GraphChoice | None = None
    format_name: str | None = None
    seconds: float | None = None
    release_id: str | None = None
    why: bool = False


def read_request(
    method: str, query_string: bytes, content_type: str, body: bytes, max_bytes: int
) -> QueryRequest | None:
    """Return what a request asks; None when a GET has no query at all, which asks for the description.

    Raises BadRequest (400, 415), QueryTooLarge and QueryRefused.
    """
    parameters = _parse(query_string)
    texts = parameters.get("query", [])
    if method in {"POST", "QUERY"}:
        media_type, options = parse_options_header(content_type)
        media_type = media_type.lower()  # RFC 9110, section 8.3.1
        if media_type == UPDATE:
            raise QueryRefused(UPDATE_REFUSED)
        if media_type == FORM:
            _check_charset(options)
            form = _parse(body)
            texts = texts + form.pop("query", [])
            parameters = {key: parameters.get(key, []) + form.get(key, []) for key in {*parameters, *form}}
        elif media_type == QUERY:
            texts = [*texts, _decode(body, options)]
        else:
            raise BadRequest(
                415,
                "unsupported-media-type",
                "Send a query as %(form)s or as %(query)s, not as %(given)s.",
                form=FORM,
                query=QUERY,
                given=media_type or "—",
            )
    if "update" in parameters:
        raise QueryRefused(UPDATE_REFUSED)
    if not texts and method in {"GET", "HEAD"}:
        return None
    if len(texts) != 1:
        raise BadRequest(
            400,
            "one-query",
            "Exactly one parameter “query” is needed; there are %(count)s.",
            count=len(texts),
        )
    # A character has four bytes at most.
    if 4 * len(texts[0]) > max_bytes and len(texts[0].encode()) > max_bytes:
        raise QueryTooLarge("the query is too long", "query", max_bytes)
    if parameters.keys() <= {"query"}:
        return QueryRequest(texts[0])
    return QueryRequest(
        texts[0],
        _read_graphs(parameters),
        _first(parameters, "format"),
        _read_seconds(_first(parameters, "timeout")),
        _first(parameters, "release"),
        _first(parameters, "why") is not None,
    )


def _first(parameters: dict[str, list[str]], name: str) -> str | None:
    return next((value for value in parameters.get(name, ()) if value), None)


def _parse(data: bytes) -> dict[str, list[str]]:
    """Return the parameters of a form or of a query string, percent-decoded."""
    parts = data.split(b"&")
    if len(parts) > MOST_FIELDS:
        raise BadRequest(
            400,
            "too-many-parameters",
            "A request may have %(most)s parameters at most.",
            most=MOST_FIELDS,
        )
    parameters: dict[str, list[str]] = {}
    try:
        for part in parts:
            name, _, value = part.partition(b"=")
            if part:
                parameters.setdefault(_unquote(name), []).append(_unquote(value))
    except UnicodeDecodeError as error:
        raise BadRequest(400, "not-utf-8", "The query is not valid UTF-8.") from error
    return parameters


def _unquote(data: bytes) -> str:
    # No library does this as it is needed here: strictly, and once for a query a client has just written.
    if b"+" in data:
        data = data.replace(b"+", b" ")
    return (unquote_to_bytes(data) if b"%" in data else data).decode()


def _check_charset(options: dict[str, str]) -> None:
    charset = options.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise BadRequest(
            415,
            "unsupported-charset",
            "Queries are read as UTF-8, not as %(charset)s.",
            charset=charset,
        )


def _decode(body: bytes, options: dict[str, str]) -> str:
    _check_charset(options)
    try:
        # A byte order mark, which some editors write, says nothing in UTF-8.
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(400, "not-utf-8", "The query is not valid UTF-8.") from error


def _read_graphs(parameters: dict[str, list[str]]) -> GraphChoice | None:
    default_graphs = tuple(dict.fromkeys(parameters.get("default-graph-uri", ())))
    named_graphs = tuple(dict.fromkeys(parameters.get("named-graph-uri", ())))
    for iri in (*default_graphs, *named_graphs):
        try:
            NamedNode(iri)
        except ValueError as error:
            raise BadRequest(
                400, "graph-name", "A graph is named by an absolute IRI, which “%(iri)s” is not.", iri=iri
            ) from error
    return GraphChoice(default_graphs, named_graphs) if default_graphs or named_graphs else None


def _read_seconds(text: str | None) -> float | None:
    """Return a deadline in seconds: ``5``, ``5s`` and ``5000ms`` are the same."""
    if text is None:
        return None
    found = _DURATION.fullmatch(text.strip())
    number = float(found[1]) if found else 0.0
    if found is None or number <= 0:
        raise BadRequest(
            400,
            "timeout",
            "“%(text)s” is no time; write it in seconds, such as 5, 0.5 or 500ms.",
            text=text[:40],
        )
    is_fine = found[2] == "ms" or (not found[2] and number >= _MILLISECONDS_FROM)
    return number / 1000 if is_fine else number
