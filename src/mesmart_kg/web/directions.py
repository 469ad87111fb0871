"""Marks that turn the direction of writing, in texts of the data: they must not turn what stands around.

An element with ``dir="auto"`` keeps what it holds apart from its surroundings, marks left open included. A
title, an attribute, a name in the middle of a sentence of ours have no element of their own; so what is shown
holds no marks but those that are closed again, and none that force a direction upon letters:
``evil<U+202E>gnp`` would read ``evilpng``.

Specification: Unicode Standard Annex 9, sections 2.1 to 2.6.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["settle"]

_ISOLATES: Final = frozenset("\u2066\u2067\u2068")
_EMBEDDINGS: Final = frozenset("\u202a\u202b")
_END_OF_EMBEDDING: Final = "\u202c"
_END_OF_ISOLATE: Final = "\u2069"
_MARKS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def settle(text: str) -> str:
    """Return a text as it is if each mark is closed by its own and none is an override, else without."""
    marks = _MARKS.findall(text)
    return text if not marks or _are_closed(marks) else _MARKS.sub("", text)


def _are_closed(marks: list[str]) -> bool:
    opened: list[str] = []
    for mark in marks:
        if mark in _ISOLATES or mark in _EMBEDDINGS:
            opened.append(_END_OF_ISOLATE if mark in _ISOLATES else _END_OF_EMBEDDING)
        elif not opened or opened.pop() != mark:
            return False
    return not opened
