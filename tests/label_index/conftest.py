"""A small index: cities with the traps of names, two communities, an event, a code in every register."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesmart_kg.label_index import LabelIndex, build_index
from mesmart_kg.namespaces import NAMESPACE, PREFIXES

HEAD = (
    "\n".join(f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items()) + f"\n@base <{NAMESPACE}> .\n"
)

DATA = """
<id/country/it> a cc:Country ; skos:prefLabel "Italia"@it , "Italy"@en ; dcterms:identifier "iso3166-1:IT" .
<id/country/ch> a cc:Country ; skos:prefLabel "Svizzera"@it , "Switzerland"@en .
<id/region/it-messina> a cc:Region ; skos:prefLabel "Messina"@it , "Messina"@en ; cc:within <id/country/it> .
<id/city/it-messina> a cc:City ; skos:prefLabel "Messina"@it , "Messina"@en ;
    cc:within <id/region/it-messina> ;
    dcterms:identifier "istat:083048" , "cadastral:F158" , "nuts:ITG13" , "slug:messina" ;
    skos:exactMatch wd:Q13666 , <https://sws.geonames.org/2524170/> ; org:memberOf <id/community/oasc> ;
    geo:hasDefaultGeometry <id/geometry/it-messina> .
<id/geometry/it-messina> a geo:Geometry ; geo:asWKT "POINT(15.55256 38.19327)"^^geo:wktLiteral .
<id/city/it-forli> a cc:City ; skos:prefLabel "Forlì"@it , "Forlì"@en ; cc:within <id/country/it> .
<id/city/it-l-aquila> a cc:City ; skos:prefLabel "L'Aquila"@it ; cc:within <id/country/it> .
<id/city/it-castro-bg> a cc:City ; skos:prefLabel "Castro"@it ; cc:within <id/region/it-bergamo> .
<id/city/it-castro-le> a cc:City ; skos:prefLabel "Castro"@it ; cc:within <id/region/it-lecce> .
<id/region/it-lecce> a cc:Region ; skos:prefLabel "Lecce"@it ; cc:within <id/country/it> .
<id/region/it-bergamo> a cc:Region ; skos:prefLabel "Bergamo"@it ; cc:within <id/country/it> .
<id/city/ch-zurich> a cc:City ; skos:prefLabel "Zurigo"@it , "Zurich"@en ; skos:altLabel "Zürich"@de ;
    cc:within <id/country/ch> .
<id/city/it-san-donato> a cc:City ; skos:prefLabel "San Donato"@it ; cc:within <id/country/it> .
<id/city/ch-san-donato> a cc:City ; skos:prefLabel "San Donato"@it ; cc:within <id/country/ch> ;
    org:memberOf <id/community/oasc> , <id/community/c40> .
<id/community/oasc> a cc:Community ; skos:prefLabel "Open & Agile Smart Cities"@it ; skos:altLabel "OASC" .
<id/community/c40> a cc:Community ; skos:prefLabel "C40"@it .
<id/membership/oasc--it-messina> a cc:Membership ; org:member <id/city/it-messina> ;
    org:organization <id/community/oasc> ; schema:startDate "2021"^^xsd:gYear .
<id/event/assembly> a cc:Event ; skos:prefLabel "Assemblea 2021"@it , "Assembly 2021"@en ;
    schema:startDate "2021-06-21"^^xsd:date ; schema:location <id/city/it-messina> ;
    schema:organizer <id/community/oasc> .
<id/event/older> a cc:Event ; skos:prefLabel "Zeta"@it ; schema:startDate "2015"^^xsd:gYear .
<id/event/undated> a cc:Event ; skos:prefLabel "Alfa"@it .
<id/source/one> a cc:Source ; dcterms:title "Messina entra in OASC"@it .
<https://example.org/ada> a foaf:Person ; foaf:name "Ada Lovelace" .
<https://example.org/old> a <http://schema.org/Event> ; <http://schema.org/name> "Vecchio"@it .
"""


def write_dump(folder: Path, text: str = DATA) -> Path:
    """Write Turtle, with our prefixes, as the dump of a default graph."""
    from mesmart_kg import formats
    from mesmart_kg.store import canonical_ntriples, parse_text

    folder.mkdir(parents=True, exist_ok=True)
    dump = folder / "default.nt.gz"
    with gzip.open(dump, "wb") as packed:
        packed.writelines(canonical_ntriples(quad.triple for quad in parse_text(HEAD + text, formats.TURTLE)))
    return dump


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelIndex]:
    folder = tmp_path_factory.mktemp("labels")
    build_index(write_dump(folder), folder / "labels.sqlite", "test")
    made = LabelIndex(folder / "labels.sqlite")
    yield made
    made.close()
