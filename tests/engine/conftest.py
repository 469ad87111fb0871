"""Engines over the small release: one of our own, and one that asks a server of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import RELEASE_ID, running_server, write_small_release

from mesmart_kg.engine import Engine, Limits
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.engine.remote import RemoteEngine
from mesmart_kg.release import Release

LIMITS = Limits(seconds=2, memory=100 * 1024 * 1024, size=8 * 1024 * 1024, patience=3, queue=4)


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return write_small_release(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="session")
def embedded(small_release: Release) -> Iterator[EmbeddedEngine]:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=2, limits=LIMITS)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def remote(small_release: Release) -> Iterator[RemoteEngine]:
    with running_server(small_release.path.parent, engine__seconds=2, engine__memory=100) as server:
        engine = RemoteEngine(f"{server.url}sparql", RELEASE_ID, limits=LIMITS)
        yield engine
        engine.close()


@pytest.fixture(scope="session", params=["embedded", "remote"])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def shelf(small_release: Release) -> Path:
    return small_release.path.parent
