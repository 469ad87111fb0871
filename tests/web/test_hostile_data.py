"""Texts of the data that mean harm, in every answer that holds them: pages, data, headers, feeds, files.

In a browser they are looked at by ``browser/test_hostile.py``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from flask import Flask
from hostile import CANARY, HostileTown, build_hostile
from inprocess import Answer, Client

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.formats import JSONLD, NTRIPLES, TURTLE
from mesmart_kg.store import parse_text
from mesmart_kg.web import create_app
from mesmart_kg.web.directions import settle
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

pytestmark = pytest.mark.slow

BROWSER = {"Accept": "text/html"}
KINDS = (
    *("city/xx-evil", "community/evil", "country/xx", "region/xx-evil", "event/evil", "series/evil"),
    *("place/evil", "project/evil", "organization/evil", "mechanism/evil", "membership/evil"),
    *("participation/evil", "observation/evil", "statement/evil", "geometry/xx-evil", "source/evil"),
    *("city/xx-citt%C3%A0-%E6%97%A5%E6%9C%AC", "city/xx-%E2%80%AE", "city/xx-%250d%250aX-Canary:1"),
)
PAGES = (
    *("/", "/map", "/timeline", "/network", "/credits", "/quality", "/releases", "/browse", "/browse/city"),
    *("/search?q=script", "/search?q=xx", "/voc", "/voc/kind", "/voc/kind/evil", "/queries/towns", "/link"),
    *(f"/doc/{each}" for each in KINDS),
    "/sparql?query=" + quote("SELECT * { ?s ?p ?o FILTER(ISLITERAL(?o)) }"),
    "/sparql?query=" + quote("CONSTRUCT WHERE { ?s ?p ?o }"),
)
_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_VOID = frozenset(
    ("area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "image", "use")
)
_HREF = re.compile(r"(https?:|mailto:|/(?!/)|#|\?|$|data:image/)")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> HostileTown:
    return build_hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def hostile_app(town: HostileTown) -> Iterator[Flask]:
    shelf = town.config.paths.releases
    config = load_config({"paths.releases": shelf, "web.requests": 0, "engine.workers": 1}, {}, shelf)
    made = create_app(config, Catalog(shelf), engine_opener(config))
    yield made
    publication_of(made).engine.close()


@pytest.fixture(scope="module")
def hostile(hostile_app: Flask) -> Iterator[Client]:
    made = Client(hostile_app)
    yield made
    made.close()


class Reader(HTMLParser):
    """Notes what of a page came from a text and is more than a text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.harm: Counter[str] = Counter()
        self.embedded: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == CANARY:
            self.harm["a text became markup"] += 1
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.harm[f"attribute {name}"] += 1
            if name in ("href", "src", "action") and tag != "image" and not _HREF.match(value or ""):
                self.harm[f"{name} {(value or '')[:80]!r}"] += 1
            if (
                value
                and name in ("title", "aria-label", "content")
                and (_MARKS.search(value) or len(value) > 2000)
            ):
                self.harm[f"{tag} {name} {value[:80]!r}"] += 1
        if tag not in _VOID:
            self._open.append((tag, told))

    def handle_endtag(self, tag: str) -> None:
        while self._open and any(each == tag for each, _ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if tags[-1:] == ["script"]:
            self.embedded.append(data)
        elif _MARKS.search(data) and not any(
            "dir" in told or tag in ("bdi", "textarea") for tag, told in self._open
        ):
            self.harm[f"a mark of direction in {tags[-3:]}: {data[:80]!r}"] += 1
        elif len(data) > 3000 and not {"details", "pre", "textarea"}.intersection(tags):
            self.harm[f"{len(data)} signs in {tags[-3:]}"] += 1


def find_harm(answer: Answer) -> list[str]:
    reader = Reader()
    reader.feed(answer.text)
    found = [f"{what} ({count})" for what, count in reader.harm.items()]
    for text in filter(str.strip, reader.embedded):
        json.loads(text)
    found += [f"header {name}" for name, value in answer.headers if "\n" in value or name.lower() == CANARY]
    return found


def test_pages_show_texts_as_texts_whatever_they_hold(hostile: Client) -> None:
    for path in PAGES:
        answer = hostile.get(path, headers=BROWSER)
        assert answer.status_code == 200, (path, answer.text[:200])
        assert find_harm(answer) == [], path


def test_differences_show_texts_as_texts(hostile: Client, town: HostileTown) -> None:
    for path in (
        f"{town.before.id}/diff/{town.after.id}",
        f"{town.after.id}/diff/{town.before.id}?class=city",
    ):
        assert find_harm(hostile.get(f"/releases/{path}", headers=BROWSER)) == []


def test_documents_are_well_formed_in_every_format(hostile: Client) -> None:
    """Controls that XML can't hold once made RDF/XML that nobody could read."""
    for kind in KINDS:
        ElementTree.fromstring(hostile.get(f"/doc/{kind}.rdf").content)
        statements = len(list(parse_text(hostile.get(f"/doc/{kind}.nt").text, NTRIPLES)))
        for ending, notation in (("ttl", TURTLE), ("jsonld", JSONLD)):
            answer = hostile.get(f"/doc/{kind}.{ending}")
            assert len(set(parse_text(answer.text, notation))) == statements, (kind, ending)
    for path in ("/voc/kind/evil.rdf", "/catalog.rdf", "/releases.atom", "/sitemap.xml", "/sitemap-1.xml"):
        ElementTree.fromstring(hostile.get(path).content)


def test_lists_as_files_hold_no_formula(hostile: Client) -> None:
    for kind in ("city", "community", "source", "statement"):
        for line in hostile.get(f"/browse/{kind}.csv").text.splitlines():
            assert not re.search(r'(^|,)"?[=@]', line), line[:200]
        json.loads(hostile.get(f"/browse/{kind}.jsonld").text)
        json.loads(hostile.get(f"/browse/{kind}.geojson").text)


def test_headers_name_things_of_any_letters(hostile: Client) -> None:
    """A Link header with a letter beyond Latin-1 once was a 500."""
    answer = hostile.get("/doc/city/xx-citt%C3%A0-%E6%97%A5%E6%9C%AC", headers=BROWSER)

    assert answer.status_code == 200
    assert '/id/city/xx-citt%C3%A0-%E6%97%A5%E6%9C%AC>; rel="cite-as"' in ", ".join(
        answer.headers.getlist("Link")
    )


def test_page_of_a_source_names_its_own_address(hostile: Client) -> None:
    """A macro that was called as the address is once stood in its place."""
    page = hostile.get("/doc/source/notice", headers=BROWSER).text

    assert '<link rel="canonical" href="http://localhost/doc/source/notice">' in page


def test_example_of_the_page_on_links_is_in_the_data(hostile: Client) -> None:
    page = hostile.get("/link", headers=BROWSER).text

    assert "essina" not in page
    path = re.search(r'href="http://localhost(/doc/[^"]+)"', page)
    assert path
    assert hostile.get(path[1], headers=BROWSER).status_code == 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Messina", "Messina"),
        ("\u2067مدينة\u2069 x", "\u2067مدينة\u2069 x"),
        ("\u202bمدينة\u202c x", "\u202bمدينة\u202c x"),
        ("evil\u202egnp\u202c", "evilgnp"),
        ("\u2067 open", " open"),
        ("shut\u2069", "shut"),
        ("\u2067\u202b\u2069\u202c", ""),
    ],
)
def test_marks_of_direction_stay_only_if_they_are_closed(text: str, shown: str) -> None:
    assert settle(text) == shown
