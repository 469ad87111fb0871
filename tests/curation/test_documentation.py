"""Every term, shape, concept and rule of the real release is documented, and every property has a name."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from inprocess import Client

from mesmart_kg import formats
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.glossary import read_glossary
from mesmart_kg.namespaces import CC, NAMESPACE, PREFIXES, SHAPES, VOC
from mesmart_kg.release import Release
from mesmart_kg.store import NamedNode, Quad, parse, parse_text
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

BROWSER = {"Accept": "text/html"}
LANGUAGES = ("it", "en")


class Anchors(HTMLParser):
    """The ids of a page, how often each occurs, and its links within itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.leads: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id"):
            self.ids.append(told["id"] or "")
        href = told.get("href") or ""
        if tag == "a" and href.startswith("#"):
            self.leads.add(href[1:])


@pytest.fixture(scope="module")
def site(release: Release) -> Iterator[Client]:
    """The real release's site, in process."""
    shelf = release.path.parent
    config = load_config({"paths.releases": shelf, "web.requests": 0}, {}, shelf)
    app = create_app(config, Catalog(shelf), engine_opener(config))
    client = Client(app)
    yield client
    client.close()
    publication_of(app).close()


def fragments(release: Release, file: str, namespace: str) -> set[str]:
    """Return what follows the namespace in the IRIs that a file of the release tells of."""
    return {
        quad.subject.value.removeprefix(namespace)
        for quad in parse(release.inputs / file, formats.TURTLE)
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(namespace)
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "file", "namespace"),
    [("/def", "ontology.ttl", CC), ("/shapes", "shapes.ttl", SHAPES)],
)
def test_each_term_and_shape_has_a_section(
    release: Release, site: Client, path: str, file: str, namespace: str, language: str
) -> None:
    page = Anchors(site.get(f"{path}?lang={language}", headers=BROWSER).text)
    wanted = fragments(release, file, namespace)

    assert len(wanted) > 30
    assert wanted - set(page.ids) == set()
    assert sorted(page.ids) == sorted(set(page.ids))
    assert page.leads <= set(page.ids)


def test_the_parts_of_a_version_are_found_on_its_page(release: Release, site: Client) -> None:
    told = (release.inputs / "ontology.ttl").read_text("utf-8")
    found = re.search(rf"owl:versionIRI <{NAMESPACE}(def/[0-9-]+)>", told)
    assert found is not None
    response = site.get(f"/{found[1]}", headers=BROWSER)

    assert response.status_code == 200
    assert "turtle" in Anchors(response.text).ids


def test_each_concept_vocabulary_and_rule_that_is_told_of_answers(release: Release, site: Client) -> None:
    """All in Turtle, which is quick; one of each vocabulary as a page, in both languages."""
    iris = set()
    for quad in parse_default(release):
        for term in (quad.subject, quad.object):
            if isinstance(term, NamedNode) and term.value.startswith(VOC):
                iris.add(term.value)
    paths = sorted(iri.removeprefix(NAMESPACE) for iri in iris)
    first = {path.split("/")[1]: path for path in reversed(paths)}

    missing = [path for path in paths if site.get(f"/{path}.ttl").status_code != 200]
    shown = [
        path
        for path in (*first.values(), *(f"voc/{name}" for name in first))
        for language in LANGUAGES
        if site.get(f"/{path}?lang={language}", headers=BROWSER).status_code != 200
    ]

    assert len(paths) > 300
    assert missing == []
    assert shown == []


def parse_default(release: Release) -> Iterator[Quad]:
    with gzip.open(release.default_ntriples) as lines:
        yield from parse_text(lines.read(), formats.NTRIPLES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_class_and_property_of_the_data_has_a_name_in_both_languages(
    release: Release, language: str
) -> None:
    glossary = read_glossary(release.inputs)
    used = {**release.manifest.figures["classes"], **release.manifest.figures["properties"]}

    unnamed = [
        iri for iri in used if not any(name.language == language for name in glossary.names.get(iri, ()))
    ]

    assert len(used) > 100
    assert unnamed == []


def test_each_property_shape_has_a_name_in_both_languages(release: Release) -> None:
    path, name = (NamedNode(PREFIXES["sh"] + each) for each in ("path", "name"))
    languages: dict[str, list[str | None]] = {}
    for quad in parse(release.inputs / "shapes.ttl", formats.TURTLE):
        if quad.predicate == path:
            languages.setdefault(str(quad.subject), [])
        elif quad.predicate == name:
            languages.setdefault(str(quad.subject), []).append(getattr(quad.object, "language", None))

    assert {shape for shape, told in languages.items() if sorted(map(str, told)) != ["en", "it"]} == set()
