"""Accept by RFC 9110, section 12.5.1: qualities, wildcards, specificity, and what none of them allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesmart_kg.formats import RESULT_FORMATS
from mesmart_kg.web.negotiation import HTML, NotAcceptable, choose_format

OFFERED = (*RESULT_FORMATS, HTML)


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("TEXT/CSV", "csv"),
        ("text/csv;q=0.4, text/tab-separated-values;q=0.6", "tsv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("application/sparql-results+xml;q=0.5, */*;q=0.1", "xml"),
        ("text/*;q=0.5, text/csv;q=0.1", "tsv"),
        ("application/json", "json"),
        ("text/turtle, application/sparql-results+json;q=0.1", "json"),
        ("application/sparql-results+json; charset=utf-8", "json"),
        ("*/*;q=0.1, application/sparql-results+json;q=0", "xml"),
    ],
)
def test_the_client_gets_what_it_prefers(accept: str | None, name: str) -> None:
    assert choose_format(accept, None, OFFERED).format.name == name


@pytest.mark.parametrize("accept", ["text/turtle", "image/png, application/pdf", "text/csv;q=0", "*/*;q=0"])
def test_a_client_that_takes_none_of_them_is_told_so(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        choose_format(accept, None, OFFERED)

    assert caught.value.formats == OFFERED


def test_a_format_by_name_wins_over_accept() -> None:
    assert choose_format("text/csv", "xml", OFFERED).format.name == "xml"
    assert choose_format("text/csv", "text/tab-separated-values", OFFERED).format.name == "tsv"
    with pytest.raises(NotAcceptable):
        choose_format("text/csv", "xlsx", OFFERED)


def test_the_media_type_that_the_client_named_is_the_one_it_is_given() -> None:
    assert choose_format("application/json", None, OFFERED).media_type == "application/json"
    assert choose_format("application/*", None, OFFERED).media_type == "application/sparql-results+json"


@given(st.text(max_size=80))
def test_no_header_is_too_odd_to_be_read(accept: str) -> None:
    try:
        chosen = choose_format(accept, None, OFFERED).format
    except NotAcceptable:
        chosen = None

    assert chosen is None or chosen in OFFERED
