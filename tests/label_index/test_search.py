"""What finds what, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesmart_kg.label_index import Filters, LabelIndex
from mesmart_kg.namespaces import NAMESPACE

IT = ("it",)


def ends(index: LabelIndex, text: str, filters: Filters | None = None) -> list[str]:
    hits = index.search(text, filters or Filters(), IT).hits
    return [hit.entry.iri.removeprefix(f"{NAMESPACE}id/") for hit in hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Forli", "city/it-forli"),
        ("FORLÌ", "city/it-forli"),
        ("zurich", "city/ch-zurich"),
        ("Zürich", "city/ch-zurich"),
        ("l'aquila", "city/it-l-aquila"),
        ("L’Aquila", "city/it-l-aquila"),
        ("laquila", "city/it-l-aquila"),
        ("mess", "city/it-messina"),
        ("smart open", "community/oasc"),
        ("oasc", "community/oasc"),
        ("083048", "city/it-messina"),
        ("83048", "city/it-messina"),
        ("istat:083048", "city/it-messina"),
        ("f158", "city/it-messina"),
        ("ITG13", "city/it-messina"),
        ("Q13666", "city/it-messina"),
        ("https://www.wikidata.org/wiki/Q13666", "city/it-messina"),
        ("2524170", "city/it-messina"),
        ("https://sws.geonames.org/2524170/", "city/it-messina"),
        ("IT", "country/it"),
        (f"{NAMESPACE}id/city/it-forli", "city/it-forli"),
        ("castro lecce", "city/it-castro-le"),
        ("bergamo castro", "city/it-castro-bg"),
        ("messina oasc", "source/one"),
        ("ada", "https://example.org/ada"),
    ],
)
def test_a_name_or_a_code_finds_its_thing_first(index: LabelIndex, text: str, first: str) -> None:
    assert ends(index, text)[0] == first


def test_a_member_of_communities_stands_before_a_town_of_the_same_name(index: LabelIndex) -> None:
    assert ends(index, "san donato") == ["city/ch-san-donato", "city/it-san-donato"]


def test_a_city_stands_before_what_only_has_its_name_in_a_title(index: LabelIndex) -> None:
    assert ends(index, "messina") == ["city/it-messina", "region/it-messina", "source/one"]


def test_what_was_found_by_another_name_or_a_code_says_by_which(index: LabelIndex) -> None:
    by_name, by_code, shown = (index.search(text, languages=IT).hits[0] for text in ("oasc", "F158", "forli"))

    assert by_name.match is not None
    assert (by_name.match.text, by_name.match.language, by_name.match.scheme) == ("OASC", None, None)
    assert by_code.match is not None
    assert (by_code.match.scheme, by_code.match.text) == ("cadastral", "F158")
    assert shown.match is None


def test_filters_leave_what_has_them_and_count_what_they_would_leave(index: LabelIndex) -> None:
    found = index.search("san donato", Filters(countries=(f"{NAMESPACE}id/country/ch",)), IT)

    assert [hit.entry.iri for hit in found.hits] == [f"{NAMESPACE}id/city/ch-san-donato"]
    facets = {facet.filter: facet.options for facet in found.facets}
    assert {(each.value.rpartition("/")[2], each.things, each.is_chosen) for each in facets["country"]} == {
        ("ch", 1, True),
        ("it", 1, False),
    }
    assert [(each.value, each.things) for each in facets["class"]] == [("city", 1)]
    assert {each.name.value for each in facets["community"] if each.name} == {
        "C40",
        "Open & Agile Smart Cities",
    }


def test_a_page_of_what_was_found_has_the_total_of_all(index: LabelIndex) -> None:
    found = index.search("messina", languages=IT, limit=1, offset=1)

    assert found.total == 3
    assert [hit.entry.kind for hit in found.hits] == ["region"]


@pytest.mark.parametrize(
    ("text", "meant"), [("Mesina", "Messina"), ("Forlli", "Forlì"), ("zurrich", "Zurigo")]
)
def test_a_slip_of_the_keyboard_is_understood(index: LabelIndex, text: str, meant: str) -> None:
    assert index.search(text).total == 0
    assert index.alike(text, IT)[0].name.value == meant


def test_nothing_alike_is_made_up(index: LabelIndex) -> None:
    assert index.alike("qqqqqqq", IT) == ()


def test_suggestions_are_the_best_of_what_is_found(index: LabelIndex) -> None:
    assert [hit.entry.kind for hit in index.suggest("mes", IT, 2)] == ["city", "region"]


@settings(max_examples=60)
@given(st.text(max_size=60) | st.text("\"*^():-+ ANDORNEAR{}'\\%\0", max_size=30))
def test_no_text_is_syntax(index: LabelIndex, text: str) -> None:
    index.search(text, languages=IT)
    index.suggest(text, IT)
    index.alike(text, IT)
