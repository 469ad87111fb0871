"""The keeper: a process that loads a release once, forks workers, and replaces those that end.

A release on disk it does not load: each worker opens the store for itself, once it is forked.

It runs by itself (``python -m mesmart_kg.engine.keeper``), not forked from a server: a fork is safe only
from a process without threads, and servers have some. It has none, and it never computes. Whoever started it
holds the other end of its lifeline: there the keeper hands over the channel of each worker, and says how one
ended; there it is told to end one. When the lifeline closes, because the owner closed it or died, the keeper
ends and its workers with it. When the keeper itself is killed, its workers end too, and its owner starts the
next one (``embedded``).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from pyoxigraph import Store

from mesmart_kg.engine.disk import count_unopened, spoil
from mesmart_kg.engine.loading import load_release, open_store
from mesmart_kg.engine.protocol import Limits
from mesmart_kg.engine.wire import DIED, KILL, READY, SPOILED, WORKER, Notice, receive_notice
from mesmart_kg.engine.workers import STORE_SPOILED, work
from mesmart_kg.errors import MesmartError, ReleaseDamaged

PAGE_CACHE: Final = 48 * 1024 * 1024
"""Bytes of a store on disk that each worker comes to hold: no query's own (RocksDB's cache has 32 MiB)."""

_REST: Final = 0.05
"""Seconds between two forks for one slot, at least: a worker that can't even start must not cost a core."""


@dataclass(frozen=True)
class Orders:
    """What a keeper is told when it starts, as one line of JSON on its lifeline.

    ``store`` is the folder of a store on disk, with so many ``triples`` in its default graph; without one the
    directory is loaded into memory.
    """

    release_id: str
    directory: str
    metadata_graph: str
    workers: int
    limits: Limits
    store: str = ""
    triples: int = 0

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Orders:
        values = json.loads(line)
        return cls(**values | {"limits": Limits(**values["limits"])})


@dataclass
class _Worker:
    """A worker process; the descriptor is that of a pipe which its end closes."""

    pid: int
    slot: int
    descriptor: int
    started: float


@dataclass
class _Keeper:
    store: Store | None
    """In memory; None where each worker opens that on disk."""
    orders: Orders
    lifeline: socket.socket
    workers: dict[int, _Worker] = field(default_factory=dict)
    """By descriptor."""
    poll: select.poll = field(default_factory=select.poll)

    def run(self) -> None:
        """Care for workers until the lifeline closes, or the store on disk can't be read."""
        self.poll.register(self.lifeline, select.POLLIN)
        for slot in range(self.orders.workers):
            self.fork_worker(slot)
        while True:
            for descriptor, _event in self.poll.poll():
                if descriptor in self.workers:
                    if not self.bury(self.workers[descriptor]):
                        return
                elif descriptor == self.lifeline.fileno() and not self.hear_owner():
                    return

    def fork_worker(self, slot: int) -> None:
        """Fork a worker and hand its channel to the owner."""
        theirs, channel = socket.socketpair()
        watched, held = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                for descriptor in (theirs.detach(), watched, *self.workers, self.lifeline.detach()):
                    os.close(descriptor)
                status = self.work(channel)
            finally:
                os._exit(status)
        os.close(held)
        channel.close()
        self.workers[watched] = _Worker(pid, slot, watched, time.monotonic())
        self.poll.register(watched, select.POLLIN)
        with theirs:
            Notice(WORKER, slot, pid).send(self.lifeline, (theirs.fileno(),))

    def work(self, channel: socket.socket) -> int:
        """Be a worker; return the exit code."""
        if self.store is not None:
            return work(self.store, channel, self.orders.limits)
        folder = Path(self.orders.store)
        try:
            store = open_store(folder)
        except ReleaseDamaged:
            return STORE_SPOILED
        return work(store, channel, self.orders.limits, count_unopened(folder), PAGE_CACHE)

    def bury(self, worker: _Worker) -> bool:
        """Tell how a worker ended, and fork the next one in its place; False when there is no use in that."""
        self.poll.unregister(worker.descriptor)
        del self.workers[worker.descriptor]
        os.close(worker.descriptor)
        _, status = os.waitpid(worker.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        Notice(DIED, worker.slot, code).send(self.lifeline)
        if code == STORE_SPOILED:
            spoil(Path(self.orders.store))
            return False
        time.sleep(max(0.0, worker.started + _REST - time.monotonic()))
        self.fork_worker(worker.slot)
        return True

    def hear_owner(self) -> bool:
        """Do what the owner says; return False when it has gone."""
        received = receive_notice(self.lifeline)
        if received is None:
            return False
        notice = received[0]
        if notice.kind == KILL:
            for worker in self.workers.values():
                if (worker.slot, worker.pid) == (notice.slot, notice.code):
                    os.kill(worker.pid, signal.SIGKILL)
        return True

    def end(self) -> None:
        for worker in self.workers.values():
            os.kill(worker.pid, signal.SIGKILL)
        for worker in self.workers.values():
            os.waitpid(worker.pid, 0)


def keep(lifeline: socket.socket) -> None:
    """Be a keeper: read the orders, load, tell, serve until the lifeline ends."""
    orders = Orders.from_line(_read_line(lifeline))
    store, triples = None, orders.triples
    try:
        if orders.store:
            _try_store(Path(orders.store))
        else:
            loaded = load_release(Path(orders.directory), orders.metadata_graph)
            store, triples = loaded.store, loaded.triples
    except MesmartError as error:
        Notice(SPOILED, body=str(error).encode()).send(lifeline)
        return
    # What lives now lives for ever: leaving it out of collections keeps its pages shared with the workers.
    gc.collect()
    gc.freeze()
    Notice(READY, code=triples).send(lifeline)
    keeper = _Keeper(store, orders, lifeline)
    try:
        # The owner may go at any moment, also while it is spoken to, and that is the end of the work.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            keeper.run()
    finally:
        keeper.end()
    # At once: to take a large store apart, piece by piece, would hold its memory for many seconds more.
    os._exit(0)


def _try_store(folder: Path) -> None:
    """Open a store on disk in another process, since this one may have no threads. Raises ReleaseDamaged."""
    pid = os.fork()
    if pid == 0:
        status = STORE_SPOILED
        try:
            open_store(folder)
            status = 0
        finally:
            os._exit(status)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        spoil(folder)
        raise ReleaseDamaged("the store on disk can't be opened")


def _read_line(connection: socket.socket) -> bytes:
    """Return the first line, and take nothing that comes after it."""
    line = b""
    while not line.endswith(b"\n"):
        part = connection.recv(1)
        if not part:
            raise EOFError
        line += part
    return line


def main() -> None:
    """Start as a process of its own; the argument is the file descriptor of the lifeline."""
    # Ctrl-C reaches every process of a terminal: the owner decides when the keeper ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError):  # the owner has gone
        keep(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
