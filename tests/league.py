"""A league of four towns in named graphs, with its waves, its games and its gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mesmart_kg.config import load_config
from mesmart_kg.label_index import LabelIndex, build_index
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.profiles import Sources
from mesmart_kg.release import Release
from mesmart_kg.web.server import engine_opener

BASE = NAMESPACE

LEAGUE = f"""@base <{BASE}> .
@prefix cc: <{BASE}def#> .
@prefix voc: <{BASE}voc/> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dc: <http://purl.org/dc/elements/1.1/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix m8g: <http://data.europa.eu/m8g/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix qb: <http://purl.org/linked-data/cube#> .
@prefix schema: <https://schema.org/> .
@prefix sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<graph/source/notice> {{
  <id/city/it-alba> a cc:City ; skos:prefLabel "Alba"@it, "Alba"@en ; cc:within <id/country/it> ;
    dcterms:identifier "istat:004003" , "slug:alba" ; geo:hasDefaultGeometry <id/geometry/it-alba> ;
    skos:exactMatch <http://www.wikidata.org/entity/Q1> .
  <id/geometry/it-alba> a geo:Geometry ; geo:asWKT "POINT(8.03 44.7)"^^geo:wktLiteral .
  <id/city/it-asti> a cc:City ; skos:prefLabel "Asti"@it, "Asti"@en ; cc:within <id/country/it> ;
    geo:hasDefaultGeometry <id/geometry/it-asti> .
  <id/geometry/it-asti> geo:asWKT "POINT(8.2 44.9)"^^geo:wktLiteral .
  <id/city/it-bra> a cc:City ; skos:prefLabel "Bra"@it, "Bra"@en ; cc:within <id/country/it> .
  <id/city/it-null> a cc:City ; skos:prefLabel "Null"@it ; geo:hasDefaultGeometry <id/geometry/it-null> .
  <id/geometry/it-null> geo:asWKT "nowhere"^^geo:wktLiteral .
  <id/country/it> a cc:Country ; skos:prefLabel "Italia"@it, "Italy"@en .

  <id/community/lega> a cc:Community ; skos:prefLabel "Lega"@it, "League"@en ;
    dcterms:description "Una lega."@it, "A league."@en ; schema:foundingDate "2014-05"^^xsd:gYearMonth ;
    schema:additionalProperty <id/statement/lega--named> .
  <id/community/club> a cc:Community ; skos:prefLabel "Club"@it, "Club"@en .
  <id/statement/lega--named> a schema:PropertyValue ; schema:propertyID voc:property\\/members-named ;
    schema:value 2 ; dcterms:date "2016"^^xsd:gYear ; prov:hadPrimarySource <id/source/notice> .

  <id/membership/lega--it-alba> a cc:Membership ; org:member <id/city/it-alba> ;
    org:organization <id/community/lega> ; org:role voc:role\\/member ;
    schema:startDate "2015-03"^^xsd:gYearMonth ;
    cc:inWave <id/event/wave-1> ; adms:status voc:certainty\\/stated ;
    skos:note "tra i primi"@it, "among the first"@en ;
    prov:hadPrimarySource <id/source/notice> , <id/source/list> .
  <id/membership/lega--it-asti> a cc:Membership ; org:member <id/city/it-asti> ;
    org:organization <id/community/lega> ; cc:inWave <id/event/wave-1> ; adms:status voc:certainty\\/weak ;
    prov:hadPrimarySource <id/source/notice> .
  <id/membership/lega--it-bra> a cc:Membership ; org:member <id/city/it-bra> ;
    org:organization <id/community/lega> ; prov:hadPrimarySource <id/source/notice> .
  <id/membership/club--it-alba> a cc:Membership ; org:member <id/city/it-alba> ;
    org:organization <id/community/club> ; prov:hadPrimarySource <id/source/list> .
  <id/participation/club--it-asti> a cc:Participation ; m8g:hasParticipant <id/city/it-asti> ;
    cc:community <id/community/club> ; m8g:role voc:role\\/signatory ;
    prov:hadPrimarySource <id/source/list> .

  <id/event/wave-1> a cc:Event ; skos:prefLabel "Prima ondata"@it, "First wave"@en ;
    schema:startDate "2015-03-17"^^xsd:date ; schema:organizer <id/community/lega> .
  <id/observation/lega--2016> a qb:Observation ; cc:community <id/community/lega> ; cc:memberCities 5 ;
    sdmx-dimension:refPeriod "2016"^^xsd:gYear ;
    sdmx-attribute:obsStatus voc:count-precision\\/exact ;
    prov:hadPrimarySource <id/source/list> .
  <id/observation/it-alba> a qb:Observation ; sdmx-dimension:refArea <id/city/it-alba> ;
    cc:population 31000 ;
    skos:note "da non confrontare"@it ; prov:hadPrimarySource <id/source/list> .

  <id/series/games> a cc:EventSeries , cc:Event ; skos:prefLabel "Giochi"@it, "Games"@en .
  <id/event/games-2015> a cc:Event ; skos:prefLabel "Giochi 2015"@it, "Games 2015"@en ;
    schema:superEvent <id/series/games> ; schema:startDate "2015-06"^^xsd:gYearMonth .
  <id/event/games-2018> a cc:Event ; skos:prefLabel "Giochi 2018"@it, "Games 2018"@en ;
    schema:superEvent <id/series/games> ; schema:startDate "2018"^^xsd:gYear ;
    schema:location <id/place/arena> ;
    m8g:hasParticipation <id/participation/games--alba> .
  <id/event/games-2019> a cc:Event ; skos:prefLabel "Giochi 2019"@it, "Games 2019"@en ;
    schema:superEvent <id/series/games> ; schema:startDate "2019-06-01"^^xsd:date .
  <id/place/arena> a schema:Place ; skos:prefLabel "Arena"@it, "Arena"@en ;
    schema:containedInPlace <id/city/it-alba> .
  <id/participation/games--alba> a cc:Participation ; m8g:hasParticipant <id/city/it-alba> ;
    m8g:role voc:role\\/speaker ; prov:hadPrimarySource <id/source/list> .

  <id/source/notice> a cc:Source ; dcterms:title "L’avviso"@it ; dcterms:issued "2017"^^xsd:gYear .
  <id/source/list> a cc:Source ; dcterms:title "The list"@en ; dc:publisher "League" .
  voc:role\\/member skos:prefLabel "membro"@it, "member"@en .
  voc:role\\/speaker skos:prefLabel "relatore"@it, "speaker"@en .
}}
<graph/source/list> {{
  <id/community/lega> a cc:Community ; schema:foundingDate "2014"^^xsd:gYear .
}}
<graph/inferred> {{
  <id/community/lega> dcterms:subject voc:topic\\/games .
}}
"""

ReadProfile = Callable[..., Any]


def open_sources(release: Release, folder: Path) -> Iterator[Sources]:
    """Yield what profiles of a release are read from; closed afterwards."""
    engine = engine_opener(load_config({"engine.workers": 1}, {}, folder))(release)
    build_index(release.default_ntriples, folder / "labels.sqlite")
    index = LabelIndex(folder / "labels.sqlite")
    yield Sources(engine, index)
    index.close()
    engine.close()
