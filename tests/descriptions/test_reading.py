"""A resource is told with all its statements, who makes them, and what leads to it, within bounds."""

from __future__ import annotations

import pytest

from mesmart_kg.descriptions import Description, Group, Text
from mesmart_kg.engine import Engine
from mesmart_kg.errors import ResourceGone, ResourceNotFound
from mesmart_kg.label_index import LabelIndex
from mesmart_kg.labels import Name, Reference
from mesmart_kg.namespaces import expand

from .conftest import BASE, FOLLOWERS, Describe


def group(groups: tuple[Group, ...], name: str) -> Group:
    return next(each for each in groups if each.term.iri == expand(name))


@pytest.fixture(scope="module")
def messina(describe_thing: Describe) -> Description:
    return describe_thing("city/it-messina")


def test_a_thing_is_called_in_the_readers_language_and_its_other_names_are_told(
    messina: Description, describe_thing: Describe
) -> None:
    assert messina.name == Name("Messina", "it")
    assert messina.other_names == (Name("Missina", "scn"),)
    assert describe_thing("community/oasc", "en").name == Name("Open Cities", "en")
    assert describe_thing("community/oasc", "fr").name == Name("Città aperte", "it")


def test_classes_are_those_that_are_told_inferred_ones_stay_statements(messina: Description) -> None:
    assert messina.classes == (Reference(expand("cc:City"), Name("Città", "it")),)
    types = {
        each.value.iri: each
        for each in group(messina.own, "rdf:type").statements
        if isinstance(each.value, Reference)
    }
    assert types[expand("schema:City")].is_inferred
    assert not types[expand("cc:City")].is_inferred


def test_each_statement_names_all_who_make_it(messina: Description) -> None:
    [told, *_] = [each for each in group(messina.own, "rdf:type").statements if not each.is_inferred]

    assert [source.iri for source in told.sources] == [f"{BASE}id/source/notice", f"{BASE}id/source/list"]
    assert [source.name.value for source in told.sources] == ["L’avviso", "The list"]


def test_an_inferred_statement_names_the_rules_that_can_have_made_it(messina: Description) -> None:
    """Not a rule that needs a class which the thing is not of."""
    [member] = group(messina.own, "org:memberOf").statements

    assert member.is_inferred
    assert not member.sources
    assert [rule.iri for rule in member.rules] == [f"{BASE}voc/rule/member-of"]


def test_what_leads_to_a_thing_is_told_as_well(messina: Description) -> None:
    [membership] = group(messina.incoming, "org:member").statements

    assert membership.value == Reference(
        f"{BASE}id/membership/oasc--it-messina", Name("Messina · Città aperte")
    )
    assert [source.iri for source in membership.sources] == [f"{BASE}id/source/notice"]


def test_of_many_statements_the_first_are_shown_and_all_are_counted_and_can_be_asked_for(
    describe_thing: Describe, engine: tuple[Engine, LabelIndex]
) -> None:
    followers = group(describe_thing("community/oasc").incoming, "dcterms:relation")

    assert followers.total == FOLLOWERS
    assert 0 < len(followers.statements) < FOLLOWERS
    assert followers.further == FOLLOWERS - len(followers.statements)
    assert len(engine[0].select(followers.query).rows) == FOLLOWERS


def test_a_text_keeps_its_language_or_datatype(describe_thing: Describe) -> None:
    membership = describe_thing("membership/oasc--it-messina")

    [since] = membership.find_values(expand("schema:startDate"))
    assert since == Text(Name("2021"), expand("xsd:gYear"))
    assert membership.name == Name("Messina · Città aperte")


def test_what_is_only_named_by_others_is_there(describe_thing: Describe) -> None:
    described = describe_thing("project/p00")

    assert described.name == Name("p00")
    assert described.own


@pytest.mark.parametrize("name", ["city/nowhere", "not an iri", "x> <urn:y> ?z . <urn:z"])
def test_what_nothing_is_said_of_is_not_found(describe_thing: Describe, name: str) -> None:
    with pytest.raises(ResourceNotFound):
        describe_thing(name)


def test_what_was_withdrawn_is_gone_with_its_day_and_its_successor(describe_thing: Describe) -> None:
    with pytest.raises(ResourceGone) as caught:
        describe_thing("city/it-vecchia")

    assert caught.value.since.startswith("2026-05-01")
    assert caught.value.replaced_by == (f"{BASE}id/city/it-messina",)
