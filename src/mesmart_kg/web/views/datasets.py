"""Files over HTTP: dumps, manifests, validation reports, metadata, of every release on the shelf.

What belongs to one release names it in a Link header, as answers of the endpoint do.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.errors import ReleaseDamaged, ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.release import MANIFEST, FileEntry, Release, hash_file
from mesmart_kg.store import parse, serialize
from mesmart_kg.web.figures import list_dumps
from mesmart_kg.web.naming import CATALOGUE, NAME, last_modified, release_iri, release_link
from mesmart_kg.web.negotiation import HTML, Choice, choose_format
from mesmart_kg.web.publication import published
from mesmart_kg.web.report import read_report
from mesmart_kg.web.self_description import send_description

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
    _find(release, f"dumps/{file}")
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
        shown = read_report(_find(release, "report/validation.json"))
        response = Response(render_template("report.html", release=release, report=shown))
    elif choice.format is _JSON:
        response = Response(_find(release, "report/validation.json").read_bytes())
    else:
        response = Response(_translate(_find(release, "report/validation.ttl"), choice.format))
    response.content_type = choice.content_type
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Link"] = release_link(published(), release)
    return response


@blueprint.get("/releases")
def releases() -> str:
    """List the releases on the shelf."""
    shelf = published().catalog.releases()
    return render_template("releases.html", releases=shelf, current=published().release)


@blueprint.get("/releases/<release_id>")
def release(release_id: str) -> str:
    """Show one release: its figures and its files."""
    found = published().catalog.get(release_id)
    return render_template("release.html", release=found, dumps=list_dumps(found))


@blueprint.get("/.well-known/void")
def void() -> Response:
    """Describe the dataset and its endpoint as RDF, at the place where crawlers look."""
    return send_description(_choose(formats.RDF_FORMATS))


@blueprint.get("/.well-known/sparql-examples")
@blueprint.get("/.well-known/sparql-examples/")
def examples() -> AnyResponse:
    """Lead to the example queries, which are part of that description."""
    return redirect(url_for("datasets.void"), 303)


@blueprint.get("/set/<name>")
def dataset(name: str) -> AnyResponse:
    """Give the metadata of the release that is served, which describe the dataset and its catalogue."""
    return _describe(published().release, name in (NAME, CATALOGUE))


@blueprint.get("/set/<name>/<release_id>")
def version(name: str, release_id: str) -> AnyResponse:
    """Give the metadata of one release as RDF; lead people to its page."""
    return _describe(published().catalog.get(release_id), name == NAME)


def _describe(release: Release, is_known: bool) -> AnyResponse:
    if not is_known:
        raise ResourceNotFound("there is no such dataset")
    choice = _choose((*formats.RDF_FORMATS, HTML))
    if choice.format is HTML:
        page = redirect(url_for("datasets.release", release_id=release.id), 303)
        page.headers["Vary"] = "Accept"
        return page
    described = _get_entry(release, "metadata/dataset.ttl")
    response = Response(_translate(release.metadata, choice.format), content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Link"] = f'<{release_iri(published().config, release)}>; rel="cite-as"'
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(f"{described.sha256[:16]}-{choice.format.name}", weak=True)
    response.make_conditional(request)
    response.headers["Last-Modified"] = last_modified(release)
    return response


def _choose(offered: Sequence[Format]) -> Choice:
    return choose_format(request.headers.get("Accept"), request.args.get("format"), offered)


def _get_entry(release: Release, path: str) -> FileEntry:
    """Return the entry of a file in the manifest of a release. Raises ResourceNotFound."""
    for entry in release.manifest.files:
        if entry.path == path:
            return entry
    raise ResourceNotFound(f"the release {release.id} has no file {path}")


def _find(release: Release, path: str) -> Path:
    """Return a file that the manifest of a release lists; any other is ResourceNotFound, and not opened.

    Raises ReleaseDamaged when it is listed, but not there.
    """
    found = release.path / _get_entry(release, path).path
    if not found.is_file():
        raise ReleaseDamaged(f"the release {release.id} lacks its file {path}")
    return found


def _translate(path: Path, format: Format) -> bytes:
    """Return a Turtle file of a release in a format. Raises ReleaseDamaged."""
    try:
        if format is formats.TURTLE:
            return path.read_bytes()
        return serialize((quad.triple for quad in parse(path, formats.TURTLE)), format, PREFIXES)
    except (OSError, SyntaxError, ValueError) as error:
        raise ReleaseDamaged(f"the file {path.name} of a release can't be read: {error}") from error


def _send(release: Release, path: str) -> Response:
    entry, file = _get_entry(release, path), _find(release, path)
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
