"""The parameters of a named query as fields, and what people write there as values."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mesmart_kg.queries import Expectation, NamedQuery, Parameter
from mesmart_kg.web.query_fields import Field, class_of, resolve, to_fields

WORDS = {"it": "etichetta", "en": "label"}
MESSINA = "id/city/it-messina"


def parameter(name: str, kind: str, *default: str, many: bool = False) -> Parameter:
    return Parameter(name, kind, WORDS, default, many)


def query(*parameters: Parameter) -> NamedQuery:
    return NamedQuery("01-x", 1, WORDS, WORDS, parameters, "SELECT * {}", Expectation((), 0))


def list_things(about: str) -> Sequence[tuple[str, str]] | None:
    return [("id/community/oasc", "OASC")] if about == "community" else None


def name_of(iri: str) -> str | None:
    return "Messina" if iri == MESSINA else None


def find_things(about: str, name: str) -> Sequence[str]:
    return [MESSINA] if (about, name.lower()) == ("city", "messina") else []


def field(made: Parameter, **values: str) -> Field:
    (found,) = to_fields(
        query(made), values, "en", [("it", "Italiano"), ("en", "English")], list_things, name_of
    )
    return found


def test_each_type_has_its_kind_of_field() -> None:
    assert field(parameter("lang", "lang", "it")).options == (("it", "Italiano"), ("en", "English"))
    assert (field(parameter("n", "integer", "2")).kind, field(parameter("n", "integer", "2")).step) == (
        "number",
        "1",
    )
    assert field(parameter("n", "decimal", "2.0")).step == "any"
    assert field(parameter("d", "date", "2018")).kind == "text"
    assert field(parameter("c", "iri", "id/community/oasc")).options == (("id/community/oasc", "OASC"),)


def test_a_thing_is_shown_by_its_name_and_otherwise_by_its_iri() -> None:
    city = parameter("city", "iri", MESSINA)

    assert (field(city).kind, field(city).about, field(city).value) == ("thing", "city", "Messina")
    assert field(city, city="id/city/be-gent").value == "id/city/be-gent"


def test_a_list_holds_the_present_value_whatever_it_is() -> None:
    assert field(parameter("lang", "lang", "it"), lang="pt-BR").options[-1] == ("pt-BR", "pt-BR")


def test_several_things_are_written_by_their_iris() -> None:
    cities = parameter("cities", "iri", MESSINA, "id/city/it-palermo", many=True)

    assert field(cities).kind == "text"
    assert field(cities).value == f"{MESSINA} id/city/it-palermo"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("Messina", MESSINA),
        (" messina ", MESSINA),
        (MESSINA, MESSINA),
        ("https://elsewhere.example/a", "https://elsewhere.example/a"),
        ("Nowhere", "Nowhere"),
    ],
)
def test_names_become_iris_and_all_else_stays(given: str, value: str) -> None:
    asked = query(parameter("city", "iri", MESSINA))

    assert resolve(asked, {"city": given, "other": "x"}, find_things) == {"city": value}


def test_an_empty_field_means_the_default() -> None:
    assert resolve(query(parameter("city", "iri", MESSINA)), {"city": "  "}, find_things) == {}


def test_the_class_of_things_is_that_of_all_defaults() -> None:
    assert class_of(parameter("c", "iri", MESSINA, "id/city/be-gent", many=True)) == "city"
    assert class_of(parameter("c", "iri", MESSINA, "id/region/it-sicilia", many=True)) == ""
    assert class_of(parameter("c", "iri", "https://elsewhere.example/id/city/x")) == ""
