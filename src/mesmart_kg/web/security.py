"""Headers that every response carries: who may embed, read and run what."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing from other hosts, and nothing that is written into a page: whatever a label of the data holds, a
browser neither runs it nor takes style from it. Pictures drawn in a style sheet are ``data:`` addresses."""

FRAMED: Final = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""For the small pages that are made to be shown within those of others."""

PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
"""What no page of ours uses, no script on it may ask for."""

EXPOSED: Final = (
    "Content-Disposition, Content-Language, Content-Location, ETag, Last-Modified, Link, Location, "
    "Mesmart-Services, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, X-Request-Id"
)
"""The headers that a page of another site may read."""

HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Permissions-Policy", PERMISSIONS_POLICY),
    # A window that another site opened holds no handle on it.
    ("Cross-Origin-Opener-Policy", "same-origin"),
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
            if name != "Content-Security-Policy" or headers.get(name) != FRAMED:
                headers[name] = value
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, HEAD, OPTIONS")
            for name, value in PREFLIGHT:
                headers[name] = value
        return response
