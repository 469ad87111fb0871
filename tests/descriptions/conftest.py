"""A few things in named graphs: a city and its parts, what is inferred of it, what was withdrawn, a rogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mesmart_kg.config import load_config
from mesmart_kg.descriptions import Description, describe
from mesmart_kg.engine import Engine, Terms
from mesmart_kg.glossary import Glossary
from mesmart_kg.label_index import LabelIndex, build_index
from mesmart_kg.labels import Name
from mesmart_kg.namespaces import NAMESPACE, expand
from mesmart_kg.preview import PreviewFile, preview
from mesmart_kg.web.server import engine_opener

BASE = NAMESPACE
FOLLOWERS = 20
"""How many things follow the community: more than are shown."""

_HEAD = f"""@base <{BASE}> .
@prefix cc: <{BASE}def#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

_GRAPHS = """
<graph/source/notice> {
  <id/city/it-messina> a cc:City ; skos:prefLabel "Messina"@it, "Messina"@en ; skos:altLabel "Missina"@scn ;
    dcterms:identifier "istat:083048" ; geo:hasDefaultGeometry <id/geometry/it-messina> ;
    skos:exactMatch <http://www.wikidata.org/entity/Q13666> .
  <id/geometry/it-messina> a geo:Geometry ; geo:asWKT "POINT(15.55 38.19)"^^geo:wktLiteral .
  <id/membership/oasc--it-messina> a cc:Membership ; org:member <id/city/it-messina> ;
    org:organization <id/community/oasc> ; schema:startDate "2021"^^xsd:gYear .
  <id/community/oasc> a cc:Community ; skos:prefLabel "Città aperte"@it, "Open Cities"@en .
  <id/source/notice> a cc:Source ; dcterms:title "L’avviso"@it .
  <id/source/list> a cc:Source ; dcterms:title "The list"@en .
  <id/city/it-vecchia> a cc:City ; skos:prefLabel "Vecchia"@it ;
    prov:invalidatedAtTime "2026-05-01T00:00:00Z"^^xsd:dateTime ; dcterms:isReplacedBy <id/city/it-messina> .
  <id/city/xx-rogue> a cc:City ; skos:prefLabel "</script><script>alert(1)</script>"@en ;
    schema:url <javascript:alert(1)> ; dcterms:description "\\u202Eevil\\u2028"@it .
}
<graph/source/list> {
  <id/city/it-messina> a cc:City .
}
<graph/inferred> {
  <id/city/it-messina> org:memberOf <id/community/oasc> ; a schema:City .
}
<graph/provenance> {
  <voc/rule/member-of> a prov:Plan ; skos:prefLabel "Membro"@it ; cc:concludes org:memberOf .
  <voc/rule/other> a prov:Plan ; cc:concludes org:memberOf ; dcterms:requires cc:Country .
}
"""


@pytest.fixture(scope="session")
def trig() -> str:
    """The data, as a file: the named graphs, and in a graph of their own the followers of the community."""
    followers = "\n".join(
        f"  <id/project/p{number:02}> dcterms:relation <id/community/oasc> ." for number in range(FOLLOWERS)
    )
    return f"{_HEAD}{_GRAPHS}<graph/source/list> {{\n{followers}\n}}\n"


@pytest.fixture(scope="session")
def engine(trig: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, LabelIndex]]:
    """An engine that holds the data, and the index of their names."""
    folder = tmp_path_factory.mktemp("things")
    file = folder / "things.trig"
    file.write_text(trig, "utf-8")
    with preview([PreviewFile(file)], BASE, union=True) as shelf:
        opened = engine_opener(load_config({"engine.workers": 1}, {}, folder))(shelf.current())
        build_index(shelf.current().default_ntriples, folder / "labels.sqlite")
        index = LabelIndex(folder / "labels.sqlite")
        yield opened, index
        index.close()
        opened.close()


Describe = Callable[..., Description]


@pytest.fixture(scope="session")
def describe_thing(engine: tuple[Engine, LabelIndex]) -> Describe:
    """Describe a thing by the end of its IRI, for a reader of some languages."""
    glossary = Glossary({expand("cc:City"): (Name("Città", "it"), Name("City", "en"))})

    def describe_it(name: str, *languages: str) -> Description:
        return describe(*engine, glossary, Terms(), BASE, f"{BASE}id/{name}", languages or ("it", "en"))

    return describe_it
