"""Regular expressions: what the engine matches, Python matches too; and the other way where we say so."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesmart_kg import store
from mesmart_kg.validation.patterns import translate
from mesmart_kg.validation.terms import Uncompilable, string_text

_ATOMS = st.sampled_from(
    [
        "a",
        "k",
        "K",
        "é",
        "1",
        ".",
        "[a-c]",
        "[^a-c]",
        "[^k]",
        r"\d",
        r"\w",
        r"\s",
        "^",
        "$",
        r"\n",
        r"\.",
        "ss",
        "[A-Z]",
    ]
)
PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=2).map("|".join),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=6,
)
TEXTS = st.text(alphabet="abckKéÉ19.\n\r _ßſ٣\N{KELVIN SIGN}", max_size=6)


def _matches(pattern: str, text: str) -> bool:
    query = f"ASK {{ FILTER(REGEX({string_text(text)}, {string_text(pattern)})) }}"
    return store.Dataset().ask(query)


@settings(max_examples=60)
@given(PATTERNS, TEXTS, st.booleans(), st.booleans())
def test_translation_matches_no_more_than_python(pattern: str, text: str, case: bool, lines: bool) -> None:
    try:
        made = translate(pattern, ignores_case=case, is_multiline=lines)
    except Uncompilable:
        return
    flags = (re.IGNORECASE if case else 0) | (re.MULTILINE if lines else 0)
    expected = re.search(pattern, text, flags) is not None
    found = _matches(made.text, text)

    assert found == expected if made.is_exact else expected or not found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^https://w3id[.]org/[a-z]+#[A-Za-z][A-Za-z0-9]*$", "https://w3id.org/def#City"),
        ("^(istat:[0-9]{6}|cadastral:[A-Z][0-9]{3})$", "istat:083048"),
        ("/id/(region|country)/[a-z0-9]+(-[a-z0-9]+)*$", "https://w3id.org/id/region/it-83"),
        (r"^\d+(\.\d+)?$", "12.5"),
        ('^["\\\\]$', '"'),
    ],
)
def test_patterns_such_as_shapes_have_are_translated(pattern: str, text: str) -> None:
    assert _matches(translate(pattern).text, text)
    assert not _matches(translate(pattern).text, f"{text}?")


@pytest.mark.parametrize(
    "pattern", ["(", "a(?=b)", "(?i)a", r"(a)\1", r"\ba", "a$b", "(?>a)", "(?i:a)", r"[^\d]"]
)
def test_what_engines_read_otherwise_is_not_translated(pattern: str) -> None:
    with pytest.raises(Uncompilable):
        translate(pattern)
