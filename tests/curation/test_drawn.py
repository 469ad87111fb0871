"""Where the cities of communities are too many to draw, pages draw the largest communities, and say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from inprocess import Client

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

BROWSER = {"Accept": "text/html"}
MORE = "There are more than a page can show"


@pytest.fixture(scope="module", params=[2000, 60])
def site(request: pytest.FixtureRequest, release: Release) -> Iterator[tuple[int, Client]]:
    """The real release, drawn whole or at most so many cities of it."""
    shelf = release.path.parent
    config = load_config({"paths.releases": shelf, "web.drawn": request.param}, {}, shelf)
    config = replace(config, engine=replace(config.engine, workers=2))
    app = create_app(config, Catalog(shelf), engine_opener(config))
    yield request.param, Client(app)
    publication_of(app).close()


def cities(page: str) -> int:
    return len(re.findall(r'<tr(?: data-longitude="[^"]*" data-latitude="[^"]*")? data-communities=', page))


def test_the_map_draws_so_many_and_offers_every_community(site: tuple[int, Client]) -> None:
    most, client = site
    page = client.get("/map?lang=en", headers=BROWSER).text

    assert (MORE in page) == (most == 60)
    assert cities(page) > 60, "the largest community is drawn in any case"
    assert '<option value="oasc"' in page
    assert '<option value="tscai"' in page


def test_each_community_can_be_drawn_alone(site: tuple[int, Client]) -> None:
    _, client = site
    page = client.get("/map?lang=en&community=oasc", headers=BROWSER).text

    assert MORE not in page
    assert cities(page) > 60


def test_the_home_page_stands_and_the_network_says_why_it_is_not_drawn(site: tuple[int, Client]) -> None:
    most, client = site

    assert client.get("/?lang=en", headers=BROWSER).status_code == 200
    network = client.get("/network?lang=en", headers=BROWSER).text
    assert (MORE in network) == (most == 60)
