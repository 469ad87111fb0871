"""Which query gets which worker, and who waits for one.

The pool stands in the process that asks: it is told by the keeper's watcher (``embedded``) which workers
there are, and lends them, one query at a time, to threads and to coroutines of an event loop alike. Whoever
finds none free waits; the order is fair between clients (``fair_queue``).

Workers keep their own deadline. What they can't know is seen to here, by :meth:`Pool.look_at_clock`: that a
query has waited too long, that a reader who takes nothing keeps a worker from others, that a worker is stuck.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from mesmart_kg.engine.channel import Channel
from mesmart_kg.engine.fair_queue import FairQueue
from mesmart_kg.engine.protocol import Limits, Terms
from mesmart_kg.engine.refusal import too_much_memory
from mesmart_kg.errors import EngineBusy, EngineUnavailable, MesmartError, QueryTimeout, QueryTooLarge

TICK_SECONDS: Final = 0.2
"""How often somebody should look at the clock."""

_SLACK_SECONDS: Final = 10.0
"""How much longer than its limits allow a worker is left, before it is ended as stuck."""

_WORD_SECONDS: Final = 15.0
"""How long the keeper may take to tell how a worker ended: at once, unless the host has much else to do."""

_DOWN: Final = "the engine does not answer"


class _Waiter(ABC):
    """A query that waits; its outcome is set under the pool's lock, then it is woken."""

    def __init__(self, seconds: float) -> None:
        self.since = time.monotonic()
        self.expires = self.since + seconds
        self.outcome: Channel | MesmartError | None = None

    @abstractmethod
    def wake(self) -> None: ...


class _ThreadWaiter(_Waiter):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.event = threading.Event()

    def wake(self) -> None:
        self.event.set()


class _LoopWaiter(_Waiter):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.loop = asyncio.get_running_loop()
        self.future = self.loop.create_future()

    def wake(self) -> None:
        if asyncio._get_running_loop() is self.loop:
            self._finish()
        else:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and who waited with it
                self.loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


class Pool:
    """Lends workers. All methods may be called from any thread, none of them ever waits but ``take``."""

    def __init__(self, limits: Limits, end_worker: Callable[[Channel], None]) -> None:
        """``end_worker`` makes the keeper kill one, without waiting for it."""
        self._limits = limits
        self._end_worker = end_worker
        self._lock = threading.Lock()
        self._workers: dict[int, Channel] = {}
        """All that live, by slot."""
        self._idle: list[Channel] = []
        self._queue: FairQueue[_Waiter] = FairQueue(limits.queue)
        self._is_down = True
        self.replaced = 0
        """How many workers ended in the midst of a query."""

    # --- what the keeper's watcher tells ---

    def open(self) -> None:
        """Let queries come: workers are about to."""
        with self._lock:
            self._is_down = False

    def add(self, channel: Channel) -> None:
        """Take in a new worker."""
        with self._lock:
            self._workers[channel.slot] = channel
            self._hand_on(channel)

    def lose(self, slot: int, exit_code: int) -> None:
        """Strike off a worker that has ended."""
        with self._lock:
            channel = self._workers.pop(slot, None)
            if channel is not None:
                self._strike_off(channel, exit_code)

    def close(self) -> None:
        """Strike off all workers, and tell all who wait that the engine is down."""
        with self._lock:
            self._is_down = True
            for channel in self._workers.values():
                self._strike_off(channel, -signal.SIGKILL)
            self._workers.clear()
            for waiter in self._queue:
                self._queue.remove(waiter)
                self._tell(waiter, EngineUnavailable(_DOWN))

    def _strike_off(self, channel: Channel, exit_code: int) -> None:
        if channel in self._idle:
            self._idle.remove(channel)
            channel.close()
        elif exit_code:
            self.replaced += 1
        channel.exit_code = exit_code
        channel.ended.set()

    # --- what queries ask for ---

    def take(self, terms: Terms) -> Channel:
        """Lend a worker to a thread, which waits for one. Raises EngineBusy, EngineUnavailable."""
        seconds = self.deadline(terms)
        waiter = _ThreadWaiter(seconds)
        channel = self._take_or_wait(waiter, terms.client)
        if channel is None:
            # Long enough for the clock to be looked at, whoever does it.
            waiter.event.wait(seconds + _SLACK_SECONDS)
            channel = self._outcome(waiter)
        channel.seconds, channel.works_since = seconds, time.monotonic()
        return channel

    async def take_async(self, terms: Terms) -> Channel:
        """Lend a worker to a coroutine, as :meth:`take` does; cancelling the wait gives up the place."""
        seconds = self.deadline(terms)
        channel = self._take_idle()
        if channel is None:
            waiter = _LoopWaiter(seconds)
            channel = self._take_or_wait(waiter, terms.client)
            if channel is None:
                try:
                    await waiter.future
                except asyncio.CancelledError:
                    self._give_up(waiter)
                    raise
                channel = self._outcome(waiter)
        channel.seconds, channel.works_since = seconds, time.monotonic()
        return channel

    def deadline(self, terms: Terms) -> float:
        """Return the seconds that a query may take, on these terms."""
        return self._limits.seconds if terms.seconds is None else min(terms.seconds, self._limits.seconds)

    def _take_idle(self) -> Channel | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _take_or_wait(self, waiter: _Waiter, client: str) -> Channel | None:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if self._is_down:
                raise EngineUnavailable(_DOWN)
            displaced = self._queue.push(client, waiter)
            if displaced is not None:
                self._tell(displaced, EngineBusy("too many queries are waiting; ask again in a few seconds"))
            return None

    def _outcome(self, waiter: _Waiter) -> Channel:
        if waiter.outcome is None:
            self._give_up(waiter)
            raise EngineBusy("all workers are busy; ask again in a few seconds")
        if isinstance(waiter.outcome, MesmartError):
            raise waiter.outcome
        return waiter.outcome

    def _give_up(self, waiter: _Waiter) -> None:
        """Give up a place in the queue, or the worker that came at the same moment."""
        with self._lock:
            self._queue.remove(waiter)
        if isinstance(waiter.outcome, Channel):
            self.give_back(waiter.outcome)

    def give_back(self, channel: Channel) -> None:
        """Take back a worker that has finished."""
        channel.works_since, channel.held_up = None, 0.0
        with self._lock:
            if channel.exit_code is None:
                self._hand_on(channel)

    def discard(self, channel: Channel) -> None:
        """Have a worker ended that is in the midst of a query nobody wants any more."""
        channel.close()
        self._end_worker(channel)

    def let_go(self, channel: Channel) -> None:
        """Forget a worker that has said that it leaves; the keeper replaces it."""
        with self._lock:
            if self._workers.get(channel.slot) is channel:
                del self._workers[channel.slot]
        channel.close()

    def _hand_on(self, channel: Channel) -> None:
        if len(self._queue):
            self._tell(self._queue.pop(), channel)
        else:
            self._idle.append(channel)

    def _tell(self, waiter: _Waiter, outcome: Channel | MesmartError) -> None:
        waiter.outcome = outcome
        waiter.wake()

    # --- what nobody else sees ---

    def look_at_clock(self) -> None:
        """End what takes too long. To be called every ``TICK_SECONDS`` or so."""
        now = time.monotonic()
        with self._lock:
            for waiter in self._queue:
                if now > waiter.expires:
                    self._queue.remove(waiter)
                    self._tell(waiter, EngineBusy("all workers are busy; ask again in a few seconds"))
            busy = [channel for channel in self._workers.values() if channel not in self._idle]
            slowest = self._find_slowest(busy)
            # Under the lock, without which a worker could meanwhile be at the next query, which is blameless.
            for channel in busy:
                since = channel.works_since
                is_stuck = since is not None and now - since > channel.seconds + _SLACK_SECONDS
                if is_stuck or channel is slowest:
                    channel.held_up = 0.0
                    self._end_worker(channel)

    def _find_slowest(self, busy: list[Channel]) -> Channel | None:
        """Return the worker whose reader has kept others waiting for half of what they will wait.

        Nobody is hurried while a worker is free; but a few who read nothing must not stop everybody.
        """
        if not len(self._queue):
            return None
        for channel in busy:
            if channel.works_since is None:
                channel.held_up += TICK_SECONDS
        slowest = max(busy, key=lambda channel: channel.held_up, default=None)
        return slowest if slowest and slowest.held_up > self._limits.seconds / 2 else None

    def count(self) -> tuple[int, int, int]:
        """Return the number of workers, of those at work, and of queries that wait."""
        with self._lock:
            workers = len(self._workers)
            return workers, workers - len(self._idle), len(self._queue)

    @property
    def is_down(self) -> bool:
        return self._is_down

    # --- why a worker ended ---

    def cause(self, channel: Channel) -> MesmartError:
        """Return what ended a worker, once the keeper has told it; waits for that."""
        channel.ended.wait(_WORD_SECONDS)
        return self._to_error(channel)

    async def cause_async(self, channel: Channel) -> MesmartError:
        """Return the same without blocking the loop."""
        end = time.monotonic() + _WORD_SECONDS
        while channel.exit_code is None and time.monotonic() < end:
            await asyncio.sleep(0.002)
        return self._to_error(channel)

    def _to_error(self, channel: Channel) -> MesmartError:
        """Return the error for its alarm, the limit on memory (or the kernel, short of it), or a fault."""
        code = channel.exit_code
        if code == -signal.SIGALRM:
            return QueryTimeout(channel.seconds)
        if code == -signal.SIGKILL:
            return WorkerKilled(too_much_memory(self._limits))
        if code is None:
            return WorkerKilled(EngineUnavailable("the engine was lost at this query"))
        if code == -signal.SIGABRT:
            return too_much_memory(self._limits)
        if code in {-signal.SIGSEGV, -signal.SIGBUS}:
            # Oxigraph reads and plans a query by recursion: a deep nest runs over the end of the stack.
            return QueryTooLarge("the query nests its expressions or groups too deeply", "depth")
        return EngineUnavailable("the engine failed on this query")


class WorkerKilled(MesmartError):
    """A worker was killed from outside: by the kernel, short of memory, or by somebody's hand.

    The query may be blameless, so it is asked once more; ``reason`` is what it is told the second time.
    """

    def __init__(self, reason: MesmartError) -> None:
        super().__init__(str(reason))
        self.reason = reason
