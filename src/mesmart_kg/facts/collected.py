"""What was read of ``data/``: sorted runs of lines, and for each line where it is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from mesmart_kg.facts.blocks import Place

_TERMS: Final = 5
"""What blanks part in a line without a literal: subject, predicate, object, graph, dot."""

_Terms: TypeAlias = Callable[[bytes], Sequence[bytes]]


@dataclass(frozen=True)
class Run:
    """The sorted lines of one piece of a file.

    ``rows`` is a file that has a line for each: the rows or lines that tell it, counted from the beginning of
    the piece, whose first line is ``first`` in the file.
    """

    lines: Path
    rows: Path
    file: str
    first: int

    def read_rows(self) -> list[list[int]]:
        """Return for each line the rows that tell it, counted from the first of the piece."""
        return [list(map(int, numbers.split())) for numbers in self.rows.read_bytes().splitlines()]


@dataclass(frozen=True)
class Collected:
    """All facts as runs, in the order of their files and lines; paths are those of the work cache.

    ``statements`` are those of all runs together; what several pieces of files tell is counted as often.
    """

    base_iri: str
    sources: tuple[Run, ...]
    statements: int

    @property
    def runs(self) -> tuple[Path, ...]:
        """The files of sorted, unique lines of canonical N-Quads."""
        return tuple(run.lines for run in self.sources)

    def locate(self, iris: Collection[str]) -> dict[str, tuple[Place, ...]]:
        """Return for each IRI the places that tell of it, in the order of files and lines.

        A thing under ``id/`` of which nothing is told has those places instead where it is mentioned.
        ``data/`` is not read again, only the runs.
        """
        places: dict[str, dict[Place, None]] = {iri: {} for iri in iris}
        self._look_for(places, _tells)
        things = f"{self.base_iri}id/"
        self._look_for(
            {iri: found for iri, found in places.items() if not found and iri.startswith(things)}, _mentions
        )
        return {iri: tuple(found) for iri, found in places.items()}

    def _look_for(self, places: Mapping[str, dict[Place, None]], terms_of: _Terms) -> None:
        wanted = {f"<{iri}>".encode(): found for iri, found in places.items()}
        for run in self.sources if wanted else ():
            hits = list(_find(run.lines, frozenset(wanted), terms_of))
            rows = run.read_rows() if hits else []
            for row, term in sorted({(row, term) for term, number in hits for row in rows[number]}):
                wanted[term][Place(run.file, run.first + row)] = None


def _find(lines: Path, wanted: frozenset[bytes], terms_of: _Terms) -> Iterator[tuple[bytes, int]]:
    """Yield the terms that are wanted, with the number of each line that has them."""
    with lines.open("rb") as file:
        for number, line in enumerate(file):
            terms = terms_of(line)
            if not wanted.isdisjoint(terms):
                for term in wanted.intersection(terms):
                    yield term, number


def _tells(line: bytes) -> Sequence[bytes]:
    """Return the subject of a line."""
    return (line[: line.index(b" ")],)


def _mentions(line: bytes) -> Sequence[bytes]:
    """Return the other terms of a line; what stands in a text is none."""
    terms = line.split(b" ")
    if len(terms) == _TERMS and not terms[2].startswith(b'"'):
        return terms[1:4]
    return terms[1], terms[-2]
