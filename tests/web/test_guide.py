"""The guide for those who link to us, over the small release; what it tells is run in ``journeys``."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path

import pytest
from flask import Flask
from inprocess import Client
from serving import BASE

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.web import create_app
from mesmart_kg.web.guide_examples import EXAMPLE, find_examples
from mesmart_kg.web.publication import publication_of

from .conftest import BROWSER

PAGES = ("/link", "/link/spreadsheet", "/link/web", "/link/endpoint")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["it", "en"])
def test_each_path_is_a_page_with_what_can_be_copied(client: Client, path: str, language: str) -> None:
    page = client.get(f"{path}?lang={language}", headers=BROWSER)

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert page.text.count("<h1>") == 1
    assert page.text.count("<pre data-language=") == page.text.count("<pre") > 0
    for other in PAGES:
        assert path == other or f'href="{other}?lang={language}"' in page.text


def test_examples_name_this_host_and_our_names(client: Client) -> None:
    pages = "".join(html.unescape(client.get(path, headers=BROWSER).text) for path in PAGES)

    assert "curl -L -H 'Accept: text/turtle' http://localhost/id/city/it-messina" in pages
    assert f"skos:exactMatch <{BASE}id/city/it-messina> ." in pages
    assert "SERVICE <http://localhost/sparql>" in pages
    assert "--endpoint http://localhost/reconcile" in pages


def test_the_table_holds_towns_of_the_release_as_the_reader_calls_them(client: Client) -> None:
    """The name of a town may hold anything: here it would be a script, if it were not escaped."""
    page = client.get("/link/spreadsheet?lang=it", headers=BROWSER).text
    shown = re.search(r'data-file="cities.csv"><code>(.*?)</code>', page, re.S)
    assert shown is not None
    rows = list(csv.DictReader(io.StringIO(html.unescape(shown[1]))))

    assert [(row["name"], row["country"]) for row in rows] == [
        ("Messina", "IT"),
        ("Gand", "BE"),
        ("<script>alert(1)</script>", "AT"),
    ]
    assert "<script>alert" not in page


def test_where_there_is_nothing_to_show_examples_are_made_up_and_say_so(app: Flask) -> None:
    """A release under another base IRI: none of its things are known there."""
    found = find_examples(publication_of(app).index, (), "https://other.example.org/", ("it",))

    assert (found.path, found.is_there, found.table) == (EXAMPLE, False, "")


@pytest.mark.parametrize("folder", ["inbox", ""])
def test_a_closed_inbox_is_not_offered(app: Flask, shelf: Path, folder: str) -> None:
    config = load_config({"paths.releases": shelf, "inbox.folder": folder}, {}, shelf)
    site = create_app(config, Catalog(shelf), lambda _release: publication_of(app).engine).test_client()

    for path in ("/link", "/link/web", "/link/spreadsheet"):
        page = site.get(f"{path}?lang=en", headers=BROWSER).text
        assert ("inbox" in page or "#tell" in page) == bool(folder), path
