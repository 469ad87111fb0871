"""In which encoding a text came: what it says of itself, else what its letters look like.

A byte order mark decides; then zeros in every other place (UTF-16 without a mark); then UTF-8, which
nothing else is by chance. What is left are the old encodings of one byte a letter. Short lists of names
hold too few accents for statistics, so besides charset-normalizer's opinion each candidate's words are
looked at: an ``ì`` at the end of a word speaks for it, a ``Ž`` or a Cyrillic letter in the middle of a
Latin one against.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from charset_normalizer import from_bytes

from mesmart_kg.linking.notices import Notice, TableRefused

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_USUAL: Final = ("cp1252", "mac_roman", "cp850", "latin_1")
"""What spreadsheets of Western Europe have written, the commonest first."""

_SAMPLE: Final = 65_536
_WORDS: Final = re.compile(rb"[A-Za-z'.\x80-\xff-]+")
_MARKS_IN_TEXT: Final = frozenset("’‘“”«»–—…°ºª€·")
_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850",
    "latin_1": "Latin-1",
}


@dataclass(frozen=True)
class Decoded:
    """A text and the encoding it was read by; ``is_guess`` if nothing proves that it is the right one."""

    text: str
    encoding: str
    is_guess: bool

    @property
    def name(self) -> str:
        return _NAMES.get(self.encoding, self.encoding)


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Return the text of a file, by the encoding that is given or else found.

    Raises TableRefused if one is given that is unknown or wrong.
    """
    if encoding:
        return _decode_as(data, encoding)
    for mark, known in _MARKS:
        if data.startswith(mark):
            return Decoded(data.decode(known, "replace"), known, is_guess=False)
    if wide := _find_wide(data):
        return Decoded(data.decode(wide, "replace"), wide, is_guess=False)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", is_guess=False)
    except UnicodeDecodeError:
        found = "utf-8" if _is_spoilt_utf8(data) else _find_narrow(data)
        return Decoded(data.decode(found, "replace"), found, is_guess=True)


def _decode_as(data: bytes, encoding: str) -> Decoded:
    try:
        known = codecs.lookup(encoding)
        text = data.decode(known.name)
    except LookupError:
        raise TableRefused(Notice("encoding-unknown", 0, {"wanted": encoding[:40]})) from None
    except UnicodeError:
        raise TableRefused(Notice("encoding-wrong", 0, {"wanted": encoding[:40]})) from None
    if not isinstance(text, str):  # codecs such as rot13 or hex, which are no encodings of text
        raise TableRefused(Notice("encoding-unknown", 0, {"wanted": encoding[:40]}))
    return Decoded(text.removeprefix("\ufeff"), known.name, is_guess=False)


def _find_wide(data: bytes) -> str | None:
    """Return UTF-16 in its byte order where every other byte of the beginning is nearly always zero."""
    head = data[: _SAMPLE - _SAMPLE % 2]
    if len(head) < 4 or not 0.3 < head.count(0) / len(head) < 0.6:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    return "utf-16-le" if odd > 9 * even else "utf-16-be" if even > 9 * odd else None


def _find_narrow(data: bytes) -> str:
    """Return the encoding that makes the likeliest words; of equals the commonest."""
    words = (match.group() for match in _WORDS.finditer(data[: 16 * _SAMPLE]))
    sample = b"\n".join(word for word in words if not word.isascii())[:_SAMPLE]
    if len(sample) < 16:  # an accent or two: give the statistics what stands around them
        sample = sample or data[:_SAMPLE]
    best = from_bytes(data[:_SAMPLE]).best()
    opinion = best.encoding if best is not None else None
    candidates = [*_USUAL, *([opinion] if opinion and opinion not in _USUAL else [])]
    scores = {each: _rate(sample, each) for each in candidates}
    top = max(scores.values())
    likeliest = [each for each in candidates if scores[each] == top]
    # Italian in one encoding of Latin letters is Czech in another: only another script overrules the usual.
    is_foreign = opinion in likeliest and opinion is not None and not _is_latin(sample.decode(opinion))
    return opinion if is_foreign and opinion else likeliest[0]


def _is_latin(text: str) -> bool:
    return all(_script(sign) == "LATIN" for sign in text if sign.isalpha() and not sign.isascii())


def _is_spoilt_utf8(data: bytes) -> bool:
    """Tell whether a text is UTF-8 but for a few bytes, as when pieces of two files were put together."""
    text = data.decode("utf-8", "replace")
    spoilt = text.count("\ufffd")
    return 0 < spoilt * 10 < sum(not sign.isascii() for sign in text) - spoilt


def _rate(sample: bytes, encoding: str) -> float:
    """Return how likely the words of a sample are in an encoding: the mean over its signs beyond ASCII."""
    try:
        text = sample.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return -10.0
    total, signs = 0.0, 0
    for word in text.split("\n"):
        letters = [sign for sign in word if sign.isalpha()]
        scripts = {_script(sign) for sign in letters}
        for place, sign in enumerate(word):
            if sign.isascii():
                continue
            signs += 1
            total += _rate_sign(sign, word[place - 1] if place else "", len(scripts) > 1)
    return round(total / max(signs, 1), 3)


def _rate_sign(sign: str, before: str, is_mixed: bool) -> float:
    if sign.isalpha():
        if is_mixed or (sign in "ªºƒŽžŠšŸ" and before.isalpha()):
            return -1.0
        return -1.0 if sign.isupper() and before.islower() else 1.0
    return 0.5 if sign in _MARKS_IN_TEXT else -2.0


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]
