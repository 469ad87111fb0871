"""Data that mean harm, in a real browser: nothing of them runs, asks another host, or breaks a page apart.

One server over the town of ``hostile``, whose every text is markup, a template, a formula, a mark that turns
the direction of writing, or one without an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from urllib.parse import quote, urlsplit

import pytest
from hostile import CANARY, HostileTown, build_hostile
from playwright.sync_api import Browser, Dialog, Page, ViewportSize
from serving import Server, running_server

from .conftest import DESK, PHONE, overflow

_ROWS = quote("SELECT ?thing ?told ?text WHERE { ?thing ?told ?text FILTER(ISLITERAL(?text)) } LIMIT 300")
_PLACES = quote(
    "SELECT ?name ?place WHERE { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?name ; "
    "<http://www.opengis.net/ont/geosparql#hasDefaultGeometry>/<http://www.opengis.net/ont/geosparql#asWKT> "
    "?place }"
)
_GRAPH = quote("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(ISLITERAL(?o)) }")

NARROW: ViewportSize = {"width": PHONE, "height": 844}

OVERVIEWS = (
    *("/", "/map", "/timeline", "/network", "/credits", "/quality", "/queries/towns", "/voc/kind", "/link"),
    *("/browse/city", "/browse/source", "/browse/event?sort=date", "/search?q=script", "/search?q=xx"),
    *("/releases/{before}/diff/{after}", "/releases/{after}/diff/{before}?class=city", "/releases"),
)
THINGS = (
    *(
        "/doc/city/xx-evil",
        "/doc/community/evil",
        "/doc/country/xx",
        "/doc/region/xx-evil",
        "/doc/event/evil",
    ),
    *("/doc/series/evil", "/doc/place/evil", "/doc/project/evil", "/doc/organization/evil"),
    *("/doc/mechanism/evil", "/doc/membership/evil", "/doc/participation/evil", "/doc/observation/evil"),
    *("/doc/statement/evil", "/doc/geometry/xx-evil", "/doc/source/evil", "/voc/kind/evil"),
    *("/graph/source/evil", "/doc/city/xx-%2525252e", "/doc/city/xx-%E2%80%AE"),
)
ANSWERS = (f"/sparql?query={_ROWS}", f"/sparql?query={_PLACES}", f"/sparql?query={_GRAPH}")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> HostileTown:
    return build_hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def hostile_site(town: HostileTown) -> Iterator[Server]:
    with running_server(town.config.paths.releases, web__requests=0, engine__workers=2) as server:
        yield server


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
@pytest.mark.parametrize("paths", [OVERVIEWS, THINGS, ANSWERS], ids=["overviews", "things", "answers"])
def test_hostile_texts_are_shown_and_do_nothing(
    browser: Browser, hostile_site: Server, town: HostileTown, paths: tuple[str, ...], script: bool
) -> None:
    """No dialog, no script of theirs, no word in the console, no other host, no page wider than a phone."""
    window = browser.new_context(base_url=hostile_site.url, viewport=NARROW, java_script_enabled=script)
    tabs = [_Tab(window.new_page(), hostile_site) for _ in range(2)]
    complaints: list[str] = []
    try:
        for path, tab in zip(paths, cycle(tabs), strict=False):
            # A page is looked at when the next one is there: it comes to rest meanwhile.
            tab.open(path.format(before=town.before.id, after=town.after.id))
            other = tabs[tab is tabs[0]]
            complaints += other.find_faults(script)
        complaints += tab.find_faults(script)
    finally:
        window.close()

    assert not complaints, "\n".join(complaints)


def test_suggestions_show_hostile_names_harmlessly(browser: Browser, hostile_site: Server) -> None:
    window = browser.new_context(base_url=hostile_site.url, viewport=NARROW)
    page = window.new_page()
    complaints: list[str] = []
    _listen(page, hostile_site, complaints)
    try:
        page.goto("search")
        for text in ("script", "evil", "xx"):
            page.locator("#search-field").fill(text)
            page.wait_for_timeout(400)
            complaints += _find_harm(page)
    finally:
        window.close()

    assert not complaints, "\n".join(complaints)


class _Tab:
    """A page of a window, and what there is to say against what it shows."""

    def __init__(self, page: Page, site: Server) -> None:
        self._page = page
        self._address = ""
        self._complaints: list[str] = []
        _listen(page, site, self._complaints)

    def open(self, address: str) -> None:
        self._address = address
        answer = self._page.goto(address.removeprefix("/"), wait_until="load")
        if answer is None or answer.status not in {200, 404}:
            self._complaints.append(f"status {answer and answer.status}")

    def find_faults(self, script: bool) -> list[str]:
        """Return what is wrong with the page that was opened, once at rest; nothing if there is none."""
        if not self._address:
            return []
        if script:
            self._page.wait_for_load_state("networkidle")
        self._complaints += _find_harm(self._page)
        self._page.set_viewport_size({"width": DESK, "height": 900})
        self._complaints += _find_harm(self._page)
        self._page.set_viewport_size(NARROW)
        found = [f"{self._address[:80]}: {each}" for each in self._complaints]
        self._complaints.clear()
        return found


def _find_harm(page: Page) -> Iterator[str]:
    if page.locator(CANARY).count():
        yield "a text became markup"
    if page.evaluate("'canary' in window"):
        yield "a text was run"
    if page.locator("[onerror], [onload], [style*=url]").count():
        yield "an attribute came from a text"
    if page.locator("a[href^='javascript:' i], a[href^='data:' i], a[href^='vbscript:' i]").count():
        yield "a link would be run"
    if (wider := overflow(page)) > 0:
        yield f"{wider} pixels too wide at {page.viewport_size and page.viewport_size['width']}"


def _listen(page: Page, site: Server, complaints: list[str]) -> None:
    host = urlsplit(site.url).netloc

    def note_request(url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != host:
            complaints.append(f"asks another host: {url[:100]}")

    def note_console(kind: str, text: str, source: str) -> None:
        if kind in {"error", "warning"} and not (text.startswith("Failed to load") and source == page.url):
            complaints.append(f"{kind} in the console: {text[:200]}")

    def dismiss(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("request", lambda request: note_request(request.url))
    page.on("console", lambda message: note_console(message.type, message.text, message.location["url"]))
    page.on("pageerror", lambda error: complaints.append(f"thrown: {str(error)[:200]}"))
    page.on("dialog", dismiss)
