"""What the site says of itself: the project, how far it carries, accessibility, privacy.

And its manifest, for those who put it on a screen among their programs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request

from mesmart_kg.config import PLACEHOLDER_EMAIL
from mesmart_kg.engine.storage import STATEMENT_BYTES
from mesmart_kg.web.assets import asset_url
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.figures import count_class, count_sources
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.panoramas import find_beginning
from mesmart_kg.web.publication import published
from mesmart_kg.web.scale import (
    SIZES,
    STORED_TWICE,
    find_most,
    read_figures,
    read_statements,
    size,
)

blueprint = Blueprint("about", __name__)

STATEMENT_DAY: Final = date(2026, 11, 22)
"""When the accessibility statement was last compared with the site; to be changed with its words."""

_SMALL_MACHINE: Final = 8 * 1024**3


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


@blueprint.get("/about/scale")
def scale() -> Response:
    """Say when a larger machine or another engine is needed, what it takes, and what was measured."""
    config, here = published().config, int(published().release.manifest.figures["triples"])
    asked = request.args.get("statements", "").strip()
    statements, figures = read_statements(asked), read_figures()
    counts = {*SIZES, here} | ({statements} if statements else set())
    return _show(
        "about_scale",
        translate("From one city to many"),
        ((translate("The project"), "/about"),),
        (config.engine.workers, config.engine.memory, config.engine.cache, config.web.pages),
        needs=[size(each, config.engine, config.web) for each in sorted(counts)],
        here=here,
        asked=asked,
        statements=statements,
        is_wrong=bool(asked) and statements is None,
        small=find_most(_SMALL_MACHINE, config.engine.workers),
        statement_bytes=STORED_TWICE * STATEMENT_BYTES,
        workers=config.engine.workers,
        memory=config.engine.memory,
        figures=figures,
        rows=_name_rows(),
        proxied=[(_name_asked(name), rates) for name, rates in figures.proxied],
    )


def _name_rows() -> list[tuple[str, str, str]]:
    """Return for each measured figure its field, its name in words, its unit."""
    return [
        ("build_seconds", translate("Build of a release"), "s"),
        ("rebuild_seconds", translate("Build after one changed line"), "s"),
        ("build_mebibytes", translate("Memory of the build"), "MiB"),
        ("release_mebibytes", translate("The release on disk"), "MiB"),
        ("ready_seconds", translate("Server ready after"), "s"),
        ("serving_mebibytes", translate("Memory of the server"), "MiB"),
        ("ready_disk_seconds", translate("Server ready, data on disk, after"), "s"),
        ("serving_disk_mebibytes", translate("Memory of the server, data on disk"), "MiB"),
        ("page_milliseconds", translate("A page of a city"), "ms"),
        ("page_disk_milliseconds", translate("A page of a city, data on disk"), "ms"),
        ("community_milliseconds", translate("The page of the largest community"), "ms"),
        ("community_disk_milliseconds", translate("The same, data on disk"), "ms"),
        ("list_milliseconds", translate("The last page of the longest list"), "ms"),
        ("search_milliseconds", translate("A search"), "ms"),
        ("match_milliseconds", translate("To match a name"), "ms"),
        ("slowest_milliseconds", translate("The slowest page of all"), "ms"),
        ("slowest_disk_milliseconds", translate("The slowest page, data on disk"), "ms"),
        ("largest_kilobytes", translate("The largest page"), "kB"),
    ]


def _name_asked(name: str) -> str:
    """Return in words what was asked through the proxy; what has no words stands as it is."""
    known = {
        "page": translate("A page of a city"),
        "data": translate("The same as data"),
        "kept query": translate("A query that was asked before"),
        "new query": translate("A query that is new"),
    }
    return known.get(name, name)


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


def _show(
    name: str,
    title: str,
    above: Iterable[tuple[str, str | None]] = (),
    settings: tuple[int, ...] = (),
    **values: Any,
) -> Response:
    """Return a template's page; ``above`` are the pages that lead to it, ``settings`` those it tells of."""
    tag = repr((name, *settings))
    kept = unchanged(tag)
    if kept is not None:
        return kept
    page = render_template(
        f"{name}.html",
        title=title,
        crumbs=[*above, (title, None)],
        has_contact=published().config.site.contact_email != PLACEHOLDER_EMAIL,
        address=request.path,
        **values,
    )
    return finish(Response(page, content_type="text/html; charset=utf-8"), tag)
