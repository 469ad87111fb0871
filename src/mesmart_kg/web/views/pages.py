"""Pages for people: home; how the service is, for those who watch over it; what robots may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.engine import Engine
from mesmart_kg.errors import EngineUnavailable, QueryError
from mesmart_kg.queries import NamedQuery, bind, find_query
from mesmart_kg.release import Release
from mesmart_kg.web.figures import count_class, count_sources, list_dumps
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.publication import Publication, published

blueprint = Blueprint("pages", __name__)

FIRST_QUERIES: Final = (
    "communities-of-a-city",
    "italian-oasc-cities",
    "counts-over-time",
    "events-of-a-city",
    "most-central-cities",
    "common-topics",
)
"""The named queries that the home page shows, in this order; one that a release lacks is passed over."""

MOST_GRAPHS: Final = 100
"""How many named graphs the home page of a preview lists."""

_HOME: Final = (HTML, *formats.RDF_FORMATS)
_COMMUNITIES: Final = "communities-of-a-city"
_TERMS: Final = "licences-of-sources"


@dataclass(frozen=True)
class Membership:
    """A community of the city: its name, the earliest date told of joining, how many sources tell of it."""

    name: str
    since: str | None
    sources: int


@blueprint.get("/")
def home() -> AnyResponse:
    """Say what this is; to a client that asks for RDF, by the dataset's own description."""
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), _HOME)
    if choice.format is not HTML:
        # What ?format= asks for must be asked there too.
        response = redirect(url_for("datasets.void", format=request.args.get("format")), 303)
        response.headers["Vary"] = "Accept"
        return response
    here = published()
    site, release = here.config.site, here.release
    if release.is_preview:
        return _show_preview(release)
    examples = [query for name in FIRST_QUERIES if (query := find_query(here.queries, name))]
    page = render_template(
        "home.html",
        communities=_communities(here, language()),
        figures=[
            (count_class(release, "City"), translate("cities and municipalities")),
            (count_class(release, "Community"), translate("communities of cities")),
            (count_class(release, "Membership"), translate("memberships, each with its source")),
            (count_class(release, "Event"), translate("events")),
            (count_sources(release, site.base_iri), translate("sources cited")),
            (release.manifest.figures["triples"], translate("statements")),
        ],
        examples=examples,
        answers={query.name: _bind(query, language()) for query in examples},
        terms=find_query(here.queries, _TERMS),
        dumps=[dump for dump in list_dumps(release) if not dump.is_table],
        year=release.day.year,
    )
    response = Response(page)
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


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


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell crawlers which addresses have no end, and where all the data are in one file (RFC 9309)."""
    page = render_template("robots.txt", dump=_find_whole(published().release))
    return Response(f"{page}\n", content_type="text/plain; charset=utf-8")


def _find_whole(release: Release) -> str | None:
    """Return the name of the dump that a robot does best to fetch: the default graph, else the first."""
    return next((dump.name for dump in list_dumps(release) if not dump.is_table), None)


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


def _communities(here: Publication, reader_language: str) -> tuple[Membership, ...]:
    """Return the communities of the city that the named query is about; none if the release can't tell."""
    query = find_query(here.queries, _COMMUNITIES)
    if query is None:
        return ()
    try:
        text = _bind(query, reader_language)
        # A release never changes, so neither does its answer.
        kept: dict[str, tuple[Membership, ...]] = current_app.extensions.setdefault("mesmart.home", {})
        if text not in kept:
            kept[text] = _ask(here.engine, text)
        return kept[text]
    except (QueryError, EngineUnavailable):
        # The page is of use without them, and says elsewhere how the service is.
        return ()


def _bind(query: NamedQuery, reader_language: str) -> str:
    """Return a query as it is asked for a reader: with its defaults, in the reader's language."""
    has_language = any(parameter.name == "lang" for parameter in query.parameters)
    return bind(query, {"lang": reader_language} if has_language else {})


def _ask(engine: Engine, query: str) -> tuple[Membership, ...]:
    rows = [{name: term.value for name, term in row.items()} for row in engine.select(query).rows]
    communities = dict.fromkeys(row["community"] for row in rows)
    return tuple(
        _to_membership([row for row in rows if row["community"] == community]) for community in communities
    )


def _to_membership(rows: list[dict[str, str]]) -> Membership:
    dates = [row["since"] for row in rows if row.get("since")]
    return Membership(
        rows[0].get("name", rows[0]["community"]),
        min(dates, default=None),
        len({row["source"] for row in rows if "source" in row}),
    )
