"""When two spellings are one name: case, accents, special letters and punctuation don't count.

``Forlì`` and ``forli``, ``Zürich`` and ``Zurich``, ``L’Aquila`` and ``l aquila`` fold to the same words. What
is folded holds letters and digits of any script, and single spaces.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

LONGEST: Final = 200
"""Characters of a name that are folded; nobody types more."""

LONGEST_IRI: Final = 2000
"""Characters of an IRI that is looked up."""

MOST_WORDS: Final = 12

_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ŋ": "n", "ħ": "h"}
)
"""What carries no accent that could be taken off, but is typed without by those who lack the key."""

_OTHER_SIGNS: Final = re.compile(r"[^a-z0-9]+")
_ACCENTS: Final = re.compile("[\u0300-\u0314\u031b-\u0345]+")
_JOINTS: Final = re.compile(r"(?<=\w)['’ʼ.\-](?=\w)")


@lru_cache(maxsize=4096)  # a name is folded several times in a row when an index is made
def fold(text: str) -> str:
    """Return the words of a text, folded, with a space between; empty if there is none."""
    if text.isascii():  # the same, several times faster
        return _OTHER_SIGNS.sub(" ", text[:LONGEST].lower()).strip()
    plain = unicodedata.normalize("NFKD", text[:LONGEST]).casefold().translate(_LETTERS)
    bare = _ACCENTS.sub("", plain)
    if bare.isascii():  # an accented name of Europe: likewise
        return _OTHER_SIGNS.sub(" ", bare).strip()
    kept = (sign for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in kept).split())


def fold_to_index(text: str) -> str:
    """Return the words under which a name is found: its own, and those that a sign joins, as one word.

    So ``laquila`` finds L’Aquila, and ``baden baden`` and ``badenbaden`` find Baden-Baden.
    """
    words, joined = fold(text), fold(_JOINTS.sub("", text[:LONGEST]))
    return words if words == joined else f"{words} {joined}"


def fold_code(text: str) -> str:
    """Return a code as codes are compared: without case and outer space."""
    return text.strip().casefold()[:LONGEST]


def fold_iri(iri: str) -> str:
    """Return an IRI as IRIs are compared when they are looked up: without its scheme and its last slash.

    ``http`` and ``https`` are one, and the case of the host and a ``www.`` before it don't count.
    """
    scheme, mark, rest = iri.strip()[:LONGEST_IRI].partition("://")
    if not mark:
        return scheme
    host, slash, path = rest.partition("/")
    return f"{host.lower().removeprefix('www.')}{slash}{path}".rstrip("/")


def to_match(words: str) -> str:
    """Return the FTS5 query for names with all of these folded words, in any order, each begun at least.

    A single letter begins a word only at the end, where a reader is still typing; alone, it begins the name.
    The words are quoted, so nothing in them is read as syntax.
    """
    if len(words) == 1:
        return f'^ "{words}" *'
    parts = words.split()[:MOST_WORDS]
    last = len(parts) - 1
    return " ".join(
        f'"{word}" *' if len(word) > 1 or place == last else f'"{word}"' for place, word in enumerate(parts)
    )


def trigrams(words: str) -> tuple[str, ...]:
    """Return the groups of three characters of folded words, ends marked by a space, each once, in order."""
    padded = f" {words} "
    return tuple(dict.fromkeys(padded[place : place + 3] for place in range(len(padded) - 2)))


def likeness(one: str, other: str) -> float:
    """Return how alike two folded spellings are, from 0 to 1: Dice's coefficient of their trigrams."""
    first, second = set(trigrams(one)), set(trigrams(other))
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0
