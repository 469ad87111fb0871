"""``/lookup``: a thing by its code in a register or by the IRI it has elsewhere; many of them by POST.

One that is found is led to (303); where several fit they are listed (300); ``?format=json`` tells instead.
A list is answered in its order, what is unknown included.

Specification: RFC 9110, sections 15.4.1 and 15.4.4 (300, 303); NDJSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg.formats import RESULTS_CSV, Format
from mesmart_kg.lookup import Finding, look_up
from mesmart_kg.web.conditional import finish, unchanged
from mesmart_kg.web.languages import reader_languages, translate
from mesmart_kg.web.links import absolute, find_path, to_iri
from mesmart_kg.web.lookups import read_question, read_questions, write_csv, write_json, write_lines
from mesmart_kg.web.negotiation import choose_format
from mesmart_kg.web.problems import BadRequest, wants_page
from mesmart_kg.web.publication import published
from mesmart_kg.web.schemes import name_scheme
from mesmart_kg.web.things import split_ending

blueprint = Blueprint("lookup", __name__)

_JSON: Final = Format("json", "JSON", "application/json", "json", "")
_LINES: Final = Format("ndjson", "NDJSON", "application/x-ndjson", "ndjson", "")
_LISTS: Final = (_JSON, RESULTS_CSV, _LINES)
_WRITERS: Final[Mapping[str, Callable[[Iterable[Finding]], Iterator[str]]]] = MappingProxyType(
    {_JSON.name: write_json, RESULTS_CSV.name: write_csv, _LINES.name: write_lines}
)
_TAG: Final = "lookup"
_MOST_LINKS: Final = 10
"""Links in one header: proxies refuse a head of many kilobytes."""


@blueprint.get("/lookup")
def find() -> AnyResponse:
    """Lead to what is asked for; without a question, say what can be asked."""
    given = {name: request.args.get(name, "") for name in ("scheme", "code", "iri", "kind")}
    if (same := unchanged(_TAG)) is not None:
        return same
    if not any(given.values()):
        return finish(_offer(), _TAG)
    here = published()
    (finding,) = look_up(here.index, [read_question(**given)], here.config.site.base_iri, _to_own)
    if request.args.get("format") == _JSON.name:
        return finish(_as_json(finding.to_facts()), _TAG)
    if finding.thing is not None:
        return _lead(finding)
    return _list(finding)


@blueprint.post("/lookup")
def find_many() -> Response:
    """Answer a list of codes and IRIs."""
    here = published()
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), _LISTS)
    media_type = request.mimetype or "text/plain"
    try:
        text = request.get_data(cache=False).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(400, "lookup", "Send the list in UTF-8.") from error
    asked = read_questions(text, media_type, here.config.web.lookups)
    findings = look_up(here.index, asked, here.config.site.base_iri, _to_own)
    body = "".join(_WRITERS[choice.format.name](findings))
    response = Response(body, content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    return response


def _to_own(iri: str) -> str:
    """Return the IRI of what an address of this site shows; any other as it is."""
    path = iri.removeprefix(absolute("/"))
    if path == iri:
        return iri
    return to_iri(f"/{split_ending(path.partition('?')[0])[0]}")


def _offer() -> Response:
    """Tell which registers there are, as a page or as JSON."""
    registers = published().index.registers()
    if wants_page():
        page = render_template(
            "lookup.html",
            crumbs=[(translate("Link your data to ours"), "/link"), (translate("Look up a code"), None)],
            registers=registers,
            name_scheme=name_scheme,
            finding=None,
            things=(),
            most=published().config.web.lookups,
            address=absolute("/lookup"),
        )
        return Response(page)
    return _as_json({"registers": [vars(each) for each in registers]})


def _lead(finding: Finding) -> AnyResponse:
    """Lead to the thing, and name what else fits."""
    response = redirect(_to_thing(finding.thing or ""), 303)
    for other in finding.others[:_MOST_LINKS]:
        response.headers.add("Link", f'<{_to_thing(other)}>; rel="related"')
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = f"public, max-age={published().config.web.max_age}"
    return response


def _to_thing(iri: str) -> str:
    """Return the address of a thing itself on this site, which leads on to its document."""
    base_iri = published().config.site.base_iri
    path = find_path(iri, base_iri)
    if path is None:
        return iri
    kept = (
        f"?lang={request.args['lang']}"
        if request.args.get("lang") in published().config.site.languages
        else ""
    )
    is_thing = iri.startswith(f"{base_iri}id/") and path.startswith("/doc/")
    return f"/id/{path.removeprefix('/doc/')}{kept}" if is_thing else path


def _list(finding: Finding) -> Response:
    """Tell that nothing was found, or that several things fit."""
    here = published()
    status = 300 if finding.others else 404
    if not wants_page():
        facts = finding.to_facts()
        if not finding.others:
            facts["registers"] = [vars(each) for each in here.index.registers()]
        response = _as_json(facts)
    else:
        things = here.index.references(finding.others, reader_languages())
        page = render_template(
            "lookup.html",
            crumbs=[(translate("Look up a code"), "/lookup"), (translate("Result"), None)],
            registers=here.index.registers(),
            name_scheme=name_scheme,
            finding=finding,
            things=[things[iri] for iri in finding.others],
            most=here.config.web.lookups,
            address=absolute("/lookup"),
        )
        response = Response(page)
    response.status_code = status
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def _as_json(facts: object) -> Response:
    return Response(json.dumps(facts, ensure_ascii=False) + "\n", content_type="application/json")
