"""One query and its answer over a worker's channel: for a thread, and for a coroutine.

What is said is the same for both (:class:`_Exchange`); they differ in how they wait. Nothing is read before
it is asked for: a worker whose reader is slow waits, and memory stays as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

from mesmart_kg.engine.channel import Channel, Inflow
from mesmart_kg.engine.pool import Pool, WorkerKilled
from mesmart_kg.engine.protocol import Terms
from mesmart_kg.engine.wire import DATA, END, FAILED, WHOLE, Ending, Frames, Request, read_error
from mesmart_kg.errors import EngineUnavailable

_READ: Final = 256 * 1024
_CUT: Final = "the answer was cut off before its end"


class _Exchange:
    """What is known of an answer so far; the worker is given back as soon as it has said all."""

    def __init__(self, pool: Pool, channel: Channel) -> None:
        self.pool = pool
        self.channel = channel
        self.frames = Frames()
        self.has_begun = False
        self.is_over = False
        self.rows: int | None = None

    def next_part(self) -> bytes | None:
        """Return the next bytes of the answer; none of them at its end, None when more must be read.

        Raises what the worker tells.
        """
        if self.is_over:
            return b""
        message = self.frames.next()
        if message is None:
            return None
        kind, body = message
        if kind == DATA:
            self.has_begun = True
            self.channel.works_since = None
            return body
        self.is_over = True
        if kind in {END, WHOLE}:
            ending, whole = Ending.from_body(body)
            self.rows = ending.rows
            self._part(ending.leaves)
            return whole
        if kind == FAILED:
            error, leaves = read_error(body)
            self._part(leaves)
            raise error
        self.pool.discard(self.channel)
        raise EngineUnavailable("the engine said what it never says")

    def ends_here(self) -> bool:
        """Tell whether the answer is over, or its end has come already."""
        if not self.is_over and self.frames.peek() == END:
            self.next_part()
        return self.is_over

    def _part(self, worker_leaves: bool) -> None:
        if worker_leaves:
            self.pool.let_go(self.channel)
        else:
            self.pool.give_back(self.channel)

    def abandon(self) -> None:
        """End a query whose answer nobody waits for any more."""
        if not self.is_over:
            self.is_over = True
            self.pool.discard(self.channel)


class ThreadAnswer:
    """The answer to a query, for a thread. Closing it early ends the query."""

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange
        self._first = b""
        self._poll = select.poll()  # not select: that one knows the first 1024 descriptors only
        self._poll.register(exchange.channel.connection, select.POLLIN)

    @property
    def rows(self) -> int | None:
        return self._exchange.rows

    def begin(self, request: bytes) -> None:
        """Put the query, and wait for the first bytes or for the end of an empty answer."""
        connection = self._exchange.channel.connection
        with contextlib.suppress(OSError):  # it has ended: reading will tell
            connection.setblocking(True)
            connection.sendall(request)
            connection.setblocking(False)
        self._first = self._next_part()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part, self._first = self._first, b""
        part = part or self._next_part()
        if not part:
            raise StopIteration
        return part

    def _next_part(self) -> bytes:
        exchange = self._exchange
        while (part := exchange.next_part()) is None:
            exchange.channel.works_since = time.monotonic()
            exchange.frames.feed(self._read())
        return part

    def _read(self) -> bytes:
        data = b""
        with contextlib.suppress(OSError):
            self._poll.poll()
            data = self._exchange.channel.connection.recv(_READ)
        if not data:
            self._exchange.is_over = True
            self._exchange.channel.close()
            cause = self._exchange.pool.cause(self._exchange.channel)
            raise EngineUnavailable(_CUT) if self._exchange.has_begun else cause
        return data

    def close(self) -> None:
        self._exchange.abandon()


class LoopAnswer:
    """The answer to a query, for a coroutine. Closing it early ends the query."""

    def __init__(self, exchange: _Exchange, inflow: Inflow) -> None:
        self._exchange = exchange
        self._inflow = inflow
        self._first = b""
        inflow.frames = exchange.frames

    @property
    def rows(self) -> int | None:
        return self._exchange.rows

    @property
    def is_whole(self) -> bool:
        if self._first or not self._exchange.ends_here():
            return False
        # The worker may be a thread's from now on: the loop must not read what that one waits for.
        self._inflow.rest()
        return True

    async def begin(self, request: bytes) -> None:
        """Put the query, and wait for the first bytes or for the end of an empty answer."""
        connection = self._exchange.channel.connection
        with contextlib.suppress(OSError):  # it has ended: reading will tell
            try:
                sent = connection.send(request)
            except BlockingIOError:
                sent = 0
            if sent < len(request):
                await asyncio.get_running_loop().sock_sendall(connection, request[sent:])
        self._first = await self._next_part()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        part, self._first = self._first, b""
        part = part or await self._next_part()
        if not part:
            raise StopAsyncIteration
        return part

    async def _next_part(self) -> bytes:
        exchange = self._exchange
        try:
            while (part := exchange.next_part()) is None:
                exchange.channel.works_since = time.monotonic()
                if not await self._inflow.more():
                    await self._tell_end()
        finally:
            if exchange.is_over:
                self._inflow.rest()
        return part

    async def _tell_end(self) -> None:
        exchange = self._exchange
        exchange.is_over = True
        exchange.channel.close()
        cause = await exchange.pool.cause_async(exchange.channel)
        raise EngineUnavailable(_CUT) if exchange.has_begun else cause

    async def aclose(self) -> None:
        self._exchange.abandon()


def answer_thread(pool: Pool, request: Request, terms: Terms) -> ThreadAnswer:
    """Put a query from a thread; return once its first bytes are there. Raises as the Engine's verbs do."""
    message = request.to_bytes()
    for is_last in (False, True):
        answer = ThreadAnswer(_Exchange(pool, pool.take(terms)))
        try:
            answer.begin(message)
        except WorkerKilled as killed:
            if is_last:
                raise killed.reason from killed
        except BaseException:
            answer.close()
            raise
        else:
            return answer
    raise AssertionError  # the loop returns or raises


async def answer_coroutine(pool: Pool, request: Request, terms: Terms) -> LoopAnswer:
    """Put a query from a coroutine, otherwise as :func:`answer_thread`; cancelling ends the query."""
    message = request.to_bytes()
    for is_last in (False, True):
        exchange = _Exchange(pool, await pool.take_async(terms))
        try:
            answer = LoopAnswer(exchange, await exchange.channel.inflow())
            await answer.begin(message)
        except WorkerKilled as killed:
            if is_last:
                raise killed.reason from killed
        except BaseException:
            exchange.abandon()
            raise
        else:
            return answer
    raise AssertionError  # the loop returns or raises
