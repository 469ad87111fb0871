"""What is found in a query's tokens.

An ordinary text is never cut into tokens: its prologue and its first word are looked at, its brackets are
counted, and the rest only if a word occurs in it, wherever it may stand, that would matter as a keyword.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import urljoin

from mesmart_kg.query_text.tokens import (
    Brackets,
    Reading,
    Readings,
    Token,
    find_brackets,
    has_doubts,
    measure_depth,
    read,
    unescape,
)

Span: TypeAlias = tuple[int, int]
"""A part of the text: where it begins, and where it has ended."""

QUERY_FORMS: Final = frozenset({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})
UPDATE_WORDS: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)
"""The words that begin an operation of SPARQL 1.1 Update (section 3)."""

MOST_CALLS: Final = 100
"""Calls of SERVICE that are told; there may be more."""

MOST_RESOLVED: Final = 500_000
"""Characters of IRIs that are put together for one text: a long BASE before many names would make of 100 kB
gigabytes, and take minutes. No honest query comes near."""

_LARGE: Final = 200_000
"""Characters from which on what was read of a text is kept for a short time only."""

_VOLATILE: Final = ("NOW", "RAND", "UUID", "BNODE")
"""Functions that give something else each time (STRUUID ends as UUID does); section 17.4."""

_VOLATILE_CALL: Final = re.compile(rf"(?:{'|'.join(_VOLATILE)})[ \t\r\n]*+[(#]")
"""What a call of these has in it, in capitals, and much else may."""

_REST: Final = r"(?:[ \t\r\n]++|#[^\r\n]*+)*+"
_IRI: Final = r'<([^\x00-\x20<>"{}|^`]*+)>'
_BASE: Final = rf"BASE{_REST}{_IRI}"
_PREFIX: Final = rf"PREFIX{_REST}([^\s:<>\"'#{{}}()?$]*+):{_REST}{_IRI}"
_VERSION: Final = rf"VERSION{_REST}(?:\"[^\"\\\r\n]*+\"|'[^'\\\r\n]*+')"
_PROLOGUE: Final = re.compile(
    rf"(?:[ \t\r\n]++|#[^\r\n]*+|{_PREFIX}|{_BASE}|{_VERSION})*+", re.IGNORECASE | re.ASCII
)
_DECLARATION: Final = re.compile(rf"#[^\r\n]*+|{_VERSION}|{_BASE}|{_PREFIX}", re.IGNORECASE | re.ASCII)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_FIRST: Final = re.compile(r"(SELECT|CONSTRUCT|DESCRIBE|ASK)|[A-Z]+", re.IGNORECASE | re.ASCII)
_KEYWORD: Final = re.compile(r"(?P<boolean>TRUE|FALSE)?SERVICE(?P<silent>SILENT)?", re.IGNORECASE | re.ASCII)
"""A boolean is an object of a triple that may end where the keyword begins, without a sign between."""

_GLUED: Final = re.compile(r"[^:]*?SERVICE", re.IGNORECASE | re.ASCII)
"""The keyword with something before it, which may be more of a triple: ``?s a1SERVICE<x>{…}``."""

_DOTTED: Final = re.compile(r":[^.:]*+\.++[^.]++\.++(?:TRUE|FALSE)?SERVICE", re.IGNORECASE | re.ASCII)
"""Where the engine sees the keyword: it takes dots in one place only of a name into it."""

_BEFORE_A_GRAPH: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
"""Words after which a prefixed name that starts with ``service`` is a name and may be followed by ``{``."""


@dataclass(frozen=True)
class ServiceCall:
    """A SERVICE clause; line and column count from 1 and point at what names or hides the keyword.

    ``target`` is as written; ``iri`` is absolute, None for a variable and for what names nothing. ``clause``
    is the whole of it in the text, ``group`` its braces and what is between; both are None where the clause
    has no clear end, or is one only if the text is read in a way that is not the standard's.
    """

    target: str
    line: int
    column: int
    iri: str | None = None
    is_silent: bool = False
    clause: Span | None = None
    group: Span | None = None


@dataclass(frozen=True)
class QueryText:
    """What the text of a query asks.

    The graphs, absolute IRIs, are those of its own FROM and FROM NAMED (SPARQL 1.1, section 13.2).
    ``volatile`` tells that it calls a function that gives something else each time. ``depth`` is how deep its
    brackets of all kinds nest, ``prologue`` where its declarations end.
    """

    form: str | None
    is_update: bool
    services: tuple[ServiceCall, ...]
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    volatile: bool = False
    depth: int = 0
    prologue: int = 0

    @property
    def makes_graph(self) -> bool:
        """Tell whether the answer is a graph, and not solutions or a boolean."""
        return self.form in {"CONSTRUCT", "DESCRIBE"}


def examine(text: str, base_iri: str | None = None) -> QueryText:
    """Read what the query asks. Never raises: a text that is no SPARQL simply has no form.

    Relative IRIs of the dataset clause and of SERVICE are resolved against BASE, else against ``base_iri``.
    What was read of a text is kept for when it is asked again.
    """
    return (_examine if len(text) < _LARGE else _examine_large)(text, base_iri)


@lru_cache(maxsize=64)
def _examine(text: str, base_iri: str | None) -> QueryText:
    prologue = _PROLOGUE.match(text)
    end = prologue.end() if prologue else 0
    first = _FIRST.match(text, end)
    form = first[1].upper() if first and first[1] else None
    is_update = first is not None and form is None and first[0].upper() in UPDATE_WORDS
    services: tuple[ServiceCall, ...] = ()
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    volatile = False
    plain = unescape(text)
    brackets = find_brackets(text)
    words = _words_in(text, brackets)
    if plain is not text:
        words |= _words_in(plain, find_brackets(plain))
    if words:
        names = _Names(text[:end], base_iri)
        readings = read(text)
        others = None if plain is text else read(plain)
        if "FROM" in words:
            default_graphs, named_graphs = _dataset(readings.ways[0], end, names)
        if "SERVICE" in words:
            services = _services(text, readings, names)
            if others is not None:
                services = _with_others(services, _services(plain, others, None))
        if "VOLATILE" in words:
            volatile = _is_volatile(readings) or (others is not None and _is_volatile(others))
        if names.are_too_long:
            # Which graphs are asked is not known then: it is taken for what is refused.
            services = (*services, ServiceCall("", 1, 1))
    return QueryText(
        form, is_update, services, default_graphs, named_graphs, volatile, measure_depth(brackets), end
    )


@lru_cache(maxsize=2)
def _examine_large(text: str, base_iri: str | None) -> QueryText:
    return _examine.__wrapped__(text, base_iri)


def _words_in(text: str, brackets: Brackets) -> set[str]:
    """Return which words that would matter as keywords occur outside of strings, comments and IRIs."""
    capitals = text.upper()
    words = {word for word in ("SERVICE", "FROM") if word in capitals}
    if any(word in capitals for word in _VOLATILE) and _VOLATILE_CALL.search(capitals):
        words.add("VOLATILE")
    if words and not has_doubts(brackets):
        within = "\n".join([piece for piece in brackets if len(piece) > 3]).upper()
        words = {word for word in words if word == "VOLATILE" or within.count(word) < capitals.count(word)}
    return words


class _Names:
    """The declarations of a prologue."""

    def __init__(self, prologue: str, base_iri: str | None) -> None:
        self._base = base_iri or ""
        self._prefixes: dict[str, str] = {}
        self._left = MOST_RESOLVED
        for found in _DECLARATION.finditer(prologue):
            base, prefix, iri = found.groups()
            if base is not None:
                self._base = self._absolute(base)
            elif prefix is not None:
                self._prefixes[prefix] = self._absolute(iri)

    @property
    def are_too_long(self) -> bool:
        """Whether names were left as they stand, since all together would be too long."""
        return self._left < 0

    def find(self, token: Token) -> str | None:
        """Return the absolute IRI that a token names; None if it names none."""
        if token.is_iri:
            return self._absolute(token.text[1:-1])
        prefix, _, local = token.text.partition(":")
        if not token.is_name or prefix not in self._prefixes:
            return None
        if not self._may_take(self._prefixes[prefix], local):
            return None
        return self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)

    def _absolute(self, iri: str) -> str:
        iri = unescape(iri)
        if _SCHEME.match(iri) or not self._may_take(self._base, iri):
            return iri
        try:
            return urljoin(self._base, iri)
        except ValueError:  # what stands where an IPv6 address should be
            return iri

    def _may_take(self, beginning: str, rest: str) -> bool:
        """Count the characters of two parts of an IRI, and tell whether there is room for them."""
        self._left -= len(beginning) + len(rest)
        return not self.are_too_long


def _dataset(reading: Reading, start: int, names: _Names) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the IRIs of FROM and of FROM NAMED, absolute; names of undeclared prefixes are left out."""
    graphs: tuple[dict[str, None], dict[str, None]] = ({}, {})
    for index in reading.find_words("FROM", "FROMNAMED"):
        if reading[index].start < start:
            continue
        after = reading.find(index + 1)
        is_next = after is not None and after.word == "NAMED"
        named = is_next or reading[index].word.endswith("NAMED")
        target = reading.find(index + 1 + is_next)
        iri = names.find(target) if target else None
        if iri is not None:
            graphs[named][iri] = None
    return tuple(graphs[False]), tuple(graphs[True])


def _is_volatile(readings: Readings) -> bool:
    for way in readings.ways:
        for index in way.find_words(*_VOLATILE):
            after = way.find(index + 1)
            if after is not None and after.text == "(":
                return True
    return not readings.are_all


def _with_others(calls: tuple[ServiceCall, ...], others: tuple[ServiceCall, ...]) -> tuple[ServiceCall, ...]:
    """Add the calls of a text with its escapes resolved, unless they are the same: these stand elsewhere."""
    if [call.target for call in calls] == [call.target for call in others]:
        return calls
    return calls + others


def _services(text: str, readings: Readings, names: _Names | None) -> tuple[ServiceCall, ...]:
    """Return the calls of SERVICE in any reading of the text, each once; without names, none has an end."""
    found: dict[int, ServiceCall] = {}
    for way in readings.ways:
        is_standard = way is readings.ways[0] and names is not None
        ends = way.closing_braces() if is_standard else {}
        for index in way.find_glued(_GLUED):
            start = way[index].start
            if len(found) >= MOST_CALLS:
                break
            if start not in found and (call := _call(text, way, index, names, ends)):
                found[start] = call
        for index in way.find_dotted(_DOTTED)[:MOST_CALLS]:
            if _may_call(way, index):
                found.setdefault(way[index].start, _place(text, way[index]))
    if not readings.are_all:
        found.setdefault(-1, ServiceCall("", 1, 1))
    return tuple(found[start] for start in sorted(found))


def _call(
    text: str, way: Reading, index: int, names: _Names | None, ends: dict[int, int]
) -> ServiceCall | None:
    """Return the call that begins with the token of this index, in which the keyword stands first."""
    token = way[index]
    after = way.find(index + 1)
    if token.is_name:
        # ``SERVICEex:x {``, or a name of a prefix that starts so.
        if after is None or after.text != "{" or _is_target(way, index):
            return None
        return _place(text, token)
    keyword = _KEYWORD.fullmatch(token.text)
    is_silent = keyword is not None and keyword["silent"] is not None
    at = index + 1
    if not is_silent and after is not None and after.word == "SILENT":
        is_silent, at = True, at + 1
    target = way.find(at)
    call = replace(_place(text, token), target=target.text if target else "", is_silent=is_silent)
    if target is None or names is None or keyword is None or at + 1 not in ends:
        return call
    end = ends[at + 1]
    start = token.start + len(keyword["boolean"] or "")
    return replace(
        call,
        iri=None if target.is_variable else names.find(target),
        clause=(start, end),
        group=(way[at + 1].start, end),
    )


def _place(text: str, token: Token) -> ServiceCall:
    """Return a call of which no more is known than where it is, and by which token."""
    line = text.count("\n", 0, token.start) + 1
    return ServiceCall(token.text, line, token.start - text.rfind("\n", 0, token.start))


def _may_call(way: Reading, index: int) -> bool:
    """Tell whether a name such as ``ex:a.b.service`` is followed by what follows the keyword."""
    if _is_target(way, index):
        return False
    after = [found for step in range(1, 5) if (found := way.find(index + step))]
    if after and after[0].word == "SILENT":
        del after[0]
    if after and (after[0].is_iri or after[0].is_name or after[0].is_variable):
        del after[0]
    return bool(after) and after[0].text == "{" and not (len(after) > 1 and after[1].text[0] == "|")


def _is_target(way: Reading, index: int) -> bool:
    """Tell whether the name of that index names a graph, or what a SERVICE before it calls."""
    before = [way[at].word if at >= 0 else "" for at in (index - 1, index - 2)]
    keyword = before[1] if before[0] == "SILENT" else before[0]
    return before[0] in _BEFORE_A_GRAPH or _KEYWORD.fullmatch(keyword) is not None
