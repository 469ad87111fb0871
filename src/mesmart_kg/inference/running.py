"""Rules run over premises, stratum after stratum, until nothing new follows.

A rule of one pattern is worked on the lines of its term; any other is asked of the engine, which holds only
what such rules read. A term that no later rule concludes is written to its file and leaves memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from mesmart_kg.errors import RuleError
from mesmart_kg.inference.patterns import NO_TERMS, to_terms, unite
from mesmart_kg.inference.plans import Plan, Stratum
from mesmart_kg.inference.premises import Premises
from mesmart_kg.inference.solver import Solver, too_many
from mesmart_kg.namespaces import CC, compact, expand

MOST_ROUNDS: Final = 250
"""Rounds of a cycle of rules; a transitive property needs as many as its longest chain has binary digits."""

_TYPE: Final = f"<{expand('rdf:type')}>".encode()
_SAME: Final = expand("owl:sameAs")
_CLASSES_OF_EVERYTHING: Final = frozenset(map(expand, ("rdfs:Resource", "owl:Thing", "owl:NamedIndividual")))
_OUR_TERM: Final = f"<{CC}".encode()
_BLOCK: Final = 4 * 1024 * 1024

Lines: TypeAlias = list[bytes]


class _Conclusions:
    """What was concluded of one term: ``found`` are lines that are no premises, sorted only in the end."""

    def __init__(self, premises: Path | None, apart: Path | None) -> None:
        self.found: set[bytes] = set()
        self.premises = frozenset(_read(premises))
        self.apart = frozenset(_read(apart))


class Run:
    """One run: what follows, rule by rule, and where it is written.

    ``allowed`` is the greatest number of triples that one rule may produce, in one round or new over all.
    """

    def __init__(self, premises: Premises, folder: Path, allowed: int) -> None:
        self._premises = premises
        self._folder = folder
        self._allowed = allowed
        self._solver = Solver(premises, folder, allowed)
        self._open: dict[str, _Conclusions] = {}
        self._finished: dict[str, Path] = {}
        self.written: list[Path] = []
        """Files of sorted lines that no graph holds, one for each term of which something was concluded."""
        self.by_rule: Counter[str] = Counter()
        """How many of the lines written each rule was the first to find."""
        self.most: Counter[str] = Counter()
        """The most that each rule produced in one round, or new over all: compared with ``allowed``."""
        self.rounds = 0
        """In how many rounds the longest cycle of rules was run; 1 where there is none."""
        self._new: Counter[str] = Counter()

    def run(self, strata: Iterable[Stratum]) -> None:
        """Run the strata in their order. Raises RuleError; see :func:`mesmart_kg.inference.infer`."""
        waiting = list(strata)
        while waiting:
            stratum = waiting.pop(0)
            rounds = self._run_in_rounds(stratum) if stratum.is_cyclic else self._run_once(stratum)
            self.rounds = max(self.rounds, rounds)
            later = {term for each in waiting for term in each.concludes}
            for term in sorted(self._open.keys() - later):
                self._finish(term)

    def _run_once(self, stratum: Stratum) -> int:
        (plan,) = stratum.plans
        if plan.rewrite is None:
            self._solver.load(plan.terms, self._find_concluded)
        self._take(plan, self._conclude(plan))
        return 1

    def _run_in_rounds(self, stratum: Stratum) -> int:
        """Run rules that read what they conclude; the last round finds nothing. Return how many they were."""
        asked = unite(plan.terms for plan in stratum.plans if plan.rewrite is None)
        if asked != NO_TERMS:
            self._solver.load(asked, self._find_concluded)
        new: defaultdict[str, Lines] = defaultdict(list)
        for plan in stratum.plans:
            _add(new, self._take(plan, self._conclude(plan)))
        rounds = 1
        while new:
            rounds += 1
            graph = "" if asked == NO_TERMS else self._solver.add(new)
            before, new = new, defaultdict(list)
            for plan in stratum.plans:
                if not plan.reads(before.keys()):
                    continue
                found = self._take(plan, self._conclude_from_new(plan, before, graph))
                if found and rounds > MOST_ROUNDS:
                    message = f"still finds something new after {MOST_ROUNDS} rounds; does it make new terms?"
                    raise RuleError(message, plan.rule.name)
                _add(new, found)
        return rounds

    def _conclude(self, plan: Plan) -> Lines:
        if plan.rewrite is None:
            return self._solver.conclude(plan)
        return [line for lines in self._lines(plan.rewrite.term) for line in plan.rewrite.apply(lines)]

    def _conclude_from_new(self, plan: Plan, new: Mapping[str, Lines], graph: str) -> Lines:
        if plan.rewrite is None:
            return self._solver.conclude_from_new(plan, new.keys(), graph)
        return plan.rewrite.apply(new.get(plan.rewrite.term, ()))

    def _lines(self, term: str) -> Iterator[Iterable[bytes]]:
        """Yield all lines of a term, premises and conclusions, in parts."""
        for source in (self._premises.find_premises(term), self._find_concluded(term)):
            if isinstance(source, Path):
                with source.open("rb") as file:
                    while lines := file.readlines(_BLOCK):
                        yield lines
            elif source is not None:
                yield source

    def _find_concluded(self, term: str) -> Path | Iterable[bytes] | None:
        """Return the file of what was concluded of a term, or the lines while there is none yet."""
        is_open = self._open.get(term)
        return self._finished.get(term) if is_open is None else is_open.found

    def _take(self, plan: Plan, lines: Lines) -> dict[str, Lines]:
        """Keep what is new of a rule's conclusions and says something; return it by its term."""
        rule = plan.rule
        self._count(rule.name, len(lines))
        taken: dict[str, Lines] = {}
        for term, group in _by_term(plan, lines).items():
            telling = _leave_out_trivial(term, group)
            if not telling:
                continue
            self._check(plan, term, telling)
            if term not in self._open:
                find = self._premises
                self._open[term] = _Conclusions(find.find_premises(term), find.find_apart(term))
            kept = self._open[term]
            new = telling - kept.found - kept.premises
            if new:
                kept.found |= new
                taken[term] = list(new)
                self._new[rule.name] += len(new)
                self.by_rule[rule.name] += len(new - kept.apart)
        self._count(rule.name, self._new[rule.name])
        return taken

    def _count(self, rule: str, count: int) -> None:
        self.most[rule] = max(self.most[rule], count)
        if count > self._allowed:
            raise too_many(rule, count)

    def _check(self, plan: Plan, term: str, lines: set[bytes]) -> None:
        name = plan.rule.name
        if term not in plan.rule.concludes:
            raise RuleError(f"it concludes {compact(term)}, which its header does not announce", name)
        for line in lines:
            # Nearly no line holds these two signs anywhere.
            if b"_:" in line and (line[:2] == b"_:" or line.split(b" ", 2)[2][:2] == b"_:"):
                raise RuleError("it makes a blank node; facts hold none", name)

    def _finish(self, term: str) -> None:
        """Write what was concluded of a term, of which nothing further can come."""
        kept = self._open.pop(term)
        name = self._premises.names[term]
        self._finished[term] = path = self._folder / f"found-{name}"
        lines = sorted(kept.found)
        path.write_bytes(b"".join(lines))
        if not kept.apart.isdisjoint(kept.found):
            path = self._folder / f"unstated-{name}"
            path.write_bytes(b"".join(line for line in lines if line not in kept.apart))
        self.written.append(path)


def _add(lines: defaultdict[str, Lines], more: Mapping[str, Lines]) -> None:
    for term, found in more.items():
        lines[term] += found


def _read(path: Path | None) -> Lines:
    return [] if path is None else path.read_bytes().splitlines(keepends=True)


def _by_term(plan: Plan, lines: Lines) -> Mapping[str, Iterable[bytes]]:
    """Return a rule's conclusions by their term, which is mostly one, told by the template."""
    if not lines:
        return {}
    told = to_terms(plan.reading.template) if plan.reading.template else None
    if told is not None and len(told) == 1:
        return dict.fromkeys(told, lines)
    groups: defaultdict[bytes, Lines] = defaultdict(list)
    for line in lines:
        _, term, value = line.split(b" ", 2)
        groups[value[: value.index(b" ")] if term == _TYPE and value[:1] == b"<" else term].append(line)
    return {term[1:-1].decode(): group for term, group in groups.items()}


def _leave_out_trivial(term: str, lines: Iterable[bytes]) -> set[bytes]:
    """Return the lines that say something: nothing about terms of our own, or that holds of everything."""
    if term in _CLASSES_OF_EVERYTHING:
        return set()
    telling = {line for line in lines if not line.startswith(_OUR_TERM)}
    if term == _SAME:
        telling = {line for line in telling if line.split(b" ", 2)[0] != line[:-3].split(b" ", 2)[2]}
    return telling
