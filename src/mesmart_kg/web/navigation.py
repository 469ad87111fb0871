"""The frame of every page: sections in the header, links in the footer, the message for a report.

The path to a page, its breadcrumbs, is told by its view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import Flask, request

from mesmart_kg.config import PLACEHOLDER_EMAIL
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import root, to_iri
from mesmart_kg.web.publication import published

LONGEST_PATH: Final = 500
"""Characters of an address that a prepared message names: mail programs refuse very long links."""

_NAMED: Final = ("/doc/", "/def", "/voc", "/shapes", "/set/", "/graph/")
"""Under these a page shows one thing of the data, and is called by the thing's IRI."""


@dataclass(frozen=True)
class Section:
    """A link of the navigation; ``current`` is ``page`` on the very page, ``true`` on those below it."""

    url: str
    text: str
    current: str | None


def register(app: Flask) -> None:
    """Teach the navigation to the templates."""

    @app.context_processor
    def navigation() -> dict[str, Any]:
        return {
            "sections": _link(
                ("/browse", translate("Cities and communities")),
                ("/map", translate("Map")),
                ("/timeline", translate("Events")),
                ("/network", translate("Networks")),
                ("/queries", translate("Questions")),
                ("/sparql", translate("SPARQL")),
                ("/releases", translate("Data")),
                ("/about", translate("The project")),
            ),
            "about_links": _link(
                ("/about", translate("The project")),
                ("/link", translate("Link your data to ours")),
                *((("/def", translate("What the data can say")),) if has_ontology() else ()),
                ("/credits", translate("Sources and credits")),
            ),
            "legal_links": _link(
                ("/accessibility", translate("Accessibility statement")),
                ("/privacy", translate("Privacy")),
            ),
            "has_ontology": has_ontology(),
            "keep_language": keep_language,
            "report_address": _prepare_here(),
        }


def has_ontology() -> bool:
    """Tell whether the release says what its terms mean; a preview of somebody's files does not."""
    return any(entry.path == "inputs/ontology.ttl" for entry in published().release.manifest.files)


def keep_language(path: str) -> str:
    """Return a path of this site with the language that was asked for; a guessed one is guessed anew."""
    return f"{path}?{urlencode({'lang': language()})}" if "lang" in request.args else path


def _link(*links: tuple[str, str]) -> tuple[Section, ...]:
    return tuple(Section(keep_language(path), text, _find_current(path)) for path, text in links)


def _find_current(path: str) -> str | None:
    here = request.path.rstrip("/") or "/"
    if here == path:
        return "page"
    return "true" if here.startswith(f"{path}/") else None


def _prepare_here() -> str | None:
    here = published()
    # Not the host that was asked: a stranger may name any, and proxies keep pages for others.
    asked = request.full_path.rstrip("?")
    page = to_iri(request.path) if request.path.startswith(_NAMED) else root() + asked.removeprefix("/")
    return prepare_report(
        here.config.site.contact_email,
        translate("Error in: %(page)s", page=page[:LONGEST_PATH]),
        translate(
            "Page: %(page)s\nRelease of the data: %(release)s\n\nWhat is wrong:\n\n\n"
            "What it should be, and where one can read it:\n\n",
            page=page[:LONGEST_PATH],
            release=here.release.id,
        ),
    )


def prepare_report(email: str, subject: str, body: str) -> str | None:
    """Return a link that opens a message with subject and body (RFC 6068); None where nobody would get it."""
    if email == PLACEHOLDER_EMAIL:
        return None
    lines = body.replace("\n", "\r\n")
    return f"mailto:{quote(email, safe='@')}?subject={quote(subject, safe='')}&body={quote(lines, safe='')}"
