"""Inference on small graphs that a reader can hold in the head, and against owlrl's own closure."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import owlrl
import pytest
import rdflib
from inferring import EX, PROLOGUE, conclude, ontology_of, rule, rules_of, statements_of
from rdflib import OWL, RDF, RDFS

from mesmart_kg import formats
from mesmart_kg.errors import RuleError
from mesmart_kg.facts import read_facts
from mesmart_kg.inference import axiom_rules, close_ontology, describe_rules, infer, read_rules
from mesmart_kg.inference.patterns import find_terms_read
from mesmart_kg.inference.plans import Plan, find_strata, plan_rule
from mesmart_kg.namespaces import CC, NAMESPACE, GraphNames, expand
from mesmart_kg.store import (
    Dataset,
    NamedNode,
    canonical_nquads,
    canonical_ntriples,
    canonical_quad,
    parse_text,
    serialize,
)
from mesmart_kg.work_cache import WorkCache

NAMES = GraphNames()

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
def follows(project: Path, ontology: rdflib.Graph) -> Callable[[str], set[str]]:
    """From facts in TriG to what the project's axioms and rules make of them."""
    rules = (*axiom_rules(close_ontology(ontology)), *read_rules(project / "ontology" / "rules"))
    return lambda facts: conclude(facts, rules)[1]


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
    result, found = conclude(SMALL_FACTS, rules_of(SMALL_ONTOLOGY))
    assert found == {
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
    assert result.rounds > 1


def test_the_order_of_the_rules_does_not_change_what_follows() -> None:
    rules = rules_of(
        ":in a owl:TransitiveProperty ; rdfs:subPropertyOf :near . :near a owl:SymmetricProperty ."
    )
    results = {frozenset(conclude(SMALL_FACTS, order)[1]) for order in permutations(rules)}
    assert len(results) == 1


def test_a_long_chain_is_closed_in_few_rounds() -> None:
    """Each round doubles the reach of a transitive property, so a chain of 64 takes about six."""
    chain = " ".join(f":n{i} :in :n{i + 1} ." for i in range(64))
    result, _ = conclude(f"GRAPH :a {{ {chain} }}", rules_of(":in a owl:TransitiveProperty ."))
    assert result.triples == 64 * 65 // 2 - 64
    assert result.rounds <= 8


def test_what_any_graph_states_is_not_inferred_again() -> None:
    facts = SMALL_FACTS + "GRAPH :d { :messina a :Place ; :in :italy }"
    _, found = conclude(facts, rules_of(SMALL_ONTOLOGY))
    assert not found & {"messina a Place", "messina in italy"}
    assert "messina near italy" in found


def test_what_a_graph_set_apart_states_is_not_inferred_again_but_more_follows_from_it() -> None:
    facts = SMALL_FACTS + "GRAPH :d { :messina :in :italy }"
    _, found = conclude(facts, rules_of(SMALL_ONTOLOGY), apart=[EX + "d"])
    assert "messina in italy" not in found
    assert "messina near italy" in found


def test_a_fact_of_two_sources_counts_once_in_a_rule() -> None:
    counting = rule(
        "CONSTRUCT { ?x :parts ?n } WHERE { SELECT ?x (COUNT(*) AS ?n) { ?x :in ?y } GROUP BY ?x }",
        EX + "parts",
    )
    assert conclude(SMALL_FACTS, [counting])[1] == {"messina parts 1", "sicily parts 1"}


def test_graphs_set_apart_are_no_premises() -> None:
    _, found = conclude(SMALL_FACTS, rules_of(SMALL_ONTOLOGY), apart=[EX + "b", EX + "c"])
    assert found == {
        "sicily holds messina",
        "messina near sicily",
        "sicily near messina",
        "messina a Place",
        "messina a Thing",
    }


def test_the_same_premises_are_worked_on_once(tmp_path: Path) -> None:
    rules = rules_of(SMALL_ONTOLOGY)
    with WorkCache.open(tmp_path / "work") as cache:
        first = conclude(SMALL_FACTS, rules, cache=cache)
        kept = {path: path.stat().st_ino for path in cache.folder.rglob("*") if path.is_file()}
        # What no rule reads may change.
        assert conclude(SMALL_FACTS.replace("2010", "2011"), rules, cache=cache) == first
        assert {path: path.stat().st_ino for path in cache.folder.rglob("*") if path.is_file()} == kept
        other = conclude(SMALL_FACTS.replace(":italy", ":europe"), rules, cache=cache)
        fewer = conclude(SMALL_FACTS, [each for each in rules if not each.premise], cache=cache)
        assert other[1] != first[1] != fewer[1]
        assert conclude(SMALL_FACTS, rules, cache=cache) == first


def test_a_result_that_is_kept_passes_no_limit_that_it_would_have_passed(tmp_path: Path) -> None:
    with WorkCache.open(tmp_path / "work") as cache:
        rules = rules_of(SMALL_ONTOLOGY)
        conclude(SMALL_FACTS, rules, cache=cache)
        with pytest.raises(RuleError, match="stopped after"):
            conclude(SMALL_FACTS, rules, cache=cache, limit=2)


def test_literals_pass_through_as_they_are() -> None:
    facts = r"""GRAPH :a { :x :name "a \"b\" \\ \n . <y> "@it , "7"^^xsd:integer , "è" . :y :name :z }"""
    copied = rule("CONSTRUCT { ?x :called ?y } WHERE { ?x :name ?y }", EX + "called")
    asked = rule("CONSTRUCT { ?x :called ?y } WHERE { ?x :name ?y FILTER(true) }", EX + "called")
    result, found = conclude(facts, [copied])
    assert result.triples == 4
    assert conclude(facts, [asked])[1] == found


def test_nothing_trivial_is_written() -> None:
    trivial = [
        rule(
            "CONSTRUCT { ?x a owl:Thing , rdfs:Resource } WHERE { ?x a ?c }",
            expand("owl:Thing"),
            expand("rdfs:Resource"),
        ),
        rule("CONSTRUCT { ?x owl:sameAs ?x } WHERE { ?x a ?c }", expand("owl:sameAs")),
        rule("CONSTRUCT { ?x owl:sameAs ?x } WHERE { ?x a :Town }", expand("owl:sameAs")),
        rule("CONSTRUCT { ?o :says ?s } WHERE { ?s :founded ?o }", EX + "says"),
        rule(
            "CONSTRUCT { ?c rdfs:subClassOf owl:Thing } WHERE { ?c a owl:Class }", expand("rdfs:subClassOf")
        ),
    ]
    assert not conclude(SMALL_FACTS + "GRAPH :o { cc:City a owl:Class }", trivial)[1]


def test_a_rule_that_explodes_is_stopped_with_its_name_and_the_count(tmp_path: Path) -> None:
    facts = " ".join(f"<{EX}n{i}> <{EX}member> <{EX}oasc> <{EX}a> .\n" for i in range(40))
    shared = rule(
        "CONSTRUCT { ?x :sharesMembershipWith ?y } WHERE { ?x :member ?c . ?y :member ?c }",
        EX + "sharesMembershipWith",
        name="shared-membership",
    )
    statements, target = tmp_path / "statements.nq", tmp_path / "inferred.nt"
    statements.write_text("".join(sorted(line.lstrip() for line in facts.splitlines(keepends=True))))
    with (
        WorkCache.open(tmp_path / "work") as cache,
        pytest.raises(RuleError, match=r"rule shared-membership: stopped after 1,001 triples") as caught,
    ):
        infer(statements, [shared], target, is_apart=().__contains__, cache=cache, limit=1000)
    assert caught.value.rule == "shared-membership"
    assert {path.name for path in tmp_path.iterdir()} == {"statements.nq", "work"}
    assert not list((tmp_path / "work").rglob("*"))


def test_a_rule_that_explodes_round_by_round_is_stopped() -> None:
    """No round finds more than 64, but together they pass what one rule may conclude."""
    chain = " ".join(f":n{i} :step :n{i + 1} ; :reaches :n{i + 1} ." for i in range(64))
    onwards = rule(
        "CONSTRUCT { ?x :reaches ?z } WHERE { ?x :reaches ?y . ?y :step ?z }", EX + "reaches", name="onwards"
    )
    with pytest.raises(RuleError, match=r"rule onwards: stopped after 1,5\d\d triples"):
        conclude(f"GRAPH :a {{ {chain} }}", [onwards], limit=1500)


def test_the_limit_by_default_grows_with_the_facts_but_stops_a_product() -> None:
    """600 × 600 pairs are more than 100,000, and than five for each of 600 facts."""
    facts = " ".join(f":n{i} :member :oasc ." for i in range(600))
    shared = rule("CONSTRUCT { ?x :with ?y } WHERE { ?x :member ?c . ?y :member ?c }", EX + "with")
    with pytest.raises(RuleError, match="100,001"):
        conclude(f"GRAPH :a {{ {facts} }}", [shared])


def test_a_rule_that_makes_ever_new_terms_is_stopped() -> None:
    endless = rule(
        'CONSTRUCT { ?new :in ?x } WHERE { ?x :in ?y BIND(IRI(CONCAT(STR(?x), "-")) AS ?new) }',
        EX + "in",
        name="endless",
    )
    with pytest.raises(RuleError, match="rule endless: still finds something new"):
        conclude(SMALL_FACTS, [endless])


def test_a_rule_that_concludes_what_it_does_not_announce_is_refused() -> None:
    sly = rule("CONSTRUCT { ?x skos:broader ?y } WHERE { ?x :in ?y }", EX + "near", name="sly")
    with pytest.raises(RuleError, match="rule sly: it concludes skos:broader"):
        conclude(SMALL_FACTS, [sly])


def test_a_rule_that_makes_a_blank_node_is_refused() -> None:
    blank = rule("CONSTRUCT { ?x :near [] } WHERE { ?x :in ?y }", EX + "near")
    with pytest.raises(RuleError, match="blank node"):
        conclude(SMALL_FACTS, [blank])


def test_a_blank_node_among_the_premises_is_one_node_whatever_is_said_of_it() -> None:
    facts = "GRAPH :o { _:b :in :sicily ; a :Town ; :founded 1 . :messina :holds _:b }"
    joined = rule(
        "CONSTRUCT { ?x :near ?z } WHERE { ?x :holds ?y . ?y a :Town ; :in ?z FILTER(?x != ?z) }", EX + "near"
    )
    assert conclude(facts, [joined])[1] == {"messina near sicily"}
    copying = rule("CONSTRUCT { ?y :near ?x } WHERE { ?x :holds ?y }", EX + "near")
    with pytest.raises(RuleError, match="blank node"):
        conclude(facts, [copying])


@pytest.mark.parametrize(
    "where",
    [
        "GRAPH :a { ?x :in ?y }",
        "GRAPH ?g { ?x :in ?y }",
        "?x :in ?y FILTER EXISTS { GRAPH :a { ?y :in ?z } }",
    ],
)
def test_a_rule_that_asks_for_a_graph_by_name_is_refused(where: str) -> None:
    with pytest.raises(RuleError, match=r"rule test: .*sees all graphs as one"):
        conclude(SMALL_FACTS, [rule(f"CONSTRUCT {{ ?x :near ?y }} WHERE {{ {where} }}", EX + "near")])


def test_a_rule_that_names_another_server_or_other_data_is_refused() -> None:
    for text in (
        "CONSTRUCT { ?x :near ?y } WHERE { SERVICE <https://example.org/sparql> { ?x :in ?y } }",
        "CONSTRUCT { ?x :near ?y } FROM :a WHERE { ?x :in ?y }",
    ):
        with pytest.raises(RuleError, match="sees all graphs as one"):
            conclude(SMALL_FACTS, [rule(text, EX + "near")])


# -- rules that deny ---------------------------------------------------------------------------------------


def test_what_a_rule_denies_is_complete_before_it_runs() -> None:
    """Whoever is not in Italy is abroad: told first, or last, it is said of the same towns."""
    abroad = rule(
        "CONSTRUCT { ?x a :Abroad } WHERE { ?x a :Town FILTER NOT EXISTS { ?x :in :italy } }", EX + "Abroad"
    )
    within = rules_of(":in a owl:TransitiveProperty .")
    facts = SMALL_FACTS + "GRAPH :a { :gent a :Town }"
    for order in permutations([abroad, *within]):
        assert conclude(facts, order)[1] == {"gent a Abroad", "messina in italy"}


@pytest.mark.parametrize(
    "where",
    [
        "?x a :Town FILTER NOT EXISTS { ?x a :City }",
        "?x a :Town MINUS { ?x a :City }",
        "?x a :Town OPTIONAL { ?y a :City } FILTER(!BOUND(?y))",
        "{ SELECT (SAMPLE(?y) AS ?x) { ?y a :Town . ?z a :City } }",
        "?x a :Town FILTER(!EXISTS { ?x ?p :City })",
    ],
)
def test_a_rule_that_denies_its_own_conclusions_is_refused(where: str) -> None:
    loop = rule(f"CONSTRUCT {{ ?x a :City }} WHERE {{ {where} }}", EX + "City", name="loop")
    with pytest.raises(RuleError, match="rule loop: it denies or counts"):
        conclude(SMALL_FACTS, [loop])


def test_two_rules_that_deny_each_other_are_refused() -> None:
    denying = [
        rule(
            f"CONSTRUCT {{ ?x a :{one} }} WHERE {{ ?x a :Town FILTER NOT EXISTS {{ ?x a :{other} }} }}",
            EX + one,
            name=one,
        )
        for one, other in (("Big", "Small"), ("Small", "Big"))
    ]
    with pytest.raises(RuleError, match="hang on the order of the rules"):
        conclude(SMALL_FACTS, denying)


# -- what a rule reads -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "read"),
    [
        ("?x :in ?y", "in"),
        ("?x a :Town ; :in ?y", "Town in"),
        ("?x :in+/^:near ?y", "in near"),
        ("?x (:in|:near)+ ?y", "in near"),
        ("?x a :Town ; (:in|:near)* ?y", "Town in near"),
        ("?x :in?/:near* :sicily", "in near"),
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
        # From each thing that is told of to itself.
        ("?x (:in|:near)* ?y", None),
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
    reading_all = rule("CONSTRUCT { ?x a owl:Thing } WHERE { ?x ?p ?y }", expand("owl:Thing"))
    result, found = conclude(facts, rules)
    assert conclude(facts, [*rules, reading_all])[1] == found
    assert result.triples > 15


# -- how rules are run -------------------------------------------------------------------------------------


def plans_of(*wheres: str) -> list[Plan]:
    """Plans of rules that conclude :out0, :out1 … in this order."""
    return [
        plan_rule(rule(f"CONSTRUCT {{ ?x :out{n} ?y }} WHERE {{ {where} }}", f"{EX}out{n}", name=f"out{n}"))
        for n, where in enumerate(wheres)
    ]


def test_a_rule_runs_after_those_whose_conclusions_it_reads_and_once() -> None:
    strata = find_strata(plans_of("?x :out2 ?y", "?x :in ?y", "?x :out1/:in ?y"))
    assert [[plan.rule.name for plan in stratum.plans] for stratum in strata] == [
        ["out1"],
        ["out2"],
        ["out0"],
    ]
    assert not any(stratum.is_cyclic for stratum in strata)


def test_rules_that_read_each_other_are_run_together_in_rounds() -> None:
    strata = find_strata(plans_of("?x :out2 ?y", "?x :in ?y", "?x :out0 ?y", "?x :out3 ?y . ?y :in ?x"))
    assert [[plan.rule.name for plan in stratum.plans] for stratum in strata] == [
        ["out1"],
        ["out3"],
        ["out0", "out2"],
    ]
    assert [stratum.is_cyclic for stratum in strata] == [False, True, True]


@pytest.mark.parametrize(
    ("where", "queries"),
    [
        ("?x :in ?y", 1),
        ("?x :in ?y . ?y :in ?z", 2),
        ("?x :in ?y ; :near ?y FILTER NOT EXISTS { ?y a :Town }", 1),
        ("?x :in ?y { ?y :in ?z BIND(?z AS ?w) }", 2),
        ("?x ?p ?y . ?x a :Town", 1),
        ("?x :in [ :near ?y ] # }", 1),
        ("?x :near ?y", 0),
        # There is no pattern that each solution matches: all is asked again.
        ("{ ?x :in ?y } UNION { ?x :near ?y }", None),
        ("?x :in+ ?y", None),
        ("{ SELECT ?x ?y { ?x :in ?y } }", None),
    ],
)
def test_what_is_new_is_asked_for_pattern_by_pattern(where: str, queries: int | None) -> None:
    (plan,) = plans_of(f"{where}\n")
    found = plan.find_queries_for_new({EX + "in"}, "urn:new")
    assert (None if found is None else len(found)) == queries
    for query in found or ():
        assert query.count("GRAPH <urn:new>") == 1
        assert not list(Dataset().construct(query))


@pytest.mark.parametrize(
    ("text", "needs_no_engine"),
    [
        ("CONSTRUCT { ?y :near ?x } WHERE { ?x :in ?y }", True),
        ("CONSTRUCT { ?x a :Town . :italy :holds ?x } WHERE { ?x :in :italy }", True),
        ("CONSTRUCT { ?x :near ?x } WHERE { ?x :in ?x }", True),
        ("CONSTRUCT { ?x :near ?y } WHERE { ?x :in ?y FILTER(?x != ?y) }", False),
        ("CONSTRUCT { ?x :near ?y } WHERE { ?x :in/:in ?y }", False),
        ("CONSTRUCT { ?x a ?y } WHERE { ?x a ?y }", False),
        ("CONSTRUCT { ?x :near ?z } WHERE { ?x :in ?y }", False),
        ("CONSTRUCT { ?x :near [] } WHERE { ?x :in ?y }", False),
        ("CONSTRUCT WHERE { ?x :near ?y }", False),
        ("CONSTRUCT { ?x :near ?y } WHERE { ?x :in ?y } LIMIT 1", False),
    ],
)
def test_a_rule_of_one_pattern_needs_no_engine(text: str, needs_no_engine: bool) -> None:
    facts = "GRAPH :a { :x :in :italy , :x , 'a place' . :y :in :x ; :near :z }"
    found = plan_rule(rule(text, EX + "near", EX + "Town", EX + "holds"))
    assert (found.rewrite is not None) == needs_no_engine
    if found.rewrite is not None:
        dataset = Dataset(parse_text(f"PREFIX : <{EX}> {facts}", formats.TRIG))
        triples = [line[: line.rindex(b" <")] + b" .\n" for line in canonical_nquads(dataset.quads())]
        assert set(found.rewrite.apply(triples)) == set(
            canonical_ntriples(dataset.construct(found.rule.query))
        )


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


def differences(
    ontology: rdflib.Graph, statements: list[bytes], folder: Path
) -> tuple[set[str], Counter[str], list[object]]:
    """Compare ours with owlrl's closure of ontology and facts, given as lines of N-Quads.

    Returns what we infer and owlrl does not; how many of owlrl's further conclusions are noise of each kind;
    and those that are of none.
    """
    path, target = folder / "statements.nq", folder / "inferred.nt"
    path.write_bytes(b"".join(statements))
    with WorkCache.open(None) as cache:
        infer(path, axiom_rules(close_ontology(ontology)), target, is_apart=().__contains__, cache=cache)
    triples = {quad.triple for quad in parse_text(b"".join(statements), formats.NQUADS)}
    facts = rdflib.Graph().parse(data=serialize(triples, formats.NTRIPLES), format="nt")
    ours = set(facts) | set(rdflib.Graph().parse(target, format="nt"))
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


def test_on_small_data_we_conclude_what_owlrl_does_less_the_noise(tmp_path: Path) -> None:
    only_ours, kinds, unexplained = differences(
        ontology_of(SMALL_ONTOLOGY), statements_of(SMALL_FACTS), tmp_path
    )
    assert not only_ours
    assert not unexplained
    assert set(kinds) == set(NOISE)


def test_on_small_data_of_the_real_ontology_we_conclude_what_owlrl_does(
    ontology: rdflib.Graph, tmp_path: Path
) -> None:
    """One thing of each class, and a chain of places."""
    classes = """City Community Country Region Membership Event EventSeries Participation
        Project Mechanism Source""".split()
    things = " ".join(f":{name.lower()} a cc:{name} ." for name in classes)
    facts = f"GRAPH :a {{ {things} :city cc:within :region . :region cc:within :country }}"
    only_ours, _, unexplained = differences(ontology, statements_of(facts), tmp_path)
    assert not only_ours
    assert not unexplained


@pytest.mark.slow
def test_on_the_real_data_less_the_municipalities_we_conclude_what_owlrl_does(
    project: Path, ontology: rdflib.Graph, tmp_path: Path
) -> None:
    """The 7,896 municipalities are left out because owlrl would take minutes over them.

    So are the links, which are no premises.
    """
    quads = [
        canonical_quad(quad)
        for block in read_facts(project / "data", NAMESPACE)
        if "municipalities" not in block.file
        for quad in block.quads
        if quad.graph_name != NamedNode(NAMES.links)
    ]
    only_ours, kinds, unexplained = differences(ontology, list(canonical_nquads(quads)), tmp_path)
    assert not only_ours
    assert unexplained == []
    assert set(kinds) == set(NOISE)
    assert len((tmp_path / "inferred.nt").read_bytes().splitlines()) > 1000


# -- the project's own rules, on facts of a line each ------------------------------------------------------


def test_whoever_joined_is_a_member_unless_an_end_is_known(follows: Callable[[str], set[str]]) -> None:
    found = follows(
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


def test_a_signature_makes_no_member(follows: Callable[[str], set[str]]) -> None:
    found = follows("GRAPH :a { :p a cc:Participation ; m8g:hasParticipant :roma ; cc:community :covenant }")
    assert not [line for line in found if "org#" in line]
    assert f"roma {expand('m8g:participates')} p" in found


def test_whoever_has_a_part_in_an_event_attended_it(follows: Callable[[str], set[str]]) -> None:
    found = follows(
        """
        GRAPH :a { :smau m8g:hasParticipation :p }
        GRAPH :b { :p a cc:Participation ; m8g:hasParticipant :messina }
        """,
    )
    assert f"smau {expand('schema:attendee')} messina" in found


def test_inverse_links_lead_back(follows: Callable[[str], set[str]]) -> None:
    found = follows(
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
    follows: Callable[[str], set[str]],
) -> None:
    """Shared membership grows with the square of a community; a query finds it when it is wanted."""
    found = follows(
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


def test_closing_the_ontology_leaves_rdflib_as_it_was() -> None:
    """owlrl reads some datatypes in a way of its own, and would make all of rdflib do so."""
    close_ontology(rdflib.Graph().parse(data="@prefix : <urn:x#> . :a :b :c .", format="turtle"))

    assert rdflib.Literal("--05", datatype=rdflib.XSD.gMonth).ill_typed is not True
    assert rdflib.Literal("x", datatype=rdflib.XSD.integer).ill_typed is True
