"""Every IRI of ours that occurs in a release answers, and no link of its pages is a dead end.

In process, over the real release: every kind of thing, of the large ones a sample (the seed is fixed, so a
failure comes again). Over HTTP one thing of each kind, from its IRI to page and data.
"""

from __future__ import annotations

import gzip
import http.client
import random
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from inprocess import Client
from serving import running_server

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.links import find_path
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}
DATA = {"Accept": "application/n-triples"}
MOST_PAGES = 12
"""Pages that are looked at of one kind of thing."""

MOST_DATA = 60
"""Documents that are asked for as data of one kind of thing."""

DESCRIBED = {"def", "doc", "graph", "set", "shapes", "voc"}
"""What there are data about, beside a page."""

FILES = ("/releases/", "/catalog", "/sparql", "/.well-known/")
"""What the metadata name besides: files and services, which are what they are to everybody."""

_OWN = re.compile(rb"<(" + re.escape(NAMESPACE).encode() + rb"[^>]*)>")
_LINK = re.compile(r'<(?:a|link|form)\b[^>]*?\s(?:href|action)="([^"]*)"')
_ID = re.compile(r'\sid="([^"]*)"')


def kind_of(path: str) -> str:
    """Return what a path shows: ``doc/city``, ``voc/role``, ``def`` …"""
    parts = path.removeprefix("/").split("/")
    return "/".join(parts[:2]) if parts[0] in {"doc", "voc", "graph", "set"} else parts[0]


@pytest.fixture(scope="module")
def client(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    flags = {"paths.releases": release.path.parent, "web.requests": 0}
    config = load_config(flags, {}, tmp_path_factory.mktemp("site"))
    app = create_app(config, Catalog(release.path.parent), engine_opener(config))
    made = Client(app)
    yield made
    made.close()
    publication_of(app).index.close()
    publication_of(app).close()


@pytest.fixture(scope="module")
def iris(release: Release) -> list[str]:
    """All IRIs of ours: subjects, properties, values, names of graphs; those of the metadata as well."""
    found: set[bytes] = set()
    with gzip.open(release.dataset_nquads) as lines:
        for line in lines:
            found.update(_OWN.findall(line))
    metadata = release.metadata.read_text("utf-8")
    relative = re.findall(r"<([a-z][^:<>\s]*[^:<>\s/])>", metadata)  # not what IRIs only begin with
    return sorted({iri.decode() for iri in found} | {NAMESPACE + name for name in relative})


@pytest.fixture(scope="module")
def paths(iris: list[str]) -> dict[str, list[str]]:
    """The paths of all IRIs, without fragments, by kind."""
    found: dict[str, set[str]] = {}
    for iri in iris:
        path = find_path(iri, NAMESPACE)
        assert path is not None, f"{iri} is shown nowhere"
        plain = path.partition("#")[0]
        found.setdefault(kind_of(plain), set()).add(plain)
    return {kind: sorted(each) for kind, each in sorted(found.items())}


_LINKSET_FILE = re.compile(r"/links/[a-z0-9-]+\.(ttl|nt|csv)")
"""A set of links as a file, which the metadata name."""


def choose(paths: list[str], most: int) -> list[str]:
    return paths if len(paths) <= most else random.Random(4).sample(paths, most)


@pytest.fixture(scope="module")
def pages(client: Client, paths: dict[str, list[str]]) -> dict[str, str]:
    """The pages of every kind of thing, by path; what is led on is followed."""
    found: dict[str, str] = {}
    failed: list[tuple[str, object]] = []
    for each in (path for same in paths.values() for path in choose(same, MOST_PAGES)):
        answer, hops = client.get(each, headers=BROWSER), 0
        while answer.status_code in {301, 302, 303} and hops < 3:
            answer, hops = client.get(answer.headers["Location"], headers=BROWSER), hops + 1
        if answer.status_code != 200:
            failed.append((each, answer.status_code))
        elif answer.mimetype == "text/html":
            found[each] = answer.text
        elif not (each.startswith(FILES) or _LINKSET_FILE.fullmatch(each)):
            failed.append((each, answer.mimetype))
    assert not failed
    return found


def test_every_iri_answers_with_data(client: Client, paths: dict[str, list[str]]) -> None:
    failed = []
    described = {kind: same for kind, same in paths.items() if kind.partition("/")[0] in DESCRIBED}
    for each in (path for same in described.values() for path in choose(same, MOST_DATA)):
        answer = client.get(each, headers=DATA)
        while answer.status_code == 303:
            answer = client.get(answer.headers["Location"], headers=DATA)
        if answer.status_code != 200 or not answer.content:
            failed.append((each, answer.status_code))
    assert not failed


def test_every_iri_with_a_fragment_is_a_place_in_its_page(
    client: Client, iris: list[str], pages: dict[str, str]
) -> None:
    places = {path: set(_ID.findall(page)) for path, page in pages.items()}
    missing = []
    for iri in iris:
        path, _, fragment = (find_path(iri, NAMESPACE) or "").partition("#")
        # Of a release's own files and counts the metadata speak; no person has to be led there.
        if fragment and path in {"/def", "/shapes"} and fragment not in places[path]:
            missing.append(iri)
    assert not missing


def test_no_link_of_any_page_is_a_dead_end(client: Client, pages: dict[str, str]) -> None:
    links: dict[str, str] = {}
    for path, page in pages.items():
        for href in _LINK.findall(page):
            target = urlsplit(urljoin(f"http://localhost{path}", unescape(href)))
            if target.netloc == "localhost":
                address = target.path + (f"?{target.query}" if target.query else "")
                links.setdefault(address, path)
    queries = [each for each in links if each.startswith("/sparql?")]
    languages = [each for each in links if re.search(r"[?&]lang=", each)]
    # Of links of one form a sample: they are made by one line of a template.
    plain = sorted(set(links) - set(queries) - set(languages))
    kinds: dict[str, list[str]] = {}
    for each in plain:
        kinds.setdefault(f"{kind_of(each)} {Path(urlsplit(each).path).suffix}", []).append(each)
    chosen = [each for same in kinds.values() for each in choose(same, MOST_PAGES)]
    chosen += choose(sorted(queries), 15) + choose(sorted(languages), 15)
    dead = []
    for each in chosen:
        answer = client.get(each, headers=BROWSER)
        if answer.status_code >= 400:
            dead.append((each, answer.status_code, "on", links[each]))
    assert not dead


def test_over_http_an_iri_leads_to_page_and_data(release: Release, paths: dict[str, list[str]]) -> None:
    things = [same[0].removeprefix("/doc/") for kind, same in paths.items() if kind.startswith("doc/")]
    with running_server(release.path.parent, web__requests=0) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for thing in things:
            for headers, media_type in ((BROWSER, "text/html"), ({"Accept": "text/turtle"}, "text/turtle")):
                connection.request("GET", f"/id/{thing}", headers=headers)
                first = connection.getresponse()
                first.read()
                assert first.status == 303, thing
                connection.request("GET", first.headers["Location"], headers=headers)
                second = connection.getresponse()
                body = second.read()
                assert (second.status, bool(body)) == (200, True), thing
                assert second.headers["Content-Type"].startswith(media_type), thing
        connection.close()
