"""Statements sorted out for the rules: of a file of all, the triples of the terms that rules name.

Most facts are of terms that no rule reads. What is left is written to a file for each term, so that a rule
opens just what it needs. Looking at the bytes of a line is enough for that: a million take about a second.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mesmart_kg.namespaces import expand
from mesmart_kg.work_cache import make_key

MEBIBYTE: Final = 1024 * 1024

_TYPE: Final = f"<{expand('rdf:type')}>".encode()
_BLOCK: Final = 4 * MEBIBYTE
_HELD: Final = 64 * MEBIBYTE
"""Bytes that wait to be written, roughly."""

_PREMISES, _APART, _REST, _BLANK = "premises", "apart", "rest", "blank"


@dataclass(frozen=True)
class Premises:
    """Files of sorted N-Triples lines in a folder, by the IRI of their term.

    ``statements`` is how many quads were looked at; ``digest`` differs where anything that is read here does.
    """

    folder: Path
    names: dict[str, str]
    statements: int
    digest: str

    def find_premises(self, term: str) -> Path | None:
        """Return the file of what may be read of a term; None where there is nothing."""
        return self._find(f"{_PREMISES}-{self.names[term]}")

    def find_apart(self, term: str) -> Path | None:
        """Return the file of what graphs that are set apart state of a term that is concluded."""
        return self._find(f"{_APART}-{self.names[term]}")

    def find_rest(self) -> Path | None:
        """Return the file of what is of no term that rules name; kept only where one reads any."""
        return self._find(_REST)

    def find_blank(self) -> Path | None:
        """Return the file of the premises that hold a blank node, which stand in the other files as well.

        Read all at once they keep their nodes; an engine gives other ones to each file that it loads.
        """
        return self._find(_BLANK)

    def _find(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.is_file() else None


def sort_out(
    statements: Path,
    folder: Path,
    *,
    read: Collection[str],
    concluded: Collection[str],
    is_apart: Callable[[str], bool],
    keeps_rest: bool,
) -> Premises:
    """Write the files of :class:`Premises` to a folder.

    ``statements`` are sorted N-Quads, each in a named graph; what is in a graph apart is no premise.
    """
    names = {term: str(index) for index, term in enumerate(sorted({*read, *concluded}))}
    places = {f"<{term}>".encode(): (f"{_PREMISES}-{name}", "") for term, name in names.items()}
    for term in concluded:
        key = f"<{term}>".encode()
        places[key] = places[key][0], f"{_APART}-{names[term]}"
    outside = _Outside(is_apart)
    drawers = _Drawers(folder)
    rest = (_REST if keeps_rest else "", "")
    wanted = {_TYPE, *places}
    count = 0
    last_premise = last_apart = b""
    for block in _blocks(statements):
        count += len(block)
        # This look alone decides nearly every line, so it is the one that has to be quick.
        some = block if keeps_rest else [line for line in block if line.split(b" ", 2)[1] in wanted]
        for line in some:
            _, predicate, value = line.split(b" ", 2)
            is_class = predicate == _TYPE and value[:1] == b"<"
            named = value[: value.index(b" ")] if is_class else predicate
            drawer, drawer_apart = places.get(named, rest)
            end = line.rindex(b" <")
            triple = line[:end]
            if outside[line[end + 2 : -4]]:
                if drawer_apart and triple != last_apart:
                    last_apart = triple
                    drawers.add(drawer_apart, triple)
            elif drawer and triple != last_premise:
                last_premise = triple
                drawers.add(drawer, triple)
                if triple[:2] == b"_:" or value[:2] == b"_:":
                    drawers.add(_BLANK, triple)
        drawers.write_if_full()
    drawers.write()
    return Premises(folder, names, count, drawers.digest())


def _blocks(path: Path) -> Iterator[list[bytes]]:
    with path.open("rb") as file:
        while lines := file.readlines(_BLOCK):
            yield lines


class _Outside(dict[bytes, bool]):
    """By the IRI of a graph, whether it is apart."""

    def __init__(self, is_apart: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_apart = is_apart

    def __missing__(self, graph: bytes) -> bool:
        found = self[graph] = self._is_apart(graph.decode())
        return found


class _Drawers:
    """Lines that wait to be written to their files, and a digest of each file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: defaultdict[str, list[bytes]] = defaultdict(list)
        self._digests: defaultdict[str, hashlib._Hash] = defaultdict(hashlib.sha256)
        self._size = 0

    def add(self, drawer: str, triple: bytes) -> None:
        self._lines[drawer].append(triple)
        self._size += len(triple) + 90  # what Python needs for the object

    def write_if_full(self) -> None:
        if self._size > _HELD:
            self.write()

    def write(self) -> None:
        for name, lines in self._lines.items():
            lines.append(b"")
            data = b" .\n".join(lines)
            self._digests[name].update(data)
            with (self._folder / name).open("ab") as file:
                file.write(data)
        self._lines.clear()
        self._size = 0

    def digest(self) -> str:
        parts = [part for name in sorted(self._digests) for part in (name, self._digests[name].digest())]
        return make_key(*parts)
