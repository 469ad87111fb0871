"""An error to RFC 9457 for programs, to a page for people: once, here, for the whole site.

Problem types are URNs of ours: ``urn:mesmart:problem:query-timeout`` and so on. Beside the standard members
a document may hold ``line`` and ``column`` (of a syntax error, from 1), ``limit`` and ``value`` (which
limit was passed, and how much it allows), ``formats`` (media types on offer).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from mesmart_kg import formats
from mesmart_kg.engine.refusal import SERVICE_REFUSED, UPDATE_REFUSED
from mesmart_kg.engine.workers import PREFIX_UNKNOWN, TEXT_STOPS
from mesmart_kg.errors import (
    EngineUnavailable,
    MesmartError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    ReleaseDamaged,
    ReleaseNotFound,
    ResourceNotFound,
)
from mesmart_kg.formats import Format
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.negotiation import HTML, NotAcceptable, choose_format
from mesmart_kg.web.publication import published

PROBLEM_JSON = Format(
    "problem", "Problem", "application/problem+json", "json", "", ("application/json", "application/*")
)


@dataclass(frozen=True)
class Problem:
    """An error as it is told: HTTP status, kind, title and detail in the reader's language, further facts."""

    status: int
    kind: str
    title: str
    detail: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int | None = None

    def to_json(self) -> str:
        members = {
            "type": f"urn:mesmart:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        return json.dumps(members | dict(self.facts), ensure_ascii=False) + "\n"


class BadRequest(MesmartError):
    """The request breaks the protocol; status and kind say how, the message is in the reader's language."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def to_problem(error: Exception) -> Problem:
    """Return how an error is told; of one that nobody foresaw, only that the fault is ours."""
    match error:
        case QuerySyntaxError():
            place = {"line": error.line, "column": error.column} if error.line else {}
            detail = _say(str(error))
            if error.line:
                detail = translate(
                    "Line %(line)s, column %(column)s: %(message)s",
                    line=error.line,
                    column=error.column,
                    message=detail,
                )
            return Problem(400, "query-syntax", translate("This is not a valid SPARQL query"), detail, place)
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
        case QueryTooLarge(limit="memory"):
            detail = translate(
                "The query was ended because it needed too much memory. Join patterns by a shared variable, "
                "and sort or group fewer rows. Or download the data and ask at home."
            )
            return Problem(
                503, "query-too-large", translate("The query is too large"), detail, {"limit": "memory"}, 10
            )
        case QueryTooLarge(limit="depth"):
            detail = translate("The query nests its expressions or groups too deeply. Write it flatter.")
            return Problem(
                413, "query-too-large", translate("The query is too large"), detail, {"limit": "depth"}
            )
        case QueryTooLarge():
            detail = translate("The answer is larger than this service gives at once. Ask for less of it.")
            facts = {"limit": error.limit}
            return Problem(413, "query-too-large", translate("The query is too large"), detail, facts)
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
            return Problem(error.status, error.kind, translate("This request can't be answered"), str(error))
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


def _say(message: str) -> str:
    """Return a message of the engine in the reader's language; what its parser says is in English only."""
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


def _http_problem(error: HTTPException) -> Problem:
    status = error.code or 500
    if status == 404:
        return to_problem(ResourceNotFound())
    if status == 413:
        most = published().config.web.max_query_bytes
        detail = translate("A query may have %(most)s bytes at most.", most=most)
        facts = {"limit": "query", "value": most}
        return Problem(413, "query-too-long", translate("The query is too long"), detail, facts)
    if status == 405:
        detail = translate("This address does not take the method %(method)s.", method=request.method)
        return Problem(405, "method-not-allowed", translate("Not that way"), detail)
    name = HTTPStatus(status).phrase
    return Problem(status, name.lower().replace(" ", "-"), name, error.description or name)


def register(app: Flask) -> None:
    """Answer every error of the application, of whatever kind, by a problem document or a page."""

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
    if wants_page():
        response = make_response(render_template("problem.html", problem=problem), problem.status)
    else:
        response = Response(problem.to_json(), problem.status, content_type=PROBLEM_JSON.media_type)
    response.headers["Content-Language"] = language()
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
