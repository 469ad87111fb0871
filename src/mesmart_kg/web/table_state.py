"""A table that was looked at, packed into a form, so that the server need keep nothing of it.

The rows, what was asked and answered, and what the reader has decided go out in one hidden field and come
back with the next step. They are the reader's own and may come back as anything, so every part is checked: a
forger deceives only himself.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mesmart_kg.linking import Choice, Columns, Offer, Table, is_iri
from mesmart_kg.linking.model import MOST_COLUMNS, Row, Sheet
from mesmart_kg.web.problems import BadRequest

VERSION: Final = 1
_MOST_OFFERS: Final = 10
_LISTS_A_ROW: Final = 64
"""Opening brackets in a packed table for each row that it may have, those in its texts counted: a list with
nothing in it takes two bytes in JSON and sixty in memory."""


@dataclass(frozen=True)
class State:
    """A table, how it was asked, the offers for each row (None: it was not asked yet), choices by line."""

    name: str
    table: Table
    columns: Columns
    kind: str
    answers: tuple[tuple[Offer, ...] | None, ...]
    choices: Mapping[int, Choice]


def pack(state: State) -> str:
    """Return the text of a hidden field."""
    table, columns = state.table, state.columns
    document = {
        "version": VERSION,
        "name": state.name,
        "header": [table.header_line, list(table.columns), table.sheet.delimiter],
        "rows": [[row.line, list(row.cells)] for row in table.rows],
        "columns": [columns.name, columns.country, columns.region, columns.iri, list(columns.codes)],
        "kind": state.kind,
        "answers": [None if each is None else [_to_list(offer) for offer in each] for each in state.answers],
        "choices": [
            [line, None if choice.offer is None else _to_list(choice.offer), choice.is_close]
            for line, choice in sorted(state.choices.items())
        ],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 6)).decode("ascii")


def _to_list(offer: Offer) -> list[Any]:
    return [offer.iri, offer.name, offer.score, offer.match, offer.place]


def unpack(text: str, most_bytes: int, most_rows: int) -> State:
    """Return what was packed. Raises BadRequest for what could not have been, or is larger than it may."""
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(text, validate=True), most_bytes)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError
        if data.count(b"[") + data.count(b"{") > _LISTS_A_ROW * (most_rows + 100):
            raise ValueError
        document = json.loads(data)
        if document["version"] != VERSION or len(document["rows"]) > most_rows:
            raise ValueError
        return _read(document)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise _spoiled() from error
    except (zlib.error, binascii.Error, MemoryError) as error:
        raise _spoiled() from error


def _spoiled() -> BadRequest:
    return BadRequest(400, "table", "The table did not come back as it was sent. Begin again with your file.")


def _read(document: Mapping[str, Any]) -> State:
    line, names, delimiter = document["header"]
    columns = tuple(_text(name) for name in names)
    rows = tuple(
        Row(_number(number), tuple(_text(cell) for cell in cells)) for number, cells in document["rows"]
    )
    lines = [row.line for row in rows]
    if not 0 < len(columns) <= MOST_COLUMNS or any(len(row.cells) != len(columns) for row in rows):
        raise ValueError
    if lines != sorted(set(lines)) or len(document["choices"]) > len(rows):
        raise ValueError
    name, country, region, iri, codes = document["columns"]
    answers = tuple(None if each is None else tuple(_offers(each)) for each in document["answers"])
    if len(answers) != len(rows):
        raise ValueError
    return State(
        _text(document["name"])[:200],
        Table(columns, rows, (), Sheet((), delimiter=_text(delimiter)[:1]), _number(line)),
        Columns(
            _place(name, columns),
            _maybe(country, columns),
            _maybe(region, columns),
            tuple((_text(scheme)[:40], _place(place, columns)) for scheme, place in codes),
            _maybe(iri, columns),
        ),
        _text(document["kind"])[:40],
        answers,
        {
            _number(number): Choice(None if offer is None else _offer(offer), is_close is True)
            for number, offer, is_close in document["choices"]
        },
    )


def _offers(found: Iterable[Any]) -> Iterator[Offer]:
    told = list(found)
    if len(told) > _MOST_OFFERS:
        raise ValueError
    return map(_offer, told)


def _offer(told: Any) -> Offer:
    iri, name, score, match, place = told
    if not is_iri(_text(iri)) or isinstance(score, bool) or not isinstance(score, int | float):
        raise ValueError
    if math.isnan(score):
        raise ValueError
    return Offer(iri, _text(name)[:500], float(min(max(score, 0), 100)), match is True, _text(place)[:500])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    value.encode()  # half a pair of UTF-16 can't be written; its error is a ValueError
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError
    return value


def _place(value: object, columns: tuple[str, ...]) -> int:
    place = _number(value)
    if place >= len(columns):
        raise ValueError
    return place


def _maybe(value: object, columns: tuple[str, ...]) -> int | None:
    return None if value is None else _place(value, columns)
