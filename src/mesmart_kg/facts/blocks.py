"""What reading yields: the quads of one row or one Turtle block, with the place where they are told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mesmart_kg.store import Quad


@dataclass(frozen=True)
class Block:
    """The quads of one CSV row, or of one Turtle statement (a subject with all that is said up to the dot).

    ``file`` is relative to the folder that holds ``data/``, with forward slashes. ``line`` counts from 1, the
    header of a table included; it is the first line of the block.
    """

    file: str
    line: int
    quads: tuple[Quad, ...]


@dataclass(frozen=True)
class Place:
    """A line of a file in ``data/``, named as in :class:`Block`."""

    file: str
    line: int


def name_file(path: Path, data_dir: Path) -> str:
    """Return the name under which a file of ``data/`` appears in blocks, errors and reports."""
    return f"{data_dir.name}/{path.relative_to(data_dir).as_posix()}"


def find_undecodable_line(path: Path) -> int:
    """Return the first line, from 1, that is not UTF-8; 0 if all are."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0
