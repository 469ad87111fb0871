"""``/links`` and what is below it: sets in words and as files, paging, gaps, hostile data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from inprocess import Answer, Client

from mesmart_kg.config import load_config
from mesmart_kg.preview import PreviewFile, preview
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

BASE = "https://w3id.org/city-communities/"
BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en",
}
TOWNS = 120
LINKED = 60
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
BROAD = "<http://www.w3.org/2004/02/skos/core#broadMatch>"
EXACT = "<http://www.w3.org/2004/02/skos/core#exactMatch>"
HOSTILE = "<script>alert(1)</script>"


def write_quads(folder: Path) -> Path:
    """Write 120 towns, 60 of them linked to Wikidata, and a set that somebody hostile gave."""
    kind = f"{TYPE} <{BASE}def#City>"
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    lines = []
    for number in range(TOWNS):
        town = f"<{BASE}id/city/t{number:03}>"
        lines.append(f"{town} {kind} <{BASE}graph/source/a>")
        lines.append(f'{town} {label} "Town {number:03}"@en <{BASE}graph/source/a>')
        if number < LINKED:
            lines.append(f"{town} {EXACT} <http://www.wikidata.org/entity/Q{number}> <{BASE}graph/links>")
    graph = f"<{BASE}graph/links/evil>"
    linkset = "<https://evil.example/set>"
    lines += [
        f"{linkset} {TYPE} <http://rdfs.org/ns/void#Linkset> {graph}",
        f'{linkset} <http://purl.org/dc/terms/title> "{HOSTILE}{"x" * 500}"@en {graph}',
        f'{linkset} <https://schema.org/creditText> "{HOSTILE}" {graph}',
        f"{linkset} <http://purl.org/dc/terms/license> <javascript:alert(1)> {graph}",
        f"<javascript:alert(1)> {EXACT} <{BASE}id/city/t000> {graph}",
        f"<https://evil.example/a> {BROAD} <{BASE}id/city/t001> {graph}",
    ]
    file = folder / "towns.nq"
    file.write_text("".join(f"{line} .\n" for line in lines), "utf-8")
    return file


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("links")
    with preview([PreviewFile(write_quads(folder))], union=True) as catalog:
        config = load_config({"paths.releases": folder, "engine.workers": 1}, {}, folder)
        app = create_app(config, catalog, engine_opener(config))
        client = Client(app)
        yield client
        client.close()
        publication_of(app).close()


def show(site: Client, path: str) -> Answer:
    return site.get(path, headers=BROWSER)


def test_the_page_tells_every_set_and_how_many_cities_lack_one(site: Client) -> None:
    page = show(site, "/links").text

    assert 'href="/links/wikidata"' in page
    assert 'href="/links/from-evil"' in page
    assert 'href="/links/missing?set=wikidata"' in page
    assert "Of 120 cities, 60 have no link at all." in page
    assert "unknown: no source of ours tells it" in page


def test_a_release_without_given_links_says_so(client: Client) -> None:
    page = show(client, "/links").text

    assert "No other city has given us links yet." in page
    assert "This release links to no other data." in page


def test_a_set_is_shown_page_by_page(site: Client) -> None:
    first, second = show(site, "/links/wikidata"), show(site, "/links/wikidata?page=2")

    assert "1 to 50 of 60" in first.text
    assert (first.text.count("entity/Q"), second.text.count("entity/Q")) == (100, 20)  # address and text
    assert 'href="/doc/city/t000"' in first.text
    assert show(site, "/links/wikidata?page=3").status_code == 404


@pytest.mark.parametrize(
    ("suffix", "accept", "media_type"),
    [
        (".ttl", "text/turtle", "text/turtle"),
        (".nt", "application/n-triples", "application/n-triples"),
        (".csv", "text/csv", "text/csv"),
    ],
)
def test_a_set_is_given_as_a_file_by_suffix_and_by_accept(
    site: Client, suffix: str, accept: str, media_type: str
) -> None:
    named = site.get(f"/links/wikidata{suffix}")
    asked = site.get("/links/wikidata", headers={"Accept": accept})

    assert named.content == asked.content
    assert named.mimetype == asked.mimetype == media_type
    assert named.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept" in asked.headers["Vary"]
    again = site.get(f"/links/wikidata{suffix}", headers={"If-None-Match": named.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert site.head(f"/links/wikidata{suffix}").content == b""


def test_csv_has_the_names_of_what_is_ours(site: Client) -> None:
    rows = list(csv.DictReader(io.StringIO(site.get("/links/wikidata.csv").text)))

    assert len(rows) == LINKED
    assert rows[7] == {
        "subject": f"{BASE}id/city/t007",
        "subject_name": "Town 007",
        "predicate": EXACT.strip("<>"),
        "object": "http://www.wikidata.org/entity/Q7",
        "object_name": "",
    }


def test_given_links_are_read_from_our_side(site: Client) -> None:
    page = show(site, "/links/from-evil").text

    assert "wider than it" in page  # their broader thing is ours
    assert 'href="/doc/city/t001"' in page


def test_hostile_words_and_addresses_do_no_harm(site: Client) -> None:
    for path in ("/links", "/links/from-evil", "/links/missing?set=from-evil"):
        page = show(site, path).text
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page
        assert "x" * 400 not in page


def test_cities_without_links_are_listed_and_given_as_a_file(site: Client) -> None:
    page = show(site, "/links/missing?set=wikidata").text
    rows = site.get("/links/missing.csv?set=wikidata", headers={"Accept-Language": "en"}).text.splitlines()

    assert "60 of 120 cities." in page
    assert 'href="/links/missing?set=wikidata&amp;page=2"' in page
    assert rows[:2] == ["iri,name", f"{BASE}id/city/t060,Town 060"]
    assert len(rows) == 61
    assert len(site.get("/links/missing.csv").text.splitlines()) == 61


@pytest.mark.parametrize(
    "path",
    [
        "/links/nothing",
        "/links/wikidata.exe",
        "/links/..",
        "/links/missing?set=x",
        "/links.exe",
        "/links/missing?page=9",
    ],
)
def test_what_is_not_there_is_not_found(site: Client, path: str) -> None:
    assert show(site, path).status_code == 404


def test_all_sets_as_one_table(site: Client) -> None:
    rows = {row["set"]: row for row in csv.DictReader(io.StringIO(site.get("/links.csv").text))}

    assert (rows["wikidata"]["links"], rows["wikidata"]["things"], rows["wikidata"]["given"]) == (
        "60",
        "60",
        "no",
    )
    assert rows["from-evil"]["given_by"] == HOSTILE


def test_in_italian_too(site: Client) -> None:
    page = site.get("/links?lang=it", headers={"Accept": "text/html"}).text

    assert "Collegamenti ad altri dati" in page
    assert 'href="/links/wikidata?lang=it"' in page
