"""One piece of a file read to sorted lines, and kept: the work that cores share.

Of each piece three files are kept in the cache, under a key of all that decides their bytes: the sorted
lines (a run), for each line the rows or statements that told it, and a notice: how much was told, and the
keys that other pieces and tables must agree with. Whether they agree is not looked at here, so that a table
whose keys are referred to may change without those that refer to it being read again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from mesmart_kg.errors import FactError
from mesmart_kg.facts.cells import check_header
from mesmart_kg.facts.columns import Columns, Told, Unsound
from mesmart_kg.facts.mapping import SUFFIX, Mapping, read_mapping
from mesmart_kg.facts.turtle import Statement, cut_statements, read_statements
from mesmart_kg.sorted_lines import Slice
from mesmart_kg.work_cache import WorkCache, code_digest, make_key

Wanted: TypeAlias = tuple[tuple[str, ...], ...]
"""Sets of columns of one table that foreign keys of others refer to."""

_MAKERS = ("facts", "store", "namespaces", "formats")


@dataclass(frozen=True)
class TablePiece:
    """Some rows of a table; those at the beginning of the file with its header."""

    path: Path
    data_dir: Path
    base_iri: str
    part: Slice
    wanted: Wanted

    def make_key(self, data: bytes) -> str:
        """Return the key of what comes of the piece, given its bytes."""
        mapping = self.path.with_name(self.path.name + SUFFIX).read_bytes()
        place = "first" if self.part.start == 0 else "further"
        wanted = json.dumps(self.wanted)
        return make_key("table", code_digest(*_MAKERS), self.base_iri, mapping, wanted, place, data)


@dataclass(frozen=True)
class TurtlePiece:
    """Some statements of a Turtle file.

    ``prefixes`` are the directives before the piece. Nothing is told whose object's IRI begins with
    ``leave_out``, if that is not empty. Only a ``whole`` file may have directives after its first statement.
    """

    path: Path
    base_iri: str
    graph: str
    part: Slice
    prefixes: tuple[str, ...]
    leave_out: str
    whole: bool

    def make_key(self, data: bytes) -> str:
        """Return the key of what comes of the piece, given its bytes."""
        settings = json.dumps([self.base_iri, self.graph, self.prefixes, self.leave_out, self.whole])
        place = "first" if self.part.start == 0 else "further"
        return make_key("turtle", code_digest(*_MAKERS), settings, place, data)


Piece: TypeAlias = TablePiece | TurtlePiece


@dataclass(frozen=True)
class Notice:
    """What is known of a piece beside its lines.

    ``lines`` of the file, an unfinished last one too; ``statements``; of a table the primary keys row by row,
    for each foreign key the keys referred to, and for each wanted set of columns the cells in them.
    """

    lines: int
    statements: int
    primary: list[list[str]] = field(default_factory=list)
    references: list[list[list[str]]] = field(default_factory=list)
    targets: list[list[list[str]]] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """The files that are kept of a piece."""

    run: Path
    rows: Path
    notice: Path

    def read_notice(self) -> Notice:
        """Read what is known of the piece beside its lines."""
        return Notice(**json.loads(self.notice.read_bytes()))


def read_bytes(path: Path, part: Slice) -> bytes:
    """Return a part of a file."""
    with path.open("rb") as file:
        file.seek(part.start)
        return file.read(part.end - part.start)


def find_kept(cache: WorkCache, key: str) -> Kept | None:
    """Return what is kept of a piece, if all of it is."""
    found = [cache.find(make_key(key, part)) for part in ("run", "rows", "notice")]
    run, rows, notice = found
    return None if run is None or rows is None or notice is None else Kept(run, rows, notice)


def make_piece(piece: Piece, key: str, cache: WorkCache) -> Kept | None:
    """Read a piece and keep what comes of it, for whoever asks for that key.

    None where something in it can't be read, or is not any more what the key was made of.
    """
    data = read_bytes(piece.path, piece.part)
    if piece.make_key(data) != key:
        return None
    try:
        if isinstance(piece, TablePiece):
            told, notice = _read_rows(piece, data)
        else:
            told, notice = _read_statements(piece, data)
    except (Unsound, FactError, UnicodeDecodeError, csv.Error):
        return None
    return _keep(told, notice, key, cache)


def _keep(told: Told, notice: Notice, key: str, cache: WorkCache) -> Kept:
    """Sort the lines and keep all; the notice last, without which the rest is not found."""
    told_by: dict[bytes, int | set[int]] = dict(zip(told.lines, told.rows, strict=True))
    if len(told_by) < len(told.lines):
        for line, row in zip(told.lines, told.rows, strict=True):
            before = told_by[line]
            if before != row:
                told_by[line] = before | {row} if isinstance(before, set) else {before, row}
    lines = sorted(told_by)
    rows = "\n".join([_write_rows(told_by[line]) for line in lines])
    return Kept(
        cache.keep(make_key(key, "run"), lambda file: file.writelines(lines)),
        cache.keep(make_key(key, "rows"), rows.encode()),
        cache.keep(make_key(key, "notice"), json.dumps(vars(notice) | {"statements": len(lines)}).encode()),
    )


def _write_rows(rows: int | set[int]) -> str:
    return " ".join(map(str, sorted(rows))) if isinstance(rows, set) else str(rows)


def _read_rows(piece: TablePiece, data: bytes) -> tuple[Told, Notice]:
    mapping = _get_mapping(piece.path, piece.data_dir, piece.base_iri, piece.make_key(b""))
    header = mapping.header
    first = 0 if piece.part.start else 1
    text = data.decode("utf-8-sig" if first else "utf-8")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = list(reader)
    if reader.line_num > len(rows):
        raise Unsound  # a row of several lines
    if first:
        check_header(rows.pop(0) if rows else [], mapping)
    if not {len(header)}.issuperset(map(len, rows)):
        raise Unsound
    columns = Columns(mapping, rows)
    told = columns.tell()
    told = Told(told.lines, [first + row for row in told.rows])
    notice = Notice(
        lines=first + len(rows),
        statements=0,
        primary=list(map(list, columns.primary_keys())),
        references=[sorted(map(list, columns.references(key))) for key in mapping.foreign_keys],
        targets=[_pick(rows, [header.index(name) for name in names]) for names in piece.wanted],
    )
    return told, notice


def _pick(rows: list[list[str]], places: list[int]) -> list[list[str]]:
    """Return the cells in some columns, row by row, each row's once."""
    return list(map(list, sorted({tuple([row[place] for place in places]) for row in rows})))


@lru_cache(maxsize=64)
def _get_mapping(path: Path, data_dir: Path, base_iri: str, _key: str) -> Mapping:
    """Return the mapping of a table; the key differs when its file does."""
    return read_mapping(path, data_dir, base_iri)


def _read_statements(piece: TurtlePiece, data: bytes) -> tuple[Told, Notice]:
    text = data.decode()
    statements = cut_statements(text)
    if not piece.whole:
        statements = _refuse_late_directives(statements, begun=bool(piece.prefixes))
    told = Told([], [])
    for block in read_statements(statements, piece.prefixes, piece.graph, piece.base_iri, ""):
        for quad in block.quads:
            if piece.leave_out and str(quad.object).startswith(f"<{piece.leave_out}"):
                continue
            told.lines.append(f"{quad} .\n".encode())
            told.rows.append(block.line - 1)
    return told, Notice(lines=text.count("\n"), statements=0)


def _refuse_late_directives(statements: Iterator[Statement], begun: bool) -> Iterator[Statement]:
    """Yield the statements; Unsound for a directive of which the pieces that follow would not know."""
    for statement in statements:
        if not statement.directive:
            begun = True
        elif begun:
            raise Unsound
        yield statement
