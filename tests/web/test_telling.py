"""Dates, periods, distances and codes of profiles in the words of both languages."""

from __future__ import annotations

import pytest
from flask import Flask

from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.values import Point, Told
from mesmart_kg.web import telling


def in_words(app: Flask, language: str, make: object, *values: object) -> str:
    with app.test_request_context(f"/?lang={language}"):
        app.preprocess_request()
        return str(make(*values))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("moment", "italian", "english"),
    [
        ("2021", "nel 2021", "in 2021"),
        ("2021-06", "a giugno 2021", "in June 2021"),
        ("2021-06-05", "il 5 giugno 2021", "on 5 June 2021"),
        ("2021-06-08", "l’8 giugno 2021", "on 8 June 2021"),
        ("2021-06-11", "l’11 giugno 2021", "on 11 June 2021"),
    ],
)
def test_a_date_of_any_precision_fits_a_sentence(app: Flask, moment: str, italian: str, english: str) -> None:
    assert in_words(app, "it", telling.to_moment, moment) == italian
    assert in_words(app, "en", telling.to_moment, moment) == english


@pytest.mark.parametrize(
    ("start", "end", "english"),
    [
        ("2021-06-05", "2021-06-07", "5–7 June 2021"),
        ("2021-05-30", "2021-06-02", "30 May – 2 June 2021"),
        ("2021-12-30", "2022-01-02", "30 December 2021 – 2 January 2022"),
        ("2015", "2018", "2015 – 2018"),
        ("2021-06", "2021-06", "June 2021"),
        ("2021-06", None, "June 2021"),
        (None, "2023", "until 2023"),
        ("2021-02-31", "2021-03-01", "2021-02-31 – 1 March 2021"),
        (None, None, ""),
    ],
)
def test_a_period_repeats_nothing_that_its_ends_share(
    app: Flask, start: str | None, end: str | None, english: str
) -> None:
    assert in_words(app, "en", telling.to_period, start, end) == english


def test_places_distances_and_languages_are_written_as_people_write_them(app: Flask) -> None:
    point = Point(-58.37723, -34.6, Reference("urn:x", Name("X")))

    assert in_words(app, "it", telling.to_coordinates, point) == "34,6° S, 58,37723° O"
    assert in_words(app, "en", telling.to_kilometres, 1234.4) == "1,234 km"
    authority = "http://publications.europa.eu/resource/authority/language/ITA"
    assert in_words(app, "en", telling.to_language_name, authority) == "Italian"
    assert in_words(app, "en", telling.to_plain_address, "https://www.example.org/") == "example.org"
    assert in_words(app, "it", telling.to_scheme_name, "unheard-of") == "unheard-of"


def test_the_value_of_a_statement_is_shown_by_its_kind(app: Flask) -> None:
    about = Reference("urn:p", Name("p"))

    def tell(kind: str, value: str) -> str:
        told = Told("urn:s", about, Name(value), kind)  # type: ignore[arg-type]
        return in_words(app, "it", lambda: telling.to_told(told).value)

    assert tell("date", "2021-06-05") == "5 giugno 2021"
    assert tell("number", "892000000") == "892.000.000"
    assert tell("number", "many") == "many"
    assert tell("text", "2021") == "2021"
