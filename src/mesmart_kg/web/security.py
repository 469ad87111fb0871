"""Headers that every response carries: who may embed, read and run what."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing but our own style sheet and pictures; no script at all."""

EXPOSED: Final = (
    "Content-Disposition, Content-Language, ETag, Last-Modified, Link, RateLimit, RateLimit-Policy, "
    "Retry-After, Server-Timing, X-Request-Id"
)
"""The headers that a page of another site may read."""

HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    # Open data: any page of any site may read what anyone may read.
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", EXPOSED),
)

PREFLIGHT: Final = (
    ("Access-Control-Allow-Headers", "Accept, Accept-Language, Content-Type, If-None-Match, X-Request-Id"),
    ("Access-Control-Max-Age", "86400"),
)


def register(app: Flask) -> None:
    """Add the headers to every response, errors included."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        for name, value in HEADERS:
            headers[name] = value
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, HEAD, OPTIONS")
            for name, value in PREFLIGHT:
                headers[name] = value
        return response
