"""Minutes of mixed load: those who behave are answered rightly, and at the end the server is as at the start.

``python tests/benchmarks/soak.py MINUTES [SEED]`` serves the current release of the configured shelf. Clients
that behave ask and check (``good_clients.py``) while others run away, hang, send too much, and workers are
killed (``mischief.py``). After a warm-up of the same kind all rests, and memory, files, threads and
processes are noted; at the end again. Exits with 1 when an answer was wrong or missing, or when the server
holds more than it did.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from good_clients import Question, Tally, behave, learn
from mischief import DEEDS, Scene, misbehave
from peers import PROJECT, Running, serve_ours
from processes import Holding, settle
from raw_http import Client, Request, query_request
from workload import CSV, aggregates, competency, large_construct, look_ups, renew

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config

GOOD_CLIENTS = 6
WARM_UP = 60.0
"""Seconds, or a third of the whole when that is shorter."""

SETTINGS = {
    "engine__seconds": 10,
    "engine__memory": 256,
    "engine__patience": 5,
    # Small, so that it is full after the warm-up: what grows afterwards is a leak.
    "engine__cache": 16,
}

MORE_MEMORY, MORE_MEBIBYTES = 0.10, 32.0
"""How much more memory counts as the same: the allocator keeps what it may need again."""


async def load(
    server: Running, questions: Sequence[Question], tally: Tally, seconds: float, chance: random.Random
) -> None:
    """Let everybody loose for some seconds, and wait until the last is done."""
    over = asyncio.Event()
    port = urlsplit(server.endpoint).port
    assert port is not None
    scene = Scene(port, server.process, chance, tally)
    tasks = [
        asyncio.create_task(behave(Client(port, f"127.0.0.{number + 2}"), questions, tally, chance, over))
        for number in range(GOOD_CLIENTS)
    ]
    tasks += [asyncio.create_task(misbehave(scene, deed, pause, over)) for deed, pause in DEEDS]
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(left, 60))
        if left > 60:
            tell(f"{left / 60 - 1:5.1f} min left", Holding.of(server.process))
            print(f"    {tally.outcomes['right']:,} right, {tally.outcomes['failed']} failed", flush=True)
    over.set()
    await asyncio.gather(*tasks)


async def rest(server: Running) -> Holding:
    """Wait until the server has nothing to do, and return what it holds then.

    Before that every worker touches all the data and every thread of the pages is called for: else the
    figures would tell which of them happened to be killed last, and which was never needed.
    """
    settle(server.process, 60)
    port = urlsplit(server.endpoint).port
    assert port is not None
    scan = aggregates().texts[1]
    for _ in range(3):
        everything = [query_request(renew(scan), CSV) for _ in range(8)]
        pages = [Request("GET", "/", (("Accept", "text/html"),)) for _ in range(48)]
        asked = (Client(port).ask(request) for request in (*everything, *pages))
        await asyncio.gather(*asked, return_exceptions=True)
    await asyncio.sleep(15)  # connections that rest are closed, workers that were ended are there again
    return Holding.of(server.process)


def tell(when: str, holding: Holding) -> None:
    """Print what a server holds."""
    print(
        f"{when}: {holding.memory:.0f} MiB, {holding.first:.0f} of them the first process, "
        f"{holding.files} files, {holding.threads} threads, {holding.processes} processes",
        flush=True,
    )


def find_growth(before: Holding, after: Holding) -> list[str]:
    """Name what the server holds more of than it did."""
    allowed = replace(
        before,
        memory=before.memory * (1 + MORE_MEMORY) + MORE_MEBIBYTES,
        first=before.first * (1 + MORE_MEMORY) + MORE_MEBIBYTES,
        files=before.files + before.processes,
        threads=before.threads + 2,
    )
    names = ("processes", "memory", "first", "files", "threads")
    return [name for name in names if getattr(after, name) > getattr(allowed, name)]


async def run(server: Running, minutes: float, seed: int) -> int:
    """Warm up, note, load, note; print it all and return the exit code."""
    chance = random.Random(seed)
    release = Catalog(load_config({}, os.environ, PROJECT).paths.releases).current()
    port = urlsplit(server.endpoint).port
    assert port is not None
    kinds = (look_ups(release), competency(release), aggregates(), large_construct())
    few = replace(kinds[0], texts=kinds[0].texts[:60])
    questions = await learn(Client(port), (few, *kinds[1:]))
    print(f"release {release.id}, {len(questions)} questions, seed {seed}", flush=True)
    seconds = minutes * 60
    await load(server, questions, Tally(), min(WARM_UP, seconds / 3), chance)
    before = await rest(server)
    tell("after the warm-up", before)
    tally = Tally()
    await load(server, questions, tally, seconds, chance)
    after = await rest(server)
    for outcome, count in sorted(tally.outcomes.items()):
        print(f"  {count:8,} {outcome}")
    for failure in tally.failures:
        print(f"FAILED {failure}")
    tell("after the warm-up", before)
    tell("at the end       ", after)
    growth = find_growth(before, after)
    if growth:
        print("MORE THAN AT THE BEGINNING: " + ", ".join(growth))
    if not tally.outcomes["right"]:
        print("NOTHING WAS ANSWERED")
    return 1 if growth or tally.outcomes["failed"] or not tally.outcomes["right"] else 0


def main(arguments: Sequence[str]) -> int:
    """Read the command line, serve, soak."""
    try:
        minutes = float(arguments[0])
        seed = int(arguments[1]) if len(arguments) > 1 else random.SystemRandom().randrange(1 << 32)
    except (IndexError, ValueError):
        print("usage: soak.py MINUTES [SEED]", file=sys.stderr)
        return 2
    release = Catalog(load_config({}, os.environ, PROJECT).paths.releases).current()
    with serve_ours(release, **SETTINGS) as server:
        return asyncio.run(run(server, minutes, seed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
