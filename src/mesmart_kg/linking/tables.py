"""A file to a table: named columns, rows as wide as these, and told what was mended on the way.

The header is the first row that has as many cells as most rows, or nearly; what stands above it is a title.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from mesmart_kg.label_index.folding import fold
from mesmart_kg.linking.model import MOST_COLUMNS, Row, Sheet, Table
from mesmart_kg.linking.notices import Notice, TableRefused
from mesmart_kg.linking.texts import DELIMITERS, MOST_ROWS, read_text, split
from mesmart_kg.linking.workbooks import is_workbook, read_workbook

_HEADER_WITHIN: Final = 30
"""Rows among which a header is looked for."""

_SHOWN: Final = 20
_LONGEST_SHOWN: Final = 60
_DELIMITER_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_NUMBER: Final = re.compile(r"[\d.,\s+-]+")


def read_table(
    data: bytes,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    most_rows: int = MOST_ROWS,
    has_header: bool = True,
) -> Table:
    """Read a table of any kind. Raises TableRefused, with its line where it has one."""
    if not data.strip():
        raise TableRefused(Notice("empty"))
    if is_workbook(data):
        return to_table(read_workbook(data, sheet, most_rows), most_rows, has_header=has_header)
    return to_table(read_text(data, encoding, delimiter, most_rows), most_rows, has_header=has_header)


def to_table(sheet: Sheet, most_rows: int = MOST_ROWS, *, has_header: bool = True) -> Table:
    """Return the rows of a sheet under its header."""
    filled = [row for row in sheet.rows if any(row.cells)]
    if not filled:
        raise TableRefused(Notice("empty"))
    if len(filled) > most_rows + 1:
        raise TableRefused(Notice("too-many-rows", filled[most_rows + 1].line, {"most": most_rows}))
    notices = list(sheet.notices)
    place = _find_header(filled) if has_header else 0
    notices += [Notice("line-above-header", row.line) for row in filled[:place]]
    header = filled[place].cells
    width = max(_width(header), 1) if has_header else max(_width(row.cells) for row in filled)
    if width > MOST_COLUMNS:
        raise TableRefused(Notice("too-many-columns", filled[place].line, {"most": MOST_COLUMNS}))
    line = filled[place].line if has_header else 0
    columns = _name_columns(header[:width] if has_header else ("",) * width, line, notices)
    rows = []
    for row in sheet.rows:
        if row.line <= line:
            continue
        if not any(row.cells):
            notices.append(Notice("row-empty", row.line))
            continue
        rows.append(_fit(row, width, sheet.delimiter, notices))
    while notices and notices[-1].kind == "row-empty" and rows and notices[-1].line > rows[-1].line:
        notices.pop()  # what follows the last row is no row
    if not rows:
        raise TableRefused(Notice("no-rows", line))
    notices.sort(key=lambda notice: notice.line)
    return Table(columns, tuple(rows), tuple(notices), sheet, line)


def _find_header(rows: Sequence[Row]) -> int:
    """Return the place of the header among rows that are not empty."""
    widths = [sum(map(bool, row.cells)) for row in rows[:_HEADER_WITHIN]]
    usual = Counter(widths).most_common(1)[0][0]
    if len(rows) < 3 or usual < 2:
        return 0
    return next((place for place, width in enumerate(widths) if width >= max(2, usual - 1)), 0)


def _width(cells: Sequence[str]) -> int:
    """Return the number of cells up to the last that holds something."""
    return max((place for place, cell in enumerate(cells, 1) if cell), default=0)


def _name_columns(header: Sequence[str], line: int, notices: list[Notice]) -> tuple[str, ...]:
    names: list[str] = []
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for place, cell in enumerate(header, 1):
        plain = " ".join(cell.split()) or f"column {place}"
        name = plain
        while name in taken:
            numbers[plain] = numbers.get(plain, 1) + 1
            name = f"{plain} ({numbers[plain]})"
        if name != plain:
            notices.append(Notice("header-double", line, {"name": _cut(plain), "called": _cut(name)}))
        names.append(name)
        taken.add(name)
    return tuple(names)


def _fit(row: Row, width: int, delimiter: str, notices: list[Notice]) -> Row:
    """Return a row with as many cells as there are columns."""
    cells = row.cells
    if len(cells) == 1 and width > 1 and delimiter:
        for other in DELIMITERS:
            parts = tuple(part.strip() for part in split(cells[0], other)) if other != delimiter else ()
            if len(parts) == width:
                names = {
                    "found": _DELIMITER_NAMES[other],
                    "usual": _DELIMITER_NAMES.get(delimiter, delimiter),
                }
                notices.append(Notice("row-other-delimiter", row.line, names))
                return Row(row.line, parts)
    if len(cells) < width:
        # In a workbook, cells after the last one filled are not there at all.
        if delimiter:
            notices.append(Notice("row-short", row.line, {"cells": len(cells), "columns": width}))
        cells += ("",) * (width - len(cells))
    elif any(cells[width:]):
        notices.append(Notice("row-long", row.line, {"cells": _width(cells), "columns": width}))
    return Row(row.line, cells[:width])


def get_column(table: Table, wanted: str) -> int:
    """Return the place of a column: by its name, else folded, else by its number from 1.

    Raises TableRefused, with the nearest name, if there is none.
    """
    if wanted in table.columns:
        return table.columns.index(wanted)
    folded = [fold(name) or name for name in table.columns]
    plain = fold(wanted) or wanted
    if plain in folded:
        return folded.index(plain)
    if wanted.isdecimal() and 0 < int(wanted) <= len(table.columns):
        return int(wanted) - 1
    near = difflib.get_close_matches(plain, folded, n=1, cutoff=0)
    values: Mapping[str, object] = {
        "wanted": _cut(wanted),
        "nearest": _cut(table.columns[folded.index(near[0])]),
        "columns": list_columns(table),
    }
    raise TableRefused(Notice("no-column", table.header_line, values))


def list_columns(table: Table) -> str:
    """Return the names of the columns for a sentence; of many, the first."""
    names = ", ".join(map(_cut, table.columns[:_SHOWN]))
    return names + (" …" if len(table.columns) > _SHOWN else "")


def is_number(text: str) -> bool:
    """Tell whether a cell holds a number or a code, with decimal commas or points, and no letter."""
    return bool(_NUMBER.fullmatch(text))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
