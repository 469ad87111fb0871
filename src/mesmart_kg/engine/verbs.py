"""The verbs that return values, made of the one that returns bytes: the same for every engine."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod

from mesmart_kg import formats
from mesmart_kg.engine.protocol import Answer, Graph, GraphChoice, Solutions, Terms
from mesmart_kg.engine.solutions import read_boolean, read_graph, read_solutions
from mesmart_kg.formats import Format


class Verbs(ABC):
    """``select``, ``ask`` and ``construct`` of an engine that has ``answer``; see :class:`Engine`."""

    @abstractmethod
    def answer(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None = None,
        terms: Terms | None = None,
        rows: int | None = None,
    ) -> Answer: ...

    def select(
        self,
        query: str,
        rows: int | None = None,
        graphs: GraphChoice | None = None,
        terms: Terms | None = None,
    ) -> Solutions:
        return read_solutions(self._read(query, formats.RESULTS_JSON, graphs, terms, rows), rows)

    def ask(self, query: str, graphs: GraphChoice | None = None, terms: Terms | None = None) -> bool:
        return read_boolean(self._read(query, formats.RESULTS_JSON, graphs, terms))

    def construct(self, query: str, graphs: GraphChoice | None = None, terms: Terms | None = None) -> Graph:
        return read_graph(self._read(query, formats.NTRIPLES, graphs, terms))

    def _read(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None,
        terms: Terms | None,
        rows: int | None = None,
    ) -> bytes:
        with contextlib.closing(self.answer(query, format, graphs, terms, rows)) as answer:
            return b"".join(answer)
