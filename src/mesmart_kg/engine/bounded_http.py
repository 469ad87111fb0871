"""One exchange over HTTP or TLS with an address that was looked at, within a deadline for all of it.

The deadline covers resolving the name, connecting, the handshake, sending and every byte that comes: an
endpoint that sends one byte now and then is given up all the same. No redirect is followed, no proxy of the
environment and no cookie is used.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import SplitResult, quote, urlsplit

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Resolver: TypeAlias = Callable[[str, int], Iterable[str]]
"""Returns the addresses of a host, as text; raises OSError."""

_CHUNK: Final = 64 * 1024
_TRANSLATED: Final = ip_network("64:ff9b::/96")
"""Addresses of IPv6 that hold one of IPv4 in their last 32 bits (RFC 6052)."""


class NotPublic(OSError):
    """The host has no address that may be connected to."""


@dataclass(frozen=True)
class Response:
    """What came: the body only of status 200, and ``is_cut`` if it had more bytes than were asked for.

    Names of ``headers`` are in small letters; of those that are there twice the first counts.
    """

    status: int
    media_type: str
    encoding: str
    body: bytes
    is_cut: bool
    headers: Mapping[str, str]


def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as this machine resolves names."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public Internet, also seen through what it embeds."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour
        if ip in _TRANSLATED:
            embedded = IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(str(embedded))
    special = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    return ip.is_global and not special


def post(
    url: str,
    body: bytes,
    headers: Iterable[tuple[str, str]],
    *,
    deadline: float,
    most: int,
    resolver: Resolver,
    may_be_private: bool,
    tls: ssl.SSLContext | None,
) -> Response:
    """Post a form; otherwise as :func:`exchange`."""
    form = ("Content-Type", "application/x-www-form-urlencoded")
    return exchange(
        "POST",
        url,
        body,
        (form, *headers),
        deadline=deadline,
        most=most,
        resolver=resolver,
        may_be_private=may_be_private,
        tls=tls,
    )


def exchange(
    method: str,
    url: str,
    body: bytes,
    headers: Iterable[tuple[str, str]],
    *,
    deadline: float,
    most: int,
    resolver: Resolver,
    may_be_private: bool,
    tls: ssl.SSLContext | None,
) -> Response:
    """Send a request and read the answer, ``most`` bytes of it; ``deadline`` is a time of ``time.monotonic``.

    Raises TimeoutError, NotPublic, other OSErrors (names, connections, certificates), HTTPException, and
    ValueError for an answer that is malformed otherwise.
    """
    parts = urlsplit(url)
    with _connect(parts, deadline, resolver, may_be_private, tls) as connection:
        conversation = http.client.HTTPConnection("connected")
        # http.client needs of a socket what this has: sendall, makefile and close.
        conversation.sock = _Timed(connection, deadline)
        path = quote(parts.path or "/", safe="%/:=&?~+!$,;'@()*") + (
            "?" + quote(parts.query, safe="%/:=&?~+!$,;'@()*") if parts.query else ""
        )
        conversation.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        conversation.putheader("Host", _host_header(parts))
        if body:
            conversation.putheader("Content-Length", str(len(body)))
        conversation.putheader("Connection", "close")
        for name, value in headers:
            conversation.putheader(name, value)
        conversation.endheaders(body)
        with conversation.getresponse() as response:
            return _read(response, most)


def _host_header(parts: SplitResult) -> str:
    netloc = parts.netloc.rpartition("@")[2]
    return netloc if netloc.isascii() else netloc.encode("idna").decode("ascii")


def _read(response: http.client.HTTPResponse, most: int) -> Response:
    media_type = response.headers.get_content_type()
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    headers = {name.lower(): value for name, value in reversed(response.headers.items())}
    if response.status != 200:
        return Response(response.status, media_type, encoding, b"", is_cut=False, headers=headers)
    parts = []
    left = most + 1
    while left > 0 and (part := response.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    if left > 0 and response.length:
        raise http.client.IncompleteRead(b"", response.length)
    body = b"".join(parts)
    return Response(200, media_type, encoding, body[:most], is_cut=len(body) > most, headers=headers)


def _connect(
    parts: SplitResult,
    deadline: float,
    resolver: Resolver,
    may_be_private: bool,
    tls: ssl.SSLContext | None,
) -> socket.socket:
    """Return a connection to the first address that may be connected to and answers."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _resolve(host, port, deadline, resolver)
    failure: OSError = NotPublic("no address that may be connected to")
    for address in addresses:
        if not may_be_private and not is_public(address):
            continue
        try:
            connection = socket.create_connection((address, port), _left(deadline))
        except TimeoutError:
            raise
        except OSError as error:
            failure = error
            continue
        if parts.scheme != "https":
            return connection
        context = tls or ssl.create_default_context()
        try:
            connection.settimeout(_left(deadline))
            return context.wrap_socket(connection, server_hostname=host)
        except BaseException:
            connection.close()
            raise
    raise failure


def _resolve(host: str, port: int, deadline: float, resolver: Resolver) -> list[str]:
    """Resolve a name; whoever resolves it knows no deadline, so a thread waits for that."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    found: list[str] = []
    failures: list[Exception] = []

    def resolve() -> None:
        try:
            found.extend(resolver(host, port))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    thread = threading.Thread(target=resolve, name="resolver", daemon=True)
    thread.start()
    thread.join(_left(deadline))
    if thread.is_alive():
        raise TimeoutError("the name was not resolved in time")
    if failures:
        raise OSError("the name has no address") from failures[0]
    return found


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


class _Timed:
    """A socket that is given up at the deadline, whatever it does until then."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: ReadableBuffer) -> None:
        self._connection.settimeout(_left(self._deadline))
        self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._connection, self._deadline))

    def close(self) -> None:
        """Do nothing: http.client closes it when the head has come, and the body is still to be read."""


class _TimedReader(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._connection.settimeout(_left(self._deadline))
        return self._connection.recv_into(buffer)
