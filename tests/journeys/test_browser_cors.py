"""A page of another site asks our endpoint from a real browser, and reads all that it is allowed to read.

The page is served by another port, which is another origin. What it did stands in the page afterwards. The
browser is Chromium (Debian: ``apt-get install chromium``); without it the test skips, but not in CI.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from serving import BASE, ENDLESS, running_server, write_small_release

QUERY = f"SELECT ?city {{ ?city a <{BASE}def#City> }} ORDER BY ?city"

PAGE = """<!doctype html><meta charset="utf-8"><title>Another site</title><pre id="told">unfinished</pre>
<script>
const endpoint = ENDPOINT, query = QUERY, endless = ENDLESS;
const address = text => endpoint + "?query=" + encodeURIComponent(text);
const direct = {"Content-Type": "application/sparql-query", "Accept": "text/csv"};
const requests = {
  get: () => fetch(address(query), {headers: {"Accept": "text/csv"}}),
  form: () => fetch(endpoint, {method: "POST", body: new URLSearchParams({query})}),
  post: () => fetch(endpoint, {method: "POST", headers: direct, body: query}),
  query: () => fetch(endpoint, {method: "QUERY", headers: direct, body: query}),
  head: () => fetch(address(query), {method: "HEAD"}),
  description: () => fetch(endpoint, {headers: {"Accept": "text/turtle"}}),
  malformed: () => fetch(address("SELECT ?x {")),
  endless: () => fetch(address(endless)),
};
async function tell(request) {
  try {
    const response = await request();
    const headers = Object.fromEntries(response.headers);
    return {status: response.status, headers, body: await response.text()};
  } catch (error) {
    return {error: String(error)};
  }
}
(async () => {
  const told = {};
  for (const [name, request] of Object.entries(requests)) told[name] = await tell(request);
  const news = {"If-None-Match": (told.get.headers || {}).etag || "", "Accept": "text/csv"};
  told.news = await tell(() => fetch(address(query), {headers: news, cache: "no-store"}));
  document.getElementById("told").textContent = JSON.stringify(told);
  await fetch("/done", {method: "POST"});
})();
</script>"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page was told, by request: status, headers it may read, body; or the error."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium is not installed")
    folder = tmp_path_factory.mktemp("browser")
    write_small_release(folder / "shelf")
    with running_server(folder / "shelf", engine__seconds=1) as server:
        page = PAGE
        values = {"ENDPOINT": f"{server.url}sparql", "QUERY": QUERY, "ENDLESS": ENDLESS}
        for name, value in values.items():
            page = page.replace(f" {name}", f" {json.dumps(value)}", 1)
        with another_site(page) as address:
            document = browse(browser, address, folder)
    found = re.search(r'<pre id="told">(.*?)</pre>', document, re.DOTALL)
    assert found is not None, document
    answers: dict[str, Any] = json.loads(html.unescape(found[1]))
    return answers


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """Serve one page on a port of its own."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode() if self.path == "/" else b"")

        def do_POST(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{site.server_port}/"
        finally:
            site.shutdown()
            thread.join()


def browse(browser: str, address: str, folder: Path) -> str:
    """Open a page and return the document as it stands when its scripts have done their work."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    # No name is resolved: a browser likes to call home.
    alone = [
        f"--user-data-dir={folder / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    done = subprocess.run(
        [browser, *flags, *quiet, *alone, "--virtual-time-budget=30000", "--dump-dom", address],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "HOME": str(folder)},
    )
    return done.stdout


@pytest.mark.parametrize("way", ["get", "form", "post", "query"])
def test_a_page_of_another_site_asks_in_every_way(told: dict[str, Any], way: str) -> None:
    """A direct POST and QUERY are preceded by a preflight that must allow method and media type."""
    answer = told[way]

    assert answer.get("status") == 200, answer
    assert answer["body"].count(f"{BASE}id/city/") == 3


def test_a_page_of_another_site_reads_the_headers_it_needs(told: dict[str, Any]) -> None:
    readable = {
        "content-type",
        "etag",
        "last-modified",
        "link",
        "ratelimit",
        "ratelimit-policy",
        "x-request-id",
    }

    assert set(told["get"]["headers"]) >= readable
    assert set(told["head"]["headers"]) >= readable - {"ratelimit", "ratelimit-policy"}
    assert told["head"]["body"] == ""


def test_a_page_of_another_site_may_ask_for_news_only(told: dict[str, Any]) -> None:
    assert told["news"].get("status") == 304, told["news"]


def test_a_page_of_another_site_reads_our_description(told: dict[str, Any]) -> None:
    assert told["description"]["headers"]["content-type"].startswith("text/turtle")
    assert "http://www.w3.org/ns/sparql-service-description#" in told["description"]["body"]


def test_a_page_of_another_site_reads_what_went_wrong_and_when_to_come_back(told: dict[str, Any]) -> None:
    malformed, endless = told["malformed"], told["endless"]

    assert (malformed["status"], endless["status"]) == (400, 503)
    for answer in (malformed, endless):
        assert answer["headers"]["content-type"].startswith("application/problem+json")
        assert json.loads(answer["body"])["status"] == answer["status"]
    assert int(endless["headers"]["retry-after"]) > 0
