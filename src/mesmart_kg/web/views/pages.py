"""Pages for people: home; how the service is, for those who watch over it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.errors import EngineUnavailable
from mesmart_kg.overview.rows import bind_for
from mesmart_kg.queries import find_query
from mesmart_kg.release import Release
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.figures import count_class, list_dumps
from mesmart_kg.web.front_page import read_front_page
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.publication import published

blueprint = Blueprint("pages", __name__)

FIRST_QUERIES: Final = (
    "communities-of-a-city",
    "italian-oasc-cities",
    "events-of-a-city",
    "most-central-cities",
)
"""The named queries that the home page shows, in this order; one that a release lacks is passed over."""

MOST_GRAPHS: Final = 100
"""How many named graphs the home page of a preview lists."""

_NAME: Final = "home"
_HOME: Final = (HTML, *formats.RDF_FORMATS)
_TERMS: Final = "licences-of-sources"


@blueprint.get("/")
def home() -> AnyResponse:
    """Say what this is; to a client that asks for RDF, by the dataset's own description."""
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), _HOME)
    if choice.format is not HTML:
        # What ?format= asks for must be asked there too.
        response = redirect(url_for("metadata.void", format=request.args.get("format")), 303)
        response.headers["Vary"] = "Accept"
        return response
    here = published()
    release = here.release
    if release.is_preview:
        return _show_preview(release)
    if fresh := unchanged(_NAME):
        return fresh
    examples = [query for name in FIRST_QUERIES if (query := find_query(here.queries, name))]
    examples = examples or list(here.queries[: len(FIRST_QUERIES)])  # another city has queries of its own
    front = read_front_page()
    page = Response(
        render_template(
            "home.html",
            front=front,
            figures=[
                (count_class(release, "Community"), translate("communities of cities")),
                (count_class(release, "City"), translate("cities and municipalities")),
                (len(front.members.towns), translate("cities that belong to them or take part")),
                (count_class(release, "Membership"), translate("memberships, each with its source")),
                # A series is no event to people, though the ontology has it so.
                (count_class(release, "Event") - count_class(release, "EventSeries"), translate("events")),
                (count_class(release, "Source"), translate("sources cited")),
                (release.manifest.figures["triples"], translate("statements")),
            ],
            examples=examples,
            answers={query.name: bind_for(query, language()) for query in examples},
            terms=find_query(here.queries, _TERMS),
            dumps=[dump for dump in list_dumps(release) if not dump.is_table],
            year=release.day.year,
        )
    )
    if front.is_whole:
        return finish(page, _NAME)
    page.headers["Cache-Control"] = "no-store"
    return page


def _show_preview(release: Release) -> Response:
    figures = release.manifest.figures
    graphs = sorted(figures["graphs"].items())
    page = render_template(
        "preview.html",
        triples=figures["triples"],
        quads=figures["quads"],
        graphs=graphs[:MOST_GRAPHS],
        further=max(len(graphs) - MOST_GRAPHS, 0),
        dumps=list_dumps(release),
    )
    return Response(page, headers={"Vary": "Accept, Accept-Language"})


@blueprint.get("/health")
@blueprint.get("/-/health")
def health() -> Response:
    """Tell whether the engine answers: 200 with its figures, else 503 with the same members."""
    here = published()
    try:
        status = here.engine.status()
    except EngineUnavailable:
        response = jsonify(status="unavailable", release=here.release.id, kind=here.release.manifest.kind)
        response.status_code = 503
    else:
        response = jsonify(
            status="ok",
            release=status.release_id,
            kind=here.release.manifest.kind,
            engine=here.config.engine.kind,
            triples=status.triples,
            workers=status.workers,
            busy=status.busy,
            waiting=status.waiting,
        )
    response.headers["Cache-Control"] = "no-store"
    return response
