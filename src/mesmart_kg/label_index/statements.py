"""Statements to rows: what each property tells the index.

Only the lines whose predicate tells it anything reach the parser: that is decided on the bytes, so that the
length of the whole dump hardly counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, TypeAlias

from mesmart_kg import formats
from mesmart_kg.label_index import terms
from mesmart_kg.label_index.folding import LONGEST_IRI
from mesmart_kg.store import BlankNode, Literal, NamedNode, Triple, parse_text

LONGEST_NAME: Final = 1000
"""Characters of a name that are kept."""

LONGEST_CODE: Final = 200
"""Characters of a code; what is longer is none."""

ALSO: Final = 10
"""Rank of a further name; below it are those of ``terms.PREFERRED``, by their place."""

FOUND_BY: Final = 11
"""Rank of a name that is not shown."""

END: Final = 99
"""Rank of an end among dates."""

BLANK: Final = "_:"

Row: TypeAlias = tuple[str | int, ...]
_Reader: TypeAlias = "Callable[[str, Literal | NamedNode | BlankNode], tuple[str, Row] | None]"

_POINT: Final = re.compile(r"^(?:<[^>]*>\s*)?POINT\s*\(\s*(-?[0-9.]+)\s+(-?[0-9.]+)\s*\)$", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SCHEMA: Final = "https://schema.org/"
_OLD_SCHEMA: Final = "http://schema.org/"


def read_rows(lines: Iterable[bytes]) -> Iterator[tuple[str, Row]]:
    """Yield for each statement of what it tells, and a row of that, which begins with the subject.

    ``lines`` are those of :func:`select_told`, as N-Triples.
    """
    readers = _readers()
    for quad in parse_text(b"".join(lines), formats.NTRIPLES):
        subject, value = quad.subject, quad.object
        if isinstance(subject, Triple) or isinstance(value, Triple):
            continue
        key = subject.value if isinstance(subject, NamedNode) else BLANK + subject.value
        found = readers[quad.predicate.value](key, value)
        if found is not None:
            yield found


def select_told(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines, of N-Triples or N-Quads, whose predicate tells the index anything."""
    predicates = frozenset(f"<{iri}>".encode() for iri in _readers())
    return (line for line in lines if line.split(b" ", 2)[1] in predicates)


@cache
def _readers() -> dict[str, _Reader]:
    """Return, for each predicate, what makes a row of a statement: the table and the values, or None."""

    def text(rank: int) -> _Reader:
        def read(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
            if not isinstance(value, Literal) or not value.value.strip():
                return None
            return "raw_text", (subject, rank, _cut(value.value), (value.language or "").lower())

        return read

    def when(rank: int) -> _Reader:
        def read(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
            is_told = isinstance(value, Literal) and len(value.value) < 40
            return ("raw_when", (subject, rank, value.value)) if is_told else None

        return read

    def link(short: str) -> _Reader:
        def read(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
            if isinstance(value, Literal):
                return None
            return "raw_link", (
                subject,
                short,
                value.value if isinstance(value, NamedNode) else BLANK + value.value,
            )

        return read

    def same(relation: str) -> _Reader:
        def read(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
            iri = value.value if isinstance(value, Literal | NamedNode) else ""
            is_told = "://" in iri and len(iri) <= LONGEST_IRI and not subject.startswith(BLANK)
            return ("raw_same", (subject, relation, iri)) if is_told else None

        return read

    def half(is_latitude: int) -> _Reader:
        def read(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
            is_number = isinstance(value, Literal) and _NUMBER.fullmatch(value.value)
            return ("raw_half", (subject, is_latitude, value.value)) if is_number else None

        return read

    readers: dict[str, _Reader] = {terms.TYPE: _read_type, terms.WKT: _read_point}
    readers |= {iri: text(rank) for rank, iri in enumerate(terms.PREFERRED)}
    readers |= dict.fromkeys(terms.ALTERNATIVE, text(ALSO))
    readers |= {
        terms.HIDDEN: text(FOUND_BY),
        terms.IDENTIFIER: _read_code,
        terms.NOTATION: _code(""),
        terms.IPA: _code("ipa"),
    }
    readers |= {iri: when(rank) for rank, iri in enumerate(terms.STARTS)}
    readers |= {terms.END: when(END), terms.LATITUDE: half(1), terms.LONGITUDE: half(0)}
    readers |= {iri: link(short) for iri, short in terms.LINKS.items()}
    readers |= {iri: same(relation) for iri, relation in terms.SAME.items()}
    old = {
        _OLD_SCHEMA + iri.removeprefix(_SCHEMA): read
        for iri, read in readers.items()
        if iri.startswith(_SCHEMA)
    }
    return readers | old


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def _read_type(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
    if not isinstance(value, NamedNode):
        return None
    iri = value.value
    return "raw_type", (
        subject,
        _SCHEMA + iri.removeprefix(_OLD_SCHEMA) if iri.startswith(_OLD_SCHEMA) else iri,
    )


def _read_point(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
    found = _POINT.match(value.value.strip()) if isinstance(value, Literal) else None
    return ("raw_point", (subject, found.group(1), found.group(2))) if found else None


def _read_code(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
    if not isinstance(value, Literal) or len(value.value) > LONGEST_CODE:
        return None
    scheme, code = terms.divide_code(value.value)
    return None if scheme in terms.SILENT else ("raw_code", (subject, scheme, code))


def _code(scheme: str) -> _Reader:
    def read(subject: str, value: Literal | NamedNode | BlankNode) -> tuple[str, Row] | None:
        is_told = isinstance(value, Literal) and len(value.value) <= LONGEST_CODE
        return ("raw_code", (subject, scheme, value.value)) if is_told else None

    return read
