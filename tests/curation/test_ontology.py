"""The ontology, its alignments and its rules keep the promises of the design (``vocabularies.md``)."""

from __future__ import annotations

import re
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS, XSD, URIRef
from rdflib.plugins.sparql import prepareQuery

from mesmart_kg.inference import Rule, axiom_rules, close_ontology, read_rules
from mesmart_kg.inference.patterns import find_terms_read
from mesmart_kg.namespaces import CC, NAMESPACE, expand

ONTOLOGY = URIRef(NAMESPACE + "def")
QB = rdflib.Namespace(expand("qb:"))
DCTERMS = rdflib.Namespace(expand("dcterms:"))

CLASSES = {
    "City",
    "Community",
    "Country",
    "Event",
    "EventSeries",
    "Mechanism",
    "Membership",
    "Participation",
    "Project",
    "Region",
    "Source",
}


@pytest.fixture(scope="module")
def ontology(project: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(project / "ontology" / "city-communities.ttl")


@pytest.fixture(scope="module")
def alignments(project: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(project / "ontology" / "alignments.ttl")


@pytest.fixture(scope="module")
def rules(project: Path) -> tuple[Rule, ...]:
    return read_rules(project / "ontology" / "rules")


def own_terms(ontology: rdflib.Graph) -> set[URIRef]:
    return {term for term in ontology.subjects() if isinstance(term, URIRef) and term.startswith(CC)}


# -- the ontology --------------------------------------------------------------------------------------------


def test_the_ontology_has_the_eleven_classes_of_the_design(ontology: rdflib.Graph) -> None:
    assert {str(term).removeprefix(CC) for term in ontology.subjects(RDF.type, OWL.Class)} == CLASSES


def test_every_class_specialises_a_foreign_one(ontology: rdflib.Graph) -> None:
    closed = close_ontology(ontology)
    for term in ontology.subjects(RDF.type, OWL.Class):
        above = set(closed.objects(term, RDFS.subClassOf))
        assert any(not str(wide).startswith(CC) for wide in above), term


def test_every_own_term_has_one_label_and_one_comment_in_each_language(ontology: rdflib.Graph) -> None:
    for term in own_terms(ontology):
        for predicate in (RDFS.label, RDFS.comment):
            languages = [text.language for text in ontology.objects(term, predicate)]  # type: ignore[attr-defined]
            assert sorted(languages) == ["en", "it"], (term, predicate)


def test_labels_of_the_same_kind_of_term_are_all_different(ontology: rdflib.Graph) -> None:
    for language in ("it", "en"):
        labels = [
            str(label)
            for term in own_terms(ontology)
            for label in ontology.objects(term, RDFS.label)
            if isinstance(label, rdflib.Literal) and label.language == language and label[:1].isupper()
        ]
        assert len(labels) == len(set(labels))


def test_every_own_term_says_which_ontology_defines_it(ontology: rdflib.Graph) -> None:
    for term in own_terms(ontology):
        assert set(ontology.objects(term, RDFS.isDefinedBy)) == {ONTOLOGY}, term


@pytest.mark.parametrize(
    "predicate",
    [
        RDFS.domain,
        RDFS.range,
        OWL.equivalentClass,
        OWL.equivalentProperty,
        OWL.sameAs,
        OWL.imports,
        OWL.disjointWith,
    ],
)
def test_the_ontology_never_uses(ontology: rdflib.Graph, predicate: URIRef) -> None:
    assert (None, predicate, None) not in ontology


def test_the_only_transitive_property_is_within(ontology: rdflib.Graph) -> None:
    assert set(ontology.subjects(RDF.type, OWL.TransitiveProperty)) == {URIRef(CC + "within")}


def test_axioms_are_about_our_own_terms_alone(ontology: rdflib.Graph) -> None:
    """To say something of a foreign term would be to change it."""
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf, OWL.inverseOf):
        for subject in ontology.subjects(predicate):
            assert str(subject).startswith(CC), subject


def test_there_are_no_blank_nodes(ontology: rdflib.Graph, alignments: rdflib.Graph) -> None:
    for graph in (ontology, alignments):
        assert not [term for triple in graph for term in triple if isinstance(term, rdflib.BNode)]


def test_the_version_is_a_day_told_alike_everywhere(ontology: rdflib.Graph) -> None:
    version = str(ontology.value(ONTOLOGY, OWL.versionInfo))
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", version)
    assert ontology.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{version}")
    assert ontology.value(ONTOLOGY, DCTERMS.modified) == rdflib.Literal(version, datatype=XSD.date)
    assert str(ontology.value(ONTOLOGY, DCTERMS.issued)) <= version


def test_the_ontology_is_not_presented_as_a_municipality_s_own(ontology: rdflib.Graph) -> None:
    for predicate in (DCTERMS.creator, DCTERMS.publisher, DCTERMS.rightsHolder):
        assert set(ontology.objects(ONTOLOGY, predicate)) == {URIRef(CC + "maintainers")}


def test_the_national_catalogue_s_shape_for_ontologies_is_met(ontology: rdflib.Graph, shared: Path) -> None:
    shapes = rdflib.Graph().parse(shared / "vocabularies" / "dcat-ap-shapes" / "ndc-ontology.shapes.ttl")
    conforms, _, report = pyshacl.validate(ontology, shacl_graph=shapes, inference="none", advanced=True)
    assert conforms, report


def test_the_national_catalogue_s_shape_is_not_met_without_an_acronym(
    ontology: rdflib.Graph, shared: Path
) -> None:
    """So that the test above can't pass because the shape found nothing to check."""
    broken = rdflib.Graph()
    broken += ontology
    broken.remove((ONTOLOGY, URIRef(expand("admsapit:acronym")), None))
    shapes = rdflib.Graph().parse(shared / "vocabularies" / "dcat-ap-shapes" / "ndc-ontology.shapes.ttl")
    conforms, _, _ = pyshacl.validate(broken, shacl_graph=shapes, inference="none", advanced=True)
    assert not conforms


# -- the statistics ------------------------------------------------------------------------------------------


def test_each_data_set_has_a_structure_whose_components_name_one_property_each(
    project: Path, ontology: rdflib.Graph
) -> None:
    """Data sets are things of a site, under its base; their structures are terms, the same everywhere."""
    base = "https://data.example.org/"
    path = project / "data" / "concepts" / "datasets.ttl"
    things = rdflib.Graph().parse(path, publicID=base)
    data_sets = list(things.subjects(RDF.type, QB.DataSet))
    assert {str(data_set) for data_set in data_sets} == {
        f"{base}id/dataset/community-counts",
        f"{base}id/dataset/population",
    }
    for data_set in data_sets:
        structure = things.value(data_set, QB.structure)
        components = list(ontology.objects(structure, QB.component))
        assert components
        for component in components:
            properties = [
                *ontology.objects(component, QB.dimension),
                *ontology.objects(component, QB.measure),
                *ontology.objects(component, QB.attribute),
            ]
            assert len(properties) == 1, component


def test_the_ontology_holds_no_thing_of_ours(ontology: rdflib.Graph) -> None:
    """A city that builds with another base IRI uses these terms, but its things are its own."""
    assert not [term for triple in ontology for term in triple if str(term).startswith(NAMESPACE + "id/")]


def test_every_component_belongs_to_a_structure(ontology: rdflib.Graph) -> None:
    assert set(ontology.subjects(RDF.type, QB.ComponentSpecification)) == set(
        ontology.objects(None, QB.component)
    )


def test_our_measures_and_dimensions_are_declared_as_such(ontology: rdflib.Graph) -> None:
    for role, kind in ((QB.measure, QB.MeasureProperty), (QB.dimension, QB.DimensionProperty)):
        ours = {term for term in ontology.objects(None, role) if str(term).startswith(CC)}
        assert ours == {term for term in ontology.subjects(RDF.type, kind) if str(term).startswith(CC)}


# -- the alignments ------------------------------------------------------------------------------------------


def test_alignments_are_mapping_properties_and_nothing_else(alignments: rdflib.Graph) -> None:
    assert set(alignments.predicates()) <= {
        SKOS.closeMatch,
        SKOS.broadMatch,
        SKOS.narrowMatch,
        SKOS.relatedMatch,
    }


def test_no_alignment_stands_in_the_ontology_that_is_reasoned_over(ontology: rdflib.Graph) -> None:
    foreign = ("https://w3id.org/italia/onto/", expand("m8g:"))
    aligned = {
        str(value)
        for _, predicate, value in ontology
        if str(predicate).startswith(str(SKOS)) or predicate in (RDFS.seeAlso, OWL.equivalentClass)
    }
    assert not [value for value in aligned if value.startswith(foreign)]


def test_every_own_class_with_a_national_or_european_counterpart_is_aligned(alignments: rdflib.Graph) -> None:
    """Series and mechanisms have none; places, memberships, events and the rest do."""
    aligned = {str(term).removeprefix(CC) for term in alignments.subjects() if str(term).startswith(CC)}
    assert CLASSES - aligned == {"EventSeries", "Mechanism"}


def test_a_term_is_aligned_with_another_in_one_way_only(alignments: rdflib.Graph) -> None:
    pairs = [(subject, value) for subject, _, value in alignments]
    assert len(pairs) == len(set(pairs))


# -- the rules -----------------------------------------------------------------------------------------------


def test_every_rule_announces_exactly_what_its_template_concludes(rules: tuple[Rule, ...]) -> None:
    assert rules
    for rule in rules:
        template = prepareQuery(rule.query).algebra["template"]
        concluded = {
            str(value) if predicate == RDF.type else str(predicate) for _, predicate, value in template
        }
        assert set(rule.concludes) == concluded, rule.name


def test_what_a_rule_reads_is_known_so_that_a_run_can_leave_the_rest_aside(rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        assert find_terms_read(rule.query), rule.name


def test_no_rule_denies_what_another_concludes(ontology: rdflib.Graph, rules: tuple[Rule, ...]) -> None:
    """Otherwise the result would hang on the order in which the rules run."""
    everything = (*rules, *axiom_rules(close_ontology(ontology)))
    concluded = {term for rule in everything for term in rule.concludes}
    for rule in rules:
        denied = re.findall(r"(?:NOT\s+EXISTS|MINUS)\s*\{([^}]*)\}", rule.query)
        names = {name for block in denied for name in re.findall(r"[a-z0-9-]+:\w+", block)}
        assert not {expand(name) for name in names} & concluded, rule.name


def test_rules_have_words_of_their_own_in_each_language(rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
        assert rule.label_it != rule.label_en
        assert rule.comment_it.endswith(".")
        assert rule.comment_en.endswith(".")
    assert len({rule.label_it for rule in rules}) == len({rule.label_en for rule in rules}) == len(rules)


def test_shared_membership_is_no_rule(rules: tuple[Rule, ...]) -> None:
    """It grows with the square of a community: no rule may join two memberships."""
    for rule in rules:
        assert rule.query.count("a cc:Membership") <= 1, rule.name
