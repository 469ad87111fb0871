"""A file of links from another host, fetched because a curator asked for it by its address.

One request, and as many more as it is led on, within one deadline for all; nothing that the file names is
fetched. An address in a private network is refused, also where a host leads to one, unless the curator wrote
it with ``private:`` before it.
"""

from __future__ import annotations

import http.client
import ssl
import time
import zlib
from typing import Final
from urllib.parse import urljoin, urlsplit

from mesmart_kg.engine.bounded_http import NotPublic, Resolver, Response, exchange, resolve_host
from mesmart_kg.errors import ConfigError, MesmartError
from mesmart_kg.linksets.model import LARGEST

SECONDS: Final = 30.0
PRIVATE: Final = "private:"
_MOST_STEPS: Final = 4
_LEADS_ON: Final = frozenset({301, 302, 303, 307, 308})
_ACCEPT: Final = "text/turtle, application/n-triples;q=0.9, application/ld+json;q=0.8, text/plain;q=0.2"


class FetchFailed(MesmartError):
    """A host did not give the file that a curator asked for; the message says why."""


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a file on another host, and not a file's name."""
    return text.removeprefix(PRIVATE).lower().startswith(("http://", "https://"))


def fetch(
    address: str,
    seconds: float = SECONDS,
    largest: int = LARGEST,
    resolver: Resolver = resolve_host,
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """Return the bytes that an address leads to. Raises ConfigError for a bad address, FetchFailed."""
    may_be_private = address.startswith(PRIVATE)
    url = address.removeprefix(PRIVATE)
    deadline = time.monotonic() + seconds
    for _ in range(_MOST_STEPS):
        _check(url)
        response = _ask(url, deadline, largest, resolver, may_be_private, tls)
        if response.status not in _LEADS_ON:
            return _open(response, url, largest)
        led = urljoin(url, response.headers.get("location", ""))
        if urlsplit(url).scheme == "https" and urlsplit(led).scheme != "https":
            raise FetchFailed(f"{_host(url)} leads from https to an address that is not: fetch it yourself")
        url = led
    raise FetchFailed(f"{_host(address)} leads from one address to the next, more than {_MOST_STEPS} times")


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        sound = sound and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        sound = False
    if not sound:
        raise ConfigError(
            f"{url[:120]!r} is no address to fetch: it should start with https:// and name a host"
        )


def _ask(
    url: str, deadline: float, largest: int, resolver: Resolver, private: bool, tls: ssl.SSLContext | None
) -> Response:
    headers = (("Accept", _ACCEPT), ("Accept-Encoding", "gzip"), ("User-Agent", "mesmart-linkset"))
    try:
        return exchange(
            "GET",
            url.partition("#")[0],
            b"",
            headers,
            deadline=deadline,
            most=largest,
            resolver=resolver,
            may_be_private=private,
            tls=tls,
        )
    except NotPublic as error:
        raise FetchFailed(
            f"{_host(url)} is in a private network; if you mean it, write {PRIVATE} before the address"
        ) from error
    except TimeoutError as error:
        raise FetchFailed(f"{_host(url)} took too long") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchFailed(f"{_host(url)} does not answer as it should: {str(error)[:200]}") from error


def _open(response: Response, url: str, largest: int) -> bytes:
    if response.status != 200:
        raise FetchFailed(f"{_host(url)} answers with the status {response.status}: is the address right?")
    if response.media_type == "text/html":
        raise FetchFailed(
            f"{_host(url)} gives a web page, not data: the address of the file itself is needed"
        )
    if response.is_cut:
        raise FetchFailed(f"the file is longer than {largest // 2**20} MiB")
    if response.encoding in ("", "identity"):
        return response.body
    if response.encoding not in ("gzip", "x-gzip"):
        raise FetchFailed(
            f"{_host(url)} packs the file by {response.encoding[:20]!r}, which is not known here"
        )
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(response.body, largest + 1)
    except zlib.error as error:
        raise FetchFailed(f"{_host(url)} gives a file whose packing is damaged") from error
    if len(body) > largest:
        raise FetchFailed(f"the file is longer than {largest // 2**20} MiB")
    if not unpacker.eof:
        raise FetchFailed(f"{_host(url)} gives a file that breaks off")
    return body


def _host(url: str) -> str:
    try:
        return (urlsplit(url.removeprefix(PRIVATE)).hostname or "the host")[:100]
    except ValueError:
        return "the host"
