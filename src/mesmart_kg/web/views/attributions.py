"""``/credits``: whose work stands in ours; and the notices that go with what browsers are sent."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from mesmart_kg.engine import Terms
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.credits import (
    PAGE,
    QUERY,
    group_credits,
    list_assets,
    list_software,
    list_sources,
    to_notices,
)
from mesmart_kg.web.filtering import read_page, to_address, to_canonical
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
    sources = list_sources(here.engine, language(), client)
    number, pages = read_page(), max(-(-len(sources) // PAGE), 1)
    if number > pages:
        raise ResourceNotFound(f"the list ends with page {pages}")
    page = render_template(
        "credits.html",
        crumbs=[(translate("Sources and credits"), None)],
        sources=sources[(number - 1) * PAGE : number * PAGE],
        owed=group_credits(sources),
        total=len(sources),
        first=(number - 1) * PAGE + 1,
        page=number,
        pages=pages,
        url_of=lambda page: to_address("/credits", (), page=page if page > 1 else None),
        canonical=to_canonical("/credits", number),
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
