"""What pages tell of all the data at once, from small data that a reader can hold in the head."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesmart_kg.dumps import DATASET_NQUADS, DEFAULT_NTRIPLES
from mesmart_kg.engine import Engine
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.errors import QuerySyntaxError
from mesmart_kg.formats import TURTLE
from mesmart_kg.overview import (
    Belonging,
    Tie,
    read_belongings,
    read_chronicle,
    read_growth,
    read_members,
    read_sharing,
)
from mesmart_kg.overview.members import find_point, members_query
from mesmart_kg.queries import NamedQuery, read_queries
from mesmart_kg.store import NamedNode, Quad, canonical_nquads, canonical_ntriples, parse_text

BASE = "https://w3id.org/city-communities/"

# Messina is in two communities; Gent in one of them and in a programme; Nowhere has no place.
FACTS = """
@base <https://w3id.org/city-communities/> .
@prefix cc: <def#> . @prefix voc: <voc/> .
@prefix org: <http://www.w3.org/ns/org#> . @prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> . @prefix m8g: <http://data.europa.eu/m8g/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#> .

<id/city/it-messina> a cc:City ; skos:prefLabel "Messina"@it ; cc:within <id/region/it-sicilia> ;
  geo:hasDefaultGeometry [ geo:asWKT "POINT(15.55 38.19)"^^geo:wktLiteral ] .
<id/region/it-sicilia> cc:within <id/country/it> .
<id/country/it> a cc:Country .
<id/city/be-gent> a cc:City ; skos:prefLabel "Gand"@it , "Gent"@nl ;
  geo:hasDefaultGeometry [ geo:asWKT
    "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(51.05 3.72)"^^geo:wktLiteral ] .
<id/city/xx-nowhere> a cc:City ; geo:hasDefaultGeometry [ geo:asWKT "POINT(nowhere)"^^geo:wktLiteral ] .

<id/m/1> a cc:Membership ; org:member <id/city/it-messina> ; org:organization <id/community/oasc> ;
  schema:startDate "2021"^^xsd:gYear ; prov:hadPrimarySource <id/source/a> , <id/source/b> .
<id/m/2> a cc:Membership ; org:member <id/city/it-messina> ; org:organization <id/community/other> ;
  prov:hadPrimarySource <id/source/a> .
<id/m/3> a cc:Membership ; org:member <id/city/be-gent> ; org:organization <id/community/oasc> ;
  schema:startDate "2015-03"^^xsd:gYearMonth ; cc:inWave <id/event/wave> ; schema:endDate "2020"^^xsd:gYear ;
  prov:hadPrimarySource <id/source/a> .
<id/m/4> a cc:Membership ; org:member <id/city/xx-nowhere> ; org:organization <id/community/other> .
<id/m/5> a cc:Membership ; org:member <id/organization/firm> ; org:organization <id/community/other> .
<id/p/1> a cc:Participation ; m8g:hasParticipant <id/city/be-gent> ; cc:community <id/community/label> .

<id/event/wave> a cc:Event ; schema:startDate "2015-03"^^xsd:gYearMonth ;
  schema:organizer <id/community/oasc> .
<id/event/fair> a cc:Event ; schema:startDate "2021-06-03"^^xsd:date ; schema:endDate "2021-06-05"^^xsd:date ;
  schema:superEvent <id/series/fair> ; schema:location <id/city/it-messina> , <id/place/hall> .
<id/series/fair> a cc:Event , cc:EventSeries ; schema:startDate "2001"^^xsd:gYear .
<id/event/undated> a cc:Event .
<id/community/oasc> a cc:Community . <id/community/other> a cc:Community .
<id/community/label> a cc:Community .

<id/o/1> cc:community <id/community/oasc> ; cc:memberCities 31 ; prov:hadPrimarySource <id/source/a> ;
  sdmx-dimension:refPeriod "2015-03"^^xsd:gYearMonth .
<id/o/2> cc:community <id/community/oasc> ; cc:memberCities 160 ; prov:hadPrimarySource <id/source/b> ;
  sdmx-dimension:refPeriod "2021"^^xsd:gYear .
<id/o/3> cc:community <id/community/oasc> ; cc:memberCities 8 ; prov:hadPrimarySource <id/source/b> ;
  sdmx-dimension:refPeriod "2021"^^xsd:gYear ; sdmx-dimension:refArea <id/country/it> .
<id/o/4> cc:community <id/community/oasc> ; cc:memberCountries 7 ; prov:hadPrimarySource <id/source/b> ;
  sdmx-dimension:refPeriod "2021"^^xsd:gYear .
<id/o/5> cc:community <id/community/oasc> ; cc:memberCities 99 ; prov:hadPrimarySource <id/source/b> .
"""


GRAPH = NamedNode(f"{BASE}graph/source/a")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("release")
    for name in ("dumps", "metadata"):
        (folder / name).mkdir()
    (folder / "metadata" / "dataset.ttl").write_text("")
    triples = [quad.triple for quad in parse_text(FACTS, TURTLE)]
    quads = [Quad(each.subject, each.predicate, each.object, GRAPH) for each in triples]
    with gzip.open(folder / "dumps" / DATASET_NQUADS, "wb") as file:
        file.writelines(canonical_nquads(quads))
    with gzip.open(folder / "dumps" / DEFAULT_NTRIPLES, "wb") as file:
        file.writelines(canonical_ntriples(triples))
    opened = EmbeddedEngine("2026-11-22-0123abcd", folder, workers=1)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def queries(project: Path) -> tuple[NamedQuery, ...]:
    return read_queries(project / "queries", BASE)


def iri(path: str) -> str:
    return f"{BASE}id/{path}"


def test_members_have_their_ties_country_and_place(engine: Engine) -> None:
    members = read_members(engine)
    gent, messina, nowhere = members.towns

    assert (messina.longitude, messina.latitude, messina.country) == (15.55, 38.19, iri("country/it"))
    assert (gent.longitude, gent.latitude) == (3.72, 51.05)  # whatever the order that the text has them in
    assert not nowhere.is_placed
    assert messina.ties == (
        Tie(iri("community/oasc"), True, "2021"),
        Tie(iri("community/other"), True),
    )
    assert gent.ties == (
        Tie(iri("community/label"), False),
        Tie(iri("community/oasc"), True, "2015-03", "2020"),
    )
    assert members.complete


def test_what_is_no_city_is_not_on_the_map(engine: Engine) -> None:
    assert iri("organization/firm") not in read_members(engine).iris


def test_the_query_for_one_community_finds_what_the_filter_keeps(engine: Engine) -> None:
    members = read_members(engine)
    for community, size in members.communities:
        kept = members.of(community)
        asked = engine.select(members_query("it", community)).rows

        assert len(kept.towns) == size
        assert {row["city"].value for row in asked} == {town.city for town in kept.towns}


def test_a_community_that_is_no_iri_is_refused() -> None:
    with pytest.raises(QuerySyntaxError):
        members_query("it", "> } DROP ALL")


@pytest.mark.parametrize("text", [None, "", "nonsense", "POINT EMPTY", "POINT(200 10)", "POINT(1 2" * 10_000])
def test_what_tells_no_place_gives_none(text: str | None) -> None:
    assert find_point(text) is None


def test_growth_sets_totals_beside_named_members(engine: Engine, queries: tuple[NamedQuery, ...]) -> None:
    """Counts of one country, of countries, or without a date are not of this series."""
    growth = read_growth(engine, queries, "it", BASE)

    assert growth is not None
    assert growth.community == iri("community/oasc")
    assert [(total.period, total.value) for total in growth.totals] == [("2015-03", 31), ("2021", 160)]
    assert [(wave.date, wave.entered, wave.cumulative) for wave in growth.waves] == [("2015-03", 1, 1)]
    assert growth.largest == 160


def test_growth_of_a_community_that_nobody_counted_is_empty(
    engine: Engine, queries: tuple[NamedQuery, ...]
) -> None:
    growth = read_growth(engine, queries, "en", BASE, iri("community/other"))

    assert growth is not None
    assert growth.is_empty
    assert growth.largest is None


def test_the_chronicle_tells_events_and_accessions_by_year(engine: Engine) -> None:
    chronicle = read_chronicle(engine)

    told = [(year, [(each.thing, each.is_accession) for each in those]) for year, those in chronicle.years]
    assert told == [
        ("2021", [(iri("event/fair"), False), (iri("community/oasc"), True)]),
        ("2015", [(iri("community/oasc"), True), (iri("event/wave"), False)]),
    ]
    fair = chronicle.events[0]
    assert (fair.start, fair.end) == ("2021-06-03", "2021-06-05")
    assert fair.places == (iri("city/it-messina"),)
    assert set(chronicle.series) == {iri("series/fair")}


def test_the_chronicle_is_filtered_by_community_and_series(engine: Engine) -> None:
    chronicle = read_chronicle(engine)

    assert [each.thing for each in chronicle.of(series=iri("series/fair")).happenings] == [iri("event/fair")]
    assert len(chronicle.of(iri("community/oasc")).happenings) == 3
    assert chronicle.of(iri("community/oasc"), iri("series/fair")).happenings == ()


def test_shared_members_join_communities(engine: Engine, queries: tuple[NamedQuery, ...]) -> None:
    sharing = read_sharing(engine, queries, "it", read_members(engine))

    assert sharing.between(iri("community/other"), iri("community/oasc")) == 1
    assert sharing.between(iri("community/oasc"), iri("community/label")) == 0
    assert [bridge.city for bridge in sharing.bridges] == [iri("city/it-messina")]
    assert sharing.bridges[0].communities == (iri("community/oasc"), iri("community/other"))


def test_the_communities_of_the_first_city_come_with_their_evidence(
    engine: Engine, queries: tuple[NamedQuery, ...]
) -> None:
    told = read_belongings(engine, queries, "it", BASE)

    assert told is not None
    assert told.city == iri("city/it-messina")
    assert told.belongings == (
        Belonging(iri("community/oasc"), ("2021",), (iri("source/a"), iri("source/b"))),
        Belonging(iri("community/other"), (), (iri("source/a"),)),
    )


def test_without_the_named_queries_there_is_nothing_and_no_error(engine: Engine) -> None:
    assert read_growth(engine, (), "it", BASE) is None
    assert read_belongings(engine, (), "it", BASE) is None
    assert read_sharing(engine, (), "it", read_members(engine)).pairs == ()
