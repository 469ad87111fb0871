"""What is said of a refused query: where, what, and a remedy that the engine then takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from mesmart_kg.namespaces import CC, PREFIXES
from mesmart_kg.query_help import Diagnosis, KnownTerms, explain_syntax
from mesmart_kg.query_help.tokens import read_tokens

KNOWN = KnownTerms(
    {f"{CC}City": 10, f"{CC}Community": 5, "https://schema.org/City": 10},
    {PREFIXES["org"] + "memberOf": 7, PREFIXES["dcterms"] + "title": 3, PREFIXES["skos"] + "prefLabel": 9},
)
_ERROR = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def refusal(query: str) -> re.Match[str] | str | None:
    """Return what the engine says of a text that is no query."""
    try:
        Store().query(query)
    except SyntaxError as error:
        return _ERROR.match(str(error)) or str(error)
    except RuntimeError:  # a function that it does not know: the text is a query
        return None
    return None


def explain(query: str) -> Diagnosis:
    refused = refusal(query)
    assert refused, f"the engine takes {query}"
    if isinstance(refused, str):
        return explain_syntax(query, KNOWN, message=refused)
    return explain_syntax(query, KNOWN, int(refused[1]), int(refused[2]), refused[3])


@pytest.mark.parametrize(
    ("query", "kind", "place", "word", "remedy"),
    [
        ("SELECT *\nWHERE { ?s skos:prefLabel ?o }", "prefix", (2, 12), "skos:prefLabel", "PREFIX skos: <"),
        ("SELECT * { ?s dct:title ?o }", "prefix", (1, 15), "dct:title", PREFIXES["dcterms"]),
        ("SELECT * { ?s a :City }", "prefix", (1, 17), ":City", f"PREFIX : <{CC}>"),
        ("SELECT * { ?s schma:xyz ?o }", "prefix", (1, 15), "schma:xyz", "schema:xyz"),
        ("SELEC * { ?s ?p ?o }", "keyword", (1, 1), "SELEC", "SELECT"),
        ("PREFX a: <http://a/> SELECT * {}", "keyword", (1, 1), "PREFX", "PREFIX"),
        ("SELECT ?s WHER { ?s ?p ?o }", "keyword", (1, 11), "WHER", "WHERE"),
        ("SELECT * {\r\n\t?s ?p ?o .\r\n\tFILTR(?o > 3) }", "keyword", (3, 2), "FILTR", "FILTER"),
        ("SELECT * { ?s ?p '😀' OPTINAL { ?s ?q ?z } }", "keyword", (1, 22), "OPTINAL", "OPTIONAL"),
        ("SELECT * { ?s ?p ?o } ODER BY ?s", "keyword", (1, 23), "ODER", "ORDER"),
        ("SELECT * { ?s ?p ?o } ORDER BY DESCENDING(?s)", "keyword", (1, 32), "DESCENDING", "DESC"),
        ("SELECT * { ?s ?p ?o FILTER(contain(?o, 'x')) }", "keyword", (1, 28), "contain", "contains"),
        ("SELECT * { ?s ?p ?o FILTER NOT EXIST { ?s ?p 1 } }", "keyword", (1, 32), "EXIST", "EXISTS"),
        ("SELECT ?s count(*) { ?s ?p ?o } GROUP BY ?s", "alias", (1, 11), "count(*)", "(count(*) AS ?count)"),
        ("SELECT (COUNT(?x)) { ?x ?p ?o }", "alias", (1, 8), "(COUNT(?x))", "(COUNT(?x) AS ?count)"),
        ("SELECT SUM(?o) AS ?n { ?s ?p ?o }", "alias", (1, 8), "SUM(?o) AS ?n", "(SUM(?o) AS ?n)"),
        ("SELECT (COUNT(?s) ?n) { ?s ?p ?o }", "missing", (1, 19), "?n", "AS"),
        ("SELECT ?s (COUNT(?o) AS n) { ?s ?p ?o } GROUP BY ?s", "bare", (1, 25), "n", "?n"),
        ("SELECT * { ?s ?p ?o\n  ?s ?q ?z }", "missing", (2, 3), "?s", "."),
        ("SELECT * { ?s ?p ?o\n\n", "missing", (1, 20), "", "}"),
        ("SELECT * { { ?s ?p ?o }", "missing", (1, 24), "", "}"),
        ("SELECT * { ?s ?p ?o FILTER(?o = 'x' }", "missing", (1, 37), "}", ")"),
        ("SELECT * { ?s ?p ?o FILTER ?o = 'x' }", "missing", (1, 28), "?o", "FILTER(?o = 'x')"),
        ("SELECT * { ?s ?p ?o UNION { ?a ?b ?c } }", "missing", (1, 21), "UNION", "{ } UNION { }"),
        ("SELECT { ?s ?p ?o }", "missing", (1, 8), "{", "*"),
        ("SELECT * { ?s ?p ?o } ORDER ?s", "missing", (1, 29), "?s", "BY"),
        ("PREFIX cc <http://x/> SELECT * {}", "missing", (1, 8), "cc", "cc:"),
        ("SELECT * { ?s ?p ?o }}", "extra", (1, 22), "}", ""),
        ("SELECT ?s, ?p, ?o { ?s ?p ?o }", "extra", (1, 10), ",", ""),
        ("PREFIX a: <http://a/> . SELECT * {}", "extra", (1, 23), ".", ""),
        ("SELECT * { ?s ?p “Messina”@it }", "quotes", (1, 18), "“Messina”", '"Messina"'),
        ("SELECT * { ?s ?p 'it's' }", "quotes", (1, 18), "'it's'", '"it\'s"'),
        ('SELECT * { ?s ?p "Messina }', "unclosed", (1, 18), '"Messina', '"'),
        ('SELECT * { ?s ?p "Mess\nina" }', "unclosed", (1, 18), '"Mess', '"""'),
        ('SELECT * { ?s ?p "a\\qb" }', "escape", (1, 18), '"a\\qb"', '"a\\\\qb"'),
        ("SELECT * { ?s ?p <http://a b> }", "iri", (1, 18), "<http://a b>", "<http://a%20b>"),
        ("SELECT * { ?s ?p http://a/b . }", "iri", (1, 18), "http://a/b", "<http://a/b>"),
        ("SELECT * { ?s ?p ?o FILTER(?o == 1) }", "sign", (1, 31), "==", "="),
        ("SELECT * { ?s ?p ?o FILTER(?o = 1 AND ?s = 2) }", "sign", (1, 35), "AND", "&&"),
        ("SELECT * { ?s ?p ?o FILTER(?o <> 1) }", "sign", (1, 31), "<>", "!="),
        ("SELECT * { ?s ?p 'x'^xsd:date }", "sign", (1, 21), "^", "^^"),
        ("SELECT * { ?s a City }", "bare", (1, 17), "City", "cc:City"),
        ("SELECT * { ?s ?p 2020-01-31 }", "bare", (1, 18), "2020-01-31", '"2020-01-31"^^xsd:date'),
        ("SELECT *\u00a0{ ?s ?p ?o }", "invisible", (1, 9), "\u00a0", ""),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", "grouped", (1, 8), "?s", "GROUP BY ?s"),
    ],
)
def test_a_fault_is_shown_where_it_is_and_its_remedy_makes_a_query(
    query: str, kind: str, place: tuple[int, int], word: str, remedy: str
) -> None:
    found = explain(query)

    assert (found.kind, found.place.line, found.place.column) == (kind, *place)
    assert found.place.word == word
    assert remedy in found.remedy
    assert found.corrected is not None
    assert refusal(found.corrected) is None


@pytest.mark.parametrize(
    ("query", "kind", "column"),
    [
        ("", "empty", 1),
        ("# nothing", "empty", 10),
        ("SELECT * { ?s ?p ?o } LIMIT", "end", 28),
        ("hello world", "unexpected", 1),
        ("SELECT * { ?s ?p }", "unexpected", 18),
        ("SELECT * { ?s ?p ?o } LIMIT ten", "unexpected", 29),
        ("SELECT * { <city> ?p ?o }", "relative", 12),
        ("SELECT * { ?s foo:bar ?o }", "prefix", 15),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", "star", 8),
        ("SELECT (1 AS ?s) { ?s ?p ?o }", "reused", 14),
        ("SELECT * { ?s ?p ?o BIND(1 AS ?s) }", "reused", 31),
        ("SELECT * { VALUES (?s ?t) { (1) } }", "row", 29),
    ],
)
def test_a_fault_without_a_sure_remedy_is_shown_and_none_is_made_up(
    query: str, kind: str, column: int
) -> None:
    found = explain(query)

    assert (found.kind, found.place.column, found.corrected) == (kind, column, None)


def test_several_faults_are_mended_together_and_the_first_is_told() -> None:
    query = "SELECT ?s count(*)\nWHER { ?s a cc:City ; org:memberOf ?c"
    found = explain(query)

    assert (found.kind, found.place.line) == ("alias", 1)
    assert found.corrected is not None
    assert refusal(found.corrected) is None
    for part in ("PREFIX cc:", "PREFIX org:", "AS ?count)", "WHERE", "GROUP BY ?s", "}"):
        assert part in found.corrected


def test_what_only_the_engine_knows_is_told_in_its_words_at_its_place() -> None:
    # Blank node labels belong to one group: a rule that is not among those explained here.
    found = explain("SELECT * {\n  { _:a ?p ?o } { _:a ?q ?z } }")

    assert found.kind == "other"
    assert found.place.line == 2
    assert found.corrected is None


@pytest.mark.parametrize(
    "text",
    ["SELECT\u00a0*" + "\u00a0a" * 50_000, "SELECT * { " + "FILTR(1) " * 10_000, "SELECT " + "?a," * 30_000],
    ids=["invisible", "words", "commas"],
)
def test_a_hostile_text_is_explained_all_the_same(text: str) -> None:
    assert explain_syntax(text, KNOWN).place.line == 1


@pytest.fixture(scope="module")
def queries(project: Path) -> list[str]:
    return [path.read_text("utf-8") for path in sorted((project / "queries").glob("*.rq"))]


@pytest.mark.slow
@settings(max_examples=150)
@given(data=st.data())
def test_a_corrected_query_is_always_one_that_the_engine_takes(
    queries: list[str], data: st.DataObject
) -> None:
    query = data.draw(st.sampled_from(queries))
    tokens = list(read_tokens(query))[:-1]
    token = tokens[data.draw(st.integers(0, len(tokens) - 1))]
    junk = data.draw(
        st.sampled_from(["", "“", "'", "<", "==", "{", "}", "(", ")", ".", "AND", token.text * 2])
    )
    found = explain_syntax(query[: token.start] + junk + query[token.end :], KNOWN)

    if found.corrected is not None:
        assert refusal(found.corrected) is None
