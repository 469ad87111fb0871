"""Tables written as text: lines and cells, by whatever stands between the cells.

Nothing is lost on a stray quotation mark: where one opens and never closes, its line is read once more with
the mark as a plain sign. Cells keep their text; only white space around them goes.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from mesmart_kg.linking.encodings import decode
from mesmart_kg.linking.model import Row, Sheet
from mesmart_kg.linking.notices import Notice, TableRefused

MOST_ROWS: Final = 1_048_576

DELIMITERS: Final = (",", ";", "\t", "|")

_LOOKED_AT: Final = 100
"""Rows by which a delimiter is told."""

_LINES_A_ROW: Final = 4
"""Lines that a row may take on average, empty ones counted: each takes memory."""

_BLANK: Final = " \t\r\n,;|"
_LONGEST_LOOKED_AT: Final = 4000
_MOST_MENDED: Final = 20
"""Stray quotation marks after which all the rest is read without them: each costs a look ahead."""

_CONTROL: Final = frozenset(map(chr, range(32))) - set("\t\n\r\f\v\x1a")


def read_text(
    data: bytes, encoding: str | None = None, delimiter: str | None = None, most_rows: int = MOST_ROWS
) -> Sheet:
    """Return the rows of a table as they stand in a text.

    Raises TableRefused for what is no text, or has far more lines than so many rows take.
    """
    decoded = decode(data, encoding)
    head = decoded.text[:10_000]
    if sum(sign in _CONTROL for sign in head) > len(head) // 50:
        raise TableRefused(Notice("not-a-table"))
    lines = _to_lines(decoded.text, most_rows)
    notices = []
    if decoded.is_guess:
        notices.append(Notice("encoding-found", 0, {"encoding": decoded.name}))
    first = 0
    if lines and (told := _find_told(lines[0])):
        delimiter, first = delimiter or told, 1
    delimiter = delimiter or find_delimiter(lines[:_LOOKED_AT])
    rows: list[Row] = []
    for record in _read_records(lines, first, delimiter, notices):
        rows.append(record)
    return Sheet(tuple(rows), tuple(notices), decoded.encoding, delimiter)


def _to_lines(text: str, most_rows: int) -> list[str]:
    """Return the lines up to the last one that holds anything: spreadsheets write thousands after it."""
    end = len(text.rstrip(_BLANK))
    ends = [place for place in (text.find("\n", end), text.find("\r", end)) if place >= 0]
    text = text[: min(ends) + 1] if ends else text
    if max(text.count("\n"), text.count("\r")) > _LINES_A_ROW * (most_rows + 100):
        raise TableRefused(Notice("too-many-rows", 0, {"most": most_rows}))
    return list(io.StringIO(text, newline=None))


def _find_told(line: str) -> str | None:
    """Return the delimiter of a first line such as ``sep=;``, which Excel writes and reads."""
    text = line.strip("\r\n").strip('"').casefold()
    return text[4:] if len(text) == 5 and text.startswith("sep=") else None


def find_delimiter(lines: Sequence[str]) -> str:
    """Return what stands between cells: what divides most rows into as many as most others, at least two."""
    best, rating = DELIMITERS[0], 0.0
    text = [line[:_LONGEST_LOOKED_AT] for line in lines]
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(text, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        counts = Counter(widths)
        wide = [(count, width) for width, count in counts.items() if width > 1]
        if not wide:
            continue
        count, width = max(wide)
        # A table with more columns is likelier of two that are as even: prose has commas, too.
        share = count / len(widths)
        if all(1 < each <= widths[0] for each in widths):
            share = max(share, 0.5)  # ragged, but under one header
        own = share + min(width, 50) / 1000 + (0.2 if widths[0] == width else 0)
        if share > 0.3 and own > rating:
            best, rating = delimiter, own
    return best


def split(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, quotation marks being plain signs if they don't match."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return line.rstrip("\r\n").split(delimiter)


def _read_records(lines: Sequence[str], start: int, delimiter: str, notices: list[Notice]) -> Iterator[Row]:
    mended = 0
    while start < len(lines):
        at = start
        reader = csv.reader(iter(lines[start:]) if start else iter(lines), delimiter=delimiter)
        try:
            for cells in reader:
                line, at = at, start + reader.line_num
                if at == len(lines) and _stays_open(lines[line:at], delimiter):
                    at = line
                    raise csv.Error
                yield Row(line + 1, tuple(cell.strip() for cell in cells))
            return
        except csv.Error:  # a cell without end, or with more text than a cell may have
            if '"' in lines[at]:
                notices.append(Notice("quote-open", at + 1))
            mended += 1
            for place in range(at, at + 1 if mended < _MOST_MENDED else len(lines)):
                cells = lines[place].rstrip("\n").split(delimiter)
                yield Row(place + 1, tuple(cell.strip() for cell in cells))
                start = place + 1


def _stays_open(lines: Sequence[str], delimiter: str) -> bool:
    """Tell whether a record ends within quotation marks."""
    if len(lines) == 1 and '"' not in lines[0]:
        return False
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False
