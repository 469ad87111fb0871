"""A query to its tree, or to the first token that can't stand where it stands.

An LL(1) parser with a stack of its own: a text of any depth is read without recursion, in time that grows
with its length. The grammar has been made for such parsers, so the token found is the first wrong one, and
what could have stood there is known in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mesmart_kg.query_help.grammar import read_grammar
from mesmart_kg.query_help.tokens import MOST_TOKENS, Token, read_tokens


@dataclass(frozen=True)
class Node:
    """A part of a query: the rule it follows, and its parts, in order."""

    name: str
    parts: tuple[Part, ...]

    @property
    def start(self) -> int:
        """The place in the text where it begins."""
        return self.first.start

    @property
    def end(self) -> int:
        """The place in the text just behind it."""
        last: Part = self
        while isinstance(last, Node):
            last = last.parts[-1]
        return last.end

    @property
    def first(self) -> Token:
        """Its first token. A node without any is never made."""
        part: Part = self
        while isinstance(part, Node):
            part = part.parts[0]
        return part

    def nodes(self, *names: str) -> list[Node]:
        """Return its own parts that follow one of these rules."""
        return [part for part in self.parts if isinstance(part, Node) and (not names or part.name in names)]

    def tokens(self, *kinds: str) -> list[Token]:
        """Return its own tokens of these kinds, not those of its nodes."""
        return [part for part in self.parts if isinstance(part, Token) and (not kinds or part.kind in kinds)]

    def walk(self) -> Iterator[Node]:
        """Yield it and every node within it, in the order of the text."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.nodes()))

    def all_tokens(self) -> Iterator[Token]:
        """Yield every token within it, in the order of the text."""
        waiting: list[Part] = [self]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Token):
                yield part
            else:
                waiting.extend(reversed(part.parts))


Part: TypeAlias = "Node | Token"


@dataclass(frozen=True)
class Reading:
    """What reading a text gave.

    ``tree`` is None when a token doesn't fit; then the last of ``tokens`` is that one, ``expected`` holds the
    kinds of tokens that could have stood in its place, and ``within`` the rules being followed, outermost
    first.
    """

    text: str
    tokens: tuple[Token, ...]
    tree: Node | None
    expected: frozenset[str] = frozenset()
    within: tuple[str, ...] = ()

    @property
    def reached(self) -> int:
        """How far the text is sound: the place of the token that doesn't fit, else past the end."""
        return len(self.text) + 1 if self.tree is not None else self.tokens[-1].start


def parse(text: str) -> Reading:
    """Read a query. Never raises."""
    grammar = read_grammar()
    tokens: list[Token] = []
    expected: set[str] = set()
    names, open_parts = ["Unit"], [list[Part]()]
    # None on the stack stands for the end of the node that was begun last.
    stack: list[str | None] = [None, *reversed(grammar.choices["Unit"]["SELECT"])]
    source = read_tokens(text)
    token = next(source)
    while stack:
        symbol = stack.pop()
        if symbol is None:
            _close(names, open_parts)
            continue
        choices = grammar.choices.get(symbol)
        if choices is None:
            if token.kind != symbol:
                expected.add(symbol)
                break
            open_parts[-1].append(token)
            tokens.append(token)
            expected.clear()
            if symbol != "END":
                # A text of too many tokens is read no further, and taken to end there.
                token = next(source) if len(tokens) < MOST_TOKENS else Token("END", "", token.end)
            continue
        if "<" in choices and token.kind == "IRIREF" and "://" not in token.text:
            # Behind an operand no IRI can stand: "?a<?b&&?c>?d" are comparisons, and so the engine reads it.
            sign = "<=" if token.text.startswith("<=") else "<"
            token = Token(sign, sign, token.start)
            source = read_tokens(text, token.end)
        alternative = choices.get(token.kind)
        if alternative is None:
            expected.update(choices)
            if symbol in grammar.empty:
                continue
            break
        if symbol[0].isupper():
            names.append(symbol)
            open_parts.append([])
            stack.append(None)
        stack.extend(reversed(alternative))
    else:
        tree = open_parts[0][0]
        return Reading(text, tuple(tokens), tree if isinstance(tree, Node) else None)
    return Reading(text, (*tokens, token), None, frozenset(expected), tuple(names))


def _close(names: list[str], open_parts: list[list[Part]]) -> None:
    name, parts = names.pop(), open_parts.pop()
    if not open_parts:
        open_parts.append([Node(name, tuple(parts))])
    elif parts:
        open_parts[-1].append(Node(name, tuple(parts)))
