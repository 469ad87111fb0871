"""Header, navigation, search, language and footer, by mouse and by keyboard, with script and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import DESK, PHONE, OpenPage

SECTIONS = ("/browse", "/map", "/timeline", "/network", "/queries", "/sparql", "/releases", "/about")


@pytest.mark.parametrize("script", [True, False])
def test_on_a_desk_all_sections_are_one_click_away(page_at: OpenPage, script: bool) -> None:
    page = page_at("/about", width=DESK, script=script)
    links = page.locator(".site-sections a")

    assert [links.nth(place).get_attribute("href") for place in range(links.count())] == list(SECTIONS)
    assert all(links.nth(place).is_visible() for place in range(links.count()))
    expect(page.locator(".site-sections [aria-current=page]")).to_have_attribute("href", "/about")


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_the_menu_opens_by_keyboard_and_leads_on(page_at: OpenPage, script: bool) -> None:
    page = page_at("/about", width=PHONE, script=script)
    first = page.locator(".site-menu a").first
    expect(first).to_be_hidden()

    page.locator(".site-menu summary").focus()
    page.keyboard.press("Enter")
    expect(first).to_be_visible()
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.locator(".site-menu a[href='/privacy'], .site-menu a[href='/releases']").first.focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/releases$"))


def test_escape_closes_the_menu_and_gives_the_focus_back(page_at: OpenPage) -> None:
    page = page_at("/about", width=PHONE)
    page.locator(".site-menu summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")

    expect(page.locator(".site-menu a").first).to_be_hidden()
    expect(page.locator(".site-menu summary")).to_be_focused()


def test_the_first_key_leads_past_the_header(page_at: OpenPage) -> None:
    page = page_at("/about")
    page.keyboard.press("Tab")
    skip = page.locator(".skiplinks a").first
    expect(skip).to_be_focused()
    box = skip.bounding_box()
    assert box is not None
    assert box["width"] > 50  # it shows itself
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_what_has_the_focus_shows_it(page_at: OpenPage) -> None:
    """Each stop of the Tab key, in header and content, has an outline or a shadow."""
    page = page_at("/about")
    for _ in range(22):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "() => { const focused = document.activeElement;"
            " const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);"
            " return boxShadow !== 'none' || (outlineStyle !== 'none' && outlineWidth !== '0px'); }"
        )
        assert shown, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


@pytest.mark.parametrize("script", [True, False])
def test_the_language_changes_and_stays(page_at: OpenPage, script: bool) -> None:
    page = page_at("/about", script=script)
    page.locator(".languages a[hreflang=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".site-sections a").last.click()

    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("script", [True, False])
def test_the_search_box_asks_the_search_page(page_at: OpenPage, script: bool) -> None:
    page = page_at("/about", script=script)
    page.locator("#site-search").fill("messina")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/search\?q=messina"))


@pytest.mark.parametrize("path", ["/", "/map", "/sparql"])
def test_who_wants_no_motion_gets_none(page_at: OpenPage, path: str) -> None:
    page = page_at(path, reduced_motion="reduce")
    slowest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('*')].map((each) => getComputedStyle(each)).flatMap("
        "({ transitionDuration, animationDuration }) => [transitionDuration, animationDuration]"
        ".map((each) => parseFloat(each) || 0)))"  # "auto" is none
    )

    assert slowest < 0.01
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_on_paper_there_is_the_content_and_no_menu(page_at: OpenPage) -> None:
    page = page_at("/about")
    page.emulate_media(media="print")

    expect(page.locator("h1")).to_be_visible()
    for part in (".site-sections", ".site-search", ".report-error", ".languages"):
        expect(page.locator(part)).to_be_hidden()
