"""A small index: towns of one name, saints, two languages, a province called like its town, codes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesmart_kg import formats
from mesmart_kg.label_index import LabelIndex, build_index
from mesmart_kg.namespaces import NAMESPACE, PREFIXES
from mesmart_kg.reconciliation import Matcher
from mesmart_kg.store import canonical_ntriples, parse_text

HEAD = (
    "\n".join(f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items()) + f"\n@base <{NAMESPACE}> .\n"
)

DATA = """
<id/country/it> a cc:Country ; skos:prefLabel "Italia"@it , "Italy"@en ;
    dcterms:identifier "iso3166-1:IT" , "iso3166-1:ITA" .
<id/country/be> a cc:Country ; skos:prefLabel "Belgio"@it , "Belgium"@en ;
    dcterms:identifier "iso3166-1:BE" .
<id/country/de> a cc:Country ; skos:prefLabel "Germania"@it , "Germany"@en ;
    dcterms:identifier "iso3166-1:DE" .
<id/country/bg> a cc:Country ; skos:prefLabel "Bulgaria"@it , "Bulgaria"@en ;
    dcterms:identifier "iso3166-1:BG" .
<id/region/it-sicilia> a cc:Region ; skos:prefLabel "Sicilia"@it , "Sicily"@en ; cc:within <id/country/it> .
<id/region/it-messina> a cc:Region ; skos:prefLabel "Messina"@it ; skos:altLabel "ME" ;
    cc:within <id/region/it-sicilia> .
<id/region/it-bergamo> a cc:Region ; skos:prefLabel "Bergamo"@it ; skos:altLabel "BG" ;
    cc:within <id/country/it> .
<id/region/it-lecce> a cc:Region ; skos:prefLabel "Lecce"@it ; skos:altLabel "LE" ;
    cc:within <id/country/it> .
<id/region/it-bolzano> a cc:Region ; skos:prefLabel "Bolzano"@it ; skos:altLabel "BZ" ;
    cc:within <id/country/it> .
<id/city/it-messina> a cc:City ; skos:prefLabel "Messina"@it , "Messina"@en ;
    cc:within <id/region/it-messina> ;
    dcterms:identifier "istat:083048" , "cadastral:F158" ; org:memberOf <id/community/oasc> ;
    skos:exactMatch wd:Q13666 , <https://sws.geonames.org/6541859/> ;
    geo:hasDefaultGeometry <id/geometry/messina> .
<id/geometry/messina> a geo:Geometry ; geo:asWKT "POINT(15.55256 38.19327)"^^geo:wktLiteral .
<id/city/it-castro-bg> a cc:City ; skos:prefLabel "Castro"@it ; cc:within <id/region/it-bergamo> ;
    geo:hasDefaultGeometry <id/geometry/castro-bg> ; dcterms:identifier "istat:016065" .
<id/geometry/castro-bg> a geo:Geometry ; geo:asWKT "POINT(10.06 45.80)"^^geo:wktLiteral .
<id/city/it-castro-le> a cc:City ; skos:prefLabel "Castro"@it ; cc:within <id/region/it-lecce> ;
    geo:hasDefaultGeometry <id/geometry/castro-le> .
<id/geometry/castro-le> a geo:Geometry ; geo:asWKT "POINT(18.42 40.00)"^^geo:wktLiteral .
<id/city/it-santo-stefano> a cc:City ; skos:prefLabel "Santo Stefano di Camastra"@it ;
    cc:within <id/region/it-messina> .
<id/city/it-la-spezia> a cc:City ; skos:prefLabel "La Spezia"@it ; cc:within <id/country/it> .
<id/city/it-genova> a cc:City ; skos:prefLabel "Genova"@it , "Genoa"@en ; cc:within <id/country/it> .
<id/city/it-bolzano> a cc:City ; skos:prefLabel "Bolzano"@it ; skos:altLabel "Bozen" ;
    cc:within <id/region/it-bolzano> .
<id/city/it-reggio> a cc:City ; skos:prefLabel "Reggio nell'Emilia"@it ; cc:within <id/country/it> .
<id/city/it-citta-di-castello> a cc:City ; skos:prefLabel "Città di Castello"@it ;
    cc:within <id/country/it> .
<id/city/it-jesolo> a cc:City ; skos:prefLabel "Jesolo"@it ; cc:within <id/country/it> .
<id/city/it-poggibonsi> a cc:City ; skos:prefLabel "Poggibonsi"@it ; cc:within <id/country/it> .
<id/city/be-gent> a cc:City ; skos:prefLabel "Gand"@it , "Ghent"@en ; skos:altLabel "Gent"@nl ;
    cc:within <id/country/be> .
<id/city/de-koln> a cc:City ; skos:prefLabel "Köln"@de , "Colonia"@it ; cc:within <id/country/de> .
<id/community/oasc> a cc:Community ; skos:prefLabel "Open & Agile Smart Cities"@it ; skos:altLabel "OASC" .
<id/organization/it-comune-di-messina> a org:FormalOrganization ; skos:prefLabel "Comune di Messina"@it .
"""


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelIndex]:
    folder: Path = tmp_path_factory.mktemp("matching")
    dump = folder / "default.nt.gz"
    with gzip.open(dump, "wb") as packed:
        packed.writelines(canonical_ntriples(quad.triple for quad in parse_text(HEAD + DATA, formats.TURTLE)))
    build_index(dump, folder / "labels.sqlite", "test")
    made = LabelIndex(folder / "labels.sqlite")
    yield made
    made.close()


@pytest.fixture(scope="session")
def matcher(index: LabelIndex) -> Matcher:
    return Matcher(index, ("en",))
