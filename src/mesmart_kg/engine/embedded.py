"""The engine of our own: workers on this host, and the keeper process that cares for them.

The release is held in memory, or on disk (``disk``) if it is too large for that.

The object owns the keeper (``keeper_process``) and ends it by closing; so does the death of this process.
"""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mesmart_kg.engine.conversation import LoopAnswer, ThreadAnswer, answer_coroutine, answer_thread
from mesmart_kg.engine.keeper import Orders
from mesmart_kg.engine.keeper_process import KeeperProcess
from mesmart_kg.engine.protocol import EngineStatus, GraphChoice, Limits, Terms
from mesmart_kg.engine.refusal import refuse_what_leaves
from mesmart_kg.engine.storage import Storage
from mesmart_kg.engine.verbs import Verbs
from mesmart_kg.engine.wire import Request
from mesmart_kg.errors import EngineUnavailable, QuerySyntaxError
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import NAMESPACE, GraphNames
from mesmart_kg.query_text import examine

_NO_TERMS: Final = Terms()


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
        self._keeper = KeeperProcess(orders, tell, storage)
        self._finalizer = weakref.finalize(self, _end_forgotten, self._keeper)
        try:
            self._keeper.start()
        except BaseException:
            self.close()
            raise

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


def _end_forgotten(keeper: KeeperProcess) -> None:
    """End the keeper of an engine that nobody closed, and say so to its author."""
    owner = os.getpid()
    keeper.end()
    warnings.warn(f"an engine of process {owner} was never closed", ResourceWarning, stacklevel=1)
