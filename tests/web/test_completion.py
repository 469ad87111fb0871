"""What the editor offers: what the data use, with its names in both languages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from mesmart_kg.namespaces import CC, PREFIXES
from mesmart_kg.release import Release
from mesmart_kg.web.completion import to_completion

BASE = "https://data.example/"
FIGURES = {
    "classes": {CC + "Community": 3, CC + "City": 7, "https://elsewhere.example/Thing": 1},
    "properties": {PREFIXES["org"] + "member": 4},
}


def completion() -> dict[str, Any]:
    release = cast("Release", SimpleNamespace(manifest=SimpleNamespace(figures=FIGURES)))
    names = {(CC + "City", "it"): "Città", (CC + "City", "en"): "City"}
    return to_completion(release, BASE, lambda iri, language: names.get((iri, language), iri))


def test_the_most_used_comes_first_with_its_names() -> None:
    first, second, third = completion()["classes"]

    assert first == {
        "iri": CC + "City",
        "count": 7,
        "name": "cc:City",
        "label": {"it": "Città", "en": "City"},
    }
    assert second == {"iri": CC + "Community", "count": 3, "name": "cc:Community"}
    assert "name" not in third


def test_prefixes_are_the_projects_own() -> None:
    assert completion()["prefixes"] == dict(PREFIXES)
    assert completion()["properties"][0]["name"] == "org:member"
