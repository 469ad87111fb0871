"""The keeper's process as its owner sees it: started, listened to, started again, ended.

A thread watches over it: it takes in the workers that the keeper forks, hears how they end, and starts
another keeper should this one be killed.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from mesmart_kg.engine.channel import Channel
from mesmart_kg.engine.disk import STORE, DiskStore, find_store, make_store_apart
from mesmart_kg.engine.keeper import Orders
from mesmart_kg.engine.pool import TICK_SECONDS, Pool
from mesmart_kg.engine.storage import Storage
from mesmart_kg.engine.wire import DIED, KILL, READY, SPOILED, WORKER, Notice, receive_notice
from mesmart_kg.errors import EngineUnavailable, ReleaseDamaged

START_SECONDS: Final = 1800.0
"""How long a keeper may take to load a release: far more than ten million triples need."""

_LONGEST_REST: Final = 60.0
"""Seconds between two starts of a keeper that ends again and again; also how long a sound one has lived."""

_STARTING: Final[set[KeeperProcess]] = set()
"""Those that have not loaded their release yet."""


def give_up_starting() -> None:
    """Have every engine that is just being opened, in whatever thread, fail with EngineUnavailable soon."""
    for keeper in list(_STARTING):
        keeper.give_up()


class KeeperProcess:
    """A keeper, with the pool of its workers and the thread that watches over it."""

    def __init__(self, orders: Orders, tell: Callable[[str], None], storage: Storage) -> None:
        self.triples = 0
        self._storage = storage
        self._own_folder: str | None = None
        """Where the store on disk is, if it can't lie beside the release."""
        self.pool = Pool(orders.limits, self.kill)
        self._orders = orders
        self._tell = tell
        self._lifeline: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = threading.Event()
        self._speaking = threading.Lock()
        self._watcher: threading.Thread | None = None

    @property
    def process_id(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process, wait until it has loaded its release, and watch over it from now on."""
        _STARTING.add(self)
        try:
            self._launch()
        finally:
            _STARTING.discard(self)
        # Not a daemon by chance: an engine that nobody closes must not keep its process alive.
        self._watcher = threading.Thread(target=self._watch, name="keeper-watcher", daemon=True)
        self._watcher.start()

    def _launch(self) -> None:
        """Start a process and wait for its word. Raises ReleaseDamaged, EngineUnavailable, OSError."""
        if self._storage == "memory":
            self._launch_with(self._orders)
            return
        for is_last in (False, True):
            store = self._prepare_store()
            try:
                self._launch_with(replace(self._orders, store=str(store.folder), triples=store.triples))
                return
            except ReleaseDamaged as error:  # the keeper has marked it, so that it is made anew
                if is_last:
                    raise
                self._tell(f"{error}; it is made anew")
                self._end_process()

    def _prepare_store(self) -> DiskStore:
        """Return the store on disk, made first where there is none."""
        directory = Path(self._orders.directory)
        beside = directory / STORE
        store = find_store(directory, beside)
        if store is None and not _may_write(beside.parent):
            self._own_folder = self._own_folder or tempfile.mkdtemp(prefix="mesmart-store-")
            beside = Path(self._own_folder) / STORE.name
            store = find_store(directory, beside)
        if store is None:
            self._tell(
                f"{directory.name} is written to a store on disk, which takes a while; it is kept there"
            )
            store = make_store_apart(directory, self._orders.metadata_graph, beside, self._closing.is_set)
        return store

    def _launch_with(self, orders: Orders) -> None:
        if self._closing.is_set():
            raise EngineUnavailable("the engine is not wanted any more")
        self._lifeline, theirs = socket.socketpair()
        with theirs:
            # -P: the folder in which the command runs must not lend it modules.
            command = [sys.executable, "-P", "-m", "mesmart_kg.engine.keeper", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._lifeline.settimeout(START_SECONDS)
        try:
            self._lifeline.sendall(orders.to_line())
            received = receive_notice(self._lifeline)
        except OSError as error:
            raise EngineUnavailable(f"the engine did not start: {error}") from error
        if received is None:
            raise EngineUnavailable("the engine ended while it was loading the release")
        if received[0].kind == SPOILED:
            raise ReleaseDamaged(received[0].body.decode())
        assert received[0].kind == READY  # noqa: S101
        self.triples = received[0].code
        self.pool.open()
        for _ in range(orders.workers):
            if not self._hear(self._lifeline):
                raise EngineUnavailable("the engine ended while it was starting")
        self._lifeline.settimeout(None)

    def _watch(self) -> None:
        """Hear the keeper, look at the clock, and start another keeper when one has ended."""
        rest = 0.0
        while not self._closing.is_set():
            began = time.monotonic()
            self._hear_until_end()
            self.pool.close()
            if self._closing.is_set():
                return
            rest = 1.0 if time.monotonic() - began > _LONGEST_REST else min(2 * rest or 0.1, _LONGEST_REST)
            self._tell("the engine has ended; it is started again")
            self._end_process()
            while not self._closing.wait(rest):
                try:
                    self._launch()
                    break
                except (EngineUnavailable, ReleaseDamaged, OSError) as error:
                    self._tell(f"the engine can't be started again yet: {error}")
                    self._end_process()
                    rest = min(2 * rest, _LONGEST_REST)

    def _hear_until_end(self) -> None:
        """Pass on what the keeper says, until it says nothing more."""
        assert self._lifeline is not None  # noqa: S101
        poll = select.poll()
        poll.register(self._lifeline, select.POLLIN)
        next_look = time.monotonic() + TICK_SECONDS
        while True:
            speaks = poll.poll(TICK_SECONDS * 1000)
            if time.monotonic() > next_look:
                next_look = time.monotonic() + TICK_SECONDS
                self.pool.look_at_clock()
            if speaks and not self._hear(self._lifeline):
                return

    def _hear(self, lifeline: socket.socket) -> bool:
        """Take one word of the keeper's; return False when it has gone."""
        try:
            received = receive_notice(lifeline)
        except OSError:
            return False
        if received is None:
            return False
        notice, descriptors = received
        if notice.kind == WORKER:
            self.pool.add(Channel(socket.socket(fileno=descriptors[0]), notice.slot, notice.code))
        elif notice.kind == DIED:
            self.pool.lose(notice.slot, notice.code)
        return True

    def kill(self, channel: Channel) -> None:
        """Have the keeper end a worker."""
        with self._speaking, contextlib.suppress(OSError):
            if self._lifeline is not None:
                Notice(KILL, channel.slot, channel.pid).send(self._lifeline)

    def give_up(self) -> None:
        """Tell the process that it is not wanted any more."""
        self._closing.set()
        if self._lifeline is not None:
            with contextlib.suppress(OSError):
                self._lifeline.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """End the process and wait for its end."""
        self.give_up()
        if self._watcher is not None:
            self._watcher.join()
        self._end_process()
        self.pool.close()
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)

    def _end_process(self) -> None:
        if self._lifeline is not None:
            self._lifeline.close()
        if self._process is not None:
            self._process.wait()


def _may_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
