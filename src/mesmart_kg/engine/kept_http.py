"""Connections to one server that are kept open between requests, so that a question costs no new one.

At most so many are in use at once, from any thread; who finds none waits its turn. All waiting for the
server is counted, byte by byte, against a deadline for it, so that one that sends a byte now and then is
given up too; the time that the reader takes is not. No redirect is followed, no proxy and no cookie used.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from email.message import Message
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_MOST: Final = 32
_IDLE_SECONDS: Final = 30.0
"""Servers close connections that nobody uses, most after a minute or later."""

_BUFFER: Final = 64 * 1024
_UNSPEAKABLE: Final = re.compile(r"[^\x20-\x7e]")


class TooManyInUse(OSError):
    """All connections stayed in use until the deadline."""


class _Wire:
    """A socket as http.client needs one, whose every wait is taken from a budget of seconds."""

    def __init__(self, connection: socket.socket) -> None:
        self.left = 0.0
        self._connection = connection

    def sendall(self, data: ReadableBuffer) -> None:
        self._connection.settimeout(self._budget())
        begun = time.monotonic()
        try:
            self._connection.sendall(data)
        finally:
            self.left -= time.monotonic() - begun

    def receive(self, buffer: WriteableBuffer) -> int:
        self._connection.settimeout(self._budget())
        begun = time.monotonic()
        try:
            return self._connection.recv_into(buffer)
        finally:
            self.left -= time.monotonic() - begun

    def _budget(self) -> float:
        if self.left <= 0:
            raise TimeoutError("the deadline has passed")
        return self.left

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self), _BUFFER)

    def close(self) -> None:
        """Do nothing: http.client would close it when the head has come."""

    def end(self) -> None:
        """Close it, and wake whoever reads from it."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class _Reader(io.RawIOBase):
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._wire.receive(buffer)


class _Kept:
    """A connection, and when it was last used."""

    def __init__(self, wire: _Wire) -> None:
        self.wire = wire
        self.used = time.monotonic()


class KeptResponse:
    """An answer as it comes; its connection goes back when it was read to its end, else it is closed."""

    def __init__(self, pool: KeptConnections, kept: _Kept, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers: Message = response.headers
        self._pool = pool
        self._kept = kept
        self._response = response
        self._lock = threading.Lock()
        self._is_over = False

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer only before the end, none at it. Raises OSError, HTTPException."""
        if self._is_over:
            return b""
        # Not read1, which gives each chunk of a server by itself: some send hundreds of an answer.
        part = self._response.read(size)
        if part:
            return part
        if self._response.length:
            raise http.client.IncompleteRead(b"", self._response.length)
        may_keep = not self._response.will_close
        # Python 3.11 does not close one of known length that read1 has read, and the next would wait for it.
        self._response.close()
        self._end(may_keep=may_keep)
        return b""

    def close(self) -> None:
        """Give the answer up, from any thread."""
        self._end(may_keep=self._response.isclosed() and not self._response.will_close)

    def _end(self, *, may_keep: bool) -> None:
        with self._lock:
            was_over, self._is_over = self._is_over, True
        if not was_over:
            self._pool.give_back(self._kept, may_keep=may_keep)


class KeptConnections:
    """Connections to the server of one URL, ``http:`` or ``https:``."""

    def __init__(self, url: str, *, most: int = _MOST) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._host_header = parts.netloc.rpartition("@")[2]
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[_Kept] = []
        self._is_closed = False

    def send(
        self, method: str, target: str, body: bytes, headers: Iterable[tuple[str, str]], seconds: float
    ) -> KeptResponse:
        """Send a request that may be sent twice; ``target`` is path and query, ``seconds`` all waiting.

        It is sent again, once, where a connection that was kept turns out to have been closed before
        anything of an answer came. Raises TimeoutError, other OSErrors and HTTPException.
        """
        end = time.monotonic() + seconds
        if not self._free.acquire(timeout=max(0.0, seconds)):
            raise TooManyInUse("all connections are in use")
        try:
            headers = list(headers)
            kept = self._find_idle()
            if kept is not None:
                with suppress(http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                    return self._exchange(kept, method, target, body, headers, end - time.monotonic())
            kept = self._connect(end)
            return self._exchange(kept, method, target, body, headers, end - time.monotonic())
        except BaseException:
            self._free.release()
            raise

    def _exchange(
        self,
        kept: _Kept,
        method: str,
        target: str,
        body: bytes,
        headers: list[tuple[str, str]],
        seconds: float,
    ) -> KeptResponse:
        kept.wire.left = seconds
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host_header}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if any(map(_UNSPEAKABLE.search, lines)):
            raise http.client.InvalidURL("what is to be sent has characters that no request can have")
        try:
            # In one piece: http.client sends head and body apart, and a server wakes up for each.
            kept.wire.sendall("\r\n".join([*lines, "", ""]).encode("ascii") + body)
            response = http.client.HTTPResponse(kept.wire, method=method)  # type: ignore[arg-type]
            response.begin()
            return KeptResponse(self, kept, response)
        except BaseException:
            kept.wire.end()
            raise

    def _connect(self, end: float) -> _Kept:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        connection = socket.create_connection((self._host, self._port), left)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_hostname=self._host)
        except BaseException:
            connection.close()
            raise
        return _Kept(_Wire(connection))

    def _find_idle(self) -> _Kept | None:
        oldest = time.monotonic() - _IDLE_SECONDS
        with self._lock:
            stale = [kept for kept in self._idle if kept.used < oldest]
            self._idle = [kept for kept in self._idle if kept.used >= oldest]
            found = self._idle.pop() if self._idle else None
        for kept in stale:
            kept.wire.end()
        return found

    def give_back(self, kept: _Kept, *, may_keep: bool) -> None:
        """Take a connection back from an answer that is over."""
        kept.used = time.monotonic()
        with self._lock:
            may_keep = may_keep and not self._is_closed
            if may_keep:
                self._idle.append(kept)
        if not may_keep:
            kept.wire.end()
        self._free.release()

    def close(self) -> None:
        """Close those that nobody uses; the others are closed when their answers end."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for kept in idle:
            kept.wire.end()
