"""The Reconciliation Service API's own schemas and examples, 0.2 and 1.0-draft: what we say, what we read.

What we answer over the real release validates; of the examples of what clients send, the valid ones are read
and the invalid ones refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from inprocess import Client
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT7

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.reconciling import reading
from mesmart_kg.web.server import engine_opener

VERSIONS = ("0.2", "1.0-draft")
_SWAGGER = "http://swagger.io/v2/schema.json"
_READERS = {
    ("0.2", "reconciliation-query-batch"): reading.read_batch,
    ("1.0-draft", "reconciliation-query-batch"): reading.read_draft_batch,
    ("0.2", "data-extension-query"): reading.read_extension,
    ("1.0-draft", "data-extension-query"): reading.read_extension,
}
PROPERTIES: list[dict[str, Any]] = [
    *({"id": each} for each in ("country", "region", "province", "istat", "nuts", "wikidata", "geonames")),
    *({"id": each} for each in ("coordinates", "latitude", "population", "population-year", "communities")),
    *({"id": each} for each in ("communities-from", "communities-role", "events", "events-date", "start")),
    {"id": "name", "settings": {"language": "all"}},
    {"id": "schema:url", "settings": {"limit": "1"}},
    {"id": "dcterms:source", "settings": {"content": "id", "limit": 2}},
    {"id": "nothing-of-the-kind"},
]
EXTENSION: dict[str, Any] = {
    "ids": ["city/it-messina", "city/be-gent", "community/oasc", "event/scewc-2019", "nowhere/at-all"],
    "properties": PROPERTIES,
}


class Suite:
    """The schemas of both versions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, version: str, name: str, document: object) -> None:
        """Raise where a document does not validate."""
        schemas = self.folder / version / "schemas"
        registry: Registry[Any] = Registry()
        for path in schemas.glob("*.json"):
            told = json.loads(path.read_text("utf-8"))
            if path.name == "openapi.json":
                registry = registry.with_resource(_SWAGGER, Resource.from_contents(told, DRAFT4))
            else:
                registry = registry.with_resource(told["$id"], Resource.from_contents(told, DRAFT7))
        schema = json.loads((schemas / f"{name}.json").read_text("utf-8"))
        Draft7Validator(schema, registry=registry).validate(document)

    def examples(self, version: str, name: str, kind: str) -> dict[str, object]:
        """Return the examples of one kind (``valid``, ``invalid``) by file name."""
        folder = self.folder / version / "examples" / name / kind
        return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


@pytest.fixture(scope="module")
def suite(shared: Path) -> Suite:
    return Suite(shared / "suites" / "reconciliation")


@pytest.fixture(scope="module")
def client(release: Release) -> Iterator[Client]:
    shelf = release.path.parent
    config = load_config({"paths.releases": shelf, "web.requests": 0}, {}, shelf)
    app = create_app(config, Catalog(shelf), engine_opener(config), release.id)
    made = Client(app)
    yield made
    made.close()
    publication_of(app).close()


# --- what we read ---


@pytest.mark.parametrize(("version", "name"), list(_READERS))
def test_valid_examples_are_read_and_invalid_ones_refused(suite: Suite, version: str, name: str) -> None:
    read = _READERS[version, name]
    valid = suite.examples(version, name, "valid")

    assert valid
    for document in valid.values():
        suite.check(version, name, document)
        read(document, 1000)
    for document in suite.examples(version, name, "invalid").values():
        with pytest.raises(BadRequest) as raised:
            read(document, 1000)
        assert raised.value.status == 400


# --- what we say ---


def get(client: Client, path: str) -> Any:
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    return json.loads(answer.text)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifest_validates(suite: Suite, client: Client, version: str) -> None:
    manifest = get(client, f"/reconcile?version={version}")

    suite.check(version, "manifest", manifest)
    assert set(manifest["versions"]) == set(VERSIONS)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", ["entities", "types", "properties"])
def test_suggestions_validate(suite: Suite, client: Client, version: str, what: str) -> None:
    kind = {"entities": "entity", "types": "type", "properties": "property"}[what]
    told = get(client, f"/reconcile/suggest/{kind}?prefix=co")

    assert told["result"]
    suite.check(version, f"suggest-{what}-response", told)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["City", "Community", "Event", "Country", "Region", "Organization", ""])
def test_proposals_validate(suite: Suite, client: Client, version: str, kind: str) -> None:
    told = get(client, f"/reconcile/extend/propose?type={kind}&limit=40")

    assert {"name", "country"} <= {each["id"] for each in told["properties"]} or kind == "Country"
    suite.check(version, "data-extension-property-proposal", told)


@pytest.mark.slow
def test_candidates_of_0_2_validate(suite: Suite, client: Client) -> None:
    queries = {
        "q0": {"query": "Genoa", "type": "City", "type_strict": "should"},
        "q1": {"query": "Castro", "limit": 2, "properties": [{"pid": "province", "v": "BG"}]},
        "q2": {"properties": [{"pid": "istat", "v": 83048}]},
        "q3": {"query": "Open & Agile Smart Cities", "properties": [{"pid": "schema:url", "v": "x"}]},
        "q4": {"query": "\u202e\U0001f3db *%_\"'"},
    }
    told = get(client, f"/reconcile?{urlencode({'queries': json.dumps(queries)})}")

    suite.check("0.2", "reconciliation-result-batch", told)
    assert list(told) == list(queries)
    assert [told[key]["result"][0]["id"] for key in ("q0", "q1", "q2")] == [
        "city/it-genova",
        "city/it-castro-bg",
        "city/it-messina",
    ]


@pytest.mark.slow
def test_candidates_of_the_draft_validate(suite: Suite, client: Client) -> None:
    told = client.post(
        "/reconcile/match",
        json={
            "queries": [
                {"type": "City", "conditions": [{"matchType": "name", "propertyValue": ["Genoa", "Genua"]}]},
                {"conditions": [{"matchType": "id", "propertyValue": "city/it-messina"}]},
                {
                    "conditions": [
                        {"matchType": "name", "propertyValue": "Castro"},
                        {
                            "matchType": "property",
                            "propertyId": "province",
                            "propertyValue": ["Bergamo"],
                            "required": True,
                        },
                    ]
                },
                {
                    "conditions": [
                        {"matchType": "name", "propertyValue": "Castro"},
                        {
                            "matchType": "property",
                            "propertyId": "province",
                            "propertyValue": "Bergamo",
                            "matchQuantifier": "none",
                            "required": True,
                        },
                    ]
                },
            ]
        },
    )
    document = json.loads(told.text)

    suite.check("1.0-draft", "reconciliation-result-batch", document)
    ids = [[each["id"] for each in result["candidates"]] for result in document["results"]]
    assert ids[0][0] == "city/it-genova"
    assert ids[1] == ["city/it-messina"]
    assert ids[2] == ["city/it-castro-bg"]
    assert "city/it-castro-bg" not in ids[3]
    assert "city/it-castro-le" in ids[3]


@pytest.mark.slow
def test_values_of_0_2_validate(suite: Suite, client: Client) -> None:
    told = client.post("/reconcile?lang=en", data={"extend": json.dumps(EXTENSION)})
    document = json.loads(told.text)

    suite.check("0.2", "data-extension-response", document)
    messina = document["rows"]["city/it-messina"]
    assert messina["istat"] == [{"str": "083048"}]
    assert messina["country"] == [{"id": "country/it", "name": "Italy"}]
    assert messina["wikidata"] == [{"str": "Q13666"}]
    assert {"id": "community/oasc", "name": "Open & Agile Smart Cities"} in messina["communities"]
    assert len(messina["communities"]) == len(messina["communities-from"])
    assert {"str": "2021"} in messina["communities-from"]
    assert [each["id"] for each in document["meta"]] == [each["id"] for each in PROPERTIES]
    assert not any(document["rows"]["nowhere/at-all"].values())


@pytest.mark.slow
def test_values_of_the_draft_validate(suite: Suite, client: Client) -> None:
    told = client.post("/reconcile/extend?lang=en", json=EXTENSION)
    document = json.loads(told.text)

    suite.check("1.0-draft", "data-extension-response", document)
    assert [row["id"] for row in document["rows"]] == EXTENSION["ids"]
    assert {len(row["properties"]) for row in document["rows"]} == {len(PROPERTIES)}
