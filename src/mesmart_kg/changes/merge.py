"""Two sorted dumps, merged line by line: what is in the one, in the other, in both.

A canonical dump is sorted by the bytes of its lines, each line once; so the difference of two dumps of any
size needs two open files and no memory.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from enum import IntEnum
from typing import IO, TYPE_CHECKING, Final, TypeAlias, cast

from mesmart_kg.dumps import DATASET_NQUADS, DEFAULT_NTRIPLES
from mesmart_kg.errors import ReleaseDamaged

if TYPE_CHECKING:
    from pathlib import Path

    from mesmart_kg.release import Release

_BUFFER: Final = 1024 * 1024

DEFAULT: Final = "default"
"""The name by which the default graph is asked for, which has no IRI."""


class Side(IntEnum):
    """In which of two dumps a line stands."""

    REMOVED = -1
    BOTH = 0
    ADDED = 1


Merged: TypeAlias = tuple[Side, bytes]


def merge(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[Merged]:
    """Yield every line of either dump, in order, with where it stands. Raises ReleaseDamaged if unsorted."""
    old_lines, new_lines = iter(before), iter(after)
    old, new = next(old_lines, None), next(new_lines, None)
    last = b""
    while old is not None or new is not None:
        if old == new:
            side, line = Side.BOTH, old
            old, new = next(old_lines, None), next(new_lines, None)
        elif new is None or (old is not None and old < new):
            side, line = Side.REMOVED, old
            old = next(old_lines, None)
        else:
            side, line = Side.ADDED, new
            new = next(new_lines, None)
        # What comes out is in order only if both that went in were.
        if line is None or line <= last:
            raise ReleaseDamaged("a dump is not sorted, so it can't be compared; `mesmart verify` tells more")
        last = line
        yield side, line


def merge_releases(before: Release, after: Release, graph: str | None = None) -> Iterator[Merged]:
    """Yield the merged dumps of two releases: all named graphs, or one by its IRI, or :data:`DEFAULT`.

    Lines are quads, and triples of the default graph. Raises ReleaseNotFound, ReleaseDamaged.
    """
    name = DEFAULT_NTRIPLES if graph == DEFAULT else DATASET_NQUADS
    with ExitStack() as opened:
        lines = [
            _of_graph(opened.enter_context(open_dump(each.dumps / name)), graph) for each in (before, after)
        ]
        try:
            yield from merge(*lines)
        except (OSError, EOFError) as error:
            raise ReleaseDamaged(f"the dump {name} of a release can't be read: {error}") from error


def open_dump(path: Path) -> IO[bytes]:
    """Open a packed dump. Raises ReleaseDamaged when it is not there."""
    try:
        # Lines are read from a buffer in C: gzip's own reading of lines is three times as slow.
        return io.BufferedReader(cast(io.RawIOBase, gzip.open(path)), _BUFFER)
    except OSError as error:
        raise ReleaseDamaged(
            f"the release {path.parent.parent.name} lacks its file dumps/{path.name}"
        ) from error


def _of_graph(lines: Iterable[bytes], graph: str | None) -> Iterable[bytes]:
    if graph is None or graph == DEFAULT:
        return lines
    ending = f" <{graph}> .\n".encode()
    return (line for line in lines if line.endswith(ending))
