"""Clients that misbehave, each a coroutine that does it once, and the hand that kills workers.

None may harm those that behave. What each is answered is tallied, and checked where a standard or our own
limits fix it; "hung up on" is an answer too.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import struct
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from good_clients import Tally
from processes import family_of
from raw_http import Answer, Broken, Client, Request, query_request, read_answer
from workload import CSV, JSON, RUNAWAY, million_rows, renew

GREEDY = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a ?c LIMIT 1"
_HANGS = 75
"""Seconds after which a request that is neither answered nor hung up on counts as hanging."""


@dataclass(frozen=True)
class Scene:
    """Where mischief is done: the server's port and first process, chance, and what is noted."""

    port: int
    process: int
    chance: random.Random
    tally: Tally

    def client(self) -> Client:
        """Return a client at one of the addresses where the wicked live."""
        return Client(self.port, f"127.0.1.{self.chance.randint(1, 9)}")

    def note(self, deed: str, answer: Answer | None, *expected: int) -> None:
        """Count what was answered; an unexpected status is a failure, and so is what a stack would show."""
        outcome = "hung up on" if answer is None else str(answer.status)
        self.tally.outcomes[f"{deed}: {outcome}"] += 1
        if answer is None:
            return
        if answer.status not in expected:
            self.tally.fail(f"{deed}: status {answer.status}")
        if b"Traceback" in answer.body or b"site-packages" in answer.body:
            self.tally.fail(f"{deed}: the answer shows a stack")


async def _send(scene: Scene, deed: str, request: Request, *expected: int) -> None:
    answer = None
    try:
        answer = await scene.client().ask(request, _HANGS)
    except Broken:
        pass
    except TimeoutError:
        scene.tally.fail(f"{deed}: hangs")
        return
    scene.note(deed, answer, *expected)


async def run_away(scene: Scene) -> None:
    """Ask what never ends, and wait."""
    await _send(scene, "endless query", query_request(renew(RUNAWAY), JSON), 503)


async def be_greedy(scene: Scene) -> None:
    """Ask what needs more memory than there is."""
    await _send(scene, "greedy query", query_request(GREEDY, JSON), 503)


async def run_away_and_leave(scene: Scene) -> None:
    """Ask what never ends, and hang up."""
    _, writer = await scene.client().connect()
    writer.write(query_request(renew(RUNAWAY), JSON).to_bytes())
    await asyncio.sleep(scene.chance.random() * 2)
    _hang_up(writer, rudely=scene.chance.random() < 0.5)
    scene.tally.outcomes["endless query: left"] += 1


async def read_slowly(scene: Scene) -> None:
    """Ask for a million rows, read a little now and then, and leave before the end."""
    reader, writer = await _connect_with_little_room(scene)
    writer.write(query_request(renew(million_rows().texts[0]), CSV).to_bytes())
    with suppress(ConnectionError):
        for _ in range(scene.chance.randint(3, 12)):
            if not await reader.read(2048):
                break
            await asyncio.sleep(1)
    _hang_up(writer, rudely=True)
    scene.tally.outcomes["slow reader"] += 1


async def _connect_with_little_room(
    scene: Scene,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.setblocking(False)
    await asyncio.get_running_loop().sock_connect(link, ("127.0.0.1", scene.port))
    return await asyncio.open_connection(sock=link, limit=2048)


async def stay_half_open(scene: Scene) -> None:
    """Begin a request, never end it, and wait to be hung up on or told off."""
    beginnings = (
        b"",
        b"GET /spar",
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 50\r\n\r\nASK",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nAS",
    )
    reader, writer = await scene.client().connect()
    writer.write(scene.chance.choice(beginnings))
    answer = None
    try:
        async with asyncio.timeout(_HANGS):
            answer = await read_answer(reader)
    except (Broken, ConnectionError):
        pass
    except TimeoutError:
        scene.tally.fail("half a request: the connection stays open")
    writer.close()
    scene.note("half a request", answer, 400, 408, 415)


async def send_too_much(scene: Scene) -> None:
    """Send a query, an address or a header far beyond what is accepted."""
    draw = scene.chance.randrange(3)
    if draw == 0:
        body = b"#" * scene.chance.randint(200_000, 5_000_000)
        request = Request("POST", "/sparql", (("Content-Type", "application/sparql-query"),), body)
    elif draw == 1:
        request = Request("GET", "/sparql?query=" + "%23" * 400_000)
    else:
        request = Request("GET", "/sparql?query=ASK%7B%7D", (("Accept", "text/csv," * 100_000),))
    await _send(scene, "oversized", request, 400, 413, 414, 431)


async def send_junk(scene: Scene) -> None:
    """Send bytes that are no HTTP."""
    reader, writer = await scene.client().connect()
    writer.write(scene.chance.randbytes(scene.chance.randint(1, 3000)) + b"\r\n\r\n")
    answer = None
    try:
        async with asyncio.timeout(_HANGS):
            answer = await read_answer(reader)
    except (Broken, ConnectionError):
        pass
    except TimeoutError:
        scene.tally.fail("junk: the connection stays open")
    writer.close()
    scene.note("junk", answer, 400, 405, 501, 505)


async def ask_nonsense(scene: Scene) -> None:
    """Send what is no query, or one that is refused."""
    texts = (
        "SELEC ?x {",
        "SELECT * { ?s ?p }",
        "CLEAR ALL",
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "{" * 3000,
    )
    text = scene.chance.choice(texts)
    await _send(scene, "nonsense", query_request(text, JSON), 400, 403, 413, 414)


async def come_and_go(scene: Scene) -> None:
    """Open many connections, say nothing, and leave."""
    links = [await scene.client().connect() for _ in range(30)]
    await asyncio.sleep(scene.chance.random())
    for _, writer in links:
        _hang_up(writer, rudely=scene.chance.random() < 0.5)
    scene.tally.outcomes["silent connections"] += len(links)


async def kill_a_worker(scene: Scene) -> None:
    """Kill one of the processes that answer queries: a child of a child of the server."""
    family = family_of(scene.process)
    workers = [each for each in family[1:] if _parent_of(each) not in {0, scene.process}]
    if workers:
        with suppress(ProcessLookupError):
            os.kill(scene.chance.choice(workers), signal.SIGKILL)
        scene.tally.outcomes["worker killed"] += 1


Deed = Callable[[Scene], Coroutine[None, None, None]]

DEEDS: tuple[tuple[Deed, float], ...] = (
    (run_away, 4),
    (run_away_and_leave, 2),
    (be_greedy, 15),
    (read_slowly, 3),
    (stay_half_open, 1),
    (send_too_much, 2),
    (send_junk, 1),
    (ask_nonsense, 0.5),
    (come_and_go, 3),
    (kill_a_worker, 4),
)
"""Each deed, with the mean of the seconds between one and the next."""


async def misbehave(scene: Scene, deed: Deed, pause: float, over: asyncio.Event) -> None:
    """Do one thing again and again, until it is over."""
    while not over.is_set():
        try:
            await deed(scene)
        except OSError as error:
            # A connection refused or reset while one sends too much is an answer, too.
            scene.tally.outcomes[f"{deed.__name__}: {type(error).__name__}"] += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), scene.chance.expovariate(1 / pause))


def _hang_up(writer: asyncio.StreamWriter, *, rudely: bool) -> None:
    """Close a connection; rudely: with a reset, as a machine does that loses its power."""
    if rudely:
        link: socket.socket = writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort() if rudely else writer.close()


def _parent_of(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
