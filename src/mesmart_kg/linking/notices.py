"""What a table makes one say: a kind, a line, values; and the English sentence for each kind.

A notice tells of something that was passed over or mended, and the work goes on. What can't be mended
raises :class:`TableRefused` with the notice that says why. Sites word the same kinds in their readers'
languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from mesmart_kg.errors import FactError

MOST_LINES: Final = 8
"""Lines that a sentence names one by one; of the others it tells how many they are."""

SENTENCES: Final = MappingProxyType(
    {
        # --- why a table can't be read ---
        "empty": "The file is empty.",
        "no-rows": "Below its header the table has no rows.",
        "not-a-table": "This is not a table that can be read here. Save it as CSV or XLSX and try again.",
        "workbook-damaged": "The workbook can’t be opened: it is damaged, protected by a password, or of "
        "another kind than its name says. Save it again as XLSX or CSV.",
        "workbook-large": "Unpacked, the workbook takes more than %(most)s MB. Save the sheet that matters "
        "as CSV.",
        "workbook-hard": "Reading the workbook takes too much time or memory. Often one forgotten cell far "
        "outside of the table is the cause: copy the table to a new workbook, or save it as CSV.",
        "no-sheet": "The workbook has no sheet called “%(wanted)s”. It has: %(sheets)s.",
        "too-large": "The file has more than %(most)s MB. Send it in several parts.",
        "too-many-rows": "The table has more than %(most)s rows. Send it in several parts.",
        "too-many-columns": "The table has more than %(most)s columns. Keep those that say what each row is.",
        "encoding-unknown": "“%(wanted)s” is not an encoding that is known here; utf-8 and cp1252 are.",
        "encoding-wrong": "The text is not in %(wanted)s: leave the encoding out, and it will be found.",
        "no-column": "There is no column called “%(wanted)s”. Did you mean “%(nearest)s”? The columns are: "
        "%(columns)s.",
        "no-name-column": "No column looks as if it held names. Say which one does: %(columns)s.",
        "bad-base": "“%(wanted)s” can’t stand at the beginning of web addresses. Give one such as "
        "https://data.example.org/cities#",
        "bad-template": "“%(wanted)s” makes no web addresses. Write one such as "
        "https://data.example.org/city/{code}, with the name of a column in braces.",
        # --- what was passed over or mended ---
        "encoding-found": "The file does not say how its letters are written; it was read as %(encoding)s. "
        "If accents look wrong, say which encoding it has.",
        "line-above-header": "This line stands above the header and belongs to no column; it was passed "
        "over.",
        "header-double": "There is another column called “%(name)s”; here this one is called “%(called)s”.",
        "row-empty": "The row is empty and was passed over.",
        "row-short": "The row has %(cells)s cells and the header %(columns)s; the missing ones count as "
        "empty.",
        "row-long": "The row has %(cells)s cells and the header %(columns)s; what goes beyond was not used.",
        "row-other-delimiter": "The row is divided by %(found)s and the table by %(usual)s; it was read by "
        "its own.",
        "quote-open": "A quotation mark opens here and never closes; it was taken as part of the text.",
        "sheet-chosen": "The workbook has %(count)s sheets; “%(sheet)s” was read.",
        # --- what a row lacks ---
        "iri-missing": "The row has no address of its own, so nothing can be linked.",
        "iri-bad": "“%(value)s” is not a web address in full, so nothing can be linked.",
        "iri-double": "Another row has the same address and was linked to something else; neither link was "
        "kept.",
        # --- what is wrong in a review ---
        "review-columns": "The review file has no columns called “row” and “choice”: its first line may be "
        "missing.",
        "choice-no-row": "The table has no row “%(row)s”; the choice was not used.",
        "choice-other-name": "Row %(row)s of the table is “%(name)s” and not “%(reviewed)s”: the table has "
        "changed since, and the choice was not used.",
        "choice-double": "Row %(row)s has a choice already; this one was not used.",
        "choice-no-candidate": "There is no candidate %(choice)s in row %(row)s; there are %(count)s.",
        "choice-unknown": "Nothing here is called “%(choice)s”. Write the number of a candidate, an "
        "address, or none.",
        "relation-unknown": "“%(relation)s” was not understood: write exact or close. The choice was not "
        "used.",
    }
)
"""By kind, the sentence; what stands before it names the lines."""


@dataclass(frozen=True)
class Notice:
    """Something to be told of a line of a table (from 1, as editors count them), or (0) of the whole."""

    kind: str
    line: int = 0
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def sentence(self) -> str:
        """Return the sentence in English, without its place."""
        return SENTENCES[self.kind] % self.values if self.values else SENTENCES[self.kind]


class TableRefused(FactError):
    """A table can't be read or used as it stands; ``notice`` says why."""

    def __init__(self, notice: Notice, file: str = "the table") -> None:
        super().__init__(notice.sentence, file, notice.line)
        self.notice = notice


@dataclass(frozen=True)
class Told:
    """One sentence about several lines: the first few of them, and how many more there are."""

    notice: Notice
    lines: tuple[int, ...]
    more: int = 0


def gather(notices: Iterable[Notice]) -> tuple[Told, ...]:
    """Return what is to be told, each sentence once, in the order in which it first came up."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[Notice]] = {}
    for notice in notices:
        facts = tuple(sorted((key, str(value)) for key, value in notice.values.items()))
        found.setdefault((notice.kind, facts), []).append(notice)
    return tuple(
        Told(
            same[0],
            tuple(each.line for each in same[:MOST_LINES] if each.line),
            max(len(same) - MOST_LINES, 0),
        )
        for same in found.values()
    )


def to_text(told: Told) -> str:
    """Return a sentence in English with its lines before it."""
    if not told.lines:
        return told.notice.sentence
    places = ", ".join(map(str, told.lines)) + (f" and {told.more} more" if told.more else "")
    return f"line{'s' if len(told.lines) > 1 else ''} {places}: {told.notice.sentence}"
