"""The axioms of our ontology, closed by owlrl and turned into rules.

owlrl closes the ontology alone: a fraction of a second. An axiom of a kind that no rule is made of is an
error, never silently dropped. Specification: OWL 2 Profiles, section 4.3 (the RL rules ``scm-*``,
``cax-sco``, ``prp-spo1``, ``prp-trp``, ``prp-inv1``, ``prp-inv2``, ``prp-symp``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import owlrl
import rdflib
from rdflib import OWL, RDF, RDFS, URIRef
from rdflib.term import _reset_bindings

from mesmart_kg.errors import RuleError
from mesmart_kg.inference.rules import Rule
from mesmart_kg.namespaces import compact

# What an ontology may say in the OWL and RDFS vocabularies: axioms that become rules, and words without
# a consequence for the facts.
_RULE_MAKING: Final = frozenset({RDFS.subClassOf, RDFS.subPropertyOf, OWL.inverseOf})
_RULE_MAKING_TYPES: Final = frozenset({OWL.TransitiveProperty, OWL.SymmetricProperty})
_HARMLESS: Final = frozenset(
    {RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy}
    | {OWL.versionIRI, OWL.versionInfo, OWL.priorVersion, OWL.deprecated}
)
_HARMLESS_TYPES: Final = frozenset(
    {OWL.Ontology, OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    | {OWL.NamedIndividual, RDFS.Class, RDFS.Datatype}
)

_HOLDS_OF_EVERYTHING: Final = frozenset({OWL.Thing, OWL.Nothing, RDFS.Resource, RDFS.Datatype})
_DATATYPE_NAMESPACES: Final = (str(rdflib.XSD), str(RDF), str(RDFS))


@dataclass(frozen=True)
class _Kind:
    """How an axiom of one kind is said and run; ``{one}`` and ``{other}`` stand for its terms."""

    name: str
    label_it: str
    label_en: str
    comment_it: str
    comment_en: str
    query: str


_INVERSE: Final = _Kind(
    "inverse",
    "{other} è l'inverso di {one}",
    "{other} is the inverse of {one}",
    "Ciò che {one} lega in un verso, {other} lega nell'altro: lo dice l'ontologia.",
    "What {one} links one way, {other} links the other way: the ontology says so.",
    "CONSTRUCT {{ ?y {other} ?x }} WHERE {{ ?x {one} ?y }}",
)
_SYMMETRIC: Final = _Kind(
    "symmetric",
    "{one} vale nei due versi",
    "{one} holds both ways",
    "Se {one} lega una cosa a un'altra, lega anche la seconda alla prima: lo dice l'ontologia.",
    "If {one} links one thing to another, it links the second to the first too: the ontology says so.",
    "CONSTRUCT {{ ?y {one} ?x }} WHERE {{ ?x {one} ?y }}",
)
_TRANSITIVE: Final = _Kind(
    "transitive",
    "{one} vale a ogni livello",
    "{one} holds at every level",
    "Se {one} porta da A a B e da B a C, porta anche da A a C: lo dice l'ontologia.",
    "If {one} leads from A to B and from B to C, it leads from A to C too: the ontology says so.",
    "CONSTRUCT {{ ?x {one} ?z }} WHERE {{ ?x {one} ?y . ?y {one} ?z }}",
)
_SUB_PROPERTY: Final = _Kind(
    "subproperty",
    "{one} è un caso di {other}",
    "{one} is a kind of {other}",
    "Ciò che {one} lega, lo lega anche {other}: lo dice l'ontologia.",
    "What {one} links, {other} links too: the ontology says so.",
    "CONSTRUCT {{ ?x {other} ?y }} WHERE {{ ?x {one} ?y }}",
)
_SUB_CLASS: Final = _Kind(
    "subclass",
    "{one} è un caso di {other}",
    "{one} is a kind of {other}",
    "Ciò che è di classe {one} è anche di classe {other}: lo dice l'ontologia.",
    "What is of class {one} is of class {other} too: the ontology says so.",
    "CONSTRUCT {{ ?x a {other} }} WHERE {{ ?x a {one} }}",
)


def close_ontology(ontology: rdflib.Graph) -> rdflib.Graph:
    """Return a new graph: the ontology and what OWL 2 RL concludes from it about its own terms.

    Literals (labels, comments) are not shown to owlrl: no axiom is about them, and it compares each with
    each.

    Pruned are the conclusions that hold of anything (``x owl:sameAs x``, every class below ``owl:Thing``),
    those about datatypes, and those with a literal as subject, which RDF forbids.
    """
    closed = rdflib.Graph()
    closed += (triple for triple in ontology if not isinstance(triple[2], rdflib.Literal))
    try:
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closed)
    finally:
        # owlrl leaves readers of its own for some datatypes, in all of rdflib: no "--05" would be a month.
        _reset_bindings()
    kept = rdflib.Graph()
    kept += ontology
    for triple in closed:
        if triple not in ontology and _is_telling(triple):
            kept.add(triple)
    return kept


def _is_telling(triple: tuple[Any, Any, Any]) -> bool:
    subject, predicate, value = triple
    if (
        not isinstance(subject, URIRef)
        or subject == OWL.Nothing
        or str(subject).startswith(_DATATYPE_NAMESPACES)
    ):
        return False
    if value == subject or value in _HOLDS_OF_EVERYTHING:
        return False
    return not (predicate == RDF.type and value in _HARMLESS_TYPES)


def axiom_rules(closed: rdflib.Graph) -> tuple[Rule, ...]:
    """Return a rule for each axiom of a closed ontology, of the five kinds above.

    In this order one round over the facts finds nearly everything. Raises RuleError for an axiom of any other
    kind, and for one about a class or property that has no IRI.
    """
    _refuse_other_axioms(closed)
    inverses = _pairs(closed, OWL.inverseOf)
    both_ways = sorted({*inverses, *((other, one) for one, other in inverses)})
    return (
        *(_rule(closed, _INVERSE, one, other) for one, other in both_ways),
        *(_rule(closed, _SYMMETRIC, one, one) for one in _instances(closed, OWL.SymmetricProperty)),
        *(_rule(closed, _TRANSITIVE, one, one) for one in _instances(closed, OWL.TransitiveProperty)),
        *(_rule(closed, _SUB_PROPERTY, one, other) for one, other in _pairs(closed, RDFS.subPropertyOf)),
        *(_rule(closed, _SUB_CLASS, one, other) for one, other in _pairs(closed, RDFS.subClassOf)),
    )


def _pairs(graph: rdflib.Graph, predicate: URIRef) -> list[tuple[Any, Any]]:
    # A property that is its own inverse is kept: it is symmetric.
    keeps_loops = predicate == OWL.inverseOf
    return sorted(pair for pair in graph.subject_objects(predicate) if keeps_loops or pair[0] != pair[1])


def _instances(graph: rdflib.Graph, kind: URIRef) -> list[Any]:
    return sorted(graph.subjects(RDF.type, kind))


def _refuse_other_axioms(closed: rdflib.Graph) -> None:
    for subject, predicate, value in sorted(closed):
        name = compact(str(subject))
        axiom = value if predicate == RDF.type else predicate
        known = (
            value in _RULE_MAKING_TYPES | _HARMLESS_TYPES
            if predicate == RDF.type
            else predicate in _RULE_MAKING | _HARMLESS
        )
        if not known and str(axiom).startswith((str(OWL), str(RDFS))):
            raise RuleError(
                f"no inference rule is made of the axiom {compact(str(axiom))} of {name}; take it out,"
                " or state it as a shape or as a rule of its own",
                "of the ontology",
            )
        has_iris = isinstance(subject, URIRef) and isinstance(value, URIRef)
        if (predicate in _RULE_MAKING or value in _RULE_MAKING_TYPES) and not has_iris:
            raise RuleError(f"{compact(str(axiom))} must be said of IRIs, not of {name}", "of the ontology")


def _rule(graph: rdflib.Graph, kind: _Kind, one: URIRef, other: URIRef) -> Rule:
    names = {"one": compact(str(one)), "other": compact(str(other))}
    labels = {
        language: {"one": _word(graph, one, language), "other": _word(graph, other, language)}
        for language in ("it", "en")
    }
    terms = [one] if one == other else [one, other]
    return Rule(
        name="-".join([kind.name, *(compact(str(term)).replace(":", "-").lower() for term in terms)]),
        label_it=kind.label_it.format(**labels["it"]),
        label_en=kind.label_en.format(**labels["en"]),
        comment_it=kind.comment_it.format(**names),
        comment_en=kind.comment_en.format(**names),
        query=kind.query.format(one=one.n3(), other=other.n3()),
        concludes=(str(other),),
        premise=str(one) if kind is _SUB_CLASS else None,
    )


def _word(graph: rdflib.Graph, term: URIRef, language: str) -> str:
    """Return a term as people read it: its label in that language and its prefixed name, or just that."""
    name = compact(str(term))
    labels = [label for label in graph.objects(term, RDFS.label) if isinstance(label, rdflib.Literal)]
    words = sorted(str(label) for label in labels if label.language == language)
    return f"{words[0]} ({name})" if words else name
