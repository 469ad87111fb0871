"""Things, documents, graphs: ``/id/…`` leads to ``/doc/…``, which is the page and the data of a thing.

``/graph/…`` is answered before Flask is asked, as the graph itself; a browser that asks for a page comes
here and gets one about the graph.
"""

from __future__ import annotations

import re
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg.errors import ReleaseDamaged, ResourceGone, ResourceNotFound
from mesmart_kg.label_index import TooBroad
from mesmart_kg.labels import Reference
from mesmart_kg.web.languages import language, reader_languages
from mesmart_kg.web.links import to_iri
from mesmart_kg.web.problems import Problem, respond, to_problem, wants_page
from mesmart_kg.web.publication import published
from mesmart_kg.web.things import Topic, answer_graph, answer_thing, split_ending

blueprint = Blueprint("resources", __name__)

MOST_SUGGESTED: Final = 5
"""Names that a page suggests where there is nothing of the one asked for."""

_LONGEST_SLUG: Final = 80
_COUNTRY: Final = re.compile(r"[a-z]{2}-(?=.)")
"""What the names of cities and regions begin with: ``it-messina``."""


@blueprint.get("/id/<path:path>")
def thing(path: str) -> AnyResponse:
    """Lead from a thing, which can't be sent, to the document about it (httpRange-14)."""
    response = redirect(iri_to_uri(f"/doc/{path}"), 303)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = f"public, max-age={published().config.web.max_age}"
    return response


@blueprint.get("/doc/<path:path>")
def document(path: str) -> Response:
    """Give the document about a thing, as a page or as data."""
    plain, ending = split_ending(path)
    return answer_thing(Topic(to_iri(f"/doc/{plain}"), iri_to_uri(f"/doc/{plain}")), ending)


@blueprint.get("/graph/<path:path>")
def graph(path: str) -> Response:
    """Show people a named graph: whose statements it holds, how many, where to take them."""
    return answer_graph(Topic(to_iri(f"/graph/{path}"), iri_to_uri(f"/graph/{path}")))


@blueprint.errorhandler(ResourceGone)
def tell_gone(error: ResourceGone) -> Response:
    """Tell people when a thing was withdrawn and what to use instead; programs get the same as a problem."""
    problem = to_problem(error)
    if not wants_page():
        return respond(problem)
    found = published().index.references(error.replaced_by[:MOST_SUGGESTED], reader_languages())
    instead = tuple(found[iri] for iri in error.replaced_by[:MOST_SUGGESTED])
    page = render_template("gone.html", problem=problem, since=error.since, instead=instead)
    return _as_response(page, problem)


@blueprint.errorhandler(ResourceNotFound)
def tell_missing(error: ResourceNotFound) -> Response:
    """Tell people that there is nothing of that name, and what there is of a similar one."""
    problem = to_problem(error)
    if not wants_page():
        return respond(problem)
    words = _read_words(request.path)
    page = render_template("missing.html", problem=problem, words=words, suggested=_suggest(words))
    return _as_response(page, problem)


def _read_words(path: str) -> str:
    """Return what somebody who asked for a path may have looked for: the words of its last part."""
    slug = split_ending(path)[0].rstrip("/").rpartition("/")[2][:_LONGEST_SLUG]
    return re.sub(r"[\W_]+", " ", _COUNTRY.sub("", slug, count=1)).strip()


def _suggest(words: str) -> tuple[Reference, ...]:
    if not words:
        return ()
    index, languages = published().index, reader_languages()
    try:
        found = [hit.entry for hit in index.suggest(words, languages, MOST_SUGGESTED)]
        found += [] if found else index.alike(words, languages, MOST_SUGGESTED)
    except (TooBroad, ReleaseDamaged):
        return ()  # the page is of use without
    return tuple(Reference(each.iri, each.name) for each in found)


def _as_response(page: str, problem: Problem) -> Response:
    response = Response(page, problem.status)
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Content-Language"] = language()
    return response
