"""Bytes of a stranger to statements: JSON-LD and Turtle, bounded before anything walks through them.

Depth, values and statements are counted, IRIs measured as they come, and nothing that a message names is
fetched: the parser has no way to. Statements of named graphs count as those of the message.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mesmart_kg import formats
from mesmart_kg.formats import Format
from mesmart_kg.inbox.contexts import ACTIVITY_STREAMS, with_contexts
from mesmart_kg.inbox.model import LONGEST_IRI, Fault, NotificationRefused
from mesmart_kg.store import BlankNode, Literal, NamedNode, Quad, parse_text

ACTIVITY_JSON: Final = "application/activity+json"
"""JSON-LD whose context is that of Activity Streams where it names none (Activity Streams 2.0, section 8)."""

MEDIA_TYPES: Final = (formats.JSONLD.media_type, ACTIVITY_JSON, formats.TURTLE.media_type)
"""What an inbox takes; the first is what LDN asks of every one."""

DEEPEST: Final = 32
MOST_VALUES: Final = 40_000
MOST_STATEMENTS: Final = 10_000

_SHORTENED: Final = 300


@dataclass(frozen=True)
class Parsed:
    """A message: its id, its text as it was sent, and what it says."""

    id: str
    body: str
    quads: tuple[Quad, ...]


def parse_message(data: bytes, media_type: str, inbox_iri: str, own: Mapping[str, Any]) -> Parsed:
    """Return what a message says. Raises NotificationRefused.

    ``inbox_iri`` is what relative references start from: a message may call itself by an empty one (LDN,
    section 3.3). ``own`` are this site's own contexts.
    """
    try:
        body = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotificationRefused(Fault.NOT_TEXT) from error
    if media_type == formats.TURTLE.media_type:
        name = to_id(data)
        return Parsed(name, body, parse_turtle(body, f"{inbox_iri}/{name}"))
    document = _read_json(body)
    # The same content may be set with other white space and in another order of keys.
    name = to_id(_to_bytes(document))
    if media_type == ACTIVITY_JSON and isinstance(document, dict):
        document.setdefault("@context", ACTIVITY_STREAMS)
    text = _to_bytes(with_contexts(document, own))
    return Parsed(name, body, tuple(_take(_parse(text, formats.JSONLD, f"{inbox_iri}/{name}"))))


def parse_turtle(text: str, base_iri: str | None) -> tuple[Quad, ...]:
    """Return what a Turtle text says. Raises NotificationRefused."""
    return tuple(_take(_parse(text, formats.TURTLE, base_iri)))


def to_id(content: bytes) -> str:
    """Return the id of a message of that content: 32 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:32]


def _to_bytes(document: Any) -> bytes:
    try:
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:  # half a pair of surrogates, which is no character
        raise NotificationRefused(Fault.NOT_TEXT) from error


def _read_json(body: str) -> Any:
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise NotificationRefused(Fault.NOT_JSON, line=error.lineno) from error
    except RecursionError as error:
        raise NotificationRefused(Fault.TOO_DEEP, most=DEEPEST) from error
    except ValueError as error:  # a number of thousands of digits, or NaN
        raise NotificationRefused(Fault.NOT_JSON, line=0) from error
    _measure(document)
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _measure(document: Any) -> None:
    """Count values level by level, so that depth itself costs nothing."""
    row, count = [document], 0
    for _ in range(DEEPEST + 1):
        count += len(row)
        if count > MOST_VALUES:
            raise NotificationRefused(Fault.TOO_MUCH, most=MOST_VALUES)
        row = [
            inner
            for each in row
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not row:
            return
    raise NotificationRefused(Fault.TOO_DEEP, most=DEEPEST)


def _parse(text: str | bytes, format: Format, base_iri: str | None) -> Iterator[Quad]:
    try:
        yield from parse_text(text, format, base_iri)
    except (SyntaxError, ValueError, MemoryError) as error:
        raise NotificationRefused(Fault.NOT_RDF, reason=str(error)[:_SHORTENED]) from error


def _take(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield statements of RDF 1.1, as triples, while they are few enough and their IRIs short enough."""
    for number, quad in enumerate(quads):
        if number == MOST_STATEMENTS:
            raise NotificationRefused(Fault.TOO_MUCH, most=MOST_STATEMENTS)
        for term in (quad.subject, quad.predicate, quad.object):
            if not isinstance(term, NamedNode | BlankNode | Literal):
                raise NotificationRefused(
                    Fault.NOT_RDF, reason="a statement about a statement (RDF 1.2) is not understood here"
                )
            name = term.datatype.value if isinstance(term, Literal) else term.value
            if len(name) > LONGEST_IRI:
                raise NotificationRefused(Fault.LONG_IRI, most=LONGEST_IRI)
        yield Quad(quad.subject, quad.predicate, quad.object)
