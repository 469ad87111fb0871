"""How alike two names are, and what the rest that is known is worth: odds, which are multiplied.

The numbers are explained in the docstring of the package. Likeness of letters is rapidfuzz's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz

from mesmart_kg.label_index import PARTICLES, Spelling, to_core, to_writings
from mesmart_kg.reconciliation.reading import Name

SAFE: Final = 92.0
"""The score from which on it is safe to say that a candidate is the thing meant."""

LIKE: Final = 0.945
"""The likeness from which on names differ only in how they are written."""

NEAR: Final = 0.9
"""The likeness from which on a long name is taken for a slip of one, where the place agrees."""

LONG: Final = 7
"""Letters from which on a name is long."""

_JOINED: Final = 0.99
_WRITTEN: Final = 0.98
_CORE: Final = 0.97
_TURNED: Final = 0.96
_SHORTENED: Final = 0.95
_MOST_BY_LETTERS: Final = 0.94
_HIDDEN: Final = 0.01

_CURVE: Final = (
    (0.0, 1e-6),
    (0.5, 0.003),
    (0.7, 0.05),
    (0.8, 0.3),
    (0.85, 1.0),
    (0.9, 4.0),
    (0.94, 12.0),
    (0.97, 20.0),
    (1.0, 30.0),
)
"""Likeness of names, and the odds that both mean one thing; between, the logarithm goes straight."""

COUNTRY: Final = (3.0, 0.01)
REGION: Final = (10.0, 1 / 30)
COMMUNITY: Final = (2.0, 1 / 3)
CODE: Final = (1000.0, 0.05)
KIND: Final = 0.1
UNREAD: Final = 0.5

_EARTH: Final = 6371.0


def to_odds(likeness: float) -> float:
    """Return the odds that two names so alike mean one thing, if nothing else is known."""
    for (low, less), (high, more) in pairwise(_CURVE):
        if likeness <= high:
            part = (likeness - low) / (high - low)
            return math.exp(math.log(less) + part * (math.log(more) - math.log(less)))
    return _CURVE[-1][1]


def to_chances(odds: Sequence[float]) -> list[float]:
    """Return the chance of each, where at most one of them is meant."""
    whole = 1.0 + sum(odds)
    return [each / whole for each in odds]


def weigh_point(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the factor for how far two points (longitude, latitude, degrees) are from each other."""
    kilometres = _distance(one, other)
    if kilometres <= 10:
        return 10.0
    return 2.0 if kilometres <= 30 else 0.3 if kilometres <= 100 else 0.01


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    (x1, y1), (x2, y2) = (tuple(map(math.radians, point)) for point in (one, other))
    half = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(1.0, half)))


def find_likest(
    names: Sequence[Name], parts: Sequence[Sequence[Name]], spellings: Sequence[Spelling]
) -> tuple[float, str]:
    """Return how alike a thing is to a text, 0 to 1, and which of its names is.

    ``names`` are ways to read the whole text. ``parts`` are the names in it that stand for one thing, such as
    those in two languages: the best counts, and the worst takes a little away.
    """
    best, value = _find_best(names, spellings)
    if best < 1.0 and len(parts) > 1:
        found = [_find_best(part, spellings) for part in parts]
        likest, of_part = max(found)
        likest *= 0.9 + 0.1 * min(found)[0]
        if likest > best:
            return likest, of_part
    return best, value


def _find_best(names: Sequence[Name], spellings: Sequence[Spelling]) -> tuple[float, str]:
    best, value = 0.0, ""
    for spelling in spellings:
        for name in names:
            found = compare(name, spelling) - name.loss
            if found > best:
                best, value = found, spelling.value
        if best == 1.0:
            return best, value
    if best < _WRITTEN and len(spellings) > 1:
        folded = {spelling.folded: spelling.value for spelling in spellings}
        for name in names:
            for first, told in folded.items():
                if name.words.startswith(f"{first} ") and name.words[len(first) + 1 :] in folded:
                    return _WRITTEN - name.loss, told  # Bolzano Bozen
    return best, value


def compare(name: Name, spelling: Spelling) -> float:
    """Return how alike two names are, from 0 to 1; a name only to be found by counts a little less."""
    found = _compare(name, spelling)
    return found - _HIDDEN if spelling.rank == 2 else found


def _compare(name: Name, spelling: Spelling) -> float:
    if name.words == spelling.folded:
        return 1.0
    own, other = name.words.replace(" ", ""), spelling.folded.replace(" ", "")
    if own == other:
        return _JOINED
    core = to_core(spelling.folded)
    if core == name.core:
        return _CORE if _same_order(name.words, spelling.folded) else _TURNED
    if not name.writings.isdisjoint(to_writings(spelling.value)):
        return _WRITTEN
    if _is_shortened(name, spelling.folded):
        return _SHORTENED
    letters = max(fuzz.ratio(own, other), fuzz.ratio(" ".join(name.core), " ".join(core))) / 100
    longer, shorter = sorted((name.words, spelling.folded), key=len, reverse=True)
    begins = longer.startswith(f"{shorter} ")
    return min(_MOST_BY_LETTERS, max(letters, _compare_words(name.core, core, begins)))


def _same_order(words: str, others: str) -> bool:
    """Tell whether the words of two names that share their core come in one order: their first letters do."""
    common = set(words.split()) & set(others.split())
    return [word for word in words.split() if word in common] == [
        word for word in others.split() if word in common
    ]


def _is_shortened(name: Name, folded: str) -> bool:
    """Tell whether a name is another with some of its words cut: ``Castel S. Pietro T.``, ``Reggio E.``."""
    own = [word for word in name.words.split() if word in name.short or word not in PARTICLES]
    other = [word for word in folded.split() if word not in PARTICLES]
    if len(own) != len(other) or not any(len(word) > 2 and word not in name.short for word in own):
        return False
    return all(
        mine == yours or ((mine in name.short or len(mine) == 1) and yours.startswith(mine))
        for mine, yours in zip(own, other, strict=True)
    )


def _compare_words(core: Sequence[str], other: Sequence[str], begins: bool) -> float:
    """Return how alike two cores are of which one holds all words of the other; 0 otherwise.

    ``begins`` says that the longer name begins with the shorter.
    """
    mine, yours = set(core), set(other)
    if not (mine <= yours or yours <= mine):
        return 0.0
    small, large = sorted((sum(map(len, core)), sum(map(len, other))))
    if small <= 2:
        return 0.0
    return 0.78 + 0.1 * small / large if begins else 0.65 + 0.2 * small / large
