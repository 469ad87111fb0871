"""Bytes of others to statements, each with its line: Turtle, N-Triples, JSON-LD.

The file is a stranger's: its size, its statements, its prefixes and its depth are bounded before anything
walks through them, and nothing that it names is fetched. IRIs are in full or relative to the file's own
``@base``; they hold no sign that hides or turns what a person reads (RFC 3987, section 4.1).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mesmart_kg import formats
from mesmart_kg.errors import FactError
from mesmart_kg.linksets.model import LARGEST, LONGEST_IRI, MOST_LINKS
from mesmart_kg.store import Quad, parse_text

if TYPE_CHECKING:
    from mesmart_kg.facts import Statement

_MOST_DIRECTIVES: Final = 60
_MOST_STATEMENTS: Final = MOST_LINKS + 1000
_LONGEST_STATEMENT: Final = 2_000_000
_DEEPEST: Final = 50
_MOST_CONTEXTS: Final = 10
_LONGEST_CONTEXT: Final = 50_000
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


@dataclass(frozen=True)
class Told:
    """A statement of the file and the line on which it begins; 0 where lines tell nothing."""

    line: int
    quad: Quad


def read_told(data: bytes, file: str) -> Iterator[Told]:
    """Yield what the file says, in its order.

    ``file`` is what messages call it. Raises FactError, with the line where it is known, for what can't be
    read or is more than anybody needs for links.
    """
    if len(data) > LARGEST:
        raise FactError(f"longer than {LARGEST // 2**20} MiB: divide it into several sets", file, 0)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FactError("not UTF-8: save the file as UTF-8", file, line) from error
    beginning = text.lstrip()[:200].lower()
    if beginning.startswith(("<!doctype", "<html", "<?xml", "<rdf:rdf")):
        raise FactError("a web page or XML: links come as Turtle, N-Triples or JSON-LD", file, 1)
    if "\0" in text:
        raise FactError("no text: it holds a zero byte", file, text.count("\n", 0, text.index("\0")) + 1)
    told = _read_jsonld(text, file) if beginning.startswith(("{", "[")) else _read_turtle(text, file)
    for number, each in enumerate(told):
        if number > _MOST_STATEMENTS:
            raise FactError(f"more than {MOST_LINKS:,} links: divide them into several sets", file, each.line)
        yield each


def _read_turtle(text: str, file: str) -> Iterator[Told]:
    from mesmart_kg.facts import cut_statements  # what reads facts is heavy; pages of links don't need it

    directives: list[str] = []
    for statement in cut_statements(text):
        if len(statement.text) > _LONGEST_STATEMENT:
            raise FactError(
                "one statement is longer than two million signs: end each link with a dot",
                file,
                statement.line,
            )
        before = " ".join(directives)
        if statement.directive:
            if len(directives) == _MOST_DIRECTIVES:
                raise FactError(f"more than {_MOST_DIRECTIVES} prefixes", file, statement.line)
            _parse(statement, before, file)
            directives.append(statement.text.replace("\n", " "))
            continue
        for quad in _parse(statement, before, file):
            yield Told(statement.line, quad)


def _parse(statement: Statement, before: str, file: str) -> list[Quad]:
    from mesmart_kg.facts import parse_statement

    try:
        return parse_statement(statement, before, None, file)
    except MemoryError as error:
        raise FactError("one sign of it is longer than the parser takes", file, statement.line) from error


def _read_jsonld(text: str, file: str) -> Iterator[Told]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise FactError(f"not JSON: {error.msg}", file, error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise FactError(
            "not JSON as links need it: it nests too deep, or a number has no end", file, 0
        ) from error
    excess = _find_excess(document)
    if excess:
        raise FactError(excess, file, 0)
    try:
        for quad in parse_text(text, formats.JSONLD, None):
            yield Told(0, quad)
    except (SyntaxError, ValueError, MemoryError) as error:
        reason = str(error)
        if "context" in reason.lower():
            reason = "its @context is at another address, and nothing is fetched: write it into the file"
        raise FactError(f"not JSON-LD: {reason[:300]}", file, 0) from error


def _find_excess(document: object) -> str:
    """Return what a JSON document has more of than links need, in words; empty if nothing.

    Level by level, so that depth itself costs nothing. A processor copies a context wherever another is
    added to it: many of them, or long ones, would keep it for hours.
    """
    row, contexts = [document], 0
    for _ in range(_DEEPEST):
        for each in row:
            if isinstance(each, dict) and "@context" in each:
                contexts += 1
                if contexts > _MOST_CONTEXTS or len(str(each["@context"])) > _LONGEST_CONTEXT:
                    return f"more than {_MOST_CONTEXTS} contexts, or a long one: one short @context is enough"
        row = [
            inner
            for each in row
            for inner in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not row:
            return ""
    return f"nested deeper than {_DEEPEST} levels"


@lru_cache(maxsize=4096)
def find_flaw(iri: str) -> str:
    """Return why an IRI can't stand in a link, in words; empty if it can."""
    if len(iri) > LONGEST_IRI:
        return f"the IRI is longer than {LONGEST_IRI} characters"
    if any(unicodedata.category(sign) in _HIDDEN for sign in iri):
        return "the IRI holds a space, or a sign that nobody sees"
    try:
        parts = urlsplit(iri)
        host = parts.hostname
    except ValueError:
        return "the IRI is malformed"
    if parts.scheme not in ("http", "https") or not host:
        return "the IRI is no web address: one begins with http:// or https:// and a host"
    if "@" in parts.netloc:
        return "the IRI names a user before its host, which hides where it leads"
    return ""
