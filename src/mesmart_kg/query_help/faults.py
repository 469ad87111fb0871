"""What can be wrong with a query, and what may mend it: the values that pass between this package's rooms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edit:
    """A change to a text: the stretch from ``start`` to ``end`` becomes ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fault:
    """What is wrong, of which kind and where, and the edits that would mend it, if any are known.

    Kinds, with their ``subject`` (the word or variable it is about) and their ``remedy`` (what to write):

    * ``empty``, ``end``: there is no query; it ends too early
    * ``prefix``: the prefix is not declared; its declaration
    * ``keyword``, ``sign``: a word or sign of another language, or misspelt; the right one
    * ``alias``: an expression in SELECT without brackets or name; the right form
    * ``missing``, ``extra``: a sign or keyword; the sign
    * ``quotes``, ``unclosed``, ``escape``: of a text in quotes; how it should stand
    * ``iri``, ``relative``: an IRI with signs that it can't hold, or without brackets; one that needs a BASE
    * ``bare``: a word where a name or a variable belongs; the nearest name
    * ``invisible``: a sign that can't be seen
    * ``grouped``: a variable that is neither grouped nor aggregated; the clause
    * ``star``: ``*`` together with groups
    * ``reused``: a variable that has a value already
    * ``row``: a row of VALUES of another length than its variables
    * ``unexpected``: anything else; ``expected`` holds kinds of tokens
    * ``other``: what only the engine knows; ``subject`` is its message
    """

    kind: str
    start: int
    end: int
    subject: str = ""
    remedy: str = ""
    edits: tuple[Edit, ...] = ()
    expected: frozenset[str] = field(default_factory=frozenset)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits made, which must not overlap."""
    parts, place = [], 0
    for edit in sorted(edits, key=lambda each: each.start):
        parts += [text[place : edit.start], edit.text]
        place = edit.end
    return "".join([*parts, text[place:]])
