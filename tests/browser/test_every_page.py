"""What every page must hold: for everyone to use, in both languages, on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page
from serving import Server
from two_releases import TwoReleases

from mesmart_kg.release import Release

from .addresses import ALL, REFUSED, TOWN
from .conftest import DESK, HEIGHT, PHONE, find_violations, listen, new_window, overflow

PAPER = 794
"""The width of a sheet of A4, in CSS pixels."""

Glance = Callable[..., Page]


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """What the pages in all windows complain of."""
    return []


@pytest.fixture
def complaints(heard: list[str]) -> list[str]:
    """What the page of this test complains of: no other is open."""
    heard.clear()
    return heard


@pytest.fixture(scope="module")
def windows(browser: Browser, site: Server, heard: list[str]) -> Iterator[Callable[..., Page]]:
    """One window for each width, language and use of script: what it fetched once it has for all pages."""
    opened: dict[tuple[int, str, bool], Page] = {}

    def window(width: int, language: str, script: bool) -> Page:
        key = width, language, script
        if key not in opened:
            context = new_window(browser, site, width=width, language=language, script=script)
            opened[key] = context.new_page()
            listen(opened[key], heard)
        return opened[key]

    yield window
    for each in opened.values():
        each.context.close()


@pytest.fixture
def glance(
    windows: Callable[..., Page],
    release: Release,
    two_releases: TwoReleases,
    town_site: Server,
    complaints: list[str],
) -> Iterator[Glance]:
    """A function that opens a page and waits until its scripts have drawn; after the test it is left."""
    pages = []

    def look(path: str, *, width: int = DESK, language: str = "it", script: bool = True) -> Page:
        page = windows(width, language, script)
        pages.append(page)
        address = path.replace("{release}", release.id)
        if path in TOWN:
            before, after = two_releases.before.id, two_releases.after.id
            address = urljoin(town_site.url, path.replace("{before}", before).replace("{after}", after))
        page.goto(address, wait_until="load")
        if script and page.locator("figure[data-chart], #map, #ask").count():
            page.wait_for_load_state("networkidle")
        return page

    yield look
    for page in pages:
        page.goto("about:blank")


@pytest.mark.parametrize(("language", "width"), [("it", DESK), ("en", PHONE)])
@pytest.mark.parametrize("path", [*ALL, *TOWN])
def test_page_is_for_everyone(
    glance: Glance, axe: str, complaints: list[str], path: str, language: str, width: int
) -> None:
    """axe finds nothing, the console is silent, no other host is asked, the window is wide enough."""
    page = glance(path, width=width, language=language)
    problems = [*describe(page, path, language), *find_loaded(page, path), *find_violations(page, axe)]
    if wider := overflow(page):
        problems.append(f"{wider} pixels too wide")

    assert not problems + complaints, "\n".join(problems + complaints)


@pytest.mark.parametrize(("language", "width"), [("it", PHONE), ("en", DESK)])
@pytest.mark.parametrize("path", [*ALL, *TOWN])
def test_page_is_there_without_script(
    glance: Glance, complaints: list[str], path: str, language: str, width: int
) -> None:
    """The content is what the server sent, wide enough a window and a sheet of paper for it."""
    page = glance(path, width=width, language=language, script=False)
    problems = describe(page, path, language)
    if not page.locator("main").inner_text().strip():
        problems.append("no content")
    # The page's own scripts are off; Playwright may still measure.
    if wider := overflow(page):
        problems.append(f"{wider} pixels too wide")
    if width == DESK:
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER, "height": 1123})
        if wider := overflow(page):
            problems.append(f"{wider} pixels too wide for paper")
        if not page.locator("h1").is_visible():
            problems.append("no heading on paper")
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": width, "height": HEIGHT})

    assert not problems + complaints, "\n".join(problems + complaints)


def describe(page: Page, path: str, language: str) -> list[str]:
    """Return what is wrong with the frame of a page: its status, language, title, headings, landmarks."""
    problems = []
    status = page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
    if status != REFUSED.get(path, 200):
        problems.append(f"status {status}: {page.locator('main').inner_text()[:600]}")
    if page.locator("html").get_attribute("lang") != language:
        problems.append(f"not in {language}")
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]"
        ".filter((each) => each.checkVisibility()).map(({ tagName }) => Number(tagName[1]))"
    )
    if levels[:1] != [1] or levels.count(1) != 1:
        problems.append(f"headings begin with {levels[:3]}, {levels.count(1)} of the first level")
    if any(lower > upper + 1 for upper, lower in pairwise(levels)):
        problems.append(f"a level of headings is left out: {levels}")
    for landmark in ("main#content", "header", "footer#footer"):
        if page.locator(f"body > {landmark}").count() != 1:
            problems.append(f"no landmark {landmark}")
    if not page.title().strip(" ·"):
        problems.append("no title")
    return problems


def find_loaded(page: Page, path: str) -> list[str]:
    """Return what is wrong with the scripts that a page carries: each is where it is used, only there."""
    wanted = {
        "workbench": bool(re.match(r"/sparql|/queries/", path)),
        "map": path == "/map",
        "charts": page.locator("figure[data-chart]").count() > 0,
    }
    scripts = page.eval_on_selector_all("script[src]", "all => all.map(({ src }) => src)")
    problems = [
        f"{name}.js is {'missing' if is_wanted else 'not used here'}"
        for name, is_wanted in wanted.items()
        if any(f"/{name}-" in each for each in scripts) != is_wanted
    ]
    carried = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))"
        ".reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"
    )
    if not any(wanted.values()) and carried > 10_000:
        problems.append(f"{carried} bytes of script where none is used")
    return problems
