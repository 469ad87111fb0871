from __future__ import annotations

from typing import Any

import pytest

from mesmart_kg.reconciliation import Candidate, Matcher, Question
from mesmart_kg.reconciliation.reading import LONGEST, read_text


def ask(matcher: Matcher, text: str, **told: Any) -> tuple[Candidate, ...]:
    return matcher.ask(Question(text, **{"kinds": ("city",), **told}))


def ends(found: tuple[Candidate, ...]) -> list[str]:
    return [each.entry.iri.rpartition("/")[2] for each in found]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("MESSINA", "it-messina"),
        ("Comune di Messina", "it-messina"),
        ("Com. di Messina", "it-messina"),
        ("Messina, Comune di", "it-messina"),
        ("City of Messina", "it-messina"),
        ("Messina City Council", "it-messina"),
        ("Messina, Italy", "it-messina"),
        ("Messina (ME)", "it-messina"),
        ("Messina Italien", "it-messina"),
        ("S. Stefano di Camastra", "it-santo-stefano"),
        ("Spezia, La", "it-la-spezia"),
        ("Genoa", "it-genova"),
        ("Bolzano/Bozen", "it-bolzano"),
        ("Bozen - Bolzano", "it-bolzano"),
        ("Bolzano Bozen", "it-bolzano"),
        ("BOLZANO .BOZEN.", "it-bolzano"),
        ("Reggio Emilia", "it-reggio"),
        ("Reggio E.", "it-reggio"),
        ("Citta' di Castello", "it-citta-di-castello"),
        ("Comune di Città di Castello", "it-citta-di-castello"),
        ("Iesolo", "it-jesolo"),
        ("Stadt Köln", "de-koln"),
        ("Koeln", "de-koln"),
        ("Ville de Gand", "be-gent"),
        ("Gemeente Gent", "be-gent"),
        ("Q13666", "it-messina"),
        ("083048", "it-messina"),
        ("F158", "it-messina"),
        ("istat:083048", "it-messina"),
        ("https://www.wikidata.org/wiki/Q13666", "it-messina"),
        ("http://sws.geonames.org/6541859", "it-messina"),
        ("https://w3id.org/city-communities/id/city/it-messina", "it-messina"),
        ("city/it-messina", "it-messina"),
    ],
)
def test_a_spelling_finds_its_town(matcher: Matcher, text: str, end: str) -> None:
    found = ask(matcher, text)
    assert ends(found)[0] == end
    assert found[0].match


def test_towns_of_one_name_share_the_chance(matcher: Matcher) -> None:
    found = ask(matcher, "Castro")
    assert sorted(ends(found)[:2]) == ["it-castro-bg", "it-castro-le"]
    assert found[0].score == found[1].score < 50
    assert not any(each.match for each in found)


@pytest.mark.parametrize(
    "told",
    [
        {"text": "Castro (BG)"},
        {"text": "Castro BG"},
        {"text": "Castro, Bergamo"},
        {"text": "Comune di Castro - Provincia di Bergamo"},
        {"text": "Castro", "regions": ("BG",)},
        {"text": "Castro", "regions": ("Provincia di Bergamo",)},
        {"text": "Castro", "point": (10.07, 45.81)},
        {"text": "Castro", "codes": (("istat", "016065"),)},
    ],
)
def test_a_place_tells_towns_of_one_name_apart(matcher: Matcher, told: dict[str, Any]) -> None:
    found = ask(matcher, **told)
    assert ends(found)[0] == "it-castro-bg"
    assert found[0].score > 90


@pytest.mark.parametrize("country", ["Italy", "IT", "ITA", "Itálie", "Италия", "country/it"])
def test_a_country_is_understood_in_any_language(matcher: Matcher, country: str) -> None:
    found = ask(matcher, "Messina", countries=(country,))
    assert found[0].match
    assert found[0].features["country"] > 1


def test_another_country_speaks_against_a_town(matcher: Matcher) -> None:
    found = ask(matcher, "Messina", countries=("Belgium",))
    assert ends(found) == ["it-messina"]
    assert not found[0].match
    assert found[0].score < 50


def test_a_country_that_nobody_knows_forbids_a_match(matcher: Matcher) -> None:
    assert not ask(matcher, "Messina", countries=("Atlantis",))[0].match


def test_a_region_that_nobody_knows_forbids_a_match_where_regions_are_known(matcher: Matcher) -> None:
    assert not ask(matcher, "Messina", regions=("Nowhereshire",))[0].match
    assert ask(matcher, "Gent", regions=("Oost-Vlaanderen",))[0].match


def test_a_slip_in_a_long_name_is_taken_only_where_the_country_agrees(matcher: Matcher) -> None:
    assert not ask(matcher, "Pogibonsi")[0].match
    assert ask(matcher, "Pogibonsi", countries=("IT",))[0].match


def test_a_name_alone_of_a_town_and_its_province_is_not_safe(matcher: Matcher) -> None:
    assert not any(each.match for each in ask(matcher, "Messina", kinds=()))
    assert ask(matcher, "Messina", kinds=("region",))[0].match


def test_a_province_is_not_its_capital(matcher: Matcher) -> None:
    assert not ask(matcher, "Provincia di Messina")[0].match
    found = ask(matcher, "Città metropolitana di Messina", kinds=("city", "region"))
    assert found[0].entry.kind == "region"


def test_a_code_counts_more_than_a_name_in_an_unknown_language(matcher: Matcher) -> None:
    found = ask(matcher, "Мессина", codes=(("wikidata", "Q13666"),))
    assert ends(found) == ["it-messina"]
    assert found[0].match


def test_a_code_and_a_name_that_contradict_each_other_are_not_safe(matcher: Matcher) -> None:
    assert not any(each.match for each in ask(matcher, "Genova", codes=(("istat", "083048"),)))
    assert not ask(matcher, "Messina", codes=(("istat", "999999"),))[0].match


def test_a_community_is_weighed(matcher: Matcher) -> None:
    assert ask(matcher, "Messina", communities=("OASC",))[0].features["community"] > 1
    assert ask(matcher, "Genova", communities=("OASC",))[0].features["community"] < 1


def test_countries_are_found_by_what_other_languages_call_them(matcher: Matcher) -> None:
    found = ask(matcher, "Deutschland", kinds=("country",))
    assert ends(found)[0] == "de"
    assert found[0].match


@pytest.mark.parametrize("text", ["", "   ", "((((", ",,,", "\x00", "—", "%' OR 1=1", '"', "*", "NEAR("])
def test_a_text_without_a_name_has_no_answer_or_an_unsafe_one(matcher: Matcher, text: str) -> None:
    assert not any(each.match for each in ask(matcher, text))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "a b " * 30_000,
        "(" * 100_000,
        " - " * 40_000,
        ".a " * 40_000,
        "é̀" * 50_000,
        "S. " * 33_000,
    ],
    ids=["letters", "words", "brackets", "dashes", "dots", "marks", "saints"],
)
def test_a_hostile_text_costs_no_more_than_a_name(matcher: Matcher, text: str) -> None:
    many = (text,) * 1000
    ask(matcher, text, countries=many, regions=many, communities=many, codes=(("", text),) * 1000)
    assert len(read_text(text).text) <= LONGEST
    assert len(ask(matcher, text)) <= 10


def test_answers_keep_the_order_of_questions(matcher: Matcher) -> None:
    names = ["Messina", "Genova", "nothing at all", "Gent"] * 40
    answers = list(matcher.ask_all(Question(name, ("city",)) for name in names))
    assert len(answers) == len(names)
    assert [ends(each)[0] for each in answers[:2]] == ["it-messina", "it-genova"]
    assert answers[:4] == answers[4:8]


@pytest.mark.parametrize("limit", [-1, 0, 1, 10**9])
def test_no_more_candidates_are_told_than_are_wanted(matcher: Matcher, limit: int) -> None:
    assert len(ask(matcher, "Castro", limit=limit)) <= max(0, min(limit, 50))


def test_scores_are_chances(matcher: Matcher) -> None:
    for text in ("Castro", "Messina", "Mesina", "Geno"):
        found = ask(matcher, text)
        assert sum(each.score for each in found) <= 100.5
        assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
