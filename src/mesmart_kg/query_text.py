"""What a query asks, read from its tokens: its form, its calls of SERVICE, its dataset clause.

For whoever must decide about a query before it runs: the endpoint refuses what would leave the host, the
web chooses among the formats that suit the form. Words in comments, strings, IRIs, prefixes and variables
are never taken for keywords. Whether the text is valid SPARQL is left to the engine.

Tokens are those of SPARQL 1.1, section 19.8. The engine's parser knows no tokens, though: it reads characters
as the grammar needs them, and so accepts two things that the specification's longest match reads otherwise.
Both were seen to make calls with pyoxigraph 0.5.13, so both count as calls here:

* a keyword needs no space after it: ``SERVICEex:x{…}`` is a call of ``ex:x``;
* ``<`` within an expression is "less than", also where a ``>`` further on would make an IRI of it, as in
  ``FILTER(?a<?b)SERVICE?x#>``. Such a text is read in both ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin

QUERY_FORMS: Final = frozenset({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})
UPDATE_WORDS: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)
"""The words that begin an operation of SPARQL 1.1 Update (section 3)."""

MOST_READINGS: Final = 16
"""Texts with more places of two readings than this are taken to call a service: no honest query has them.
So are texts with more than ``MOST_UNCLOSED``, if they name one at all."""

MOST_UNCLOSED: Final = 8
"""Quotes that no other closes, after which a text is read no further: each costs a look at all the rest."""

_TOKEN: Final = re.compile(
    r"""
      (?P<space>[ \t\r\n]+ | \#[^\r\n]*)
    | (?P<iri><[^\x00-\x20<>"{}|^`\\]*>)
    | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
        | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>_:\w(?:\.*[\w\-·])*
        | (?:[^\W\d_][\w.\-·]{0,63}+(?<!\.))?:
          (?:[\w:]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])?
          (?:\.*(?:[\w\-·:]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]))*)
    | (?P<word>[A-Za-z][A-Za-z0-9_]*)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ABSOLUTE: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")
_ESCAPED: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")
_SERVICE: Final = re.compile(r"SERVICE", re.IGNORECASE)
_GLUED: Final = re.compile(r"(?:TRUE|FALSE)?SERVICE", re.IGNORECASE)
"""A boolean is the one object of a triple that may end where the keyword begins, without a sign between."""
_BEFORE_A_GRAPH: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
"""Words after which a prefixed name that starts with ``service`` is a name and may be followed by ``{``."""


@dataclass(frozen=True)
class ServiceCall:
    """A SERVICE clause; line and column count from 1 and point at what names or hides the keyword."""

    target: str
    line: int
    column: int


@dataclass(frozen=True)
class QueryText:
    """What the text of a query asks.

    The graphs, absolute IRIs, are those of its own FROM and FROM NAMED (SPARQL 1.1, section 13.2).
    """

    form: str | None
    is_update: bool
    services: tuple[ServiceCall, ...]
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]

    @property
    def makes_graph(self) -> bool:
        """Tell whether the answer is a graph, and not solutions or a boolean."""
        return self.form in {"CONSTRUCT", "DESCRIBE"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


@lru_cache(maxsize=64)
def examine(text: str, base_iri: str | None = None) -> QueryText:
    """Read what the query asks. Never raises: a text that is no SPARQL simply has no form.

    Relative IRIs of the dataset clause are resolved against BASE, else against ``base_iri``.
    """
    tokens = _tokens(text, 0, 0).tokens
    form, is_update = _form(tokens)
    default_graphs, named_graphs = _dataset(tokens, base_iri)
    return QueryText(form, is_update, _services(text), tuple(default_graphs), tuple(named_graphs))


def _services(text: str) -> tuple[ServiceCall, ...]:
    """Return the calls of SERVICE in any reading of the text."""
    # Section 19.2: an escaped code point stands for its character anywhere, also in a keyword.
    plain = _ESCAPED.sub(lambda match: chr(min(int(match.group()[2:], 16), 0x10FFFF)), text)
    calls: dict[ServiceCall, None] = {}
    for version in dict.fromkeys((text, plain)):
        if not _SERVICE.search(version):
            continue
        readings, is_unread = _readings(version)
        for tokens in readings:
            calls.update(dict.fromkeys(_calls(version, tokens)))
        if is_unread:
            calls[_call(version, 0, "")] = None
    return tuple(calls)


@dataclass(frozen=True)
class _Reading:
    tokens: list[_Token]
    doubtful: list[tuple[int, int]]
    """Where a ``<…>`` may be a comparison: the place after the ``<``, and the depth of parentheses there."""
    is_whole: bool
    """False when the text was not read to its end; it is no SPARQL then."""


def _readings(text: str) -> tuple[list[list[_Token]], bool]:
    """Return the standard reading, those that begin at a doubtful ``<``, and whether any is left undone."""
    waiting, seen = [(0, 0)], {(0, 0)}
    readings: list[list[_Token]] = []
    are_whole = True
    while waiting and len(readings) < MOST_READINGS:
        reading = _tokens(text, *waiting.pop(0))
        are_whole = are_whole and reading.is_whole
        readings.append(reading.tokens)
        fresh = [place for place in reading.doubtful if place not in seen]
        seen.update(fresh)
        waiting += fresh
    return readings, bool(waiting) or not are_whole


def _tokens(text: str, start: int, depth: int) -> _Reading:
    tokens: list[_Token] = []
    doubtful = []
    unclosed = 0
    for match in _TOKEN.finditer(text, start):
        token = _Token(match.lastgroup or "sign", match.group(), match.start())
        if token.kind == "space":
            continue
        unclosed += token.kind == "sign" and token.text in "\"'"
        if unclosed > MOST_UNCLOSED:
            break
        if token.kind == "iri" and depth and tokens and _is_doubtful(token, tokens[-1]):
            doubtful.append((token.start + 1, depth))
        depth += (token.text == "(") - (token.text == ")")
        tokens.append(token)
    return _Reading(tokens, doubtful, unclosed <= MOST_UNCLOSED)


def _is_doubtful(token: _Token, before: _Token) -> bool:
    """Tell whether a ``<…>`` within parentheses may be a comparison that changes how the rest is read.

    That takes an operand before it, and a comment or a string that begins within it. After ``scheme://`` it
    can't be one: two slashes are no operator.
    """
    if _ABSOLUTE.match(token.text) or not ("#" in token.text or "'" in token.text):
        return False
    return before.kind != "sign" or before.text in {")", "]"}


def _calls(text: str, tokens: list[_Token]) -> list[ServiceCall]:
    calls = []
    for index, token in enumerate(tokens):
        after = tokens[index + 1 : index + 3]
        if token.kind == "word" and _GLUED.match(token.text):
            silent = len(after) == 2 and after[0].word == "SILENT"
            calls.append(_call(text, token.start, after[-1 if silent else 0].text if after else ""))
        elif (
            token.kind == "name"
            and _GLUED.match(token.text)
            and after
            and after[0].text == "{"
            and (index == 0 or tokens[index - 1].word not in _BEFORE_A_GRAPH)
        ):
            calls.append(_call(text, token.start, token.text))
    return calls


def _call(text: str, start: int, target: str) -> ServiceCall:
    line_start = text.rfind("\n", 0, start) + 1
    return ServiceCall(target, text.count("\n", 0, start) + 1, start - line_start + 1)


def _form(tokens: list[_Token]) -> tuple[str | None, bool]:
    """Return the form of the query, if it is one, and whether it is an update: the first word decides."""
    index = _after_prologue(tokens)
    if index >= len(tokens):
        return None, False
    token = tokens[index]
    # A keyword may have its neighbour glued on ("SELECT*" is two tokens, "ASKex:x" would be one).
    glued = re.match(r"[A-Za-z]+", token.text)
    word = token.word or (glued.group().upper() if glued else "")
    for form in QUERY_FORMS:
        if word.startswith(form):
            return form, False
    return None, word in UPDATE_WORDS


def _after_prologue(tokens: list[_Token]) -> int:
    index = 0
    while index < len(tokens):
        if tokens[index].word == "BASE":
            index += 2
        elif tokens[index].word == "PREFIX":
            index += 3
        else:
            break
    return index


def _dataset(tokens: list[_Token], base_iri: str | None) -> tuple[list[str], list[str]]:
    """Return the IRIs of FROM and of FROM NAMED, absolute; names of undeclared prefixes are left out."""
    prefixes, base = _prologue(tokens, base_iri)
    default_graphs: list[str] = []
    named_graphs: list[str] = []
    index = _after_prologue(tokens)
    # A dataset clause stands before the WHERE clause; a CONSTRUCT template may come first.
    while index < len(tokens):
        if tokens[index].word == "FROM" and index + 1 < len(tokens):
            named = tokens[index + 1].word == "NAMED"
            index += 2 if named else 1
            iri = _resolve(tokens[index], prefixes, base) if index < len(tokens) else None
            if iri is not None:
                (named_graphs if named else default_graphs).append(iri)
        index += 1
    return list(dict.fromkeys(default_graphs)), list(dict.fromkeys(named_graphs))


def _prologue(tokens: list[_Token], base_iri: str | None) -> tuple[dict[str, str], str | None]:
    prefixes: dict[str, str] = {}
    base = base_iri
    end = _after_prologue(tokens)
    for index, token in enumerate(tokens[:end]):
        if token.word == "BASE" and index + 1 < end:
            base = urljoin(base or "", tokens[index + 1].text[1:-1])
        elif token.word == "PREFIX" and index + 2 < end:
            prefixes[tokens[index + 1].text.partition(":")[0]] = urljoin(
                base or "", tokens[index + 2].text[1:-1]
            )
    return prefixes, base


def _resolve(token: _Token, prefixes: dict[str, str], base: str | None) -> str | None:
    if token.kind == "iri":
        return urljoin(base or "", token.text[1:-1])
    prefix, colon, local = token.text.partition(":")
    if token.kind != "name" or not colon or prefix not in prefixes:
        return None
    return prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)
