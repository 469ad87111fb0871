"""What we say of the data, over HTTP: the dataset and its releases as RDF, the catalogue, the quality.

``/set/{name}`` and ``/set/{name}/{release}`` are the names of the dataset and of a release of it; people are
led to the release's page. ``/catalog.rdf`` is what catalogues of open data harvest (DCAT-AP_IT: RDF/XML, and
nothing but one dataset with its files), ``/.well-known/void`` where crawlers look.

Specifications: DCAT 3, DCAT-AP 3.0.1, DCAT-AP_IT; VoID, section 7.2; DQV.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.engine import Terms
from mesmart_kg.errors import EngineUnavailable, QueryError, ResourceNotFound
from mesmart_kg.formats import find_format
from mesmart_kg.metadata import GAPS, Gap, find_gaps, select_catalogue
from mesmart_kg.release import Release
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.languages import translate
from mesmart_kg.web.naming import CATALOGUE, NAME, last_modified, release_iri
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.once import once
from mesmart_kg.web.publication import published
from mesmart_kg.web.quality import list_measures, read_described
from mesmart_kg.web.release_files import get_entry, read_triples, write
from mesmart_kg.web.release_files import translate as translate_file
from mesmart_kg.web.self_description import send_description

blueprint = Blueprint("metadata", __name__)

_CATALOGUE_FORMATS: Final = (formats.RDFXML, formats.TURTLE, formats.JSONLD, formats.NTRIPLES)


@blueprint.get("/.well-known/void")
def void() -> Response:
    """Describe the dataset and its endpoint as RDF, at the place where crawlers look."""
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), formats.RDF_FORMATS)
    return send_description(choice)


@blueprint.get("/.well-known/sparql-examples")
@blueprint.get("/.well-known/sparql-examples/")
def examples() -> AnyResponse:
    """Lead to the example queries, which are part of that description."""
    return redirect(url_for("metadata.void"), 303)


@blueprint.get("/catalog.<suffix>")
def catalogue(suffix: str) -> Response:
    """Give the catalogue for other catalogues to take: the dataset, its files, who publishes and holds it."""
    wanted = find_format(suffix, _CATALOGUE_FORMATS)
    if wanted is None or wanted.extension != suffix:
        raise ResourceNotFound(f"there is no catalogue as {suffix}")
    return unchanged(wanted.name) or _catalogue(wanted)


def _catalogue(wanted: formats.Format) -> Response:
    here = published()
    iri = f"{here.config.site.base_iri}set/{CATALOGUE}"
    triples = select_catalogue(read_triples(here.release.metadata), iri)
    if not triples:  # of a preview there is none
        raise ResourceNotFound("these data are in no catalogue")
    response = Response(write(triples, wanted), content_type=wanted.content_type)
    for each in _CATALOGUE_FORMATS[:3]:
        if each is not wanted:
            path = url_for("metadata.catalogue", suffix=each.extension)
            response.headers.add("Link", f'<{path}>; rel="alternate"; type="{each.media_type}"')
    return finish(response, wanted.name)


@blueprint.get("/set/<name>")
def dataset(name: str) -> AnyResponse:
    """Give the metadata of the release that is served, which describe the dataset and its catalogue."""
    return _describe(published().release, name in (NAME, CATALOGUE))


@blueprint.get("/set/<name>/<release_id>")
def version(name: str, release_id: str) -> AnyResponse:
    """Give the metadata of one release as RDF; lead people to its page."""
    return _describe(published().catalog.get(release_id), name == NAME)


def _describe(release: Release, is_known: bool) -> AnyResponse:
    if not is_known:
        raise ResourceNotFound("there is no such dataset")
    offered = (*formats.RDF_FORMATS, HTML)
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), offered)
    if choice.format is HTML:
        page = redirect(url_for("releases.release", release_id=release.id), 303)
        page.headers["Vary"] = "Accept"
        return page
    described = get_entry(release, "metadata/dataset.ttl")
    response = Response(translate_file(release.metadata, choice.format), content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Link"] = f'<{release_iri(published().config, release)}>; rel="cite-as"'
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(f"{described.sha256[:16]}-{choice.format.name}", weak=True)
    response.make_conditional(request)
    response.headers["Last-Modified"] = last_modified(release)
    return response


@blueprint.get("/quality")
def quality() -> AnyResponse:
    """Say how good the data are: measures, known gaps, what validation found."""
    return unchanged("quality") or _quality()


def _quality() -> Response:
    here = published()
    described = read_described(here.release.metadata)
    measures = list_measures(described) if described else []
    gaps = _find_gaps() if measures else ()
    page = render_template(
        "quality.html",
        crumbs=[
            (translate("Data"), url_for("releases.shelf")),
            (translate("How good the data are"), None),
        ],
        measures=measures,
        gaps=gaps or (),
        gaps_query=GAPS.strip(),
        figures=here.release.manifest.figures,
    )
    response = finish(Response(page), "quality")
    if gaps is None:
        response.headers["Cache-Control"] = "no-store"
    return response


def _find_gaps() -> tuple[Gap, ...] | None:
    """Return the known gaps of the release that is served, the widest first; None if nobody can say now."""
    engine, terms = published().engine, Terms(request.environ.get("mesmart.client", ""))
    try:
        found = once("gaps", lambda: find_gaps(lambda query: engine.select(query, terms=terms).rows))
    except (QueryError, EngineUnavailable):
        return None  # the page is of use without them
    return tuple(sorted(found, key=lambda gap: gap.listed - gap.said))
