"""What the site says of itself: the project, accessibility, privacy.

And its manifest, for those who put it on a screen among their programs.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request

from mesmart_kg.config import PLACEHOLDER_EMAIL
from mesmart_kg.web.assets import asset_url
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.figures import count_class, count_sources
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.panoramas import find_beginning
from mesmart_kg.web.publication import published

blueprint = Blueprint("about", __name__)

STATEMENT_DAY: Final = date(2026, 11, 22)
"""When the accessibility statement was last compared with the site; to be changed with its words."""


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
