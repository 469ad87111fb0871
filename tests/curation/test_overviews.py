"""What the pages of overviews say of the real data holds: nothing is lost between queries and page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mesmart_kg.engine import Engine
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.overview import read_belongings, read_chronicle, read_growth, read_members, read_sharing
from mesmart_kg.queries import NamedQuery, read_queries
from mesmart_kg.release import Release

BASE = "https://w3id.org/city-communities/"


@pytest.fixture(scope="module")
def engine(release: Release) -> Iterator[Engine]:
    opened = EmbeddedEngine(release.id, release.path, workers=1)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def queries(release: Release) -> tuple[NamedQuery, ...]:
    return read_queries(release.inputs / "queries", BASE)


def test_messina_has_its_three_communities_each_with_a_source(
    engine: Engine, queries: tuple[NamedQuery, ...]
) -> None:
    told = read_belongings(engine, queries, "it", BASE)

    assert told is not None
    assert {each.community for each in told.belongings} == {
        f"{BASE}id/community/{name}" for name in ("oasc", "tscai", "smartcommunitiestech")
    }
    assert all(each.sources for each in told.belongings)


def test_every_city_of_a_community_is_on_the_map(engine: Engine) -> None:
    members = read_members(engine)

    assert members.complete
    assert all(town.is_placed and town.country for town in members.towns)
    assert dict(members.communities)[f"{BASE}id/community/oasc"] > 80


def test_growth_has_both_series(engine: Engine, queries: tuple[NamedQuery, ...]) -> None:
    growth = read_growth(engine, queries, "it", BASE)

    assert growth is not None
    assert len(growth.totals) > 15
    assert [wave.cumulative for wave in growth.waves] == sorted(wave.cumulative for wave in growth.waves)
    assert growth.largest is not None
    assert growth.largest > growth.waves[-1].cumulative


def test_years_and_shared_members_are_told(engine: Engine, queries: tuple[NamedQuery, ...]) -> None:
    chronicle = read_chronicle(engine)
    sharing = read_sharing(engine, queries, "it", read_members(engine))

    assert len(chronicle.events) > 50
    assert any(each.is_accession for each in chronicle.happenings)
    assert sharing.pairs
    assert all(len(bridge.communities) > 1 for bridge in sharing.bridges)
