"""What we say of the data: provenance of each graph, and a description that the profiles' shapes accept."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import rdflib
from rdflib import DCAT, RDF, RDFS, SH, VOID, XSD
from surveying import count_dataset, survey_dataset
from town import copy_town

from mesmart_kg import formats, validation
from mesmart_kg.build import build
from mesmart_kg.metadata import (
    Site,
    describe_dataset,
    find_examples,
    find_period,
    measure,
    provenance_quads,
    select_catalogue,
)
from mesmart_kg.namespaces import PREFIXES, GraphNames, expand
from mesmart_kg.release import Release
from mesmart_kg.store import Dataset, Literal, NamedNode, Quad, parse, serialize

NAMES = GraphNames()
BASE = NAMES.base
SITE = Site("Lega", "lega", "Lega", "lega@example.org", "Le città della Lega", "The towns of the League")
DAY = date(2026, 5, 3)
DATASET = rdflib.URIRef(BASE + "set/city-communities")
DQV = rdflib.Namespace(PREFIXES["dqv"])
VOID_EXT = rdflib.Namespace(PREFIXES["void-ext"])
SPDX = rdflib.Namespace(PREFIXES["spdx"])


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the two towns."""
    return build(copy_town(tmp_path_factory.mktemp("town")))


@pytest.fixture(scope="module")
def described(release: Release) -> rdflib.Graph:
    """Its graph/metadata, as it is published."""
    return rdflib.Graph().parse(release.metadata, format="turtle")


@pytest.fixture(scope="module")
def with_authorities(described: rdflib.Graph, shared: Path) -> rdflib.Graph:
    """The description and the tables of the EU, to which the shapes of DCAT-AP refer."""
    graph = rdflib.Graph()
    graph += described
    folder = shared / "vocabularies"
    for file in (*sorted((folder / "eu-authority").glob("*.ttl")), folder / "other" / "spdx-2.3.ttl"):
        graph.parse(file)
    return graph


def violations(graph: rdflib.Graph, shapes: Path) -> list[validation.Finding]:
    rules = validation.read_shapes([shapes])
    return list(validation.validate_graph(graph, rules, "urn:report").violations)


@pytest.mark.parametrize(
    "name",
    [
        "dcat-ap-it-2.0.shapes",
        "dcat-ap-3.0.1.shapes",
        "dcat-ap-3.0.1.modular-shapes",
        "dcat-ap-3.0.1.modular-range",
    ],
)
def test_the_description_meets_the_profile(with_authorities: rdflib.Graph, shared: Path, name: str) -> None:
    assert violations(with_authorities, shared / "vocabularies" / "dcat-ap-shapes" / f"{name}.ttl") == []


@pytest.fixture(scope="module")
def harvested(release: Release, shared: Path) -> rdflib.Graph:
    """What /catalog.rdf gives, read as a harvester does, and the tables of the EU."""
    catalogue = BASE + "set/catalog"
    triples = select_catalogue((quad.triple for quad in parse(release.metadata, formats.TURTLE)), catalogue)
    graph = rdflib.Graph().parse(data=serialize(triples, formats.RDFXML, PREFIXES), format="xml")
    folder = shared / "vocabularies"
    for file in (*sorted((folder / "eu-authority").glob("*.ttl")), folder / "other" / "spdx-2.3.ttl"):
        graph.parse(file)
    return graph


@pytest.mark.parametrize(
    "name",
    [
        "dcat-ap-it-2.0.shapes",
        "dcat-ap-3.0.1.shapes",
        "dcat-ap-3.0.1.modular-shapes",
        "dcat-ap-3.0.1.modular-range",
    ],
)
def test_the_catalogue_that_is_harvested_meets_the_profile(
    harvested: rdflib.Graph, shared: Path, name: str
) -> None:
    assert violations(harvested, shared / "vocabularies" / "dcat-ap-shapes" / f"{name}.ttl") == []


def test_of_what_is_harvested_too_only_the_known_error_of_the_shapes_remains(
    harvested: rdflib.Graph, shared: Path
) -> None:
    shapes = shared / "vocabularies" / "dcat-ap-shapes" / "dcat-ap-3.0.1.controlled-vocabularies.ttl"
    found = violations(harvested, shapes)

    assert {(each.value or each.focus).strip("<>") for each in found} == {str(SPDX.checksumAlgorithm_sha256)}


def test_a_harvester_finds_one_dataset_with_its_files_agents_and_licence(harvested: rdflib.Graph) -> None:
    """As CKAN's harvesters read: each dcat:Dataset is one to list, and what it names is described."""
    dcatapit = rdflib.Namespace(PREFIXES["dcatapit"])

    assert list(harvested.subjects(RDF.type, DCAT.Dataset)) == [DATASET]
    assert (DATASET, RDF.type, dcatapit.Dataset) in harvested
    assert not any(isinstance(node, rdflib.BNode) for node in harvested.objects(DATASET))
    for role in ("publisher", "rightsHolder"):
        agent = harvested.value(DATASET, rdflib.DCTERMS[role])
        assert len(list(harvested.objects(agent, rdflib.FOAF.name))) == 1
        assert harvested.value(agent, rdflib.DCTERMS.identifier)
    contact = harvested.value(DATASET, DCAT.contactPoint)
    assert harvested.value(contact, rdflib.Namespace(PREFIXES["vcard"]).hasEmail)
    files = list(harvested.objects(DATASET, DCAT.distribution))
    assert len(files) > 5
    for file in files:
        assert harvested.value(file, DCAT.downloadURL) or harvested.value(file, DCAT.accessURL)
        assert str(harvested.value(file, rdflib.DCTERMS["format"])).startswith(PREFIXES["at"] + "file-type/")
        licence = harvested.value(file, rdflib.DCTERMS.license)
        assert harvested.value(licence, rdflib.FOAF.name)
        assert harvested.value(licence, rdflib.DCTERMS.type)


def test_of_the_controlled_vocabularies_only_the_known_error_of_the_shapes_remains(
    with_authorities: rdflib.Graph, shared: Path
) -> None:
    """The published file wants SPDX's algorithms under https, where SPDX itself has http."""
    shapes = shared / "vocabularies" / "dcat-ap-shapes" / "dcat-ap-3.0.1.controlled-vocabularies.ttl"
    algorithm = str(SPDX.checksumAlgorithm_sha256)

    found = violations(with_authorities, shapes)

    assert {(finding.value or finding.focus).strip("<>") for finding in found} == {algorithm}


def test_each_file_is_a_distribution_with_the_checksum_and_size_it_has(
    release: Release, described: rdflib.Graph
) -> None:
    files = {entry.path: entry for entry in release.manifest.files}
    seen = 0
    for node, url in described.subject_objects(DCAT.downloadURL):
        entry = files[f"dumps/{str(url).rpartition('/')[2]}"]
        size = rdflib.Literal(str(entry.bytes), datatype=XSD.nonNegativeInteger)
        assert (node, DCAT.byteSize, size) in described
        checksum = described.value(node, SPDX.checksum)
        assert str(described.value(checksum, SPDX.checksumValue)) == entry.sha256
        seen += 1
    dumps = [
        path for path in files if path.startswith("dumps/") and not path.endswith(("SHA256SUMS", ".json"))
    ]
    assert seen == len(dumps)


def test_void_counts_what_is_there(release: Release, described: rdflib.Graph) -> None:
    figures = release.manifest.figures

    assert described.value(DATASET, VOID.triples) == rdflib.Literal(figures["triples"])
    assert described.value(DATASET, VOID.entities) == rdflib.Literal(figures["entities"])
    sizes = {
        str(described.value(node, VOID["class"])): int(str(described.value(node, VOID.entities)))
        for node in described.objects(DATASET, VOID.classPartition)
    }
    assert sizes == figures["classes"]
    assert sizes[expand("cc:City")] == 2
    assert sizes[expand("schema:City")] == 2, "inferred types count"


def test_class_partitions_tell_which_properties_lead_where_and_how_often(
    release: Release, described: rdflib.Graph
) -> None:
    data = rdflib.Graph().parse(data=gzip.decompress(release.default_ntriples.read_bytes()), format="nt")
    expected: Counter[tuple[str, ...]] = Counter()
    for subject, predicate, value in data:
        for its_class in data.objects(subject, RDF.type):
            use = str(its_class), str(predicate)
            expected[use] += 1
            for end in data.objects(value, RDF.type):
                expected[*use, "class", str(end)] += 1
            if isinstance(value, rdflib.Literal):
                datatype = RDF.langString if value.language else value.datatype or XSD.string
                expected[*use, "datatype", str(datatype)] += 1

    assert read_uses(described) == expected
    assert expected[expand("cc:City"), expand("skos:prefLabel"), "datatype", str(RDF.langString)] > 0


def read_uses(described: rdflib.Graph) -> Counter[tuple[str, ...]]:
    told: Counter[tuple[str, ...]] = Counter()

    def triples(node: rdflib.term.Node) -> int:
        return int(str(described.value(node, VOID.triples)))

    for whole in described.objects(DATASET, VOID.classPartition):
        for part in described.objects(whole, VOID.propertyPartition):
            use = (str(described.value(whole, VOID["class"])), str(described.value(part, VOID.property)))
            told[use] += triples(part)
            for end in described.objects(part, VOID.classPartition):
                told[*use, "class", str(described.value(end, VOID["class"]))] += triples(end)
            for end in described.objects(part, VOID_EXT.datatypePartition):
                told[*use, "datatype", str(described.value(end, VOID_EXT.datatype))] += triples(end)
    return told


def test_property_partitions_count_what_stands_on_either_side(
    release: Release, described: rdflib.Graph
) -> None:
    data = rdflib.Graph().parse(data=gzip.decompress(release.default_ntriples.read_bytes()), format="nt")
    parts = list(described.objects(DATASET, VOID.propertyPartition))

    assert len(parts) == len(set(data.predicates()))
    for part in parts:
        sides = list(data.subject_objects(described.value(part, VOID.property)))
        subjects, objects = (
            described.value(part, VOID[f"distinct{name}"]) for name in ("Subjects", "Objects")
        )
        assert int(str(subjects)) == len({subject for subject, _ in sides})
        assert int(str(objects)) == len({value for _, value in sides})


def test_every_property_and_class_stands_in_a_vocabulary_that_is_named(
    release: Release, described: rdflib.Graph
) -> None:
    """A federating engine leaves out a source for terms of other vocabularies than it names."""
    vocabularies = tuple(map(str, described.objects(DATASET, VOID.vocabulary)))

    for term in (*release.manifest.figures["properties"], *release.manifest.figures["classes"]):
        assert term.startswith(vocabularies)


def test_terms_without_a_prefix_have_partitions_of_their_own() -> None:
    graph = NamedNode(NAMES.source("notice"))
    properties = [NamedNode(f"https://example.org/a{sign}b") for sign in "/#"]
    dataset = Dataset(Quad(graph, each, graph, graph) for each in properties)
    surveyed = survey_dataset(dataset, NAMES)
    counts = count_dataset(dataset, surveyed, NAMES)
    quads = describe_dataset(SITE, "one", DAY, counts, measure(dataset, surveyed, DAY, 0, 0), ())
    told = [quad for quad in quads if quad.predicate.value == str(VOID.property)]

    assert len({quad.subject for quad in told}) == 2
    vocabularies = {quad.object for quad in quads if quad.predicate.value == str(VOID.vocabulary)}
    assert {NamedNode("https://example.org/a/"), NamedNode("https://example.org/a#")} <= vocabularies


def test_the_named_queries_are_examples_with_the_prefixes_of_the_project(described: rdflib.Graph) -> None:
    example = rdflib.URIRef(BASE + "queries/towns")
    comments = {text.language: str(text) for text in described.objects(example, RDFS.comment)}  # type: ignore[attr-defined]
    declared = {
        str(described.value(node, SH.prefix)): str(described.value(node, SH.namespace))
        for node in described.objects(described.value(example, SH.prefixes), SH.declare)
    }

    assert (example, RDF.type, SH.SPARQLExecutable) in described
    assert (example, RDF.type, SH.SPARQLSelectExecutable) in described
    assert str(described.value(example, SH.select)).startswith("SELECT ?town")
    assert comments == {"it": "Le città della Lega", "en": "The towns of the League"}
    assert declared == dict(PREFIXES)


def test_the_description_has_no_blank_nodes(described: rdflib.Graph) -> None:
    assert not [node for triple in described for node in triple if isinstance(node, rdflib.BNode)]


def test_each_term_of_the_description_is_one_that_its_vocabulary_has(
    described: rdflib.Graph, shared: Path
) -> None:
    # VoID has no word for datatypes; http://ldf.fi/void-ext, which adds these two, is not among the files.
    known = {expand("void-ext:datatypePartition"), expand("void-ext:datatype")}
    for file in sorted((shared / "vocabularies").rglob("*.ttl")):
        if file.parent.name in {"w3c", "other", "eu", "italia"}:
            subjects = (quad.subject for quad in parse(file, formats.TURTLE, "https://example.org/"))
            known.update(subject.value for subject in subjects if isinstance(subject, NamedNode))
    used = {str(term) for term in (*described.predicates(), *described.objects(None, RDF.type))}

    assert used - known == set()


def test_quality_is_measured_in_four_dimensions_and_gaps_are_told(described: rdflib.Graph) -> None:
    values = {
        str(described.value(node, DQV.isMeasurementOf)).rpartition("-")[2]: str(
            described.value(node, DQV.value)
        )
        for node in described.objects(DATASET, DQV.hasQualityMeasurement)
    }

    assert values == {
        "completeness": "1.0000",
        "accuracy": values["accuracy"],
        "consistency": "0",
        "currentness": "32",
    }
    assert 0 < float(values["accuracy"]) < 1, "the rumour confirms one statement of the notice"
    texts = {str(text) for text in described.objects(None, RDF.value)}
    assert any("League: cities by one source 3, named here 1." in text for text in texts)
    assert any("Lega: città secondo una fonte 3, nominate qui 1." in text for text in texts)


def test_links_are_counted_by_target_and_predicate() -> None:
    links = NamedNode(NAMES.links)
    exact, close = NamedNode(expand("skos:exactMatch")), NamedNode(expand("skos:closeMatch"))
    wikidata = [NamedNode(expand(f"wd:Q{number}")) for number in (1, 2)]
    quads = [Quad(NamedNode(f"{BASE}id/city/a"), exact, target, links) for target in wikidata]
    quads.append(Quad(NamedNode(f"{BASE}id/city/a"), close, NamedNode("https://sws.geonames.org/7/"), links))

    counted = survey_dataset(Dataset(quads), NAMES).links

    assert [(link.target, link.predicate, link.triples) for link in counted] == [
        (expand("wd:"), exact.value, 2),
        ("https://sws.geonames.org/", close.value, 1),
    ]


@pytest.fixture
def provenance() -> Dataset:
    """Two source graphs, of which one names a licence and what it is compiled from, and an inferred graph."""
    graph = NamedNode(NAMES.provenance)
    notice, table = (NamedNode(f"{BASE}id/source/{name}") for name in ("notice", "table"))
    told = [
        Quad(notice, NamedNode(expand("dcterms:title")), Literal("Avviso", language="it"), graph),
        Quad(table, NamedNode(expand("dcterms:license")), NamedNode("https://example.org/licence"), graph),
        Quad(table, NamedNode(expand("schema:creditText")), Literal("© Table"), graph),
        Quad(table, NamedNode(expand("prov:wasDerivedFrom")), notice, graph),
    ]
    facts = [Quad(notice, graph, notice, NamedNode(name)) for name in map(NAMES.source, ("notice", "table"))]
    dataset = Dataset([*told, *facts, Quad(notice, graph, notice, NamedNode(NAMES.inferred))])
    rules = ["https://example.org/rule/one"]
    dataset.add(list(provenance_quads(dataset, dataset.graph_names(), SITE, DAY, rules)))
    return dataset


def values(dataset: Dataset, subject: str, predicate: str) -> set[str]:
    graph = [quad for quad in dataset.quads(NAMES.provenance) if quad.subject == NamedNode(subject)]
    return {getattr(quad.object, "value", "") for quad in graph if quad.predicate.value == expand(predicate)}


def test_each_graph_has_one_entry_with_time_author_and_licence(provenance: Dataset) -> None:
    for graph in (*map(NAMES.source, ("notice", "table")), NAMES.inferred, NAMES.provenance, NAMES.metadata):
        assert values(provenance, graph, "prov:generatedAtTime") == {"2026-05-03T00:00:00Z"}
        assert values(provenance, graph, "prov:wasAttributedTo") == {SITE.publisher_iri}
        assert values(provenance, graph, "dcterms:license") == {SITE.licence_iri}


def test_the_graph_of_a_source_names_it_and_repeats_the_credit_it_asks_for(provenance: Dataset) -> None:
    table = NAMES.source("table")

    assert values(provenance, table, "prov:hadPrimarySource") == {BASE + "id/source/table"}
    assert values(provenance, BASE + "id/source/table", "dcterms:license") == {"https://example.org/licence"}
    assert values(provenance, table, "schema:creditText") == {"© Table"}
    assert values(provenance, table, "prov:wasDerivedFrom") == {BASE + "id/source/notice"}


def test_the_rules_behind_the_inferred_graph_are_found_by_query(provenance: Dataset) -> None:
    rows = provenance.select(
        """PREFIX prov: <http://www.w3.org/ns/prov#>
        SELECT ?rule { ?graph prov:wasGeneratedBy/prov:qualifiedAssociation/prov:hadPlan ?rule }"""
    )

    assert [row["rule"].value for row in rows] == ["https://example.org/rule/one"]


def test_creative_commons_is_named_as_catalogues_do() -> None:
    site = Site(
        "L", "l", "L", "l@example.org", "T", "T", licence="https://creativecommons.org/licenses/by/4.0/"
    )

    assert site.licence_iri == "http://creativecommons.org/licenses/by/4.0/"


def test_period_and_examples_are_drawn_from_the_data() -> None:
    graph, event = NamedNode(NAMES.source("notice")), NamedNode(BASE + "id/event/fair")
    year = NamedNode(expand("xsd:gYear"))
    dataset = Dataset(
        [
            Quad(event, NamedNode(expand("rdf:type")), NamedNode(expand("cc:Event")), graph),
            Quad(event, NamedNode(expand("schema:startDate")), Literal("2015", datatype=year), graph),
            Quad(event, NamedNode(expand("schema:endDate")), Literal("2021", datatype=year), graph),
        ]
    )

    assert find_period(dataset) == ("2015", "2021")
    assert find_examples(dataset) == (event.value,)
    assert find_period(Dataset()) is None


def test_an_empty_dataset_is_measured_without_dividing_by_nothing() -> None:
    quality = measure(Dataset(), survey_dataset(Dataset(), NAMES), DAY, violations=0, warnings=0)

    assert (quality.dated_memberships, quality.confirmed_facts, quality.gaps) == (0.0, 0.0, ())


def test_severities_of_the_profiles_are_those_the_test_looks_for(shared: Path) -> None:
    """Guard against a shapes file that would let everything pass: each does ask for something."""
    for file in sorted((shared / "vocabularies" / "dcat-ap-shapes").glob("dcat-ap-*shapes.ttl")):
        shapes = rdflib.Graph().parse(file)
        assert Counter(predicate for predicate in shapes.predicates())[SH.property] > 5
