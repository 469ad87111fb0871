"""Files of sorted lines: made, merged and cut, with memory that does not grow with the data.

Statements of a build travel as such files: canonical N-Quads or N-Triples, one statement a line, each once,
in the order of their bytes, which for UTF-8 is that of code points. Python's own sort is fast on bytes, and
faster still on pieces that are in order already: merging is done with it too.

A file is cut into slices for the cores to share. The cuts depend on the content, not on the position: a line
added somewhere changes its own slice, and leaves the others as they are, to be found again by their digest.
"""

from __future__ import annotations

import tempfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

MEBIBYTE: Final = 1024 * 1024

_OVERHEAD: Final = 90
"""Bytes that Python needs for a line beside its own: the object, and its place in a list or set."""

_PART: Final = 4 * MEBIBYTE
"""Bytes read at once of each file that is merged."""

_OPEN: Final = 256
"""Files that are merged at once."""

_LONGEST: Final = 16
"""A slice is cut after so many times the wanted lines, wherever that is; only then may a change move on."""


def sort_lines(lines: Iterable[bytes], target: Path, *, memory: int = 256 * MEBIBYTE) -> int:
    """Write the lines, each ending in a line feed, to a file: sorted, each once. Return how many there are.

    What does not fit into ``memory`` (bytes, roughly) is sorted in parts beside the target, which are merged.
    """
    with tempfile.TemporaryDirectory(prefix=".sorting-", dir=target.parent) as folder:
        runs: list[Path] = []
        held: list[bytes] = []
        size = 0
        source = iter(lines)
        while batch := list(islice(source, 10_000)):
            held += batch
            size += sum(map(len, batch)) + _OVERHEAD * len(batch)
            if size > memory:
                runs.append(Path(folder, str(len(runs))))
                _write_run(held, runs[-1])
                held, size = [], 0
        if not runs:
            return _write_run(held, target)
        runs.append(Path(folder, str(len(runs))))
        _write_run(held, runs[-1])
        del held
        return merge_lines(runs, target)


def _write_run(lines: list[bytes], target: Path) -> int:
    unique = sorted(set(lines))
    with target.open("wb") as file:
        file.writelines(unique)
    return len(unique)


def merge_lines(sources: Sequence[Path], target: Path) -> int:
    """Write the lines of sorted files to one sorted file, each once. Return how many there are."""
    with tempfile.TemporaryDirectory(prefix=".merging-", dir=target.parent) as folder:
        # More files than a process may have open are merged in groups first.
        merged: list[Path] = list(sources)
        while len(merged) > _OPEN:
            group, merged = merged[:_OPEN], merged[_OPEN:]
            merged.append(Path(folder, f"{len(merged)}-{group[0].name}"))
            _write_merged(group, merged[-1])
        return _write_merged(merged, target)


def _write_merged(sources: Sequence[Path], target: Path) -> int:
    count = 0
    with target.open("wb") as file:
        for part in merge_parts([[path] for path in sources]):
            file.writelines(part)
            count += len(part)
    return count


def merge_parts(sources: Sequence[Sequence[Path]]) -> Iterator[list[bytes]]:
    """Yield the lines of sorted files in order, each once, in parts of a few megabytes together.

    A source is a file or several, of which each goes on where the one before ended.
    """
    size = max(_PART // max(len(sources), 1), 64 * 1024)
    readers = [_Reader(paths, size) for paths in sources]
    last = b""
    while readers := [reader for reader in readers if reader.fill()]:
        # Up to the least of the last lines read all is known: nothing further can come before it.
        least = min(reader.lines[-1] for reader in readers)
        taken: list[bytes] = []
        for reader in readers:
            taken += reader.take(least)
        part = sorted(set(taken)) if len(readers) > 1 else list(dict.fromkeys(taken))
        if part and part[0] == last:
            del part[0]
        if part:
            last = part[-1]
            yield part


class _Reader:
    """The lines of one source that were read and not yet taken."""

    def __init__(self, paths: Sequence[Path], size: int) -> None:
        self._parts = _read_parts(paths, size)
        self.lines: list[bytes] = []

    def fill(self) -> bool:
        """Have lines, unless the source is at its end."""
        if not self.lines:
            self.lines = next(self._parts, [])
        return bool(self.lines)

    def take(self, highest: bytes) -> list[bytes]:
        """Return the lines up to this one, itself included."""
        end = bisect_right(self.lines, highest)
        taken, self.lines = self.lines[:end], self.lines[end:]
        return taken


def _read_parts(paths: Sequence[Path], size: int) -> Iterator[list[bytes]]:
    for path in paths:
        with path.open("rb") as file:
            while lines := file.readlines(size):
                yield lines


class Slice(NamedTuple):
    """A part of a file: from one byte up to another, which is not in it."""

    start: int
    end: int


def cut_slices(path: Path, lines: int = 4096) -> list[Slice]:
    """Cut a sorted file of statements into slices of about so many lines, each of whole subjects.

    A subject is what stands before the first space. Whether a slice ends before a subject is decided by the
    subject alone.
    """
    slices: list[Slice] = []
    start = position = count = 0
    # On average one subject in so many begins a slice; subjects have some five statements each.
    rarity = max(lines // 5, 1)
    with path.open("rb") as file:
        before = b""
        for line in file:
            if not line.startswith(before) or not before:
                subject = line[: line.index(b" ")]
                before = subject + b" "
                cuts = zlib.crc32(subject) % rarity == 0 or count >= lines * _LONGEST
                if cuts and position > start:
                    slices.append(Slice(start, position))
                    start, count = position, 0
            position += len(line)
            count += 1
    if position > start:
        slices.append(Slice(start, position))
    return slices


def merge_graphs(quads: Iterable[bytes], counts: Callable[[str], bool]) -> Iterator[bytes]:
    """Yield as N-Triples what stands in graphs that count, of sorted canonical N-Quads: each triple once."""
    known: dict[bytes, bool] = {}
    last = b""
    for line in quads:
        # A graph's IRI has neither a space nor an angle bracket in it.
        triple, _, graph = line.rpartition(b" <")
        is_meant = known.get(graph)
        if is_meant is None:
            is_meant = known[graph] = counts(graph[: graph.index(b">")].decode())
        if is_meant and triple != last:
            last = triple
            yield triple + b" .\n"


def read_slice(path: Path, part: Slice) -> list[bytes]:
    """Return the lines of a slice."""
    with path.open("rb") as file:
        file.seek(part.start)
        return file.read(part.end - part.start).splitlines(keepends=True)
