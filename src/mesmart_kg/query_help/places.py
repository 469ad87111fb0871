"""Where something stands in a text as typed: line, column, the line itself, a mark below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST_LINE: Final = 100
"""Characters that are shown of a line; of a longer one, the part around the place."""

_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Place:
    """A stretch of one line; line and column count from 1, in characters, a tab being one.

    ``source`` is the line or the part of it that is shown, of which ``before``, ``word`` and ``after`` are
    the pieces.
    """

    line: int
    column: int
    before: str
    word: str
    after: str

    @property
    def source(self) -> str:
        return self.before + self.word + self.after

    @property
    def marker(self) -> str:
        """Return what to write below ``source``, so that carets stand below the word."""
        # A tab below a tab: so the carets stand right, however wide tabs are.
        space = "".join("\t" if sign == "\t" else " " for sign in self.before)
        return space + "^" * max(1, len(self.word))


def find_place(text: str, start: int, end: int) -> Place:
    """Return the place of a stretch of a text; what of it goes beyond its first line is left out.

    Lines end as editors have it: by LF, CR LF or CR.
    """
    line, line_start, line_end = 1, 0, len(text)
    for match in _LINE_END.finditer(text):
        if match.end() > start and match.start() >= start:
            line_end = match.start()
            break
        if match.end() > start:  # between CR and LF
            start, line_end = match.start(), match.start()
            break
        line += 1
        line_start = match.end()
    end = max(start, min(end, line_end))
    first = max(line_start, min(start - LONGEST_LINE // 2, line_end - LONGEST_LINE))
    last = min(line_end, first + LONGEST_LINE)
    return Place(
        line, start - line_start + 1, text[first:start], text[start:end][:LONGEST_LINE], text[end:last]
    )


def find_offset(text: str, line: int, column: int) -> int:
    """Return the offset of a place as Oxigraph tells it: lines end by LF only, columns are characters."""
    start = 0
    for _ in range(line - 1):
        found = text.find("\n", start)
        if found < 0:
            break
        start = found + 1
    return max(0, min(start + column - 1, len(text)))
