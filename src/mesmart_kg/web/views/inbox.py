"""The inbox: links and corrections from others, kept for a person to look at.

Programs send Linked Data Notifications, people fill in a form; both go the same way. Nothing that comes is
published by itself: a receipt tells where a message stands, and not what is in it.

Specification: Linked Data Notifications (W3C, 2017), sections 3.1 (discovery) and 3.3 (receiver).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.inbox import (
    MEDIA_TYPES,
    Allowance,
    Examiner,
    Inbox,
    InboxUnavailable,
    NotificationRefused,
    Receipt,
    State,
    compose_correction,
    compose_linkset,
)
from mesmart_kg.inbox.contexts import read_own_contexts
from mesmart_kg.web.guide_examples import find_examples
from mesmart_kg.web.inbox_words import (
    word_media_types,
    word_outage,
    word_refusal,
    word_state,
    write_container,
    write_receipt,
)
from mesmart_kg.web.languages import language, reader_languages, translate
from mesmart_kg.web.links import absolute, root
from mesmart_kg.web.navigation import keep_language
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.once import once
from mesmart_kg.web.problems import BadRequest, Problem, respond
from mesmart_kg.web.publication import Publication, published

if TYPE_CHECKING:
    from rdflib import Graph

blueprint = Blueprint("inbox", __name__)

_R = TypeVar("_R", bound=AnyResponse)

RELATION: Final = "http://www.w3.org/ns/ldp#inbox"
CONSTRAINED_BY: Final = "http://www.w3.org/ns/ldp#constrainedBy"
MOST_LISTED: Final = 1000
"""Accepted messages that the list names, the latest; all that is published stands in the data anyway."""

_ADVERTISED: Final = frozenset(
    (
        "pages.home",
        "resources.thing",
        "resources.document",
        "metadata.void",
        "metadata.catalogue",
        "metadata.dataset",
    )
)
_OFFERED: Final = (formats.JSONLD, HTML)
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 20
_FIELDS: Final = ("kind", "page", "text", "source", "address", "title", "sender")
_LONGEST_PAGE: Final = 2000
_LONGEST_ABOUT: Final = 500


def is_open() -> bool:
    """Tell whether messages are taken: the operator may close the inbox, and a preview has none."""
    here = published()
    return here.config.inbox.folder is not None and not here.release.is_preview


@blueprint.after_app_request
def advertise(response: Response) -> Response:
    """Name the inbox on what messages may be about (LDN, section 3.1)."""
    if request.endpoint in _ADVERTISED and response.status_code < 400 and is_open():
        field = f'<{root()}inbox>; rel="{RELATION}"'
        if field not in response.headers.getlist("Link"):
            response.headers.add("Link", field)
    return response


@blueprint.app_context_processor
def lead_here() -> dict[str, Any]:
    """Give every page the way to the form, with the page that it is about; none where nothing is taken."""
    return {"inbox_form": _prepare_form() if is_open() else None}


def _prepare_form() -> str:
    values: dict[str, Any] = {"lang": language()} if "lang" in request.args else {}
    if request.endpoint and request.blueprint != blueprint.name:
        values["about"] = request.path[:_LONGEST_ABOUT]
    return url_for("inbox.show", _anchor="correction", **values)


@blueprint.get("/inbox")
def show() -> Response:
    """List what was accepted, for programs; tell people what this is, with forms."""
    _need_open()
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), _OFFERED)
    if choice.format is HTML:
        about = request.args.get("about", "")[:_LONGEST_PAGE]
        page = absolute(about) if about.startswith("/") and not about.startswith("//") else about
        return _finish(Response(_render({"page": page}), content_type=choice.content_type))
    listed = _inbox().ids(State.ACCEPTED)[-MOST_LISTED:]
    members = [absolute(url_for("inbox.receipt", name=name)) for name in reversed(listed)]
    return _finish(Response(write_container(absolute("/inbox"), members), content_type=choice.content_type))


@blueprint.post("/inbox")
def take() -> AnyResponse:
    """Take a message; 201 says that it is kept, and where it is told what becomes of it."""
    _need_open()
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        return _finish(respond(word_media_types()))
    if request.mimetype == _FORM:
        return _take_form()
    if request.mimetype not in MEDIA_TYPES:
        return _finish(respond(word_media_types()))
    kept = _keep(request.get_data(), request.mimetype)
    address = url_for("inbox.receipt", name=kept.id)
    body = write_receipt(kept, absolute(address))
    response = Response(body, 201, content_type=formats.JSONLD.media_type)
    response.headers["Location"] = root() + address.removeprefix("/")
    return _finish(response)


@blueprint.get("/inbox/<name>")
def receipt(name: str) -> Response:
    """Tell where a message stands; its content is for the curator alone."""
    _need_open()
    found = _inbox().find(name)
    if found is None:
        raise ResourceNotFound("no such message")
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), _OFFERED)
    if choice.format is not HTML:
        body = write_receipt(found, absolute(url_for("inbox.receipt", name=name)))
        return _finish(Response(body, content_type=choice.content_type))
    title = translate("Your message")
    page = render_template(
        "inbox_receipt.html",
        title=title,
        crumbs=[(translate("Write to us"), keep_language("/inbox")), (title, None)],
        state=word_state(found.state),
        is_waiting=found.state is State.WAITING,
        received=found.received.date().isoformat(),
        decided=found.decided.date().isoformat() if found.decided else "",
        note=found.note,
        address=absolute(url_for("inbox.receipt", name=name)),
    )
    return _finish(Response(page, content_type=choice.content_type))


@blueprint.errorhandler(NotificationRefused)
def tell_refused(error: NotificationRefused) -> Response:
    """Tell why a message is not taken."""
    return _finish(respond(word_refusal(error)))


@blueprint.errorhandler(InboxUnavailable)
def tell_unavailable(error: InboxUnavailable) -> Response:
    """Tell that nothing can be kept, and the operator why."""
    current_app.logger.error("%s", error)
    return _finish(respond(word_outage()))


# --- a message ---


def _keep(data: bytes, media_type: str) -> Receipt:
    here = published()
    config = here.config.inbox
    allowance = once("inbox.allowance", lambda: Allowance(config.a_day))
    client = request.environ.get("mesmart.client", "")
    allowance.take(client)
    is_new = False
    try:
        notification = _examiner(here).examine(data, media_type, absolute("/"))
        kept = _inbox().keep(notification, datetime.now(UTC))
        is_new = kept.is_new
        return kept
    finally:
        if not is_new:
            allowance.give_back(client)


def _take_form() -> AnyResponse:
    """Take what a person wrote; what is wrong with it is told on the form, and nothing written is lost."""
    # Whoever reads this page fills in its form; a page elsewhere must not make a reader send something.
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise BadRequest(403, "inbox-form", "This form can be sent from its own page only.")
    fields = _read_fields(request.get_data())
    try:
        kept = _keep(_compose(fields), formats.JSONLD.media_type)
    except NotificationRefused as error:
        return _refuse_form(fields, word_refusal(error))
    except InboxUnavailable as error:
        current_app.logger.error("%s", error)
        return _refuse_form(fields, word_outage())
    return _finish(redirect(keep_language(url_for("inbox.receipt", name=kept.id)), 303))


def _read_fields(data: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(data.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadRequest(400, "form", "The form did not arrive whole. Send it again.") from error
    return {name: value.replace("\r\n", "\n").strip() for name, value in pairs if name in _FIELDS}


def _compose(fields: dict[str, str]) -> bytes:
    sender = fields.get("sender", "")
    if fields.get("kind") == "links":
        return compose_linkset(fields.get("address", ""), fields.get("title", ""), sender)
    page = fields.get("page", "")
    target = absolute(page) if page.startswith("/") else page
    return compose_correction(target, fields.get("text", ""), fields.get("source", ""), sender)


def _refuse_form(fields: dict[str, str], problem: Problem) -> Response:
    response = Response(_render(fields, problem), problem.status, content_type="text/html; charset=utf-8")
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return _finish(response)


# --- what it stands on ---


def _need_open() -> None:
    if not is_open():
        raise ResourceNotFound("the inbox is closed")


def _inbox() -> Inbox:
    config = published().config.inbox
    folder = config.folder
    if folder is None:
        raise ResourceNotFound("the inbox is closed")

    def make() -> Inbox:
        inbox = Inbox(folder, config.offers)
        inbox.sweep()
        return inbox

    return once("inbox", make)


def _examiner(here: Publication) -> Examiner:
    base_iri, inputs = here.config.site.base_iri, here.release.inputs

    def read() -> Graph:
        from mesmart_kg.validation import read_shapes  # a validator's weight, once a message is there

        file = inputs / "shapes.ttl"
        return read_shapes([file] if file.is_file() else [])

    def make() -> Examiner:
        contexts = read_own_contexts(inputs / "contexts", base_iri)
        return Examiner(base_iri, read, contexts, here.config.web.public_url)

    return once("inbox.examiner", make)


def _finish(response: _R) -> _R:
    """Return an answer with what all of the inbox tell: what it takes, by which rules. Nobody keeps it."""
    response.headers["Accept-Post"] = ", ".join(MEDIA_TYPES)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language()
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers.add("Link", f'<{root()}shapes#Notification>; rel="{CONSTRAINED_BY}"')
    return response


@blueprint.after_request
def name_types(response: Response) -> Response:
    """Say what may be sent, to those who ask by OPTIONS, too."""
    if request.method == "OPTIONS":
        response.headers["Accept-Post"] = ", ".join(MEDIA_TYPES)
    return response


def _render(fields: dict[str, str], problem: Problem | None = None) -> str:
    here = published()
    base_iri = here.config.site.base_iri
    examples = find_examples(here.index, here.queries, base_iri, reader_languages())
    title = translate("Write to us")
    return render_template(
        "inbox.html",
        title=title,
        crumbs=[(title, None)],
        fields=fields,
        problem=problem,
        is_about_links=fields.get("kind") == "links",
        inbox=absolute("/inbox"),
        context=f"{base_iri}context",
        example=f"{base_iri}{examples.path}",
        most=here.config.inbox.size,
        a_day=here.config.inbox.a_day,
        longest=_LONGEST_PAGE,
    )
