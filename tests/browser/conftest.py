"""Pages in a real browser: Chromium, driven by Playwright, over one server of the real release.

The browser is Debian's (``apt-get install chromium``) or another on the path, and axe-core comes from npm
(``make test`` installs both). Without one of them the tests skip, but not in CI.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from serving import Server, running_server
from two_releases import TwoReleases

from mesmart_kg.release import Release

DESK, PHONE = 1280, 390
"""Widths of a window, in CSS pixels."""

HEIGHT = 900

CONTACT = "dati@example.org"
"""Where readers of the site may write to."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_LOCALES = {"it": "it-IT", "en": "en-GB"}
_AXE = Path(__file__).resolve().parent.parent / "clients" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)


def require(what: str) -> NoReturn:
    """Skip the test for want of something; in CI fail it."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is not installed")


@pytest.fixture(scope="session")
def site(release: Release) -> Iterator[Server]:
    """The real release, served by someone who may be written to."""
    with running_server(
        release.path.parent, web__requests=0, engine__workers=2, site__contact_email=CONTACT
    ) as server:
        yield server


@pytest.fixture(scope="session")
def town_site(two_releases: TwoReleases) -> Iterator[Server]:
    """A small town that was released twice, served: what there is to see only with two releases."""
    with running_server(two_releases.config.paths.releases, web__requests=0, engine__workers=1) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; for a module's tests only, since Playwright's event loop stands in the way of others'."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        require("Chromium")
    # No name is resolved: a browser likes to call home.
    flags = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    expect.set_options(timeout=15_000)  # milliseconds; a machine may have much else to do
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=flags)
        yield launched
        launched.close()


class OpenPage(Protocol):
    """Opens a page of the site: ``page_at("/map", width=390, script=False, language="en")``.

    An address with a host is opened as it is. ``{release}`` stands for the release that is served.
    """

    def __call__(
        self, path: str, *, width: int = DESK, script: bool = True, language: str = "it", **context: Any
    ) -> Page: ...


@pytest.fixture
def complaints() -> list[str]:
    """What pages of a test said to the console, threw, were refused by policy, or asked of others."""
    return []


@pytest.fixture
def page_at(browser: Browser, site: Server, release: Release, complaints: list[str]) -> Iterator[OpenPage]:
    """A function that opens a page in a browser that was never here; all are closed after the test."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str, *, width: int = DESK, script: bool = True, language: str = "it", **context: Any
    ) -> Page:
        window = new_window(browser, site, width=width, script=script, language=language, **context)
        contexts.append(window)
        page = window.new_page()
        listen(page, complaints)
        page.goto(path.replace("{release}", release.id), wait_until="load")
        if script:
            page.wait_for_load_state("networkidle")
        return page

    yield open_page
    for window in contexts:
        window.close()


def new_window(
    browser: Browser, site: Server, *, width: int, script: bool, language: str, **context: Any
) -> BrowserContext:
    """Return a window with a store and settings of its own."""
    return browser.new_context(
        base_url=site.url,
        viewport={"width": width, "height": HEIGHT},
        java_script_enabled=script,
        locale=_LOCALES[language],
        **context,
    )


def listen(page: Page, complaints: list[str]) -> None:
    """Note what the page says to the console, throws, is refused, or asks of another host than its own."""

    def note_request(url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).hostname != "127.0.0.1":
            complaints.append(f"asks another host: {url}")

    def note_console(kind: str, text: str, source: str) -> None:
        # That the page itself has the status of an error is for the test to expect.
        if kind in {"error", "warning"} and not (text.startswith("Failed to load") and source == page.url):
            complaints.append(f"{kind} in the console: {text}")

    page.on("request", lambda request: note_request(request.url))
    page.on("console", lambda message: note_console(message.type, message.text, message.location["url"]))
    page.on("pageerror", lambda error: complaints.append(f"thrown: {error}"))


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not _AXE.is_file():
        require("axe-core (make test, or npm ci in tests/clients)")
    return _AXE.read_text("utf-8")


def find_violations(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds amiss in a page: rule, what it is about, the first elements."""
    page.evaluate(f"() => {{ {axe}; }}")
    found = page.evaluate(
        "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })"
        ".then(({ violations }) => violations.map(({ id, help, nodes }) =>"
        " `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' ')}`))",
        _RULES,
    )
    return [str(each) for each in found]


def overflow(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
