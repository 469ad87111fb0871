"""Where a request comes from, and for which address: said by proxies of ours alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from inprocess import Client

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of

from .conftest import BROWSER

FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=203.0.113.9;host=evil.example",
}


@pytest.fixture
def behind_one(app: Flask, shelf: Path) -> Iterator[Client]:
    """A site behind one proxy of ours."""
    config = load_config({"paths.releases": shelf, "web.trusted_proxies": 1}, {}, shelf)
    made = Client(create_app(config, Catalog(shelf), lambda _release: publication_of(app).engine))
    yield made
    made.close()


@pytest.mark.parametrize("path", ["/", "/about", "/doc/city/it-messina", "/.well-known/void", "/robots.txt"])
def test_without_a_proxy_of_ours_such_headers_mean_nothing(client: Client, path: str) -> None:
    plain, forged = (client.get(path, headers={**BROWSER, **more}) for more in ({}, FORGED))

    assert forged.content == plain.content
    assert forged.headers.get("ETag") == plain.headers.get("ETag")
    assert "evil" not in forged.text


def test_of_what_came_through_several_hands_the_last_word_counts(behind_one: Client) -> None:
    told = {"X-Forwarded-Host": "evil.example, data.example.org", "X-Forwarded-Proto": "http, https"}
    page = behind_one.get("/doc/city/it-messina", headers={**BROWSER, **told}).text

    assert "https://data.example.org/" in page
    assert "evil.example" not in page


def test_one_host_s_page_is_never_another_s(behind_one: Client) -> None:
    """Two names of one site have pages of their own, with tags of their own, in whatever is kept."""
    pages = [
        behind_one.get("/doc/city/it-messina", headers={**BROWSER, "X-Forwarded-Host": name})
        for name in ("one.example.org", "two.example.org", "one.example.org")
    ]

    assert pages[0].content == pages[2].content != pages[1].content
    assert pages[0].headers["ETag"] == pages[2].headers["ETag"] != pages[1].headers["ETag"]
