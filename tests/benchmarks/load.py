"""Load from wrk, which costs the machine little, and single requests whose answers are looked at.

wrk is a program of its own (Debian: ``apt-get install wrk``). What it sends is in ``load.lua``.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote, urlsplit

from workload import CSV, FRESH, JSON, NTRIPLES, Kind, renew

SCRIPT = Path(__file__).with_name("load.lua")
PATIENCE = 120
"""Seconds after which an answer that has not come is given up."""


@dataclass(frozen=True)
class Load:
    """What came of one measurement; median and p99 in milliseconds, of whole answers.

    ``refused`` are answers other than 2xx and 3xx, ``broken`` connections that failed or answered too late.
    """

    requests: int
    seconds: float
    bytes: int
    median: float
    p99: float
    refused: int
    broken: int

    def per_second(self, size: float | None = None) -> float:
        """Return the good answers a second; with the size of an answer, from bytes: halves count as halves.

        Without that, a server that works on many large answers at once would get nothing for those on the way
        when the time is over.
        """
        if size is not None:
            return self.bytes / size / self.seconds
        return (self.requests - self.refused) / self.seconds


@dataclass(frozen=True)
class Reply:
    """One answer: its status, how many rows or triples, how many bytes, how many milliseconds."""

    status: int
    rows: int
    size: int
    milliseconds: float


def run_wrk(endpoint: str, kind: Kind, clients: int, seconds: float, *, fresh: bool) -> Load:
    """Ask for some seconds: each client sends its next query when it has its answer."""
    path = urlsplit(endpoint).path
    # With 7 digits more a number fits in 63 bits; measurements that begin 0.1 s apart share no number.
    digits = str(int(time.time() * 10)) if fresh else FRESH[:12]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        for text in kind.texts:
            head, _, tail = text.partition(FRESH)
            file.write(f"{path}?query={quote(head, safe='')}FRESH{quote(tail, safe='')}\n")
        file.flush()
        command = ["wrk", "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", f"--timeout={PATIENCE}s"]
        arguments = [file.name, kind.accept, digits, "fresh" if fresh else "same"]
        done = subprocess.run(
            [*command, "-s", str(SCRIPT), endpoint, "--", *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
    figures = next(line for line in done.stdout.splitlines() if line.startswith("LOAD "))
    return Load(**json.loads(figures.removeprefix("LOAD ")))


def ask(endpoint: str, text: str, accept: str, timeout: float = PATIENCE) -> Reply:
    """Ask one query over a connection of its own; TimeoutError when the answer does not come in time."""
    parts = urlsplit(endpoint)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.connect()
        begun = time.perf_counter()
        connection.request("GET", f"{parts.path}?query={quote(text, safe='')}", headers={"Accept": accept})
        response = connection.getresponse()
        body = response.read()
        took = (time.perf_counter() - begun) * 1000
    finally:
        connection.close()
    rows = count_rows(body, accept) if response.status == 200 else 0
    return Reply(response.status, rows, len(body), took)


def count_rows(body: bytes, media_type: str) -> int:
    """Count the solutions of an answer, or the triples of a graph as N-Triples."""
    if media_type == JSON:
        return len(json.loads(body)["results"]["bindings"])
    if media_type == CSV:
        return body.count(b"\n") - 1
    if media_type == NTRIPLES:
        return sum(1 for line in body.splitlines() if line and not line.startswith(b"#"))
    raise ValueError(media_type)


@contextmanager
def runaways(endpoint: str, text: str, count: int) -> Iterator[None]:
    """Keep so many queries running that would never end: when one is ended, the next is sent."""
    over = Event()

    def run() -> None:
        while not over.is_set():
            try:
                ask(endpoint, renew(text), JSON)
            except (OSError, http.client.HTTPException):
                over.wait(0.1)

    threads: Sequence[Thread] = [Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    over.wait(1)
    try:
        yield
    finally:
        over.set()
        # They end at their own deadline; a server without one is stopped by its caller right after.
