"""Lists of all things of a kind: paged for people, whole as CSV, JSON-LD or GeoJSON, under the same filters.

A list has one address, ``/browse/city``, with a suffix for each file, or ``?format``, or Accept.

Specification: RFC 8288 (Link; relations ``first``, ``prev``, ``next``, ``last``, ``alternate``).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Final

from flask import Blueprint, Response, render_template, request

from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.label_index import Facet, Kind, Listing
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.filtering import (
    list_hidden,
    read_filters,
    read_page,
    to_address,
    to_arguments,
    to_value,
)
from mesmart_kg.web.kinds import about_kind, group_kinds, name_kind
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import absolute
from mesmart_kg.web.listing import FILES, write_list
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.publication import published

blueprint = Blueprint("browse", __name__)

PAGE: Final = 50
"""Things on a page of a list."""

ORDERS: Final = ("name", "date", "-date")
DATED: Final = frozenset({"event", "membership", "participation", "project", "source"})
"""Kinds whose list shows dates; of those that are events, the newest come first."""

_OFFERED: Final = (HTML, *FILES)
_SUFFIXES: Final = {f".{each.extension}": each for each in _OFFERED}


@blueprint.get("/browse")
def kinds() -> Response:
    """Show all kinds of thing, and how many there are of each."""
    if fresh := unchanged("browse"):
        return fresh
    groups = group_kinds(published().index.classes())
    page = render_template(
        "browse.html",
        crumbs=[(translate("Cities and communities"), None)],
        groups=groups,
        name_kind=name_kind,
        about_kind=about_kind,
        url_of_kind=lambda kind: to_address(f"/browse/{kind.key}", ()),
    )
    return finish(Response(page), "browse")


@blueprint.get("/browse/<name>")
def things(name: str) -> Response:
    """Show the things of a kind, or give them as a file."""
    key, chosen = _split(name)
    tag = f"list-{chosen.name}"
    kind = next((each for each in published().index.classes() if each.key == key), None)
    if kind is None:
        raise ResourceNotFound(
            f"there is no list of that name: /browse has all there are, of {name[:60]} none"
        )
    if fresh := unchanged(tag):
        return fresh
    response = _show(kind) if chosen is HTML else _give(kind, chosen)
    return finish(response, tag)


def _split(name: str) -> tuple[str, Format]:
    """Return the key of a kind and the format asked for. Raises NotAcceptable."""
    for suffix, named in _SUFFIXES.items():
        if name.endswith(suffix):
            return name.removesuffix(suffix), named
    return name, choose_format(request.headers.get("Accept"), request.args.get("format"), _OFFERED).format


def _read_order(kind: Kind) -> str:
    asked = request.args.get("sort", "")
    return asked if asked in ORDERS else "-date" if kind.key == "event" else "name"


def _show(kind: Kind) -> Response:
    filters, page, order = read_filters(with_classes=False), read_page(), _read_order(kind)
    index, reader = published().index, (language(),)
    listing = index.browse(kind.key, filters, order, PAGE, (page - 1) * PAGE, reader)
    pages = max(-(-listing.total // PAGE), 1)
    if page > pages:
        raise ResourceNotFound(f"the list ends with page {pages}")
    path = f"/browse/{kind.key}"
    asked = to_arguments(filters)
    sorted_by = [("sort", order)] if "sort" in request.args else []

    def url_of(number: int) -> str:
        return to_address(path, [*asked, *sorted_by], page=number if number > 1 else None)

    files = [(each.label, to_address(f"{path}.{each.extension}", [*asked, *sorted_by])) for each in FILES]
    title = name_kind(kind.key, kind.class_iri)
    facets = index.facets(kind.key, filters, reader)
    response = Response(
        render_template(
            "browse_list.html",
            crumbs=[(translate("Cities and communities"), to_address("/browse", ())), (title, None)],
            kind=kind,
            title=title,
            about=about_kind(kind.key),
            listing=listing,
            facets=facets,
            headings=_headings(),
            to_value=to_value,
            columns=_choose_columns(listing, facets),
            is_dated=kind.key in DATED,
            order=order,
            filters=filters,
            first=(page - 1) * PAGE + 1,
            page=page,
            pages=pages,
            url_of=url_of,
            files=files,
            path=path,
            unfiltered=to_address(path, sorted_by) if filters else None,
            hidden=list_hidden({}),
        )
    )
    for link in _links(page, pages, url_of, files):
        response.headers.add("Link", link)
    return response


def _headings() -> dict[str, str]:
    return {
        "community": translate("Community"),
        "country": translate("Country"),
        "region": translate("Region or province"),
        "kind": translate("Kind"),
    }


def _choose_columns(listing: Listing, facets: tuple[Facet, ...]) -> list[str]:
    """Return the columns that have anything to say in a list: those of its filters, and dates."""
    told = [facet.filter for facet in facets]
    columns: list[str] = [name for name in ("country", "region", "community", "kind") if name in told]
    if any(entry.start or entry.end for entry in listing.entries):
        columns.append("date")
    return columns


def _links(page: int, pages: int, url_of: Callable[[int], str], files: list[tuple[str, str]]) -> list[str]:
    numbered = {"first": 1, "last": pages}
    numbered |= {"prev": page - 1} if page > 1 else {}
    numbered |= {"next": page + 1} if page < pages else {}
    links = [f'<{url_of(number)}>; rel="{relation}"' for relation, number in numbered.items()]
    return links + [
        f'<{url}>; rel="alternate"; type="{each.media_type}"'
        for (_, url), each in zip(files, FILES, strict=True)
    ]


def _give(kind: Kind, format: Format) -> Response:
    """Return the whole list as a file; it is sent as it is read."""
    filters, order = read_filters(with_classes=False), _read_order(kind)
    index, reader = published().index, (language(),)
    total = index.browse(kind.key, filters, order, 0, 0, reader).total
    address = absolute(to_address(f"/browse/{kind.key}", to_arguments(filters)))
    parts = write_list(format, index.entries(kind.key, filters, order, reader), address, total)
    # The first part is made here, so that what goes wrong with the question is told before the answer begins.
    body = chain([next(parts, b"")], parts)
    response = Response(body, content_type=format.content_type)
    name = f"{kind.key}-{published().release.id}.{format.extension}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response
