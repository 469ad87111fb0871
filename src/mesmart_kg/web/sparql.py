"""``/sparql``: the SPARQL 1.1 Protocol, its answering side.

A query is answered in the format that the client takes; a browser gets a page with a form and a table,
which needs no script. Without a query, a browser gets the form and any other client the service
description.

A failure after the first bytes breaks the transfer: the body's iterator raises, and the server, chosen for
that, closes the connection without the mark of an end. So a cut answer never looks complete.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.engine import GraphChoice
from mesmart_kg.errors import QueryError
from mesmart_kg.formats import Format
from mesmart_kg.query_text import examine
from mesmart_kg.web.description import describe_service
from mesmart_kg.web.languages import translate
from mesmart_kg.web.negotiation import HTML, Choice, NotAcceptable, choose_format
from mesmart_kg.web.problems import BadRequest, to_problem, wants_page
from mesmart_kg.web.protocol import QueryRequest, read_request
from mesmart_kg.web.publication import published
from mesmart_kg.web.results import FIRST_QUERY, read_page

blueprint = Blueprint("sparql", __name__)

LONGEST_ADDRESS: Final = 6000
"""Characters of an address that every server, proxy and browser on the way takes."""

_RESULTS: Final = formats.RESULT_FORMATS
# Turtle first: what is sent when nothing is asked for should be what a person can read.
_GRAPHS: Final = formats.RDF_FORMATS


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
def answer() -> AnyResponse:
    """Answer a query, or describe the service."""
    asked = read_request(request, published().config.web.max_query_bytes)
    if asked is None:
        return _show_form() if wants_page() else _describe()
    choice = choose_query_format(asked)
    if choice.format is HTML:
        return _lead_to_address(asked) or _show_answer(asked)
    body = published().engine.answer(asked.text, choice.format, asked.graphs, client_has_gone())
    response = Response(body, content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    if asked.format_name:
        name = f"mesmart.{choice.format.extension}"
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def choose_query_format(asked: QueryRequest) -> Choice:
    """Return the format of a query's answer: by ``format``, else by Accept; one that suits its form."""
    offered = _suitable_formats(asked.text)
    accept = request.headers.get("Accept")
    try:
        return choose_format(accept, asked.format_name, (*offered, HTML))
    except NotAcceptable:
        if asked.format_name or examine(asked.text).form is not None:
            raise
        # The text is no query: that is what the client must be told, whatever it accepts.
        return choose_format(None, None, offered)


def _suitable_formats(query: str) -> tuple[Format, ...]:
    return _GRAPHS if examine(query).makes_graph else _RESULTS


def client_has_gone() -> Callable[[], bool]:
    """Return a function that tells whether the client of the present request has hung up.

    WSGI has no word for it; gunicorn lends the connection's socket. A client that is there sends nothing
    while it waits, so a socket with something to read and nothing in it has been closed.
    """
    connection = request.environ.get("gunicorn.socket")
    if not isinstance(connection, socket.socket):
        return lambda: False

    def has_gone() -> bool:
        try:
            return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    return has_gone


def _describe() -> Response:
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), (*_GRAPHS, HTML))
    if choice.format is HTML:
        return _show_form()
    if not request.host:  # the description names the endpoint by the address that was asked
        raise BadRequest(400, "host", translate("The request names no valid host."))
    publication = published()
    body = describe_service(
        request.base_url,
        publication.release.manifest.figures,
        choice.format,
    )
    response = Response(body, content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    return response


def _show_form() -> Response:
    page = render_template("sparql.html", query=FIRST_QUERY, page=None, problem=None, formats=_RESULTS)
    return _as_page(page, 200)


def _lead_to_address(asked: QueryRequest) -> AnyResponse | None:
    """Lead from the form, which posts since a query may be long, to the answer's address; None if too long.

    So what a person asks can be passed on, and asked again without a word about sending twice.
    """
    if request.method != "POST":
        return None
    graphs = asked.graphs or GraphChoice()
    parameters: dict[str, Any] = {
        "query": asked.text,
        "format": asked.format_name,
        "lang": request.args.get("lang"),
        "default-graph-uri": graphs.default_graphs,
        "named-graph-uri": graphs.named_graphs,
    }
    address = url_for("sparql.answer", **parameters)
    return redirect(address, 303) if len(address) <= LONGEST_ADDRESS else None


def _show_answer(asked: QueryRequest) -> Response:
    """Show the form with the answer below it, or with what is wrong with the query."""
    shown, problem, status = None, None, 200
    try:
        shown = read_page(published().engine, asked.text, asked.graphs, published().config.site.base_iri)
    except QueryError as error:
        problem = to_problem(error)
        status = problem.status
    page = render_template(
        "sparql.html", query=asked.text, page=shown, problem=problem, formats=_suitable_formats(asked.text)
    )
    return _as_page(page, status)


def _as_page(page: str, status: int) -> Response:
    response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers["Vary"] = "Accept, Accept-Language"
    return response
