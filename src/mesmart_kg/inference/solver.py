"""The engine that answers rules of more than one pattern: it holds what they read, and gives bytes.

Nothing becomes a Python object on the way: files of N-Triples are loaded in bulk, answers are serialised and
cut into lines. An answer that grows beyond what is allowed is stopped while it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from mesmart_kg import formats
from mesmart_kg.errors import RuleError
from mesmart_kg.inference.patterns import Terms
from mesmart_kg.inference.plans import Plan
from mesmart_kg.inference.premises import Premises
from mesmart_kg.store import Dataset

_NEW: Final = "urn:mesmart:new:"


class Solver:
    """Triples of some terms in the engine's default graph; in further graphs what each round added."""

    def __init__(self, premises: Premises, folder: Path, allowed: int) -> None:
        self._premises = premises
        self._folder = folder
        self._allowed = allowed
        self._dataset = Dataset()
        self._loaded: set[str] = set()
        self._has_rest = False
        self._rounds = 0
        self._has_blank = False

    def load(self, terms: Terms, concluded: Callable[[str], Path | Iterable[bytes] | None]) -> None:
        """Have all triples of the terms, of any if None, the conclusions that are given of each included."""
        if not self._loaded and (blank := self._premises.find_blank()):
            self._dataset.load_file(blank, formats.NTRIPLES)
            self._has_blank = True
        for term in sorted(set(self._premises.names if terms is None else terms) - self._loaded):
            self._load(self._premises.find_premises(term))
            self._load(concluded(term))
            self._loaded.add(term)
        if terms is None and not self._has_rest:
            self._load(self._premises.find_rest())
            self._has_rest = True

    def _load(self, source: Path | Iterable[bytes] | None) -> None:
        if source is None:
            return
        if isinstance(source, Path) and not self._has_blank:
            self._dataset.load_file(source, formats.NTRIPLES)
            return
        lines = source.read_bytes().splitlines(keepends=True) if isinstance(source, Path) else source
        self._load_lines((line for line in lines if not _holds_blank_node(line)), formats.NTRIPLES)

    def _load_lines(self, lines: Iterable[bytes], rdf_format: formats.Format) -> None:
        path = self._folder / "lines"
        with path.open("wb") as file:
            file.writelines(lines)
        self._dataset.load_file(path, rdf_format)

    def add(self, new: Mapping[str, Iterable[bytes]]) -> str:
        """Add what a round found of some terms, if they are loaded; return the graph that holds just that."""
        self._rounds += 1
        graph = f"{_NEW}{self._rounds}"
        name = f"<{graph}> .\n".encode()
        lines = [line for term, found in new.items() if term in self._loaded for line in found]
        self._load_lines(
            (each for line in lines for each in (line, line[:-2] + name)),
            formats.NQUADS,
        )
        return graph

    def conclude(self, plan: Plan) -> list[bytes]:
        """Return all that a rule concludes from what is here, a line each, in no order, perhaps repeated."""
        return self._ask(plan, plan.rule.query)

    def conclude_from_new(self, plan: Plan, terms: Collection[str], graph: str) -> list[bytes]:
        """Return at least what a rule concludes from a triple of that graph, whose terms are given."""
        queries = plan.find_queries_for_new(terms, graph)
        if queries is None:
            return self.conclude(plan)
        return [line for query in queries for line in self._ask(plan, query)]

    def _ask(self, plan: Plan, query: str) -> list[bytes]:
        answer = _Answer(plan.rule.name, self._allowed)
        self._dataset.write_construct(query, answer)
        return answer.getvalue().splitlines(keepends=True)


class _Answer(BytesIO):
    """Receives the lines that a rule concludes; RuleError when they are more than is allowed."""

    def __init__(self, rule: str, allowed: int) -> None:
        super().__init__()
        self._rule = rule
        self._allowed = allowed
        self._count = 0

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # the engine writes bytes alone
        self._count += data.count(b"\n")
        if self._count > self._allowed:
            raise too_many(self._rule, self._allowed + 1)
        return super().write(data)


def too_many(rule: str, count: int) -> RuleError:
    """Return the error that stops a rule after so many triples."""
    return RuleError(
        f"stopped after {count:,} triples; a rule over one thing and another grows with their product", rule
    )


def _holds_blank_node(line: bytes) -> bool:
    return line[:2] == b"_:" or line.split(b" ", 2)[2][:2] == b"_:"
