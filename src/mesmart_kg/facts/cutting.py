"""Files cut into pieces, to be read apart on all cores, and found again when only another has changed.

Where a piece ends is decided by the lines there and not by their number, so that a line more or less changes
its own piece and leaves the cuts behind it where they were. The cuts are guesses: a line may begin within a
text in quotes. No harm comes of it, since a piece that does not end where a row or statement ends can't be
read, and as long as all before it could, the last cut was right. Who reads the pieces in order knows at the
first bad one that either the file is wrong there or the cut.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from mesmart_kg.sorted_lines import Slice

MEBIBYTE: Final = 1024 * 1024

ROWS: Final = 4096
"""Rows of a table in a piece, on average; some fifty thousand statements."""

_MOST_TIMES: Final = 4
"""A piece is cut after so many times the rows wanted, wherever that is."""

_MOST_BYTES: Final = 8 * MEBIBYTE


def cut_table(path: Path, rows: int = ROWS) -> list[Slice]:
    """Cut a table into pieces of about so many lines; the first begins with the header."""
    with path.open("rb") as file:
        return list(_cut(file, rows, rows * _MOST_TIMES))


def cut_turtle(path: Path, subjects: int = ROWS) -> list[Slice]:
    """Cut a Turtle file into pieces of about so many statements, each a subject with all that is said of it.

    It is cut where a line ends with a dot and the next begins with a name or an IRI.
    """
    with path.open("rb") as file:
        return list(_cut(file, subjects, None))


def _cut(file: IO[bytes], rarity: int, most: int | None) -> Iterator[Slice]:
    """Yield pieces; ``most`` is the number of lines after which any line will do, or None for Turtle."""
    start = position = count = 0
    ended = most is not None
    for line in file:
        if ended and count and (most is not None or line[:1].isalnum() or line[:1] == b"<"):
            long = position - start > _MOST_BYTES or (most is not None and count >= most)
            if long or zlib.crc32(line) % rarity == 0:
                yield Slice(start, position)
                start, count = position, 0
        position += len(line)
        count += 1
        if most is None and (text := line.strip()) and not text.startswith(b"#"):
            ended = text.endswith(b".")
    if position > start or not start:
        yield Slice(start, position)
