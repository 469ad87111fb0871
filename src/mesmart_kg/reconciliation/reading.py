"""A reader's text taken apart: the names it may hold, and what it says of kind and place beside them.

``Comune di Castro (BG)`` holds the name ``Castro``, the hint ``BG`` and the word ``comune``; ``Spezia, La``
is ``La Spezia``; ``Bolzano/Bozen`` are two names of one thing. A text is cut before anything else, and every
pattern here takes time in proportion to its length.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from mesmart_kg.label_index import (
    GENERIC,
    PARTICLES,
    divide_code,
    fold,
    read_register,
    to_core,
    to_keys,
    to_writings,
)

LONGEST: Final = 200
"""Characters of a text that are read; a name with all that may stand around it is shorter."""

_MOST_PARTS: Final = 4
_MOST_WORDS: Final = 12
_LESS: Final = 0.005
# The Italian land offices set the second name between full stops: BOLZANO .BOZEN.
_BRACKETS: Final = re.compile(r"(?:[(\[{]|(?<=\s)\.(?=[^\W\d]{2}))([^()\[\]{}.]*)[)\]}.]?")
_BREAKS: Final = re.compile(r"\s*[/|;]\s*|\s+[-–—]\s*|\s*[–—]\s+")
_COMMA: Final = re.compile(r"\s*,\s*")
_SHORT: Final = re.compile(r"\b([^\W\d_]+)\.")
_CODE: Final = re.compile(r"[A-Z]{2,3}|[0-9]{6,}|[A-Za-z]{1,4}_?[0-9][A-Za-z0-9_]{1,18}")
_AFTER: Final = frozenset(
    (
        *("di", "del", "della", "dello", "dell", "dei", "degli", "delle", "d", "of", "de", "do", "da", "dos"),
        *("des", "du", "von", "der", "van", "den"),
    )
)
OF_REGION: Final = frozenset(
    (
        *(
            "metropolitan",
            "metropolitana",
            "metropole",
            "provincia",
            "province",
            "provinz",
            "regione",
            "region",
        ),
        *("regiao", "county", "district", "provinciale"),
    )
)


@dataclass(frozen=True)
class Name:
    """A name as it may be meant: its folded words, its core, keys and writings (``label_index.keys``).

    ``short`` are those of its words that a full stop cuts.
    ``loss`` is what of its likeness is lost, since something was taken away to get it.
    """

    words: str
    core: tuple[str, ...]
    keys: frozenset[str]
    writings: frozenset[str]
    short: frozenset[str]
    loss: float = 0.0


@dataclass(frozen=True)
class Part:
    """What stands beside the first part of a text: another name of the thing, or where it lies."""

    text: str
    names: tuple[Name, ...]


@dataclass(frozen=True)
class Reading:
    """What a text holds.

    ``names`` are ways to read the whole, ``head`` its first part alone, ``parts`` what stands beside that.
    ``is_region`` tells whether the text names a province or the like, None if it tells nothing.
    """

    text: str
    names: tuple[Name, ...]
    head: tuple[Name, ...]
    parts: tuple[Part, ...]
    is_region: bool | None


def read_text(text: str) -> Reading:
    """Return what a text holds; no name if it has no letter or digit."""
    plain = " ".join(unicodedata.normalize("NFC", text[:LONGEST]).split())
    brackets = [part.strip() for part in _BRACKETS.findall(plain)]
    bare = " ".join(_BRACKETS.sub(" ", plain).split()) or plain
    first, *rest = [part for part in _COMMA.split(bare) if part] or [bare]
    halves = [part for part in _BREAKS.split(first) if part] or [first]
    beside = [part for part in (*halves[1:], *rest, *brackets) if part][:_MOST_PARTS]
    names = _to_names(plain)
    for part in rest[:_MOST_PARTS]:
        if _is_particle(part):  # Spezia, La
            names += _to_names(f"{part} {halves[0]}")
    parts = [Part(part, tuple(_to_names(part))) for part in beside if not _is_particle(part)]
    head = _to_names(halves[0]) if beside else []
    if beside and not parts:
        names += head
    return Reading(
        plain,
        _unique(names),
        tuple(head),
        tuple(part for part in parts if part.names),
        _tell_kind(fold(plain)),
    )


def _to_names(text: str) -> list[Name]:
    """Return a text as a name, and without the words for what it is, if there are any."""
    short = frozenset(fold(word) for word in _SHORT.findall(text))
    words = " ".join(fold(text).split()[:_MOST_WORDS])
    if not words:
        return []
    names = [Name(words, to_core(words), frozenset(to_keys(text)), frozenset(to_writings(text)), short)]
    bare = _strip(words)
    if bare != words:
        names.append(
            Name(bare, to_core(bare), frozenset(to_keys(bare)), frozenset(to_writings(bare)), short, _LESS)
        )
    return names


def _strip(words: str) -> str:
    """Return a name without what says what it is: ``comune di`` before it, ``city council`` behind it."""
    told = words.split()
    start, end = 0, len(told)
    while start < end - 1 and told[start] in GENERIC:
        start += 1
    if start and start < end - 1 and told[start] in _AFTER:
        start += 1
        if start < end - 1 and told[start] == "the":
            start += 1
    while end > start + 1 and told[end - 1] in GENERIC:
        end -= 1
    if end < len(told) and end > start + 1 and told[end - 1] in _AFTER:
        end -= 1
    return " ".join(told[start:end])


def _is_particle(text: str) -> bool:
    """Tell whether a part only says what kind of place it is, or is an article: ``Comune di``, ``La``."""
    words = fold(text).split()
    return bool(words) and all(word in GENERIC or word in PARTICLES for word in words)


def _tell_kind(words: str) -> bool | None:
    told = set(words.split())
    if told & OF_REGION:
        return True
    return False if told & GENERIC else None


def _unique(names: list[Name]) -> tuple[Name, ...]:
    return tuple({name.words: name for name in reversed(names)}.values())[::-1]


def read_end(text: str) -> tuple[str, str] | None:
    """Return the beginning and the last word of a text without other marks, such as ``Castro BG``."""
    start, space, end = " ".join(text[:LONGEST].split()).rpartition(" ")
    return (start, end) if space and not _BREAKS.search(text[:LONGEST]) and "," not in start else None


def read_codes(text: str) -> tuple[tuple[str, str], ...]:
    """Return the codes that a whole text may be, as scheme, empty if it tells none, and code.

    ``istat:083048``, ``Q13666``, ``F158``, ``ITG13``, the address of a thing in a register; two or three
    capital letters are codes of countries. Numbers of five digits or fewer are not: they could be anything.
    """
    plain = text.strip()[:LONGEST]
    register = read_register(plain)
    if register is not None:
        return (register,)
    scheme, code = divide_code(plain)
    if scheme:
        return ((scheme, code.strip()),)
    if " " in plain or not plain.isascii() or not _CODE.fullmatch(plain):
        return ()
    if plain.isalpha():
        return (("iso3166-1", plain),)
    return (("", plain),)
