"""All of ``data/`` to sorted runs of N-Quads, on all cores; what did not change is not read again.

Files are cut into pieces (``cutting``), each is read on its own (``pieces``), and then the pieces are gone
through in the order of files and lines: keys are compared, and at the first thing that is wrong the slow
readers (``tables``, ``turtle``) read on from there to say what it is. So the first error is told, in the same
words, whatever finished first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from mesmart_kg.errors import FactError
from mesmart_kg.facts.blocks import name_file
from mesmart_kg.facts.cells import Parts
from mesmart_kg.facts.collected import Collected, Run
from mesmart_kg.facts.cutting import ROWS, cut_table, cut_turtle
from mesmart_kg.facts.mapping import ForeignKey, Mapping, read_mapping
from mesmart_kg.facts.pieces import (
    Kept,
    Notice,
    Piece,
    TablePiece,
    TurtlePiece,
    find_kept,
    make_piece,
    read_bytes,
)
from mesmart_kg.facts.reading import list_sources
from mesmart_kg.facts.tables import KeyIndex, Start, Table, read_rows
from mesmart_kg.facts.turtle import cut_statements, name_graph, read_turtle
from mesmart_kg.sorted_lines import Slice
from mesmart_kg.work_cache import WorkCache


def ignore(statements: int) -> None:
    """Tell nobody."""


def collect_facts(
    data_dir: Path,
    base_iri: str,
    cache: WorkCache,
    work: Executor,
    shared: Iterable[Path] = (),
    tell: Callable[[int], None] = ignore,
    rows: int = ROWS,
) -> Collected:
    """Read every table and Turtle file under ``data_dir``; ``tell`` hears how many statements there are yet.

    ``shared`` are vocabularies that all cities share, each in ``concepts/`` of the folder it comes from; what
    they say of things under the base IRI is left out (:func:`reading.read_shared_concepts`). ``rows`` is the
    size of the pieces that files are cut into, on average.

    Raises FactError at the first thing, by file and line, that can't be read, with the words of
    :func:`reading.read_facts`.
    """
    return _Collecting(data_dir, base_iri, cache, work, tell, rows).collect(tuple(shared))


@dataclass(frozen=True)
class _Job:
    """A piece that is kept, or being read."""

    piece: Piece
    known: Kept | None
    reading: Future[Kept | None] | None

    def get_kept(self) -> Kept | None:
        """Return what comes of it, when it is there; None where it can't be read."""
        return self.reading.result() if self.reading is not None else self.known


@dataclass(frozen=True)
class _Source:
    """A file of ``data/``, a table if it has a mapping. ``leave_out`` as in :class:`TurtlePiece`."""

    path: Path
    data_dir: Path
    mapping: Mapping | None
    leave_out: str = ""
    jobs: list[_Job] = field(default_factory=list)

    @property
    def file(self) -> str:
        return name_file(self.path, self.data_dir)


class _Collecting:
    """One reading of all files."""

    def __init__(
        self,
        data_dir: Path,
        base_iri: str,
        cache: WorkCache,
        work: Executor,
        tell: Callable[[int], None],
        rows: int,
    ) -> None:
        self._data_dir = data_dir
        self._base = base_iri
        self._cache = cache
        self._work = work
        self._tell = tell
        self._rows = rows
        self._index = KeyIndex(data_dir, base_iri)
        self._sources: list[_Source] = []
        self._futures: list[Future[Kept | None]] = []
        self._targets: dict[tuple[Path, tuple[str, ...]], frozenset[Parts]] = {}
        self._wanted: dict[Path, list[tuple[str, ...]]] = defaultdict(list)
        self._statements = 0

    def collect(self, shared: tuple[Path, ...]) -> Collected:
        """Return the facts. Raises FactError."""
        later: FactError | None = None
        try:
            self._plan(shared)
        except FactError as error:
            later = error  # if nothing is wrong in the files before
        try:
            for source in self._sources:
                source.jobs.extend(self._cut(source))
            runs = [run for source in self._sources for run in self._finish(source)]
        finally:
            # Nothing goes on behind the caller's back: the cache may be closed next.
            wait([future for future in self._futures if not future.cancel()])
        if later is not None:
            raise later
        return Collected(self._base, tuple(runs), self._statements)

    def _plan(self, shared: tuple[Path, ...]) -> None:
        """Note all files, and which columns of tables others refer to."""
        for path in shared:
            self._sources.append(_Source(path, path.parent.parent, None, f"{self._base}id/"))
        for path in list_sources(self._data_dir):
            mapping = read_mapping(path, self._data_dir, self._base) if path.suffix == ".csv" else None
            self._sources.append(_Source(path, self._data_dir, mapping))
            for key in mapping.foreign_keys if mapping is not None else ():
                if key.target not in self._wanted[key.table]:
                    self._wanted[key.table].append(key.target)

    def _cut(self, source: _Source) -> list[_Job]:
        """Cut a file, and have its pieces read."""
        if source.mapping is not None:
            header = set(source.mapping.header)
            wanted = tuple(each for each in self._wanted[source.path] if header.issuperset(each))
            return [
                self._start(TablePiece(source.path, source.data_dir, self._base, part, wanted))
                for part in cut_table(source.path, self._rows)
            ]
        parts = cut_turtle(source.path, self._rows)
        prefixes = _read_prefixes(source.path, parts[0]) if len(parts) > 1 else ()
        return [
            self._start(self._turtle_piece(source, part, prefixes if part.start else (), len(parts) == 1))
            for part in parts
        ]

    def _turtle_piece(
        self, source: _Source, part: Slice, prefixes: tuple[str, ...], whole: bool
    ) -> TurtlePiece:
        graph = name_graph(source.path, source.data_dir, self._base)
        return TurtlePiece(source.path, self._base, graph, part, prefixes, source.leave_out, whole)

    def _start(self, piece: Piece) -> _Job:
        key = piece.make_key(read_bytes(piece.path, piece.part))
        known = find_kept(self._cache, key)
        if known is not None:
            return _Job(piece, known, None)
        reading = self._work.submit(make_piece, piece, key, self._cache)
        self._futures.append(reading)
        return _Job(piece, None, reading)

    def _finish(self, source: _Source) -> list[Run]:
        """Return the runs of a file, when they are there. Raises FactError."""
        if source.mapping is None:
            return self._finish_turtle(source)
        return self._finish_table(source, source.mapping)

    def _finish_turtle(self, source: _Source) -> list[Run]:
        kept = [job.get_kept() for job in source.jobs]
        if None in kept and len(kept) > 1:
            # Perhaps it was only cut at the wrong place.
            whole = Slice(0, source.path.stat().st_size)
            kept = [self._start(self._turtle_piece(source, whole, (), True)).get_kept()]
        runs, line = [], 1
        for each in kept:
            if each is None:
                for _ in read_turtle(source.path, source.data_dir, self._base):
                    pass
                raise _changed(source)
            notice = each.read_notice()
            runs.append(self._note(source, each, notice, line))
            line += notice.lines
        return runs

    def _finish_table(self, source: _Source, mapping: Mapping) -> list[Run]:
        targets = [self._find_targets(key) for key in mapping.foreign_keys]
        seen: set[Parts] = set()
        runs: list[Run] = []
        line = 1
        for job in source.jobs:
            kept = job.get_kept()
            notice = kept.read_notice() if kept is not None else None
            if kept is None or notice is None or not _agrees(notice, seen, targets):
                start = Start(job.piece.part.start, line)
                raise self._explain(source, mapping, start, source.jobs[: len(runs)])
            runs.append(self._note(source, kept, notice, line))
            line += notice.lines
        return runs

    def _note(self, source: _Source, kept: Kept, notice: Notice, line: int) -> Run:
        self._statements += notice.statements
        self._tell(self._statements)
        return Run(kept.run, kept.rows, source.file, line)

    def _find_targets(self, key: ForeignKey) -> frozenset[Parts]:
        """Return the keys that a foreign key may refer to. Raises FactError where its table can't be read."""
        known = self._targets.get((key.table, key.target))
        if known is None:
            known = self._targets[key.table, key.target] = self._read_targets(key)
        return known

    def _read_targets(self, key: ForeignKey) -> frozenset[Parts]:
        source = next((each for each in self._sources if each.path == key.table), None)
        kept = [job.get_kept() for job in source.jobs] if source is not None else []
        if source is None or source.mapping is None or None in kept:
            return self._index.keys(key.table, key.target)
        wanted = [each for each in self._wanted[key.table] if set(each) <= set(source.mapping.header)]
        if key.target not in wanted:
            return self._index.keys(key.table, key.target)
        place = wanted.index(key.target)
        notices = (each.read_notice() for each in kept if each is not None)
        return frozenset(tuple(found) for notice in notices for found in notice.targets[place])

    def _explain(self, source: _Source, mapping: Mapping, start: Start, before: list[_Job]) -> FactError:
        """Return, or raise, what is wrong in a table from some row on, all before being right."""
        table = Table(mapping, self._index, _seen_keys(before))
        for number, cells in read_rows(mapping, start):
            table.read_row(number, cells)
        return _changed(source)


def _read_prefixes(path: Path, part: Slice) -> tuple[str, ...]:
    """Return the directives with which a Turtle file begins; what is wrong there is found later."""
    text = read_bytes(path, part).decode("utf-8", "replace")
    head = takewhile(lambda statement: statement.directive == "prefix", cut_statements(text))
    return tuple(statement.text.replace("\n", " ") for statement in head)


def _agrees(notice: Notice, seen: set[Parts], targets: list[frozenset[Parts]]) -> bool:
    """Tell whether all keys of a piece are new and those it refers to are there; add the new ones."""
    keys = list(map(tuple, notice.primary))
    count = len(seen)
    seen.update(keys)
    if len(seen) < count + len(keys):
        return False
    references = zip(notice.references, targets, strict=True)
    return all(target.issuperset(map(tuple, referred)) for referred, target in references)


def _seen_keys(jobs: list[_Job]) -> dict[Parts, int]:
    """Return the primary keys of the first pieces of a table, and the lines in which they stand."""
    seen: dict[Parts, int] = {}
    line = 1
    for job in jobs:
        kept = job.get_kept()
        if kept is not None:
            notice = kept.read_notice()
            line += notice.lines
            first = line - len(notice.primary)
            seen.update((tuple(key), first + place) for place, key in enumerate(notice.primary))
    return seen


def _changed(source: _Source) -> FactError:
    return FactError("the file was changed while it was being read: start again", source.file, 0)
