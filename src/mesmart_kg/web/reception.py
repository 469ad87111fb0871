"""gunicorn's worker with threads, made safe against clients that begin a request and don't go on.

gunicorn gives a thread to every connection as soon as it is opened, and waits for ever for the rest of a
request that has begun: a few dozen silent connections, a browser's reserve or an attack, and nobody is
served. Here a connection gets a thread when it says something, and the head of its request must then be
there within seconds. Bodies have their own clock (``arrival``), slow readers the kernel's (``server``).
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

HEAD_SECONDS: Final = 5.0
"""From the first byte of a request to the end of its head."""


class PunctualWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A threaded worker that hangs up on a request whose head does not come."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: dict[Any, float] = {}
        """Connections whose head is being read, with the time at which it must be there."""

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection to a thread; a new one, which has said nothing yet, waits for its first byte."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: Any) -> Any:
        """Read a request and answer it."""
        self._late[conn] = time.monotonic() + HEAD_SECONDS
        try:
            return super().handle(conn)
        finally:
            self._late.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head is there."""
        self._late.pop(conn, None)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Hang up on connections that are late; gunicorn calls this every second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, end in list(self._late.items()):
            if now > end:
                # The thread that waits finds the connection ended, and closes it.
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)
