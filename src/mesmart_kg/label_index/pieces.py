"""What a part of the statements tells the index: whole subjects, read and folded, as a little database.

All that Python does for an index is done here, by as many processes as there are: which class of a thing
counts, what it is called and by what names it is found, its dates, its place, its codes. What hangs on other
things, and all numbering, is for ``building``, in SQL. A piece depends on its own lines alone, so it is kept
by their digest.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, product
from pathlib import Path
from typing import Final, TypeAlias

from mesmart_kg.label_index import terms
from mesmart_kg.label_index.folding import fold, fold_code, fold_iri, fold_to_index
from mesmart_kg.label_index.keys import to_keys
from mesmart_kg.label_index.schema import RAW, RAW_COLUMNS
from mesmart_kg.label_index.statements import ALSO, BLANK, END, FOUND_BY, Row, read_rows, select_told
from mesmart_kg.labels import Name, find_label
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.sorted_lines import Slice, merge_graphs, read_slice
from mesmart_kg.work_cache import WorkCache, code_digest, make_key

_ORDER: Final = {iri: place for place, iri in enumerate(terms.KINDS)}

_Tables: TypeAlias = "dict[str, list[tuple[str | int | None, ...]]]"


@dataclass(frozen=True)
class _Work:
    """The file, where its pieces are kept and under which version of this code.

    Of N-Quads, those in a graph of the default graph count; without ``names`` the lines are N-Triples.
    """

    statements: Path
    names: GraphNames | None
    cache: WorkCache
    version: str = field(
        default_factory=lambda: code_digest("label_index", "labels", "namespaces", "sorted_lines", "store")
    )


def make_pieces(
    statements: Path,
    slices: Sequence[Slice],
    cache: WorkCache,
    work: Executor,
    names: GraphNames | None = None,
) -> tuple[Path, ...]:
    """Return the pieces of a file of sorted statements, one for each slice; they are made unless kept.

    With ``names`` the file holds canonical N-Quads, of which the default graph is meant; else N-Triples.
    """
    task = _Work(statements, names, cache)
    return tuple(work.map(partial(_work_piece, task), slices, chunksize=2))


def _work_piece(task: _Work, part: Slice) -> Path:
    lines = read_slice(task.statements, part)
    digest = hashlib.blake2b(b"".join(lines)).digest()
    base = "" if task.names is None else task.names.base
    key = make_key(task.version, sqlite3.sqlite_version, base, digest)
    known = task.cache.find(key)
    if known is not None:
        return known
    told: Iterable[bytes] = select_told(lines)
    if task.names is not None:
        told = merge_graphs(told, task.names.in_default_graph)
    return task.cache.keep(key, to_piece(told))


def to_piece(lines: Iterable[bytes]) -> bytes:
    """Return the database of N-Triples that tell the index something, those of a subject together."""
    tables: _Tables = {name: [] for name in RAW_COLUMNS}
    for subject, group in groupby(read_rows(lines), lambda found: found[1][0]):
        told: defaultdict[str, list[Row]] = defaultdict(list)
        for table, row in group:
            told[table].append(row)
        _tell_subject(str(subject), told, tables)
    tables["raw_key"] = list(dict.fromkeys(tables["raw_key"]))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(RAW)
        connection.execute("BEGIN")
        for name, columns in RAW_COLUMNS.items():
            marks = ", ".join("?" * columns)
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", tables[name])  # noqa: S608 - our own names
        connection.execute("COMMIT")
        return connection.serialize()


def _tell_subject(subject: str, told: dict[str, list[Row]], tables: _Tables) -> None:
    point = _find_point(told)
    if point:
        tables["raw_point"].append((subject, *point))
    if subject.startswith(BLANK):  # it holds a position, and is no thing
        return
    types, texts = told["raw_type"], told["raw_text"]
    number = len(tables["raw_thing"]) if types or texts else None
    _tell_same(subject, number, told["raw_same"], tables)
    if number is None:
        return
    kind = min((str(row[1]) for row in types), key=_rank_class, default="")
    it = en = end = None
    if texts:
        it, en = _tell_names(number, texts, tables)
    else:
        end = _sortable(subject.rstrip("/#").rpartition("/")[2])
    starts = [(int(row[1]), str(row[2])) for row in told["raw_when"] if row[1] != END]
    stops = [str(row[2]) for row in told["raw_when"] if row[1] == END]
    when = (min(starts)[1] if starts else None, max(stops) if stops else None)
    key = terms.to_kind(kind) if kind else "thing"
    tables["raw_thing"].append((number, subject, key, kind, it, en, end, *when, *(point or (None, None))))
    for _, scheme, code in told["raw_code"]:
        tables["raw_code"].append((number, fold_code(str(code)), scheme, code))
    for _, short, target in told["raw_link"]:
        tables["raw_link"].append((number, short, target))


def _rank_class(iri: str) -> tuple[bool, int, str]:
    """Return by what the class that makes a thing's kind is the least."""
    return iri in terms.GENERAL, _ORDER.get(iri, len(_ORDER)), iri


def _find_point(told: dict[str, list[Row]]) -> tuple[str, str] | None:
    """Return longitude and latitude: of several points the one whose text comes first."""
    points = [(str(row[1]), str(row[2])) for row in told["raw_point"]]
    halves: tuple[list[str], list[str]] = ([], [])
    for _, is_latitude, value in told["raw_half"]:
        halves[bool(is_latitude)].append(str(value))
    points += product(*halves)
    return min(points, key=" ".join, default=None)


def _tell_same(subject: str, number: int | None, rows: Sequence[Row], tables: _Tables) -> None:
    """Tell what is the same as a thing, in both directions, and the codes that their addresses hold."""
    own = terms.read_register(subject) if rows else None
    for _, relation, target in rows:
        other = str(target)
        if other != subject:
            tables["raw_same"].append((number, relation, other, fold_iri(other), fold_iri(subject)))
        if number is not None and (code := terms.read_register(other)):
            tables["raw_code"].append((number, fold_code(code[1]), *code))
        if own:
            tables["raw_back"].append((other, fold_code(own[1]), *own))


def _tell_names(thing: int, rows: Sequence[Row], tables: _Tables) -> tuple[str, str]:
    """Tell a thing's names and what finds them; return what it is sorted by in Italian and English."""
    told = _rank_names(sorted((int(rank), str(value), str(language)) for _, rank, value, language in rows))
    tables["raw_name"] += [
        (thing, rank, value, language, fold(value), fold_to_index(value)) for rank, value, language in told
    ]
    for value in {value: None for _, value, _ in told}:
        folded = fold(value)
        tables["raw_key"] += [(folded, key) for key in to_keys(value)]
    best = [Name(value, language or None) for rank, value, language in told if rank == told[0][0]]
    return _to_sort(best, "it"), _to_sort(best, "en")


def _rank_names(told: Sequence[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """Return a thing's names with ranks 0, 1 or 2, best first; none twice in the same language.

    A name without language that another name has with one says nothing new.
    """
    best = told[0][0]
    found: list[tuple[int, str, str]] = []
    for rank, value, language in told:
        own = 2 if rank == FOUND_BY else 0 if rank == best and rank < ALSO else 1
        if not any(value == v and language in ("", known) for _, v, known in found):
            found.append((own, value, language))
    return found


def _to_sort(names: list[Name], language: str) -> str:
    best = find_label(names, (language,))
    return _sortable(best.value if best else "")


def _sortable(text: str) -> str:
    return (fold(text) or text)[:80]
