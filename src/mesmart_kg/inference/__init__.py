"""Inference: what follows from the facts by the axioms of our ontology and by our named rules.

owlrl given the data as well needs minutes, and says three times as much, nearly all of it noise. So it
closes the ontology alone (``axioms``); the axioms become CONSTRUCT rules, those of ``ontology/rules`` join
them (``rules``). What each reads is found in its text (``patterns``), which tells in what order and how they
are run (``plans``). The statements that they read are sorted out of the file of all (``premises``); rules of
one pattern are worked on its lines (``rewriting``), the others on the engine (``solver``), until nothing new
follows (``running``). Tests hold the result against owlrl's own closure of ontology and data, and against a
plain fixpoint of generated rules.

Only our own ontology may be given to the reasoner: the official alignment files equate what differs
(``vocabularies.md``, section 3). Left to others: which graphs hold facts (``build``), the provenance of the
inferred graph (``metadata``).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mesmart_kg.inference.axioms import axiom_rules, close_ontology
from mesmart_kg.inference.plans import Plan, find_strata, plan_rule
from mesmart_kg.inference.premises import sort_out
from mesmart_kg.inference.rules import Rule, describe_rules, read_rules
from mesmart_kg.inference.running import Run
from mesmart_kg.sorted_lines import merge_lines
from mesmart_kg.work_cache import WorkCache, code_digest, make_key

__all__ = ["Inference", "Rule", "axiom_rules", "close_ontology", "describe_rules", "infer", "read_rules"]

_FEWEST_ALLOWED: Final = 100_000
_ROOMS: Final = ("inference", "store", "sorted_lines", "query_text", "namespaces")


@dataclass(frozen=True)
class Inference:
    """What a run concluded: how many triples, in how many rounds, how many each rule was the first to find.

    Rounds are those of the longest cycle of rules; where no rule reads what follows from its own conclusions,
    one round is all.
    """

    triples: int
    rounds: int
    by_rule: Mapping[str, int]


def infer(
    statements: Path,
    rules: Iterable[Rule],
    target: Path,
    *,
    is_apart: Callable[[str], bool],
    cache: WorkCache,
    limit: int | None = None,
) -> Inference:
    """Run the rules to their fixpoint and write what follows to a file: N-Triples, sorted, each line once.

    ``statements`` is a file of sorted canonical N-Quads, each in a named graph. The premises are the RDF
    merge of its graphs but those that are apart (links, shapes and the like), each triple once: they are the
    default graph of the rules' queries. Written is only what no graph of the file holds, those apart among
    them, and what says something: nothing about terms of the ontology itself, no ``x owl:sameAs x``, no
    ``owl:Thing``.

    The same premises and rules are worked on once, and their result kept in the cache. Folders for the work
    are made beside the target, and removed.

    ``limit`` is the greatest number of triples that one rule may produce, in one round or new over all
    rounds; by default five for each statement, and 100,000 at least. Raises RuleError, and writes nothing,
    for a rule that passes it, concludes a term that it does not announce, makes a blank node, or denies what
    follows from its own conclusions; and when after 250 rounds there is still something new.
    """
    plans = tuple(map(plan_rule, rules))
    strata = find_strata(plans)
    with tempfile.TemporaryDirectory(prefix=".inference-", dir=target.parent) as name:
        folder = Path(name)
        premises = sort_out(
            statements,
            folder,
            read={term for plan in plans for term in plan.terms or ()},
            concluded={term for plan in plans for term in plan.rule.concludes},
            is_apart=is_apart,
            keeps_rest=any(plan.terms is None for plan in plans),
        )
        allowed = limit if limit is not None else max(_FEWEST_ALLOWED, 5 * premises.statements)
        key = make_key("inference", code_digest(*_ROOMS), premises.digest, *_texts(plans))
        known = _find_known(cache, key, allowed, target)
        if known is not None:
            return known
        run = Run(premises, folder, allowed)
        run.run(strata)
        made = folder / "made"
        result = Inference(
            triples=merge_lines(run.written, made),
            rounds=run.rounds,
            by_rule=MappingProxyType({plan.rule.name: run.by_rule[plan.rule.name] for plan in plans}),
        )
        _keep(cache, key, result, max(run.most.values(), default=0), made)
        made.replace(target)
    return result


def _texts(plans: Iterable[Plan]) -> Iterator[str]:
    """Yield what decides the conclusions of the rules, and in whose name they are counted."""
    for rule in (plan.rule for plan in plans):
        yield from (rule.name, rule.query, " ".join(rule.concludes))


def _find_known(cache: WorkCache, key: str, allowed: int, target: Path) -> Inference | None:
    """Write the result of the same work to the target; None if it is unknown, or passed what is allowed."""
    figures, lines = cache.find(make_key(key, "figures")), cache.find(make_key(key, "lines"))
    if figures is None or lines is None:
        return None
    told = json.loads(figures.read_bytes())
    if told["most"] > allowed:
        return None
    shutil.copyfile(lines, target)
    return Inference(told["triples"], told["rounds"], MappingProxyType(told["by_rule"]))


def _keep(cache: WorkCache, key: str, result: Inference, most: int, made: Path) -> None:
    figures = {
        "triples": result.triples,
        "rounds": result.rounds,
        "by_rule": dict(result.by_rule),
        "most": most,
    }
    cache.keep(make_key(key, "figures"), json.dumps(figures).encode())
    with made.open("rb") as source:
        cache.keep(make_key(key, "lines"), lambda file: shutil.copyfileobj(source, file))
