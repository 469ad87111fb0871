"""Names for pages, lists of kinds of thing, codes."""

from __future__ import annotations

import pytest

from mesmart_kg.label_index import Filters, LabelIndex
from mesmart_kg.labels import Name
from mesmart_kg.namespaces import NAMESPACE

IT = ("it",)
MESSINA = f"{NAMESPACE}id/city/it-messina"
OASC = f"{NAMESPACE}id/community/oasc"
ITALY = f"{NAMESPACE}id/country/it"
SWITZERLAND = f"{NAMESPACE}id/country/ch"
MEMBERSHIP = f"{NAMESPACE}id/membership/oasc--it-messina"


def test_names_are_the_preferred_ones_in_all_languages(index: LabelIndex) -> None:
    found = index.names([MESSINA, OASC, MEMBERSHIP, "https://example.org/none"])

    assert set(found) == {MESSINA, OASC}
    assert set(found[MESSINA]) == {Name("Messina", "it"), Name("Messina", "en")}
    assert found[OASC] == (Name("Open & Agile Smart Cities", "it"),)


def test_a_reference_has_the_name_for_the_reader_else_what_it_joins_else_the_end_of_the_iri(
    index: LabelIndex,
) -> None:
    italy = f"{NAMESPACE}id/country/it"
    none = "https://example.org/things/none"
    found = index.references([italy, MEMBERSHIP, none], ("en",))

    assert found[italy].name == Name("Italy", "en")
    assert found[MEMBERSHIP].name == Name("Messina · Open & Agile Smart Cities")
    assert found[none].name == Name("none")
    assert index.reference("https://example.org/ada").name.value == "Ada Lovelace"


def test_an_entry_tells_where_when_with_whom_and_by_which_codes(index: LabelIndex) -> None:
    (event,) = index.browse("event", Filters(communities=(OASC,)), languages=IT).entries

    assert [each.name.value for each in event.countries] == ["Italia"]
    assert [each.name.value for each in event.regions] == ["Messina"]
    assert (event.start, event.point) == ("2021-06-21", ("15.55256", "38.19327"))
    (city,) = index.browse(
        "city", Filters(communities=(OASC,), countries=(f"{NAMESPACE}id/country/it",))
    ).entries
    assert ("istat", "083048") in city.codes
    assert ("geonames", "2524170") in city.codes
    assert "slug" not in dict(city.codes)


def test_a_membership_lies_where_its_member_does(index: LabelIndex) -> None:
    (membership,) = index.browse("membership", languages=IT).entries

    assert membership.name.value == "Messina · Open & Agile Smart Cities"
    assert [each.name.value for each in membership.countries] == ["Italia"]
    assert [each.name.value for each in membership.communities] == ["Open & Agile Smart Cities"]


def test_lists_are_sorted_by_name_or_by_date_with_the_undated_last(index: LabelIndex) -> None:
    def names(order: str) -> list[str]:
        return [each.name.value for each in index.browse("event", order=order, languages=IT).entries]

    assert names("name") == ["Alfa", "Assemblea 2021", "Vecchio", "Zeta"]
    assert names("date") == ["Zeta", "Assemblea 2021", "Alfa", "Vecchio"]
    assert names("-date") == ["Assemblea 2021", "Zeta", "Alfa", "Vecchio"]


def test_pages_of_a_list_and_the_whole_of_it_agree(index: LabelIndex) -> None:
    whole = [each.iri for each in index.entries("city", languages=IT)]
    paged = [
        each.iri
        for page in range(5)
        for each in index.browse("city", limit=2, offset=2 * page, languages=IT).entries
    ]

    assert paged == whole
    assert index.browse("city").total == len(whole) == 8


@pytest.mark.parametrize(
    ("kind", "filters"),
    [
        ("city", Filters()),
        ("city", Filters(communities=(OASC,))),
        ("city", Filters(countries=(ITALY,))),
        ("city", Filters(countries=(ITALY, SWITZERLAND))),
        ("city", Filters(communities=(OASC,), countries=(ITALY,))),
        ("city", Filters(countries=("https://example.org/none",))),
        ("event", Filters(communities=(OASC,))),
        ("nothing", Filters()),
    ],
)
def test_a_list_tells_how_many_it_has(index: LabelIndex, kind: str, filters: Filters) -> None:
    assert index.browse(kind, filters, limit=1).total == len(list(index.entries(kind, filters)))


def test_kinds_are_those_of_our_iris_else_of_the_class(index: LabelIndex) -> None:
    kinds = {each.key: each.things for each in index.classes()}

    assert kinds["city"] == 8
    assert kinds["event"] == 4  # one of them a schema:Event, by the older address of schema.org
    assert kinds["person"] == 1


def test_values_of_a_filter_are_counted(index: LabelIndex) -> None:
    facets = {facet.filter: facet.options for facet in index.facets("city", languages=IT)}

    assert [(each.name.value, each.things) for each in facets["country"] if each.name] == [
        ("Italia", 6),
        ("Svizzera", 2),
    ]


def test_a_code_finds_its_things_in_its_own_register_only(index: LabelIndex) -> None:
    assert index.find_code("istat", "083048") == [MESSINA]
    assert index.find_code("wikidata", "q13666") == [MESSINA]
    assert index.find_code("nuts", "083048") == []
