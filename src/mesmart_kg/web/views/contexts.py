"""``/context``: our terms as keys of plain JSON, with frames and examples for the classes that people write.

The newest context is at ``/context``, where browsers get a page; each stands for ever at ``/context/{date}``.
Frames and examples are those of the release, and name the context at the address where this site gives it.

Specifications: JSON-LD 1.1, sections 3.1 (the context) and 6.1 (plain JSON as JSON-LD, by a Link header).
"""

from __future__ import annotations

import json
from functools import partial
from typing import Final

from flask import Blueprint, Response, render_template, request, url_for

from mesmart_kg import formats
from mesmart_kg.contexts import Context, Frame, read_contexts, read_frames, relocate
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.endpoint import FOR_EVER
from mesmart_kg.web.languages import translate
from mesmart_kg.web.links import absolute
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.once import once
from mesmart_kg.web.publication import published
from mesmart_kg.web.record_pages import describe_checking, list_keys, list_records

blueprint = Blueprint("contexts", __name__)

_JSONLD: Final = Format("jsonld", "JSON-LD", formats.JSONLD.media_type, "jsonld", "", ("application/json",))
_OFFERED: Final = (_JSONLD, HTML)
_PLAIN: Final = Format("json", "JSON", "application/json", "json", "")
_RECORDS: Final = (formats.JSONLD, _PLAIN)
_RELATION: Final = "http://www.w3.org/ns/json-ld#context"
_CHECKED: Final = "Membership"
"""The example that the page checks: what most cities have to say first."""


@blueprint.get("/context")
def newest() -> Response:
    """Give the newest context, or show people what to do with it."""
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), _OFFERED)
    return unchanged(choice.format.name) or _send_newest(choice.format, choice.content_type)


@blueprint.get("/context.jsonld")
def newest_as_file() -> Response:
    """Give the newest context, whatever the client prefers."""
    return unchanged(_JSONLD.name) or _send_newest(_JSONLD, _JSONLD.media_type)


def _send_newest(chosen: Format, content_type: str) -> Response:
    context = _contexts()[0]
    dated = url_for("contexts.dated", day=context.day)
    if chosen is HTML:
        response = Response(_show(context))
        response.headers.add("Link", f'<{dated}>; rel="alternate"; type="{_JSONLD.media_type}"')
    else:
        response = Response(context.data, content_type=content_type)
        response.headers["Content-Location"] = dated
    return finish(response, chosen.name)


def _show(context: Context) -> str:
    frames = _frames()
    checked = next((each for each in frames if each.name == _CHECKED), frames[0] if frames else None)
    return render_template(
        "contexts.html",
        crumbs=[
            (translate("Link your data to ours"), url_for("guide.start")),
            (translate("Write your own records"), None),
        ],
        context=context,
        contexts=_contexts(),
        line=f'"@context": "{absolute(url_for("contexts.dated", day=context.day))}"',
        records=list_records(context, frames, absolute("/context")),
        keys=list_keys(context),
        checked=describe_checking(context, checked) if checked else None,
    )


@blueprint.get("/context/<day>")
def dated(day: str) -> Response:
    """Give the context of a day, which never changes."""
    context = next((each for each in _contexts() if each.day == day.removesuffix(".jsonld")), None)
    if context is None:
        raise ResourceNotFound(f"there is no context of {day}")
    response = Response(context.data, content_type=_JSONLD.media_type)
    response.headers["Cache-Control"] = FOR_EVER
    response.set_etag(context.sha256[:24], weak=True)
    response.make_conditional(request)
    return response


@blueprint.get("/context/frames/<name>")
def frame(name: str) -> Response:
    """Give the frame that makes JSON in our keys of any RDF about things of a class."""
    return unchanged("frame") or _send_frame(name)


def _send_frame(name: str) -> Response:
    text = relocate(_find_frame(name).frame, absolute("/context"))
    return finish(Response(text, content_type=_JSONLD.media_type), "frame")


@blueprint.get("/context/examples/<name>")
def example(name: str) -> Response:
    """Give the record of a real thing: with its context, or as plain JSON that a header explains."""
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), _RECORDS)
    return unchanged(choice.format.name) or _send_example(name, choice.format)


def _send_example(name: str, chosen: Format) -> Response:
    text = relocate(_find_frame(name).example, absolute("/context"))
    if chosen is not _PLAIN:
        return finish(Response(text, content_type=_JSONLD.media_type), chosen.name)
    record = json.loads(text)
    link = f'<{record.pop("@context")}>; rel="{_RELATION}"; type="{_JSONLD.media_type}"'
    body = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    return finish(Response(body, content_type=_PLAIN.media_type, headers={"Link": link}), chosen.name)


def _find_frame(name: str) -> Frame:
    wanted = name.removesuffix(".jsonld")
    found = next((each for each in _frames() if each.name == wanted), None)
    if found is None:
        raise ResourceNotFound("there is no frame for this class")
    return found


def _contexts() -> tuple[Context, ...]:
    """Return the contexts of the release, the newest first. Raises ResourceNotFound where it has none."""
    found = once("contexts", partial(read_contexts, published().release.inputs))
    if not found:
        raise ResourceNotFound("these data come without a context")
    return found


def _frames() -> tuple[Frame, ...]:
    return once("frames", partial(read_frames, published().release.inputs))
