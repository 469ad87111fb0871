"""What the reconciliation service is made of, asked without HTTP."""

from __future__ import annotations

import pytest

from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.reconciling.comparing import meets
from mesmart_kg.web.reconciling.model import Condition, Moment, Nothing, Text, Thing, Value
from mesmart_kg.web.reconciling.reading import read_extension, read_number
from mesmart_kg.web.reconciling.versions import Version, choose_manifest

MESSINA = Thing("https://example.org/id/region/it-messina", "Messina")


@pytest.mark.parametrize(
    ("value", "wanted", "fits"),
    [
        (Text("Città"), "citta", True),
        (Text("Città"), "city", False),
        (MESSINA, "region/it-messina", True),
        (MESSINA, "messina", True),
        (MESSINA, "it-messina", False),
        (Moment("2019-11-19"), "2019", True),
        (Text("2019"), "2019-11-19", True),
        (Text("2019"), "20", False),
        (229565, "229565", True),
        (229565, 229565.0, True),
        (38.19, "38.190", True),
        (229565, "many", False),
        (Text("083048"), 83048.0, False),
        (Text("true"), True, True),
    ],
)
def test_a_value_fits_or_differs(value: Value, wanted: str, fits: bool) -> None:
    assert meets((value,), Condition("x", (wanted,))) is fits


def test_nothing_is_neither() -> None:
    assert meets((), Condition("x", ("a",))) is None
    assert meets((Nothing(),), Condition("x", ("a",))) is None


@pytest.mark.parametrize(("quantifier", "fits"), [("any", True), ("all", False), ("none", False)])
def test_quantifiers_count_the_values(quantifier: str, fits: bool) -> None:
    condition = Condition("x", ("a", "b"), quantifier=quantifier)

    assert meets((Text("a"), Text("c")), condition) is fits


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        *(("politik*", True), ("*wissen*", True), ("*er", True), ("pol*wis*er", True), ("*", True)),
        *(("er*", False), ("politik", False), ("politikwissenschaftler*er", False), ("*" * 900 + "x", False)),
    ],
)
def test_an_asterisk_stands_for_anything(pattern: str, fits: bool) -> None:
    condition = Condition("x", (pattern,), qualifier="WildcardMatch")

    assert meets((Text("Politikwissenschaftler"),), condition) is fits


@pytest.mark.parametrize(
    "value", [True, None, "", "1.5", 1.5, float("inf"), float("nan"), -1, "-1", "9" * 20, []]
)
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(BadRequest):
        read_number(value, "limit", 0, 10)


def test_a_whole_number_may_come_as_text_and_is_held_within_its_limit() -> None:
    assert [read_number(value, "limit", 0, 10) for value in ("5", 5.0, 700, "0")] == [5, 5, 10, 0]


@pytest.mark.parametrize(
    "document",
    [[], {}, {"ids": 1, "properties": []}, {"ids": ["a"], "properties": ["b"]}]
    + [
        {"ids": ["a"], "properties": [{"id": "b", "settings": each}]}
        for each in (7, {"limit": "x"}, {"content": 1})
    ]
    + [{"ids": ["a"], "properties": [{"id": "b", "settings": {"close": []}}]}],
)
def test_a_malformed_extension_is_refused(document: object) -> None:
    with pytest.raises(BadRequest):
        read_extension(document, 1000)


@pytest.mark.parametrize(
    ("asked", "accept", "version"),
    [
        (None, None, Version.FINAL),
        ("0.2", None, Version.FINAL),
        ("1.0-draft", None, Version.DRAFT),
        (None, "application/json;version=1.0-draft", Version.DRAFT),
        (None, "application/json; version=7", Version.FINAL),
        ("0.2", "application/json;version=1.0-draft", Version.FINAL),
    ],
)
def test_the_manifest_is_chosen_by_how_it_is_asked_for(
    asked: str | None, accept: str | None, version: Version
) -> None:
    assert choose_manifest(asked, accept) is version
