"""An error to RFC 9457 for programs, to a page for people: once, here, for the whole site.

Problem types are URNs of ours: ``urn:mesmart:problem:query-timeout`` and so on. Beside the standard members
a document may hold

* of a syntax error: ``line`` and ``column`` (from 1, in characters), ``word`` (what can't stand there, as
  typed), ``source`` and ``marker`` (the line, and carets to write below it), ``remedy`` (what to do),
  ``corrected`` (the whole query as it should be, where that is known);
* ``limit`` and ``value``: which limit was passed, and how much it allows (seconds, bytes, rows, queries);
* ``formats``: media types on offer; ``service``: the endpoint that a SERVICE clause named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from babel.numbers import format_decimal
from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, PreconditionFailed

from mesmart_kg import formats
from mesmart_kg.engine.evaluation import FUNCTION_UNKNOWN, PREFIX_UNKNOWN, TEXT_STOPS
from mesmart_kg.engine.refusal import SERVICE_REFUSED, UPDATE_REFUSED
from mesmart_kg.errors import (
    EngineBusy,
    EngineUnavailable,
    MesmartError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    ReleaseDamaged,
    ReleaseNotFound,
    ResourceGone,
    ResourceNotFound,
    ServiceFailed,
    TooManyRequests,
)
from mesmart_kg.formats import Format
from mesmart_kg.web.explanations import SyntaxHelp, word_syntax
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.negotiation import HTML, NotAcceptable, choose_format
from mesmart_kg.web.publication import published
from mesmart_kg.web.words import to_size

PROBLEM_JSON = Format(
    "problem", "Problem", "application/problem+json", "json", "", ("application/json", "application/*")
)


ERROR = "mesmart.error"
"""Under this key of the WSGI environment stands an error that is only to be told."""

_NOT_ALLOWED: Final = re.compile(r"SERVICE <([^>]*)> is refused: this endpoint asks only those")


@dataclass(frozen=True)
class Problem:
    """An error as it is told: HTTP status, kind, title and detail in the reader's language, further facts.

    ``help`` explains a syntax error to people; what programs need of it is among the facts.
    """

    status: int
    kind: str
    title: str
    detail: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int | None = None
    help: SyntaxHelp | None = None

    def to_json(self) -> str:
        members = {
            "type": f"urn:mesmart:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        return json.dumps(members | dict(self.facts), ensure_ascii=False) + "\n"


class BadRequest(MesmartError):
    """The request breaks the protocol; status and kind say how.

    The message is an id of the translations, the English words themselves, into which the values are put:
    it may arise where no language is known yet.
    """

    def __init__(self, status: int, kind: str, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.status = status
        self.kind = kind
        self.message = message
        self.values = values


def to_problem(error: Exception) -> Problem:
    """Return how an error is told; of one that nobody foresaw, only that the fault is ours."""
    match error:
        case QuerySyntaxError():
            return _syntax_problem(error)
        case QueryRefused():
            return Problem(403, "query-refused", translate("This is not done here"), _say(str(error)))
        case QueryTimeout():
            detail = translate(
                "The query was ended after %(seconds)s seconds. Narrow it down: name a class or a property, "
                "join patterns by a shared variable, add a LIMIT. Or download the data and ask at home.",
                seconds=f"{error.seconds:g}",
            )
            facts = {"limit": "seconds", "value": error.seconds}
            return Problem(503, "query-timeout", translate("The query takes too long"), detail, facts, 10)
        case QueryTooLarge():
            return _size_problem(error)
        case ServiceFailed():
            return _service_problem(error)
        case EngineBusy():
            waiting = published().config.engine.queue
            facts = {"limit": "queue", "value": waiting}
            detail = translate(
                "Too many queries are waiting: %(most)s may. Try again in a few seconds, and send your own "
                "one after the other.",
                most=_count(waiting),
            )
            return Problem(503, "engine-busy", translate("No answer just now"), detail, facts, 5)
        case TooManyRequests():
            facts = {"limit": "requests", "value": error.limit, "window": error.window}
            detail = translate(
                "One client may have %(most)s queries computed in %(window)s s. Try again in %(seconds)s s. "
                "An answer that you have had, asked again with If-None-Match, does not count; and all the "
                "data can be downloaded.",
                most=_count(error.limit),
                window=error.window,
                seconds=error.retry_after,
            )
            # Retry-After goes out with the fields that tell the limit: ``rates``.
            return Problem(429, "too-many-requests", translate("Too many queries"), detail, facts)
        case EngineUnavailable():
            detail = translate("The data can't be queried at this moment. Try again in a few seconds.")
            return Problem(503, "engine-unavailable", translate("No answer just now"), detail, {}, 5)
        case NotAcceptable():
            media_types = [each.media_type for each in error.formats]
            detail = translate(
                "“%(wanted)s” is not on offer. Choose one of: %(formats)s.",
                wanted=error.wanted,
                formats=", ".join(media_types),
            )
            return Problem(
                406, "not-acceptable", translate("No such format"), detail, {"formats": media_types}
            )
        case BadRequest():
            return Problem(
                error.status,
                error.kind,
                translate("This request can't be answered"),
                translate(error.message, **error.values),
            )
        case ResourceGone():
            detail = translate("What was here has been withdrawn on %(day)s.", day=error.since[:10])
            facts = {"since": error.since, "replacedBy": list(error.replaced_by)}
            return Problem(410, "gone", translate("No longer here"), detail, facts)
        case ReleaseNotFound() | ResourceNotFound():
            detail = translate(
                "There is nothing at this address. It may never have been, or have been removed."
            )
            return Problem(404, "not-found", translate("Nothing here"), detail)
        case ReleaseDamaged():
            detail = translate("A file of this release is missing or damaged. We have noted it.")
            return Problem(503, "release-damaged", translate("No answer just now"), detail)
        case HTTPException():
            return _http_problem(error)
        case _:
            detail = translate("The fault is ours. It has been noted; please tell us what you did.")
            return Problem(500, "fault", translate("Something went wrong"), detail)


def _syntax_problem(error: QuerySyntaxError) -> Problem:
    title = translate("This is not a valid SPARQL query")
    if not error.query:  # a parameter of a named query, say: there is no text to point at
        return Problem(400, "query-syntax", title, _say(str(error)))
    here = published()
    found = word_syntax(error, here.release, here.config.site.base_iri)
    place = found.place
    facts = {
        "line": place.line,
        "column": place.column,
        "word": place.word,
        "source": place.source,
        "marker": place.marker,
        "remedy": found.remedy or None,
        "corrected": found.corrected,
    }
    detail = translate(
        "Line %(line)s, column %(column)s: %(message)s",
        line=place.line,
        column=place.column,
        message=_say(found.detail),
    )
    return Problem(
        400,
        "query-syntax",
        title,
        detail,
        {key: value for key, value in facts.items() if value is not None},
        help=found,
    )


def _service_problem(error: ServiceFailed) -> Problem:
    """Return which endpoint that SERVICE names failed; its address and its words are not passed on."""
    title = translate("Another endpoint did not answer")
    facts: dict[str, Any] = {"service": error.service}
    if error.seconds is not None:
        detail = translate(
            "The endpoint %(service)s, which SERVICE names, took longer than %(seconds)s seconds. Ask it for "
            "less, or write SERVICE SILENT to do without it.",
            service=error.service,
            seconds=f"{error.seconds:g}",
        )
        facts |= {"limit": "service", "value": error.seconds}
        return Problem(504, "service-timeout", title, detail, facts)
    detail = translate(
        "The endpoint %(service)s, which SERVICE names, gave no usable answer. Try again later, or write "
        "SERVICE SILENT to do without it.",
        service=error.service,
    )
    return Problem(502, "service-failed", title, detail, facts)


def _size_problem(error: QueryTooLarge) -> Problem:
    """Return which limit of size was passed, how much it allows, and how to stay below it."""
    facts = {"limit": error.limit} | ({} if error.value is None else {"value": error.value})
    most = _count(error.value or 0)
    too_large = translate("The query is too large")
    match error.limit:
        case "memory":
            detail = translate(
                "The query was ended because it needed too much memory: more than %(most)s. Join patterns by "
                "a shared variable, and sort or group fewer rows. Or download the data and ask at home.",
                most=to_size(error.value or 0),
            )
            return Problem(503, "query-too-large", too_large, detail, facts, 10)
        case "depth":
            detail = translate(
                "The query nests its groups or brackets more than %(most)s deep. Write it flatter.", most=most
            )
            return Problem(413, "query-too-large", too_large, detail, facts)
        case "query":
            detail = translate(
                "A query may have %(most)s bytes at most. Leave out what is not needed, such as long VALUES, "
                "or ask in several queries.",
                most=most,
            )
            return Problem(413, "query-too-long", translate("The query is too long"), detail, facts)
        case "rows":
            detail = translate(
                "As XLSX or GeoJSON an answer may have %(most)s rows at most. Add a LIMIT, or take it as CSV "
                "or JSON, which have no such limit.",
                most=most,
            )
            return Problem(413, "answer-too-large", translate("The answer is too large"), detail, facts)
        case "service-rows" | "service-size":
            is_size = error.limit == "service-size"
            detail = translate(
                "Another endpoint, named by SERVICE, may answer with %(most)s at most. Ask it for less: name "
                "a class or a property, or add a subquery with a LIMIT.",
                most=to_size(error.value or 0) if is_size else translate("%(count)s rows", count=most),
            )
            return Problem(413, "answer-too-large", translate("The answer is too large"), detail, facts)
        case _:
            detail = translate(
                "An answer may have %(most)s at most. Ask for fewer columns, add LIMIT and OFFSET, or "
                "download the data.",
                most=to_size(error.value or 0),
            )
            return Problem(413, "answer-too-large", translate("The answer is too large"), detail, facts)


def _say(message: str) -> str:
    """Return a message of the engine in the reader's language; what its parser says is in English only."""
    refused = _NOT_ALLOWED.match(message)
    if refused:
        return translate(
            "SERVICE <%(iri)s> is refused: this endpoint asks only those that its operator allows. Ask the "
            "operator to add it, or ask both from your side.",
            iri=refused[1],
        )
    if message.startswith(FUNCTION_UNKNOWN):
        name = message.removeprefix(FUNCTION_UNKNOWN).strip()
        return translate("The function %(name)s is not known here.", name=name)
    known = {
        UPDATE_REFUSED: translate("This endpoint answers queries; it takes no updates."),
        SERVICE_REFUSED: translate(
            "SERVICE is refused: this endpoint never asks another one. Ask both from your side, or download "
            "the data."
        ),
        PREFIX_UNKNOWN: translate("this prefix is not declared"),
        TEXT_STOPS: translate("the text can't go on like this; is a sign missing or misplaced?"),
    }
    return known.get(message, message)


def _count(number: int) -> str:
    text: str = format_decimal(number, locale=language())
    return text


def _http_problem(error: HTTPException) -> Problem:
    status = error.code or 500
    if status == 404:
        return to_problem(ResourceNotFound())
    if status == 413:
        return to_problem(QueryTooLarge(str(error), "query", published().config.web.max_query_bytes))
    if status == 405:
        detail = translate("This address does not take the method %(method)s.", method=request.method)
        return Problem(405, "method-not-allowed", translate("Not that way"), detail)
    name = HTTPStatus(status).phrase
    return Problem(status, name.lower().replace(" ", "-"), name, error.description or name)


def register(app: Flask) -> None:
    """Answer every error of the application, of whatever kind, by a problem document or a page.

    An error from outside of the application, which ``environ`` brings, is raised first of all: so all are
    told in the same way. To be called once the reader's language is known for each request.
    """

    @app.before_request
    def raise_what_came() -> None:
        """Raise what went wrong before Flask was asked: errors are told here, wherever they arise."""
        error = request.environ.get(ERROR)
        if error is not None:
            raise error

    @app.after_request
    def tell_failed_condition(response: Response) -> Response:
        """Say in a body what werkzeug says by the status alone."""
        return respond(to_problem(PreconditionFailed())) if response.status_code == 412 else response

    @app.errorhandler(Exception)
    def answer(error: Exception) -> Response:
        if isinstance(error, HTTPException) and (error.code or 500) < 400:
            return Response(status=error.code, headers=list(error.get_headers()))
        problem = to_problem(error)
        if problem.status >= 500 and not isinstance(error, MesmartError):
            app.logger.exception("unforeseen error")
        elif isinstance(error, ReleaseDamaged):
            app.logger.error("%s", error)
        response = respond(problem)
        if isinstance(error, HTTPException) and problem.status == 405:
            response.headers.extend(
                [(key, value) for key, value in error.get_headers() if key.lower() == "allow"]
            )
        return response


def respond(problem: Problem) -> Response:
    """Return the response that tells a problem, as a page or as a document, whichever the client takes."""
    # A page links to others, and where the host's name is none there is no address to link to.
    if wants_page() and not isinstance(request.routing_exception, BadHost):
        response = make_response(render_template("problem.html", problem=problem), problem.status)
    else:
        response = Response(problem.to_json(), problem.status, content_type=PROBLEM_JSON.media_type)
    response.headers["Content-Language"] = language()
    response.headers["Vary"] = "Accept, Accept-Language"
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def wants_page() -> bool:
    """Tell whether the client is a person's browser: one that names HTML and prefers it."""
    if request.args.get("format") not in {None, "", "html"}:
        return False
    accept = request.headers.get("Accept")
    if not accept or "html" not in accept:
        return False
    offered = (formats.RESULTS_JSON, PROBLEM_JSON, HTML)
    try:
        return choose_format(accept, None, offered).format is HTML
    except NotAcceptable:
        return False
