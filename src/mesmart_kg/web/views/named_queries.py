"""The release's named queries: a list, and one page each with its parameters, its text and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.engine import Terms
from mesmart_kg.errors import QueryError, ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.queries import NamedQuery, bind, find_query
from mesmart_kg.query_text import examine
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.languages import NAMES, language, translate
from mesmart_kg.web.links import absolute
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.problems import Problem, to_problem
from mesmart_kg.web.publication import published
from mesmart_kg.web.query_fields import resolve, to_fields
from mesmart_kg.web.query_groups import group_queries, search_queries
from mesmart_kg.web.query_things import Things
from mesmart_kg.web.results import Page, read_page
from mesmart_kg.web.snippets import to_snippets
from mesmart_kg.web.workbench import read_leaf, to_settings

blueprint = Blueprint("queries", __name__)

TEXT: Final = Format("rq", "SPARQL", "application/sparql-query", "rq", "", ("text/plain",))

LONGEST_WAIT: Final = 8.0
"""Seconds that a question's page waits for its answer; whoever has more patience asks in the workbench."""


@dataclass(frozen=True)
class _Answer:
    """What a page shows of an answer: one of the three, or none for a query that is not asked here."""

    page: Page | None = None
    problem: Problem | None = None
    status: int = 200


@blueprint.get("/queries")
def all_queries() -> AnyResponse:
    """List the named queries, or those that speak of something."""
    if (same := unchanged("queries")) is not None:
        return same
    wanted = request.args.get("q", "").strip()[:200]
    found = search_queries(published().queries, wanted)
    page = render_template(
        "queries.html",
        groups=group_queries(found),
        count=len(found),
        wanted=wanted,
        crumbs=[(translate("Questions"), None)],
    )
    return finish(Response(page), "queries")


@blueprint.get("/queries/<name>")
def query(name: str) -> AnyResponse:
    """Show one query, or give its text to a client that asks for SPARQL. Parameters come from the URL."""
    found = find_query(published().queries, name.removesuffix(".rq"))
    if found is None:
        raise ResourceNotFound(f"there is no query named {name}")
    if found.name != name.removesuffix(".rq"):
        arguments = f"?{request.query_string.decode()}" if request.query_string else ""
        return redirect(url_for("queries.query", name=found.name) + arguments, 301)
    wanted = "rq" if name.endswith(".rq") else request.args.get("format")
    choice = choose_format(request.headers.get("Accept"), wanted, (HTML, TEXT))
    key = f"query {choice.format.name}"
    if (same := unchanged(key)) is not None:
        return same
    things = Things(published().index, language(), published().config.site.base_iri)
    values = resolve(found, request.args, things.find)
    if choice.format is TEXT:
        text = bind(found, values)
        return finish(Response(text, content_type="application/sparql-query; charset=utf-8"), key)
    return finish(_show(found, values, things), key)


def _show(found: NamedQuery, values: dict[str, str], things: Things) -> Response:
    # Names in the reader's language, unless another is wished for.
    asked = _default_language(found) | values
    text = bind(found, asked)
    form = examine(text)
    answer = _Answer() if form.services else _ask(text)
    page = render_template(
        "query.html",
        query=found,
        values=values,
        text=text,
        fields=to_fields(found, asked, language(), list(NAMES.items()), things.list_all, things.name_of),
        hints=_hints(),
        formats=_suitable_formats(form.makes_graph, answer.page),
        is_local=not form.services,
        page=answer.page,
        problem=answer.problem,
        programs=to_snippets(text, absolute(url_for("sparql.answer"))) if not form.services else (),
        workbench=to_settings(),
        crumbs=[(translate("Questions"), url_for("queries.all_queries")), (found.title[language()], None)],
    )
    response = Response(page, answer.status)
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def _default_language(found: NamedQuery) -> dict[str, str]:
    return {each.name: language() for each in found.parameters if each.type == "lang" and not each.many}


def _ask(text: str) -> _Answer:
    here = published()
    terms = Terms(request.environ.get("mesmart.client", ""), LONGEST_WAIT)
    try:
        return _Answer(page=read_page(here.engine, text, None, here.config.site.base_iri, terms, read_leaf()))
    except QueryError as error:
        problem = to_problem(error)
        return _Answer(problem=problem, status=problem.status)


def _suitable_formats(makes_graph: bool, page: Page | None) -> tuple[Format, ...]:
    if makes_graph:
        return formats.RDF_FORMATS
    maps = (formats.RESULTS_GEOJSON,) if page is not None and page.is_placed else ()
    return (*formats.RESULT_FORMATS, formats.RESULTS_XLSX, *maps)


def _hints() -> dict[str, str]:
    return {
        "thing": translate("A name, such as Messina"),
        "iri": translate("A name of the data, such as id/city/it-palermo"),
        "many": translate("Names of the data, such as id/city/it-palermo, with spaces between"),
        "date": translate("A year, a month or a day, such as 2021-06"),
    }
