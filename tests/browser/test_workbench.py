"""The workbench in a browser: written, asked, stopped, looked at, passed on; and without a script."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, OpenPage, find_violations, overflow

CITIES = """SELECT ?city ?name ?place WHERE {
  ?city a cc:City ; skos:prefLabel ?name ; geo:hasDefaultGeometry/geo:asWKT ?place
  FILTER(LANG(?name) = 'it')
} ORDER BY ?name LIMIT 250"""
COUNTS = "SELECT ?word ?number { VALUES (?word ?number) { ('one' 1) ('three' 3) ('two' 2) ('ten' 10) } }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c = ?f && ?f != ?i) }"
HOSTILE = """SELECT ?text ?mark ?long ?face {
  BIND("<img src=x onerror=alert(1)><script>alert(1)</script>" AS ?text)
  BIND("abc\\u202Edef\\u2066" AS ?mark)
  BIND(CONCAT("%s", "") AS ?long)
  BIND("🏙️👩🏽‍💻"@en AS ?face)
}""" % ("lungo " * 4000)


def write(page: Page, query: str) -> None:
    """Write a query by keyboard, in the place of what is in the editor."""
    page.locator(".editor .cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)


def prefixed(query: str) -> str:
    return (
        "PREFIX cc: <https://w3id.org/city-communities/def#> "
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        f"PREFIX geo: <http://www.opengis.net/ont/geosparql#> {query}"
    )


def ask(page: Page, query: str) -> None:
    write(page, query)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".result, [data-part=detail]")


def test_a_query_is_typed_completed_and_asked_by_keyboard_alone(
    page_at: OpenPage, complaints: list[str]
) -> None:
    page = page_at("/sparql")
    page.locator(".editor .cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("SELECT ?c ?n { ?c a cc:Commun", delay=10)
    page.wait_for_selector(".cm-tooltip-autocomplete li[aria-selected]")
    page.wait_for_timeout(100)  # CodeMirror takes no Enter within 75 ms of showing what it offers
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value(re.compile("cc:Community"))
    page.keyboard.type(" ; skos:prefLabel ?n ", delay=5)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".result tbody tr")

    text = page.locator("#query").input_value()
    assert text.startswith("PREFIX cc: <https://w3id.org/city-communities/def#>\nPREFIX skos: <")
    assert "?c a cc:Community ; skos:prefLabel ?n" in text
    assert re.search(r"^\d+ righe", page.inner_text("#status"))
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Interroga"
    assert complaints == []


def test_terms_are_found_by_their_names_in_words(page_at: OpenPage) -> None:
    page = page_at("/sparql")
    write(page, "SELECT * { ?c a ")
    page.keyboard.type("Comuni", delay=20)

    expect(page.locator(".cm-tooltip-autocomplete li", has_text="cc:Community").first).to_be_visible()


def test_single_things_are_found_by_their_names(page_at: OpenPage) -> None:
    page = page_at("/sparql")
    write(page, "SELECT * { ?s ?p ")
    page.keyboard.type("Messin", delay=20)
    page.locator(".cm-tooltip-autocomplete li", has_text="Città").first.click()

    expect(page.locator("#query")).to_have_value(re.compile("<https://[^<>]+/id/city/it-messina>"))


def test_a_field_for_a_city_offers_names(page_at: OpenPage, complaints: list[str]) -> None:
    page = page_at("/queries/communities-of-a-city")
    page.fill("[name=city]", "")
    page.type("[name=city]", "Paler", delay=20)

    expect(page.locator("datalist option").first).to_have_attribute("value", re.compile("Palermo"))
    assert complaints == []


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_answer_is_a_table_that_sorts_and_turns(
    page_at: OpenPage, axe: str, complaints: list[str], language: str
) -> None:
    page = page_at(f"/sparql?lang={language}", language=language)
    ask(page, prefixed(CITIES))
    rows = page.locator(".result tbody tr")

    assert rows.count() == 100
    first = rows.first.inner_text()
    page.click("[data-turn='1']")
    assert rows.first.inner_text() != first
    page.click(".result thead button >> nth=1")
    page.click(".result thead button >> nth=1")
    assert page.locator(".result thead th >> nth=1").get_attribute("aria-sort") == "descending"
    assert (page.locator(".result tbody a").first.get_attribute("href") or "").startswith("/doc/city/")
    assert find_violations(page, axe) == []
    assert complaints == []


def test_numbers_sort_as_numbers(page_at: OpenPage) -> None:
    page = page_at("/sparql")
    ask(page, COUNTS)
    page.click(".result thead button >> nth=1")

    assert [text.split()[0] for text in page.locator(".result tbody tr td:last-child").all_inner_texts()] == [
        "1",
        "2",
        "3",
        "10",
    ]


def test_an_error_is_shown_at_its_place_with_its_remedy(page_at: OpenPage, axe: str) -> None:
    page = page_at("/sparql")
    ask(page, "SELECT * WHERE {\n  ?s skoss:prefLabel ?name\n}")

    assert page.inner_text("#problem mark").startswith("skoss")
    assert page.locator(".editor .cm-lintRange-error").inner_text().startswith("skoss")
    assert find_violations(page, axe) == []
    page.click("#problem [data-part=go]")
    assert page.evaluate("document.activeElement.shadowRoot?.activeElement?.className").startswith(
        "cm-content"
    )


def test_a_misspelt_keyword_is_asked_corrected(page_at: OpenPage) -> None:
    page = page_at("/sparql")
    ask(page, "SELEC * WHERE { ?s ?p ?o } LIMIT 3")
    page.click("#problem [data-part=correct]")

    page.wait_for_selector(".result tbody tr")
    assert page.locator("#query").input_value().startswith("SELECT")


def test_a_query_that_never_ends_is_stopped(page_at: OpenPage) -> None:
    page = page_at("/sparql")
    write(page, ENDLESS)
    page.keyboard.press("Control+Enter")
    page.click("#cancel")

    expect(page.locator("#status")).to_contain_text("Fermata")
    expect(page.locator("#progress")).to_be_hidden()
    ask(page, COUNTS)
    assert page.locator(".result tbody tr").count() == 4


def test_hostile_values_are_shown_and_do_nothing(page_at: OpenPage, complaints: list[str]) -> None:
    page = page_at("/sparql", width=PHONE)
    page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
    ask(page, HOSTILE)
    cells = page.locator(".result tbody td")

    assert "<script>alert(1)</script>" in cells.nth(0).inner_text()
    assert page.locator(".result tbody img, .result tbody script").count() == 0
    assert cells.nth(1).locator("bdi").count() == 1
    assert len(cells.nth(2).locator("summary").inner_text()) < 300
    assert len(cells.nth(2).locator("details > bdi").text_content() or "") > 15_000
    assert overflow(page) <= 0
    for view in ("chart", "raw", "take", "programs"):
        page.click(f"[data-view={view}]")
    assert complaints == []


def test_an_answer_has_its_address_to_pass_on(page_at: OpenPage) -> None:
    page = page_at("/sparql?lang=en", language="en")
    ask(page, COUNTS)
    address = page.url

    assert parse_qs(urlsplit(address).query) == {"query": [COUNTS], "lang": ["en"]}
    page.click("[data-view=take]")
    assert parse_qs(urlsplit(page.locator("#result-address").input_value()).query) == {"query": [COUNTS]}
    page.goto(address)
    page.wait_for_selector(".result tbody tr")
    assert page.locator(".result tbody tr").count() == 4
    ask(page, f"{COUNTS} # {'x' * 8000}")
    page.click("[data-view=take]")
    assert "too long" in page.inner_text("[data-part=address-told]")
    assert page.url == address


def test_an_answer_is_drawn_as_a_chart_and_as_a_map(
    page_at: OpenPage, axe: str, complaints: list[str]
) -> None:
    page = page_at("/sparql")
    ask(page, COUNTS)
    page.click("[data-view=chart]")
    page.wait_for_selector("[data-part=drawing] canvas")
    page.select_option("#chart-kind", "pie")
    assert page.locator("[data-part=drawing]").get_attribute("aria-label") == "number per word"
    assert find_violations(page, axe) == []

    ask(page, prefixed(CITIES))
    page.click("[data-view=map]")
    expect(page.locator("[data-part=map-told]")).to_have_text("250 luoghi sulla mappa.")
    page.wait_for_selector("[data-part=map] canvas")
    assert find_violations(page, axe) == []
    assert complaints == []


def test_tabs_go_by_arrows(page_at: OpenPage) -> None:
    page = page_at("/sparql")
    ask(page, COUNTS)
    page.focus("#tab-table")
    page.keyboard.press("ArrowLeft")

    assert page.evaluate("document.activeElement.id") == "tab-programs"
    expect(page.locator("#panel-programs")).to_be_visible()
    expect(page.locator("#panel-programs")).to_contain_text("SPARQLWrapper")
    page.keyboard.press("Home")
    expect(page.locator("#panel-table")).to_be_visible()


def test_a_query_without_an_answer_is_explained(page_at: OpenPage) -> None:
    page = page_at("/sparql?lang=en", language="en")
    ask(page, prefixed("SELECT * { ?c a cc:City ; skos:prefLabel 'Atlantis'@it }"))
    page.click("[data-part=ask-why]")

    expect(page.locator("[data-part=why]")).to_contain_text("prefLabel")


def test_a_ready_question_comes_into_the_editor_with_its_parameters(page_at: OpenPage) -> None:
    page = page_at("/sparql")
    page.click("a[data-example] >> nth=0")
    page.wait_for_selector("#example form")

    before = page.locator("#query").input_value()
    page.locator("#example form select, #example form input:not([type=hidden])").last.press("Home")
    page.select_option("#example form select[name=lang]", "en")
    page.click("#example form button")
    expect(page.locator("#query")).not_to_have_value(before)
    assert '"en"' in page.locator("#query").input_value()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_without_a_script_the_form_asks_and_the_page_answers(page_at: OpenPage, width: int) -> None:
    page = page_at("/sparql?lang=en", script=False, width=width)
    page.fill("#query", prefixed(CITIES))
    page.click("#ask button[type=submit]")

    assert page.locator("#answer tbody tr").count() == 100
    page.click("a[rel=next]")
    assert "Rows 101 to 200" in page.inner_text("#answer")
    assert overflow(page) <= 0
    page.fill("#query", "SELECT * WHERE { ?s skoss:a ?o }")
    page.click("#ask button[type=submit]")
    assert page.locator("#problem").is_visible()
    assert "skoss" in page.locator("#query").input_value()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_ready_question_is_asked_for_another_city(
    page_at: OpenPage, axe: str, width: int, script: bool
) -> None:
    page = page_at("/queries?lang=en", script=script, width=width, language="en")
    page.fill("#find", "communities messina")
    page.click(".find-queries button")
    page.click("a:has-text('The communities of Messina')")
    assert page.locator("#answer tbody tr").count() >= 1
    page.fill("[name=city]", "Palermo")
    page.click("#parameters button[type=submit]")

    assert "id/city/it-palermo" in page.locator("#query").input_value()
    assert page.locator("[name=city]").input_value() == "Palermo"
    assert overflow(page) <= 0
    if script:
        assert find_violations(page, axe) == []


@pytest.mark.parametrize(
    "path", ["/queries", "/sparql", "/queries/members-by-country", f"/sparql?{urlencode({'query': COUNTS})}"]
)
def test_pages_of_queries_meet_the_rules_of_accessibility(
    page_at: OpenPage, axe: str, complaints: list[str], path: str
) -> None:
    page = page_at(path, width=PHONE)

    assert find_violations(page, axe) == []
    assert overflow(page) <= 0
    assert complaints == []
