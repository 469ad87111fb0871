"""Files over HTTP: dumps, manifests, validation reports, of every release on the shelf.

What belongs to one release names it in a Link header, as answers of the endpoint do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.formats import Format
from mesmart_kg.release import MANIFEST, Release, hash_file
from mesmart_kg.web.naming import release_link
from mesmart_kg.web.negotiation import HTML, Choice, choose_format
from mesmart_kg.web.publication import published
from mesmart_kg.web.release_files import find_file, get_entry, translate
from mesmart_kg.web.report import read_report

blueprint = Blueprint("datasets", __name__)

_JSON: Final = Format("json", "JSON", "application/json", "json", "")
_TYPES: Final = {
    ".nt.gz": formats.NTRIPLES,
    ".nq.gz": formats.NQUADS,
    ".ttl.gz": formats.TURTLE,
    ".trig.gz": formats.TRIG,
    ".jsonld.gz": formats.JSONLD,
    ".csv": formats.RESULTS_CSV,
}


@blueprint.get("/dumps/<file>")
def current_dump(file: str) -> AnyResponse:
    """Lead to the dump of that name in the release that is served."""
    release = published().release
    find_file(release, f"dumps/{file}")
    response = redirect(url_for("datasets.dump", release_id=release.id, file=file), 302)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/releases/<release_id>/dumps/<file>")
def dump(release_id: str, file: str) -> Response:
    """Give a dump as it lies on the shelf, packed."""
    return _send(published().catalog.get(release_id), f"dumps/{file}")


@blueprint.get("/releases/<release_id>/manifest")
def manifest(release_id: str) -> Response:
    """Give a release's manifest."""
    release = published().catalog.get(release_id)
    path = release.path / MANIFEST
    response = send_file(path, "application/json", conditional=True, etag=hash_file(path))
    return _for_ever(response, release)


@blueprint.get("/releases/<release_id>/report")
def report(release_id: str) -> Response:
    """Show what the validation found, as a page, as RDF (a SHACL report) or as JSON."""
    release = published().catalog.get(release_id)
    rdf = (formats.TURTLE, formats.NTRIPLES, formats.JSONLD, formats.RDFXML)
    choice = _choose((HTML, *rdf, _JSON))
    if choice.format is HTML:
        shown = read_report(find_file(release, "report/validation.json"))
        response = Response(render_template("report.html", release=release, report=shown))
    elif choice.format is _JSON:
        response = Response(find_file(release, "report/validation.json").read_bytes())
    else:
        response = Response(translate(find_file(release, "report/validation.ttl"), choice.format))
    response.content_type = choice.content_type
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Link"] = release_link(published(), release)
    return response


def _choose(offered: Sequence[Format]) -> Choice:
    return choose_format(request.headers.get("Accept"), request.args.get("format"), offered)


def _send(release: Release, path: str) -> Response:
    entry, file = get_entry(release, path), find_file(release, path)
    known = [kind for ending, kind in _TYPES.items() if file.name.endswith(ending)]
    packed = file.name.endswith(".gz")
    # A packed dump is a file to keep, not a page to unpack on the way: application/gzip, no Content-Encoding.
    media_type = "application/gzip" if packed else known[0].content_type if known else "text/plain"
    response = send_file(
        file, media_type, as_attachment=packed, download_name=file.name, conditional=True, etag=entry.sha256
    )
    return _for_ever(response, release)


def _for_ever(response: Response, release: Release) -> Response:
    # A release is written once: what it holds under a name never changes.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Link"] = release_link(published(), release)
    return response
