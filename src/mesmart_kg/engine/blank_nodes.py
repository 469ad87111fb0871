"""``BNODE("label")`` as SPARQL 1.1 (section 17.4.2.9) means it: a new blank node for each solution.

Oxigraph makes of the label the node's own, so that every row has the same node, and a node of the data may
have that label too; a label that is no name it refuses. Here the text of a query is rewritten so that each
solution has a token of its own, and the function makes the node of both:

* within a SELECT clause, the token is bound at the end of the clause's WHERE group;
* within ``BIND``, just before; one ``BIND`` that follows another shares its token.

Calls elsewhere stay as they are: in a FILTER, where a new node equals nothing; under ``SELECT *``, which
would show the tokens; among aggregates, whose solutions are groups. So do texts that can be read in two ways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from mesmart_kg.query_text.tokens import Reading, read
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term

_TOKEN: Final = NamedNode("urn:mesmart:solution")
_NODE: Final = NamedNode("urn:mesmart:blank-node")
_VARIABLE: Final = "solutionToken"
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_AGGREGATES: Final = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}


def _make_token(*terms: Term) -> Term | None:
    return None if terms else Literal(uuid4().hex)


def _make_node(*terms: Term) -> Term | None:
    """Return the node of a token and a label; without an answer, as BNODE is, if the label is no string."""
    if len(terms) != 2:
        return None
    token, label = terms
    if not isinstance(token, Literal) or not isinstance(label, Literal) or label.datatype.value != _STRING:
        return None
    return BlankNode("b" + blake2b(f"{token.value} {label.value}".encode(), digest_size=16).hexdigest())


BLANK_NODE_FUNCTIONS: Final[Mapping[NamedNode, Callable[..., Term | None]]] = MappingProxyType(
    {_TOKEN: _make_token, _NODE: _make_node}
)
"""What a store is given beside a text that was rewritten."""


def rewrite_blank_nodes(query: str) -> str | None:
    """Return the query with its calls rewritten; None where there is nothing to rewrite."""
    if "BNODE" not in query.upper() or _VARIABLE in query:
        return None
    readings = read(query)
    if not readings.are_all or len(readings.ways) != 1:
        return None
    return _Walk(query, readings.ways[0]).rewrite()


@dataclass
class _Select:
    """A SELECT: whether it shows all variables or groups, where its WHERE group begins and ends."""

    depth: int
    shows_all: bool = False
    groups: bool = False
    start: int = -1
    end: int = -1
    calls: list[int] = field(default_factory=list)


@dataclass
class _Bind:
    """A BIND: the index of its word, that of its closing parenthesis, and its calls."""

    index: int
    depth: int
    end: int = -1
    calls: list[int] = field(default_factory=list)


@dataclass
class _Group:
    """What stands within braces: the SELECT whose WHERE it is, if any; the last SELECT and BINDs in it."""

    select: _Select | None = None
    last: _Select | None = None
    binds: list[_Bind] = field(default_factory=list)


class _Walk:
    """Goes through the tokens of a query once, noting what is to be put where."""

    def __init__(self, query: str, reading: Reading) -> None:
        self._query = query
        self._reading = reading
        self._edits: list[tuple[int, int, str]] = []
        self._variables = 0
        self._depth = 0
        self._groups = [_Group()]
        self._selects: list[_Select] = []
        self._clause: _Select | None = None
        self._describes = any(piece.upper() == "DESCRIBE" for piece in reading.pieces)

    def rewrite(self) -> str | None:
        for index, piece in enumerate(self._reading.pieces):
            match piece:
                case "(":
                    self._depth += 1
                case ")":
                    self._close_parenthesis(index)
                case "{":
                    self._open_group(index)
                case "}":
                    self._close_group(index)
                case "*" if self._clause is not None and self._depth == self._clause.depth:
                    self._clause.shows_all = True
                case _:
                    self._note_word(index, piece.upper())
        for select in self._selects:
            self._rewrite_select(select)
        return self._apply() if self._edits else None

    def _note_word(self, index: int, word: str) -> None:
        group = self._groups[-1]
        if word == "SELECT":
            self._clause = _Select(self._depth)
            self._selects.append(self._clause)
            group.last = self._clause
        elif word == "BIND":
            group.binds.append(_Bind(index, self._depth))
        elif word in {"GROUP", "HAVING"} and group.last is not None:
            group.last.groups = True
        elif word in _AGGREGATES and self._clause is not None:
            self._clause.groups = True
        elif word == "BNODE" and self._has_argument(index):
            if self._clause is not None and len(self._groups) == self._clause_level():
                self._clause.calls.append(index)
            elif group.binds and group.binds[-1].end < 0 and self._depth > group.binds[-1].depth:
                group.binds[-1].calls.append(index)

    def _clause_level(self) -> int:
        """Return the level of the group in which the present SELECT clause stands; 0 if that is closed."""
        levels = (level for level, group in enumerate(self._groups, 1) if group.last is self._clause)
        return next(levels, 0)

    def _has_argument(self, index: int) -> bool:
        pieces = self._reading.pieces
        return pieces[index + 1 : index + 2] == ["("] and pieces[index + 2 : index + 3] != [")"]

    def _close_parenthesis(self, index: int) -> None:
        self._depth -= 1
        binds = self._groups[-1].binds
        if binds and binds[-1].end < 0 and self._depth == binds[-1].depth:
            binds[-1].end = index

    def _open_group(self, index: int) -> None:
        clause = self._clause
        if clause is not None and self._depth == clause.depth:
            clause.start = self._reading[index].start
            self._groups.append(_Group(clause))
            self._clause = None
        else:
            self._groups.append(_Group())

    def _close_group(self, index: int) -> None:
        if len(self._groups) == 1:
            return
        group = self._groups[-1]
        if group.select is not None:
            group.select.end = self._reading[index].start
        if group.binds and not self._is_shown_whole():
            self._rewrite_binds(group.binds)
        self._groups.pop()

    def _is_shown_whole(self) -> bool:
        """Tell whether every variable of the present group is in the answer: ``*`` shows it."""
        inner = next((group.select for group in reversed(self._groups) if group.select is not None), None)
        return self._describes if inner is None else inner.shows_all

    def _rewrite_binds(self, binds: list[_Bind]) -> None:
        before: _Bind | None = None
        variable = ""
        for bind in binds:
            if bind.calls and bind.end >= 0:
                if before is None or not self._follows(before, bind) or not variable:
                    variable = self._new_variable()
                    self._insert(self._reading[bind.index].start, f"BIND({_TOKEN}() AS {variable}) ")
                self._replace_calls(bind.calls, variable)
                before = bind
            else:
                before, variable = None, ""

    def _follows(self, before: _Bind, bind: _Bind) -> bool:
        return all(piece == "." for piece in self._reading.pieces[before.end + 1 : bind.index])

    def _rewrite_select(self, select: _Select) -> None:
        if not select.calls or select.groups or select.end < 0:
            return
        variable = self._new_variable()
        self._insert(select.start, "{ ")
        self._insert(select.end, f"}} BIND({_TOKEN}() AS {variable}) ")
        self._replace_calls(select.calls, variable)

    def _new_variable(self) -> str:
        self._variables += 1
        return f"?{_VARIABLE}{self._variables}"

    def _replace_calls(self, calls: list[int], variable: str) -> None:
        for index in calls:
            start, end = self._reading[index].start, self._reading[index + 1].start + 1
            self._edits.append((start, end, f"{_NODE}({variable}, "))

    def _insert(self, place: int, text: str) -> None:
        self._edits.append((place, place, text))

    def _apply(self) -> str:
        parts = []
        done = 0
        for start, end, text in sorted(self._edits):
            parts += [self._query[done:start], text]
            done = end
        return "".join([*parts, self._query[done:]])
