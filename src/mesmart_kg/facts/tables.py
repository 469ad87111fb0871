"""Tables to quads: each row of a CSV file, by the table's CSVW mapping, becomes one block.

Leaves to ``mapping`` what the metadata say, to ``templates`` how an IRI is made. Here: reading rows with
their line numbers, parsing cells, checking keys. A table is UTF-8, comma-separated (RFC 4180), with a header,
one row a line. Whatever can't be told as the mapping means it is a FactError at its line; no cell is dropped
silently.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from csvw.dsv import UnicodeReaderWithLineNumber

from mesmart_kg.errors import FactError
from mesmart_kg.facts.blocks import Block, find_undecodable_line
from mesmart_kg.facts.literals import STRING, check_lexical, to_literal
from mesmart_kg.facts.mapping import ColumnRule, ForeignKey, Mapping, Telling, read_mapping
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
            known = frozenset(tuple(row[place] for place in places) for _, row in _read_rows(mapping))
            self._keys[table, columns] = known
        return known


def read_table(path: Path, data_dir: Path, base_iri: str, keys: KeyIndex | None = None) -> Iterator[Block]:
    """Yield a block for each row of the table, in the order of its lines; none for a silent table.

    Raises FactError at the first row, or line of the metadata, that can't be read.
    """
    mapping = read_mapping(path, data_dir, base_iri)
    index = KeyIndex(data_dir, base_iri) if keys is None else keys
    table = _Table(mapping, index)
    for line, cells in _read_rows(mapping):
        block = table.read_row(line, cells)
        if not mapping.silent:
            yield block


def _read_rows(mapping: Mapping) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row, having checked the header and the number of cells."""
    line = 1
    try:
        with UnicodeReaderWithLineNumber(mapping.path, strict=True) as rows:
            _, header = next(rows, (1, list[str]()))
            _check_header(header, mapping)
            for line, cells in rows:
                if any("\n" in cell or "\r" in cell for cell in cells):
                    # The package numbers a row by its last line.
                    first = line - sum(cell.count("\n") for cell in cells)
                    raise FactError(
                        "a cell holds a line break: close its quotes, one row is one line",
                        mapping.file,
                        first,
                    )
                if len(cells) != len(header):
                    raise FactError(
                        f"{len(cells)} cells where the header has {len(header)}: a comma is missing or"
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


def _check_header(header: list[str], mapping: Mapping) -> None:
    wanted = mapping.header
    if tuple(header) == wanted:
        return
    pairs = zip([*header, *[""] * len(wanted)], [*wanted, *[""] * len(header)], strict=False)
    found, expected = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    raise FactError(
        f'the header has "{found}" where the mapping has "{expected}":'
        " both name the same columns in the same order",
        mapping.file,
        1,
    )


class _Table:
    """Applies a mapping to rows, and remembers the keys seen."""

    def __init__(self, mapping: Mapping, index: KeyIndex) -> None:
        self._mapping = mapping
        self._seen: dict[tuple[str, ...], int] = {}
        self._targets = [(key, index.keys(key.table, key.target)) for key in mapping.foreign_keys]
        self._cells = [column for column in mapping.columns if not column.virtual]
        self._telling = [(column, column.tells) for column in mapping.columns if column.tells is not None]
        self._constants: dict[str, tuple[NamedNode, ...]] = {}
        for _, tells in self._telling:
            for template in (tells.about, tells.property, tells.graph, tells.value):
                if template is not None and template.is_constant:
                    self._constants[template.text] = _expand(template, {})

    def read_row(self, line: int, cells: list[str]) -> Block:
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
        text = cell or column.default
        if not text or text in column.null:
            if column.required:
                raise self._error(column, "the value is missing, and the column requires one", line)
            return ()
        parts = (text,) if column.separator is None else tuple(text.split(column.separator))
        for part in parts:
            if not part or part != part.strip():
                raise self._error(
                    column, f"{text!r} has a blank at an end, or an empty part: remove it", line
                )
        try:
            if column.parser is not None:
                for part in parts:
                    check_lexical(part, column.base_type, column.datatype)
                    column.parser.read(part)
        except ValueError as error:
            raise self._error(column, f"{error}; correct the cell", line) from error
        return parts

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
            for key in _referring_keys(foreign, values):
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


def _referring_keys(foreign: ForeignKey, values: Values) -> list[tuple[str, ...]]:
    if len(foreign.columns) == 1:
        return [(value,) for value in values[foreign.columns[0]]]
    parts = [values[column] for column in foreign.columns]
    return [tuple(part[0] for part in parts)] if all(parts) else []
