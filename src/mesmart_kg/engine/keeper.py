"""The keeper: a process that loads a release once, forks workers, and hands each client to one of them.

It runs by itself (``python -m mesmart_kg.engine.keeper``), not forked from a server: a fork is safe only
from a process without threads, and servers have some. It has none, so it never computes: it accepts
connections, passes them to idle workers, watches clients and workers, and replaces a worker that ended.
Whoever started it holds the other end of its lifeline; when that closes, because the owner closed it or
died, the keeper ends and its workers with it. When the keeper itself is killed, its workers end with it, and
its owner may start the next one on the same sockets (``EmbeddedEngine.revive``).

Two sockets stand in a folder that only the owner may enter: ``query``, where a connection is a query, and
``status``, where a connection is answered at once with how things are.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from mmap import mmap
from pathlib import Path
from typing import Final

from mesmart_kg.engine.loading import Loaded, load_release
from mesmart_kg.engine.protocol import EngineStatus, Limits
from mesmart_kg.engine.wire import error_frame
from mesmart_kg.engine.workers import LEAVING, Post, too_much_memory, work
from mesmart_kg.errors import EngineUnavailable, MesmartError, QueryTimeout, QueryTooLarge

QUERY_SOCKET: Final = "query"
STATUS_SOCKET: Final = "status"

_GRACE: Final = 0.1
"""Seconds that a worker is left after its client went: mostly it has just finished, or notices by itself."""

_TICK: Final = 50
"""Milliseconds between looks at the clock while something is pending."""


@dataclass(frozen=True)
class Orders:
    """What a keeper is told when it starts, as one line of JSON on its lifeline."""

    release_id: str
    directory: str
    metadata_graph: str
    sockets: str
    workers: int
    limits: Limits

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Orders:
        values = json.loads(line)
        return cls(**values | {"limits": Limits(**values["limits"])})


@dataclass
class _Client:
    """A connection that waits or is served; ``gone`` is when it was seen to have hung up."""

    connection: socket.socket
    arrived: float
    gone: float | None = None


@dataclass
class _Worker:
    """A worker process, the keeper's end of its channel, and the client it serves."""

    pid: int
    channel: socket.socket
    slot: int
    client: _Client | None = None
    leaving: bool = False
    held_up: float = 0.0
    """Seconds for which its client's slowness kept others waiting."""


@dataclass
class _Keeper:
    loaded: Loaded
    orders: Orders
    lifeline: socket.socket
    marks: mmap
    queries: socket.socket
    statuses: socket.socket
    workers: dict[int, _Worker] = field(default_factory=dict)
    """By the file descriptor of their channel."""
    waiting: deque[_Client] = field(default_factory=deque)
    poll: select.poll = field(default_factory=select.poll)
    clients: dict[int, _Client] = field(default_factory=dict)
    """All clients, waiting or served, by file descriptor."""
    looked: float = 0.0
    """When the clock was looked at last."""

    def run(self) -> None:
        for listener in (self.lifeline, self.queries, self.statuses):
            self.poll.register(listener, select.POLLIN)
        for slot in range(self.orders.workers):
            self.fork_worker(slot)
        try:
            self.lifeline.sendall(json.dumps({"triples": self.loaded.triples}).encode() + b"\n")
        except OSError:
            return  # the owner went while the release was loaded
        while True:
            pending = self.waiting or any(client.gone is not None for client in self.clients.values())
            for descriptor, _event in self.poll.poll(_TICK if pending else None):
                if descriptor == self.lifeline.fileno():
                    return
                self.attend(descriptor)
            self.look_at_clock()

    def attend(self, descriptor: int) -> None:
        if descriptor == self.queries.fileno():
            self.accept()
        elif descriptor == self.statuses.fileno():
            self.tell_status()
        elif descriptor in self.workers:
            self.hear_worker(self.workers[descriptor])
        elif descriptor in self.clients and _has_closed(descriptor):
            self.clients[descriptor].gone = time.monotonic()
            self.poll.unregister(descriptor)

    def fork_worker(self, slot: int) -> None:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self.become_worker(ours)
                work(self.loaded.store, Post(theirs, self.marks, slot), self.orders.limits)
                status = 0
            finally:
                os._exit(status)
        theirs.close()
        self.workers[ours.fileno()] = _Worker(pid, ours, slot)
        self.poll.register(ours, select.POLLIN)

    def become_worker(self, channel: socket.socket) -> None:
        """Close, in the child, what is the keeper's: a connection ends only when no process holds it."""
        channel.close()
        for opened in (self.lifeline, self.queries, self.statuses):
            opened.close()
        for worker in self.workers.values():
            worker.channel.close()
        for client in self.clients.values():
            client.connection.close()

    def accept(self) -> None:
        connection = _accept(self.queries)
        if connection is None:
            return
        client = _Client(connection, time.monotonic())
        self.clients[connection.fileno()] = client
        # For nothing but what is always reported: that the other end has closed.
        self.poll.register(connection, 0)
        self.waiting.append(client)
        self.assign()
        if len(self.waiting) > self.orders.limits.queue:
            self.waiting.remove(client)
            _send(connection, error_frame(EngineUnavailable("too many queries are waiting; try again soon")))
            self.forget(client)

    def assign(self) -> None:
        """Hand waiting clients to idle workers, the longest waiting first."""
        for worker in self.workers.values():
            if not self.waiting:
                return
            if worker.client is None and not worker.leaving:
                client = self.waiting.popleft()
                try:
                    socket.send_fds(worker.channel, [b"!"], [client.connection.fileno()])
                except OSError:
                    # The worker has just ended; its channel will tell, and the client goes to another.
                    self.waiting.appendleft(client)
                    continue
                worker.client = client

    def tell_status(self) -> None:
        connection = _accept(self.statuses)
        if connection is None:
            return
        busy = sum(worker.client is not None for worker in self.workers.values())
        status = EngineStatus(
            self.orders.release_id, self.loaded.triples, len(self.workers), busy, len(self.waiting)
        )
        with connection:
            _send(connection, json.dumps(asdict(status)).encode())

    def hear_worker(self, worker: _Worker) -> None:
        """Take a worker's word that it has finished; without a word, it has ended."""
        try:
            word = worker.channel.recv(1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return  # the event was that of a descriptor that now is this one
        except ConnectionError:
            word = b""
        if word:
            worker.leaving = word == LEAVING
            self.dismiss(worker)
        else:
            self.bury(worker)
        self.assign()

    def dismiss(self, worker: _Worker) -> None:
        client, worker.client, worker.held_up = worker.client, None, 0.0
        if client is not None:
            self.forget(client)

    def forget(self, client: _Client) -> None:
        descriptor = client.connection.fileno()
        del self.clients[descriptor]
        if client.gone is None:
            self.poll.unregister(descriptor)
        client.connection.close()

    def bury(self, worker: _Worker) -> None:
        """Replace a worker that ended, and tell its client why, if nothing was sent to it yet."""
        self.poll.unregister(worker.channel)
        del self.workers[worker.channel.fileno()]
        worker.channel.close()
        _, status = os.waitpid(worker.pid, 0)
        if worker.client is not None and not self.marks[2 * worker.slot]:
            error = _cause(os.waitstatus_to_exitcode(status), self.orders.limits)
            _send(worker.client.connection, error_frame(error))
        self.dismiss(worker)
        self.fork_worker(worker.slot)

    def look_at_clock(self) -> None:
        now = time.monotonic()
        for worker in self.workers.values():
            client = worker.client
            if client is not None and client.gone is not None and now - client.gone > _GRACE:
                os.kill(worker.pid, signal.SIGKILL)  # its channel will tell
        self.end_slowest(now)
        for client in [each for each in self.waiting if self.has_given_up(each, now)]:
            self.waiting.remove(client)
            self.forget(client)

    def end_slowest(self, now: float) -> None:
        """End the answer whose reader has kept others waiting for half of what they will wait.

        Nobody is hurried while a worker is free; but a few who read nothing must not stop everybody.
        """
        passed, self.looked = min(now - self.looked, 2 * _TICK / 1000), now
        if not self.waiting:
            return
        for worker in self.workers.values():
            if worker.client is not None and self.marks[2 * worker.slot + 1]:
                worker.held_up += passed
        slowest = max(self.workers.values(), key=lambda worker: worker.held_up)
        if slowest.held_up > self.orders.limits.seconds / 2:
            slowest.held_up = 0.0
            os.kill(slowest.pid, signal.SIGKILL)  # its channel will tell

    def has_given_up(self, client: _Client, now: float) -> bool:
        """Tell whether a waiting client went, or has waited as long as a query may take."""
        if client.gone is not None:
            return True
        if now - client.arrived < self.orders.limits.seconds:
            return False
        _send(client.connection, error_frame(EngineUnavailable("all workers are busy; try again soon")))
        return True

    def end(self) -> None:
        for worker in self.workers.values():
            os.kill(worker.pid, signal.SIGKILL)
        for worker in self.workers.values():
            os.waitpid(worker.pid, 0)


def _has_closed(descriptor: int) -> bool:
    """Tell whether the other end of a connection has closed: asked anew, since descriptors are used again."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return bool(poll.poll(0))


def _cause(exit_code: int, limits: Limits) -> MesmartError:
    """Return what ended a worker: its alarm, the limit on memory (or the kernel, short of it), or a fault."""
    if exit_code == -signal.SIGALRM:
        return QueryTimeout(limits.seconds)
    if exit_code in {-signal.SIGABRT, -signal.SIGKILL}:
        return too_much_memory(limits)
    if exit_code in {-signal.SIGSEGV, -signal.SIGBUS}:
        # Oxigraph reads and plans a query by recursion: a nest of thousands runs over the end of the stack.
        return QueryTooLarge("the query nests its expressions or groups too deeply", "depth")
    return EngineUnavailable("the engine failed on this query")


def _send(connection: socket.socket, data: bytes) -> None:
    """Send a short message without ever waiting for its reader."""
    with contextlib.suppress(OSError):
        connection.send(data, socket.MSG_DONTWAIT)


def _accept(listener: socket.socket) -> socket.socket | None:
    """Accept a connection; None if it has gone already, or if there are too many open files for one more."""
    try:
        return listener.accept()[0]
    except OSError:
        # It waits in the queue of the listener; looking there without a pause would cost a processor.
        time.sleep(_TICK / 1000)
        return None


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # that of a keeper that was killed
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(512)
    return listener


def keep(lifeline: socket.socket) -> None:
    """Be a keeper: read the orders, load, tell, serve until the lifeline ends."""
    with lifeline.makefile("rb") as lines:
        orders = Orders.from_line(lines.readline())
    folder = Path(orders.sockets)
    try:
        loaded = load_release(Path(orders.directory), orders.metadata_graph)
    except MesmartError as error:
        lifeline.sendall(json.dumps({"error": str(error)}).encode() + b"\n")
        return
    # What lives now lives for ever: leaving it out of collections keeps its pages shared with the workers.
    gc.collect()
    gc.freeze()
    with _listen(folder / QUERY_SOCKET) as queries, _listen(folder / STATUS_SOCKET) as statuses:
        keeper = _Keeper(loaded, orders, lifeline, mmap(-1, 2 * orders.workers), queries, statuses)
        try:
            keeper.run()
        finally:
            keeper.end()
    # The owner removes it too; but it may have been killed. After a failure it stays, for the next keeper.
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Start as a process of its own; the argument is the file descriptor of the lifeline."""
    # Ctrl-C reaches every process of a terminal: the owner decides when the keeper ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
