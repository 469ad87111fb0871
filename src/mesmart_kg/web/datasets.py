"""Files over HTTP: dumps, manifests, validation reports, metadata, of every release on the shelf."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from mesmart_kg import formats
from mesmart_kg.errors import ReleaseDamaged, ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.release import MANIFEST, Release
from mesmart_kg.store import parse, serialize
from mesmart_kg.web.figures import list_dumps
from mesmart_kg.web.negotiation import HTML, choose_format
from mesmart_kg.web.publication import published
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
    response = send_file(release.path / MANIFEST, "application/json", conditional=True, etag=release.id)
    return _for_ever(response)


@blueprint.get("/releases/<release_id>/report")
def report(release_id: str) -> Response:
    """Show what the validation found, as a page, as RDF (a SHACL report) or as JSON."""
    release = published().catalog.get(release_id)
    rdf = (formats.TURTLE, formats.NTRIPLES, formats.JSONLD, formats.RDFXML)
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), (HTML, *rdf, _JSON))
    if choice.format is HTML:
        shown = read_report(_find(release, "report/validation.json"))
        response = Response(render_template("report.html", release=release, report=shown))
    elif choice.format is _JSON:
        response = Response(_find(release, "report/validation.json").read_bytes())
    else:
        response = Response(_translate(_find(release, "report/validation.ttl"), choice.format))
    response.content_type = choice.content_type
    response.headers["Vary"] = "Accept, Accept-Language"
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
def void() -> AnyResponse:
    """Describe the dataset (VoID and DCAT) as RDF, at the place where crawlers look."""
    release = published().release
    choice = choose_format(request.headers.get("Accept"), request.args.get("format"), formats.RDF_FORMATS)
    response = Response(_translate(release.metadata, choice.format), content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    response.set_etag(f"{release.id}-{choice.format.name}", weak=True)
    return response.make_conditional(request)


def _find(release: Release, path: str) -> Path:
    """Return a file that the manifest of a release lists; any other is ResourceNotFound, and not opened.

    Raises ReleaseDamaged when it is listed, but not there.
    """
    if all(entry.path != path for entry in release.manifest.files):
        raise ResourceNotFound(f"the release {release.id} has no file {path}")
    found = release.path / path
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
    file = _find(release, path)
    entry = next(entry for entry in release.manifest.files if entry.path == path)
    known = [kind for ending, kind in _TYPES.items() if file.name.endswith(ending)]
    packed = file.name.endswith(".gz")
    # A packed dump is a file to keep, not a page to unpack on the way: application/gzip, no Content-Encoding.
    media_type = "application/gzip" if packed else known[0].content_type if known else "text/plain"
    response = send_file(
        file, media_type, as_attachment=packed, download_name=file.name, conditional=True, etag=entry.sha256
    )
    return _for_ever(response)


def _for_ever(response: Response) -> Response:
    # A release is written once: what it holds under a name never changes.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
