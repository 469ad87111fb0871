"""The answer to a SELECT as a workbook (Office Open XML, ECMA-376): a sheet of rows, one that says whence.

Cells have types: numbers, days, times and truth values are such where a spreadsheet can hold them without
loss, and text where it can't: integers beyond fifteen digits, days before March 1900, infinity. Web IRIs are
links, as many as a sheet may have. Text is text, whatever it begins with: no cell is a formula, and one that
looks like a formula stays text when somebody edits it.

Nothing is written to disk. A table of a hundred thousand rows takes seconds and some hundred megabytes to
make: run it in a thread, and few at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from mesmart_kg.engine import Solutions
from mesmart_kg.errors import QueryTooLarge
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term
from mesmart_kg.web.languages import read_catalogue

MOST_ROWS: Final = 1_048_575
"""Rows below the heading: a sheet has no more."""

MOST_COLUMNS: Final = 16_384
MOST_CELLS: Final = 2_000_000
"""Cells with a value in them; each takes some 300 bytes while the workbook is made."""

MOST_LINKS: Final = 65_530
"""Links that a sheet may hold (Microsoft's limits of Excel); IRIs beyond are plain text."""

LONGEST_LINK: Final = 2000
LONGEST_TEXT: Final = 32_767
"""Characters of a cell, counted in UTF-16; longer text is cut, and the second sheet says so."""

_XSD: Final = PREFIXES["xsd"]
_EXACT_DIGITS: Final = 15
"""Decimal digits that a number of a spreadsheet keeps (IEEE 754 double precision)."""

_FIRST_DAY: Final = date(1900, 3, 1)
"""Before it, the calendar of spreadsheets has a day that never was: 29 February 1900."""

_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
_NO_CHARACTER: Final = re.compile("[\ufffe\uffff]")
_INTEGER: Final = re.compile(r"[+-]?\d+", re.ASCII)
_YEAR: Final = re.compile(r"[12]\d{3}", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,3})0*)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)


@dataclass(frozen=True)
class About:
    """What the second sheet tells: the query, the release that answered it, its licence, where it was asked.

    ``day`` is that of the release; ``language`` the one in which the sheets say what is ours to say.
    """

    title: str
    query: str
    release_id: str
    day: date
    licence: str
    address: str
    language: str = "en"

    def say(self, words: str) -> str:
        """Return words of ours in the reader's language."""
        return _catalogue(self.language).gettext(words)


@cache
def _catalogue(language: str) -> NullTranslations:
    return read_catalogue(language)


def to_xlsx(solutions: Solutions, about: About) -> bytes:
    """Return the workbook. Raises QueryTooLarge (``rows``, ``columns``, ``cells``) if no sheet holds it."""
    _check_size(solutions)
    file = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": False,
    }
    with Workbook(file, options) as book:
        # The day of the release: the same answer is the same bytes, whenever it is asked for.
        book.set_properties({"title": about.title, "created": datetime(*about.day.timetuple()[:3])})  # noqa: DTZ001  # a workbook has no time zones
        sheet = _Sheet(book, book.add_worksheet(about.say("Answer")))
        sheet.write_heading(solutions.variables)
        columns = {name: column for column, name in enumerate(solutions.variables)}
        for row, solution in enumerate(solutions.rows, 1):
            for name, term in solution.items():
                sheet.write_term(row, columns[name], term)
        sheet.finish(len(solutions.rows))
        _write_about(book, about, solutions, sheet)
    return file.getvalue()


def _check_size(solutions: Solutions) -> None:
    found = {
        "rows": (len(solutions.rows), MOST_ROWS),
        "columns": (len(solutions.variables), MOST_COLUMNS),
        "cells": (sum(map(len, solutions.rows)), MOST_CELLS),
    }
    for limit, (count, most) in found.items():
        if count > most:
            raise QueryTooLarge(f"a spreadsheet holds {most} {limit} at most, not {count}", limit, most)


class _Sheet:
    """A sheet that takes terms."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self.cut_texts = 0
        self.iris_without_link = 0
        self._sheet = sheet
        self._links = 0
        self._widths: list[int] = []
        self._heading = book.add_format({"bold": True, "bottom": 1, "quote_prefix": True})
        self._link = book.get_default_url_format()
        self._quoted = book.add_format({"quote_prefix": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._year = book.add_format({"num_format": "0"})
        self._moments = {
            (zone, bool(fraction)): book.add_format(
                {"num_format": f'yyyy-mm-dd"T"hh:mm:ss{".000" if fraction else ""}{zone}'}
            )
            for zone in ("", '"Z"')
            for fraction in (0, 1)
        }

    def write_heading(self, names: tuple[str, ...]) -> None:
        """Write the names of the variables."""
        self._widths = [min(len(name), 60) for name in names]
        for column, name in enumerate(names):
            self._sheet.write_string(0, column, _fit(name), self._heading)

    def write_term(self, row: int, column: int, term: Term) -> None:
        """Write a term into a cell, as what it is."""
        shown = term.value if not isinstance(term, BlankNode) else f"_:{term.value}"
        if row <= 200:
            # So many rows tell how wide a column is.
            self._widths[column] = min(max(self._widths[column], len(shown)), 60)
        if isinstance(term, NamedNode):
            self._write_iri(row, column, shown)
        elif not (isinstance(term, Literal) and self._write_typed(row, column, term)):
            self._write_text(row, column, shown)

    def _write_iri(self, row: int, column: int, iri: str) -> None:
        is_web = iri.startswith(("http://", "https://")) and len(iri) <= LONGEST_LINK
        if is_web and self._links < MOST_LINKS:
            self._links += 1
            self._sheet.write_url(row, column, iri, self._link, iri)
        else:
            self.iris_without_link += is_web
            self._write_text(row, column, iri)

    def _write_text(self, row: int, column: int, text: str) -> None:
        fitting = _fit(text)
        self.cut_texts += len(fitting) < len(text)
        style = self._quoted if fitting.startswith(_FORMULA_SIGNS) else None
        self._sheet.write_string(row, column, fitting, style)

    def _write_typed(self, row: int, column: int, literal: Literal) -> bool:
        """Write a number, a day, a time or a truth value; False if the literal is none that fits a cell."""
        text = literal.value
        match literal.datatype.value.removeprefix(_XSD):
            case "integer" | "decimal":
                if len(text.strip("+-").replace(".", "").strip("0")) > _EXACT_DIGITS:
                    return False
                number = int(text) if _INTEGER.fullmatch(text) else _find_float(text)
                return number is not None and self._put(self._sheet.write_number, row, column, number)
            case "double" | "float":
                number = _find_float(text)
                return number is not None and self._put(self._sheet.write_number, row, column, number)
            case "boolean" if text in {"true", "false", "1", "0"}:
                return self._put(self._sheet.write_boolean, row, column, text in {"true", "1"})
            case "gYear" if _YEAR.fullmatch(text):
                return self._put(self._sheet.write_number, row, column, int(text), self._year)
            case "date" if _DATE.fullmatch(text):
                day = _find_moment(text)
                return day is not None and self._put(self._sheet.write_datetime, row, column, day, self._day)
            case "dateTime":
                return self._write_moment(row, column, text)
            case _:
                return False

    def _write_moment(self, row: int, column: int, text: str) -> bool:
        """Write a point in time; one with a zone is told in UTC, for a cell knows no zones."""
        found = _DATE_TIME.fullmatch(text)
        moment = _find_moment(f"{found[1]}.{found[2] or '0':0<3}{found[3] or ''}") if found else None
        if found is None or moment is None:
            return False
        style = self._moments['"Z"' if found[3] else "", bool(moment.microsecond)]
        return self._put(self._sheet.write_datetime, row, column, moment, style)

    def _put(self, write: Callable[..., Any], *arguments: Any) -> bool:
        write(*arguments)
        return True

    def finish(self, rows: int) -> None:
        """Set widths, keep the heading in view and let readers filter."""
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, width + 2)
        if self._widths:
            self._sheet.freeze_panes(1, 0)
            self._sheet.autofilter(0, 0, rows, len(self._widths) - 1)


def _find_float(text: str) -> float | None:
    """Return a number of a cell: neither infinite nor NaN, and none that a cell would take for 0."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and (number == 0 or abs(number) > 2.3e-308) else None


def _find_moment(text: str) -> datetime | None:
    """Return a day or a point in time of the calendar of spreadsheets, in UTC where it has a zone."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):  # 24:00:00, February 30, beyond the year 9999
        return None
    return moment if moment.date() >= _FIRST_DAY else None


def _fit(text: str) -> str:
    """Return text as a cell can hold it: not too long, and nothing that XML has no way to write."""
    text = _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) <= LONGEST_TEXT // 2 or len(text.encode("utf-16-le")) // 2 <= LONGEST_TEXT:
        return text
    return text.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")


def _write_about(book: Workbook, about: About, solutions: Solutions, answer: _Sheet) -> None:
    sheet = _Sheet(book, book.add_worksheet(about.say("About this answer")))
    sheet.write_heading(("", ""))
    rows: list[tuple[str, Term]] = [
        (about.say("Dataset"), Literal(about.title)),
        (about.say("Release"), Literal(about.release_id)),
        (about.say("Date"), Literal(about.day.isoformat(), datatype=NamedNode(_XSD + "date"))),
        (about.say("Licence"), NamedNode(about.licence)),
        (about.say("Address"), NamedNode(about.address)),
        (about.say("Rows"), Literal(len(solutions.rows))),
        *((about.say("Note"), Literal(note)) for note in _notes(about, solutions, answer)),
        (about.say("Query"), Literal(about.query)),
    ]
    for row, (name, term) in enumerate(rows):
        sheet.write_term(row, 0, Literal(name))
        sheet.write_term(row, 1, term)


def _notes(about: About, solutions: Solutions, answer: _Sheet) -> Iterator[str]:
    if not solutions.complete:
        yield about.say("There are more rows than this file holds.")
    if answer.cut_texts:
        yield about.say("Texts longer than a cell may hold were cut.")
    if answer.iris_without_link:
        yield about.say("There are more web addresses than a sheet may link; the others are plain text.")
