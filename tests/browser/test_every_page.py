"""What every page must hold: for everyone to use, in both languages, on a phone and on a desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .addresses import ALL, REFUSED
from .conftest import DESK, PHONE, OpenPage, find_violations, overflow


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("path", ALL)
def test_page_is_for_everyone(
    page_at: OpenPage, axe: str, complaints: list[str], path: str, language: str
) -> None:
    """axe finds nothing, the console is silent, no other host is asked, a phone is wide enough."""
    page = page_at(path, width=DESK, language=language)
    problems = describe(page, path, language)
    problems += [f"at {DESK}: {each}" for each in find_violations(page, axe)]
    page.set_viewport_size({"width": PHONE, "height": 844})
    problems += [f"at {PHONE}: {each}" for each in find_violations(page, axe)]
    if wider := overflow(page):
        problems.append(f"at {PHONE}: {wider} pixels too wide")

    assert not problems + complaints, "\n".join(problems + complaints)


def describe(page: Page, path: str, language: str) -> list[str]:
    """Return what is wrong with the frame of a page: its status, language, title, headings, landmarks."""
    problems = []
    status = page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
    if status != REFUSED.get(path, 200):
        problems.append(f"status {status}")
    if page.locator("html").get_attribute("lang") != language:
        problems.append(f"not in {language}")
    if page.locator("h1").count() != 1:
        problems.append(f"{page.locator('h1').count()} headings of the first level")
    for landmark in ("main#content", "header", "footer#footer"):
        if page.locator(f"body > {landmark}").count() != 1:
            problems.append(f"no landmark {landmark}")
    if not page.title().strip(" ·"):
        problems.append("no title")
    return problems


@pytest.mark.parametrize("path", ALL)
def test_page_is_there_without_script(page_at: OpenPage, complaints: list[str], path: str) -> None:
    """The content is what the server sent; a phone's screen is enough for it."""
    page = page_at(path, width=PHONE, script=False)

    assert page.locator("h1").inner_text().strip()
    assert page.locator("main").inner_text().strip()
    assert overflow(page) == 0  # the page's own scripts are off; Playwright may still measure
    assert complaints == []
