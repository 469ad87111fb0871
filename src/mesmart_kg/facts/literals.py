"""Typed values of cells: how each datatype is written, and the literal it becomes.

The ``csvw`` package is lenient where XML Schema is not (``1_000`` is a number to it). What is published must
be what XML Schema Part 2 allows, so lexical forms are checked here as well.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from mesmart_kg.namespaces import CC, PREFIXES
from mesmart_kg.store import Literal, NamedNode, canonical_literal

_XSD = PREFIXES["xsd"]

STRING: Final = _XSD + "string"
DATE_OF_ANY_PRECISION: Final = CC + "DateOfAnyPrecision"
"""The datatype of a column whose dates are as precise as their source: a day, a month or a year."""

_YEAR = r"\d{4}"
_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"
_DAY = r"\d{4}-\d\d-\d\d"
_LEXICAL: Final = MappingProxyType(
    {
        "boolean": re.compile(r"true|false"),
        "integer": re.compile(r"[+-]?[0-9]+"),
        "decimal": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"),
        "double": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?|-?INF|NaN"),
        "date": re.compile(_DAY, re.ASCII),
        "dateTime": re.compile(_DAY + r"T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII),
        "gYear": re.compile(_YEAR, re.ASCII),
        "gYearMonth": re.compile(_MONTH, re.ASCII),
    }
)
_NOT_IN_IRI = re.compile(r"[\x00-\x20<>\"{}|\\^`]")

_RDF = PREFIXES["rdf"]
# What N-Quads writes as it is. Found by asking Oxigraph for every character; a test asks again.
_PLAIN = re.compile(r'[^\x00-\x1f"\\\x7f\ufffe\uffff]*')
# Well within 64 bits, and already as the store writes it.
_CANONICAL_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")

DATATYPES: Final = frozenset({"string", "anyURI", *_LEXICAL})
"""The base datatypes that a column may have."""


def check_lexical(text: str, base_type: str, datatype: str) -> None:
    """Raise ValueError, whose message says what to write, unless the text is a value of the type.

    An ``anyURI`` must be an address of the web, because that is what columns of addresses hold here.
    """
    if datatype == DATE_OF_ANY_PRECISION:
        _date_type(text)
    elif base_type == "anyURI":
        _check_address(text)
    elif base_type in _LEXICAL:
        if not _LEXICAL[base_type].fullmatch(text):
            raise ValueError(f"{text!r} is not a value of type {base_type}")
        if base_type in ("date", "dateTime"):
            datetime.date.fromisoformat(text[:10])


def to_literal(text: str, datatype: str) -> Literal:
    """Return the literal in the form the store keeps; ValueError for a type that it would change."""
    type_iri = _date_type(text) if datatype == DATE_OF_ANY_PRECISION else datatype
    return canonical_literal(Literal(text, datatype=NamedNode(type_iri)))


def write_text(text: str, language: str | None = None) -> str:
    """Return a text, in a language or in none, as N-Quads writes it; ValueError for no language tag."""
    if language is not None:
        return _quote(text) + str(Literal("", language=language))[2:]
    return _quote(text)


def value_writer(datatype: str) -> Callable[[str], str]:
    """Return a function that writes values of a datatype in N-Quads, as those of :func:`to_literal`."""
    if datatype == _XSD + "integer":
        return _write_integer
    if datatype.startswith((_XSD, _RDF)) or datatype == DATE_OF_ANY_PRECISION:
        return lambda text: str(to_literal(text, datatype))
    mark = f"^^{NamedNode(datatype)}"
    return lambda text: _quote(text) + mark


def _quote(text: str) -> str:
    return f'"{text}"' if _PLAIN.fullmatch(text) else str(Literal(text))


def _write_integer(text: str) -> str:
    if _CANONICAL_INTEGER.fullmatch(text):
        return f'"{text}"^^<{_XSD}integer>'
    return str(to_literal(text, _XSD + "integer"))


def _check_address(text: str) -> None:
    parts = urlsplit(text)
    if _NOT_IN_IRI.search(text) or parts.scheme not in ("http", "https") or "." not in (parts.hostname or ""):
        raise ValueError(f"{text!r} is no address of the web (http or https, a host, no blanks)")


def _date_type(text: str) -> str:
    """Return the XML Schema type of a day, a month or a year; ValueError for anything else."""
    if re.fullmatch(_DAY, text, re.ASCII):
        datetime.date.fromisoformat(text)
        return _XSD + "date"
    if re.fullmatch(_MONTH, text, re.ASCII):
        return _XSD + "gYearMonth"
    if re.fullmatch(_YEAR, text, re.ASCII):
        return _XSD + "gYear"
    raise ValueError(f"{text!r} is no date: write YYYY, YYYY-MM or YYYY-MM-DD")
