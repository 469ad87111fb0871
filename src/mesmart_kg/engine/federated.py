"""An engine that answers queries with SERVICE: it has other endpoints asked first, then another engine."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from mesmart_kg.engine.protocol import Answer, AsyncAnswer, Engine, EngineStatus, GraphChoice, Terms
from mesmart_kg.engine.relay import MOST_AT_ONCE, Relay
from mesmart_kg.engine.verbs import Verbs
from mesmart_kg.formats import Format
from mesmart_kg.query_text import examine

_PLANNING_SECONDS: Final = 2.0
"""How long the engine here may look for what other endpoints are to be asked."""


class FederatedEngine(Verbs):
    """Puts the rows of other endpoints into a query, as ``relay`` allows, and asks ``engine`` what is left.

    Its verbs raise besides what those of an engine do: ServiceFailed.
    """

    def __init__(self, engine: Engine, relay: Relay) -> None:
        self._engine = engine
        self._relay = relay
        self._executor = ThreadPoolExecutor(MOST_AT_ONCE, "relay")

    @property
    def release_id(self) -> str:
        return self._engine.release_id

    def answer(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None = None,
        terms: Terms | None = None,
        rows: int | None = None,
    ) -> Answer:
        return self._engine.answer(self._resolve(query, graphs, terms), format, graphs, terms, rows)

    async def stream(
        self, query: str, format: Format, graphs: GraphChoice | None = None, terms: Terms | None = None
    ) -> AsyncAnswer:
        if examine(query).services:
            loop = asyncio.get_running_loop()
            query = await loop.run_in_executor(self._executor, self._resolve, query, graphs, terms)
        return await self._engine.stream(query, format, graphs, terms)

    def _resolve(self, query: str, graphs: GraphChoice | None, terms: Terms | None) -> str:
        terms = terms or Terms()
        # Told on the way out alone: what is asked here calls nobody.
        here = Terms(terms.client, min(_PLANNING_SECONDS, terms.seconds or _PLANNING_SECONDS))
        resolved, _calls = self._relay.resolve(
            query,
            lambda text: self._engine.select(text, graphs=graphs, terms=here),
            terms.seconds,
            terms.tell,
        )
        # It may be long now: looked at here, in a thread, and remembered for the engine, which looks as well.
        examine(resolved)
        return resolved

    def status(self) -> EngineStatus:
        return self._engine.status()

    def close(self) -> None:
        """Close the engine behind; calls of other endpoints end by their own deadlines."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._engine.close()
