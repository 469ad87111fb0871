"""How long it takes to read facts to sorted runs of N-Quads, on all cores, beside reading them row by row.

    python tests/benchmarks/bench_facts.py [TRIPLES ...]

makes a corpus of each size (``corpus.py``; 100 thousand and a million unless sizes are given), reads it row
by row in one process, collects it from nothing, once more unchanged, with one line changed. The goals, on
two cores: a million triples in 10 s from nothing, in 1.5 s with a changed line. Exits with 1 when one is not
reached. The processes run before the clock does, as a build's do.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from corpus import write_corpus

from mesmart_kg.facts import collect_facts, read_facts
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.work_cache import WorkCache

SIZES: Final = (100_000, 1_000_000)
GOALS: Final = {"from nothing": 10.0, "a changed line": 1.5}
"""Seconds for a million triples."""

MILLION: Final = 1_000_000


def measure(action: Callable[[], object]) -> float:
    """Return the seconds that it takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def read_row_by_row(data: Path) -> None:
    """Read all as quads, and drop them."""
    for _ in read_facts(data, NAMESPACE):
        pass


def measure_size(folder: Path, triples: int, work: Executor) -> dict[str, float]:
    """Return seconds for each way of reading a corpus of about so many triples."""
    write_corpus(folder, triples)
    data = folder / "data"
    cities = data / "facts" / "cities.csv"
    with WorkCache.open(folder / "work") as cache:

        def collect() -> object:
            return collect_facts(data, NAMESPACE, cache, work)

        seconds = {
            "row by row": measure(lambda: read_row_by_row(data)),
            "from nothing": measure(collect),
            "unchanged": measure(collect),
        }
        lines = cities.read_text("utf-8").splitlines(keepends=True)
        middle = len(lines) // 2
        lines[middle] = lines[middle].replace("POINT(", "POINT(0", 1)
        cities.write_text("".join(lines), "utf-8")
        return seconds | {"a changed line": measure(collect)}


def main() -> int:
    """Measure every size, print a table, and return the exit code."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    cores = os.cpu_count() or 1
    missed = 0
    with ProcessPoolExecutor(cores, mp_context=get_context("forkserver")) as work:
        list(work.map(os.fspath, [""] * cores * 4))  # starts them
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                for name, seconds in measure_size(Path(folder), size, work).items():
                    goal = GOALS.get(name) if size == MILLION else None
                    missed += goal is not None and seconds > goal
                    print(
                        f"{size:>11,}  {name:<15}{seconds:8.2f} s" + (f"  (goal {goal:g} s)" if goal else "")
                    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
