"""Errors that teach: what is wrong with a query, why it finds nothing, which limit was passed."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g
from inprocess import Answer, Client
from serving import BASE

from mesmart_kg.errors import (
    EngineBusy,
    EngineUnavailable,
    MesmartError,
    QueryTimeout,
    QueryTooLarge,
    ServiceFailed,
    TooManyRequests,
)
from mesmart_kg.web.problems import Problem, to_problem

from .conftest import BROWSER

HEAD = f"PREFIX cc: <{BASE}def#>\nPREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"


def ask(client: Client, query: str, **more: str) -> Answer:
    return client.get("/sparql", query_string={"query": query, "lang": "en", **more})


def show(client: Client, query: str, **more: str) -> Answer:
    arguments = {"query": query, "lang": "en", **more}
    return client.get("/sparql", query_string=arguments, headers=BROWSER)


def read(answer: Answer, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    document: dict[str, Any] = json.loads(answer.data)
    return document


def test_a_program_is_told_place_word_remedy_and_the_corrected_query(client: Client) -> None:
    answer = ask(client, "SELECT ?s count(*)\r\nWHER {\r\n\t?s skos:prefLabel ?o }")
    told = read(answer, 400)

    assert answer.content_type == "application/problem+json"
    assert told["type"] == "urn:mesmart:problem:query-syntax"
    assert (told["line"], told["column"], told["word"]) == (1, 11, "count(*)")
    assert (told["source"], told["marker"]) == ("SELECT ?s count(*)", " " * 10 + "^" * 8)
    assert "(count(*) AS ?count)" in told["remedy"]
    assert ask(client, told["corrected"]).status_code == 200


def test_the_words_are_in_the_readers_language(client: Client) -> None:
    query = "SELECT * { ?s foo:bar ?o }"

    assert "is not declared" in read(ask(client, query), 400)["detail"]
    assert "non è dichiarato" in read(ask(client, query, lang="it"), 400)["detail"]


def test_an_undeclared_prefix_comes_with_its_declaration(client: Client) -> None:
    told = read(ask(client, "SELECT * { ?s a cc:City }"), 400)

    assert told["remedy"].endswith(f"PREFIX cc: <{BASE}def#>")
    assert told["corrected"].startswith(f"PREFIX cc: <{BASE}def#>\n")


def test_a_person_sees_the_line_with_the_word_marked_and_may_ask_it_corrected(client: Client) -> None:
    page = show(client, "SELECT *\nWHERE { ?s a cc:City }")

    assert page.status_code == 400
    assert "WHERE { ?s a <mark>cc:City</mark> }" in page.text
    field = page.text.partition('name="query" value="')[2].partition('"')[0]
    answer = client.post("/sparql", data={"query": html.unescape(field)}, headers=BROWSER)
    assert answer.status_code == 303
    assert client.get(answer.headers["Location"], headers=BROWSER).status_code == 200


@pytest.mark.parametrize("lang", ["it", "en"])
def test_what_a_stranger_writes_is_never_taken_for_html(client: Client, lang: str) -> None:
    evil = '<script>alert(1)</script>"&'
    for query in (
        evil,
        f"SELECT * {{ ?s ?p {evil} }}",
        f"SELECT * {{ ?s {evil}:x ?o }}",
        f"{HEAD}SELECT * {{ ?s skos:prefLabel '''{evil}''' }}",
        f"{HEAD}SELECT * {{ ?s <urn:a'onload=alert(1)> 1 }}",
    ):
        for more in ({}, {"why": "1"}):
            page = show(client, query, lang=lang, **more).text
            assert "<script>" not in page  # ours name their type
            assert "'onload" not in page.replace("&#39;", "")


def test_a_page_without_rows_names_what_the_data_do_not_use_and_offers_to_say_why(client: Client) -> None:
    page = show(client, HEAD + "SELECT * { ?s a cc:Comunity }").text

    assert "cc:Comunity" in page
    assert "Nearest in use: cc:Community" in page
    assert 'name="why"' in page
    assert 'name="why"' not in show(client, HEAD + "SELECT * { ?s a cc:City }").text


def test_a_program_may_ask_why_there_is_nothing(client: Client) -> None:
    answer = ask(client, HEAD + 'SELECT * {\n ?s a cc:City ;\n  skos:prefLabel "Messina" }', why="1")
    told = read(answer, 200)

    assert answer.content_type == "application/json"
    assert told["kind"] == "pattern"
    assert told["pieces"] == [{"text": '?s skos:prefLabel "Messina"', "line": 5, "column": 3}]
    assert told["suggestions"] == ['"Messina"@it']
    assert told["asked"] <= 30
    assert told["words"]


def test_a_person_may_ask_why_there_is_nothing(client: Client) -> None:
    query = HEAD + "SELECT * { ?s a cc:City ; skos:prefLabel ?n FILTER(?n = 'Messina') }"
    page = show(client, query, why="1", lang="it").text

    assert "<code>FILTER(?n = &#39;Messina&#39;)</code>" in page
    assert "questa condizione" in page
    posted = client.post("/sparql", data={"query": query, "why": "1"}, headers=BROWSER)
    assert "why=1" in posted.headers["Location"]


def test_why_is_asked_of_the_graphs_named_beside_the_query(client: Client) -> None:
    query = HEAD + "SELECT * { ?s a cc:City ; skos:prefLabel ?n . ?c a cc:Community }"
    graph = f"{BASE}graph/source/list"
    told = read(ask(client, query, why="1", **{"default-graph-uri": graph}), 200)

    assert [piece["text"] for piece in told["pieces"]] == ["?c a cc:Community"]


def test_why_of_what_is_no_query_is_the_syntax_error(client: Client) -> None:
    assert read(ask(client, "SELECT * {", why="1"), 400)["word"] == ""


@pytest.fixture
def tell(app: Flask) -> Callable[[MesmartError, str], Problem]:
    """Tell an error, in a language, as the site would."""

    def told(error: MesmartError, lang: str) -> Problem:
        with app.test_request_context(f"/sparql?lang={lang}"):
            app.preprocess_request()
            assert g.language == lang
            return to_problem(error)

    return told


@pytest.mark.parametrize(
    ("error", "status", "kind", "limit", "value", "number"),
    [
        (QueryTimeout(2.5), 503, "query-timeout", "seconds", 2.5, "2.5"),
        (QueryTooLarge("", "memory", 100_000_000), 503, "query-too-large", "memory", 100_000_000, "100"),
        (QueryTooLarge("", "size", 5_000_000), 413, "answer-too-large", "size", 5_000_000, "5"),
        (QueryTooLarge("", "depth", 100), 413, "query-too-large", "depth", 100, "100"),
        (QueryTooLarge("", "query", 900), 413, "query-too-long", "query", 900, "900"),
        (QueryTooLarge("", "rows", 700), 413, "answer-too-large", "rows", 700, "700"),
        (EngineBusy(""), 503, "engine-busy", "queue", 128, "128"),
        (TooManyRequests(600, 60, 7), 429, "too-many-requests", "requests", 600, "600"),
        (ServiceFailed("", "http://a.example/", 3.0), 504, "service-timeout", "service", 3.0, "3"),
        (QueryTooLarge("", "service-rows", 900), 413, "answer-too-large", "service-rows", 900, "900"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_every_limit_is_told_with_its_value_and_how_to_stay_below_it(
    tell: Callable[[MesmartError, str], Problem],
    error: MesmartError,
    status: int,
    kind: str,
    limit: str,
    value: float,
    number: str,
) -> None:
    told = {lang: tell(error, lang) for lang in ("it", "en")}

    for problem in told.values():
        assert (problem.status, problem.kind) == (status, kind)
        assert (problem.facts["limit"], problem.facts["value"]) == (limit, value)
        assert number in problem.detail
    assert told["it"].detail != told["en"].detail
    if status == 503:
        assert told["en"].retry_after


def test_an_engine_that_is_silent_is_no_fault_of_the_query(
    tell: Callable[[MesmartError, str], Problem],
) -> None:
    problem = tell(EngineUnavailable("the engine does not answer"), "en")

    assert (problem.status, problem.kind, problem.facts) == (503, "engine-unavailable", {})


def test_an_endpoint_that_fails_is_named_but_not_quoted(tell: Callable[[MesmartError, str], Problem]) -> None:
    problem = tell(ServiceFailed("10.0.0.7 said so", "http://a.example/sparql"), "en")

    assert (problem.status, problem.facts) == (502, {"service": "http://a.example/sparql"})
    assert "http://a.example/sparql" in problem.detail
    assert "10.0.0.7" not in problem.to_json()


def test_an_error_from_outside_of_the_application_is_told_like_any_other(client: Client) -> None:
    answer = ask(client, "SELECT * { ?s ?p ?o }" + " " * 200_000)

    assert read(answer, 413)["limit"] == "query"
    page = client.post("/sparql", data="x", content_type="text/plain", headers=BROWSER)
    assert page.status_code == 415
    assert page.mimetype == "text/html"
    assert page.headers["Vary"] == "Accept, Accept-Language, Accept-Encoding"
