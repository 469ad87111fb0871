"""Someone with a spreadsheet links it, with script and without, and takes the files home."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import DESK, PHONE, OpenPage, find_violations, overflow

CITIES = "nome;nazione\nMessina;Italia\nCastro;Italia\nXyzzyville;Italia\n"


@pytest.mark.parametrize(("language", "width", "script"), [("it", PHONE, True), ("en", DESK, False)])
def test_a_table_is_sent_looked_through_and_its_links_taken_home(
    page_at: OpenPage,
    axe: str,
    complaints: list[str],
    tmp_path: Path,
    language: str,
    width: int,
    script: bool,
) -> None:
    table = tmp_path / "città.csv"
    table.write_bytes(CITIES.encode("utf-16"))
    page = page_at("/link/table", width=width, script=script, language=language)

    page.set_input_files("#table", table)
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("fieldset.decide")).to_have_count(2)
    assert overflow(page) <= 0
    if script:
        assert find_violations(page, axe) == []
    page.check("#row-3-1")
    page.locator("#row-4-other").check()
    page.fill('input[name="other-4"]', "city/be-gent")
    page.locator("main button[value=choices]").nth(1).click()
    expect(page.locator(".fate-chosen dd")).to_have_text("2")
    with page.expect_download() as taken:
        page.click("button[value=linkset]")

    assert taken.value.suggested_filename == "citta.links.ttl"
    turtle = taken.value.path().read_text("utf-8")
    assert "void:triples 3 ." in turtle
    assert "row-4> skos:exactMatch <https://w3id.org/city-communities/id/city/be-gent>" in turtle
    assert complaints == []
