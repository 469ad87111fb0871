"""The rows of tables: what is in each cell, and how CSV writes it. See ``tables`` for the rules."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from mesmart_kg.dumps.lines import read_literal
from mesmart_kg.dumps.names import Names
from mesmart_kg.dumps.things import Thing
from mesmart_kg.namespaces import expand

SEPARATOR: Final = "|"
HEAD: Final = "\ufeff".encode()
"""What a file starts with: the byte order mark."""

_NUMBERS: Final = frozenset(expand(f"xsd:{name}") for name in ("integer", "decimal", "double", "float"))
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class Kind(StrEnum):
    """What the cells of a column are made from; the things' own IRIs are in the first column."""

    IRI = "iri"
    VALUE = "value"
    LABEL = "label"
    LONGITUDE = "longitude"
    LATITUDE = "latitude"


class Cell(NamedTuple):
    """Where the cells of a column come from: a property of the things, and a language.

    The language is that of the values, or of the labels of what is named; ``several`` values are joined.
    """

    kind: Kind
    property: str = ""
    language: str = ""
    several: bool = False


def write_row(cells: Sequence[str]) -> str:
    """Return one line of a table."""
    return _to_csv([cells])


def write_rows(things: Iterable[Thing], cells: Sequence[Cell], names: Names) -> str:
    """Return the lines of things, in the order given."""
    wanted: dict[tuple[str, str], list[tuple[int, Cell]]] = {}
    for place, cell in enumerate(cells):
        # Labels are those of values in no language, and so are places.
        language = cell.language if cell.kind is Kind.VALUE else ""
        wanted.setdefault((cell.property, language), []).append((place, cell))
    return _to_csv(_fill(thing, wanted, len(cells), names) for thing in things)


def _fill(
    thing: Thing, wanted: Mapping[tuple[str, str], Iterable[tuple[int, Cell]]], width: int, names: Names
) -> list[str]:
    row = [""] * width
    row[0] = thing.iri
    for key, terms in thing.values.items():
        for place, cell in wanted.get(key, ()):
            row[place] = _write_cell(terms, cell, names)
    return row


def _write_cell(terms: Sequence[str], cell: Cell, names: Names) -> str:
    if cell.kind is Kind.VALUE:
        return _join(map(_to_text, terms), cell.several) if cell.several else _to_text(terms[0])
    if cell.kind is Kind.LABEL:
        named = (names.find(term[1:-1]).label(cell.language) for term in terms if term[0] == "<")
        return _join((_guard(label) for label in named if label), cell.several)
    # Of several geometries the first one is on the map.
    point = names.find(terms[0][1:-1])
    return point.longitude if cell.kind is Kind.LONGITUDE else point.latitude


def _to_csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _join(texts: Iterable[str], several: bool) -> str:
    return SEPARATOR.join(text.replace(SEPARATOR, "¦") for text in texts) if several else "".join(texts)


def _to_text(term: str) -> str:
    if term[0] != '"':
        return term[1:-1]
    if "\\" in term:
        value, _, datatype = read_literal(term)
        return value if datatype in _NUMBERS else _guard(value)
    end = term.rindex('"')
    value = term[1:end]
    return value if term[end + 4 : -1] in _NUMBERS else _guard(value)


def _guard(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
