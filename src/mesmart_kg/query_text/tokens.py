r"""The tokens of SPARQL, and the readings of a text that may be read in two ways.

Tokens are those of SPARQL 1.1, section 19.8, as the longest match cuts them, with two things besides: ``\u``
escapes within IRIs, which the engine takes, and a backslash with the sign after it, which stands in names
(``ex:it\'s``), so that this sign begins nothing. Every character is in a token; space and comments are left
out of what is given back. The first signs of a token tell its kind.

Time grows with the length of the text, whatever the text. A quote that nothing closes costs a look at the
rest, but there can be one only of each kind: outside of strings, as within, a backslash takes the sign after
it along, so a second one would have closed the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Final, TypeAlias

# Groups that capture would keep the search from seeing at a glance which alternatives can't match.
_PLAIN: Final = r'[^\x00-\x20<>"{}|^`\\]*+'
_IRI: Final = rf"<{_PLAIN}(?:\\(?:u[0-9A-Fa-f]{{4}}|U[0-9A-Fa-f]{{8}}){_PLAIN})*+>"
_STRING: Final = (
    r'"(?:""(?:"{0,2}+(?:[^"\\]|\\.))*+"""|(?:[^"\\\r\n]++|\\.)*+")'
    r"|'(?:''(?:'{0,2}+(?:[^'\\]|\\.))*+'''|(?:[^'\\\r\n]++|\\.)*+')"
)
_ESCAPE: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_LOCAL: Final = rf"(?:(?:[\w:]|{_ESCAPE})(?:\.*+(?:[\w\-·:]|{_ESCAPE}))*+)?+"
_TOKEN: Final = re.compile(
    r"[ \t\r\n]++(?:#[^\r\n]*+[ \t\r\n]*+)*+|#[^\r\n]*+"
    r"|[{}()\[\]]|[?$]\w+"
    rf"|{_IRI}|{_STRING}"
    # A prefixed name, or else a word. The length of a prefix is bounded, so that no text is slow.
    rf"|[^\W\d_](?:[\w.\-·]{{0,48}}+(?<!\.):{_LOCAL}|(?<=[A-Za-z])[A-Za-z0-9_]*+|)|:{_LOCAL}"
    r"|_:\w(?:\.*+[\w\-·])*+"
    r"|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|@[A-Za-z]++(?:-+[A-Za-z0-9]+)*+"
    r"|\\.|[-+*/=!&|,;.^]++|.",
    re.DOTALL,
)
_BRACKETS: Final = re.compile(
    # Each alternative begins with a literal, so that the search skips quickly to where one may match.
    rf"[{{]|[}}]|[(]|[)]|[\[]|[\]]|[#][^\r\n]*+|\\.|{_IRI}|{_STRING}",
    re.DOTALL,
)
_STEPS: Final = {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}
_ABSOLUTE: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")
_ESCAPED: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")
_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_SPACE: Final = frozenset(" \t\r\n#")

Brackets: TypeAlias = list[str]

MOST_READINGS: Final = 16
"""A text with more places of two readings than this is read no further: no honest query has them."""

MOST_TOKENS: Final = 16_000
"""Tokens, space among them, that are read of a text: what is denser than queries are would only take time."""

_MOST_AGAIN: Final = 4_000
"""Tokens that all readings beside the first may hold together."""


@dataclass(frozen=True)
class Token:
    """A piece of the text, and where it begins."""

    text: str
    start: int

    @property
    def word(self) -> str:
        """The word in capitals if it is one, and neither a name nor a sign; else nothing."""
        return self.text.upper() if self.text[0] in _LETTERS and ":" not in self.text else ""

    @property
    def is_iri(self) -> bool:
        return len(self.text) > 1 and self.text[0] == "<"

    @property
    def is_variable(self) -> bool:
        return len(self.text) > 1 and self.text[0] in "?$"

    @property
    def is_name(self) -> bool:
        """Whether it is a prefixed name."""
        return ":" in self.text and (self.text[0] == ":" or self.text[0].isalpha())


class Reading:
    """One way to read a text, or its end; tokens come in order, by their index."""

    def __init__(self, text: str, start: int = 0, depth: int = 0, most: int = MOST_TOKENS) -> None:
        """Read from there on, where parentheses are that deep, so many tokens at most."""
        pieces = [found[0] for found in islice(_TOKEN.finditer(text, start), most)]
        starts = list(accumulate(map(len, pieces), initial=start))
        self.is_whole = starts[-1] == len(text)
        self.effort = len(pieces)
        """How many tokens were read, space among them."""
        kept = [index for index, piece in enumerate(pieces) if piece[0] not in _SPACE]
        self.pieces = [pieces[index] for index in kept]
        self._starts = [starts[index] for index in kept]
        self._text = text
        self._depth = depth

    def __len__(self) -> int:
        return len(self.pieces)

    def __getitem__(self, index: int) -> Token:
        return Token(self.pieces[index], self._starts[index])

    def find(self, index: int) -> Token | None:
        """Return the token of that index; None past the end."""
        return self[index] if index < len(self.pieces) else None

    def find_words(self, *endings: str) -> list[int]:
        """Return the indexes of the words, and not names, that end so; endings are in capitals."""
        return [
            index
            for index, piece in enumerate(self.pieces)
            if piece[0] in _LETTERS and piece.upper().endswith(endings) and ":" not in piece
        ]

    def find_glued(self, beginning: re.Pattern[str]) -> list[int]:
        """Return the indexes of the words and names that begin so."""
        return [
            index
            for index, piece in enumerate(self.pieces)
            if piece[0] in _LETTERS and beginning.match(piece)
        ]

    def find_dotted(self, part: re.Pattern[str]) -> list[int]:
        """Return the indexes of the names that hold such a part, which begins with a dot."""
        return [
            index
            for index, piece in enumerate(self.pieces)
            if "." in piece
            and ":" in piece
            and (piece[0] in ":_" or piece[0].isalpha())
            and part.search(piece)
        ]

    def closing_braces(self) -> dict[int, int]:
        """Return where the group has ended that begins with the brace of each index; no open ones."""
        ends = {}
        opened = []
        for index, piece in enumerate(self.pieces):
            if piece == "{":
                opened.append(index)
            elif piece == "}" and opened:
                ends[opened.pop()] = self._starts[index] + 1
        return ends

    def doubtful_places(self) -> list[tuple[int, int]]:
        """Return from where the text may be read in another way: what follows a ``<`` that may be a sign.

        With each comes the depth of parentheses there.
        """
        candidates = [index for index, piece in enumerate(self.pieces) if _may_hide(piece)]
        places = []
        depth, done = self._depth, 0
        for index in candidates:
            between = self.pieces[done:index]
            depth, done = depth + between.count("(") - between.count(")"), index
            if self._is_doubtful(index, depth):
                places.append((self._starts[index] + 1, depth))
        return places

    def _is_doubtful(self, index: int, depth: int) -> bool:
        """Tell whether the ``<`` of this ``<…>``, in which a comment or a string may begin, may be a sign.

        It may after another ``<`` (of a triple term), and within parentheses after an operand ("less than").
        After ``scheme://`` it can't be: two slashes are no operator.
        """
        start = self._starts[index]
        if start and self._text[start - 1] == "<":
            return True
        if not depth or not index:
            return False
        before = self.pieces[index - 1]
        if before[-1] in ")]>" or before[0].isalnum() or before[0] in ":_":
            return True
        return len(before) > 1 and before[0] in "?$@<\"'\\"


@dataclass(frozen=True)
class Readings:
    """The ways in which a text may be read, the standard's own first; ``are_all`` if whole, and no more."""

    ways: tuple[Reading, ...]
    are_all: bool


def read(text: str) -> Readings:
    """Read a text in every way that its doubtful signs allow."""
    first = Reading(text)
    ways = [first]
    waiting = first.doubtful_places()
    seen = set(waiting)
    left = _MOST_AGAIN
    while waiting and left > 0 and len(ways) < MOST_READINGS:
        way = Reading(text, *waiting.pop(0), left)
        left -= way.effort
        ways.append(way)
        fresh = [place for place in way.doubtful_places() if place not in seen]
        seen.update(fresh)
        waiting += fresh
    return Readings(tuple(ways), not waiting and all(way.is_whole for way in ways))


def unescape(text: str) -> str:
    r"""Return the text with each ``\u0041`` and ``\U00000041`` replaced by its character (section 19.2)."""
    if "\\u" not in text and "\\U" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(min(int(match.group()[2:], 16), 0x10FFFF)), text)


def find_brackets(text: str) -> Brackets:
    """Return the brackets of a text, with its strings, comments, IRIs and escapes, in order."""
    return _BRACKETS.findall(text)


def has_doubts(brackets: Brackets) -> bool:
    """Tell whether a ``<…>`` among them may be two things that matter (:meth:`Reading.doubtful_places`)."""
    return any(_may_hide(piece) for piece in brackets)


def _may_hide(piece: str) -> bool:
    """Tell whether a comment or a string may begin in this ``<…>``, were it none."""
    return piece[0] == "<" and ("#" in piece or "'" in piece) and not _ABSOLUTE.match(piece)


def measure_depth(brackets: Brackets) -> int:
    """Return how deep brackets of all kinds nest.

    Where a ``<…>`` may be a comparison, its brackets count as far as they open more than they close.
    """
    depth = deepest = 0
    for piece in brackets:
        step = _STEPS.get(piece)
        if step is None:
            if piece[0] != "<" or not ("(" in piece or "[" in piece) or _ABSOLUTE.match(piece):
                continue
            step = max(0, sum(_STEPS.get(sign, 0) for sign in piece))
        depth += step
        if depth > deepest:
            deepest = depth
    return deepest
