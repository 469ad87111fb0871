"""How long the body of a request may take to come in.

A body that never ends holds a thread of the server, and there are not many; nothing of HTTP bounds it. So a
clock runs while one is read, and at its end the connection is no longer listened to: the reader finds the
body cut short, and the client is told.
"""

from __future__ import annotations

import contextlib
import socket
from threading import Timer
from typing import Final

from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request

BODY_SECONDS: Final = 10.0

_DRAINED: Final = 16 * 1024 * 1024
"""Bytes of a refused body that are still taken; whoever sends more is cut off."""

_PART: Final = 64 * 1024


def receive(request: Request) -> bytes:
    """Return the body of a request.

    Raises RequestEntityTooLarge, and ClientDisconnected for one that is cut off or malformed.
    """
    connection = request.environ.get("gunicorn.socket")
    clock = Timer(BODY_SECONDS, _stop_listening, [connection])
    clock.daemon = True
    clock.start()
    try:
        body = request.get_data(cache=False)
        if request.content_length is not None and len(body) < request.content_length:
            # gunicorn hands over what came: half a query may be a query, and not the one that was meant.
            raise ClientDisconnected
        return body
    except RequestEntityTooLarge:
        # Most clients read no answer before they have sent all: what is refused is taken and dropped.
        with contextlib.suppress(OSError, ParseException):
            left = _DRAINED
            while left > 0 and (part := request.environ["wsgi.input"].read(_PART)):
                left -= len(part)
        raise
    except (OSError, ParseException) as error:
        raise ClientDisconnected from error
    finally:
        clock.cancel()


def _stop_listening(connection: object) -> None:
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
