"""The tokens of a query as SPARQL 1.1 has them (section 19.8), with their places in the text as typed.

Stricter than ``query_text``, which asks what a careless parser could take for a call: here a text is read as
the grammar reads it, so that the first token that doesn't fit can be shown to whoever wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

MOST_TOKENS: Final = 5000
"""Tokens read of one text: some 30 kB of SPARQL. What stands beyond them is nobody's typing mistake."""

KEYWORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "BASE PREFIX SELECT CONSTRUCT DESCRIBE ASK DISTINCT REDUCED AS FROM NAMED WHERE ORDER BY ASC "
        "DESC LIMIT OFFSET GROUP HAVING VALUES UNDEF OPTIONAL GRAPH SERVICE SILENT UNION MINUS FILTER "
        "BIND LATERAL NOT EXISTS IN TRUE FALSE SEPARATOR COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT STR "
        "LANG LANGMATCHES DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN UCASE "
        "LCASE ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES "
        "SECONDS TIMEZONE TZ NOW UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRDT "
        "SAMETERM ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC REGEX SUBSTR REPLACE ADJUST ",
    )
)
"""The words of the language, in capitals; LATERAL and ADJUST are the engine's own."""

AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")

_LETTERS: Final = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D"
# SPARQL has the planes beyond the first as well; the engine refuses them in names, which is what counts here.
_MORE: Final = r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD"
_START: Final = _LETTERS + _MORE
_NAME: Final = _START + r"_0-9\-\u00B7\u0300-\u036F\u203F-\u2040"
_ESCAPE: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"


@dataclass(frozen=True)
class Token:
    """One token; ``kind`` is what the grammar calls it, ``start`` its place in the text.

    A keyword's kind is the keyword in capitals, a sign's the sign; other words are ``WORD``, what is no token
    at all is ``STRAY``, and the last token of a text, empty, is ``END``.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@cache
def _pattern() -> re.Pattern[str]:
    # Every repetition is of a class that its neighbour can't begin with, so none is tried in two ways.
    return re.compile(
        rf"""
          (?P<SPACE>[\ \t\r\n]+ | \#[^\r\n]*)
        | (?P<IRIREF><[^\x00-\x20<>"{{}}|^`\\]*(?:\\u[0-9A-Fa-f]{{4}}[^\x00-\x20<>"{{}}|^`\\]*)*>)
        | (?P<STRING>"{{3}}(?:"{{0,2}}(?:[^"\\]|\\[tbnrf\\"'uU]))*"{{3}}
            | '{{3}}(?:'{{0,2}}(?:[^'\\]|\\[tbnrf\\"'uU]))*'{{3}}
            | "(?:[^"\\\r\n]|\\[tbnrf\\"'uU])*" | '(?:[^'\\\r\n]|\\[tbnrf\\"'uU])*')
        | (?P<VAR>[?$][{_START}_0-9][{_START}_0-9\u00B7\u0300-\u036F\u203F-\u2040]*)
        | (?P<LANGTAG>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
        | (?P<BLANK_NODE>_:[{_START}_0-9](?:[{_NAME}.]*[{_NAME}])?)
        | (?P<PNAME>(?:[{_START}][{_NAME}.]{{0,200}}+(?<!\.))?:
            (?:(?:[{_START}_0-9:]|{_ESCAPE})(?:\.*(?:[{_NAME}:]|{_ESCAPE}))*)?)
        | (?P<WORD>[{_START}][{_START}_0-9]*)
        | (?P<DOUBLE>[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+)
        | (?P<DECIMAL>[+-]?[0-9]*\.[0-9]+)
        | (?P<INTEGER>[+-]?[0-9]+)
        | (?P<NIL>\([\ \t\r\n]*\))
        | (?P<ANON>\[[\ \t\r\n]*\])
        | (?P<SIGN>\^\^|\|\||&&|!=|<=|>=|[{{}}()\[\].,;*/|^?+\-!<>=])
        | (?P<STRAY>[^\s{{}}()\[\].,;<>"'?$\#]+|.)
        """,
        re.VERBOSE | re.DOTALL,
    )


def read_tokens(text: str, place: int = 0) -> Iterator[Token]:
    """Yield the tokens of a text from a place on, then one of kind END."""
    pattern = _pattern()
    while True:
        match = pattern.match(text, place)
        while match is not None and match.lastgroup == "SPACE":
            place = match.end()
            match = pattern.match(text, place)
        if match is None:
            break
        found = match.group()
        yield Token(_kind(match.lastgroup or "STRAY", found), found, place)
        place = match.end()
    yield Token("END", "", place)


def _kind(group: str, text: str) -> str:
    if group == "WORD":
        if text == "a":
            return "a"
        word = text.upper()
        return word if word in KEYWORDS else "WORD"
    if group in {"SIGN", "STRAY"}:
        return text if group == "SIGN" else "STRAY"
    if group == "PNAME":
        return "PNAME_NS" if text.endswith(":") and text.count(":") == 1 else "PNAME_LN"
    if group in {"INTEGER", "DECIMAL", "DOUBLE"}:
        return "SIGNED" if text[0] in "+-" else "NUMBER"
    return group
