"""The engine of our own: a keeper process on this host, and its workers.

The object is a handle: it knows the keeper's sockets and holds no store, so it may be inherited by the
processes that a server forks. The process that opened it owns the keeper and ends it by closing; so does
its death. A keeper that was killed is started again by its owner (``revive``), on the same sockets, so that
every handle is good again.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

from mesmart_kg import formats
from mesmart_kg.engine.keeper import QUERY_SOCKET, STATUS_SOCKET, Orders
from mesmart_kg.engine.protocol import EngineStatus, Graph, GraphChoice, Limits, Solutions, never
from mesmart_kg.engine.refusal import refuse_what_leaves
from mesmart_kg.engine.solutions import read_boolean, read_graph, read_solutions
from mesmart_kg.engine.wire import DATA, END, FAILED, Request, read_error, read_frame
from mesmart_kg.errors import EngineUnavailable, ReleaseDamaged
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import NAMESPACE, GraphNames

_START_SECONDS = 300.0
"""How long a keeper may take to load a release: far more than a million triples need."""

_LOOK_SECONDS = 0.2
"""How often a reader is asked whether it is still there."""

_CONNECT_SECONDS = 5.0
"""How long a keeper may take to accept a connection: it never computes."""

_SLACK_SECONDS = 10.0
"""How much longer than its limits allow an answer is waited for, before the engine is given up as stuck."""

_LONGEST_REST = 60.0
"""Seconds between two starts of a keeper that ends again and again; also how long a sound one has lived."""


class EmbeddedEngine:
    """Answers from a release that a keeper process holds in memory."""

    def __init__(
        self,
        release_id: str,
        directory: Path,
        *,
        workers: int = 4,
        limits: Limits | None = None,
        base_iri: str = NAMESPACE,
    ) -> None:
        """Start a keeper for the release in that directory and wait until it has loaded it.

        Raises ReleaseDamaged when it can't be loaded, EngineUnavailable when the keeper does not start.
        """
        self._release_id = release_id
        self._limits = limits or Limits()
        # A query waits for a worker, then for its answer: nothing comes later, unless the engine is stuck.
        self._longest_wait = 2 * self._limits.seconds + _SLACK_SECONDS
        # A path of a Unix socket holds some hundred bytes: the folder is a short one, for its owner only.
        self._sockets = Path(tempfile.mkdtemp(prefix="mesmart-"))
        orders = Orders(
            release_id,
            str(directory.resolve()),
            GraphNames(base_iri).metadata,
            str(self._sockets),
            workers,
            self._limits,
        )
        self._keeper = _KeeperProcess(orders)
        self._finalizer = weakref.finalize(self, _end_forgotten, self._keeper)
        try:
            self._keeper.start()
            self._keeper.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def revive(self) -> str | None:
        """Start the keeper again if it has ended by itself; return what to tell a log, None if all is well.

        For its owner, to be called now and then; anyone else's call does nothing. Returns at once: until the
        release is loaded, queries raise EngineUnavailable. A keeper that ends again and again is given a
        longer rest each time, a minute at most.
        """
        return self._keeper.revive() if self._finalizer.alive else None

    @property
    def release_id(self) -> str:
        return self._release_id

    @property
    def process_id(self) -> int:
        """The keeper's process."""
        return self._keeper.process_id

    @property
    def sockets(self) -> Path:
        """The folder of the keeper's sockets; only its owner may enter."""
        return self._sockets

    def select(self, query: str, rows: int | None = None, graphs: GraphChoice | None = None) -> Solutions:
        return read_solutions(self._read(query, formats.RESULTS_JSON, graphs, rows), rows)

    def ask(self, query: str, graphs: GraphChoice | None = None) -> bool:
        return read_boolean(self._read(query, formats.RESULTS_JSON, graphs))

    def construct(self, query: str, graphs: GraphChoice | None = None) -> Graph:
        return read_graph(self._read(query, formats.NTRIPLES, graphs))

    def _read(self, query: str, format: Format, graphs: GraphChoice | None, rows: int | None = None) -> bytes:
        with contextlib.closing(self._ask_worker(query, format, graphs, never, rows)) as answer:
            return b"".join(answer)

    def answer(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None = None,
        has_gone: Callable[[], bool] = never,
    ) -> WorkerAnswer:
        return self._ask_worker(query, format, graphs, has_gone)

    def _ask_worker(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None,
        has_gone: Callable[[], bool],
        rows: int | None = None,
    ) -> WorkerAnswer:
        refuse_what_leaves(query)
        request = Request(
            query,
            format.name,
            None if graphs is None else graphs.default_graphs,
            None if graphs is None else graphs.named_graphs,
            rows,
        )
        connection = self._connect(QUERY_SOCKET)
        answer = WorkerAnswer(connection, has_gone, self._longest_wait)
        try:
            with contextlib.suppress(BrokenPipeError):  # refused unread: why stands in the answer
                connection.sendall(request.to_bytes())
            answer.begin()
        except BaseException:
            answer.close()
            raise
        return answer

    def _connect(self, name: str) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect(str(self._sockets / name))
        except OSError as error:
            connection.close()
            raise EngineUnavailable("the engine does not answer") from error
        connection.settimeout(self._longest_wait)
        return connection

    def status(self) -> EngineStatus:
        with self._connect(STATUS_SOCKET) as connection:
            connection.settimeout(_CONNECT_SECONDS)
            try:
                return EngineStatus(**json.loads(connection.recv(4096)))
            except (OSError, ValueError) as error:
                raise EngineUnavailable("the engine does not answer") from error

    def close(self) -> None:
        """End the keeper and its workers, if this process opened it; queries that run are cut."""
        if self._finalizer.detach() is not None:
            self._keeper.end()


class _KeeperProcess:
    """The process of a keeper as its owner sees it: started, started again, ended."""

    def __init__(self, orders: Orders) -> None:
        self.owner = os.getpid()
        self._orders = orders
        self._lifeline: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._rest = 0.0

    @property
    def process_id(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process and give it its orders. Raises OSError, such as when there is no memory."""
        self._lifeline, theirs = socket.socketpair()
        with theirs:
            # -P: the folder in which the command runs must not lend it modules.
            command = [sys.executable, "-P", "-m", "mesmart_kg.engine.keeper", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._started = time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # ended already: whoever waits for it will notice
            self._lifeline.sendall(self._orders.to_line())

    def wait_until_ready(self) -> None:
        """Wait for its word that the release is loaded. Raises ReleaseDamaged, EngineUnavailable."""
        assert self._lifeline is not None  # noqa: S101
        self._lifeline.settimeout(_START_SECONDS)
        try:
            with self._lifeline.makefile("rb") as lines:
                line = lines.readline()
        except OSError as error:
            raise EngineUnavailable(f"the engine did not start: {error}") from error
        if not line:
            raise EngineUnavailable("the engine ended while it was loading the release")
        word = json.loads(line)
        if "error" in word:
            raise ReleaseDamaged(word["error"])

    def revive(self) -> str | None:
        """See :meth:`EmbeddedEngine.revive`."""
        if os.getpid() != self.owner or self._process is None or self._process.poll() is None:
            return None
        lived = time.monotonic() - self._started
        if lived < self._rest:
            return None
        self._rest = 1.0 if lived > _LONGEST_REST else min(2 * self._rest or 1.0, _LONGEST_REST)
        last_words = self._last_words()
        try:
            self.start()
        except OSError as error:
            return f"the engine has ended and can't be started again yet: {error}"
        return f"the engine has ended{last_words}; it is started again"

    def _last_words(self) -> str:
        """Return why a keeper could not load its release, if that was it."""
        assert self._lifeline is not None  # noqa: S101
        self._lifeline.setblocking(False)
        try:
            said = self._lifeline.recv(1 << 16)
        except OSError:
            said = b""
        self._lifeline.close()
        errors = [line for line in said.splitlines() if line.startswith(b'{"error"')]
        return f": {json.loads(errors[0])['error']}" if errors else ""

    def end(self) -> None:
        """End the process, if it is ours, and wait for its end."""
        if self._lifeline is not None:
            if os.getpid() == self.owner:
                # Processes forked by a server hold the lifeline too: shutting it down ends it for all.
                with contextlib.suppress(OSError):
                    self._lifeline.shutdown(socket.SHUT_RDWR)
            self._lifeline.close()
        if os.getpid() == self.owner:
            if self._process is not None:
                self._process.wait()
            shutil.rmtree(self._orders.sockets, ignore_errors=True)


def _end_forgotten(keeper: _KeeperProcess) -> None:
    """End the keeper of an engine that nobody closed, and say so to its author."""
    keeper.end()
    if os.getpid() == keeper.owner:
        warnings.warn("an engine was never closed", ResourceWarning, stacklevel=1)


class WorkerAnswer:
    """The answer that comes over one connection to a worker. Closing it early ends the query."""

    def __init__(self, connection: socket.socket, has_gone: Callable[[], bool], patience: float) -> None:
        """``patience`` is how many seconds may pass between two messages of a sound engine."""
        self._connection = connection
        self._has_gone = has_gone
        self._patience = patience
        self._first: bytes | None = None
        self._over = False

    def begin(self) -> None:
        """Wait for the first bytes, or for the end of an empty answer."""
        self._first = self._next_part()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part, self._first = self._first, None
        if part is None:
            part = self._next_part()
        if part is None:
            raise StopIteration
        return part

    def _next_part(self) -> bytes | None:
        """Return the next bytes; None at the proper end. Raises what the worker or the keeper tells."""
        if self._over:
            return None
        self._wait()
        try:
            kind, body = read_frame(self._connection)
        except (EOFError, OSError) as error:
            self.close()
            raise EngineUnavailable("the answer was cut off before its end") from error
        if kind == DATA:
            return body
        self.close()
        if kind == END:
            return None
        if kind == FAILED:
            raise read_error(body)
        raise EngineUnavailable("the engine said what it never says")

    def _wait(self) -> None:
        end = time.monotonic() + self._patience
        poll = select.poll()  # not select: that one knows the first 1024 descriptors only
        poll.register(self._connection, select.POLLIN)
        while not poll.poll(_LOOK_SECONDS * 1000):
            if self._has_gone():
                self.close()
                raise EngineUnavailable("the client went before the answer was there")
            if time.monotonic() > end:
                self.close()
                raise EngineUnavailable("the engine is stuck")

    def close(self) -> None:
        self._over = True
        self._connection.close()
