"""Suggestions while one types: by keyboard, read aloud, and gone without a trace."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import OpenPage

BOX = "#site-search"


def type_in(page: Page, text: str) -> None:
    page.locator(BOX).press_sequentially(text)
    expect(page.get_by_role("listbox")).to_be_visible()


def test_the_keyboard_leads_to_a_suggestion_and_opens_it(page_at: OpenPage) -> None:
    page = page_at("/about")
    box = page.locator(BOX)
    type_in(page, "messin")

    expect(box).to_have_attribute("role", "combobox")
    expect(box).to_have_attribute("aria-expanded", "true")
    options = page.get_by_role("option")
    assert options.count() > 1
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url("**/doc/city/it-messina*")


def test_escape_closes_the_list_and_keeps_what_was_written(page_at: OpenPage) -> None:
    page = page_at("/about")
    type_in(page, "messin")
    page.locator(BOX).press("Escape")

    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator(BOX)).to_have_attribute("aria-expanded", "false")
    assert page.locator(BOX).input_value() == "messin"


def test_enter_without_a_choice_searches(page_at: OpenPage) -> None:
    page = page_at("/about")
    type_in(page, "messina")
    page.locator(BOX).press("Enter")

    page.wait_for_url("**/search?q=messina*")


def test_how_many_there_are_is_read_aloud(page_at: OpenPage) -> None:
    page = page_at("/about")
    type_in(page, "messina")

    status = page.locator(".site-search [role=status]")
    expect(status).to_have_text("8 suggerimenti; ci si arriva con le frecce")


def test_leaving_the_box_closes_the_list(page_at: OpenPage) -> None:
    page = page_at("/about")
    type_in(page, "messina")
    page.keyboard.press("Tab")

    expect(page.get_by_role("listbox")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_results_has_suggestions_too(page_at: OpenPage, width: int) -> None:
    page = page_at("/search", width=width)
    page.locator("#search-field").press_sequentially("oasc")

    expect(page.get_by_role("option").first).to_contain_text("Open & Agile Smart Cities")
    page.get_by_role("option").first.click()
    page.wait_for_url("**/doc/community/oasc*")
