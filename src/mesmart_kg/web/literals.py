"""Literals of the data in the reader's words: dates of any precision, numbers, yes and no.

What is not what its datatype says, as in data that nobody validated, is shown as it is written.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from flask import Flask

from mesmart_kg.namespaces import PREFIXES, compact
from mesmart_kg.web.languages import language, translate

if TYPE_CHECKING:
    from mesmart_kg.descriptions import Text

_XSD: Final = PREFIXES["xsd"]
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:Z|[T+-].{0,40})?")
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_BOOLEAN: Final = {"true": True, "1": True, "false": False, "0": False}
_KNOWN: Final = frozenset(
    _XSD + name for name in ("date", "dateTime", "gYearMonth", "gYear", "integer", "boolean", "anyURI")
)


def register(app: Flask) -> None:
    """Teach the filters to the templates of an application."""
    app.jinja_env.filters.update(in_words=to_words, datatype_name=to_datatype_name)


def to_words(text: Text) -> str:
    """Return a literal as the reader's language writes it."""
    value = text.name.value
    match (text.datatype or "").removeprefix(_XSD):
        case "date" | "dateTime" if found := _DATE.fullmatch(value):
            return _write_day(found, value)
        case "gYearMonth" if (found := _MONTH.fullmatch(value)) and 1 <= int(found[2]) <= 12:
            return str(format_skeleton("yMMMM", date(int(found[1]) or 1, int(found[2]), 1), locale=_locale()))
        case "integer" if _INTEGER.fullmatch(value):
            return str(format_decimal(int(value), locale=language()))
        case "boolean" if value in _BOOLEAN:
            return translate("Yes") if _BOOLEAN[value] else translate("No")
    return value


def _write_day(found: re.Match[str], value: str) -> str:
    try:
        return str(format_date(date(int(found[1]), int(found[2]), int(found[3])), "long", _locale()))
    except ValueError:  # the thirty-first of February
        return value


def _locale() -> str:
    # As the filter ``day``: 22 November 2026.
    return {"en": "en_GB"}.get(language(), language())


def to_datatype_name(text: Text) -> str | None:
    """Return the datatype's prefixed name; None where the words already tell what it is."""
    if text.datatype is None or text.datatype in _KNOWN:
        return None
    return compact(text.datatype).strip("<>")
