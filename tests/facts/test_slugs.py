"""Slugs: the rule by examples, and what holds for any name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesmart_kg.facts.slugs import slug, tell_apart


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Messina", "messina"),
        ("Bruxelles / Brussel", "bruxelles"),
        ("Bolzano/Bozen", "bolzano"),
        ("Águeda", "agueda"),
        ("København", "kobenhavn"),
        ("Łódź", "lodz"),
        ("Gießen", "giessen"),
        ("İzmir", "izmir"),
        ("Diyarbakır", "diyarbakir"),
        ("Ærø", "aero"),
        ("Œuilly", "oeuilly"),
        ("Đakovo", "dakovo"),
        ("Þorlákshöfn", "thorlakshofn"),
        ("L'Aquila", "l-aquila"),
        ("Reggio nell’Emilia", "reggio-nell-emilia"),
        ("Sant'Angelo d’Alife (CE)", "sant-angelo-d-alife-ce"),
        ("Città di Castello", "citta-di-castello"),
        ("22.09 - Evento", "22-09-evento"),
        ("ﬁrenze", "firenze"),
    ],
)
def test_a_name_has_one_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize("name", ["", "/", "...", "日本"])
def test_a_name_without_latin_letters_or_digits_has_none(name: str) -> None:
    with pytest.raises(ValueError, match="no slug"):
        slug(name)


names = st.text(max_size=40)


@given(names)
def test_a_slug_is_lower_case_ascii_with_single_hyphens_between(name: str) -> None:
    try:
        made = slug(name)
    except ValueError:
        return

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)


@given(names)
def test_the_slug_of_a_slug_is_itself(name: str) -> None:
    try:
        made = slug(name)
    except ValueError:
        return

    assert slug(made) == made


@given(
    st.text(alphabet="abcdefghij xyz'-éèü", min_size=1, max_size=30).filter(
        lambda name: re.search("[a-z]", name)
    )
)
def test_case_and_surrounding_blanks_do_not_matter(name: str) -> None:
    assert slug(f"  {name.upper()} ") == slug(name)


def test_namesakes_all_carry_their_code_and_others_none() -> None:
    assert tell_apart([("castro", "BG"), ("messina", "ME"), ("castro", "LE")]) == [
        "castro-bg",
        "messina",
        "castro-le",
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from(["castro", "livo", "samone"]), st.from_regex("[A-Z]{2}", fullmatch=True)),
        unique=True,
    )
)
def test_different_codes_tell_all_namesakes_apart(pairs: list[tuple[str, str]]) -> None:
    made = tell_apart(pairs)

    assert len(set(made)) == len(pairs)
