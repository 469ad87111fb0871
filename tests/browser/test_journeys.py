"""Three visitors, from the first page to what they came for.

One takes open data without knowing RDF, one works with the data and must cite them, one publishes the data of
another city. Each goes in both languages, with a phone and at a desk, with script and without: of the eight
ways four, so that each two of the three meet.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pyoxigraph as ox
import pytest
from playwright.sync_api import Locator, Page, expect
from serving import Server

from mesmart_kg.release import Release

from .conftest import CONTACT, DESK, PHONE, OpenPage, overflow

BASE = "https://w3id.org/city-communities/"

WAYS = pytest.mark.parametrize(
    ("language", "width", "script"),
    [("it", PHONE, True), ("en", DESK, True), ("it", DESK, False), ("en", PHONE, False)],
)


@pytest.fixture
def visit(page_at: OpenPage, language: str, width: int, script: bool) -> Callable[[str], Page]:
    """A function that opens a page as this visitor does."""
    return lambda path: page_at(path, language=language, width=width, script=script)


@WAYS
def test_who_wants_a_table_finds_the_city_and_takes_it(
    visit: Callable[[str], Page], complaints: list[str], tmp_path: Path, language: str, script: bool
) -> None:
    page = visit("/")
    page.locator("#home-search").fill("Genoa")
    page.locator("#home-search").press("Enter")
    page.locator(".hits a[href*='/doc/city/it-genova']").click()

    expect(page.locator("h1")).to_have_text({"it": "Genova", "en": "Genoa"}[language])
    expect(page.locator("html")).to_have_attribute("lang", language)
    communities = page.locator("section[aria-labelledby=communities]")
    shown = {
        str(each.get_attribute("href")).rpartition("/")[2].partition("?")[0]
        for each in communities.locator("table").first.locator("th[scope=row] a").all()
    }
    assert {"eurocities", "oasc"} <= shown

    communities.locator(".made-by a").first.click()
    rows = page.locator("#result-title ~ * tbody tr" if script else "#answer tbody tr")
    expect(rows.first).to_be_visible()
    if script:
        page.locator("[data-view=take]").click()
    path = download(page.get_by_role("link", name="CSV", exact=True), tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        taken = list(csv.DictReader(file))

    assert len(taken) == rows.count()
    assert {row["community"].rpartition("/")[2] for row in taken} == shown
    assert overflow(page) <= 0
    assert complaints == []


@WAYS
def test_who_works_with_the_data_takes_them_whole_and_can_cite_and_check_them(
    visit: Callable[[str], Page], release: Release, complaints: list[str], tmp_path: Path
) -> None:
    page = visit("/")
    page.locator("main a[href^='/releases']").last.click()
    expect(page.locator("main .releases-table")).to_be_visible()
    page.locator("main a.btn-primary").click()
    expect(page.locator("h1")).to_contain_text(release.id)
    row = page.locator("tr", has=page.get_by_role("link", name="default.ttl.gz", exact=True))
    row.locator("summary").click()
    told = row.locator("details code").inner_text()
    path = download(row.get_by_role("link"), tmp_path)
    content = path.read_bytes()

    assert hashlib.sha256(content).hexdigest() == told
    assert f"{release.manifest.figures['triples']}" in re.sub(r"\D", "", row.inner_text())
    first = next(iter(ox.parse(gzip.decompress(content), format=ox.RdfFormat.TURTLE)))
    assert isinstance(first.subject, ox.NamedNode | ox.BlankNode)

    citation = page.locator(".citation").inner_text()
    assert release.id in citation
    assert f"{release.day.year}" in citation
    address = page.locator("main a[rel='cite-as']").inner_text()
    assert address == f"{BASE}set/city-communities/{release.id}"
    assert address in citation
    record = download(page.get_by_role("link", name="BibTeX", exact=True), tmp_path).read_text("utf-8")
    printed = page.get_by_role("region", name="BibTeX").inner_text()
    # The file has the English title, whoever takes it.
    assert [line for line in printed.strip().splitlines() if "title" not in line] == [
        line for line in record.strip().splitlines() if "title" not in line
    ]

    page.locator("main a[href*='/credits']").click()
    page.locator("main th a[href*='/doc/source/messina-2021']").click()
    rests = page.locator("section[aria-labelledby=rests]")
    expect(rests.locator("a[href*='/doc/community/oasc']").first).to_be_visible()
    rests.locator("a[href*='/doc/membership/oasc--it-messina']").click()
    expect(page.locator("main a[href*='/doc/source/messina-2021']").first).to_be_attached()
    assert overflow(page) <= 0
    assert complaints == []


@WAYS
def test_who_keeps_a_copy_reads_what_changed_and_takes_only_that(
    visit: Callable[[str], Page], town_site: Server, complaints: list[str], tmp_path: Path, language: str
) -> None:
    page = visit(f"{town_site.url}releases")
    page.locator(".releases-table a[href*='/diff/']").first.click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    corinth = page.get_by_role("link", name={"it": "Corinto", "en": "Corinth"}[language]).first
    expect(corinth).to_be_visible()
    added = download(page.locator("a[href*='added.nq']"), tmp_path)
    removed = download(page.locator("a[href*='removed.nq']"), tmp_path)

    come = {str(quad.subject) for quad in ox.parse(path=added, format=ox.RdfFormat.N_QUADS)}
    gone = {str(quad.subject) for quad in ox.parse(path=removed, format=ox.RdfFormat.N_QUADS)}
    assert any(each.endswith("city/gr-corinto>") for each in come)
    assert not any(each.endswith("city/gr-corinto>") for each in gone)
    assert any("membership/lega--gr-atene" in each for each in gone)
    corinth.click()
    expect(page.locator("h1")).to_have_text({"it": "Corinto", "en": "Corinth"}[language])
    assert overflow(page) <= 0
    assert complaints == []


@WAYS
def test_who_writes_for_the_web_finds_the_guide_and_asks_from_a_page_of_their_own(
    visit: Callable[[str], Page], complaints: list[str], script: bool
) -> None:
    """The commands are run by ``journeys/test_guide.py``; that a browser may ask is seen here."""
    page = visit("/")
    page.locator("main a[href^='/link']").first.click()
    page.locator("main a[href^='/link/web']").first.click()
    printed = page.locator("main pre code").all_inner_texts()

    assert any(text.startswith("curl") for text in printed)
    assert overflow(page) <= 0
    if script:
        assert ask_from_another_site(page, next(text for text in printed if "fetch(" in text)) > 10
    assert complaints == []


def ask_from_another_site(page: Page, program: str) -> int:
    """Run a program of the page in a page of another origin; return how many lines of results it logs."""
    elsewhere = page.context.new_page()
    with elsewhere.expect_console_message() as said:
        elsewhere.evaluate(f"async () => {{ {program} }}")
    return int(said.value.args[0].evaluate("bindings => bindings.length"))


@pytest.mark.parametrize("language", ["it", "en"])
def test_who_sees_an_error_has_a_letter_prepared(page_at: OpenPage, release: Release, language: str) -> None:
    """It says which thing and which release it is about; the reader needs to say only what is wrong."""
    page = page_at("/doc/city/it-genova", language=language, script=False)
    address = page.locator(".report-error a[href^='mailto:']").get_attribute("href") or ""
    letter = parse_qs(urlsplit(address).query)

    assert urlsplit(address).scheme == "mailto"
    assert unquote(urlsplit(address).path) == CONTACT
    assert "/city/it-genova" in letter["subject"][0]
    assert "/city/it-genova" in letter["body"][0]
    assert release.id in letter["body"][0]


def test_a_harvester_finds_the_catalogue_and_in_it_the_files(
    page_at: OpenPage, site: Server, tmp_path: Path
) -> None:
    page = page_at("/releases", script=False)
    answer = page.request.get(f"{site.url}catalog.rdf")
    assert answer.ok
    assert answer.headers["content-type"].startswith("application/rdf+xml")
    dcat = "http://www.w3.org/ns/dcat#"
    store = ox.Store()
    store.load(answer.body(), format=ox.RdfFormat.RDF_XML, base_iri=site.url)
    found = store.query(
        f"SELECT ?url {{ ?catalogue a <{dcat}Catalog> ; <{dcat}dataset>/<{dcat}distribution> ?file ."
        f" ?file <{dcat}downloadURL> ?url }}"
    )
    assert isinstance(found, ox.QuerySolutions)
    addresses = {solution["url"].value for solution in found}
    assert any(address.endswith("default.ttl.gz") for address in addresses)


def download(link: Locator, folder: Path) -> Path:
    """Click a link that gives a file, and return where the file lies."""
    with link.page.expect_download() as begun:
        link.click()
    path = folder / begun.value.suggested_filename
    begun.value.save_as(path)
    return path
