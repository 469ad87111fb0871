"""The keeper: a process that loads a release once, forks workers, and replaces those that end.

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

from mesmart_kg.engine.loading import load_release
from mesmart_kg.engine.protocol import Limits
from mesmart_kg.engine.wire import DIED, KILL, READY, SPOILED, WORKER, Notice, receive_notice
from mesmart_kg.engine.workers import work
from mesmart_kg.errors import MesmartError

_REST: Final = 0.05
"""Seconds between two forks for one slot, at least: a worker that can't even start must not cost a core."""


@dataclass(frozen=True)
class Orders:
    """What a keeper is told when it starts, as one line of JSON on its lifeline."""

    release_id: str
    directory: str
    metadata_graph: str
    workers: int
    limits: Limits

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
    store: Store
    orders: Orders
    lifeline: socket.socket
    workers: dict[int, _Worker] = field(default_factory=dict)
    """By descriptor."""
    poll: select.poll = field(default_factory=select.poll)

    def run(self) -> None:
        """Care for workers until the lifeline closes."""
        self.poll.register(self.lifeline, select.POLLIN)
        for slot in range(self.orders.workers):
            self.fork_worker(slot)
        while True:
            for descriptor, _event in self.poll.poll():
                if descriptor in self.workers:
                    self.bury(self.workers[descriptor])
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
                work(self.store, channel, self.orders.limits)
                status = 0
            finally:
                os._exit(status)
        os.close(held)
        channel.close()
        self.workers[watched] = _Worker(pid, slot, watched, time.monotonic())
        self.poll.register(watched, select.POLLIN)
        with theirs:
            Notice(WORKER, slot, pid).send(self.lifeline, (theirs.fileno(),))

    def bury(self, worker: _Worker) -> None:
        """Tell how a worker ended, and fork the next one in its place."""
        self.poll.unregister(worker.descriptor)
        del self.workers[worker.descriptor]
        os.close(worker.descriptor)
        _, status = os.waitpid(worker.pid, 0)
        Notice(DIED, worker.slot, os.waitstatus_to_exitcode(status)).send(self.lifeline)
        time.sleep(max(0.0, worker.started + _REST - time.monotonic()))
        self.fork_worker(worker.slot)

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
    try:
        loaded = load_release(Path(orders.directory), orders.metadata_graph)
    except MesmartError as error:
        Notice(SPOILED, body=str(error).encode()).send(lifeline)
        return
    # What lives now lives for ever: leaving it out of collections keeps its pages shared with the workers.
    gc.collect()
    gc.freeze()
    Notice(READY, code=loaded.triples).send(lifeline)
    keeper = _Keeper(loaded.store, orders, lifeline)
    try:
        keeper.run()
    finally:
        keeper.end()


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
    # The owner may go at any moment, also while it is spoken to, and that is the end of the work.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError):
        keep(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
