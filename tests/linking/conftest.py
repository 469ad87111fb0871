"""A small index of cities that are easily mistaken, and what asks it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from mesmart_kg import formats
from mesmart_kg.label_index import LabelIndex, build_index
from mesmart_kg.linking import ReleaseSource
from mesmart_kg.namespaces import NAMESPACE, PREFIXES
from mesmart_kg.store import canonical_ntriples, parse_text

HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()) + f"@base <{NAMESPACE}> .\n"

DATA = """
<id/country/it> a cc:Country ; skos:prefLabel "Italia"@it , "Italy"@en ; dcterms:identifier "iso3166-1:IT" .
<id/country/be> a cc:Country ; skos:prefLabel "Belgio"@it , "Belgium"@en ; dcterms:identifier "iso3166-1:BE" .
<id/region/it-messina> a cc:Region ; skos:prefLabel "Messina"@it , "Messina"@en ; cc:within <id/country/it> .
<id/region/it-bergamo> a cc:Region ; skos:prefLabel "Bergamo"@it , "Bergamo"@en ; cc:within <id/country/it> .
<id/region/it-lecce> a cc:Region ; skos:prefLabel "Lecce"@it , "Lecce"@en ; cc:within <id/country/it> .
<id/city/it-messina> a cc:City ; skos:prefLabel "Messina"@it , "Messina"@en ;
    cc:within <id/region/it-messina> ;
    dcterms:identifier "istat:083048" , "cadastral:F158" ; skos:exactMatch wd:Q13666 .
<id/city/it-forli> a cc:City ; skos:prefLabel "Forlì"@it , "Forlì"@en ; cc:within <id/country/it> .
<id/city/it-castro-bg> a cc:City ; skos:prefLabel "Castro"@it , "Castro"@en ;
    cc:within <id/region/it-bergamo> .
<id/city/it-castro-le> a cc:City ; skos:prefLabel "Castro"@it , "Castro"@en ;
    cc:within <id/region/it-lecce> .
<id/city/be-gent> a cc:City ; skos:prefLabel "Gand"@it , "Ghent"@en ; skos:altLabel "Gent"@nl ;
    cc:within <id/country/be> .
"""


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelIndex]:
    folder = tmp_path_factory.mktemp("labels")
    with gzip.open(folder / "default.nt.gz", "wb") as packed:
        packed.writelines(canonical_ntriples(quad.triple for quad in parse_text(HEAD + DATA, formats.TURTLE)))
    build_index(folder / "default.nt.gz", folder / "labels.sqlite", "test")
    made = LabelIndex(folder / "labels.sqlite")
    yield made
    made.close()


@pytest.fixture(scope="session")
def source(index: LabelIndex) -> ReleaseSource:
    return ReleaseSource(index, NAMESPACE, ("en",))
