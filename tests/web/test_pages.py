"""Pages for people, in both languages, and the state of the service."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from inprocess import Client
from serving import NUMBERED, RELEASE_ID

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of

from .conftest import BROWSER

PAGES = (
    "/",
    "/about",
    "/accessibility",
    "/privacy",
    "/link",
    "/queries",
    "/queries/communities-of-a-city",
    "/sparql",
    "/sparql?query=ASK{}",
    "/sparql?query=nonsense",
    "/releases",
    f"/releases/{RELEASE_ID}",
    f"/releases/{RELEASE_ID}/report",
    "/nothing-here",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "word"), [("it", "Vai al contenuto"), ("en", "Skip to the content")])
def test_every_page_speaks_the_language_that_is_asked_for(
    client: Client, path: str, language: str, word: str
) -> None:
    by_name = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}", headers=BROWSER)
    by_header = client.get(path, headers=BROWSER | {"Accept-Language": f"{language}, fr;q=0.5"})

    for page in (by_name, by_header):
        assert f'<html lang="{language}">' in page.text
        assert word in page.text
        assert "%(" not in page.text


def test_who_asks_for_no_language_we_speak_gets_the_first_of_the_site(client: Client) -> None:
    assert '<html lang="it">' in client.get("/", headers=BROWSER | {"Accept-Language": "fi"}).text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_stands_by_itself(client: Client, path: str) -> None:
    """One heading of the first level, a landmark to skip to, nothing that the policy would refuse."""
    page = client.get(path, headers=BROWSER).text

    assert len(re.findall("<h1[ >]", page)) == 1
    assert 'href="#content"' in page
    assert '<main id="content"' in page
    scripts = re.findall("<script([^>]*)>", page)
    assert all('src="/-/static/' in each or "application/ld+json" in each for each in scripts)
    assert not re.search(r"<style| style=| on[a-z]+=", re.sub("(?s)<(pre|textarea).*?</", "", page))
    fetched = re.findall(r'<(?:link rel="(?:stylesheet|icon)"[^>]*href|img[^>]*src)="([^"]*)"', page)
    assert fetched
    assert all(address.startswith("/-/static/") for address in fetched)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_ours_leads_somewhere(client: Client, path: str) -> None:
    page = client.get(path, headers=BROWSER).text
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', page)}

    assert links
    for link in links - {f"{path}?lang=it", f"{path}?lang=en"}:
        expected = {400} if "nonsense" in link else {404} if "nothing-here" in link else {200, 302}
        with client.get(link, headers=BROWSER) as response:
            assert response.status_code in expected, link


def test_home_names_the_communities_the_figures_and_the_dumps(client: Client) -> None:
    page = client.get("/?lang=it", headers=BROWSER).text

    assert "Città aperte e agili" in page
    assert "/dumps/default.nt.gz" in page
    assert "1.511" in page
    assert "Messina</a> e le sue comunità" in page
    assert "CC BY 4.0" in page
    assert "/queries/communities-of-a-city" in page
    english = client.get("/?lang=en", headers=BROWSER).text
    assert "Open &amp; Agile Smart Cities" in english
    assert "1,511" in english


def test_a_language_that_was_chosen_stays(client: Client) -> None:
    page = client.get("/?lang=en", headers=BROWSER).text

    assert 'href="/queries?lang=en"' in page
    assert 'href="/queries"' in client.get("/", headers=BROWSER).text


def test_home_leads_who_asks_for_rdf_to_the_description(client: Client) -> None:
    response = client.get("/", headers={"Accept": "text/turtle"})

    assert response.status_code == 303
    assert response.headers["Location"] == "/.well-known/void"
    assert client.get("/").mimetype == "text/html"
    assert client.get("/", headers={"Accept": "*/*"}).mimetype == "text/html"


@pytest.mark.parametrize("path", ["/health", "/-/health"])
def test_health_names_the_release_and_its_size(client: Client, path: str) -> None:
    told = client.get(path).get_json()

    assert told["status"] == "ok"
    assert told["release"] == RELEASE_ID
    assert told["triples"] == NUMBERED + 11
    assert told["engine"] == "embedded"


def test_what_is_not_there_is_told_to_people_and_to_programs(client: Client) -> None:
    page = client.get("/nothing-here", headers=BROWSER)
    document = client.get("/nothing-here")

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert (document.status_code, document.mimetype) == (404, "application/problem+json")
    assert document.get_json(force=True)["type"] == "urn:mesmart:problem:not-found"


def test_a_trusted_proxy_says_under_which_address_the_service_is_known(shelf: Path, app: Flask) -> None:
    config = load_config({"paths.releases": shelf, "web.trusted_proxies": 1}, {}, shelf)
    engine = publication_of(app).engine
    behind = create_app(config, Catalog(shelf), lambda _release: engine).test_client()
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "dati.example.it"}

    assert "<https://dati.example.it/sparql>" in behind.get("/sparql", headers=headers).text
    assert "dati.example.it" not in app.test_client().get("/sparql", headers=headers).text


def test_home_leads_to_the_answers_and_to_the_terms(client: Client) -> None:
    page = client.get("/?lang=en", headers=BROWSER).text
    link = re.search(r'<p class="go"><a href="([^"]*)"', page)
    assert link is not None
    answer = client.get(link[1].replace("&amp;", "&"), headers=BROWSER)

    assert "Open &amp; Agile Smart Cities" in answer.text
    assert "https://creativecommons.org/licenses/by/4.0/" in page


def test_only_a_public_body_is_not_told_apart_from_those_it_speaks_of(shelf: Path, app: Flask) -> None:
    engine = publication_of(app).engine
    pages = []
    for code in ("city-communities", "c_f158"):
        config = load_config({"paths.releases": shelf, "site.publisher_identifier": code}, {}, shelf)
        site = create_app(config, Catalog(shelf), lambda _release: engine).test_client()
        pages.append(site.get("/?lang=en", headers=BROWSER).text)

    assert "not a site of any city" in pages[0]
    assert "not a site of any city" not in pages[1]


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_a_label_and_every_table_a_caption(client: Client, path: str) -> None:
    page = client.get(path, headers=BROWSER).text

    fields = re.findall(r'<(?:textarea|input)(?![^>]*type="hidden")[^>]* id="([^"]*)"', page)
    assert set(fields) <= set(re.findall(r'<label[^>]* for="([^"]*)"', page))
    described = re.findall(r'aria-(?:describedby|labelledby)="([^"]*)"', page)
    assert all(f'id="{name}"' in page for name in described)
    assert page.count("<table") == page.count("<caption>")
