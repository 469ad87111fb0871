"""The grammar of a query, compared with the engine's own parser; and that no text is too much for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from mesmart_kg.query_help.grammar import read_grammar
from mesmart_kg.query_help.parsing import parse
from mesmart_kg.query_help.places import find_place
from mesmart_kg.query_help.tokens import MOST_TOKENS, read_tokens

SEMANTIC = (
    "rules told in words, such as which variables may be projected: tests of the explanations have them"
)


def accepts(query: str) -> bool:
    """Tell whether the engine takes a text for a query, whatever it then answers."""
    try:
        Store().query(query, base_iri="http://example.org/")
    except SyntaxError:
        return False
    except (RuntimeError, OSError, ValueError):
        return True
    return True


def test_the_grammar_leaves_no_choice_open() -> None:
    assert "Unit" in read_grammar().choices


def test_every_query_of_ours_is_read_whole(project: Path) -> None:
    for path in sorted((project / "queries").glob("*.rq")):
        text = path.read_text("utf-8")
        reading = parse(text)
        assert reading.tree is not None, path.name
        assert "".join(token.text for token in reading.tree.all_tokens()) == "".join(
            token.text for token in read_tokens(text)
        )


@pytest.mark.slow
def test_every_query_of_the_suites_that_the_engine_takes_is_read_whole(shared: Path) -> None:
    paths = sorted((shared / "suites" / "sparql11").rglob("*.rq"))
    assert len(paths) > 300
    for path in paths:
        text = path.read_text("utf-8")
        # The other way round it need not hold: an engine also refuses by rules that are no grammar.
        if accepts(text):
            assert parse(text).tree is not None, path.name


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("SELECT * { ?s ?p ?o FILTR(?o) }", "FILTR"),
        ("SELECT ?s ?p, ?o {}", ","),
        ("SELECT * { ?s ?p }", "}"),
        ("ASK { ?s ?p 'a' 'b' }", "'b'"),
        ("SELECT * { ?s ?p ?o } LIMIT ten", "ten"),
        ("CONSTRUCT ?s {}", "?s"),
    ],
)
def test_reading_stops_at_the_first_word_that_can_not_stand(query: str, word: str) -> None:
    assert parse(query).tokens[-1].text == word


def test_a_comparison_without_spaces_is_no_iri() -> None:
    assert parse("SELECT * { ?s ?p ?o FILTER(?a<?b&&?c>?d) FILTER(?a<=?b&&?c>=?d) }").tree is not None
    assert parse("SELECT * { ?s <http://a/b> ?o }").tree is not None


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * {" + "{" * 50_000,
        "SELECT * { ?s ?p " + "(" * 50_000,
        "SELECT * { FILTER(" + "true-" * 20_000,
        "SELECT * { a:" + "b." * 50_000,
        'SELECT * { ?s ?p "' + "\\q" * 30_000,
        "SELECT * {" + "?s ?p ?o . " * 9_000 + "}",
    ],
    ids=["braces", "brackets", "booleans", "dots", "escapes", "triples"],
)
def test_a_text_of_any_length_and_depth_is_read_no_further_than_so_many_tokens(text: str) -> None:
    reading = parse(text)

    assert len(reading.tokens) <= MOST_TOKENS + 1
    assert reading.tree is None


@given(st.text(st.sampled_from("SELECT WHER{}()<>?$ab:.;,*\"'\\#\n\r\t\u00a0é😀@^|&=!1-"), max_size=80))
def test_reading_never_fails_and_tokens_stand_where_they_say(text: str) -> None:
    reading = parse(text)

    for token in reading.tokens:
        assert text[token.start : token.end] == token.text
    starts = [token.start for token in reading.tokens]
    assert starts == sorted(starts)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_editors_have_it_and_columns_are_characters(end: str) -> None:
    text = f"SELECT *{end}WHERE {{{end}\t?s 😀é ?? }}{end}"
    place = find_place(text, text.index("??"), text.index("??") + 2)

    assert (place.line, place.column, place.word) == (3, 8, "??")
    assert place.source == "\t?s 😀é ?? }"
    assert place.marker == "\t      ^^"


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    text = "SELECT * { " + "?s ?p ?o . " * 100 + "?? }"
    place = find_place(text, text.index("??"), text.index("??") + 2)

    assert place.column == text.index("??") + 1
    assert place.word == "??"
    assert len(place.source) <= 110


@given(st.text("ab\n\r\t ", max_size=40), st.integers(0, 40), st.integers(0, 5))
def test_a_place_is_found_for_every_offset(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    place = find_place(text, start, min(start + length, len(text)))

    assert place.line >= 1
    assert place.column >= 1
    assert not set(place.source) & {"\n", "\r"}
