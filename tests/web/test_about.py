"""What the site says of itself, and the message with which a reader reports an error."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from inprocess import Client
from serving import BASE, RELEASE_ID

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.web import create_app
from mesmart_kg.web.navigation import prepare_report
from mesmart_kg.web.publication import publication_of

from .conftest import BROWSER


@pytest.fixture
def site_with(shelf: Path, app: Flask) -> object:
    """Makes a site with other settings over the same engine."""

    def make(**settings: object) -> FlaskClient:
        flags = {name.replace("__", "."): value for name, value in settings.items()}
        config = load_config({"paths.releases": shelf, **flags}, {}, shelf)
        engine = publication_of(app).engine
        return create_app(config, Catalog(shelf), lambda _release: engine).test_client()

    return make


def test_a_report_names_the_page_and_the_release(site_with: object) -> None:
    assert callable(site_with)
    page = site_with(site__contact_email="dati@example.org").get("/about?lang=it", headers=BROWSER).text
    found = re.search(r'href="(mailto:dati@example\.org\?subject[^"]*)"', page)
    assert found is not None
    link = urlsplit(html.unescape(found[1]))
    parts = parse_qs(link.query)

    assert parts["subject"] == ["Errore in: /about?lang=it"]
    assert RELEASE_ID in parts["body"][0]
    assert "\r\n" in parts["body"][0]


def test_a_report_about_a_thing_names_its_iri(site_with: object) -> None:
    assert callable(site_with)
    page = site_with(site__contact_email="dati@example.org").get("/doc/city/it-messina", headers=BROWSER).text

    assert f"{BASE}id/city/it-messina" in unquote(html.unescape(page).partition("mailto:")[2][:600])


@pytest.mark.parametrize("path", ["/", "/about", "/accessibility", "/privacy", "/link", "/nothing-here"])
def test_without_a_contact_no_page_offers_one(client: Client, path: str) -> None:
    page = client.get(f"{path}?lang=en", headers=BROWSER).text

    assert "mailto:" not in page
    assert "has not yet given an address" in page


def test_a_prepared_message_survives_whatever_is_in_it() -> None:
    link = prepare_report("a+b@example.org", "Error & more", 'Page: "/x?y=ü&z"\nend')
    assert link is not None
    parts = parse_qs(urlsplit(link).query)

    assert link.startswith("mailto:a%2Bb@example.org?")
    assert parts == {"subject": ["Error & more"], "body": ['Page: "/x?y=ü&z"\r\nend']}


def test_privacy_tells_what_the_settings_say(site_with: object, tmp_path: Path) -> None:
    assert callable(site_with)
    quiet = site_with().get("/privacy?lang=en", headers=BROWSER).text
    curious = site_with(
        web__query_log=str(tmp_path / "log"), web__log_addresses=True, web__log_queries=True, web__requests=0
    )
    told = curious.get("/privacy?lang=en", headers=BROWSER).text

    assert "neither what you read nor what you ask" in quiet
    assert "counts the queries of each network address" in quiet
    assert "The text of the query is noted with it" in told
    assert "came from is noted with it" in told
    assert "neither what you read" not in told
    assert "counts the queries of each network address" not in told


def test_the_statement_tells_only_public_bodies_of_the_ombudsman_s_duty(site_with: object) -> None:
    assert callable(site_with)
    city = site_with(site__publisher_identifier="c_f158").get("/accessibility?lang=en", headers=BROWSER).text
    other = site_with().get("/accessibility?lang=en", headers=BROWSER).text

    assert "within 30 days" in city
    assert "within 30 days" not in other
    assert "given freely" in other


def test_the_manifest_names_the_site_and_a_picture_that_is_there(client: Client) -> None:
    page = client.get("/about", headers=BROWSER).text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    manifest = client.get("/manifest.webmanifest?lang=en")
    told = json.loads(manifest.text)

    assert manifest.mimetype == "application/manifest+json"
    assert told["name"] == "The European communities of cities"
    assert client.get(told["icons"][0]["src"]).mimetype == "image/svg+xml"


@pytest.mark.parametrize("path", ["/about", "/accessibility", "/privacy", "/link"])
def test_the_present_section_and_the_path_to_the_page_are_marked(client: Client, path: str) -> None:
    page = client.get(path, headers=BROWSER).text

    assert 'aria-current="page"' in page
    assert '<ol class="breadcrumb">' in page
