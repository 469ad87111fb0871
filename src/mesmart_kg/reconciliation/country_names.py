"""What countries are called in other languages: from CLDR, by way of Babel, when a release does not tell.

It is asked only for words that no name of the release is; the table is made at the first such word.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from babel import Locale
from rapidfuzz import fuzz, process

from mesmart_kg.label_index import fold

_COMMON: Final = """
    bg bs ca cs da de el en es et eu fi fr ga gl hr hu is it lt lv mk mt nl no pl pt ro ru sk sl sq sr
    sr_Latn sv tr uk
"""
_FURTHER: Final = """
    af am ar as az be bn br cy fa fil gu ha he hi hy id ig ja ka kk km kn ko ky lb lo ml mn mr ms my ne or pa
    ps pt_PT rm sd si so sw ta te th tk tr tt ug ur uz vi yo zh zh_Hant zu
"""
"""The languages of Europe's states, and others whose names CLDR holds whole. To read either takes a good part
of a second, once in a process: so the second are only read where a country is surely meant."""

_LEAST_ALIKE: Final = 60
_MOST: Final = 8

_OTHER_CODES: Final = {"UK": "GB", "EL": "GR"}
"""Codes that the institutions of the EU write where ISO has others (Interinstitutional style guide, A5)."""


def find_country(text: str) -> str | None:
    """Return the ISO code, two letters, of a country by its name in any of the languages known."""
    return find_common(text) or _read_names(_FURTHER).get(fold(text))


def find_common(text: str) -> str | None:
    """Return the ISO code of a country by its name in a language of Europe, or by a code of the EU's."""
    return _OTHER_CODES.get(text) or _read_names(_COMMON).get(fold(text))


def find_alike(text: str) -> dict[str, tuple[float, str]]:
    """Return ISO codes of countries with names like a text: how alike, 0 to 1, and which name, folded."""
    found: dict[str, tuple[float, str]] = {}
    names = _read_names(_FURTHER) | _read_names(_COMMON)
    for name, alike, _ in process.extract(
        fold(text), names.keys(), scorer=fuzz.ratio, score_cutoff=_LEAST_ALIKE, limit=_MOST
    ):
        found.setdefault(names[name], (alike / 100, name))
    return found


@cache
def _read_names(languages: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for language in languages.split():
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and (words := fold(name)):
                found.setdefault(words, code)
    return found
