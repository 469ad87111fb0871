"""The messages that go over the channel between a client process and a worker, and between it and the keeper.

On a worker's channel, requests and answers alternate. A request is one message; a short answer is one, a long
one a sequence of data messages closed by one that says its end, or by one that tells an error. A channel that
closes before either was cut: the worker has died. So a cut answer never looks complete.

A message is a kind (one byte), the length of its body (four bytes, big-endian) and its body. What the keeper
says has its own form (:class:`Notice`), because a file descriptor may come with it.
"""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from mesmart_kg.errors import (
    EngineUnavailable,
    MesmartError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
)

REQUEST: Final = b"Q"
DATA: Final = b"D"
END: Final = b"E"
WHOLE: Final = b"A"
"""An answer in one message: how it ends, then its bytes."""
FAILED: Final = b"X"

LARGEST_BODY: Final = 64 * 1024 * 1024

_HEADER: Final = struct.Struct("!cI")
_ENDING: Final = struct.Struct("!q?")
_NOTICE: Final = struct.Struct("!cIii")


@dataclass(frozen=True)
class Request:
    """A query as it is put to a worker.

    The graphs are None when the query's own dataset counts. ``rows`` cuts a SELECT off, and then the format
    is JSON. ``format`` is the name of one of ``mesmart_kg.formats``; ``seconds`` the deadline; relative IRIs
    are resolved against ``base_iri``.
    """

    query: str
    format: str
    seconds: float
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    rows: int | None = None
    base_iri: str | None = None

    def to_bytes(self) -> bytes:
        # One line for all but the query: it is the same for most, and made once.
        head = _write_head(
            self.format, self.seconds, self.default_graphs, self.named_graphs, self.rows, self.base_iri
        )
        return frame(REQUEST, head + self.query.encode("utf-8", "surrogatepass"))

    @classmethod
    def from_body(cls, body: bytes) -> Request:
        head, _, query = body.partition(b"\n")
        return cls(query.decode("utf-8", "surrogatepass"), *_read_head(head))


@lru_cache(maxsize=128)
def _write_head(*values: object) -> bytes:
    return json.dumps(values).encode() + b"\n"


@lru_cache(maxsize=128)
def _read_head(head: bytes) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in json.loads(head))


@dataclass(frozen=True)
class Ending:
    """The end of an answer: its rows where known, and whether the worker leaves after it."""

    rows: int | None
    leaves: bool

    def to_bytes(self, whole: bytes | bytearray | None = None) -> bytes:
        """Return the message that ends an answer; or, with all of its bytes, the one that is it."""
        body = _ENDING.pack(-1 if self.rows is None else self.rows, self.leaves)
        return frame(END, body) if whole is None else frame(WHOLE, body + whole)

    @classmethod
    def from_body(cls, body: bytes) -> tuple[Ending, bytes]:
        """Return how an answer ends, and its bytes where it is whole."""
        rows, leaves = _ENDING.unpack_from(body)
        return cls(None if rows < 0 else rows, leaves), body[_ENDING.size :]


def frame(kind: bytes, body: bytes) -> bytes:
    """Return a message as it is sent."""
    return head(kind, len(body)) + body


def head(kind: bytes, length: int) -> bytes:
    """Return what comes before the body of a message."""
    return _HEADER.pack(kind, length)


class Frames:
    """Messages out of the bytes of a channel, in whatever parts these come.

    Data are handed on as they come, without waiting for the end of their message: each copy of a long answer
    that is not made is time for others.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._left = 0
        """Bytes of a data message that are still to come."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._buffer = self._buffer + data if self._buffer else data

    def next(self) -> tuple[bytes, bytes] | None:
        """Return kind and body of the next message, or kind and next bytes of data; None if more must come.

        Raises EngineUnavailable for what no peer of ours sends.
        """
        if self._left:
            return self._data() if self._buffer else None
        if len(self._buffer) < _HEADER.size:
            return None
        kind, length = _HEADER.unpack_from(self._buffer)
        if length > LARGEST_BODY:
            raise EngineUnavailable("a message of the engine is longer than any may be")
        end = _HEADER.size + length
        if kind == DATA and len(self._buffer) > _HEADER.size:
            self._left = length
            self._buffer = self._buffer[_HEADER.size :]
            return self._data()
        if len(self._buffer) < end:
            return None
        body = self._buffer[_HEADER.size : end]
        self._buffer = self._buffer[end:]
        return kind, body

    def _data(self) -> tuple[bytes, bytes]:
        buffer, left = self._buffer, self._left
        if len(buffer) <= left:
            self._buffer = b""
            self._left -= len(buffer)
            return DATA, buffer
        self._buffer = buffer[left:]
        self._left = 0
        return DATA, buffer[:left]

    def peek(self) -> bytes:
        """Return the kind of the message that begins next; nothing while there is none."""
        return b"" if self._left else self._buffer[:1]


def error_frame(error: MesmartError, leaves: bool = False) -> bytes:
    """Return the message that tells an error; one that is not a query's becomes EngineUnavailable."""
    facts: dict[str, Any] = {"error": "unavailable", "message": str(error), "leaves": leaves}
    if isinstance(error, QuerySyntaxError):
        facts |= {"error": "syntax", "line": error.line, "column": error.column}
    elif isinstance(error, QueryRefused):
        facts |= {"error": "refused"}
    elif isinstance(error, QueryTimeout):
        facts |= {"error": "timeout", "seconds": error.seconds}
    elif isinstance(error, QueryTooLarge):
        facts |= {"error": "too large", "limit": error.limit, "value": error.value}
    return frame(FAILED, json.dumps(facts).encode())


def read_error(body: bytes) -> tuple[MesmartError, bool]:
    """Return the error that a message tells, and whether the worker leaves after it."""
    facts = json.loads(body)
    return _to_error(facts), facts["leaves"]


def _to_error(facts: dict[str, Any]) -> MesmartError:
    match facts["error"]:
        case "syntax":
            return QuerySyntaxError(facts["message"], facts["line"], facts["column"])
        case "refused":
            return QueryRefused(facts["message"])
        case "timeout":
            return QueryTimeout(facts["seconds"])
        case "too large":
            return QueryTooLarge(facts["message"], facts["limit"], facts["value"])
        case _:
            return EngineUnavailable(facts["message"])


READY: Final = b"R"
"""The keeper has loaded its release; the code is the number of triples in the default graph."""

SPOILED: Final = b"S"
"""The keeper can't load it; the body says why."""

WORKER: Final = b"W"
"""A worker is there; its channel comes along; the code is its process."""

DIED: Final = b"D"
"""A worker has ended; the code is its exit code, negative for a signal."""

KILL: Final = b"K"
"""What the keeper is told: to end the worker in that slot, if it still is the process of that code."""


@dataclass(frozen=True)
class Notice:
    """What keeper and client say to each other, over the keeper's lifeline."""

    kind: bytes
    slot: int = 0
    code: int = 0
    body: bytes = b""

    def send(self, connection: socket.socket, descriptors: tuple[int, ...] = ()) -> None:
        """Send it; OSError when the other side has gone."""
        data = _NOTICE.pack(self.kind, len(self.body), self.slot, self.code) + self.body
        if descriptors:
            socket.send_fds(connection, [data], descriptors)
        else:
            connection.sendall(data)


def receive_notice(connection: socket.socket) -> tuple[Notice, list[int]] | None:
    """Wait for a notice, and the file descriptors that come with it; None when the other side has gone."""
    # A read never goes on beyond the bytes that descriptors came with, and these start a notice.
    data, descriptors, _flags, _address = socket.recv_fds(connection, _NOTICE.size, 1)
    rest = _receive_exactly(connection, _NOTICE.size - len(data)) if data else None
    if rest is None:
        return None
    kind, length, slot, code = _NOTICE.unpack(data + rest)
    body = _receive_exactly(connection, length)
    return None if body is None else (Notice(kind, slot, code, body), list(descriptors))


def _receive_exactly(connection: socket.socket, count: int) -> bytes | None:
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            return None
        received += part
    return received
