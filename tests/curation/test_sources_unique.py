"""One address is one source: the collected facts name some under two ids, the graph under one."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from curation.coverage import HEADER

from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import Dataset

SOURCE_FILES = ("sources.context.csv", "sources.oasc.csv", "sources.identifiers.csv")


def normalise(address: str) -> str:
    """Return what identifies a page: host and path, without scheme, ``www.`` and a closing slash."""
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/") + query


@pytest.fixture(scope="session")
def sources_by_address(facts_dataset: Dataset) -> dict[str, set[str]]:
    """Address to the IRIs of the sources that have it."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in facts_dataset.select(
        f"{HEADER}SELECT ?source ?url WHERE {{ ?source a cc:Source ; schema:url ?url }}"
    ):
        found[normalise(row["url"].value)].add(row["source"].value)
    return found


def test_no_two_sources_have_one_address(sources_by_address: dict[str, set[str]]) -> None:
    shared_addresses = {url: sources for url, sources in sources_by_address.items() if len(sources) > 1}

    assert sources_by_address
    assert not shared_addresses


def test_ids_of_one_address_name_one_source(facts_dataset: Dataset, shared: Path) -> None:
    ids: dict[str, set[str]] = defaultdict(set)
    for name in SOURCE_FILES:
        with (shared / "facts" / name).open(newline="", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                ids[normalise(row["url"])].add(row["source_id"])
    known: dict[str, set[str]] = defaultdict(set)
    query = f"{HEADER}SELECT ?source ?id WHERE {{ ?source a cc:Source ; dcterms:identifier ?id }}"
    for solution in facts_dataset.select(query):
        known[str(solution["id"].value)].add(str(solution["source"].value))

    doubled = {url: names for url, names in ids.items() if len(names) > 1}

    assert {"ctx-me-communities", "messina-2021"} in doubled.values()
    for url, names in doubled.items():
        assert len({source for name in names for source in known[name]}) == 1, url


def test_every_source_graph_is_of_a_described_source(facts_dataset: Dataset, names: GraphNames) -> None:
    described = {
        str(row["source"].value).rsplit("/", 1)[1]
        for row in facts_dataset.select(
            f"{HEADER}SELECT ?source WHERE {{ ?source a cc:Source ; dcterms:title ?t }}"
        )
    }
    graphs = {
        name.removeprefix(names.source(""))
        for name in facts_dataset.graph_names()
        if name.startswith(names.source(""))
    }

    assert graphs - described == set()


def test_the_graph_of_a_source_holds_what_names_it_as_evidence(facts_dataset: Dataset) -> None:
    query = f"""{HEADER}SELECT DISTINCT ?thing ?source WHERE {{
        GRAPH ?any {{ ?thing prov:hadPrimarySource ?source }}
        BIND(IRI(REPLACE(STR(?source), "/id/source/", "/graph/source/")) AS ?graph)
        FILTER(REGEX(STR(?thing), "/id/(membership|participation|statement)/"))
        FILTER NOT EXISTS {{ GRAPH ?graph {{ ?thing prov:hadPrimarySource ?source }} }} }}"""

    assert [str(row["thing"].value) for row in facts_dataset.select(query)] == []
