"""``/links/peers``: the register of sister endpoints, and which of them SERVICE may name here."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from mesmart_kg.engine import Terms
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.languages import translate
from mesmart_kg.web.peers import read_shown
from mesmart_kg.web.publication import published

blueprint = Blueprint("peers", __name__)


@blueprint.get("/links/peers")
def register() -> Response:
    """Show the register."""
    here = published()
    # The list of the settings is no part of the release.
    name = f"peers {sorted(here.config.engine.services)}"
    same = unchanged(name)
    if same is not None:
        return same
    shown = read_shown(here.engine, here.config, Terms(request.environ.get("mesmart.client", "")))
    page = render_template(
        "peers.html",
        crumbs=[(translate("Link your data to ours"), "/link"), (translate("Sister endpoints"), None)],
        shown=shown,
        seconds=here.config.engine.service_seconds,
        rows=here.config.engine.service_rows,
    )
    return finish(Response(page), name)
