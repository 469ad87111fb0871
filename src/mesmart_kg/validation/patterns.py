"""Regular expressions of Python, with which pyshacl judges, in the engine's syntax, which is Rust's.

The two agree on little more than what is translated here, construct by construct. Where they part (which
characters are digits, what ignoring case means beyond ASCII), the translation matches less, never more: a
text may then be suspected wrongly, but none gets by. What has no such translation is `Uncompilable`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from re import _constants as sre  # type: ignore[attr-defined]  # the constants of its own parser
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

from mesmart_kg.validation.terms import Uncompilable

_CATEGORIES: Final = {
    sre.CATEGORY_DIGIT: "0-9",
    sre.CATEGORY_WORD: "A-Za-z0-9_",
    sre.CATEGORY_SPACE: r" \t\n\r\x0b\x0c",
}
_ENDLESS: Final = 1000


@dataclass(frozen=True)
class Pattern:
    """An expression for the engine. ``is_exact``: it matches all that Python's does, not only no more."""

    text: str
    is_exact: bool


def translate(pattern: str, *, ignores_case: bool = False, is_multiline: bool = False) -> Pattern:
    """Return what finds in a text what ``re.search`` does, or less. Raises Uncompilable."""
    flags = (re.IGNORECASE if ignores_case else 0) | (re.MULTILINE if is_multiline else 0)
    try:
        tree = _parser.parse(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise Uncompilable(f"its pattern is malformed: {error}") from error
    if tree.state.flags & ~sre.SRE_FLAG_UNICODE != flags:
        raise Uncompilable("its pattern sets flags")
    translation = _Translation(ignores_case, is_multiline)
    text = translation.sequence(tree, is_last=True)
    return Pattern(text, translation.is_exact)


class _Translation:
    """One walk over Python's own reading of a pattern; ``is_exact`` tells, after it, whether all is said."""

    def __init__(self, ignores_case: bool, is_multiline: bool) -> None:
        self.is_exact = True
        self._ignores_case = ignores_case
        self._is_multiline = is_multiline

    def sequence(self, items: Any, *, is_last: bool) -> str:
        """Return a sequence; ``is_last`` tells that nothing of the pattern follows it."""
        parts = list(items)
        return "".join(
            self._item(kind, value, is_last=is_last and number == len(parts) - 1)
            for number, (kind, value) in enumerate(parts)
        )

    def _item(self, kind: Any, value: Any, *, is_last: bool) -> str:
        if kind is sre.LITERAL:
            return f"[{self._one(value)}]"
        if kind is sre.NOT_LITERAL:
            return f"[^{self._excluded(_character(value), [value])}]"
        if kind is sre.ANY:
            return r"[^\n]"
        if kind is sre.IN:
            return self._class(value)
        if kind is sre.BRANCH:
            return "(?:" + "|".join(self.sequence(branch, is_last=is_last) for branch in value[1]) + ")"
        if kind is sre.SUBPATTERN:
            _, added, removed, inner = value
            if added or removed:
                raise Uncompilable("its pattern sets flags")
            return f"(?:{self.sequence(inner, is_last=is_last)})"
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            return self._repeated(*value)
        if kind is sre.AT:
            return self._place(value, is_last=is_last)
        raise Uncompilable(f"its pattern uses {str(kind).lower()}")

    def _repeated(self, least: int, most: Any, inner: Any) -> str:
        # Whether a match takes much or little is all one where only its being there is asked.
        if least > _ENDLESS or (most is not sre.MAXREPEAT and most > _ENDLESS):
            raise Uncompilable("its pattern repeats too often")
        end = "" if most is sre.MAXREPEAT else str(most)
        return f"(?:{self.sequence(inner, is_last=False)}){{{least},{end}}}"

    def _place(self, value: Any, *, is_last: bool) -> str:
        if value is sre.AT_BEGINNING:
            return "(?m:^)" if self._is_multiline else r"\A"
        if value is sre.AT_BEGINNING_STRING:
            return r"\A"
        if value is sre.AT_END_STRING:
            return r"\z"
        if value is sre.AT_END and self._is_multiline:
            return "(?m:$)"
        # Python's $ also stands before a line feed that ends the text.
        if value is sre.AT_END and is_last:
            return r"\n?\z"
        raise Uncompilable("its pattern asks for a place in the text that the engine does not know")

    def _class(self, members: list[tuple[Any, Any]]) -> str:
        is_negated = bool(members) and members[0][0] is sre.NEGATE
        parts: list[str] = []
        points: list[int] = []
        for kind, value in members[1:] if is_negated else members:
            if kind is sre.LITERAL:
                points.append(value)
                parts.append(_character(value) if is_negated else self._one(value))
            elif kind is sre.RANGE:
                points += value
                parts.append(self._range(*value))
            elif kind is sre.CATEGORY and value in _CATEGORIES and not is_negated:
                self.is_exact = False
                parts.append(_CATEGORIES[value])
            else:
                raise Uncompilable("its pattern uses a class of characters that the engine reads otherwise")
        return f"[^{self._excluded(''.join(parts), points)}]" if is_negated else f"[{''.join(parts)}]"

    def _range(self, first: int, last: int) -> str:
        text = f"{_character(first)}-{_character(last)}"
        if not self._ignores_case:
            return text
        both = (chr(first) + chr(last)).isascii()
        if both and (chr(first) + chr(last)).isdigit():
            return text
        if both and (chr(first) + chr(last)).isalpha() and chr(first).isupper() == chr(last).isupper():
            self.is_exact = False
            return text + f"{_character(ord(chr(first).swapcase()))}-{_character(ord(chr(last).swapcase()))}"
        raise Uncompilable("its pattern ignores the case of a range that is not of plain letters")

    def _one(self, point: int) -> str:
        """Return what stands within a class for a character, in both its cases where case is ignored."""
        character = chr(point)
        if not self._ignores_case or character.swapcase() == character:
            return _character(point)
        self.is_exact = False
        if not character.isascii():
            return _character(point)
        return _character(point) + _character(ord(character.swapcase()))

    def _excluded(self, text: str, points: list[int]) -> str:
        # A class that leaves less out would match more.
        if self._ignores_case and any(chr(point).isalpha() or point > 0x7F for point in points):
            raise Uncompilable("its pattern ignores the case of what it excludes")
        return text


def _character(point: int) -> str:
    """Return a character as it may stand within a class, whatever it is."""
    if 0xD800 <= point <= 0xDFFF:
        raise Uncompilable("its pattern holds half a character")
    return f"\\x{{{point:x}}}"
