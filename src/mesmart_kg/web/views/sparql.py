"""``/sparql`` for people: a form, the answer below it, what is wrong with a query, why it finds nothing.

None of it needs a script; for the script that makes a workbench of it there are two addresses more: what can
be completed, and a query as programs would send it. Programs' queries are answered by ``endpoint`` before
they come here; what comes is a query that wants a page, one that asks ``why`` (for people a page, for
programs JSON), and no query at all, which asks for the form or for the service description.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.engine import Call, Engine, GraphChoice, Terms
from mesmart_kg.errors import QueryError
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.query_text import examine
from mesmart_kg.web import calls
from mesmart_kg.web.completion import to_completion
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.endpoint import FOR_EVER
from mesmart_kg.web.explanations import EmptyHelp, ask_why, find_unknown_terms
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import absolute
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.problems import BadRequest, to_problem, wants_page
from mesmart_kg.web.protocol import QueryRequest, read_request
from mesmart_kg.web.publication import published
from mesmart_kg.web.query_groups import group_queries
from mesmart_kg.web.results import FIRST_QUERY, Page, read_page
from mesmart_kg.web.self_description import send_description
from mesmart_kg.web.snippets import Snippet, to_snippets
from mesmart_kg.web.workbench import LONGEST_ADDRESS, read_leaf, to_settings

blueprint = Blueprint("sparql", __name__)

_FORM: Final = "sparql form"

_RESULTS: Final = formats.RESULT_FORMATS
# Turtle first: what is sent when nothing is asked for should be what a person can read.
_GRAPHS: Final = formats.RDF_FORMATS


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
def answer() -> AnyResponse:
    """Answer a person's query, or describe the service."""
    asked = read_request(
        request.method,
        request.query_string,
        request.headers.get("Content-Type", ""),
        request.get_data(cache=False),
        published().config.web.max_query_bytes,
    )
    if asked is None:
        return _describe()
    if asked.why and not wants_page():
        return _tell_why(asked)
    return _lead_to_address(asked) or _show_answer(asked)


@blueprint.get("/-/completion.json")
def completion() -> AnyResponse:
    """Give what the editor can complete; of a release that is named, it never changes."""
    here = published()
    told = to_completion(here.release, here.config.site.base_iri, here.glossary.name)
    response = Response(json.dumps(told, ensure_ascii=False), content_type="application/json")
    is_lasting = request.args.get("release") == here.release.id and "v" in request.args
    response.headers["Cache-Control"] = (
        FOR_EVER if is_lasting else f"public, max-age={here.config.web.max_age}"
    )
    return response


@blueprint.post("/-/snippets")
def snippets() -> AnyResponse:
    """Give a query as programs would send it; the query is the body."""
    query = request.get_data(cache=False).decode("utf-8", "replace")
    made = to_snippets(query, absolute(url_for("sparql.answer")))
    return Response(
        json.dumps([vars(each) for each in made], ensure_ascii=False), content_type="application/json"
    )


def terms(asked: QueryRequest) -> Terms:
    """Return the terms on which the present client asks a query."""
    return Terms(request.environ.get("mesmart.client", ""), asked.seconds)


def _suitable_formats(query: str, page: Page | None) -> tuple[Format, ...]:
    """Return the formats to offer for an answer: as a map only what has places, as a table only rows."""
    if page is None or page.rows is None:
        return _GRAPHS if examine(query).makes_graph else _RESULTS
    maps = (formats.RESULTS_GEOJSON,) if page.is_placed else ()
    return (*_RESULTS, formats.RESULTS_XLSX, *maps)


def _describe() -> Response:
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), (*_GRAPHS, HTML))
    return _show_form() if choice.format is HTML else send_description(choice)


def _show_form() -> Response:
    if (same := unchanged(_FORM)) is not None:
        return same
    return finish(_as_page(_render(query=FIRST_QUERY, page=None, problem=None), 200), _FORM)


def _render(**values: Any) -> str:
    here = published()
    return render_template(
        "sparql.html",
        groups=group_queries(here.queries),
        prefixes=list(PREFIXES.items()),
        workbench=to_settings(),
        crumbs=[(translate("Ask in SPARQL"), None)],
        **values,
    )


def _lead_to_address(asked: QueryRequest) -> AnyResponse | None:
    """Lead from the form, which posts since a query may be long, to the answer's address; None if too long.

    So what a person asks can be passed on, and asked again without a word about sending twice.
    """
    if request.method != "POST":
        return None
    parameters = {"query": asked.text, "lang": request.args.get("lang"), **_conditions(asked)}
    if asked.why:
        parameters["why"] = 1
    address = url_for("sparql.answer", **parameters)
    return redirect(address, 303) if len(address) <= LONGEST_ADDRESS else None


def _conditions(asked: QueryRequest) -> dict[str, Any]:
    """Return the parameters that a query was asked with, as they are written."""
    graphs = asked.graphs or GraphChoice()
    given = {
        "format": asked.format_name,
        "timeout": None if asked.seconds is None else f"{asked.seconds * 1000:.0f}ms",
        "release": asked.release_id,
        "default-graph-uri": graphs.default_graphs,
        "named-graph-uri": graphs.named_graphs,
    }
    return {name: value for name, value in given.items() if value}


def _show_answer(asked: QueryRequest) -> Response:
    """Show the form with the answer below it, or with what is wrong with the query."""
    here = published()
    shown, problem, why, unknown, status = None, None, None, tuple[str, ...](), 200
    programs: tuple[Snippet, ...] = ()
    called: list[Call] = []
    engine = _engine(asked)
    try:
        shown = read_page(
            engine,
            asked.text,
            asked.graphs,
            here.config.site.base_iri,
            replace(terms(asked), tell=called.append),
            read_leaf(),
        )
        programs = to_snippets(asked.text, absolute(url_for("sparql.answer")))
        if asked.why:
            why = _explain(asked)
        elif shown.is_empty:
            unknown = find_unknown_terms(asked.text, asked.graphs, here.release)
    except QueryError as error:
        problem = to_problem(error)
        status = problem.status
    page = _render(
        query=asked.text,
        page=shown,
        problem=problem,
        why=why,
        unknown=unknown,
        programs=programs,
        conditions=_conditions(asked),
        calls=calls.to_shown(called),
        formats=_suitable_formats(asked.text, shown),
    )
    response = _as_page(page, status)
    if called:
        response.headers[calls.NAME] = calls.to_header(called)
    if problem is not None and problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _tell_why(asked: QueryRequest) -> Response:
    """Tell a program why a query finds nothing. Raises what is wrong with the query itself."""
    suitable = formats.TURTLE if examine(asked.text).makes_graph else formats.RESULTS_JSON
    _engine(asked).answer(asked.text, suitable, asked.graphs, terms(asked)).close()
    document = json.dumps(_explain(asked).to_facts(), ensure_ascii=False) + "\n"
    response = Response(document, content_type="application/json")
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Content-Language"] = language()
    return response


def _explain(asked: QueryRequest) -> EmptyHelp:
    here = published()
    seconds = here.config.engine.seconds
    return ask_why(_engine(asked), asked.text, asked.graphs, terms(asked), here.release, seconds)


def _engine(asked: QueryRequest) -> Engine:
    """Return the engine that holds the release asked for: the one lent with the request, else the current."""
    engine: Engine | None = request.environ.get("mesmart.engine")
    if engine is None and asked.release_id not in {None, published().release.id}:
        raise BadRequest(400, "release", "An older release is answered in the formats for programs only.")
    return engine or published().engine


def _as_page(page: str, status: int) -> Response:
    response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers["Vary"] = "Accept, Accept-Language"
    return response
