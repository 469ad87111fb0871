"""The engine of our own: workers on this host, and the keeper process that cares for them.

The release is held in memory, or on disk (``disk``) if it is too large for that.

The object owns the keeper and ends it by closing; so does the death of this process. A thread watches over
the keeper: it takes in the workers that the keeper forks, hears how they end, and starts another keeper
should this one be killed.
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
import warnings
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from mesmart_kg.engine.channel import Channel
from mesmart_kg.engine.conversation import LoopAnswer, ThreadAnswer, answer_coroutine, answer_thread
from mesmart_kg.engine.disk import STORE, DiskStore, find_store, make_store_apart
from mesmart_kg.engine.keeper import Orders
from mesmart_kg.engine.pool import TICK_SECONDS, Pool
from mesmart_kg.engine.protocol import EngineStatus, GraphChoice, Limits, Terms
from mesmart_kg.engine.refusal import refuse_what_leaves
from mesmart_kg.engine.storage import Storage
from mesmart_kg.engine.verbs import Verbs
from mesmart_kg.engine.wire import DIED, KILL, READY, SPOILED, WORKER, Notice, Request, receive_notice
from mesmart_kg.errors import EngineUnavailable, QuerySyntaxError, ReleaseDamaged
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import NAMESPACE, GraphNames
from mesmart_kg.query_text import examine

START_SECONDS: Final = 1800.0
"""How long a keeper may take to load a release: far more than ten million triples need."""

_LONGEST_REST: Final = 60.0
"""Seconds between two starts of a keeper that ends again and again; also how long a sound one has lived."""

_NO_TERMS: Final = Terms()

_STARTING: Final[set[_Keeper]] = set()
"""Those that have not loaded their release yet."""


def give_up_starting() -> None:
    """Have every engine that is just being opened, in whatever thread, fail with EngineUnavailable soon."""
    for keeper in list(_STARTING):
        keeper.give_up()


class EmbeddedEngine(Verbs):
    """Answers from a release that a keeper process holds in memory, or its workers read on disk."""

    def __init__(
        self,
        release_id: str,
        directory: Path,
        *,
        workers: int = 4,
        limits: Limits | None = None,
        base_iri: str = NAMESPACE,
        tell: Callable[[str], None] = lambda _news: None,
        storage: Storage = "memory",
    ) -> None:
        """Start a keeper for the release in that directory and wait until it has loaded it.

        On disk, the store is made first where ``derived/`` has none, in a temporary folder if ``derived/``
        can't be written to. ``tell`` is given, for a log, what happens to the keeper later. Raises
        ReleaseDamaged when the release can't be loaded, EngineUnavailable when the keeper does not start.
        """
        self._release_id = release_id
        self._base_iri = base_iri
        limits = limits or Limits()
        metadata_graph = GraphNames(base_iri).metadata
        orders = Orders(release_id, str(directory.resolve()), metadata_graph, workers, limits)
        self._keeper = _Keeper(orders, tell, storage)
        self._finalizer = weakref.finalize(self, _end_forgotten, self._keeper)
        _STARTING.add(self._keeper)
        try:
            self._keeper.start()
        except BaseException:
            self.close()
            raise
        finally:
            _STARTING.discard(self._keeper)

    @property
    def release_id(self) -> str:
        return self._release_id

    @property
    def process_id(self) -> int:
        """The keeper's process."""
        return self._keeper.process_id

    def answer(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None = None,
        terms: Terms | None = None,
        rows: int | None = None,
    ) -> ThreadAnswer:
        terms = terms or _NO_TERMS
        request = self._to_request(query, format, graphs, terms, rows)
        try:
            return answer_thread(self._keeper.pool, request, terms)
        except QuerySyntaxError as error:
            error.query = query
            raise

    async def stream(
        self, query: str, format: Format, graphs: GraphChoice | None = None, terms: Terms | None = None
    ) -> LoopAnswer:
        terms = terms or _NO_TERMS
        request = self._to_request(query, format, graphs, terms)
        try:
            return await answer_coroutine(self._keeper.pool, request, terms)
        except QuerySyntaxError as error:
            error.query = query
            raise

    def _to_request(
        self, query: str, format: Format, graphs: GraphChoice | None, terms: Terms, rows: int | None = None
    ) -> Request:
        refuse_what_leaves(query)
        default_graphs = named_graphs = None
        if graphs is not None:
            default_graphs, named_graphs = graphs.default_graphs, graphs.named_graphs
        elif len(examine(query).default_graphs) > 1:
            # The engine would count a triple once for each graph that holds it; a worker merges them.
            text = examine(query, self._base_iri)
            default_graphs, named_graphs = text.default_graphs, text.named_graphs
        seconds = self._keeper.pool.deadline(terms)
        return Request(query, format.name, seconds, default_graphs, named_graphs, rows, self._base_iri)

    def status(self) -> EngineStatus:
        pool = self._keeper.pool
        if pool.is_down:
            raise EngineUnavailable("the engine does not answer")
        workers, busy, waiting = pool.count()
        return EngineStatus(self._release_id, self._keeper.triples, workers, busy, waiting, pool.replaced)

    def close(self) -> None:
        """End the keeper and its workers; queries that run are cut."""
        if self._finalizer.detach() is not None:
            self._keeper.end()


class _Keeper:
    """The keeper's process as its owner sees it, with the pool of its workers and the thread that watches."""

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
        self._launch()
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


def _end_forgotten(keeper: _Keeper) -> None:
    """End the keeper of an engine that nobody closed, and say so to its author."""
    owner = os.getpid()
    keeper.end()
    warnings.warn(f"an engine of process {owner} was never closed", ResourceWarning, stacklevel=1)
