"""How fast inference is, beside owlrl and ``reasonable``, on corpora of cities.

From a file of statements to all that follows from them; reading and closing the ontology counts too. The
others conclude from the axioms of the ontology alone, so ours is measured with those, and once more with our
named rules, which only it can run. What the axioms give us must be among what each of the others concludes:
they say more, nearly all of it noise (see ``tests/test_inference.py``).

``python tests/benchmarks/bench_inference.py [TRIPLES ...]`` measures corpora of 100 thousand and of a million
triples, or of the sizes given; owlrl up to 100 thousand alone. The goals, for ours with all rules: 30 times
faster than owlrl there, and at a million not slower than ``reasonable``. Exits with 1 when one is missed.
Each runs in a process of its own. Ours has written its file when the clock stops, the others have not.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeAlias

import owlrl
import rdflib
from corpus import write_corpus
from reasonable import PyReasoner

from mesmart_kg.facts import collect_facts
from mesmart_kg.inference import axiom_rules, close_ontology, infer, read_rules
from mesmart_kg.namespaces import NAMESPACE, GraphNames
from mesmart_kg.sorted_lines import merge_lines
from mesmart_kg.work_cache import WorkCache

PROJECT: Final = Path(__file__).resolve().parents[2]
ONTOLOGY: Final = PROJECT / "ontology" / "city-communities.ttl"
RULES: Final = PROJECT / "ontology" / "rules"

SIZES: Final = (100_000, 1_000_000)
OWLRL_UP_TO: Final = 100_000
GOALS: Final = {("owlrl", 100_000): 30.0, ("reasonable", 1_000_000): 1.0}
"""How many times faster ours is to be, at a size."""

_APART: Final = (GraphNames().links,)
_MEBIBYTE: Final = 1024

Triples: TypeAlias = Iterable[tuple[Any, Any, Any]]


@dataclass(frozen=True)
class Given:
    """The same facts for all: as N-Quads for ours, as N-Triples for the others, and how many triples."""

    statements: Path
    triples: Path
    count: int


@dataclass(frozen=True)
class Figures:
    """What one of them took, in seconds and MiB at most, and how many triples it added."""

    seconds: float
    mebibytes: float
    added: int


def run_ours(given: Given, target: Path) -> Figures:
    """Run the axioms and our named rules, and write what follows."""
    return _run_ours(given, target, has_named_rules=True)


def run_ours_with_axioms(given: Given, target: Path) -> Figures:
    """Run the axioms alone, and write what follows."""
    return _run_ours(given, target, has_named_rules=False)


def _run_ours(given: Given, target: Path, *, has_named_rules: bool) -> Figures:
    begun = time.perf_counter()
    rules = axiom_rules(close_ontology(rdflib.Graph().parse(ONTOLOGY)))
    named = read_rules(RULES) if has_named_rules else ()
    with WorkCache.open(None) as cache:
        result = infer(given.statements, (*rules, *named), target, is_apart=_APART.__contains__, cache=cache)
    return _tell(begun, result.triples)


def run_reasonable(given: Given, target: Path) -> Figures:
    """Run ``reasonable``; after the clock has stopped, write what it says."""
    begun = time.perf_counter()
    reasoner = PyReasoner()
    reasoner.load_file(str(ONTOLOGY))
    reasoner.load_file(str(given.triples))
    found = reasoner.reason()
    figures = _tell(begun, len(found) - given.count)
    _write(found, target)
    return figures


def run_owlrl(given: Given, target: Path) -> Figures:
    """Run owlrl; after the clock has stopped, write what it says."""
    begun = time.perf_counter()
    graph = rdflib.Graph().parse(ONTOLOGY).parse(given.triples, format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    figures = _tell(begun, len(graph) - given.count)
    _write(graph, target)
    return figures


def _tell(begun: float, added: int) -> Figures:
    seconds = time.perf_counter() - begun
    return Figures(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEBIBYTE, added)


def _write(triples: Triples, target: Path) -> None:
    """Write the triples between IRIs; ours concludes no others from the axioms."""
    with target.open("w", encoding="utf-8") as file:
        for triple in triples:
            if all(isinstance(term, rdflib.URIRef) for term in triple):
                file.write(" ".join(f"<{term}>" for term in triple) + " .\n")


def prepare(size: int, folder: Path) -> Given:
    """Write a corpus of about so many triples, and its facts as each of them reads facts."""
    write_corpus(folder, size)
    statements, triples = folder / "statements.nq", folder / "triples.ttl"
    with WorkCache.open(None) as cache, _processes() as work:
        merge_lines(collect_facts(folder / "data", NAMESPACE, cache, work).runs, statements)
    count, last = 0, b""
    apart = tuple(f" <{graph}> .\n".encode() for graph in _APART)
    with statements.open("rb") as source, triples.open("wb") as file:
        for line in source:
            triple = line[: line.rindex(b" <")]
            if triple != last and not line.endswith(apart):
                file.write(triple + b" .\n")
                count, last = count + 1, triple
    return Given(statements, triples, count)


def measure(run: Callable[[Given, Path], Figures], given: Given, target: Path) -> Figures:
    """Run one of them in a process of its own, and print what it took."""
    with _processes(1) as process:
        figures = process.submit(run, given, target).result()
    name = run.__name__.removeprefix("run_").replace("_", " ")
    print(
        f"  {name:<18}{figures.seconds:8.1f} s{figures.mebibytes:9,.0f} MiB{figures.added:12,} triples more",
        flush=True,
    )
    return figures


def _processes(count: int | None = None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, mp_context=get_context("forkserver"))


def missing(ours: Path, theirs: Path) -> int:
    """Count what ours concluded and theirs did not."""
    with ours.open("rb") as some, theirs.open("rb") as others:
        return len(set(some).difference(others))


def judge(ratio: float, goal: float | None, other: str) -> bool:
    """Print how many times faster ours is, and tell whether that is enough, where a goal is set."""
    is_enough = goal is None or ratio >= goal
    verdict = "" if goal is None else f" (goal: {goal:g}): {'reached' if is_enough else 'NOT REACHED'}"
    print(f"  {ratio:.1f} times faster than {other}{verdict}", flush=True)
    return is_enough


def main() -> int:
    """Print the figures, and return the exit code."""
    reached = []
    for size in [int(text.replace("_", "")) for text in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory(prefix="mesmart-bench-") as name:
            folder = Path(name)
            given = prepare(size, folder)
            print(f"\n{given.count:,} triples", flush=True)
            ours = measure(run_ours, given, folder / "all.nt")
            measure(run_ours_with_axioms, given, folder / "ours.nt")
            others = {"reasonable": run_reasonable, "owlrl": run_owlrl}
            if size > OWLRL_UP_TO:
                del others["owlrl"]
            for other, run in others.items():
                theirs = measure(run, given, folder / "theirs.nt")
                if count := missing(folder / "ours.nt", folder / "theirs.nt"):
                    print(f"  {count:,} conclusions of ours are none of {other}: WRONG", flush=True)
                    reached.append(False)
                reached.append(judge(theirs.seconds / ours.seconds, GOALS.get((other, size)), other))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
