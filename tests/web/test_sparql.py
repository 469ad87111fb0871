"""The SPARQL 1.1 Protocol, as clients and browsers meet it."""

from __future__ import annotations

import csv
import io
import json
import re
from urllib.parse import urlencode

import pytest
from inprocess import Answer, Client
from serving import BASE, ENDLESS, GREEDY, NUMBERED

from mesmart_kg import formats
from mesmart_kg.store import NamedNode, parse_text

from .conftest import BROWSER, SECONDS

CITIES = f"SELECT ?city WHERE {{ ?city a <{BASE}def#City> }} ORDER BY ?city"
GENT = f"DESCRIBE <{BASE}id/city/be-gent>"


def ask(client: Client, query: str, accept: str | None = None, **more: str) -> Answer:
    headers = {"Accept": accept} if accept else {}
    return client.get("/sparql", query_string={"query": query, **more}, headers=headers, buffered=True)


def shown(page: str) -> str:
    """Return the part of a page that is the answer."""
    return page.partition('<section id="answer"')[2].partition("</section>")[0]


def problem(response: Answer) -> dict[str, object]:
    assert response.content_type == "application/problem+json"
    document: dict[str, object] = json.loads(response.data)
    assert document["status"] == response.status_code
    assert str(document["type"]).startswith("urn:mesmart:problem:")
    assert document["title"]
    assert document["detail"]
    return document


def cities(response: Answer) -> list[str]:
    assert response.status_code == 200
    rows = json.loads(response.data)["results"]["bindings"]
    return [row["city"]["value"].removeprefix(f"{BASE}id/city/") for row in rows]


def test_the_three_ways_to_ask_give_the_same_answer(client: Client) -> None:
    by_get = ask(client, CITIES)
    by_form = client.post("/sparql", data={"query": CITIES})
    directly = client.post("/sparql", data=CITIES, content_type="application/sparql-query; charset=UTF-8")

    assert cities(by_get) == cities(by_form) == cities(directly) == ["at-wien", "be-gent", "it-messina"]


@pytest.mark.parametrize("accept", [None, "*/*"])
def test_who_asks_for_no_format_gets_json(client: Client, accept: str | None) -> None:
    assert ask(client, CITIES, accept).content_type == "application/sparql-results+json"


@pytest.mark.parametrize("format", formats.RESULT_FORMATS, ids=lambda each: each.name)
def test_solutions_in_each_format_by_accept_and_by_name(client: Client, format: formats.Format) -> None:
    by_accept = ask(client, CITIES, format.media_type)
    by_name = ask(client, CITIES, "text/html", format=format.name)

    assert by_accept.data == by_name.data
    assert by_accept.mimetype == by_name.mimetype == format.media_type
    assert "Accept" in by_accept.headers["Vary"]


@pytest.mark.parametrize("format", formats.RDF_FORMATS, ids=lambda each: each.name)
def test_a_graph_in_each_format_says_the_same(client: Client, format: formats.Format) -> None:
    response = ask(client, GENT, format.media_type)

    assert response.mimetype == format.media_type
    triples = {quad.triple for quad in parse_text(response.data, format)}
    assert len(triples) == 3
    assert {triple.subject for triple in triples} == {NamedNode(f"{BASE}id/city/be-gent")}


def test_csv_is_rectangular_and_a_graph_of_no_asked_format_is_turtle(client: Client) -> None:
    rows = list(csv.reader(io.StringIO(ask(client, CITIES, "text/csv").text)))

    assert rows[0] == ["city"]
    assert len(rows) == 4
    assert ask(client, GENT).mimetype == "text/turtle"


def test_a_format_that_does_not_suit_the_form_is_not_acceptable(client: Client) -> None:
    told = problem(ask(client, CITIES, "text/turtle"))

    assert told["status"] == 406
    assert "text/csv" in str(told["formats"])
    assert problem(ask(client, GENT, format="csv"))["status"] == 406


def test_graphs_beside_the_query_replace_its_dataset(client: Client) -> None:
    graphs = [("default-graph-uri", f"{BASE}graph/source/{name}") for name in ("notice", "list")]
    query = urlencode([("query", "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"), *graphs])

    by_get = client.get(f"/sparql?{query}")
    by_form = client.post("/sparql", data=query, content_type="application/x-www-form-urlencoded")

    for response in (by_get, by_form):
        assert json.loads(response.data)["results"]["bindings"][0]["n"]["value"] == "11"


@pytest.mark.parametrize("iri", ["relative", "http://a/ b", "http://a/<b>"])
def test_a_graph_that_is_no_absolute_iri_is_a_bad_request(client: Client, iri: str) -> None:
    told = problem(client.get("/sparql", query_string={"query": CITIES, "default-graph-uri": iri}))

    assert told["status"] == 400


def test_a_syntax_error_tells_line_and_column(client: Client) -> None:
    told = problem(ask(client, "SELECT *\nWHERE { ?s foo:bar ?o }"))

    assert (told["status"], told["line"]) == (400, 2)
    assert told["column"]


@pytest.mark.parametrize(
    "query", ["INSERT DATA { <urn:a> <urn:b> <urn:c> }", "LOAD <http://127.0.0.1:1/>", "CLEAR ALL"]
)
def test_updates_are_refused_however_they_come(client: Client, query: str) -> None:
    assert problem(ask(client, query))["status"] == 403
    assert problem(client.post("/sparql", data={"update": query}))["status"] == 403
    direct = client.post("/sparql", data=query, content_type="application/sparql-update")
    assert problem(direct)["status"] == 403


def test_a_call_of_another_endpoint_is_refused_and_the_word_is_not(client: Client) -> None:
    assert problem(ask(client, "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"))["status"] == 403
    harmless = (
        "PREFIX service: <http://a/> SELECT ?service { ?service ?p 'SERVICE <http://b/> {}' } # SERVICE"
    )
    assert ask(client, harmless).status_code == 200


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (400, "", "application/x-www-form-urlencoded"),
        (400, "query=ASK{}&query=ASK{}", "application/x-www-form-urlencoded"),
        (400, b"ASK { ?s ?p '\xff' }", "application/sparql-query"),
        (413, "ASK {" + "#" * 150_000, "application/sparql-query"),
        (413, "#" * 500_000, "application/sparql-query"),
        (415, "ASK {}", "text/plain"),
        (415, "ASK {}", "application/sparql-query; charset=utf-16"),
    ],
)
def test_requests_that_break_the_protocol(
    client: Client, status: int, body: str | bytes, content_type: str
) -> None:
    assert problem(client.post("/sparql", data=body, content_type=content_type))["status"] == status


def test_other_methods_are_told_which_are_allowed(client: Client) -> None:
    response = client.delete("/sparql")

    assert problem(response)["status"] == 405
    assert {"GET", "POST"} <= set(response.headers["Allow"].replace(",", " ").split())


def test_a_query_that_never_ends_is_told_when_to_come_back(client: Client) -> None:
    response = ask(client, ENDLESS)
    told = problem(response)

    assert (told["status"], told["limit"], told["value"]) == (503, "seconds", SECONDS)
    assert int(response.headers["Retry-After"]) > 0


def test_a_query_that_takes_too_much_memory_is_told_so(client: Client) -> None:
    told = problem(ask(client, GREEDY))

    assert told["status"] == 503
    assert told["limit"] in {"memory", "seconds"}


def test_pages_of_other_sites_may_ask(client: Client) -> None:
    preflight = client.options(
        "/sparql", headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    )

    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    for response in (ask(client, CITIES), ask(client, "nonsense")):
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_the_service_describes_itself(client: Client) -> None:
    response = client.get("/sparql", headers={"Accept": "text/turtle"})
    triples = [quad.triple for quad in parse_text(response.data, formats.TURTLE)]
    said = {triple.predicate.value.rpartition("#")[2]: triple.object for triple in triples}

    assert response.mimetype == "text/turtle"
    assert said["endpoint"] == NamedNode("http://localhost/sparql")
    graphs = {triple.object for triple in triples if triple.predicate.value.endswith("#name")}
    assert NamedNode(f"{BASE}graph/source/notice") in graphs
    assert client.get("/sparql").mimetype == "text/turtle"
    assert client.get("/sparql", headers={"Accept": "application/ld+json"}).mimetype == "application/ld+json"


def test_a_browser_gets_the_form_and_below_it_the_answer(client: Client) -> None:
    form = client.get("/sparql", headers=BROWSER)
    answer = ask(client, CITIES, BROWSER["Accept"])

    assert '<textarea id="query"' in form.text
    assert 'id="answer"' not in form.text
    assert 'href="/doc/city/be-gent"' in answer.text
    assert shown(answer.text).count("<tr>") == 4


def test_a_browser_sees_what_is_wrong_with_its_query(client: Client) -> None:
    response = ask(client, "SELECT * WHERE { ?s ?p", BROWSER["Accept"])

    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert "SELECT * WHERE { ?s ?p</textarea>" in response.text


def test_a_browser_sees_a_yes_a_graph_and_an_empty_table(client: Client) -> None:
    assert "Sì" in ask(client, "ASK {}", BROWSER["Accept"]).text
    assert "Gand" in ask(client, GENT, BROWSER["Accept"]).text
    assert "Nessuna riga" in ask(client, "SELECT * { ?s <urn:none> ?o }", BROWSER["Accept"]).text


def test_a_long_answer_is_shown_leaf_by_leaf_and_offered_whole(client: Client) -> None:
    query = "SELECT ?s WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o"
    first = ask(client, query, BROWSER["Accept"], lang="en").text
    second = ask(client, query, BROWSER["Accept"], lang="en", page="2").text
    last = ask(client, query, BROWSER["Accept"], lang="en", page="999").text

    assert "Rows 1 to 100; there are more." in first
    assert "page=2" in first
    assert 'rel="prev"' not in first
    assert "Rows 101 to 200; there are more." in second
    assert "page=1" in second
    assert "Rows 1,501 to 1,511, the last." in last
    assert 'rel="next"' not in last
    assert "format=csv" in first
    assert ask(client, query, "text/csv").text.count("\r\n") == NUMBERED + 11 + 1


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", "9" * 30])
def test_a_leaf_that_is_none_is_the_first(client: Client, page: str) -> None:
    response = ask(client, CITIES, BROWSER["Accept"], page=page)

    assert response.status_code == 200
    assert "/doc/city/at-wien" in response.text


def test_a_long_text_opens_and_is_cut_where_a_page_could_not_bear_it(client: Client) -> None:
    text = (
        "STRDT(CONCAT("
        + ", ".join(['"' + "lungo " * 200 + '"'] * 25)
        + "), <http://www.w3.org/2001/XMLSchema#string>)"
    )
    response = client.post("/sparql?lang=en", data={"query": f"SELECT ({text} AS ?o) {{}}"}, headers=BROWSER)

    assert '<details class="long"><summary>' in response.text
    assert "Cut here; the downloads have all of it." in response.text
    assert shown(response.text).partition("<form")[0].count("lungo") < 4000


def test_an_answer_comes_with_programs_that_ask_for_it(client: Client) -> None:
    page = ask(client, CITIES, BROWSER["Accept"]).text
    made = client.post("/-/snippets", data=CITIES, content_type="text/plain")

    assert "curl &#39;http://localhost/sparql&#39;" in page
    assert [each["language"] for each in json.loads(made.data)] == ["curl", "python", "r"]


def test_what_can_be_completed_is_kept_for_ever_by_release_and_version(client: Client) -> None:
    page = client.get("/sparql", headers=BROWSER).text
    address = re.search(r"/-/completion\.json\?[^\"]+", page)
    assert address
    named = client.get(address[0].replace("\\u0026", "&"))
    unnamed = client.get("/-/completion.json")

    assert json.loads(named.data)["prefixes"]["schema"] == "https://schema.org/"
    assert "immutable" in named.headers["Cache-Control"]
    assert "immutable" not in unnamed.headers["Cache-Control"]


def test_hostile_text_in_the_data_is_shown_and_not_run(client: Client) -> None:
    page = ask(client, "SELECT ?o { ?s ?p ?o FILTER(CONTAINS(STR(?o), 'script')) }", BROWSER["Accept"])

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script" not in shown(page.text)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_query_in_the_form_can_not_leave_its_field(client: Client) -> None:
    page = ask(client, "</textarea><script>alert(1)</script>", BROWSER["Accept"])

    assert page.status_code == 400
    assert "<script>" not in page.text


def test_the_method_query_asks_as_post_does(client: Client) -> None:
    response = client.open("/sparql", method="QUERY", data=CITIES, content_type="application/sparql-query")

    assert cities(response) == ["at-wien", "be-gent", "it-messina"]
    assert "QUERY" in client.options("/sparql").headers["Access-Control-Allow-Methods"]


def test_a_slash_at_the_end_makes_no_difference(client: Client) -> None:
    assert cities(client.get("/sparql/", query_string={"query": CITIES})) == cities(ask(client, CITIES))


def test_a_byte_order_mark_is_passed_over(client: Client) -> None:
    body = b"\xef\xbb\xbf" + CITIES.encode()

    assert cities(client.post("/sparql", data=body, content_type="application/sparql-query"))


@pytest.mark.parametrize(
    ("query_string", "kind"),
    [
        ("query=ASK{}%FF", "not-utf-8"),
        ("&".join(f"a{number}=1" for number in range(2000)), "too-many-parameters"),
        ("query=ASK{}&default-graph-uri=http://[x", "graph-name"),
        ("query=ASK{}&named-graph-uri=urn:a%00", "graph-name"),
        ("query=ASK{}&default-graph-uri=relative", "graph-name"),
    ],
    ids=["not UTF-8", "many parameters", "no host", "a zero byte", "a relative IRI"],
)
def test_parameters_that_can_not_be_meant_are_the_clients_fault(
    client: Client, query_string: str, kind: str
) -> None:
    by_get = client.get(f"/sparql?{query_string}")
    by_form = client.post("/sparql", data=query_string, content_type="application/x-www-form-urlencoded")

    for response in (by_get, by_form):
        assert response.status_code == 400
        assert problem(response)["type"] == f"urn:mesmart:problem:{kind}"


def test_a_query_nested_too_deeply_is_told_as_such(client: Client) -> None:
    response = client.post("/sparql", data={"query": f"SELECT ({'(' * 10_000}1{')' * 10_000} AS ?x) {{}}"})

    assert response.status_code == 413
    assert problem(response)["limit"] == "depth"


def test_the_form_leads_to_the_answer_at_an_address_to_pass_on(client: Client) -> None:
    leads = client.post("/sparql?lang=en", data={"query": CITIES}, headers=BROWSER)
    page = client.get(leads.headers["Location"], headers=BROWSER)

    assert leads.status_code == 303
    assert leads.headers["Location"].startswith("/sparql?")
    assert '<html lang="en">' in page.text
    assert "/doc/city/be-gent" in page.text


def test_a_query_too_long_for_an_address_is_answered_where_it_is_posted(client: Client) -> None:
    page = client.post("/sparql", data={"query": f"{CITIES} #{'x' * 10_000}"}, headers=BROWSER)

    assert page.status_code == 200
    assert "/doc/city/be-gent" in page.text
    assert '<button type="submit" name="format" value="csv"' in page.text
    assert "format=csv" not in page.text


def test_a_long_query_is_turned_by_a_form(client: Client) -> None:
    query = f"SELECT ?s WHERE {{ ?s ?p ?o }} ORDER BY ?s #{'x' * 10_000}"
    first = client.post("/sparql?lang=en", data={"query": query}, headers=BROWSER)
    second = client.post("/sparql?lang=en&page=2", data={"query": query}, headers=BROWSER)

    assert 'action="/sparql?page=2&amp;lang=en#answer"' in first.text
    assert "Rows 101 to 200; there are more." in second.text


def test_the_description_is_not_given_under_a_name_that_is_no_host(client: Client) -> None:
    response = client.get("/sparql", headers={"Accept": "text/turtle", "Host": "a> <b"})

    assert response.status_code == 400
    assert problem(response)["type"] == "urn:mesmart:problem:host"
