"""A worker as the process that asks sees it, and what flows in from it to an event loop.

A channel is used by one query at a time, from a thread or from an event loop. For a loop it has an inflow: a
transport of that loop, kept from query to query, since making one costs more than a query does. It reads only
while a query waits for bytes; at all other times the channel is free for a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator
from typing import cast

from mesmart_kg.engine.wire import Frames


class Channel:
    """A worker's channel, and what the worker is at."""

    def __init__(self, connection: socket.socket, slot: int, pid: int) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.slot = slot
        self.pid = pid
        self.exit_code: int | None = None
        """How the worker ended, as the keeper tells it; None while it lives."""
        self.ended = threading.Event()
        self.seconds = 0.0
        """The deadline of the query it is at."""
        self.works_since: float | None = None
        """When it was last left to work; None while its reader is waited for, or while it is idle."""
        self.held_up = 0.0
        """Seconds for which its reader's slowness kept others waiting."""
        self._inflow: Inflow | None = None

    async def inflow(self) -> Inflow:
        """Return what flows in to the running loop."""
        loop = asyncio.get_running_loop()
        if self._inflow is None or self._inflow.loop is not loop:
            self._close_inflow()
            # Of its own descriptor, so that the end of a loop leaves the channel open for the next.
            _, self._inflow = await loop.create_unix_connection(Inflow, sock=self.connection.dup())
            # Once more: uvloop begins to read after it has told of the connection, whatever was said then.
            self._inflow.transport.pause_reading()
            await _close_with_loop(self._inflow)
        return self._inflow

    def close(self) -> None:
        """Close our end: a worker that is about to send ends by itself then."""
        self._close_inflow()
        self.connection.close()

    def _close_inflow(self) -> None:
        inflow, self._inflow = self._inflow, None
        if inflow is not None:
            with contextlib.suppress(RuntimeError):  # its loop has ended, and closed it
                inflow.loop.call_soon_threadsafe(inflow.transport.abort)


class Inflow(asyncio.Protocol):
    """Bytes as they come, into the frames of the answer that is read."""

    transport: asyncio.Transport
    at_end: AsyncIterator[None]
    """Begun, and never ended but by the loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.frames = Frames()
        self._is_over = False
        self._is_reading = True
        self._waiter: asyncio.Future[None] | None = None

    async def more(self) -> bool:
        """Wait until more bytes are in the frames; False when there will be none."""
        if self._is_over:
            return False
        if not self._is_reading:
            self._is_reading = True
            self.transport.resume_reading()
        self._waiter = self.loop.create_future()
        await self._waiter
        return not self._is_over

    def rest(self) -> None:
        """Read nothing until the next query does."""
        if self._is_reading and not self._is_over:
            self._is_reading = False
            self.transport.pause_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; nothing is read before it is asked for."""
        self.transport = cast(asyncio.Transport, transport)  # not by its class, in uvloop
        self.rest()

    def data_received(self, data: bytes) -> None:
        """Take bytes in; if nobody waits for them, they are enough for now."""
        self.frames.feed(data)
        if self._waiter is None:
            self.rest()
        else:
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell who waits that the worker has gone."""
        self._is_over = True
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


async def _close_with_loop(inflow: Inflow) -> None:
    """Have an inflow closed at the end of its loop, which closes the generators that it has begun."""

    async def wait_for_end() -> AsyncIterator[None]:
        try:
            yield
        finally:
            inflow.transport.abort()
            await asyncio.sleep(0)

    inflow.at_end = wait_for_end()
    await anext(inflow.at_end)
