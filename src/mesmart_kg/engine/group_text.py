"""The parts of a group of a query, cut at the tokens: triples, OPTIONAL, MINUS, FILTER and the rest.

For ``pushing``, which must know what a call of SERVICE is joined with. It reads what the grammar of SPARQL
1.1 (section 19.8, ``GroupGraphPattern``) has, and gives up at anything else: a keyword that is glued to what
stands beside it, a sign of a newer version, a text that may be read in two ways. Giving up costs nothing but
speed, a wrong cut would cost the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mesmart_kg.query_text import Span
from mesmart_kg.query_text.tokens import Reading, read

TRIPLES: Final = "triples"
GROUP: Final = "group"
"""One group or several, joined by UNION."""

_KEYWORDS: Final = frozenset({"OPTIONAL", "MINUS", "FILTER", "BIND", "VALUES", "GRAPH", "SERVICE"})
_IN_TRIPLES: Final = frozenset({"A", "TRUE", "FALSE"})
_GLUED: Final = (*_KEYWORDS, "UNION", "SELECT", "EXISTS")
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")


class Unclear(Exception):
    """The text is not cut for certain."""


@dataclass(frozen=True)
class Part:
    """A part of a group.

    ``kind`` is ``triples``, ``group``, or the keyword in capitals. ``span`` reaches to where the next part
    begins, so that comments go with it; ``core`` is without them, and without a dot that follows. ``groups``
    are the groups right within, by the indexes of their braces; ``words`` are its tokens, in capitals, and
    ``variables`` its variables, without their sign.
    """

    kind: str
    span: Span
    core: Span
    groups: tuple[tuple[int, int], ...]
    words: frozenset[str]
    variables: frozenset[str]


class Groups:
    """The groups of one text. All of it raises Unclear, or LookupError, where the text is not certain."""

    def __init__(self, text: str) -> None:
        readings = read(text)
        if not readings.are_all or len(readings.ways) != 1:
            raise Unclear
        self.reading: Reading = readings.ways[0]
        self.pieces: Sequence[str] = self.reading.pieces
        self._ends = _match(self.pieces)

    def find_opening(self, place: int) -> int:
        """Return the index of the brace that begins at that place of the text."""
        for index in self._ends:
            if self.reading[index].start == place:
                return index
        raise Unclear

    def end(self, opening: int) -> int:
        """Return the index of the bracket that closes the one of this index."""
        return self._ends[opening]

    def around(self, place: int) -> list[int]:
        """Return the indexes of the braces whose groups hold that place of the text, the outermost first."""
        return [
            opening
            for opening, closing in sorted(self._ends.items())
            if self.pieces[opening] == "{"
            and self.reading[opening].start < place < self.reading[closing].start
        ]

    def is_select(self, opening: int) -> bool:
        """Tell whether a group holds a SELECT of its own, and nothing else."""
        return self.pieces[opening + 1].upper() == "SELECT"

    def is_where(self, opening: int) -> bool:
        """Tell whether a group is the WHERE of a query or of a SELECT within it."""
        before = self.pieces[opening - 1] if opening else ""
        depth = sum((piece == "(") - (piece == ")") for piece in self.pieces[:opening])
        is_named = before.upper() in {"WHERE", "ASK"}
        return depth == 0 and (is_named or before[:1] in {"?", "$", "*", ")", "<"} or ":" in before)

    def parts(self, opening: int) -> tuple[Part, ...]:
        """Return the parts of the group whose brace has this index, in their order."""
        closing = self._ends[opening]
        found: list[tuple[str, int, int]] = []
        index = opening + 1
        while index < closing:
            kind, after = self._part(index, closing)
            if kind:
                found.append((kind, index, after))
            index = after
        nexts = [*(start for _, start, _ in found[1:]), closing][: len(found)]
        return tuple(self._to_part(*each, following) for each, following in zip(found, nexts, strict=True))

    def _part(self, index: int, closing: int) -> tuple[str, int]:
        """Return the kind of the part that begins there, and where the next one does; no kind for a dot."""
        piece = self.pieces[index]
        word = piece.upper()
        if piece == ".":
            return "", index + 1
        if piece == "{":
            if self.pieces[index + 1][0] == "|":  # an annotation of RDF-star
                raise Unclear
            index = self._ends[index] + 1
            while self.pieces[index].upper() == "UNION":
                index = self._close("{", index + 1)
            return GROUP, index
        match word:
            case "OPTIONAL" | "MINUS":
                return word, self._close("{", index + 1)
            case "BIND":
                return word, self._close("(", index + 1)
            case "GRAPH":
                return word, self._close("{", index + 2)
            case "SERVICE":
                silent = self.pieces[index + 1].upper() == "SILENT"
                return word, self._close("{", index + 2 + silent)
            case "VALUES":
                if self.pieces[index + 1] == "(":
                    return word, self._close("{", self._ends[index + 1] + 1)
                return word, self._close("{", index + 2)
            case "FILTER":
                return word, self._end_of_constraint(index + 1)
        return TRIPLES, self._end_of_triples(index, closing)

    def _close(self, sign: str, index: int) -> int:
        """Return the index after the bracket that begins there, which must be this one."""
        if index >= len(self.pieces) or self.pieces[index] != sign:
            raise Unclear
        return self._ends[index] + 1

    def _end_of_constraint(self, index: int) -> int:
        """Return where a constraint ends: brackets, a call of a function, or [NOT] EXISTS with a group."""
        word = self.pieces[index].upper()
        if word == "NOT":
            index += 1
            word = self.pieces[index].upper()
        if word == "EXISTS":
            return self._close("{", index + 1)
        return self._close("(", index if word == "(" else index + 1)

    def _end_of_triples(self, index: int, closing: int) -> int:
        while index < closing:
            piece = self.pieces[index]
            word = piece.upper()
            if piece == "{" or word in _KEYWORDS:
                break
            if piece in _OPENING:
                inner = self.pieces[index : self._ends[index]]
                if any(each[0] in "{<" and len(each) == 1 for each in inner):
                    raise Unclear
                index = self._ends[index] + 1
                continue
            self._check_term(piece, word)
            index += 1
        return index

    def _check_term(self, piece: str, word: str) -> None:
        """Raise Unclear for what is no term of a triple, nor a sign between terms or in a path."""
        if piece[0].isalpha() and ":" not in piece and word not in _IN_TRIPLES:
            raise Unclear
        if (piece[0].isalpha() or piece[0] == ":") and any(glued in word for glued in _GLUED):
            raise Unclear
        if len(piece) == 1 and piece in "<>|\\" and piece != "|":
            raise Unclear

    def _to_part(self, kind: str, start: int, end: int, following: int) -> Part:
        pieces = self.pieces[start:end]
        groups = []
        index = start
        while index < end:
            if self.pieces[index] in _OPENING:
                if self.pieces[index] == "{" and kind in {GROUP, "OPTIONAL", "MINUS"}:
                    groups.append((index, self._ends[index]))
                index = self._ends[index] + 1
            else:
                index += 1
        return Part(
            kind,
            (self.reading[start].start, self.reading[following].start),
            (self.reading[start].start, self.reading[end - 1].start + len(self.pieces[end - 1])),
            tuple(groups),
            frozenset(piece.upper() for piece in pieces),
            frozenset(piece[1:] for piece in pieces if piece[0] in "?$" and len(piece) > 1),
        )


def _match(pieces: Sequence[str]) -> dict[int, int]:
    """Return where each bracket closes. Raises Unclear where one does not, or another one stands there."""
    pairs = {")": "(", "]": "[", "}": "{"}
    ends: dict[int, int] = {}
    opened: list[int] = []
    for index, piece in enumerate(pieces):
        if piece in _OPENING:
            opened.append(index)
        elif piece in _CLOSING:
            if not opened or pieces[opened[-1]] != pairs[piece]:
                raise Unclear
            ends[opened.pop()] = index
    if opened:
        raise Unclear
    return ends
