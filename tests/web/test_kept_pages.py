"""A page is made once and kept as it went out, under all that it was made of, and within bounds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.conditional import finish
from mesmart_kg.web.kept_pages import KeptPages
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

BROWSER = {"Accept": "text/html", "Accept-Language": "it", "Accept-Encoding": "gzip"}
PAGE = "/doc/city/it-messina"


@pytest.fixture(scope="module")
def site(config: Config, release: Release) -> Iterator[Flask]:
    made = create_app(config, Catalog(release.path.parent), engine_opener(config))
    yield made
    publication_of(made).close()


@pytest.fixture
def pages(site: Flask) -> KeptPages:
    fresh = KeptPages(64 * 1024 * 1024)
    site.extensions["mesmart.kept_pages"] = fresh
    return fresh


@pytest.fixture
def reader(site: Flask, pages: KeptPages) -> FlaskClient:
    return site.test_client()


def test_a_kept_page_is_the_very_same(reader: FlaskClient, pages: KeptPages) -> None:
    made = reader.get("/browse", headers=BROWSER)
    kept = reader.get("/browse", headers=BROWSER)

    assert (kept.status_code, kept.data, len(pages)) == (200, made.data, 1)
    assert sorted(kept.headers.to_wsgi_list()) == sorted(made.headers.to_wsgi_list())
    assert kept.headers["Content-Encoding"] == "gzip"


def test_a_thing_is_kept_with_all_its_links(reader: FlaskClient, pages: KeptPages) -> None:
    sent = [reader.get(PAGE, headers=BROWSER) for _ in range(2)]

    assert len(pages) == 1
    assert sent[0].headers.getlist("Link") == sent[1].headers.getlist("Link")
    assert any('rel="describes"' in link or "describedby" in link for link in sent[1].headers.getlist("Link"))


def test_a_kept_page_has_no_body_for_who_asks_for_the_head(reader: FlaskClient) -> None:
    whole = reader.get("/browse", headers=BROWSER)
    head = reader.head("/browse", headers=BROWSER)

    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(whole.data)))


def test_who_has_a_kept_page_is_told_so(reader: FlaskClient) -> None:
    tag = reader.get("/browse", headers=BROWSER).headers["ETag"]

    assert reader.get("/browse", headers={**BROWSER, "If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "other",
    [
        {"Accept-Language": "en"},
        {"Accept-Language": "it, fr;q=0.5"},
        {"Accept-Encoding": "identity"},
        {"Host": "elsewhere.example"},
    ],
)
def test_what_a_page_depends_on_keeps_it_apart(
    reader: FlaskClient, pages: KeptPages, other: dict[str, str]
) -> None:
    reader.get(PAGE, headers=BROWSER)
    reader.get(PAGE, headers={**BROWSER, **other})

    assert len(pages) == 2


def test_a_stranger_s_host_is_in_no_page_of_others(reader: FlaskClient) -> None:
    reader.get(PAGE, headers={**BROWSER, "Accept-Encoding": "identity", "Host": "evil.example"})
    page = reader.get(PAGE, headers={**BROWSER, "Accept-Encoding": "identity"})

    assert "evil.example" not in page.text


def test_a_language_asked_for_keeps_it_apart_and_stays_in_links(reader: FlaskClient) -> None:
    plain = {**BROWSER, "Accept-Encoding": "identity"}
    for _ in range(2):
        assert "lang=" in reader.get("/browse?lang=it", headers=plain).text.partition("<main")[2]
        assert (
            "lang="
            not in reader.get("/browse", headers=plain).text.partition("<main")[2].partition("</main")[0]
        )


@pytest.mark.parametrize(
    "arguments", ["x=1", "lang=IT", "lang=de", "lang=it&lang=it", "lang=it&x", "q=torino"]
)
def test_nothing_that_a_stranger_makes_up_is_kept(
    reader: FlaskClient, pages: KeptPages, arguments: str
) -> None:
    for path in ("/browse", "/search", PAGE):
        assert reader.get(f"{path}?{arguments}", headers=BROWSER).status_code == 200

    assert len(pages) == 0


@pytest.mark.parametrize("path", ["/doc/city/no-such", "/no-such-page", "/sparql?query=ASK{}", f"{PAGE}.ttl"])
def test_errors_answers_and_data_are_not_kept(reader: FlaskClient, pages: KeptPages, path: str) -> None:
    reader.get(path, headers=BROWSER)

    assert len(pages) == 0


def test_what_a_view_wants_nobody_to_store_is_not_kept(site: Flask, pages: KeptPages) -> None:
    with site.test_request_context("/browse", headers=BROWSER):
        site.preprocess_request()
        response = finish(Response("partial"), "browse")
        response.headers["Cache-Control"] = "no-store"
        site.process_response(response)

    assert len(pages) == 0


def test_the_longest_unused_is_forgotten_and_the_bound_holds() -> None:
    pages = KeptPages(100_000)
    for number in range(200):
        pages.keep(str(number), Response("x" * 500))
        pages.find("0")
        assert pages.size <= 100_000

    assert 10 < len(pages) < 100
    assert pages.find("0") is not None
    assert pages.find("1") is None


def test_what_would_take_too_much_is_not_kept() -> None:
    pages = KeptPages(100_000)
    pages.keep("large", Response("x" * 50_000))
    KeptPages(0).keep("any", Response("x"))

    assert (len(pages), pages.size) == (0, 0)
