"""IRIs of ours become paths of this site, and back; nobody else's become anything but themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mesmart_kg.labels import Name
from mesmart_kg.web.links import absolute, cut, find_path, to_href, to_iri, to_language_mark, to_path

BASE = "https://w3id.org/city-communities/"
ELSEWHERE = "https://dati.example.org/"


@pytest.fixture
def asked(app: Flask) -> Iterator[None]:
    with app.test_request_context("/?lang=en", base_url="http://localhost/"):
        app.preprocess_request()
        yield


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("id/city/it-messina", "/doc/city/it-messina"),
        ("def#City", "/def#City"),
        ("shapes#City", "/shapes#City"),
        ("voc/role/member", "/voc/role/member"),
        ("graph/source/oasc", "/graph/source/oasc"),
        ("set/city-communities", "/set/city-communities"),
        ("", "/"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_an_own_iri_is_shown_at_a_path_which_leads_back_to_it(name: str, path: str) -> None:
    assert to_path(BASE + name) == path
    assert to_iri(path) == BASE + name


def test_a_city_that_uses_our_terms_serves_them_under_its_own_host() -> None:
    assert find_path(f"{ELSEWHERE}id/city/x", ELSEWHERE) == "/doc/city/x"
    assert find_path(f"{BASE}voc/role/member", ELSEWHERE) == "/voc/role/member"
    assert find_path(f"{BASE}id/city/it-messina", ELSEWHERE) is None


def test_letters_beyond_ascii_are_encoded_and_nothing_leads_to_another_host() -> None:
    assert find_path(f"{BASE}id/city/x-città", BASE) == "/doc/city/x-citt%C3%A0"
    assert find_path(f"{BASE}/evil.example/", BASE) is None
    assert find_path(f'{BASE}id/"onmouseover=', BASE) is None


@pytest.mark.usefixtures("asked")
def test_a_link_keeps_the_language_that_was_asked_for_and_runs_no_script() -> None:
    assert to_href(f"{BASE}def#City") == "/def?lang=en#City"
    assert to_href("https://www.wikidata.org/wiki/Q1") == "https://www.wikidata.org/wiki/Q1"
    assert to_href("javascript:alert(1)") is None
    assert to_href("mailto:a@example.org") is None
    assert absolute("/doc/x") == "http://localhost/doc/x"


@pytest.mark.usefixtures("asked")
def test_a_name_in_another_language_says_which() -> None:
    assert to_language_mark(Name("Gent", "nl")) == 'dir="auto" lang="nl"'
    assert to_language_mark(Name("Ghent", "en")) == 'dir="auto"'
    assert to_language_mark(Name("x", '"><script>')) == 'dir="auto" lang="&#34;&gt;&lt;script&gt;"'


def test_a_long_text_is_cut_but_never_within_a_letter() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "abc…"
    assert cut("abe\u0301d", 3) == "ab…"
    assert cut("ab👩‍👩‍👧", 4) == "ab…"
