"""``/links``: what the release links to, what others link to it, and which cities have no link.

Each set has one address, ``/links/wikidata``, with a suffix for each file, or ``?format``, or Accept. Sets
that somebody gave us are called ``from-`` and their name.

Specification: VoID, section 5; RFC 8288 (Link).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from flask import Blueprint, Response, render_template, request

from mesmart_kg import formats
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.linksets import PublishedSet, write_csv, write_turtle
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.filtering import read_page, to_address
from mesmart_kg.web.languages import translate
from mesmart_kg.web.links import cut
from mesmart_kg.web.linksets import (
    asked_set,
    count_pages,
    get_gaps,
    get_links,
    list_gaps,
    list_rows,
    list_unlinked,
    make_namer,
    read_descriptions,
    show,
    write_missing,
    write_sets,
)
from mesmart_kg.web.navigation import has_ontology
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.publication import published
from mesmart_kg.web.release_files import write

blueprint = Blueprint("links", __name__)

_OF_ALL: Final = (HTML, *formats.RDF_FORMATS, formats.RESULTS_CSV)
_SHOWN: Final = (formats.TURTLE, formats.NTRIPLES, formats.JSONLD, formats.RESULTS_CSV)
_OF_SETS: Final = (HTML, formats.TURTLE, formats.NTRIPLES, formats.RESULTS_CSV)
_OF_GAPS: Final = (HTML, formats.RESULTS_CSV)
_PIECE: Final = 64 * 1024


@blueprint.get("/links")
def all_links() -> Response:
    """Show all sets of links."""
    return _answer_all(_choose(_OF_ALL))


@blueprint.get("/links.<suffix>")
def all_links_as(suffix: str) -> Response:
    """Give what is said of all sets of links as a file."""
    return _answer_all(_find(suffix, _OF_ALL))


def _choose(offered: tuple[Format, ...]) -> Format:
    return choose_format(request.headers.get("Accept"), request.args.get("format"), offered).format


def _find(suffix: str, offered: tuple[Format, ...]) -> Format:
    for each in offered:
        if each.extension == suffix:
            return each
    raise ResourceNotFound(
        f"there is no such file: the endings are {', '.join(e.extension for e in offered)}"
    )


def _answer_all(chosen: Format) -> Response:
    return unchanged(f"links-{chosen.name}") or finish(_give_all(chosen), f"links-{chosen.name}")


def _give_all(chosen: Format) -> Response:
    sets = [show(each) for each in get_links().sets]
    if chosen is formats.RESULTS_CSV:
        return _as_file(Response(write_sets(sets)), chosen, "links")
    if chosen is not HTML:
        return _as_file(Response(write(read_descriptions(published().release), chosen)), chosen, "links")
    gaps = get_gaps()
    page = render_template(
        "links.html",
        crumbs=[(translate("Link your data to ours"), to_address("/link", ())), (translate("Links"), None)],
        own=sorted((each for each in sets if not each.links.is_given), key=lambda each: -each.links.links),
        given=[each for each in sets if each.links.is_given],
        gaps=list_gaps(gaps),
        cities=len(gaps.cities),
        without_any=len(list_unlinked()),
        total=sum(each.links.links for each in sets),
        url_of_missing=to_address("/links/missing", ()),
        files=[(each.label, to_address(f"/links.{each.extension}", ())) for each in _SHOWN],
        has_shapes=has_ontology(),
        example=next(iter(gaps.cities), f"{published().config.site.base_iri}id/city/1"),
    )
    response = Response(page)
    _add_alternates(response, "/links", _OF_ALL[1:])
    return response


@blueprint.get("/links/missing")
def missing() -> Response:
    """Show which cities a set does not link, or which none links."""
    return _answer_missing(_choose(_OF_GAPS))


@blueprint.get("/links/missing.csv")
def missing_as_csv() -> Response:
    """Give the same as CSV."""
    return _answer_missing(formats.RESULTS_CSV)


def _answer_missing(chosen: Format) -> Response:
    return unchanged(f"missing-{chosen.name}") or finish(_give_missing(chosen), f"missing-{chosen.name}")


def _give_missing(chosen: Format) -> Response:
    slug, gaps = asked_set(), get_gaps()
    if slug and slug not in gaps.linked:
        raise ResourceNotFound("no set of links of that name links any city: /links has all there are")
    cities = list_unlinked(slug)
    asked = [("set", slug)] if slug else []
    if chosen is not HTML:
        return _as_file(
            Response(_stream(write_missing(cities, make_namer()))), chosen, f"missing-{slug or 'any'}"
        )
    page, pages = _read_page(len(cities))
    shown = cities[(page - 1) * 50 : page * 50]
    found = get_links().find(slug)
    names = published().index.references(shown, ())
    return Response(
        render_template(
            "links_missing.html",
            crumbs=[
                (translate("Links"), to_address("/links", ())),
                (translate("Cities without links"), None),
            ],
            chosen=show(found) if found else None,
            cities=[names[city] for city in shown],
            total=len(cities),
            of=len(gaps.cities),
            first=(page - 1) * 50 + 1,
            page=page,
            pages=pages,
            url_of=lambda number: to_address("/links/missing", asked, page=number if number > 1 else None),
            files=[("CSV", to_address("/links/missing.csv", asked))],
        )
    )


def _read_page(total: int) -> tuple[int, int]:
    page, pages = read_page(), count_pages(total)
    if page > pages:
        raise ResourceNotFound(f"the list ends with page {pages}")
    return page, pages


@blueprint.get("/links/<name>")
def one_set(name: str) -> Response:
    """Show a set of links, or give it as a file."""
    slug, _, suffix = name.partition(".")
    chosen = _find(suffix, _OF_SETS) if suffix else _choose(_OF_SETS)
    found = get_links().find(slug)
    if found is None:
        raise ResourceNotFound("there is no set of links of that name: /links has all there are")
    tag = f"linkset-{chosen.name}"
    return unchanged(tag) or finish(_show(found) if chosen is HTML else _give(found, chosen), tag)


def _show(found: PublishedSet) -> Response:
    page, pages = _read_page(found.links)
    path = f"/links/{found.slug}"
    shown = show(found)
    rows = list_rows(found, page)

    def url_of(number: int) -> str:
        return to_address(path, (), page=number if number > 1 else None)

    response = Response(
        render_template(
            "linkset.html",
            crumbs=[(translate("Links"), to_address("/links", ())), (cut(shown.title.value, 60), None)],
            shown=shown,
            rows=rows,
            first=(page - 1) * 50 + 1,
            page=page,
            pages=pages,
            url_of=url_of,
            graph=found.graph,
            site_licence=published().config.site.licence,
        )
    )
    _add_alternates(response, path, _OF_SETS[1:])
    if found.licence.startswith(("http://", "https://")):
        response.headers.add("Link", f'<{found.licence}>; rel="license"')
    return response


def _add_alternates(response: Response, path: str, files: tuple[Format, ...]) -> None:
    for each in files:
        address = to_address(f"{path}.{each.extension}", ())
        response.headers.add("Link", f'<{address}>; rel="alternate"; type="{each.media_type}"')


def _give(found: PublishedSet, chosen: Format) -> Response:
    name = make_namer()
    writers: dict[str, Callable[[], Iterator[bytes]]] = {
        formats.TURTLE.name: lambda: write_turtle(found),
        formats.NTRIPLES.name: lambda: _read(found),
        formats.RESULTS_CSV.name: lambda: write_csv(found, name),
    }
    return _as_file(Response(_stream(writers[chosen.name]())), chosen, found.slug)


def _read(found: PublishedSet) -> Iterator[bytes]:
    with found.file.open("rb") as file:
        while part := file.read(_PIECE):
            yield part


def _stream(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Return the parts; the first is made here, so that a fault is told before the answer begins."""
    return chain([next(parts, b"")], parts)


def _as_file(response: Response, chosen: Format, name: str) -> Response:
    response.content_type = chosen.content_type
    file = f"{name}-{published().release.id}.{chosen.extension}"
    response.headers["Content-Disposition"] = f'inline; filename="{file}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response
