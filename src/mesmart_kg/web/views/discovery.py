"""What programs look for by a name they know: our interfaces, the contact for security, sitemaps.

Specifications: RFC 9727 and RFC 9264 (``api-catalog``), RFC 9116 (``security.txt``), RFC 9309 (robots),
sitemaps.org.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from flask import Blueprint, Response, current_app, render_template, url_for

from mesmart_kg import formats
from mesmart_kg.config import PLACEHOLDER_EMAIL
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.namespaces import VOC
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.figures import list_dumps
from mesmart_kg.web.links import absolute, find_path
from mesmart_kg.web.publication import published
from mesmart_kg.web.sitemap import PAGES_IN_PART, count_parts, write_index, write_part

blueprint = Blueprint("discovery", __name__)

MONTHS_VALID: Final = 6
"""For so long the contact for security is called current; RFC 9116, section 2.5.5, wants less than a year."""

MAIN_PAGES: Final = (
    "/",
    "/browse",
    "/map",
    "/timeline",
    "/network",
    "/queries",
    "/sparql",
    "/releases",
    "/quality",
    "/about",
    "/about/scale",
    "/link",
    "/links",
    "/link/spreadsheet",
    "/link/web",
    "/link/endpoint",
    "/credits",
    "/lookup",
    "/reconcile",
    "/context",
    "/accessibility",
    "/privacy",
    "/def",
    "/shapes",
    "/voc",
)
"""Pages that stand for themselves; those of an application that lacks one are passed over."""

_DESCRIBED: Final = {
    "/def": "inputs/ontology.ttl",
    "/shapes": "inputs/shapes.ttl",
    "/context": "inputs/frames/City.jsonld",
}
"""Pages about a file of the release, which a preview has not."""

_LINKSET: Final = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
_XML: Final = "application/xml"


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """List our interfaces for programs, with what describes each of them."""
    return unchanged("api-catalog") or _api_catalog()


def _api_catalog() -> Response:
    endpoint, queries = absolute("/sparql"), absolute("/queries")
    void, status = absolute("/.well-known/void"), absolute("/health")
    turtle, html = formats.TURTLE.media_type, "text/html"
    items = [endpoint, queries, absolute("/catalog.rdf")]
    if _answers("/search/suggest"):
        items.append(absolute("/search/suggest"))
    matching = absolute("/reconcile")
    lookup = absolute("/lookup")
    items += [matching, lookup]
    if _DESCRIBED["/context"] in {entry.path for entry in published().release.manifest.files}:
        items.append(absolute("/context"))
    if published().config.inbox.folder is not None:
        items.append(absolute("/inbox"))
    linkset: list[dict[str, Any]] = [
        {
            "anchor": absolute("/.well-known/api-catalog"),
            "item": [{"href": each} for each in items],
        },
        {
            "anchor": endpoint,
            "service-desc": [{"href": void, "type": turtle}],
            "service-doc": [{"href": endpoint, "type": html}],
            "service-meta": [{"href": void, "type": turtle}],
            "status": [{"href": status, "type": "application/json"}],
        },
        {
            "anchor": queries,
            "service-desc": [{"href": absolute("/.well-known/sparql-examples"), "type": turtle}],
            "service-doc": [{"href": queries, "type": html}],
            "status": [{"href": status, "type": "application/json"}],
        },
        {
            "anchor": matching,
            "service-desc": [{"href": matching, "type": "application/json"}],
            "service-doc": [{"href": matching, "type": html}],
            "status": [{"href": status, "type": "application/json"}],
        },
        {
            "anchor": lookup,
            "service-desc": [{"href": lookup, "type": "application/json"}],
            "service-doc": [{"href": lookup, "type": html}],
            "status": [{"href": status, "type": "application/json"}],
        },
        {
            "anchor": absolute("/catalog.rdf"),
            "service-doc": [{"href": "https://www.w3.org/TR/vocab-dcat-3/", "type": html}],
            "service-desc": [{"href": absolute("/catalog.ttl"), "type": turtle}],
        },
    ]
    response = Response(json.dumps({"linkset": linkset}, indent=1) + "\n", content_type=_LINKSET)
    response.headers.add("Link", f'<{url_for("discovery.api_catalog")}>; rel="api-catalog"')
    return finish(response, "api-catalog")


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Tell whom to write to about a hole; nothing while nobody has set a contact who would read it."""
    email = published().config.site.contact_email
    if email == PLACEHOLDER_EMAIL:
        raise ResourceNotFound("no contact is set")
    expires = _months_after(datetime.now(UTC).date(), MONTHS_VALID)
    lines = [
        f"Contact: mailto:{email}",
        f"Expires: {expires.isoformat()}T00:00:00Z",
        f"Preferred-Languages: {', '.join(published().config.site.languages)}",
        f"Canonical: {absolute('/.well-known/security.txt')}",
    ]
    response = Response("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _months_after(day: date, months: int) -> date:
    """Return the first day of the month that comes so many months after a day's."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell crawlers which addresses have no end, and where all the data are in one file (RFC 9309)."""
    # The default graph, else the first dump of all data.
    dumps = [each.name for each in list_dumps(published().release) if not each.is_table]
    page = render_template("robots.txt", dump=next(iter(dumps), None), sitemap=absolute("/sitemap.xml"))
    return Response(f"{page}\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List the parts of the sitemap."""
    return unchanged("sitemap") or _send(
        write_index(_to_addresses(_list_parts()), published().release.day.isoformat()),
        "sitemap",
    )


@blueprint.get("/sitemap-pages.xml")
def main_pages() -> Response:
    """List the main pages, the lists, the questions and the releases."""
    return unchanged("sitemap-pages") or _send(_write(_list_pages()), "sitemap-pages")


@blueprint.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """List a part of the documents about things and concepts; parts count from 1."""
    if not 0 < number <= count_parts(_count_documents()):
        raise ResourceNotFound(f"the sitemap has no part {number}")
    return unchanged("sitemap-part") or _send(_write(_list_documents(number)), "sitemap-part")


def _send(parts: Iterator[str], name: str) -> Response:
    return finish(Response(parts, content_type=_XML), name)


def _to_addresses(paths: list[str]) -> list[str]:
    """Return paths as addresses in full; where the site is, is found out once."""
    start = absolute("/")
    return [start + path.removeprefix("/") for path in paths]


def _write(paths: list[str]) -> Iterator[str]:
    here = published()
    # Addresses are made while there is a request; the rest is written as it is sent.
    addresses = _to_addresses(paths)
    return write_part(addresses, here.config.site.languages, here.release.day.isoformat())


def _list_parts() -> list[str]:
    numbers = range(1, count_parts(_count_documents()) + 1)
    return ["/sitemap-pages.xml", *(f"/sitemap-{number}.xml" for number in numbers)]


def _list_pages() -> list[str]:
    here = published()
    told = {entry.path for entry in here.release.manifest.files}
    paths = [path for path in MAIN_PAGES if _answers(path) and _DESCRIBED.get(path, "") in {"", *told}]
    paths += [url_for("queries.query", name=query.name) for query in here.queries]
    paths += [url_for("releases.release", release_id=each.id) for each in here.catalog.releases()]
    return paths


def _answers(path: str) -> bool:
    return current_app.url_map.bind("localhost").test(path, method="GET")


def _count_documents() -> int:
    return sum(kind.things for kind in published().index.classes())


def _list_documents(number: int) -> list[str]:
    """Return the paths of a part: things by kind, those of a kind by name, in one order for all readers."""
    here = published()
    begin, most = (number - 1) * PAGES_IN_PART, PAGES_IN_PART
    things, paths = f"{here.config.site.base_iri}id/", []
    for kind in here.index.classes():
        if begin < kind.things and most > 0:
            found = here.index.browse(kind.key, limit=most, offset=begin, languages=("en",)).entries
            iris = (entry.iri for entry in found if entry.iri.startswith((things, VOC)))
            paths += [path for iri in iris if (path := find_path(iri, here.config.site.base_iri))]
            most -= len(found)
        begin = max(begin - kind.things, 0)
    return paths
