"""The process that reads one workbook: limits first, then rows as lines of JSON on standard output.

Standard input holds a line of JSON (which sheet; how many rows, columns and bytes of text at most) and then
the file. The first line
out tells the sheet and the names of all, each other one the number of a row and its cells as text.
"""

from __future__ import annotations

import datetime
import io
import json
import resource
import sys
from typing import Final

import python_calamine

MEMORY: Final = 1536 * 1024 * 1024
"""Bytes of address space: enough for a sheet of a million rows, far below what a hostile one asks for."""

SECONDS: Final = 25
"""Of processor time."""

DAMAGED: Final = 3
NO_SHEET: Final = 4
HARD: Final = 5

_MOST_BLANK: Final = 1000
"""Empty rows that are told: one forgotten cell in the last row of a sheet leaves a million of them."""

_MOST_CELLS: Final = 20_000_000


def main() -> int:
    """Read the workbook and write its rows; return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.loads(sys.stdin.buffer.readline())
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        names = [
            each.name
            for each in workbook.sheets_metadata
            if each.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        if asked["sheet"] is not None and asked["sheet"] not in names:
            sys.stdout.write(json.dumps(names))
            return NO_SHEET
        for name in [asked["sheet"]] if asked["sheet"] is not None else names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height or name == names[-1]:
                return _write(sheet, names, asked)
    except MemoryError:
        return HARD
    except python_calamine.CalamineError:
        return DAMAGED
    except Exception:  # noqa: BLE001 - whatever a reader of foreign files may raise, the file is at fault
        return DAMAGED
    return DAMAGED


def _write(sheet: python_calamine.CalamineSheet, names: list[str], most: dict[str, int]) -> int:
    if sheet.height * sheet.width > _MOST_CELLS:
        return HARD
    begin_column = (sheet.start or (0, 0))[1]  # empty columns before it are left out, empty rows are not
    sys.stdout.write(json.dumps({"name": sheet.name, "names": names}) + "\n")
    size = written = blank = 0
    # One more than may be, so that the reader of these lines sees that there are too many.
    for number, cells in enumerate(sheet.iter_rows(), 1):
        texts = [""] * begin_column + [to_text(cell) for cell in cells[: most["columns"]]]
        while texts and not texts[-1]:
            texts.pop()
        if not texts and (not written or blank == _MOST_BLANK):
            continue
        blank += not texts
        line = json.dumps([number, texts])
        size += len(line)
        written += bool(texts)
        if size > most["text"] or written > most["rows"] + 100:
            break
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return HARD if size > most["text"] else 0


def to_text(cell: object) -> str:
    """Return a cell as a person reads it: whole numbers without a point, days without a midnight."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell).strip()


if __name__ == "__main__":
    sys.exit(main())
