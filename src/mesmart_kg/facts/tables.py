"""Tables to quads: each row of a CSV file, by the table's CSVW mapping, becomes one block.

Leaves to ``mapping`` what the metadata say, to ``cells`` what a cell holds, to ``templates`` how an IRI is
made. Here: reading rows with their line numbers, checking keys, row after row. ``columns`` tells the same of
many rows at once; what is wrong in a row is said here. A table is UTF-8, comma-separated (RFC 4180), with a
header, one row a line. Whatever can't be told as the mapping means it is a FactError at its line; no cell is
dropped silently.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from mesmart_kg.errors import FactError
from mesmart_kg.facts.blocks import Block, find_undecodable_line
from mesmart_kg.facts.cells import check_header, parse_cell, refer_to
from mesmart_kg.facts.literals import STRING, to_literal
from mesmart_kg.facts.mapping import ColumnRule, Mapping, Telling, read_mapping
from mesmart_kg.facts.templates import Template, TemplateError, Values
from mesmart_kg.store import Literal, NamedNode, Quad


class KeyIndex:
    """The keys that foreign keys refer to, each table read once, when first asked for."""

    def __init__(self, data_dir: Path, base_iri: str) -> None:
        self._data_dir = data_dir
        self._base = base_iri
        self._keys: dict[tuple[Path, tuple[str, ...]], frozenset[tuple[str, ...]]] = {}

    def keys(self, table: Path, columns: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
        """Return the values of the columns, row by row. Raises FactError where that table can't be read."""
        known = self._keys.get((table, columns))
        if known is None:
            mapping = read_mapping(table, self._data_dir, self._base)
            missing = [column for column in columns if column not in mapping.header]
            if missing:
                raise FactError(
                    f'a foreign key refers to a column "{missing[0]}", which is not here', mapping.file, 1
                )
            places = [mapping.header.index(column) for column in columns]
            known = frozenset(tuple(row[place] for place in places) for _, row in read_rows(mapping))
            self._keys[table, columns] = known
        return known


def read_table(path: Path, data_dir: Path, base_iri: str, keys: KeyIndex | None = None) -> Iterator[Block]:
    """Yield a block for each row of the table, in the order of its lines; none for a silent table.

    Raises FactError at the first row, or line of the metadata, that can't be read.
    """
    mapping = read_mapping(path, data_dir, base_iri)
    index = KeyIndex(data_dir, base_iri) if keys is None else keys
    table = Table(mapping, index)
    for line, cells in read_rows(mapping):
        block = table.read_row(line, cells)
        if not mapping.silent:
            yield block


class Start(NamedTuple):
    """Where reading begins: a byte of the file, with which a row begins, and the number of its line."""

    offset: int = 0
    line: int = 1


BEGINNING: Final = Start()


def read_rows(mapping: Mapping, start: Start = BEGINNING) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row, having checked the header and the number of cells.

    From another start than the beginning no header is expected. Raises FactError.
    """
    line, wanted = max(start.line - 1, 1), len(mapping.header)
    # An order mark is taken away where the file begins, and nowhere else.
    encoding = "utf-8" if start.offset else "utf-8-sig"
    try:
        with mapping.path.open("rb") as file, io.TextIOWrapper(file, encoding, newline="") as text:
            file.seek(start.offset)
            rows = csv.reader(text, strict=True)
            if not start.offset:
                check_header(next(rows, []), mapping)
            for cells in rows:
                line += 1
                if any("\n" in cell or "\r" in cell for cell in cells):
                    raise FactError(
                        "a cell holds a line break: close its quotes, one row is one line", mapping.file, line
                    )
                if len(cells) != wanted:
                    raise FactError(
                        f"{len(cells)} cells where the header has {wanted}: a comma is missing or"
                        " too many, or a text with a comma needs quotes",
                        mapping.file,
                        line,
                    )
                yield line, cells
    except UnicodeDecodeError as error:
        bad = find_undecodable_line(mapping.path)
        raise FactError("not UTF-8: save the table as UTF-8", mapping.file, bad) from error
    except csv.Error as error:
        raise FactError(
            f"not CSV: {error}; close its quotes, and double those inside quotes", mapping.file, line + 1
        ) from error


class Table:
    """Applies a mapping to rows, and remembers the keys seen, beginning with those that are given."""

    def __init__(
        self, mapping: Mapping, index: KeyIndex, seen: dict[tuple[str, ...], int] | None = None
    ) -> None:
        self._mapping = mapping
        self._seen = dict(seen or {})
        self._targets = [(key, index.keys(key.table, key.target)) for key in mapping.foreign_keys]
        self._cells = [column for column in mapping.columns if not column.virtual]
        self._telling = [(column, column.tells) for column in mapping.columns if column.tells is not None]
        self._constants: dict[str, tuple[NamedNode, ...]] = {}
        for _, tells in self._telling:
            for template in (tells.about, tells.property, tells.graph, tells.value):
                if template is not None and template.is_constant:
                    self._constants[template.text] = _expand(template, {})

    def read_row(self, line: int, cells: list[str]) -> Block:
        """Return what a row tells. Raises FactError."""
        values: dict[str, tuple[str, ...]] = {}
        for column, cell in zip(self._cells, cells, strict=True):
            values[column.name] = self._parse_cell(column, cell, line)
        self._check_keys(values, line)
        row = _Row(values, dict(self._constants))
        quads: dict[Quad, None] = {}
        for column, tells in self._telling:
            try:
                quads.update(dict.fromkeys(_tell(column, tells, row)))
            except ValueError as error:
                raise self._error(column, str(error), line) from error
        return Block(self._mapping.file, line, tuple(quads))

    def _parse_cell(self, column: ColumnRule, cell: str, line: int) -> tuple[str, ...]:
        try:
            return parse_cell(column, cell)
        except ValueError as error:
            raise self._error(column, str(error), line) from error

    def _check_keys(self, values: Values, line: int) -> None:
        if self._mapping.primary_key:
            key = tuple(value for name in self._mapping.primary_key for value in values[name])
            if key in self._seen:
                raise FactError(
                    f"the key {', '.join(key)!r} stands in line {self._seen[key]} already:"
                    " a key is used once",
                    self._mapping.file,
                    line,
                )
            self._seen[key] = line
        for foreign, targets in self._targets:
            for key in refer_to(foreign, [values[name] for name in foreign.columns]):
                if key not in targets:
                    raise FactError(
                        f"column {', '.join(foreign.columns)!r}: {', '.join(key)!r} is not in"
                        f" {foreign.table.name}; add it there, or correct it here",
                        self._mapping.file,
                        line,
                    )

    def _error(self, column: ColumnRule, message: str, line: int) -> FactError:
        return FactError(f"column {column.name!r}: {message}", self._mapping.file, line)


def _expand(template: Template, values: Values) -> tuple[NamedNode, ...]:
    return tuple(NamedNode(iri) for iri in template.expand(values))


@dataclass(frozen=True)
class _Row:
    """The values of a row, and the IRIs that templates gave with them; most templates serve many columns."""

    values: Values
    expanded: dict[str, tuple[NamedNode, ...]]

    def expand(self, template: Template) -> tuple[NamedNode, ...]:
        nodes = self.expanded.get(template.text)
        if nodes is None:
            nodes = self.expanded[template.text] = _expand(template, self.values)
        return nodes

    def expand_one(self, template: Template) -> NamedNode | None:
        nodes = self.expand(template)
        if len(nodes) > 1:
            raise TemplateError(f"the template {template.text!r} gives several IRIs where one is needed")
        return nodes[0] if nodes else None


def _tell(column: ColumnRule, tells: Telling, row: _Row) -> Iterator[Quad]:
    """Yield what a column tells in a row. Raises ValueError, of which TemplateError is one."""
    own = ((column.default,) if column.default else ()) if column.virtual else row.values[column.name]
    if not own and not (column.virtual and tells.value is not None):
        return
    subject = row.expand_one(tells.about)
    objects = row.expand(tells.value) if tells.value is not None else _literals(column, own, row)
    if subject is None or not objects:
        if column.virtual:
            return
        raise TemplateError(
            "the value would be lost, because another column that its templates name is empty"
        )
    predicate = row.expand_one(tells.property)
    graphs = row.expand(tells.graph)
    if predicate is None or not graphs:
        raise TemplateError(
            "the value would be lost, as the column that names its graph or property is empty"
        )
    for graph in graphs:
        for value in objects:
            yield Quad(subject, predicate, value, graph)


def _literals(column: ColumnRule, texts: tuple[str, ...], row: _Row) -> list[Literal]:
    if column.language_column is not None:
        tags = row.values[column.language_column]
        return [Literal(text, language=tags[0]) if tags else Literal(text) for text in texts]
    if column.datatype != STRING:
        return [to_literal(text, column.datatype) for text in texts]
    return [Literal(text, language=column.language) if column.language else Literal(text) for text in texts]
