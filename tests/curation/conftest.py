"""The real facts of ``data/``, read once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesmart_kg.facts import read_facts
from mesmart_kg.namespaces import NAMESPACE, GraphNames
from mesmart_kg.store import Dataset


@pytest.fixture(scope="session")
def names() -> GraphNames:
    """The names of the graphs under the default base IRI."""
    return GraphNames()


@pytest.fixture(scope="session")
def facts_dataset(project: Path, names: GraphNames) -> Dataset:
    """What ``data/`` asserts, every quad in its named graph; nothing inferred, no ontology."""
    blocks = read_facts(project / "data", NAMESPACE)
    return Dataset((quad for block in blocks for quad in block.quads), names.in_default_graph)
