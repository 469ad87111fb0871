"""A worker's channel is read by one at a time: by the loop while a coroutine waits, at other times by nobody.

A server mixes both: programs' queries are answered by its event loop, people's pages by threads. A loop that
read on took the first bytes of what a thread waited for; its query then failed, or never ended.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import uvloop

from mesmart_kg.engine import Limits, Terms
from mesmart_kg.engine.channel import Channel
from mesmart_kg.engine.conversation import LoopAnswer, answer_thread
from mesmart_kg.engine.conversation import _Exchange as Exchange
from mesmart_kg.engine.pool import Pool
from mesmart_kg.engine.wire import DATA, Ending, Request, head

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    return asyncio.run if request.param == "asyncio" else uvloop.run


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two ends of a channel: ours, and that of a worker which the test plays."""
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_what_comes_unasked_is_left_for_a_thread(run: Run, ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends

    async def check() -> None:
        channel = Channel(ours, 0, 0)
        await channel.inflow()
        theirs.sendall(b"for a thread")
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert channel.connection.recv(100) == b"for a thread"
        channel.close()

    run(check())


def test_a_worker_whose_answer_is_known_to_be_whole_is_a_thread_s_at_once(
    run: Run, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = ends
    whole = head(DATA, 5) + b"first" + Ending(1, False).to_bytes()

    async def check() -> None:
        pool = Pool(Limits(), lambda _channel: None)
        pool.open()
        pool.add(Channel(ours, 0, 0))
        channel = await pool.take_async(Terms())
        answer = LoopAnswer(Exchange(pool, channel), await channel.inflow())
        # Both messages are there before the loop looks: it reads them at once, and is left reading.
        theirs.sendall(whole)
        await answer.begin(b"a query")
        assert theirs.recv(100) == b"a query"
        assert await anext(answer) == b"first"
        assert answer.is_whole
        theirs.sendall(head(DATA, 6) + b"second" + Ending(1, False).to_bytes())
        for _ in range(5):
            await asyncio.sleep(0.01)
        request = Request("ASK {}", "json", 1.0, None, None, None, "http://x/")
        assert b"".join(answer_thread(pool, request, Terms())) == b"second"
        channel.close()

    run(check())
