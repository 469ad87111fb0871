"""Home, map, timeline and network as people use them: by mouse, by keyboard, and without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, OpenPage

POINTS = (
    "() => document.querySelector('#map').olMap.getLayers().item(1).getSource().getSource()"
    ".getFeatures().map((each) => each.get('place').name).sort()"
)
SHOWN = (
    "() => [...document.querySelectorAll('#cities tbody tr[data-longitude]:not([hidden]) th')]"
    ".map((each) => each.textContent.trim()).sort()"
)
CLUSTER = (
    "() => { const map = document.querySelector('#map').olMap; map.renderSync();"
    " const source = map.getLayers().item(1).getSource();"
    " const groups = source.getFeatures().filter((each) => each.get('features').length > %d);"
    " const [x, y] = map.getPixelFromCoordinate(groups[0].getGeometry().getCoordinates());"
    " const box = document.querySelector('#map').getBoundingClientRect();"
    " return [box.x + x, box.y + y]; }"
)
ZOOM = "() => document.querySelector('#map').olMap.getView().getZoom()"


def open_map(page_at: OpenPage, path: str = "/map?lang=en") -> Page:
    page = page_at(path)
    expect(page.locator("#map canvas").first).to_be_visible()
    page.wait_for_function(f"({POINTS})().length > 0")
    return page


def test_the_map_has_the_points_that_the_table_has(page_at: OpenPage, complaints: list[str]) -> None:
    page = open_map(page_at)
    points = page.evaluate(POINTS)

    assert len(points) > 100
    assert points == page.evaluate(SHOWN)
    expect(page.locator("#map-still")).to_be_hidden()
    assert complaints == []


def test_the_filter_changes_map_table_and_address_in_place(page_at: OpenPage, complaints: list[str]) -> None:
    page = open_map(page_at)
    everything = len(page.evaluate(POINTS))
    page.locator("#community").select_option("eurocities")
    points = page.evaluate(POINTS)

    assert 0 < len(points) < everything
    assert points == page.evaluate(SHOWN)
    expect(page.locator("#map-status")).to_contain_text(str(len(points)))
    expect(page).to_have_url(re.compile("community=eurocities"))
    page.locator("#community").select_option("")
    assert len(page.evaluate(POINTS)) == everything
    assert complaints == []


def test_a_cluster_opens_when_it_is_clicked(page_at: OpenPage) -> None:
    page = open_map(page_at)
    page.emulate_media(reduced_motion="reduce")
    before = page.evaluate(ZOOM)
    page.locator("#map").scroll_into_view_if_needed()
    x, y = page.evaluate(CLUSTER % 5)
    page.mouse.click(x, y)

    page.wait_for_function(f"({ZOOM})() > {before}")


def test_the_keyboard_opens_what_is_in_the_middle_and_closes_it(
    page_at: OpenPage, complaints: list[str]
) -> None:
    page = open_map(page_at, "/map?lang=en&community=tscai")
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    link = page.locator(".map-popup a").first
    expect(link).to_be_focused()
    expect(link).to_have_attribute("href", re.compile("^/doc/city/"))
    page.keyboard.press("Escape")

    expect(page.locator(".map-popup")).to_be_hidden()
    expect(page.locator("#map")).to_be_focused()
    assert complaints == []


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_without_script_the_form_asks_the_server_and_the_drawing_has_the_points(
    page_at: OpenPage, width: int
) -> None:
    page = page_at("/map?lang=en", script=False, width=width)
    page.locator("#community").select_option("eurocities")
    page.locator("#map-filter button").click()

    expect(page).to_have_url(re.compile("community=eurocities"))
    rows = page.locator("#cities tbody tr").count()
    assert 0 < rows < 100
    assert page.locator("#map-still circle").count() == page.locator("#cities tr[data-longitude]").count()
    expect(page.locator("#map")).to_be_hidden()


@pytest.mark.parametrize(
    ("path", "drawn"), [("/?lang=it", 1), ("/timeline?lang=it", 1), ("/network?lang=it", 2)]
)
def test_charts_are_drawn_and_keep_their_tables(
    page_at: OpenPage, complaints: list[str], path: str, drawn: int
) -> None:
    page = page_at(path)
    figures = page.locator("figure[data-chart]")
    assert figures.count() == drawn
    for place in range(drawn):
        figure = figures.nth(place)
        figure.scroll_into_view_if_needed()
        expect(figure.locator("canvas")).to_be_visible()
        expect(figure.locator(".chart-canvas")).to_have_attribute("aria-label", re.compile(r"\w"))
        expect(figure.locator("table")).to_be_hidden()
        figure.locator("summary").click()
        expect(figure.locator("table")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("path", ["/", "/timeline", "/network"])
def test_without_script_the_table_stands_open(page_at: OpenPage, path: str) -> None:
    page = page_at(path, script=False)

    expect(page.locator("figure[data-chart] table").first).to_be_visible()
    assert page.locator("figure[data-chart] tbody tr").count() > 3


def test_home_is_light(page_at: OpenPage) -> None:
    """What a first visit carries, packed and with fonts, before anyone scrolls: under 300 kB."""
    page = page_at("/?lang=it")
    carried = page.evaluate(
        "() => performance.getEntries().reduce((sum, each) => sum + (each.transferSize || 0), 0)"
    )

    assert 20_000 < carried < 300_000


def test_the_timeline_is_filtered_by_series(page_at: OpenPage) -> None:
    page = page_at("/timeline?lang=en", script=False)
    everything = page.locator(".years > li").count()
    page.locator("#series").select_option("scewc")
    page.get_by_role("button", name="Show").click()

    assert 0 < page.locator(".years > li").count() < everything
    expect(page.locator(".years")).not_to_have_count(0)
