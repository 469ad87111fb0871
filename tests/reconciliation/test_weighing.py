from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesmart_kg.label_index import Spelling, fold, to_keys
from mesmart_kg.reconciliation.reading import read_codes, read_text
from mesmart_kg.reconciliation.weighing import find_likest, to_chances, to_odds, weigh_point


def compare(text: str, name: str) -> float:
    return find_likest(read_text(text).names, (), [Spelling(name, "", 0, fold(name))])[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sant'Agata di Militello", "S. Agata di Militello"),
        ("Sankt Johann", "St. Johann"),
        ("Baden-Baden", "Badenbaden"),
        ("Zürich", "Zuerich"),
        ("Århus", "Aarhus"),
        ("Bajardo", "Baiardo"),
    ],
)
def test_two_writings_of_a_name_share_a_key(one: str, other: str) -> None:
    assert set(to_keys(one)) & set(to_keys(other))
    assert compare(one, other) > 0.94


def test_likeness_falls_with_every_step_away_from_a_name() -> None:
    name = "Santo Stefano di Camastra"
    steps = [name, "S. Stefano di Camastra", "Santo Stefano di Camstra", "Santo Stefano", "Stefania"]
    found = [compare(step, name) for step in steps]
    assert found == sorted(found, reverse=True)
    assert found[0] == 1.0


def test_odds_grow_with_likeness() -> None:
    odds = [to_odds(step / 100) for step in range(101)]
    assert odds == sorted(odds)


@given(st.lists(st.floats(0, 1e9), max_size=20))
def test_chances_are_of_one_thing_at_most(odds: list[float]) -> None:
    assert sum(to_chances(odds)) <= 1.0 + 1e-9


def test_a_point_near_by_speaks_for_a_thing_and_a_far_one_against_it() -> None:
    messina = (15.55, 38.19)
    assert weigh_point(messina, (15.56, 38.2)) > 1 > weigh_point(messina, (9.19, 45.46))


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    reading = read_text(text)
    assert all(name.words for name in reading.names)
    assert len(reading.parts) <= 4
    read_codes(text)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("F158", (("", "F158"),)),
        ("ITG13", (("", "ITG13"),)),
        ("IT", (("iso3166-1", "IT"),)),
        ("nuts:ITG13", (("nuts", "ITG13"),)),
        ("12345", ()),
        ("Messina", ()),
        ("Roma 2", ()),
    ],
)
def test_only_what_looks_like_a_code_is_one(text: str, codes: tuple[tuple[str, str], ...]) -> None:
    assert read_codes(text) == codes
