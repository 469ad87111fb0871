"""The right label for a reader: asked, Italian, English, untagged, any; the same answer every time."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesmart_kg.labels import find_label, sort_labels
from mesmart_kg.store import Literal

GENEVA = (
    Literal("Ginevra", language="it"),
    Literal("Geneva", language="en"),
    Literal("Genève", language="fr"),
    Literal("Genf", language="de"),
    Literal("GE"),
)


def text(labels: tuple[Literal, ...], *languages: str) -> str | None:
    label = find_label(labels, languages)
    return label.value if label else None


class TestFindLabel:
    def test_the_language_asked_for_comes_first(self) -> None:
        assert text(GENEVA, "fr") == "Genève"

    def test_the_second_wish_is_tried_before_the_fallback(self) -> None:
        assert text(GENEVA, "ro", "de") == "Genf"

    def test_without_a_wish_it_is_italian(self) -> None:
        assert text(GENEVA) == "Ginevra"

    def test_without_italian_it_is_english(self) -> None:
        assert text(GENEVA[1:], "ro") == "Geneva"

    def test_without_both_it_is_the_untagged_one(self) -> None:
        assert text(GENEVA[2:], "ro") == "GE"

    def test_without_an_untagged_one_it_is_the_first_tag_of_the_alphabet(self) -> None:
        assert text(GENEVA[2:4], "ro") == "Genf"

    def test_no_label_gives_none(self) -> None:
        assert find_label((), ("it",)) is None

    @pytest.mark.parametrize("wish", ["de-AT", "de-at", "DE", "de_CH", "de-Latn-AT-x-wien"])
    def test_a_narrower_wish_is_served_by_the_broader_label(self, wish: str) -> None:
        assert text(GENEVA, wish) == "Genf"

    def test_a_broader_wish_is_served_by_a_narrower_label_before_the_fallback(self) -> None:
        labels = (Literal("Lisbona", language="it"), Literal("Lisboa", language="pt-BR"))

        assert text(labels, "pt") == "Lisboa"

    def test_the_exact_tag_wins_over_a_narrower_one(self) -> None:
        labels = (Literal("A", language="pt-BR"), Literal("Z", language="pt"))

        assert text(labels, "pt") == "Z"

    def test_a_tag_that_only_begins_alike_is_another_language(self) -> None:
        assert text((Literal("x", language="deu"), Literal("y", language="it")), "de") == "y"

    @pytest.mark.parametrize("wish", ["*", "", " "])
    def test_a_wish_for_anything_means_the_fallback(self, wish: str) -> None:
        assert text(GENEVA, wish) == "Ginevra"

    def test_every_order_of_the_labels_gives_the_same_answer(self) -> None:
        answers = {text(order, "ro") for order in permutations(GENEVA)}

        assert answers == {"Ginevra"}


class TestSortLabels:
    def test_two_labels_of_one_language_keep_the_order_of_their_text(self) -> None:
        labels = (Literal("Sky", language="en"), Literal("Sea", language="en"))

        assert [label.value for label in sort_labels(labels, ["en"])] == ["Sea", "Sky"]

    @given(st.permutations(GENEVA), st.lists(st.sampled_from(["fr", "de", "en", "xx", "*"]), max_size=3))
    def test_the_order_does_not_depend_on_the_order_given(
        self, labels: list[Literal], languages: list[str]
    ) -> None:
        assert sort_labels(labels, languages) == sort_labels(GENEVA, languages)
