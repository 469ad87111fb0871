"""What sets of links are looked at with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from given_links import BASE, HEAD, LINKS, OURS, Look
from rdflib import Graph

from mesmart_kg.linksets import Examined, examine
from mesmart_kg.validation import read_shapes


@pytest.fixture(scope="session")
def shapes() -> Graph:
    return read_shapes([Path(__file__).resolve().parents[2] / "shapes" / "linkset.ttl"])


@pytest.fixture(scope="session")
def look_once(shapes: Graph) -> Look:
    """Look at a set: its text, or its links below the usual description."""

    def look(links: str | bytes = LINKS, head: str = HEAD, **options: Any) -> Examined:
        data = links if isinstance(links, bytes) else (head + links).encode()
        return examine(data, BASE, "corinth", OURS.__contains__, shapes, **options)

    return look


@pytest.fixture
def look(look_once: Look) -> Look:
    return look_once
