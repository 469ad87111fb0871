"""Inference on small graphs that a reader can hold in the head, and against owlrl's own closure."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import owlrl
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS

from mesmart_kg import formats
from mesmart_kg.errors import RuleError
from mesmart_kg.facts import read_facts
from mesmart_kg.inference import (
    Rule,
    axiom_rules,
    close_ontology,
    describe_rules,
    infer,
    read_rules,
)
from mesmart_kg.inference.rules import find_terms_read
from mesmart_kg.namespaces import CC, NAMESPACE, PREFIXES, GraphNames, expand
from mesmart_kg.store import (
    BlankNode,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    Triple,
    parse_text,
    serialize,
)

NAMES = GraphNames()
EX = "https://example.org/"
HEADER = (
    "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()) + f"@prefix : <{EX}> .\n"
)

PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items()) + f"PREFIX : <{EX}>\n"

SMALL_ONTOLOGY = """
    :Town a owl:Class ; rdfs:subClassOf :Place .
    :Place a owl:Class ; rdfs:subClassOf :Thing .
    :in a owl:TransitiveProperty ; rdfs:subPropertyOf :near ; owl:inverseOf :holds .
    :near a owl:SymmetricProperty ; rdfs:label "vicino a"@it , "near"@en .
"""

# Messina lies in Sicily, Sicily in Italy: told by two sources, the second told once more by a third.
SMALL_FACTS = """
    GRAPH :a { :messina a :Town ; :in :sicily }
    GRAPH :b { :sicily a :Place ; :in :italy }
    GRAPH :c { :sicily :in :italy . :messina :founded "2010" }
"""


@pytest.fixture(scope="module")
def ontology(project: Path) -> rdflib.Graph:
    """The ontology of the project as it is written."""
    return rdflib.Graph().parse(project / "ontology" / "city-communities.ttl")


@pytest.fixture(scope="module")
def conclude(project: Path, ontology: rdflib.Graph) -> Callable[[str], set[str]]:
    """From facts in TriG to what the project's axioms and rules make of them."""
    rules = (*axiom_rules(close_ontology(ontology)), *read_rules(project / "ontology" / "rules"))

    def conclude_from(facts: str) -> set[str]:
        dataset = dataset_of(facts)
        infer(dataset, rules, NAMES.inferred)
        return inferred(dataset)

    return conclude_from


def dataset_of(trig: str) -> Dataset:
    return Dataset(parse_text(HEADER + trig, formats.TRIG))


def ontology_of(turtle: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=HEADER + turtle, format="turtle")


def rules_of(turtle: str) -> tuple[Rule, ...]:
    return axiom_rules(close_ontology(ontology_of(turtle)))


def rule(query: str, *concludes: str, name: str = "test") -> Rule:
    return Rule(name, "it", "en", "it", "en", PROLOGUE + query, concludes)


def graph_of(dataset: Dataset, *graphs: str) -> rdflib.Graph:
    """The merge of some named graphs, for rdflib."""
    triples = {quad.triple for graph in graphs for quad in dataset.quads(graph)}
    return rdflib.Graph().parse(data=serialize(triples, formats.NTRIPLES), format="nt")


def inferred(dataset: Dataset) -> set[str]:
    """What stands in the inferred graph, a short line each."""
    return {
        " ".join(_short(term) for term in (quad.subject, quad.predicate, quad.object))
        for quad in dataset.quads(NAMES.inferred)
    }


def _short(term: NamedNode | BlankNode | Literal | Triple) -> str:
    assert not isinstance(term, Triple)
    return "a" if term == NamedNode(expand("rdf:type")) else term.value.removeprefix(EX)


# -- closing the ontology ----------------------------------------------------------------------------------


def test_closing_finds_the_class_above_the_class_above() -> None:
    ontology = ontology_of(SMALL_ONTOLOGY)
    added = close_ontology(ontology) - ontology
    assert (rdflib.URIRef(EX + "Town"), RDFS.subClassOf, rdflib.URIRef(EX + "Thing")) in added


def test_closing_leaves_its_argument_alone() -> None:
    ontology = ontology_of(SMALL_ONTOLOGY)
    before = set(ontology)
    close_ontology(ontology)
    assert set(ontology) == before


def test_closing_keeps_the_whole_ontology_labels_included() -> None:
    ontology = ontology_of(SMALL_ONTOLOGY)
    assert set(ontology) <= set(close_ontology(ontology))


def test_closing_adds_nothing_that_holds_of_anything(ontology: rdflib.Graph) -> None:
    added = close_ontology(ontology) - ontology
    # Of the four hundred statements that owlrl adds, this is the only one that says something.
    event_series = rdflib.URIRef(expand("cc:EventSeries"))
    assert set(added) == {(event_series, RDFS.subClassOf, rdflib.URIRef(expand("schema:Event")))}


@pytest.mark.parametrize(
    ("axiom", "name"),
    [
        (":in a owl:FunctionalProperty .", "owl:FunctionalProperty"),
        (":in rdfs:domain :Town .", "rdfs:domain"),
        (":in rdfs:range :Town .", "rdfs:range"),
        (":Town owl:equivalentClass :Comune .", "owl:equivalentClass"),
        (":Town rdfs:subClassOf :Comune . :Comune rdfs:subClassOf :Town .", "owl:equivalentClass"),
        (":messina owl:sameAs :zancle .", "owl:sameAs"),
        (":in owl:propertyChainAxiom ( :near :in ) .", "owl:propertyChainAxiom"),
        (":Town rdfs:subClassOf [ a owl:Restriction ] .", "owl:Restriction"),
    ],
)
def test_an_axiom_that_no_rule_is_made_of_is_refused_by_name(axiom: str, name: str) -> None:
    with pytest.raises(RuleError, match=name):
        rules_of(axiom)


def test_a_class_without_an_iri_is_refused() -> None:
    with pytest.raises(RuleError, match="must be said of IRIs"):
        rules_of(":Town rdfs:subClassOf [ rdfs:label 'something' ] .")


def test_axiom_rules_carry_words_in_both_languages_and_announce_what_they_conclude() -> None:
    by_name = {rule.name: rule for rule in rules_of(SMALL_ONTOLOGY.replace(":near", "cc:near"))}
    symmetric = by_name["symmetric-cc-near"]
    assert symmetric.label_it == "vicino a (cc:near) vale nei due versi"
    assert symmetric.label_en == "near (cc:near) holds both ways"
    assert symmetric.concludes == (CC + "near",)
    assert len(by_name) == len(rules_of(SMALL_ONTOLOGY))


# -- running rules -----------------------------------------------------------------------------------------


def test_axioms_run_to_their_fixpoint() -> None:
    dataset = dataset_of(SMALL_FACTS)
    result = infer(dataset, rules_of(SMALL_ONTOLOGY), NAMES.inferred)
    assert inferred(dataset) == {
        "messina in italy",
        "sicily holds messina",
        "italy holds sicily",
        "italy holds messina",
        "messina near sicily",
        "messina near italy",
        "sicily near italy",
        "sicily near messina",
        "italy near messina",
        "italy near sicily",
        "messina a Place",
        "messina a Thing",
        "sicily a Thing",
    }
    assert result.triples == 13
    assert sum(result.by_rule.values()) == 13
    assert result.rounds > 1


def test_the_order_of_the_rules_does_not_change_what_follows() -> None:
    rules = rules_of(
        ":in a owl:TransitiveProperty ; rdfs:subPropertyOf :near . :near a owl:SymmetricProperty ."
    )
    results = set()
    for order in permutations(rules):
        dataset = dataset_of(SMALL_FACTS)
        infer(dataset, order, NAMES.inferred)
        results.add(frozenset(inferred(dataset)))
    assert len(results) == 1


def test_a_long_chain_is_closed_in_few_rounds() -> None:
    """Each round doubles the reach of a transitive property, so a chain of 64 takes about six."""
    chain = " ".join(f":n{i} :in :n{i + 1} ." for i in range(64))
    dataset = dataset_of(f"GRAPH :a {{ {chain} }}")
    result = infer(dataset, rules_of(":in a owl:TransitiveProperty ."), NAMES.inferred)
    assert result.triples == 64 * 65 // 2 - 64
    assert result.rounds <= 8


def test_what_any_graph_states_is_not_inferred_again() -> None:
    dataset = dataset_of(SMALL_FACTS + "GRAPH :d { :messina a :Place ; :in :italy }")
    infer(dataset, rules_of(SMALL_ONTOLOGY), NAMES.inferred)
    assert not inferred(dataset) & {"messina a Place", "messina in italy"}
    assert "messina near italy" in inferred(dataset)


def test_a_fact_of_two_sources_counts_once_in_a_rule() -> None:
    counting = rule(
        "CONSTRUCT { ?x :parts ?n } WHERE { SELECT ?x (COUNT(*) AS ?n) { ?x :in ?y } GROUP BY ?x }",
        EX + "parts",
    )
    dataset = dataset_of(SMALL_FACTS)
    infer(dataset, [counting], NAMES.inferred)
    assert inferred(dataset) == {"messina parts 1", "sicily parts 1"}


def test_graphs_left_out_are_no_premises() -> None:
    dataset = dataset_of(SMALL_FACTS)
    infer(dataset, rules_of(SMALL_ONTOLOGY), NAMES.inferred, leave_out=[EX + "b", EX + "c"])
    assert inferred(dataset) == {
        "sicily holds messina",
        "messina near sicily",
        "sicily near messina",
        "messina a Place",
        "messina a Thing",
    }


def test_a_second_run_starts_afresh() -> None:
    dataset = dataset_of(SMALL_FACTS + f"GRAPH <{NAMES.inferred}> {{ :sicily a :Island }}")
    first = infer(dataset, rules_of(SMALL_ONTOLOGY), NAMES.inferred)
    once = inferred(dataset)
    second = infer(dataset, rules_of(SMALL_ONTOLOGY), NAMES.inferred)
    assert "sicily a Island" not in once
    assert inferred(dataset) == once
    assert second == first


def test_asserted_graphs_are_left_as_they_were() -> None:
    dataset = dataset_of(SMALL_FACTS)
    before = set(dataset.quads())
    infer(dataset, rules_of(SMALL_ONTOLOGY), NAMES.inferred)
    assert {quad for quad in dataset.quads() if quad.graph_name != NamedNode(NAMES.inferred)} == before


def test_nothing_trivial_is_written() -> None:
    trivial = [
        rule(
            "CONSTRUCT { ?x a owl:Thing , rdfs:Resource } WHERE { ?x a ?c }",
            expand("owl:Thing"),
            expand("rdfs:Resource"),
        ),
        rule("CONSTRUCT { ?x owl:sameAs ?x } WHERE { ?x a ?c }", expand("owl:sameAs")),
        rule("CONSTRUCT { ?o :says ?s } WHERE { ?s :founded ?o }", EX + "says"),
        rule(
            "CONSTRUCT { ?c rdfs:subClassOf owl:Thing } WHERE { ?c a owl:Class }", expand("rdfs:subClassOf")
        ),
    ]
    dataset = dataset_of(SMALL_FACTS + "GRAPH :o { cc:City a owl:Class }")
    assert infer(dataset, trivial, NAMES.inferred).triples == 0
    assert NAMES.inferred not in dataset.graph_names()


def test_a_rule_that_explodes_is_stopped_with_its_name_and_the_count() -> None:
    facts = " ".join(f":n{i} :member :oasc ." for i in range(40))
    shared = rule(
        "CONSTRUCT { ?x :sharesMembershipWith ?y } WHERE { ?x :member ?c . ?y :member ?c }",
        EX + "sharesMembershipWith",
        name="shared-membership",
    )
    dataset = dataset_of(f"GRAPH :a {{ {facts} }}")
    before = set(dataset.quads())
    with pytest.raises(RuleError, match=r"rule shared-membership: stopped after 1,001 triples") as caught:
        infer(dataset, [shared], NAMES.inferred, limit=1000)
    assert caught.value.rule == "shared-membership"
    assert set(dataset.quads()) == before


def test_the_limit_by_default_grows_with_the_facts_but_stops_a_product() -> None:
    """600 × 600 pairs are more than 100,000, and than five for each of 600 facts."""
    facts = " ".join(f":n{i} :member :oasc ." for i in range(600))
    shared = rule("CONSTRUCT { ?x :with ?y } WHERE { ?x :member ?c . ?y :member ?c }", EX + "with")
    with pytest.raises(RuleError, match="100,001"):
        infer(dataset_of(f"GRAPH :a {{ {facts} }}"), [shared], NAMES.inferred)


def test_a_rule_that_makes_ever_new_terms_is_stopped() -> None:
    endless = rule(
        'CONSTRUCT { ?new :in ?x } WHERE { ?x :in ?y BIND(IRI(CONCAT(STR(?x), "-")) AS ?new) }',
        EX + "in",
        name="endless",
    )
    with pytest.raises(RuleError, match="rule endless: still finds something new"):
        infer(dataset_of(SMALL_FACTS), [endless], NAMES.inferred)


def test_a_rule_that_concludes_what_it_does_not_announce_is_refused() -> None:
    sly = rule("CONSTRUCT { ?x skos:broader ?y } WHERE { ?x :in ?y }", EX + "near", name="sly")
    with pytest.raises(RuleError, match="rule sly: it concludes skos:broader"):
        infer(dataset_of(SMALL_FACTS), [sly], NAMES.inferred)


def test_a_rule_that_makes_a_blank_node_is_refused() -> None:
    blank = rule("CONSTRUCT { ?x :near [] } WHERE { ?x :in ?y }", EX + "near")
    with pytest.raises(RuleError, match="blank node"):
        infer(dataset_of(SMALL_FACTS), [blank], NAMES.inferred)


# -- what a rule reads -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "read"),
    [
        ("?x :in ?y", "in"),
        ("?x a :Town ; :in ?y", "Town in"),
        ("?x :in+/^:near ?y", "in near"),
        ("?x (:in|:near)* ?y", "in near"),
        ("?x :in ?y OPTIONAL { ?x :near ?y }", "in near"),
        ("{ ?x :in ?y } UNION { ?x a :Town , ?y . ?y a :Town }", None),
        ("{ ?x :in ?y } UNION { ?y a :Town }", "in Town"),
        ("?x :in ?y MINUS { ?x :near ?y }", "in near"),
        (
            "?x :in ?y FILTER NOT EXISTS { ?x :near ?z . ?z a :Town OPTIONAL { ?z :holds ?x } }",
            "in near Town holds",
        ),
        ("?x :in ?y FILTER(?x != ?y && EXISTS { ?y :in ?z })", "in"),
        ("{ SELECT ?x ?y { ?x :in ?y . ?y :near ?x } }", "in near"),
        ("?x ?p ?y", None),
        ("?x a ?y", None),
        ("?x :in ?y FILTER NOT EXISTS { ?x ?p :sicily }", None),
        ("?x !:in ?y", None),
        ("?x a/:in ?y", None),
    ],
)
def test_what_a_rule_reads_is_found_in_its_patterns(where: str, read: str | None) -> None:
    found = find_terms_read(f"{PROLOGUE} CONSTRUCT {{ ?x :linked ?y }} WHERE {{ {where} }}")
    assert found == (None if read is None else {EX + name for name in read.split()})


def test_leaving_aside_what_no_rule_reads_changes_nothing(project: Path, ontology: rdflib.Graph) -> None:
    facts = """
        GRAPH :a { :m a cc:Membership ; org:member :messina ; org:organization :oasc ; skos:note "2018" .
                   :n a cc:Membership ; org:member :genova ; org:organization :oasc ; cc:inWave :wave .
                   :messina a cc:City ; cc:within :sicily . :sicily a cc:Region ; cc:within :italy }
        GRAPH :b { :n schema:endDate "2019"^^xsd:gYear . :messina org:memberOf :eurocities }
    """
    rules = (*axiom_rules(close_ontology(ontology)), *read_rules(project / "ontology" / "rules"))
    results = []
    for variant in (rules, [replace(rule, reads=None) for rule in rules]):
        dataset = dataset_of(facts)
        results.append((infer(dataset, variant, NAMES.inferred), inferred(dataset)))
    assert results[0] == results[1]
    assert len(results[0][1]) > 15


# -- rule files --------------------------------------------------------------------------------------------

RULE_FILE = """#+ label.it = "Contiene"
#+ label.en = "Contains"
#+ comment.it = "L'inverso di stare in."
#+ comment.en = "The inverse of lying in."
#+ concludes = ["schema:containsPlace"]
PREFIX schema: <https://schema.org/>
CONSTRUCT { ?y schema:containsPlace ?x } WHERE { ?x schema:containedInPlace ?y }
"""


def test_a_rule_file_is_read_with_its_words_and_its_name(tmp_path: Path) -> None:
    (tmp_path / "contains-place.rq").write_text(RULE_FILE, encoding="utf-8")
    (found,) = read_rules(tmp_path)
    assert found.name == "contains-place"
    assert (found.label_it, found.label_en) == ("Contiene", "Contains")
    assert (found.comment_it, found.comment_en) == ("L'inverso di stare in.", "The inverse of lying in.")
    assert found.concludes == ("https://schema.org/containsPlace",)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('#+ label.it = "Contiene"\n', "", "'it'"),
        ('#+ comment.en = "The inverse of lying in."\n', "", "'en'"),
        ('#+ concludes = ["schema:containsPlace"]\n', "", "'concludes'"),
        ('schema:containsPlace"]', 'nowhere:containsPlace"]', "'nowhere'"),
        ('label.en = "Contains"', "label.en = Contains", "no TOML"),
        ('label.it = "Contiene"\n#+ label.en', "label", "two languages"),
        ("#+ concludes", "#+ produces = 1\n#+ concludes", "unknown keys produces"),
        ("CONSTRUCT {", "CONSTRUCT (", "not SPARQL"),
        ("CONSTRUCT { ?y schema:containsPlace ?x }", "SELECT ?x", "not a CONSTRUCT"),
    ],
)
def test_a_faulty_rule_file_is_refused_by_name(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text = RULE_FILE.replace(old, new, 1)
    assert text != RULE_FILE
    (tmp_path / "contains-place.rq").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match="rule contains-place: .*" + complaint):
        read_rules(tmp_path)


def test_the_description_of_a_rule_names_it_and_what_it_concludes(tmp_path: Path) -> None:
    (tmp_path / "contains-place.rq").write_text(RULE_FILE, encoding="utf-8")
    told = Dataset(describe_rules(read_rules(tmp_path), NAMES.provenance))
    (row,) = told.select(
        f"SELECT ?rule ?name WHERE {{ ?rule <{CC}concludes> <https://schema.org/containsPlace> ;"
        f" <{expand('skos:prefLabel')}> ?name FILTER(LANG(?name) = 'it') }}"
    )
    assert row["rule"].value == NAMESPACE + "voc/rule/contains-place"
    assert row["name"].value == "Contiene"
    assert told.graph_names() == [NAMES.provenance]


def test_a_rule_about_a_class_tells_the_class_that_it_requires() -> None:
    """Several rules may conclude one class; what they require tells which of them speaks of a thing."""
    ontology = rdflib.Graph().parse(
        format="turtle",
        data=f"""@prefix rdfs: <{RDFS}> . @prefix cc: <{CC}> . @prefix schema: <https://schema.org/> .
        cc:City rdfs:subClassOf schema:Place . cc:Country rdfs:subClassOf schema:Place .
        cc:within rdfs:subPropertyOf schema:containedInPlace .""",
    )
    told = Dataset(describe_rules(axiom_rules(close_ontology(ontology)), NAMES.provenance))
    rows = told.select(
        f"SELECT ?concluded ?required WHERE {{ ?rule <{CC}concludes> ?concluded ."
        f" OPTIONAL {{ ?rule <{expand('dcterms:requires')}> ?required }} }}"
    )

    assert {(row["concluded"].value, row["required"].value if "required" in row else "") for row in rows} == {
        ("https://schema.org/Place", CC + "City"),
        ("https://schema.org/Place", CC + "Country"),
        ("https://schema.org/containedInPlace", ""),
    }


# -- against owlrl -----------------------------------------------------------------------------------------

_TBOX_NAMESPACES = (str(RDF), str(RDFS), str(OWL), str(rdflib.XSD))


def _has_literal_subject(triple: tuple[rdflib.term.Node, ...], terms: set[rdflib.term.Node]) -> bool:
    return isinstance(triple[0], rdflib.Literal)


def _equates_with_itself(triple: tuple[rdflib.term.Node, ...], terms: set[rdflib.term.Node]) -> bool:
    return triple[1] == OWL.sameAs and triple[0] == triple[2]


def _types_everything(triple: tuple[rdflib.term.Node, ...], terms: set[rdflib.term.Node]) -> bool:
    return triple[1] == RDF.type and triple[2] in (OWL.Thing, RDFS.Resource)


def _speaks_of_terms(triple: tuple[rdflib.term.Node, ...], terms: set[rdflib.term.Node]) -> bool:
    return triple[0] in terms or str(triple[0]).startswith(_TBOX_NAMESPACES)


Noise = Callable[[tuple[rdflib.term.Node, ...], set[rdflib.term.Node]], bool]

NOISE: dict[str, Noise] = {
    # owlrl gives every literal its datatypes and equates it with itself and its equals; RDF has no such
    # subjects.
    "literal as subject": _has_literal_subject,
    # eq-ref: x owl:sameAs x, for every subject, predicate and object.
    "the same as itself": _equates_with_itself,
    # Every individual of a declared class is an owl:Thing.
    "a thing": _types_everything,
    # scm-cls, scm-op, scm-dp, datatype and annotation axioms: each class is below itself and owl:Thing,
    # xsd:int is a datatype, rdfs:label an annotation property. What is worth knowing of this is in the closed
    # ontology.
    "about terms, not about facts": _speaks_of_terms,
}


def differences(ontology: rdflib.Graph, dataset: Dataset) -> tuple[set[str], Counter[str], list[object]]:
    """Compare ours with owlrl's closure of ontology and facts.

    Returns what we infer and owlrl does not; how many of owlrl's further conclusions are noise of each kind;
    and those that are of none.
    """
    asserted = dataset.graph_names()
    facts = graph_of(dataset, *asserted)
    infer(dataset, axiom_rules(close_ontology(ontology)), NAMES.inferred)
    ours = set(facts) | set(graph_of(dataset, NAMES.inferred))
    theirs = rdflib.Graph()
    theirs += facts
    theirs += ontology
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(theirs)
    axioms = [triple for triple in ontology if triple[1] in (RDF.type, RDFS.subClassOf, RDFS.subPropertyOf)]
    terms = {term for triple in axioms for term in triple} | set(theirs.predicates())
    kinds: Counter[str] = Counter()
    unexplained: list[object] = []
    for triple in set(theirs) - ours - set(ontology):
        kind = next((name for name, is_noise in NOISE.items() if is_noise(triple, terms)), None)
        if kind is None:
            unexplained.append(triple)
        else:
            kinds[kind] += 1
    return {str(triple) for triple in ours - set(theirs)}, kinds, unexplained


def test_on_small_data_we_conclude_what_owlrl_does_less_the_noise() -> None:
    only_ours, kinds, unexplained = differences(ontology_of(SMALL_ONTOLOGY), dataset_of(SMALL_FACTS))
    assert not only_ours
    assert not unexplained
    assert set(kinds) == set(NOISE)


def test_on_small_data_of_the_real_ontology_we_conclude_what_owlrl_does(ontology: rdflib.Graph) -> None:
    """One thing of each class, and a chain of places."""
    classes = """City Community Country Region Membership Event EventSeries Participation
        Project Mechanism Source""".split()
    things = " ".join(f":{name.lower()} a cc:{name} ." for name in classes)
    facts = f"GRAPH :a {{ {things} :city cc:within :region . :region cc:within :country }}"
    only_ours, _, unexplained = differences(ontology, dataset_of(facts))
    assert not only_ours
    assert not unexplained


@pytest.mark.slow
def test_on_the_real_data_less_the_municipalities_we_conclude_what_owlrl_does(
    project: Path, ontology: rdflib.Graph
) -> None:
    """The 7,896 municipalities are left out because owlrl would take minutes over them.

    So are the links, which are no premises.
    """
    quads: list[Quad] = []
    for block in read_facts(project / "data", NAMESPACE):
        if "municipalities" not in block.file:
            quads.extend(block.quads)
    dataset = Dataset(quad for quad in quads if quad.graph_name != NamedNode(NAMES.links))
    only_ours, kinds, unexplained = differences(ontology, dataset)
    assert not only_ours
    assert unexplained == []
    assert set(kinds) == set(NOISE)
    assert len(inferred(dataset)) > 1000


# -- the project's own rules, on facts of a line each ------------------------------------------------------


def test_whoever_joined_is_a_member_unless_an_end_is_known(conclude: Callable[[str], set[str]]) -> None:
    found = conclude(
        """
        GRAPH :a { :m1 a cc:Membership ; org:member :messina ; org:organization :oasc .
                   :m2 a cc:Membership ; org:member :genova ; org:organization :oasc }
        # The end is told by another source than the membership.
        GRAPH :b { :m2 schema:endDate "2019"^^xsd:gYear }
        """,
    )
    member_of, has_member = expand("org:memberOf"), expand("org:hasMember")
    assert f"messina {member_of} oasc" in found
    assert f"oasc {has_member} messina" in found
    assert f"genova {member_of} oasc" not in found
    assert f"oasc {has_member} genova" not in found
    assert f"genova {expand('org:hasMembership')} m2" in found


def test_a_signature_makes_no_member(conclude: Callable[[str], set[str]]) -> None:
    found = conclude("GRAPH :a { :p a cc:Participation ; m8g:hasParticipant :roma ; cc:community :covenant }")
    assert not [line for line in found if "org#" in line]
    assert f"roma {expand('m8g:participates')} p" in found


def test_whoever_has_a_part_in_an_event_attended_it(conclude: Callable[[str], set[str]]) -> None:
    found = conclude(
        """
        GRAPH :a { :smau m8g:hasParticipation :p }
        GRAPH :b { :p a cc:Participation ; m8g:hasParticipant :messina }
        """,
    )
    assert f"smau {expand('schema:attendee')} messina" in found


def test_inverse_links_lead_back(conclude: Callable[[str], set[str]]) -> None:
    found = conclude(
        """
        GRAPH :a { :smau-2021 schema:superEvent :smau . :council org:unitOf :oasc .
                   :mesmart dcterms:isPartOf :pon-metro . :sensors skos:broader :technology }
        """,
    )
    assert f"smau {expand('schema:subEvent')} smau-2021" in found
    assert f"oasc {expand('org:hasUnit')} council" in found
    assert f"pon-metro {expand('dcterms:hasPart')} mesmart" in found
    assert f"technology {expand('skos:narrower')} sensors" in found


def test_two_members_of_one_community_are_not_linked_to_each_other(
    conclude: Callable[[str], set[str]],
) -> None:
    """Shared membership grows with the square of a community; a query finds it when it is wanted."""
    found = conclude(
        """
        GRAPH :a { :m1 a cc:Membership ; org:member :messina ; org:organization :oasc .
                   :m2 a cc:Membership ; org:member :genova ; org:organization :oasc }
        """,
    )
    assert not [line for line in found if "messina" in line and "genova" in line]


def test_every_rule_of_the_project_has_a_header_that_is_toml(project: Path) -> None:
    for path in (project / "ontology" / "rules").glob("*.rq"):
        lines = [line[2:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#+")]
        assert set(tomllib.loads("\n".join(lines))) == {"label", "comment", "concludes"}, path.name
