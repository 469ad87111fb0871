"""Search over HTTP: results as a page, suggestions, the description for browsers."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from inprocess import Client

from mesmart_kg.label_index import ranking

HTML = {"Accept": "text/html"}


def test_a_name_is_found_without_script(client: Client) -> None:
    page = client.get("/search?q=messina&lang=en", headers=HTML)

    assert page.status_code == 200
    assert "One result for “messina”" in page.text
    assert 'href="/doc/city/it-messina?lang=en"' in page.text
    assert '<form class="search-form" action="/search" method="get"' in page.text


def test_another_name_that_was_found_is_shown_with_its_language(client: Client) -> None:
    page = client.get("/search?q=open+agile&lang=it", headers=HTML)

    assert "anche detto" in page.text
    assert '<strong dir="auto" lang="en">Open &amp; Agile Smart Cities</strong>' in page.text


def test_filters_stand_in_the_address_and_can_be_removed(client: Client) -> None:
    page = client.get("/search?q=g&class=city&community=oasc&lang=en", headers=HTML)

    assert 'name="community" value="oasc" form="search-form" checked' in page.text
    assert 'href="/search?q=g&amp;lang=en">Remove the filters' in page.text
    assert "/doc/city/be-gent" in page.text
    nothing = client.get("/search?q=gand&class=community&lang=en", headers=HTML)
    assert "The filters may leave nothing." in nothing.text


def test_a_slip_is_understood_and_other_ways_are_shown(client: Client) -> None:
    page = client.get("/search?q=mesinna&lang=en", headers=HTML)

    assert "Nothing found for “mesinna”" in page.text
    assert "Did you mean one of these?" in page.text
    assert "/doc/city/it-messina" in page.text
    assert 'href="/browse/city?lang=en"' in page.text
    assert 'href="/sparql?lang=en"' in page.text


def test_without_a_text_the_lists_are_offered(client: Client) -> None:
    page = client.get("/search?lang=en", headers=HTML)

    assert "Or look through the lists" in page.text


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "*",
        "a OR b",
        "NEAR(",
        "-",
        "words:x",
        "%00",
        "%27%3B--",
        "%E2%80%AE",
        "x" * 5000,
        "<script>alert(1)</script>",
    ],
)
def test_no_text_does_harm(client: Client, text: str) -> None:
    page = client.get(f"/search?q={text}&class={text[:50]}&country={text[:50]}&page={text[:9]}", headers=HTML)
    suggested = client.get(f"/search/suggest?q={text}")

    assert page.status_code == suggested.status_code == 200
    assert "<script>alert" not in page.text
    assert len(page.content) < 60_000


def test_a_hostile_name_is_shown_and_not_run(client: Client) -> None:
    page = client.get("/search?q=script+alert&lang=en", headers=HTML)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script>alert" not in page.text


def test_a_search_that_finds_too_much_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "MOST", 50)
    monkeypatch.setattr("mesmart_kg.label_index.index.MOST", 50)

    page = client.get("/search?q=1&lang=en", headers=HTML)

    assert "More than 50 results" in page.text


def test_a_page_past_the_end_is_the_form_with_nothing_broken(client: Client) -> None:
    assert client.get("/search?q=messina&page=9999999", headers=HTML).status_code == 200


def test_suggestions_are_in_the_form_of_opensearch(client: Client) -> None:
    answer = client.get("/search/suggest?q=mes&lang=en")

    assert answer.mimetype == "application/x-suggestions+json"
    assert "max-age" in answer.headers["Cache-Control"]
    text, names, notes, addresses = json.loads(answer.text)
    assert (text, names, notes) == ("mes", ["Messina"], ["City"])
    assert addresses == ["http://localhost/doc/city/it-messina?lang=en"]
    assert json.loads(client.get("/search/suggest").text) == ["", [], [], []]


def test_suggestions_that_are_known_are_not_made_again(client: Client) -> None:
    tag = client.get("/search/suggest?q=mes").headers["ETag"]

    assert client.get("/search/suggest?q=mes", headers={"If-None-Match": tag}).status_code == 304


def test_browsers_learn_how_to_search_here(client: Client) -> None:
    answer = client.get("/opensearch.xml?lang=it")
    root = ElementTree.fromstring(answer.content)
    space = "{http://a9.com/-/spec/opensearch/1.1/}"

    assert answer.mimetype == "application/opensearchdescription+xml"
    assert len(root.findtext(f"{space}ShortName") or "x" * 99) <= 16
    assert {each.get("template") for each in root.findall(f"{space}Url")} == {
        "http://localhost/search?q={searchTerms}&lang=it",
        "http://localhost/search/suggest?q={searchTerms}&lang=it",
        "http://localhost/opensearch.xml",
    }
    page = client.get("/?lang=it", headers=HTML).text
    assert 'rel="search" type="application/opensearchdescription+xml" href="/opensearch.xml?lang=it"' in page
