"""What is read from a query's tokens; each attack here was seen to make a call with pyoxigraph 0.5.13."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesmart_kg.query_text import examine


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT"),
        ("select(count(*) as ?n){}", "SELECT"),
        ("BASE <http://b/> PREFIX ask: <construct#> # ASK\nConstruct WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("DESCRIBE <http://a/b>", "DESCRIBE"),
        ("ASK{}", "ASK"),
        ("", None),
        ("hello", None),
        ("INSERT DATA { <a:a> <b:b> 1 }", None),
    ],
)
def test_the_first_word_after_the_prologue_is_the_form(text: str, form: str | None) -> None:
    assert examine(text).form == form


@pytest.mark.parametrize(
    "word", ["INSERT DATA {}", "delete where {}", "LOAD <http://a/>", "CLEAR ALL", "DROP ALL"]
)
def test_an_update_is_known_by_its_first_word(word: str) -> None:
    assert examine(f"PREFIX ex: <http://ex/> {word}").is_update


def test_the_word_for_an_update_elsewhere_makes_no_update() -> None:
    assert not examine("# DROP ALL\nSELECT ?insert { ?insert <http://x/delete> 'LOAD' }").is_update


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://a/> { ?s ?p ?o } }",
        "SELECT * { service silent ?where { ?s ?p ?o } }",
        "PREFIX : <http://a/> SELECT * { SERVICE :x { ?s ?p ?o } }",
        "PREFIX ex: <http://a/> SELECT * { SERVICEex:x{?s ?p ?o} }",
        "PREFIX ex: <http://a/> SELECT * { SERVICESILENTex:x{?s ?p ?o} }",
        "SELECT * { ?s ?p trueSERVICE<http://a/>{?s ?p ?o} }",
        "SELECT * { VALUES ?x {<http://a/>} ?s ?p ?a,?b FILTER(?a<?b)SERVICE?x#>\n{ ?s ?p ?o } }",
        "SELECT * { ?s ?p ?a FILTER(?a<'x>')SERVICE <http://a/>{?s ?p ?o} FILTER('') }",
        "SELECT * { ?s ?p ?a FILTER(?a<?b#>'''\n)SERVICE <http://a/>{?s ?p ?o} #'''\n }",
        r"SELECT * { \u0053ERVICE <http://a/> { ?s ?p ?o } }",
        "SELECT * { { SELECT * { SERVICE <http://a/> { ?s ?p ?o } } } }",
        "SELECT * { # comment\n SERVICE # another\n <http://a/> { ?s ?p ?o } }",
    ],
)
def test_a_call_of_another_endpoint_is_found_however_it_is_written(text: str) -> None:
    assert examine(text).services


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o } # SERVICE <http://a/> { ?s ?p ?o }",
        "SELECT * { ?s ?p 'SERVICE <http://a/> {}' }",
        'SELECT * { ?s ?p """a " SERVICE <http://a/> {}""" }',
        "SELECT * { ?s ?p ?service . ?service ?SERVICE $service }",
        "PREFIX service: <http://a/service/> SELECT * { service:a service:service ?o }",
        "PREFIX service: <http://a/> SELECT * FROM service:g { GRAPH service:g { ?s ?p ?o } }",
        "SELECT * { ?s <http://www.w3.org/ns/sparql-service-description#Service> ?o }",
        "SELECT * { ?s ?p ?a FILTER(?a = <http://a/(x)/service#y>) }",
        "SELECT * { ?s ?p 'it'@service }",
        "PREFIX ex: <http://a/> SELECT * { ex:SERVICE ex:service _:service }",
    ],
)
def test_the_word_in_comments_strings_names_and_variables_is_no_call(text: str) -> None:
    assert examine(text).services == ()


def test_a_call_is_told_with_its_target_and_place() -> None:
    (call,) = examine("SELECT * {\n  SERVICE SILENT <http://a/> { ?s ?p ?o } }").services

    assert (call.target, call.line, call.column) == ("<http://a/>", 2, 3)


def test_more_doubtful_places_than_anyone_writes_count_as_a_call() -> None:
    doubtful = " || ".join(f"?a <b#{number}> 1" for number in range(40))

    assert examine(f"SELECT ?service {{ ?s ?p ?a FILTER({doubtful}) }}").services


def test_the_dataset_clause_is_read_with_prefixes_and_base() -> None:
    text = examine(
        "BASE <http://b/> PREFIX g: <graph/> SELECT * FROM <http://a/1> FROM g:two FROM NAMED <three> {}"
    )

    assert text.default_graphs == ("http://a/1", "http://b/graph/two")
    assert text.named_graphs == ("http://b/three",)


@given(st.text(alphabet=st.sampled_from("SERVICE<>'\"#(){}?:.\\/ ax1\nu0053@-"), max_size=200))
def test_no_text_is_too_odd_to_be_examined(text: str) -> None:
    found = examine(text)

    assert all(call.line >= 1 and call.column >= 1 for call in found.services)


@given(st.text(max_size=100))
def test_a_call_outside_of_strings_and_comments_is_found_after_any_string(text: str) -> None:
    quoted = "".join(f"\\u{ord(sign):04X}" if ord(sign) < 0x10000 else "" for sign in text if sign.isalnum())

    assert examine(f'SELECT * {{ ?s ?p "{quoted}" SERVICE <http://a/> {{ }} }}').services


def test_a_hundred_thousand_signs_made_to_be_slow_are_read_once() -> None:
    for part in ("a-", "a.", "'''", "<#'a> ", "?a<#", "a:....", '""a', '"\\', "'\\"):
        assert examine("SELECT ?service { " + part * (100_000 // len(part))).form == "SELECT"


def test_a_text_full_of_quotes_that_nothing_closes_is_taken_to_call_a_service_it_names() -> None:
    quotes = '"\\' * 20

    assert examine(f"SELECT * {{ {quotes} SERVICE <http://a/> {{}} }}").services
    assert not examine(f"SELECT * {{ {quotes} }}").services
