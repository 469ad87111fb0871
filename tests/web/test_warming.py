"""What the first reader of a page would wait for is done beforehand, and stops when it is told to."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import Event
from threading import enumerate as all_threads

import pytest
from flask import Flask

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener
from mesmart_kg.web.warming import PAGES, warm, warming


@pytest.fixture
def cold(config: Config, release: Release) -> Iterator[Flask]:
    made = create_app(config, Catalog(release.path.parent), engine_opener(config))
    yield made
    publication_of(made).close()


def compiled(app: Flask) -> int:
    assert app.jinja_env.cache is not None
    return len(app.jinja_env.cache)


@pytest.mark.slow
def test_all_templates_are_compiled(cold: Flask) -> None:
    warm(cold, Event())

    assert compiled(cold) >= len([name for name in cold.jinja_env.list_templates() if name.endswith(".html")])


def test_every_page_that_is_warmed_is_there(cold: Flask) -> None:
    rules = {rule.rule for rule in cold.url_map.iter_rules()}

    assert set(PAGES) <= rules


def test_it_stops_when_the_server_ends(cold: Flask) -> None:
    stop = Event()
    stop.set()
    warm(cold, stop)
    assert compiled(cold) == 0

    before = gc.get_threshold()
    with warming(cold):
        pass
    gc.set_threshold(*before)
    gc.unfreeze()
    assert not [thread for thread in all_threads() if thread.name == "warming"]


@pytest.mark.slow
def test_nothing_is_lost_where_it_fails(cold: Flask) -> None:
    publication_of(cold).close()

    warm(cold, Event())
