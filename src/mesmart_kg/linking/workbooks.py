"""Workbooks (XLSX, XLSM, ODS, XLS) read in a process of their own, which may be ended.

A workbook is a program of sorts: a few kilobytes may unpack to gigabytes, and one cell in the last row and
column makes a table of seventeen thousand million. So the sizes that the archive tells are looked at first,
and the reading (python-calamine, in Rust, which ends its process when memory runs out) happens in a child
with limits on memory and time. The file goes in by a pipe: nothing is written to disk.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from typing import Final

from mesmart_kg.linking import workbook_process
from mesmart_kg.linking.model import MOST_COLUMNS, Row, Sheet
from mesmart_kg.linking.notices import Notice, TableRefused
from mesmart_kg.linking.workbook_process import HARD, NO_SHEET

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

MOST_UNPACKED: Final = 256
"""MiB that the parts of a workbook may take, unpacked, together."""

SECONDS: Final = 30.0
_MOST_PARTS: Final = 4096
_MOST_TEXT: Final = 200 * 1024 * 1024
_TEXT_A_ROW: Final = 2000
"""Bytes that come out of a workbook: in all, and for each row that it may have."""


def is_workbook(data: bytes) -> bool:
    """Tell whether a file begins as workbooks do."""
    return data.startswith((ZIP, OLE))


def read_workbook(data: bytes, sheet: str | None = None, most_rows: int = 1_048_576) -> Sheet:
    """Return the rows of a sheet: the one named, else the first that has any.

    Raises TableRefused for what is no workbook, has no such sheet, or is too large to be read.
    """
    if data.startswith(ZIP):
        _check_archive(data)
    # The sheet's name may be anything, and so goes in by the pipe as well. Of columns and text somewhat more
    # than may be is asked for, so that who reads on sees that it is too much, and no more than that.
    text = min(_MOST_TEXT, _TEXT_A_ROW * (most_rows + 100))
    asked = {"sheet": sheet, "rows": most_rows, "columns": MOST_COLUMNS + 1, "text": text}
    head = json.dumps(asked).encode() + b"\n"
    # By its file, so that the child need not import the whole package first.
    command = [sys.executable, "-I", workbook_process.__file__]
    try:
        done = subprocess.run(command, input=head + data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise TableRefused(Notice("workbook-hard")) from None
    if done.returncode < 0 or done.returncode == HARD:
        raise TableRefused(Notice("workbook-hard"))
    if done.returncode == NO_SHEET:
        values = {"wanted": (sheet or "")[:80], "sheets": ", ".join(json.loads(done.stdout))[:400]}
        raise TableRefused(Notice("no-sheet", 0, values))
    if done.returncode:
        raise TableRefused(Notice("workbook-damaged"))
    return _to_sheet(done.stdout, is_chosen=sheet is not None)


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise TableRefused(Notice("workbook-damaged")) from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED * 1024 * 1024:
        raise TableRefused(Notice("workbook-large", 0, {"most": MOST_UNPACKED}))
    names = {part.filename for part in parts}
    if not any(name.endswith(("workbook.xml", "workbook.bin", "content.xml")) for name in names):
        raise TableRefused(Notice("not-a-table"))


def _to_sheet(answer: bytes, *, is_chosen: bool) -> Sheet:
    lines = answer.split(b"\n")
    head = json.loads(lines[0])
    rows = tuple(Row(number, tuple(cells)) for number, cells in map(json.loads, filter(None, lines[1:])))
    names = tuple(head["names"])
    several = len(names) > 1 and not is_chosen
    notices = (
        (Notice("sheet-chosen", 0, {"count": len(names), "sheet": head["name"][:80]}),) if several else ()
    )
    return Sheet(rows, notices, name=head["name"], names=names)
