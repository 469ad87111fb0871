"""``/reconcile``: names in, our things out, for OpenRefine and whatever speaks its API; a page for people.

Specification: Reconciliation Service API 0.2 and 1.0-draft (W3C Entity Reconciliation Community Group); how
the two are told apart: ``reconciling.versions``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

from flask import Blueprint, Response, render_template, request, url_for

from mesmart_kg.engine import Terms
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.kinds import name_badge
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import absolute, find_path
from mesmart_kg.web.problems import BadRequest, wants_page
from mesmart_kg.web.publication import published
from mesmart_kg.web.reconciling import matching, reading, suggesting, writing
from mesmart_kg.web.reconciling.extending import Values
from mesmart_kg.web.reconciling.kinds import EntityType, describe, find_entries, find_type, list_types, to_iri
from mesmart_kg.web.reconciling.manifest import write_manifest
from mesmart_kg.web.reconciling.model import Condition, Extension, Found, Query
from mesmart_kg.web.reconciling.properties import find_property
from mesmart_kg.web.reconciling.versions import Version, choose_manifest
from mesmart_kg.web.schemes import name_scheme
from mesmart_kg.web.security import FRAMED

blueprint = Blueprint("reconcile", __name__)

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_MOST_FIELDS: Final = 50
_LONGEST: Final = 200
_SHOWN: Final = ("istat", "iso3166-1", "nuts", "wikidata")
"""Registers whose codes a preview has room for."""

_CALLBACK: Final = re.compile(
    r"[A-Za-z_$][A-Za-z0-9_$]{0,99}(?:\.[A-Za-z_$][A-Za-z0-9_$]{0,99}){0,5}", re.ASCII
)
"""What a script may ask to be called: names joined by dots, and nothing that could be a program."""


# --- 0.2 ---


@blueprint.get("/reconcile")
def service() -> Response:
    """Answer what ``queries`` or ``extend`` asks; without either, the manifest, or a page for people."""
    asked = {name: request.args[name] for name in ("queries", "extend") if name in request.args}
    if asked:
        return unchanged("reconcile answer") or finish(_answer_form(asked), "reconcile answer")
    if wants_page() and not {"callback", "version"} & set(request.args):
        return unchanged("reconcile page") or finish(_show_page(), "reconcile page")
    version = choose_manifest(request.args.get("version"), request.headers.get("Accept"))
    name = f"reconcile manifest {version.value}"
    return unchanged(name) or finish(_send(write_manifest(version)), name)


@blueprint.post("/reconcile")
def service_by_form() -> Response:
    """Answer a form with ``queries`` or ``extend``."""
    _check_type(_FORM)
    try:
        fields = parse_qs(request.get_data(cache=False).decode("utf-8"), True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadRequest(400, "malformed-form", "The form could not be read.") from error
    return _unkept(_answer_form({name: values[0] for name, values in fields.items()}))


def _answer_form(fields: dict[str, str]) -> Response:
    most = published().config.web.reconcile_queries
    if "queries" in fields:
        document = reading.read_json(fields["queries"], "queries")
        return _send(_match(reading.read_batch(document, most), Version.FINAL))
    if "extend" in fields:
        document = reading.read_json(fields["extend"], "extend")
        return _send(_extend(reading.read_extension(document, most), Version.FINAL))
    raise BadRequest(400, "nothing-asked", "Send what you ask as “queries” or as “extend”.")


# --- the draft ---


@blueprint.post("/reconcile/match")
@blueprint.post("/reconcile/reconcile")
def match() -> Response:
    """Answer a batch of queries."""
    queries = reading.read_draft_batch(_read_body(), published().config.web.reconcile_queries)
    return _unkept(_send(_match(queries, Version.DRAFT)))


@blueprint.post("/reconcile/extend")
def extend() -> Response:
    """Answer a data extension query."""
    asked = reading.read_extension(_read_body(), published().config.web.reconcile_queries)
    return _unkept(_send(_extend(asked, Version.DRAFT)))


def _read_body() -> object:
    _check_type(_JSON)
    return reading.read_json(request.get_data(cache=False), translate("what was sent"))


# --- both ---


def _match(queries: tuple[Query, ...], version: Version) -> dict[str, Any]:
    most = published().config.web.reconcile_queries
    return writing.write_results(matching.match(queries, _terms(), most), version)


def _extend(asked: Extension, version: Version) -> dict[str, Any]:
    iris = {each: to_iri(each) for each in asked.ids}
    values = Values(_terms())
    values.fetch(list(iris.values()), [each.id for each in asked.wanted if find_property(each.id)])
    return writing.write_extension(asked, iris, values, version)


@blueprint.get("/reconcile/extend/propose")
def propose() -> Response:
    """Propose columns for things of a type."""

    def make() -> dict[str, Any]:
        asked = request.args.get("type", "")[:_LONGEST]
        limit = _read_number("limit", 0)
        found = suggesting.propose_properties(find_type(asked), limit)
        return writing.write_proposal(found, asked, limit)

    return _offer(make)


@blueprint.get("/reconcile/suggest/<any(entity, type, property):what>")
def suggest(what: str) -> Response:
    """Suggest things, types or properties by the beginning of a name."""

    def make() -> dict[str, Any]:
        prefix, cursor = request.args.get("prefix", "")[:_LONGEST], _read_number("cursor", suggesting.MOST)
        wanted = find_type(request.args.get("type", "")[:_LONGEST])
        if what == "entity":
            return writing.write_entities(suggesting.suggest_entities(prefix, cursor, wanted))
        if what == "type":
            return writing.write_types(suggesting.suggest_types(prefix, cursor))
        return writing.write_properties(suggesting.suggest_properties(prefix, cursor, wanted))

    return _offer(make)


@blueprint.get("/reconcile/flyout/<any(entity, type, property):what>")
def flyout(what: str) -> Response:
    """Tell a little about a suggestion, as markup that a client puts into its own page."""

    def make() -> dict[str, Any]:
        key = request.args.get("id", "")[:_LONGEST]
        title, text = _tell(what, key)
        return {"id": key, "html": render_template("reconcile_flyout.html", title=title, text=text).strip()}

    return _offer(make)


def _tell(what: str, key: str) -> tuple[str, str]:
    """Return name and description of a suggestion. Raises ResourceNotFound."""
    if what == "entity":
        entry = find_entries(published().index, (to_iri(key),)).get(to_iri(key))
        if entry is not None:
            return entry.name.value, describe(entry)
    elif what == "type":
        found = find_type(key)
        if found is not None:
            return found.name, published().glossary.about(found.class_iri, language()) or ""
    else:
        own = find_property(key)
        if own is not None:
            return own.name, own.about
    raise ResourceNotFound(key)


@blueprint.get("/reconcile/preview")
def preview() -> Response:
    """Show a thing in a small frame of somebody else's page."""
    response = unchanged("reconcile preview") or _show_preview()
    response.headers["Content-Security-Policy"] = FRAMED
    return response


def _show_preview() -> Response:
    here = published()
    iri = to_iri(request.args.get("id", "")[:_LONGEST])
    entry = find_entries(here.index, (iri,)).get(iri)
    path = find_path(iri, here.config.site.base_iri) if entry else None
    page = render_template(
        "reconcile_preview.html",
        entry=entry,
        badge=name_badge(entry) if entry else "",
        address=absolute(path) if path else None,
        codes=[(name_scheme(scheme), code) for scheme, code in entry.codes if scheme in _SHOWN]
        if entry
        else [],
    )
    response = Response(page, 200 if entry else 404, content_type="text/html; charset=utf-8")
    return finish(response, "reconcile preview")


# --- the page ---


def _show_page() -> Response:
    text = " ".join(request.args.get("q", "").split())[:_LONGEST]
    country = " ".join(request.args.get("country", "").split())[:_LONGEST]
    chosen = find_type(request.args.get("type", "")[:_LONGEST])
    page = render_template(
        "reconcile.html",
        crumbs=[(translate("Link your data to ours"), "/link"), (translate("Match names"), None)],
        endpoint=absolute(url_for("reconcile.service")),
        text=text,
        country=country,
        chosen=chosen.id if chosen else "",
        types=[(each.id, each.name) for each in list_types() if each.is_common],
        found=_try(text, country, chosen) if text else None,
        describe=describe,
        most=published().config.web.reconcile_queries,
        features=[(key, writing.name_feature(key), about) for key, about in _explain_features()],
    )
    return Response(page, content_type="text/html; charset=utf-8")


def _try(text: str, country: str, chosen: EntityType | None) -> Found:
    conditions = (Condition("country", (country,)),) if country else ()
    query = Query("0", (text,), types=(chosen.id,) if chosen else (), conditions=conditions)
    return matching.match((query,), _terms(), 1)[0]


def _explain_features() -> tuple[tuple[str, str], ...]:
    return (
        ("name", translate("From 0 to 1; 1 if only capitals, accents and signs differ.")),
        ("code", translate("Large if the code is the thing’s own, below 1 if it has another.")),
        ("country", translate("Above 1 if the thing lies there, far below 1 if it does not.")),
        ("region", translate("Above 1 if the thing lies there, far below 1 if it does not.")),
        ("community", translate("Above 1 if it has to do with it, below 1 if nothing is known of that.")),
        ("point", translate("Above 1 within a few kilometres, far below 1 a long way off.")),
        ("kind", translate("Below 1 if a text such as “Province of …” speaks of something else.")),
    )


# --- sending ---


def _offer(make: Callable[[], dict[str, Any]]) -> Response:
    """Return what the address alone decides, to be kept for a while."""
    return unchanged("reconcile offer") or finish(_send(make()), "reconcile offer")


def _send(document: dict[str, Any]) -> Response:
    """Return a document as JSON, or as a script where a client of 0.2 asks for that."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    callback = request.args.get("callback")
    if callback is None or request.method == "POST":
        return Response(text, content_type=_JSON)
    if not _CALLBACK.fullmatch(callback):
        raise BadRequest(400, "callback", "“callback” may only be a name, such as jQuery123_456.")
    # Two signs that JSON may hold end a line in older scripts; a comment goes before what a client chose.
    safe = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Response(f"/**/{callback}({safe});", content_type="text/javascript; charset=utf-8")


def _unkept(response: Response) -> Response:
    """Return the answer to what was posted: it may be anyone's data, so nobody keeps it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language()
    response.headers["Vary"] = "Accept-Language"
    return response


def _check_type(wanted: str) -> None:
    if request.mimetype != wanted:
        raise BadRequest(
            415,
            "unsupported-media-type",
            "Send this as %(wanted)s, not as %(given)s. Version 0.2 of the API posts a form to /reconcile, "
            "the draft of 1.0 JSON to /reconcile/match and /reconcile/extend.",
            wanted=wanted,
            given=request.mimetype[:100] or "—",
        )


def _read_number(name: str, most: int) -> int:
    """Return a whole number among the arguments, 0 if there is none; ``most`` 0 sets no limit of its own."""
    given = request.args.get(name, "")
    return reading.read_number(given, name, 0, most or suggesting.MOST) if given else 0


def _terms() -> Terms:
    return Terms(request.environ.get("mesmart.client", ""))
