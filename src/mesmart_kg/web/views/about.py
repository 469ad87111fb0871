"""What the site says of itself: the project, accessibility, privacy, how to link to its data.

And its manifest, for those who put it on a screen among their programs.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request

from mesmart_kg.config import PLACEHOLDER_EMAIL
from mesmart_kg.queries import find_query
from mesmart_kg.web.assets import asset_url
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.figures import count_class, count_sources
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import absolute
from mesmart_kg.web.panoramas import find_beginning
from mesmart_kg.web.publication import published

blueprint = Blueprint("about", __name__)

STATEMENT_DAY: Final = date(2026, 11, 22)
"""When the accessibility statement was last compared with the site; to be changed with its words."""

EXAMPLE: Final = "id/city/xx-example"
"""The thing that examples speak of where the data hold nothing of ours, as a preview may."""

MOST_LOOKED_AT: Final = 50
"""Things of a kind that are looked at to find one for examples."""

_PLAIN: Final = re.compile(r"[a-z-]+/[a-z0-9-]{1,80}")


@blueprint.get("/about")
def about() -> Response:
    """Say what this is, where the data come from, and who answers for it."""
    release, base_iri = published().release, published().config.site.base_iri
    return _show(
        "about",
        translate("The project"),
        cities=count_class(release, "City"),
        communities=count_class(release, "Community"),
        sources=count_sources(release, base_iri),
        beginning=find_beginning(),
    )


@blueprint.get("/accessibility")
def accessibility() -> Response:
    """State how far the pages can be used by everyone, after the model of Decision (EU) 2018/1523."""
    return _show("accessibility", translate("Accessibility statement"), day=STATEMENT_DAY)


@blueprint.get("/privacy")
def privacy() -> Response:
    """Say what is kept of readers, by what the settings say."""
    web = published().config.web
    return _show(
        "privacy",
        translate("Privacy"),
        has_log=bool(web.query_log),
        logs_addresses=web.log_addresses,
        logs_queries=web.log_queries,
        counts_addresses=web.requests > 0,
        window=web.window,
    )


@blueprint.get("/link")
def link() -> Response:
    """Show others how to link to our data, fetch them and ask them, by examples that work as they stand."""
    base_iri = published().config.site.base_iri
    found = _find_example()
    example = found or EXAMPLE
    return _show(
        "link",
        translate("Link your data to ours"),
        here=absolute("/"),
        base_iri=base_iri,
        path=example,
        iri=f"{base_iri}{example}",
        document=absolute(f"/doc/{example.removeprefix('id/')}"),
        is_there=found is not None,
    )


@blueprint.get("/manifest.webmanifest")
def web_manifest() -> Response:
    """Name and picture of the site for a device's screen (W3C Web Application Manifest)."""
    site = published().config.site
    title = site.title_it if language() == "it" else site.title_en
    response = jsonify(
        name=title,
        short_name=title,
        lang=language(),
        start_url="/",
        display="browser",
        background_color="#ffffff",
        theme_color="#0066cc",
        icons=[{"src": asset_url("icon.svg"), "type": "image/svg+xml", "sizes": "any"}],
    )
    response.content_type = "application/manifest+json"
    return response


def _find_example() -> str | None:
    """Return the path of a thing for examples: the city of the release's query, else a city there is."""
    here = published()
    query = find_query(here.queries, "communities-of-a-city")
    values = [each.default for each in query.parameters if each.name == "city"] if query else []
    found = next((text for value in values for text in value if text.startswith("id/")), None)
    things = f"{here.config.site.base_iri}id/"
    for kind in ("city", "community", "place", "event") if found is None else ():
        for entry in here.index.browse(kind, limit=MOST_LOOKED_AT).entries:
            # One whose path needs no escapes: it stands in commands to be copied.
            if entry.iri.startswith(things) and _PLAIN.fullmatch(entry.iri.removeprefix(things)):
                return entry.iri.removeprefix(here.config.site.base_iri)
    return found


def _show(name: str, title: str, **values: Any) -> Response:
    kept = unchanged(name)
    if kept is not None:
        return kept
    page = render_template(
        f"{name}.html",
        title=title,
        crumbs=[(title, None)],
        has_contact=published().config.site.contact_email != PLACEHOLDER_EMAIL,
        address=request.path,
        **values,
    )
    return finish(Response(page, content_type="text/html; charset=utf-8"), name)
