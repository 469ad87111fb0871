"""What every page says of its own keeping: entity tag, age, language, release; and 304 before work is done.

A view asks :func:`unchanged` first and, having made its page, hands it to :func:`finish`, both with the same
name. The tag is weak: a proxy may pack the page. It is made of all that the page depends on: the release,
the software, the style sheet and scripts, the path, the language, the name that the view gives. What follows
the question mark need not be in the name, since tags are compared for one address only.

Specification: RFC 9110, sections 8.8.3 (ETag), 12.5.5 (Vary), 13.1.2 (If-None-Match).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version
from typing import Final

from flask import Response, request

from mesmart_kg import formats
from mesmart_kg.web.assets import assets_fingerprint
from mesmart_kg.web.languages import language
from mesmart_kg.web.naming import last_modified, release_link
from mesmart_kg.web.publication import published

__all__ = ["finish", "unchanged"]

_VARY: Final = ("Accept", "Accept-Language", "Accept-Encoding")
_IN_ALL_LANGUAGES: Final = frozenset(each.media_type for each in formats.RDF_FORMATS)


def unchanged(name: str) -> Response | None:
    """Return 304 if the client has the page of that name as it is now; None if it is to be made."""
    known = request.if_none_match
    # An asterisk asks whether there is anything at all, which is not known before the work is done.
    if request.method not in {"GET", "HEAD"} or known.star_tag or not known.contains_weak(_tag(name)):
        return None
    return _add_headers(Response(status=304), name)


def finish(response: Response, name: str) -> Response:
    """Return the response with the headers that tell how long it may be kept, and of what it was made.

    An answer that isn't a success keeps its own.
    """
    if response.status_code >= 300:
        return response
    _add_headers(response, name)
    if response.mimetype not in _IN_ALL_LANGUAGES:
        response.headers["Content-Language"] = language()
    return response


def _add_headers(response: Response, name: str) -> Response:
    here = published()
    response.set_etag(_tag(name), weak=True)
    response.vary.update(_VARY)
    response.headers["Cache-Control"] = f"public, max-age={here.config.web.max_age}"
    response.headers["Last-Modified"] = last_modified(here.release)
    response.headers.add("Link", release_link(here))
    return response


def _tag(name: str) -> str:
    here = published()
    manifest = here.release.manifest
    makers = ",".join(f"{maker} {made}" for maker, made in sorted(manifest.makers.items()))
    # Without a public address of its own the site may name the one that was asked.
    host = here.config.web.public_url or request.host
    return _digest(
        manifest.id,
        manifest.digest,
        makers,
        _version(),
        assets_fingerprint(),
        request.path,
        name,
        language(),
        host,
    )


def _digest(*facts: str) -> str:
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:24]


@lru_cache(maxsize=1)
def _version() -> str:
    return version("mesmart_kg")
