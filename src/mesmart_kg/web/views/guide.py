"""The guide for those who link to our data: a start page, and a path for each of three readers.

Every command, query and file on these pages is run by a test, which reads them from the pages themselves: a
``pre`` tells by ``data-language`` what it holds, and by ``data-file`` what a file of it is called.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from mesmart_kg.config import PLACEHOLDER_EMAIL
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.guide_examples import THEIRS, find_examples
from mesmart_kg.web.languages import reader_languages, translate
from mesmart_kg.web.links import absolute
from mesmart_kg.web.publication import published

blueprint = Blueprint("guide", __name__)

START: Final = "/link"


@blueprint.get(START)
def start() -> Response:
    """Say what our names are for, and which path is whose."""
    return _show("link", translate("Link your data to ours"))


@blueprint.get("/link/spreadsheet")
def spreadsheet() -> Response:
    """Lead who has a table to its links: on a page, in OpenRefine, by command."""
    return _show("link_spreadsheet", translate("You have a table"))


@blueprint.get("/link/web")
def web() -> Response:
    """Lead who writes programs for the web to our things, our terms and our inbox."""
    return _show("link_web", translate("You write for the web"))


@blueprint.get("/link/endpoint")
def endpoint() -> Response:
    """Lead who runs a triple store to questions asked of both, and to a project of their own."""
    return _show("link_endpoint", translate("You run a triple store"))


def _show(name: str, title: str) -> Response:
    kept = unchanged(name)
    if kept is not None:
        return kept
    here = published()
    config = here.config
    base_iri = config.site.base_iri
    examples = find_examples(here.index, here.queries, base_iri, reader_languages())
    path = examples.path
    crumbs: list[tuple[str, str | None]] = [(title, None)]
    if name != "link":
        crumbs.insert(0, (translate("Link your data to ours"), START))
    values: dict[str, Any] = {
        "here": absolute("/"),
        "base_iri": base_iri,
        "path": path,
        "iri": f"{base_iri}{path}",
        "slug": path.rpartition("/")[2],
        "document": absolute(f"/doc/{path.removeprefix('id/')}"),
        "is_there": examples.is_there,
        "table": examples.table,
        "code": examples.code,
        "foreign": examples.foreign,
        "theirs": THEIRS,
        "day": here.release.day.isoformat(),
        # A preview of files has none, nor has a release that was built before there were any.
        "has_context": any(
            entry.path.startswith("inputs/contexts/") for entry in here.release.manifest.files
        ),
        "has_inbox": config.inbox.folder is not None,
        "has_contact": config.site.contact_email != PLACEHOLDER_EMAIL,
        "most_names": config.web.reconcile_queries,
        "most_codes": config.web.lookups,
    }
    page = render_template(f"{name}.html", title=title, crumbs=crumbs, address=request.path, **values)
    return finish(Response(page, content_type="text/html; charset=utf-8"), name)
