"""Profiles of the real release: the words on the pages are what the data say, for every thing there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from league import BASE, open_sources

from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.profiles import READERS, Sources
from mesmart_kg.profiles.city import read_city
from mesmart_kg.profiles.community import read_community
from mesmart_kg.release import Release

pytestmark = pytest.mark.slow

CITIES_READ = 150
OTHERS_READ = 400
"""Things of one class that are read; there are fewer of nearly all classes."""

CLASSES = {
    "community": "cc:Community",
    "event": "cc:Event",
    "event-series": "cc:EventSeries",
    "country": "cc:Country",
    "region": "cc:Region",
    "mechanism": "cc:Mechanism",
    "project": "cc:Project",
    "membership": "cc:Membership",
    "participation": "cc:Participation",
    "source": "cc:Source",
    "place": "schema:Place",
    "organizational-unit": "org:OrganizationalUnit",
    "organization": "org:Organization",
    "concept": "skos:Concept",
    "concept-scheme": "skos:ConceptScheme",
    "data-set": "qb:DataSet",
    "property-value": "schema:PropertyValue",
    "observation": "qb:Observation",
    "geometry": "geo:Geometry",
    "city": "cc:City",
}

HEAD = "\n".join(f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items())


@pytest.fixture(scope="module")
def real(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    yield from open_sources(release, tmp_path_factory.mktemp("labels"))


def list_all(sources: Sources, pattern: str, limit: int) -> list[str]:
    rows = sources.engine.select(
        f"{HEAD}\nSELECT DISTINCT ?it WHERE {{ {pattern} }} ORDER BY ?it LIMIT {limit}"
    ).rows
    return [row["it"].value for row in rows]


def count(sources: Sources, pattern: str) -> int:
    rows = sources.engine.select(f"{HEAD}\nSELECT (COUNT(DISTINCT ?it) AS ?n) WHERE {{ {pattern} }}").rows
    return int(rows[0]["n"].value)


def test_the_three_communities_of_messina_are_named_with_2021(real: Sources) -> None:
    messina = read_city(real, f"{BASE}id/city/it-messina", ("it",))

    told = {tie.community.iri.rpartition("/")[2]: tie for tie in messina.memberships.items}
    assert set(told) == {"oasc", "tscai", "smartcommunitiestech"}
    assert told["oasc"].start == "2021"
    # Of the other two the notice, which is of 2021, gives no date.
    assert {tie.start or tie.told for tie in told.values()} == {"2021"}
    for tie in told.values():
        assert [source.iri for source in tie.evidence.sources] == [f"{BASE}id/source/messina-2021"]


def test_the_figures_of_oasc_are_what_the_data_hold(real: Sources) -> None:
    oasc = read_community(real, f"{BASE}id/community/oasc", ("en",))
    here = f"<{BASE}id/community/oasc>"

    assert len({tie.agent.iri for tie in oasc.members.items}) == count(
        real, f"?m a cc:Membership ; org:organization {here} ; org:member ?it"
    )
    assert len(oasc.counts.items) == count(real, f"?it cc:community {here} ; a qb:Observation")
    named = count(real, f"{here} schema:additionalProperty/schema:value ?it . FILTER(?it = 64)")
    assert oasc.coverage is not None
    assert (oasc.coverage.stated, oasc.coverage.named, named) == (117, 64, 1)
    assert sum(each.count for each in oasc.by_country) == count(
        real,
        f"?it org:organization {here} ; org:member/cc:within ?country . ?country a cc:Country",
    )


@pytest.mark.parametrize("key", CLASSES)
def test_everything_can_be_read(real: Sources, key: str) -> None:
    limit = CITIES_READ if key in {"city", "observation", "geometry"} else OTHERS_READ
    things = list_all(real, f"?it a {CLASSES[key]} FILTER(ISIRI(?it))", limit)

    assert things
    for iri in things:
        profile = READERS[key](real, iri, ("it",))
        assert profile.thing.iri == iri  # type: ignore[attr-defined]  # of any class
