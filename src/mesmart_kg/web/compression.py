"""Pages and documents go out packed, to whoever can unpack them.

Only what is made whole in memory is packed: files are sent as they lie, streams as they come. A packed answer
is another representation of the same thing (RFC 9110, section 8.4): its entity tag becomes a weak one, and
Vary names the header that decided.

There is nothing secret in a page of ours, so its length tells nobody anything (the attack named BREACH).
"""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Response, request

LEAST: Final = 1000
"""Bytes below which packing gains nothing."""

LEVEL: Final = 6

_TYPES: Final = frozenset(
    {
        "application/atom+xml",
        "application/javascript",
        "application/json",
        "application/ld+json",
        "application/manifest+json",
        "application/n-quads",
        "application/n-triples",
        "application/opensearchdescription+xml",
        "application/problem+json",
        "application/rdf+xml",
        "application/trig",
        "application/xml",
        "image/svg+xml",
    }
)


def register(app: Flask) -> None:
    """Pack what the application answers; to be registered before all that reads or changes answers."""
    app.after_request(pack)


def pack(response: Response) -> Response:
    """Return the response, packed if the client takes it so and it is worth it."""
    if not _is_packable(response):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 304 or request.accept_encodings["gzip"] <= 0:
        return response
    content = response.get_data()
    if len(content) < LEAST:
        return response
    response.set_data(gzip.compress(content, LEVEL, mtime=0))  # sets Content-Length as well
    response.headers["Content-Encoding"] = "gzip"
    tag, is_weak = response.get_etag()
    if tag is not None and not is_weak:
        response.set_etag(tag, weak=True)
    return response


def _is_packable(response: Response) -> bool:
    if response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers:
        return False
    if response.status_code == 206 or "Content-Range" in response.headers:
        return False
    media_type = response.mimetype or ""
    return media_type.startswith("text/") or media_type in _TYPES
