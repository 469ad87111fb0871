"""The context, frames and examples over HTTP, for programs and for people."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from inprocess import Client
from serving import write_small_release

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

from .conftest import BROWSER

JSONLD = "application/ld+json"
DAY = "2026-11-22"


@pytest.fixture(scope="module")
def with_contexts(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A site over the small release, with the contexts and frames that the project publishes."""
    shelf = tmp_path_factory.mktemp("contexts")
    release = write_small_release(shelf)
    for name in ("contexts", "frames"):
        shutil.copytree(project / "ontology" / name, release.inputs / name)
    config = load_config({"paths.releases": shelf, "web.requests": 0}, {}, shelf)
    app: Flask = create_app(config, Catalog(shelf), engine_opener(config))
    client = Client(app)
    yield client
    client.close()
    publication_of(app).close()


@pytest.mark.parametrize("accept", [None, "*/*", JSONLD, f"{JSONLD}, application/json;q=0.9"])
def test_programs_get_the_newest_context(with_contexts: Client, project: Path, accept: str | None) -> None:
    got = with_contexts.get("/context", headers={"Accept": accept} if accept else {})

    assert (got.status_code, got.mimetype) == (200, JSONLD)
    assert got.content == (project / f"ontology/contexts/{DAY}.jsonld").read_bytes()
    assert got.headers["Content-Location"] == f"/context/{DAY}"
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept" in got.headers["Vary"]


def test_a_client_that_has_it_is_told_so(with_contexts: Client) -> None:
    for path in ("/context", f"/context/{DAY}", "/context/frames/City", "/context/examples/City"):
        tag = with_contexts.get(path).headers["ETag"]

        assert with_contexts.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_dated_context_may_be_kept_for_ever(with_contexts: Client) -> None:
    for path in (f"/context/{DAY}", f"/context/{DAY}.jsonld"):
        got = with_contexts.get(path, headers=BROWSER)

        assert (got.status_code, got.mimetype) == (200, JSONLD)
        assert "immutable" in got.headers["Cache-Control"]
    assert got.content == with_contexts.get("/context.jsonld").content


def test_frame_and_example_name_the_context_where_this_site_gives_it(with_contexts: Client) -> None:
    for path in ("/context/frames/City", "/context/examples/City.jsonld"):
        got = with_contexts.get(path)

        assert (got.status_code, got.mimetype) == (200, JSONLD)
        assert json.loads(got.content)["@context"] == f"http://localhost/context/{DAY}"


def test_plain_json_is_explained_by_a_header(with_contexts: Client) -> None:
    plain = with_contexts.get("/context/examples/City", headers={"Accept": "application/json"})
    whole = with_contexts.get("/context/examples/City", headers={"Accept": "application/ld+json"})

    assert plain.mimetype == "application/json"
    context = f"http://localhost/context/{DAY}"
    assert f'<{context}>; rel="http://www.w3.org/ns/json-ld#context"' in plain.headers.getlist("Link")[0]
    assert {"@context": context, **json.loads(plain.content)} == json.loads(whole.content)


@pytest.mark.parametrize("language", ["it", "en"])
def test_people_get_a_page_with_examples_keys_and_copies(with_contexts: Client, language: str) -> None:
    page = with_contexts.get(f"/context?lang={language}", headers=BROWSER)

    assert (page.status_code, page.mimetype) == (200, "text/html")
    for word in ("otherName", "/context/frames/Project", "/context/examples/Membership", f"/context/{DAY}"):
        assert word in page.text
    assert f"</context/{DAY}>" in page.headers["Link"]


@pytest.mark.parametrize(
    "path",
    [
        "/context/2020-01-01",
        "/context/..%2fontology",
        "/context/frames/Nothing",
        "/context/frames/..%2f..%2fmanifest",
        "/context/examples/city",
        "/context/frames/",
    ],
)
def test_what_was_never_published_is_not_found(with_contexts: Client, path: str) -> None:
    assert with_contexts.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/context", "/context.jsonld", f"/context/{DAY}", "/context/frames/City"])
def test_data_without_a_context_have_none(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get(path, headers=BROWSER).status_code == 404


def test_any_site_may_ask_with_headers_of_its_own(with_contexts: Client) -> None:
    allowed = with_contexts.options("/context").headers

    assert allowed["Access-Control-Allow-Origin"] == "*"
    assert "GET" in allowed["Access-Control-Allow-Methods"]
