"""What every page says of its own keeping: entity tag, age, language, release; and 304 before work is done.

A view asks :func:`unchanged` first and, having made its page, hands it to :func:`finish`, both with the same
name. The tag is weak: a proxy may pack the page. It is made of all that the page depends on: the release,
the software, the style sheet and scripts, the address of the site, the path, the languages of the reader, the
name that the view gives. What follows the question mark need not be in the name, since tags are compared for
one address only.

A page that was made is kept under the same (``kept_pages``), and :func:`unchanged` returns it. Only what no
stranger can vary at will is kept: pages without arguments, or with a language alone. The rest is made anew.

Specification: RFC 9110, sections 8.8.3 (ETag), 12.5.5 (Vary), 13.1.2 (If-None-Match).
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from typing import Final

from flask import Flask, Response, g, request

from mesmart_kg import formats
from mesmart_kg.web.assets import assets_fingerprint
from mesmart_kg.web.kept_pages import kept_pages
from mesmart_kg.web.languages import language, reader_languages
from mesmart_kg.web.naming import last_modified, release_link
from mesmart_kg.web.publication import published

__all__ = ["finish", "register", "unchanged"]

_VARY: Final = ("Accept", "Accept-Language", "Accept-Encoding")
_IN_ALL_LANGUAGES: Final = frozenset(each.media_type for each in formats.RDF_FORMATS)


_TAG: Final = 24
"""Letters of the digest that a tag has; a page is kept under all of them."""


def unchanged(name: str) -> Response | None:
    """Return 304 if the client has the page of that name as it is now, or the page if it was kept.

    None if it is to be made.
    """
    if request.method not in {"GET", "HEAD"}:
        return None
    known, digest = request.if_none_match, _digest(name)
    # An asterisk asks whether there is anything at all, which is not known before the work is done.
    if not known.star_tag and known.contains_weak(digest[:_TAG]):
        return _add_headers(Response(status=304), digest)
    return kept_pages().find(_key(digest)) if _is_plain() else None


def finish(response: Response, name: str) -> Response:
    """Return the response with the headers that tell how long it may be kept, and of what it was made.

    An answer that isn't a success keeps its own.
    """
    if response.status_code >= 300:
        return response
    digest = _digest(name)
    _add_headers(response, digest)
    if response.mimetype not in _IN_ALL_LANGUAGES:
        response.headers["Content-Language"] = language()
    if _is_plain() and response.mimetype == "text/html":
        g.key_of_page = _key(digest)
    return response


def register(app: Flask) -> None:
    """Keep finished pages as they go out; to be registered before all that reads or changes answers."""

    @app.after_request
    def keep(response: Response) -> Response:
        key: str | None = g.get("key_of_page")
        is_whole = response.status_code == 200 and not response.is_streamed
        # A view may have thought better of it: what it could not make whole is not to be stored anywhere.
        if key and is_whole and response.cache_control.public:
            kept_pages().keep(key, response)
        return response


def _is_plain() -> bool:
    """Tell whether the address is one of a page, with at most a language in the form that we give it."""
    asked = request.query_string.decode("latin-1")
    return not asked or asked == f"lang={language()}"


def _key(digest: str) -> str:
    packing = "gzip" if request.accept_encodings["gzip"] > 0 else ""
    return f"{digest} {request.query_string.decode('latin-1')} {packing}"


def _add_headers(response: Response, digest: str) -> Response:
    here = published()
    response.set_etag(digest[:_TAG], weak=True)
    response.vary.update(_VARY)
    response.headers["Cache-Control"] = f"public, max-age={here.config.web.max_age}"
    response.headers["Last-Modified"] = last_modified(here.release)
    response.headers.add("Link", release_link(here))
    return response


def _digest(name: str) -> str:
    """Return a digest of all that a page depends on, save its arguments."""
    here = published()
    manifest = here.release.manifest
    facts = (
        manifest.id,
        manifest.digest,
        sorted(manifest.makers.items()),
        _version(),
        assets_fingerprint(),
        # Addresses in a page begin with it; without a public one the site may name the host that was asked.
        here.config.web.public_url,
        request.scheme,
        request.host,
        request.root_path,
        request.path,
        name,
        language(),
        reader_languages(),
    )
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@lru_cache(maxsize=1)
def _version() -> str:
    return version("mesmart_kg")
