"""What a machine needs for so many statements, and the page that tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from inprocess import Client

from mesmart_kg.config import EngineSettings, WebSettings
from mesmart_kg.engine.storage import choose_storage
from mesmart_kg.web import scale
from mesmart_kg.web.scale import Measured, find_most, read_figures, read_statements, size, to_figures

from .conftest import BROWSER

GIBIBYTE = 1024**3


def test_more_statements_and_more_workers_need_more_memory() -> None:
    engine, web = EngineSettings(), WebSettings()
    small, large = size(1_000_000, engine, web), size(10_000_000, engine, web)
    many = size(1_000_000, replace(engine, workers=8), web)

    assert small.in_memory < large.in_memory
    assert small.on_disk == large.on_disk < small.in_memory < many.in_memory
    assert large.disk == 10 * small.disk


def test_what_is_said_to_fit_in_memory_is_held_there() -> None:
    for gibibytes, workers in ((4, 2), (8, 4), (64, 16)):
        most = find_most(gibibytes * GIBIBYTE, workers)

        assert choose_storage("auto", 2 * most, workers, gibibytes * GIBIBYTE // 2) == "memory"
        assert choose_storage("auto", 3 * most, workers, gibibytes * GIBIBYTE // 2) == "disk"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1000000", 1_000_000),
        (" 1.000.000 ", 1_000_000),
        ("1,000,000", 1_000_000),
        ("1’000’000", 1_000_000),
        ("", None),
        (None, None),
        ("0", None),
        ("-5", None),
        ("many", None),
        ("١٢", None),
        ("9" * 30, None),
        ("1e9", None),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str | None, number: int | None) -> None:
    assert read_statements(text) == number


def test_the_figures_that_come_along_are_whole() -> None:
    figures = read_figures()

    assert list(figures.sizes) == sorted(figures.sizes, key=lambda each: each.triples)
    assert all(len(rates) == 3 for _, rates in figures.proxied)
    assert (figures.day is not None) == bool(figures.sizes or figures.proxied)


def test_what_was_not_measured_is_none_and_what_is_unknown_is_passed_over() -> None:
    document = {"sizes": [{"triples": 9, "build_seconds": 1.5, "colour": "red"}, {"triples": 3}]}
    figures = to_figures(document)

    assert figures.sizes == (Measured(3), Measured(9, build_seconds=1.5))
    assert figures.proxied == ()


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_page_tells_the_rule_and_the_reader_s_own_number(client: Client, language: str) -> None:
    page = client.get(f"/about/scale?lang={language}&statements=5.000.000", headers=BROWSER)
    number = "5.000.000" if language == "it" else "5,000,000"

    assert page.status_code == 200
    assert f'<th scope="row">{number} <span class="note">' in page.text
    assert 'role="alert"' not in page.text
    assert client.get(f"/about?lang={language}", headers=BROWSER).text.count("/about/scale") == 1


def test_what_is_no_number_is_told_and_does_no_harm(client: Client) -> None:
    page = client.get("/about/scale?statements=%3Cscript%3Ealert(1)%3C/script%3E", headers=BROWSER)

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert 'role="alert"' in page.text


def test_measured_figures_are_shown_with_machine_and_day(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document = {
        "day": "2026-11-23", "cores": 2, "memory_gibibytes": 23, "processor": "Example 3 <GHz>",
        "was_busy": True,
        "sizes": [{"triples": 1_000_000, "build_seconds": 48.25, "storage": "disk"}],
        "proxied": {"page": [400, 390, 9000], "something else": [1, None, None]},
    }  # fmt: skip
    (tmp_path / scale.FIGURES).write_text(json.dumps(document), "utf-8")
    monkeypatch.setattr("mesmart_kg.web.scale.files", lambda _package: tmp_path)
    read_figures.cache_clear()
    try:
        page = client.get("/about/scale?lang=en&statements=7", headers=BROWSER).text
    finally:
        monkeypatch.undo()
        read_figures.cache_clear()

    assert (
        "Measured on 23 November 2026, on a machine with 2 cores and 23 GB (Example 3 &lt;GHz&gt;)." in page
    )
    assert "The machine was doing other work" in page
    assert "48.2" in page
    assert "on disk" in page
    assert "not measured" in page
    assert "9,000" in page
    assert "something else" in page
