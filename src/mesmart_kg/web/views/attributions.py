"""``/credits``: whose work stands in ours; and the notices that go with what browsers are sent."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from mesmart_kg.engine import Terms
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.credits import QUERY, list_assets, list_software, list_sources, to_notices
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.publication import published

blueprint = Blueprint("attributions", __name__)


@blueprint.get("/credits")
def all_credits() -> Response:
    """Name the sources, the software and what goes to browsers, each with its licence."""
    same = unchanged("credits")
    if same is not None:
        return same
    here = published()
    client = Terms(request.environ.get("mesmart.client", ""))
    page = render_template(
        "credits.html",
        crumbs=[(translate("Sources and credits"), None)],
        sources=list_sources(here.engine, language(), client),
        query=QUERY,
        software=list_software(),
        assets=list_assets(),
    )
    return finish(Response(page), "credits")


@blueprint.get("/credits/notices.txt")
def notices() -> Response:
    """Give the notices of what browsers are sent."""
    same = unchanged("notices")
    if same is not None:
        return same
    text = to_notices(list_assets())
    return finish(Response(text, content_type="text/plain; charset=utf-8"), "notices")
