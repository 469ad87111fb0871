"""Dumps, manifests, reports and metadata over HTTP."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from inprocess import Client
from serving import BASE, RELEASE_ID

from mesmart_kg import formats
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.release import Release
from mesmart_kg.store import parse_text
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of

from .conftest import BROWSER


def test_the_current_dump_leads_to_that_of_the_release(client: Client, release: Release) -> None:
    leads = client.get("/dumps/default.nt.gz")
    dump = client.get(leads.headers["Location"])
    told = next(entry for entry in release.manifest.files if entry.path == "dumps/default.nt.gz")

    assert leads.status_code == 302
    assert leads.headers["Location"] == f"/releases/{RELEASE_ID}/dumps/default.nt.gz"
    assert hashlib.sha256(dump.data).hexdigest() == told.sha256
    assert dump.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in dump.headers
    assert "immutable" in dump.headers["Cache-Control"]
    assert f"/set/city-communities/{RELEASE_ID}>" in dump.headers["Link"]


def test_a_dump_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    path = f"/releases/{RELEASE_ID}/dumps/default.nt.gz"
    tag = client.get(path).headers["ETag"]

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/dumps/none.nt.gz",
        "/dumps/..%2Fmanifest.json",
        f"/releases/{RELEASE_ID}/dumps/%2e%2e%2fmanifest.json",
        f"/releases/{RELEASE_ID}/dumps/none",
        "/releases/2026-01-01-00000000",
        "/releases/2026-01-01-00000000/manifest",
        "/releases/..%2F..%2Fetc/manifest",
        "/releases/current",
    ],
)
def test_what_no_manifest_lists_is_not_found(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


def test_the_manifest_is_given_as_it_is(client: Client, release: Release) -> None:
    assert client.get(f"/releases/{RELEASE_ID}/manifest").get_json(force=True)["id"] == release.id


def test_the_report_is_a_page_json_and_rdf(client: Client) -> None:
    path = f"/releases/{RELEASE_ID}/report"
    page = client.get(f"{path}?lang=it", headers=BROWSER)
    document = client.get(path, headers={"Accept": "application/json"})
    graph = client.get(path, headers={"Accept": "application/n-triples"})

    assert "Manca un nome in inglese." in page.text
    assert "data/facts/cities.csv:3" in page.text
    assert document.get_json(force=True)["conforms"]
    assert list(parse_text(graph.data, formats.NTRIPLES))


@pytest.mark.parametrize("format", formats.RDF_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    "path", ["/set/city-communities", f"/set/city-communities/{RELEASE_ID}", "/set/catalog"]
)
def test_a_dataset_and_its_releases_are_described_under_their_own_names(
    client: Client, path: str, format: formats.Format
) -> None:
    headers = {"Accept": format.media_type}
    response = client.get(path, headers=headers)
    again = client.get(path, headers=headers | {"If-None-Match": response.headers["ETag"]})

    assert response.headers["Content-Type"].startswith(format.media_type)
    assert len(list(parse_text(response.data, format))) == 2
    assert response.headers["Link"] == f'<{BASE}set/city-communities/{RELEASE_ID}>; rel="cite-as"'
    assert again.status_code == 304


def test_the_name_of_a_release_leads_people_to_its_page(client: Client) -> None:
    response = client.get(f"/set/city-communities/{RELEASE_ID}", headers=BROWSER)

    assert response.status_code == 303
    assert response.headers["Location"] == f"/releases/{RELEASE_ID}"


@pytest.mark.parametrize(
    "path",
    ["/set/other", f"/set/other/{RELEASE_ID}", "/set/city-communities/2026-01-01-00000000", "/set/a/..%2fb"],
)
def test_a_dataset_that_is_not_ours_is_not_found(client: Client, path: str) -> None:
    assert client.get(path, headers={"Accept": "text/turtle"}).status_code == 404


@pytest.fixture
def copy(release: Release, tmp_path: Path) -> Path:
    """A copy of the release, on a shelf of its own, to be spoilt."""
    return Path(shutil.copytree(release.path, tmp_path / release.id))


@pytest.fixture
def site(app: Flask, copy: Path) -> Iterator[Client]:
    """A site over the copy."""
    config = load_config({"paths.releases": copy.parent}, {}, copy.parent)
    engine = publication_of(app).engine
    made = Client(create_app(config, Catalog(copy.parent), lambda _release: engine))
    yield made
    made.close()


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/void?format=jsonld",
        "/set/city-communities?format=jsonld",
        f"/releases/{RELEASE_ID}/report?format=html",
        f"/releases/{RELEASE_ID}/report?format=ttl",
        f"/releases/{RELEASE_ID}/dumps/default.nt.gz",
        "/dumps/default.nt.gz",
    ],
)
def test_a_file_that_was_damaged_or_removed_is_told_without_its_path(
    site: Client, copy: Path, path: str
) -> None:
    (copy / "metadata/dataset.ttl").write_text("<x")
    (copy / "report/validation.json").write_text("{")
    (copy / "report/validation.ttl").unlink()
    (copy / "dumps/default.nt.gz").unlink()

    response = site.get(path)

    assert response.status_code == 503
    assert str(copy.parent) not in response.text
    assert response.get_json(force=True)["type"] == "urn:mesmart:problem:release-damaged"


def test_a_release_that_is_taken_away_while_it_is_served_is_still_asked(site: Client, copy: Path) -> None:
    shutil.rmtree(copy)

    assert site.get("/.well-known/void").status_code == 503
    assert site.get("/set/city-communities").status_code == 503
    assert site.get(f"/releases/{RELEASE_ID}").status_code == 404
    assert site.get("/sparql?query=ASK%7B%7D").get_json(force=True)["boolean"] is True
    for page in ("/", "/queries", "/releases", "/sparql"):
        assert site.get(page, headers=BROWSER).status_code == 200
