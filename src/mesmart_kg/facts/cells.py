"""What one cell of a table holds, by the rule of its column, and the keys that cells make.

The same words for both ways of reading: row by row (``tables``) and many rows at once (``columns``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from mesmart_kg.errors import FactError
from mesmart_kg.facts.literals import check_lexical
from mesmart_kg.facts.mapping import ColumnRule, ForeignKey, Mapping

Parts: TypeAlias = tuple[str, ...]
"""The values of a cell: none, one, or, in a column with a separator, several."""


def parse_cell(column: ColumnRule, cell: str) -> Parts:
    """Return the values of a cell; ValueError, whose message says what to do, for one that can't be read."""
    text = cell or column.default
    if not text or text in column.null:
        if column.required:
            raise ValueError("the value is missing, and the column requires one")
        return ()
    parts = (text,) if column.separator is None else tuple(text.split(column.separator))
    for part in parts:
        if not part or part != part.strip():
            raise ValueError(f"{text!r} has a blank at an end, or an empty part: remove it")
    if column.parser is not None:
        try:
            for part in parts:
                check_lexical(part, column.base_type, column.datatype)
                column.parser.read(part)
        except ValueError as error:
            raise ValueError(f"{error}; correct the cell") from error
    return parts


def refer_to(foreign: ForeignKey, values: Sequence[Parts]) -> list[Parts]:
    """Return the keys that a row must find in another table, given the values of the foreign key's columns.

    A list refers to one thing with each of its values; a key of several columns is none where one is empty.
    """
    if len(foreign.columns) == 1:
        return [(value,) for value in values[0]]
    return [tuple(parts[0] for parts in values)] if all(values) else []


def check_header(header: Sequence[str], mapping: Mapping) -> None:
    """Raise FactError unless the first line of a table names the columns of its mapping, in their order."""
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
