"""The document in which a site describes itself: at ``/sparql`` without a query and at ``/.well-known/void``.

It names the endpoint by its address. That is the setting ``web.public_url``, or else the one that was asked,
which a stranger chooses: such a document is checked anew before any cache gives it to others.
"""

from __future__ import annotations

import gzip
import hashlib
from importlib.metadata import version
from typing import Final

from flask import Response, current_app, request

from mesmart_kg import formats
from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import PREFIXES, GraphNames
from mesmart_kg.release import Release
from mesmart_kg.store import parse, serialize
from mesmart_kg.web.description import AGGREGATES, FUNCTIONS, Service, describe_service
from mesmart_kg.web.naming import dataset_iri, last_modified, release_iri, release_link
from mesmart_kg.web.negotiation import Choice
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.publication import Publication, published

_KEPT: Final = "mesmart.descriptions"
_MOST_KEPT: Final = 2 * len(formats.RDF_FORMATS)


def send_description(choice: Choice) -> Response:
    """Return the description in the chosen format, one of RDF_FORMATS, or 304 if the client has it.

    Raises BadRequest when no valid host was asked and none is set, ReleaseDamaged.
    """
    publication = published()
    release, endpoint = publication.release, _find_endpoint(publication)
    tag = _tag(release, choice, endpoint)
    response = Response(content_type=choice.content_type)
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.headers["Link"] = release_link(publication)
    is_known, max_age = publication.config.web.public_url, publication.config.web.max_age
    response.headers["Cache-Control"] = f"public, max-age={max_age}" if is_known else "no-cache"
    response.set_etag(tag, weak=True)
    response.make_conditional(request)
    # After the comparison: two releases may be of one day, so only the tag decides.
    response.headers["Last-Modified"] = last_modified(release)
    if response.status_code == 200:
        packed = _find_packed(tag) or _keep(tag, _write(publication, endpoint, choice.format))
        takes_gzip = request.accept_encodings["gzip"] > 0
        response.set_data(packed if takes_gzip else gzip.decompress(packed))
        if takes_gzip:
            response.headers["Content-Encoding"] = "gzip"
    return response


def _find_endpoint(publication: Publication) -> str:
    root = publication.config.web.public_url
    if not root and not request.host:
        raise BadRequest(400, "host", "The request names no valid host.")
    return f"{root or request.url_root}sparql"


def _tag(release: Release, choice: Choice, endpoint: str) -> str:
    manifest = release.manifest
    # The same data described by another version of the software is another document.
    makers = [f"{name} {made}" for name, made in sorted(manifest.makers.items())]
    facts = (manifest.id, manifest.digest, *makers, version("mesmart_kg"), choice.content_type, endpoint)
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


def _find_packed(tag: str) -> bytes | None:
    kept: dict[str, bytes] = current_app.extensions.setdefault(_KEPT, {})
    return kept.get(tag)


def _keep(tag: str, packed: bytes) -> bytes:
    """Keep a document, the oldest of those kept making room: their number can't be chosen by a stranger."""
    kept: dict[str, bytes] = current_app.extensions[_KEPT]
    kept[tag] = packed
    for oldest in list(kept)[:-_MOST_KEPT]:
        kept.pop(oldest, None)
    return packed


def _write(publication: Publication, endpoint: str, format: Format) -> bytes:
    """Return the document, gzipped: it says many things in long words. Raises ReleaseDamaged."""
    config, release = publication.config, publication.release
    service = Service(
        endpoint=endpoint,
        dataset=release_iri(config, release) if release.is_preview else dataset_iri(config),
        release_id=release.id,
        metadata_graph=GraphNames(config.site.base_iri).metadata,
        title_it=config.site.title_it,
        title_en=config.site.title_en,
        is_preview=release.is_preview,
        # What a remote engine knows beyond the standard is not ours to say.
        functions=FUNCTIONS if config.engine.kind == "embedded" else (),
        aggregates=AGGREGATES if config.engine.kind == "embedded" else (),
        federates=bool(config.engine.services),
    )
    try:
        metadata = tuple(quad.triple for quad in parse(release.metadata, formats.TURTLE))
    except (OSError, SyntaxError, ValueError) as error:
        raise ReleaseDamaged(f"the metadata of the release {release.id} can't be read: {error}") from error
    triples = describe_service(service, release.manifest.figures, metadata)
    return gzip.compress(serialize(triples, format, PREFIXES), 6, mtime=0)
