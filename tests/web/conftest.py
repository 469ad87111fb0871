"""The application over the small release, asked in process; a server over it, asked over connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from inprocess import Client
from serving import Server, running_server, write_small_release

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config, load_config
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SECONDS = 2


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return write_small_release(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="session")
def shelf(release: Release) -> Path:
    return release.path.parent


@pytest.fixture(scope="session")
def config(shelf: Path) -> Config:
    flags = {"paths.releases": shelf, "engine.seconds": SECONDS, "engine.memory": 100, "web.requests": 0}
    return load_config(flags, {}, shelf)


@pytest.fixture(scope="session")
def app(config: Config, shelf: Path) -> Iterator[Flask]:
    made = create_app(config, Catalog(shelf), engine_opener(config))
    yield made
    publication_of(made).close()


@pytest.fixture(scope="session")
def client(app: Flask) -> Iterator[Client]:
    """The whole site, machines' queries included."""
    made = Client(app)
    yield made
    made.close()


@pytest.fixture(scope="session")
def server(shelf: Path) -> Iterator[Server]:
    with running_server(shelf, engine__seconds=SECONDS, engine__memory=100, engine__workers=3) as running:
        yield running
