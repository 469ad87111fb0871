"""How each rule is run, and in which order.

Rules are put into strata. A rule comes after all those that conclude what it reads, so that nearly every
rule runs once, over all that it will ever see; rules that read what follows from their own conclusions make a
stratum together, and are run in rounds. What a rule denies (NOT EXISTS, MINUS, OPTIONAL, COUNT …) is
therefore complete before it runs, and the result is the one that the rules mean, in whatever order they are
given. Where no order can do that the rule is refused. This is the stratified negation of Datalog (Apt, Blair,
Walker 1988).

In a round a rule is asked only for solutions that need something new: for each of its certain patterns, one
query that begins there (semi-naive evaluation: Abiteboul, Hull, Vianu, *Foundations of Databases*, 13.1).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rdflib import URIRef, Variable

from mesmart_kg.errors import RuleError
from mesmart_kg.inference.patterns import Pattern, Reading, Terms, to_term
from mesmart_kg.inference.rewriting import Rewrite, find_rewrite
from mesmart_kg.inference.rules import Rule, read_patterns
from mesmart_kg.namespaces import compact
from mesmart_kg.query_text.tokens import Reading as Tokens


@dataclass(frozen=True)
class Plan:
    """A rule, what it reads, and the way to work it on lines if there is one."""

    rule: Rule
    reading: Reading
    terms: Terms
    rewrite: Rewrite | None

    def reads(self, terms: Collection[str]) -> bool:
        """Tell whether it reads any of the terms."""
        return bool(terms) and (self.terms is None or not self.terms.isdisjoint(terms))

    def find_queries_for_new(self, terms: Collection[str], graph: str) -> list[str] | None:
        """Return queries for what follows from new triples, of these terms, that a graph holds.

        They find all that the rule concludes from at least one of them, and nothing that it does not
        conclude. None where the rule must be asked as a whole. ``terms`` are none that the rule denies.
        """
        possible = self.reading.possible
        if possible is None or not possible.isdisjoint(terms):
            return None
        starts = [pattern for pattern in self.reading.certain if _matches(pattern, terms)]
        body = _find_body(self.rule.query)
        if body is None:
            return None
        start, end = body
        query = self.rule.query
        # LATERAL (SPARQL-dev SEP-0006) begins with what is new. It may not bind again what BIND makes.
        joined = "LATERAL " if self.reading.is_plain else ""
        return [
            f"{query[:start]} GRAPH <{graph}> {{ {_to_text(pattern)} }}"
            f" {joined}{{ {query[start:end]}\n}} {query[end:]}"
            for pattern in starts
        ]


def _matches(pattern: Pattern, terms: Collection[str]) -> bool:
    matched = to_term(pattern)
    return matched is None or not matched.isdisjoint(terms)


def _to_text(pattern: Pattern) -> str:
    """Return a pattern that matches at least what the given one does.

    What is neither a variable nor an IRI may be anything here: the whole query, which is joined, asks again.
    """
    return " ".join(
        term.n3() if isinstance(term, URIRef | Variable) else f"?mesmart_any{place}"
        for place, term in enumerate(pattern)
    )


def _find_body(query: str) -> tuple[int, int] | None:
    """Return where the group of WHERE begins and ends, without its braces; None if there is no template."""
    tokens = Tokens(query)
    words = [piece.upper() for piece in tokens.pieces]
    if not tokens.is_whole or "CONSTRUCT" not in words:
        return None
    template = words.index("CONSTRUCT") + 1
    if words[template] != "{":
        return None
    closing = tokens.closing_braces()
    index = template
    while tokens[index].start < closing[template]:
        index += 1
    index += words[index] == "WHERE"
    if words[index] != "{" or index not in closing:
        return None
    return tokens[index].start + 1, closing[index] - 1


def plan_rule(rule: Rule) -> Plan:
    """Return how a rule is run. Raises RuleError for one that can't be read, or that reads other data."""
    reading = read_patterns(rule)
    return Plan(rule, reading, reading.terms, find_rewrite(reading))


@dataclass(frozen=True)
class Stratum:
    """Plans that are run together: in rounds if ``is_cyclic``; else it is one plan, which is run once."""

    plans: tuple[Plan, ...]
    is_cyclic: bool

    @property
    def concludes(self) -> frozenset[str]:
        return frozenset(term for plan in self.plans for term in plan.rule.concludes)


def find_strata(plans: Sequence[Plan]) -> tuple[Stratum, ...]:
    """Return the strata in an order in which they may be run.

    Raises RuleError for a rule that denies what follows, in the end, from its own conclusions.
    """
    needed = _close(
        [{j for j, other in enumerate(plans) if plan.reads(other.rule.concludes)} for plan in plans]
    )
    # Two rules need each other just if they need the same; who needs more comes later.
    groups: dict[frozenset[int], list[int]] = {}
    for index in range(len(plans)):
        groups.setdefault(frozenset(needed[index] | {index}), []).append(index)
    strata = []
    for _, members in sorted(groups.items(), key=lambda group: (len(group[0]), group[1])):
        stratum = Stratum(tuple(plans[index] for index in members), members[0] in needed[members[0]])
        _refuse_denial_of_itself(stratum)
        strata.append(stratum)
    return tuple(strata)


def _close(needed: list[set[int]]) -> list[set[int]]:
    """Return, for each rule, all that it needs, and that those need, and so on."""
    closed = []
    for index in range(len(needed)):
        reached: set[int] = set()
        waiting = list(needed[index])
        while waiting:
            other = waiting.pop()
            if other not in reached:
                reached.add(other)
                waiting.extend(needed[other])
        closed.append(reached)
    return closed


def _refuse_denial_of_itself(stratum: Stratum) -> None:
    if not stratum.is_cyclic:
        return
    for plan in stratum.plans:
        denied = plan.reading.denied
        looped = stratum.concludes if denied is None else stratum.concludes & denied
        if looped:
            raise RuleError(
                f"it denies or counts {compact(min(looped))}, which follows in the end from what it concludes"
                " itself, so the result would hang on the order of the rules",
                plan.rule.name,
            )
