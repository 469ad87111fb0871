"""Inference: what follows from the facts by the axioms of our ontology and by our named rules.

owlrl given the data as well needs minutes, and says three times as much, nearly all of it noise. So it closes
the ontology alone (``axioms``); the axioms become CONSTRUCT rules, those of ``ontology/rules`` join them
(``rules``), and all run on the engine until nothing new follows (here). A test holds the result against
owlrl's own closure of ontology and data.

Only our own ontology may be given to the reasoner: the official alignment files equate what differs
(``vocabularies.md``, section 3). Left to others: which graphs hold facts (``build``), the provenance of the
inferred graph (``metadata``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mesmart_kg.errors import RuleError
from mesmart_kg.inference.axioms import axiom_rules, close_ontology
from mesmart_kg.inference.rules import Rule, describe_rules, read_rules
from mesmart_kg.namespaces import CC, compact, expand
from mesmart_kg.store import BlankNode, Dataset, NamedNode, Quad, Triple

__all__ = ["Inference", "Rule", "axiom_rules", "close_ontology", "describe_rules", "infer", "read_rules"]

_MOST_ROUNDS: Final = 100
_FEWEST_ALLOWED: Final = 100_000

_TYPE: Final = expand("rdf:type")
_SAME: Final = expand("owl:sameAs")
_CLASSES_OF_EVERYTHING: Final = frozenset(map(expand, ("rdfs:Resource", "owl:Thing", "owl:NamedIndividual")))


@dataclass(frozen=True)
class Inference:
    """What a run added: how many triples, in how many rounds, how many each rule was the first to find."""

    triples: int
    rounds: int
    by_rule: Mapping[str, int]


def infer(
    dataset: Dataset,
    rules: Iterable[Rule],
    target_graph: str,
    leave_out: Collection[str] = (),
    limit: int | None = None,
) -> Inference:
    """Run the rules to their fixpoint and write what follows to the target graph, in place of what it held.

    The premises are the RDF merge of all named graphs but those of ``leave_out`` (links, shapes and the
    like), each triple once, as the default graph of the rules' queries. Written is only what no graph of
    the dataset holds yet and what says something: nothing about terms of the ontology itself, no ``x
    owl:sameAs x``, no ``owl:Thing``.

    ``limit`` is the greatest number of triples that one rule may produce, in one round or new over all
    rounds; by default five for each quad of the dataset, and 100,000 at least. Raises RuleError, and leaves
    the dataset as it was, for a rule that passes it, concludes a term that it does not announce, or makes a
    blank node; and when after 100 rounds there is still something new.
    """
    ordered = tuple(rules)
    premises, asserted = _select(dataset, ordered, target_graph, {target_graph, *leave_out})
    allowed = limit if limit is not None else max(_FEWEST_ALLOWED, 5 * len(dataset))
    found_by, rounds = _fixpoint(premises, ordered, allowed)
    for triple in asserted:
        found_by.pop(triple, None)
    dataset.remove_graph(target_graph)
    target = NamedNode(target_graph)
    dataset.add(Quad(triple.subject, triple.predicate, triple.object, target) for triple in found_by)
    counts = Counter(found_by.values())
    by_rule = MappingProxyType({rule.name: counts[rule.name] for rule in ordered})
    return Inference(triples=len(found_by), rounds=rounds, by_rule=by_rule)


def _select(
    dataset: Dataset, rules: tuple[Rule, ...], target_graph: str, outside: set[str]
) -> tuple[Dataset, set[Triple]]:
    """Return the merged triples that a rule may read, and what is asserted of the terms rules conclude.

    Most facts are of terms that no rule reads; leaving them aside halves the time of a run.
    """
    read = {term for rule in rules for term in rule.reads or ()}
    reads_anything = any(rule.reads is None for rule in rules)
    concluded = {term for rule in rules for term in rule.concludes}
    asserted: set[Triple] = set()

    def premises() -> Iterator[Quad]:
        for graph in dataset.graph_names():
            if graph == target_graph:
                continue
            counts = graph not in outside
            for quad in dataset.quads(graph):
                term = _term(quad)
                if term in concluded:
                    asserted.add(quad.triple)
                if counts and (reads_anything or term in read):
                    yield Quad(quad.subject, quad.predicate, quad.object)

    return Dataset(premises()), asserted


def _term(statement: Quad | Triple) -> str:
    """Return the IRI of a statement's property; for ``rdf:type`` that of the class instead."""
    predicate, value = statement.predicate.value, statement.object
    return value.value if predicate == _TYPE and isinstance(value, NamedNode) else predicate


def _fixpoint(premises: Dataset, rules: tuple[Rule, ...], allowed: int) -> tuple[dict[Triple, str], int]:
    """Add to the premises all that follows; return each conclusion, asserted or not, with its first rule.

    A round runs, over everything found so far, each rule that reads a term of which something was found
    since it last ran; the last round finds nothing.
    """
    found_by: dict[Triple, str] = {}
    totals: Counter[str] = Counter()
    # For each rule, the terms of which something is new to it; at first all is.
    fresh: dict[str, set[str] | None] = {rule.name: None for rule in rules}
    for round_number in range(1, _MOST_ROUNDS + 1):
        busy: list[str] = []
        for rule in rules:
            if not _may_find_more(rule, fresh[rule.name]):
                continue
            new = _conclusions(premises, rule, found_by, allowed)
            fresh[rule.name] = set()
            if not new:
                continue
            busy.append(rule.name)
            totals[rule.name] += len(new)
            if totals[rule.name] > allowed:
                raise _too_many(rule, totals[rule.name])
            found_by.update(dict.fromkeys(new, rule.name))
            premises.add(Quad(triple.subject, triple.predicate, triple.object) for triple in new)
            for terms in fresh.values():
                if terms is not None:
                    terms.update(rule.concludes)
        if not busy:
            return found_by, round_number
    raise RuleError(
        f"still finds something new after {_MOST_ROUNDS} rounds; does it make new terms?", busy[0]
    )


def _may_find_more(rule: Rule, fresh: set[str] | None) -> bool:
    if fresh is None or rule.reads is None:
        return fresh is None or bool(fresh)
    return not rule.reads.isdisjoint(fresh)


def _conclusions(premises: Dataset, rule: Rule, known: Mapping[Triple, str], allowed: int) -> set[Triple]:
    """Return what a rule concludes that is not yet known and says something."""
    new: set[Triple] = set()
    produced = 0
    for triple in premises.construct(rule.query):
        produced += 1
        if produced > allowed:
            raise _too_many(rule, produced)
        if triple in known or triple in new or _is_trivial(triple):
            continue
        _check_announced(rule, triple)
        new.add(triple)
    return new


def _too_many(rule: Rule, count: int) -> RuleError:
    return RuleError(
        f"stopped after {count:,} triples; a rule over one thing and another grows with their product",
        rule.name,
    )


def _is_trivial(triple: Triple) -> bool:
    subject, term = triple.subject, _term(triple)
    if isinstance(subject, NamedNode) and subject.value.startswith(CC):
        return True
    return term in _CLASSES_OF_EVERYTHING or (term == _SAME and subject == triple.object)


def _check_announced(rule: Rule, triple: Triple) -> None:
    if isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode):
        raise RuleError("it makes a blank node; facts hold none", rule.name)
    term = _term(triple)
    if term not in rule.concludes:
        raise RuleError(f"it concludes {compact(term)}, which its header does not announce", rule.name)
