"""A campaign against a running server: cases from several clients at once, and a look at its health between.

Nothing it sends may be answered by 500, hang, tell a path or a stack, reach the listener that is out of
bounds, or stop the server. What was found wrong comes with the number of the case: with the seed, that is
all it takes to send it again (``python -m fuzz --seed … --case …``).
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import re
import socket
import struct
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fuzz.answers import Answer, Reader, Unreadable, judge
from fuzz.exchanges import Case, make_case
from fuzz.targets import Surroundings
from serving import RELEASE_ID, Server, running_server, wait_until, write_small_release

QUERIES: Final = Path(__file__).resolve().parents[2] / "queries"
CLIENTS: Final = 4
WORKERS: Final = 3
DEADLINE: Final = 1.0
"""Seconds that the server gives a query."""

LONGEST_WAIT: Final = 25.0
"""Seconds after which a silent server hangs: far more than deadline, queue and reading of a body allow."""

MOST_OF_A_KIND: Final = 2

SECRET: Final = "kept-to-itself-5d1f"
SETTINGS: Final = {
    "engine__seconds": DEADLINE,
    "engine__memory": 100,
    "engine__workers": WORKERS,
    "engine__patience": 5,
    "engine__size": 20,
    "engine__cache": 16,
    "web__requests": 0,
}
_STACK: Final = re.compile(
    r"Traceback \(most recent call last\):\n(?:[ \t|+].*\n)+(?P<error>\S.*)"
    r"|panicked at|Fatal Python error|Segmentation fault"
)
_FORESEEN: Final = "mesmart_kg.errors."
"""Errors that the server raises on purpose, to break a transfer, and that may stand in its log."""


@dataclass(frozen=True)
class Finding:
    """Something wrong: in which case, what, and how the answer began, if there was one."""

    number: int
    what: str
    answer: str = ""

    @property
    def kind(self) -> str:
        return re.sub(r"\d+", "#", self.what)[:60]


@dataclass
class Campaign:
    """What is under way: cases are numbered from 0 on, and made of the seed and their number."""

    server: Server
    seed: str
    surroundings: Surroundings
    out_of_bounds: tuple[bytes, ...]
    findings: list[Finding] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)
    """Seconds, and the number of the case."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def summary(self) -> str:
        seconds, number = self.slowest
        return f"answers: {dict(sorted(self.statuses.items()))}; slowest {seconds:.1f} s (case {number})"

    def run(self, seconds: float, first: int = 0) -> None:
        """Send cases for so long; then the server must be as healthy as before."""
        self._numbers = itertools.count(first)
        end = time.monotonic() + seconds
        clients = [threading.Thread(target=self._send_until, args=(end,)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            time.sleep(1.0)
            self.check_health()
        for client in clients:
            client.join()
        if not wait_until(self._is_at_rest):
            self._report(Finding(-1, f"workers were not replaced, or run for nobody: {self._health()}"))

    def _send_until(self, end: float) -> None:
        while time.monotonic() < end and len(self.findings) < 50:
            with self._lock:
                number = next(self._numbers)
            self.send(make_case(self.seed, number, self.surroundings))

    def send(self, case: Case) -> list[Answer]:
        """Send one case, note what is wrong with what comes back, and return that."""
        answers: list[Answer] = []
        begun = time.monotonic()
        try:
            with socket.create_connection(
                ("127.0.0.1", self.server.port), timeout=LONGEST_WAIT
            ) as connection:
                self._exchange(connection, case, answers)
        except TimeoutError:
            if case.is_sound:
                self._report(Finding(case.number, f"no answer after {LONGEST_WAIT:g} s"))
        except Unreadable as error:
            self._report(Finding(case.number, f"no HTTP: {error}"))
        except OSError as error:
            if case.is_sound and len(answers) < len(case.methods):
                self._report(Finding(case.number, f"{type(error).__name__} in place of an answer"))
        taken = time.monotonic() - begun
        with self._lock:
            self.slowest = max(self.slowest, (taken if case.is_sound else 0.0, case.number))
        for answer in answers:
            self._note(case, answer)
        return answers

    def _exchange(self, connection: socket.socket, case: Case, answers: list[Answer]) -> None:
        sent, is_cut = 0, False
        try:
            for part in case.parts:
                connection.sendall(part)
                sent += 1
                time.sleep(case.pause if len(case.parts) > 1 else 0.0)
            if case.ending == "shut":
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            # It may hang up on what it won't take, and when it was asked to: what it said before counts.
            if case.is_sound and not sent:
                raise
            is_cut = True
        if case.ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if case.ending in {"leave", "reset"}:
            return
        reader = Reader(connection)
        if not case.is_sound:
            # What is no request may be waited on for its rest; then it is we who hang up.
            connection.settimeout(0.3)
        for method in case.methods:
            answer = reader.read(method)
            if answer is None:
                closed = answers and "close" in answers[-1].header("connection").lower()
                if case.is_sound and not (closed or is_cut) and all(each.is_whole for each in answers):
                    self._report(Finding(case.number, "hung up without an answer"))
                break
            answers.append(answer)

    def _note(self, case: Case, answer: Answer) -> None:
        with self._lock:
            self.statuses[str(answer.status) if answer.is_whole else f"{answer.status} cut"] += 1
        begins = f"{answer.status} {dict(answer.headers)} {answer.body[:300]!r}"
        for what in judge(answer, case.data, self.out_of_bounds):
            self._report(Finding(case.number, what, begins))
        if case.expected and (answer.status != 200 or case.expected not in answer.body):
            self._report(Finding(case.number, "a plain question was not answered", begins))
        if case.is_sound and not answer.is_whole and answer.status != 200:
            self._report(Finding(case.number, "an answer other than 200 was cut", begins))

    def _report(self, finding: Finding) -> None:
        with self._lock:
            if sum(each.kind == finding.kind for each in self.findings) < MOST_OF_A_KIND:
                self.findings.append(finding)

    def check_health(self) -> None:
        """Note it when the server, or its engine, does not answer an ordinary client."""
        for path, wanted in (("/health", b'"ok"'), ("/sparql?query=ASK%7B%7D", b"true")):
            end = time.monotonic() + LONGEST_WAIT
            while True:
                status, body = self._get(path)
                if status == 200 and wanted in body:
                    break
                # A queue that is full, or a keeper that starts anew, is told by 503, for a while.
                if status not in {503, 429} or time.monotonic() > end:
                    self._report(Finding(-1, f"{path} of a well-behaved client: {status} {body[:300]!r}"))
                    break
                time.sleep(0.1)

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=LONGEST_WAIT)
        try:
            connection.request("GET", path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            return 0, repr(error).encode()
        finally:
            connection.close()

    def _health(self) -> dict[str, object]:
        status, body = self._get("/health")
        told: dict[str, object] = json.loads(body) if status == 200 else {"status": status}
        return told

    def _is_at_rest(self) -> bool:
        told = self._health()
        return told.get("workers") == WORKERS and told.get("busy") == 0


@contextlib.contextmanager
def campaign(seed: str) -> Iterator[Campaign]:
    """Run a server of its own for a campaign; at its end, add what its log and the listener tell."""
    with tempfile.TemporaryDirectory() as folder, _listening() as (canary, visits):
        shelf, log, secret = Path(folder, "shelf"), Path(folder, "log"), Path(folder, "secret.ttl")
        write_small_release(shelf)
        secret.write_text(f'<urn:a> <urn:b> "{SECRET}" .')
        corpus = tuple(path.read_text("utf-8") for path in sorted(QUERIES.glob("*.rq")))
        surroundings = Surroundings(corpus, RELEASE_ID, canary, secret.as_uri())
        out_of_bounds = (SECRET.encode(), os.fsencode(folder))
        with _standard_error_to(log), running_server(shelf, **SETTINGS) as server:
            here = Campaign(server, seed, surroundings, out_of_bounds)
            yield here
            if server.process.poll() is not None:
                here.findings.append(Finding(-1, f"the server ended: {server.process.returncode}"))
        here.findings += [Finding(-1, f"{visits[0]!r} reached the listener")] if visits else []
        here.findings += [
            Finding(-1, f"in the log: {stack}") for stack in find_stacks(log.read_text("utf-8", "replace"))
        ]


def find_stacks(log: str) -> list[str]:
    """Return what a log tells of crashes, and of errors that nobody foresaw; each kind of them once."""
    found: dict[str, str] = {}
    for match in _STACK.finditer(log):
        error = match["error"] or match.group()
        is_cause = log.startswith(("\n\nThe above exception", "\n\nDuring handling"), match.end())
        if not is_cause and not error.startswith(_FORESEEN):
            found.setdefault(error[:60], log[max(match.start(), match.end() - 1200) : match.end()])
    return list(found.values())


@contextlib.contextmanager
def _listening() -> Iterator[tuple[str, list[bytes]]]:
    """Listen on the loopback; yield the address, and what came, to which nothing should be added."""
    visits: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    visitor, _ = listener.accept()
                    with visitor:
                        visitor.settimeout(1)
                        visits.append(visitor.recv(1000))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", visits
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextlib.contextmanager
def _standard_error_to(path: Path) -> Iterator[None]:
    """Let processes that are started write their standard error to a file."""
    before = os.dup(2)
    try:
        with path.open("wb") as opened:
            os.dup2(opened.fileno(), 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def describe(findings: list[Finding], seed: str) -> str:
    """Return the findings as they are told, with how to see each again."""
    return "\n".join(
        f"{each.what}\n    {each.answer[:1500]}\n    again: python -m fuzz --seed {seed} --case {each.number}"
        for each in findings
    )
