"""The document by which tools configure themselves, over the two towns: asked as those tools ask it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import rdflib
from flask import Flask
from inprocess import Client
from rdflib import DCAT, OWL, RDF, RDFS, VOID
from town import copy_town

from mesmart_kg import formats
from mesmart_kg.build import build
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config, EngineSettings, WebSettings
from mesmart_kg.namespaces import NAMESPACE, PREFIXES
from mesmart_kg.release import PREVIEW, Release
from mesmart_kg.store import Dataset, Quad, parse_text
from mesmart_kg.web import create_app
from mesmart_kg.web.description import AGGREGATES, FUNCTIONS
from mesmart_kg.web.naming import last_modified, release_link
from mesmart_kg.web.publication import publication_of

from .conftest import BROWSER

OpenSite = Callable[..., Flask]
Connect = Callable[[Flask], Client]

SD = rdflib.Namespace(PREFIXES["sd"])
ENDPOINT = rdflib.URIRef("http://localhost/sparql")
DATASET = rdflib.URIRef(f"{NAMESPACE}set/city-communities")
TURTLE = {"Accept": "text/turtle"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Release]:
    config = copy_town(tmp_path_factory.mktemp("town"))
    return config, build(config)


@pytest.fixture
def open_site(app: Flask, town: tuple[Config, Release]) -> OpenSite:
    """Open a site over the towns, with settings of the web; the engine is lent by the small release."""
    engine = publication_of(app).engine

    def open_it(engine_settings: EngineSettings | None = None, **settings: object) -> Flask:
        web = replace(WebSettings(), **settings)  # type: ignore[arg-type]
        config = replace(town[0], web=web, engine=engine_settings or EngineSettings())
        return create_app(config, Catalog(config.paths.releases), lambda _release: engine)

    return open_it


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make clients of sites, closed when the test ends."""
    made: list[Client] = []

    def connect_to(app: Flask) -> Client:
        made.append(Client(app))
        return made[-1]

    yield connect_to
    for each in made:
        each.close()


@pytest.fixture
def site(open_site: OpenSite, connect: Connect) -> Client:
    return connect(open_site())


@pytest.fixture
def described(site: Client) -> rdflib.Graph:
    return rdflib.Graph().parse(data=site.get("/sparql", headers=TURTLE).data, format="turtle")


@pytest.fixture
def document(site: Client) -> Dataset:
    """The description as a dataset of one graph, as an editor holds it."""
    return Dataset(parse_text(site.get("/.well-known/void", headers=TURTLE).data, formats.TURTLE))


# --- the service ---


def test_the_endpoint_describes_itself_at_the_address_that_was_asked(described: rdflib.Graph) -> None:
    assert (ENDPOINT, RDF.type, SD.Service) in described
    assert list(described.subject_objects(SD.endpoint)) == [(ENDPOINT, ENDPOINT)]
    assert (ENDPOINT, SD.supportedLanguage, SD.SPARQL11Query) in described
    told = {str(iri) for iri in described.objects(ENDPOINT, SD.resultFormat)}
    assert told == {each.iri for each in (*formats.TABLE_FORMATS, *formats.RDF_FORMATS)}


def test_terms_and_types_are_those_of_the_vocabulary(described: rdflib.Graph, shared: Path) -> None:
    """W3C's test “conforms to schema”: each property is known, and what it leads to has its range."""
    schema = rdflib.Graph().parse(shared / "vocabularies" / "w3c" / "sparql-service-description.ttl")
    used = {predicate for predicate in described.predicates() if str(predicate).startswith(str(SD))}

    assert SD.defaultGraph in used
    for predicate in used:
        assert (predicate, RDF.type, None) in schema
        for named in schema.objects(predicate, RDFS.range):
            if named not in {
                SD.Graph,
                SD.NamedGraph,
                SD.Dataset,
                SD.Function,
                SD.Aggregate,
                SD.EntailmentRegime,
            }:
                continue
            for value in described.objects(None, predicate):
                assert (value, RDF.type, named) in described, (predicate, value)


def test_each_graph_is_named_with_its_size_and_so_is_the_graph_of_the_description(
    described: rdflib.Graph, town: tuple[Config, Release]
) -> None:
    sizes = {
        str(described.value(entry, SD.name)): int(
            str(described.value(described.value(entry, SD.graph), VOID.triples))
        )
        for entry in described.objects(None, SD.namedGraph)
    }
    metadata = rdflib.Graph().parse(town[1].metadata)

    assert sizes == {**town[1].manifest.figures["graphs"], f"{NAMESPACE}graph/metadata": len(metadata)}


def test_federated_queries_are_promised_only_where_they_are_allowed(
    open_site: OpenSite, connect: Connect
) -> None:
    settings = EngineSettings(services=("https://example.org/sparql",))
    sites = map(connect, (open_site(), open_site(settings)))
    answers = [site.get("/sparql", headers=TURTLE).text for site in sites]

    assert ["sd:BasicFederatedQuery" in answer for answer in answers] == [False, True]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda iri: iri.rpartition("/")[2])
def test_a_function_that_is_promised_gives_a_value(app: Flask, function: str) -> None:
    engine = publication_of(app).engine
    point = '"POINT Z (1 1 1)"^^geo:wktLiteral' if function[-1] == "Z" else '"POINT (1 1)"^^geo:wktLiteral'
    unit, crs = (
        f"<http://www.opengis.net/def/{name}>" for name in ("uom/OGC/1.0/metre", "crs/OGC/1.3/CRS84")
    )
    signatures = ("{0}", "{0}, {0}", "{0}, {0}, {1}", "{0}, 1", "{0}, 1, {1}", "{0}, {2}")
    calls = "".join(
        f"BIND(<{function}>({signature.format(point, unit, crs)}) AS ?v{number})"
        for number, signature in enumerate(signatures)
    )
    answer = engine.select(f"PREFIX geo: <{PREFIXES['geo']}> SELECT * {{ {calls} }}")

    assert any(answer.rows), "an unknown function leaves every variable without a value"


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda iri: iri.rpartition("/")[2])
def test_an_aggregate_that_is_promised_gives_a_value(app: Flask, aggregate: str) -> None:
    engine = publication_of(app).engine
    point = f'"POINT (1 1)"^^<{PREFIXES["geo"]}wktLiteral>'
    answer = engine.select(f"SELECT (<{aggregate}>(?point) AS ?all) {{ BIND({point} AS ?point) }}")

    assert any(answer.rows)


# --- what tools ask ---


def test_an_editor_finds_the_prefixes(document: Dataset) -> None:
    rows = document.select(
        """PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT ?prefix ?namespace { [] sh:prefix ?prefix ; sh:namespace ?namespace }"""
    )

    assert {row["prefix"].value: row["namespace"].value for row in rows} == dict(PREFIXES)


def test_an_editor_finds_the_example_queries_and_where_to_ask_them(document: Dataset) -> None:
    rows = document.select(
        """PREFIX sh: <http://www.w3.org/ns/shacl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX schema: <https://schema.org/>
        SELECT DISTINCT ?query ?comment ?text ?target {
          ?query a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct ?text ;
            schema:target ?target }"""
    )
    found = {(row["comment"].value, row["target"].value): row["text"].value for row in rows}

    text = found["The towns of the League", str(ENDPOINT)]
    assert text.startswith("SELECT ?town WHERE")
    assert ("Le città della Lega", f"{NAMESPACE}sparql") in found


def test_an_editor_finds_which_properties_a_class_has_and_where_they_lead(document: Dataset) -> None:
    """The shape of the question that SIB's editor asks to complete a query."""
    rows = document.select(
        """PREFIX void: <http://rdfs.org/ns/void#>
        PREFIX void-ext: <http://ldf.fi/void-ext#>
        SELECT DISTINCT ?class ?property ?end {
          ?of void:class ?class ; void:propertyPartition ?part .
          ?part void:property ?property .
          { ?part void:classPartition [ void:class ?end ] }
          UNION { ?part void-ext:datatypePartition [ void-ext:datatype ?end ] } }"""
    )
    found = {tuple(row[name].value for name in ("class", "property", "end")) for row in rows}

    city = PREFIXES["cc"] + "City"
    assert (city, PREFIXES["skos"] + "prefLabel", PREFIXES["rdf"] + "langString") in found
    assert any(end == city for _, _, end in found)


def test_a_federating_engine_finds_the_figures_of_the_default_graph(
    described: rdflib.Graph, town: tuple[Config, Release]
) -> None:
    """Comunica estimates from the default graph of the default dataset of the service, and from no other."""
    dataset = described.value(ENDPOINT, SD.defaultDataset)
    default = described.value(dataset, SD.defaultGraph)
    figures = town[1].manifest.figures
    partitions = {
        str(described.value(part, VOID.property)): int(str(described.value(part, VOID.triples)))
        for part in described.objects(default, VOID.propertyPartition)
    }

    assert int(str(described.value(default, VOID.triples))) == figures["triples"]
    assert partitions == figures["properties"]
    assert described.value(default, VOID.uriSpace) is None, "a namespace would seem to be all there is"
    assert described.value(dataset, OWL.versionInfo) == rdflib.Literal(town[1].id)


def test_readers_that_stream_meet_the_service_before_its_graphs(site: Client) -> None:
    nquads = site.get("/sparql", headers={"Accept": "application/n-quads"}).data
    quads: Sequence[Quad] = list(parse_text(nquads, formats.NQUADS))
    places: dict[str, int] = {}
    for place, quad in enumerate(quads):
        places.setdefault(quad.predicate.value.removeprefix(str(SD)), place)

    assert places["endpoint"] < places["defaultDataset"] < places["defaultGraph"] < places["namedGraph"]


def test_the_description_joins_the_service_with_the_dataset_without_blank_nodes(
    described: rdflib.Graph,
) -> None:
    assert (DATASET, VOID.sparqlEndpoint, ENDPOINT) in described
    assert (DATASET, RDF.type, DCAT.Dataset) in described
    assert not [node for triple in described for node in triple if isinstance(node, rdflib.BNode)]


# --- over HTTP ---


@pytest.mark.parametrize("format", formats.RDF_FORMATS, ids=lambda each: each.name)
def test_it_is_the_same_at_the_endpoint_and_where_crawlers_look(site: Client, format: formats.Format) -> None:
    headers = {"Accept": format.media_type}
    answers = [site.get(path, headers=headers) for path in ("/sparql", "/.well-known/void")]
    again = site.get("/sparql", headers=headers | {"If-None-Match": answers[1].headers["ETag"]})

    assert answers[0].data == answers[1].data
    assert answers[0].headers["Content-Type"].startswith(format.media_type)
    assert (again.status_code, again.data) == (304, b"")
    assert len(list(parse_text(answers[0].data, format))) > 500


@pytest.mark.parametrize("path", ["/sparql", "/"])
def test_who_takes_pages_too_but_likes_rdf_better_gets_rdf(site: Client, path: str) -> None:
    """Comunica reads RDF within pages as well, and says so; a browser takes anything, after HTML."""
    accept = "application/n-quads, text/turtle;q=0.6, text/html;q=0.2, application/json;q=0.135"
    response = site.get(path, headers={"Accept": accept})

    if path == "/":
        assert (response.status_code, response.headers["Location"]) == (303, "/.well-known/void")
    else:
        assert response.headers["Content-Type"] == "application/n-quads"
    assert site.get(path, headers=BROWSER).headers["Content-Type"].startswith("text/html")


def test_it_is_packed_for_those_who_can_unpack(site: Client) -> None:
    plain, packed = (
        site.get("/sparql", headers={**TURTLE, "Accept-Encoding": coding})
        for coding in ("identity", "br, gzip")
    )

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 5
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_it_names_the_release_that_it_is_of(site: Client, town: tuple[Config, Release]) -> None:
    headers = site.get("/.well-known/void").headers

    assert headers["Link"].startswith(f"</set/city-communities/{town[1].id}>; rel=")
    assert headers["Last-Modified"] == "Sun, 03 May 2026 00:00:00 GMT"
    by_date = site.get("/.well-known/void", headers={"If-Modified-Since": headers["Last-Modified"]})
    assert by_date.status_code == 200, "another release may be of the same day"


def test_the_address_that_is_set_counts_and_not_the_one_that_a_stranger_names(
    open_site: OpenSite, connect: Connect
) -> None:
    asked, known = connect(open_site()), connect(open_site(public_url="https://dati.example.it/reti/"))
    headers = TURTLE | {"Host": "stranger.example"}
    by_host, by_setting = (each.get("/sparql", headers=headers) for each in (asked, known))

    assert "<http://stranger.example/sparql> a sd:Service" in by_host.text
    assert by_host.headers["Cache-Control"] == "no-cache"
    assert "<https://dati.example.it/reti/sparql> a sd:Service" in by_setting.text
    assert "stranger.example" not in by_setting.text
    assert by_setting.headers["Cache-Control"].startswith("public, max-age=")
    assert by_setting.headers["Link"].startswith("<https://dati.example.it/reti/set/city-communities/")
    assert by_host.headers["ETag"] != asked.get("/sparql", headers=TURTLE).headers["ETag"]


@pytest.mark.parametrize("host", ["a b", "x><y", "evil/path", 'a"b'])
def test_a_host_that_is_none_is_refused(site: Client, host: str) -> None:
    response = site.get("/sparql", headers=TURTLE | {"Host": host})

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"


def test_strangers_who_make_up_hosts_do_not_fill_the_memory(open_site: OpenSite, connect: Connect) -> None:
    app = open_site()
    site = connect(app)
    for number in range(20):
        assert site.get("/sparql", headers=TURTLE | {"Host": f"h{number}.example"}).status_code == 200

    assert len(app.extensions["mesmart.descriptions"]) <= 2 * len(formats.RDF_FORMATS)


def test_a_preview_is_told_apart(app: Flask, town: tuple[Config, Release], connect: Connect) -> None:
    config, release = town
    manifest = replace(release.manifest, kind=PREVIEW)

    class OnePreview(Catalog):
        def current(self) -> Release:
            return Release(release.path, manifest)

    engine = publication_of(app).engine
    site = connect(create_app(config, OnePreview(config.paths.releases), lambda _release: engine))
    graph = rdflib.Graph().parse(data=site.get("/sparql", headers=TURTLE).data, format="turtle")
    labels = {label.language: str(label) for label in graph.objects(ENDPOINT, RDFS.label)}  # type: ignore[attr-defined]

    assert labels["en"].startswith("Preview")
    assert labels["it"].startswith("Anteprima")
    names = {str(name) for name in graph.objects(None, SD.name)}
    assert f"{NAMESPACE}graph/metadata" not in names


def test_examples_are_found_where_their_readers_look(site: Client) -> None:
    response = site.get("/.well-known/sparql-examples/")

    assert (response.status_code, response.headers["Location"]) == (303, "/.well-known/void")


# --- names ---


def test_no_answer_is_dated_later_than_now(town: tuple[Config, Release]) -> None:
    now = datetime(2026, 5, 1, 10, 30, tzinfo=UTC)
    later = replace(town[1], manifest=replace(town[1].manifest, day=date(2999, 1, 1)))

    assert last_modified(town[1], now) == "Fri, 01 May 2026 10:30:00 GMT"
    assert not last_modified(later).endswith("2999 00:00:00 GMT")


def test_a_link_is_made_of_characters_that_a_header_can_hold(
    app: Flask, town: tuple[Config, Release]
) -> None:
    config = replace(town[0], web=replace(town[0].web, public_url="https://città.example/è/"))

    link = release_link(replace(publication_of(app), config=config, release=town[1]))
    assert link.isascii()
    assert link.startswith("<https://xn--citt-3na.example/%C3%A8/set/")


# --- robots ---


def test_robots_are_told_where_everything_is_and_what_has_no_end(site: Client) -> None:
    response = site.get("/robots.txt")

    assert response.headers["Content-Type"].startswith("text/plain")
    assert "/dumps/default.ttl.gz" in response.text
    for path in ("/sparql?", "/sparql-graphs", "/graph/", "/-/"):
        assert f"\nDisallow: {path}\n" in response.text
    assert "\nDisallow: /\n" not in response.text
    assert site.get("/dumps/default.ttl.gz", headers=BROWSER).status_code == 302
