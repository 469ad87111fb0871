"""What client, keeper and workers say to each other over Unix sockets.

A connection carries one request and one answer. The request is a JSON object, the answer a sequence of
frames: data frames closed by one end frame, or an error frame. A connection that closes without either was
cut: the worker died while it was sending. So a cut answer never looks complete.

A message is a kind (one byte), the length of its body (four bytes, big-endian) and its body.
"""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import asdict, dataclass
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
FAILED: Final = b"X"

_HEADER: Final = struct.Struct("!cI")
LARGEST_BODY: Final = 16 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """A query as it is put to a worker.

    The graphs are None when the query's own dataset counts. ``rows`` cuts a SELECT off, and then the format
    is JSON. ``format`` is the name of one of ``mesmart_kg.formats``.
    """

    query: str
    format: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    rows: int | None = None

    def to_bytes(self) -> bytes:
        return frame(REQUEST, json.dumps(asdict(self)).encode())


def read_request(connection: socket.socket) -> Request:
    """Read the one request of a connection; EOFError when the client hung up before its end."""
    _kind, body = read_frame(connection)
    values = json.loads(body)
    for key in ("default_graphs", "named_graphs"):
        values[key] = None if values[key] is None else tuple(values[key])
    return Request(**values)


def frame(kind: bytes, body: bytes) -> bytes:
    """Return a message as it is sent."""
    return _HEADER.pack(kind, len(body)) + body


def read_frame(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read a message: its kind and body. EOFError when the connection ends within or before it."""
    kind, length = _HEADER.unpack(_read(connection, _HEADER.size))
    if length > LARGEST_BODY:
        raise EOFError("not a message of ours")
    return kind, _read(connection, length)


def _read(connection: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = connection.recv(min(length, 1 << 18))
        if not part:
            raise EOFError("the connection was cut")
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def error_frame(error: MesmartError) -> bytes:
    """Return the message that tells an error; one that is not a query's becomes EngineUnavailable."""
    facts: dict[str, Any] = {"error": "unavailable", "message": str(error)}
    if isinstance(error, QuerySyntaxError):
        facts |= {"error": "syntax", "line": error.line, "column": error.column}
    elif isinstance(error, QueryRefused):
        facts |= {"error": "refused"}
    elif isinstance(error, QueryTimeout):
        facts |= {"error": "timeout", "seconds": error.seconds}
    elif isinstance(error, QueryTooLarge):
        facts |= {"error": "too large", "limit": error.limit}
    return frame(FAILED, json.dumps(facts).encode())


def read_error(body: bytes) -> MesmartError:
    """Return the error that an error frame tells."""
    facts = json.loads(body)
    match facts["error"]:
        case "syntax":
            return QuerySyntaxError(facts["message"], facts["line"], facts["column"])
        case "refused":
            return QueryRefused(facts["message"])
        case "timeout":
            return QueryTimeout(facts["seconds"])
        case "too large":
            return QueryTooLarge(facts["message"], facts["limit"])
        case _:
            return EngineUnavailable(facts["message"])
