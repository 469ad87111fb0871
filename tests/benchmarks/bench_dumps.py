"""How fast the dumps are made: from nothing, with a changed line, with none; and how much memory that takes.

``python tests/benchmarks/bench_dumps.py [TRIPLES ...]`` measures a corpus of a million triples, or of the
sizes given; ``FILE.nq`` instead of a number measures a file of sorted N-Quads. The goals are for a million
triples on two quiet cores. Exits with 1 when one is missed. Memory is that of the process and its workers
together, each at its highest.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from corpus import write_corpus

from mesmart_kg.dumps import Dumps, write_dumps
from mesmart_kg.facts import collect_facts
from mesmart_kg.namespaces import NAMESPACE, GraphNames
from mesmart_kg.sorted_lines import merge_lines
from mesmart_kg.work_cache import WorkCache

MILLION: Final = 1_000_000
GOALS: Final = {"from nothing": 12.0, "one changed line": 3.0}
"""Seconds for a million triples."""

_ENOUGH: Final = 2048
"""Mebibytes that all processes together may take, whatever the size."""


def main() -> int:
    """Print a table for each size; return 1 when a goal was missed."""
    missed = False
    for wanted in sys.argv[1:] or [str(MILLION)]:
        with tempfile.TemporaryDirectory(prefix="bench-dumps-") as folder:
            dataset = Path(wanted) if wanted.endswith(".nq") else _make_dataset(Path(folder), int(wanted))
            missed |= _measure(dataset, Path(folder))
    return int(missed)


def _make_dataset(folder: Path, triples: int) -> Path:
    write_corpus(folder / "corpus", triples)
    target = folder / "dataset.nq"
    with WorkCache.open(None) as cache, _start() as work:
        collected = collect_facts(folder / "corpus" / "data", NAMESPACE, cache, work)
        merge_lines(collected.runs, target)
    return target


def _measure(dataset: Path, folder: Path) -> bool:
    changed = folder / "changed.nq"
    lines = _change_line(dataset, changed)
    size = dataset.stat().st_size / 1e6
    print(f"{lines} quads, {size:.0f} MB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    missed = False
    with WorkCache.open(folder / "kept", 1 << 40) as cache:
        for name, source in (
            ("from nothing", dataset),
            ("one changed line", changed),
            ("nothing changed", changed),
        ):
            seconds, memory, dumps = _write(source, folder, cache)
            too_slow = lines >= MILLION and seconds > GOALS.get(name, 1e9) * lines / MILLION
            missed |= too_slow or memory > _ENOUGH
            note = "  MISSED" if too_slow or memory > _ENOUGH else ""
            print(f"  {name:18} {seconds:6.1f} s {memory:6.0f} MiB {len(dumps.files):4} files{note}")
    return missed


def _change_line(dataset: Path, target: Path) -> int:
    """Copy the file with a letter more in the label in its middle; return how many lines it has."""
    with dataset.open("rb") as source:
        lines = sum(1 for _ in source)
    done = False
    with dataset.open("rb") as source, target.open("wb") as file:
        for number, line in enumerate(source):
            if not done and number >= lines // 2 and b'#prefLabel> "' in line:
                line, done = line.replace(b'#prefLabel> "', b'#prefLabel> "X', 1), True
            file.write(line)
    return lines


def _write(dataset: Path, folder: Path, cache: WorkCache) -> tuple[float, float, Dumps]:
    with (
        tempfile.TemporaryDirectory(dir=folder) as target,
        tempfile.TemporaryDirectory(dir=folder) as scratch,
        _start() as work,
    ):
        list(work.map(_rest, range(4)))  # the processes are there when the clock starts
        start = time.perf_counter()
        dumps = write_dumps(dataset, GraphNames(), Path(target), folder=Path(scratch), cache=cache, work=work)
        seconds = time.perf_counter() - start
        workers = dict(work.map(_rest, range(16)))
    return seconds, (sum(workers.values()) + _highest()) / 1024, dumps


def _start() -> ProcessPoolExecutor:
    context = get_context("forkserver")
    context.set_forkserver_preload(["mesmart_kg.dumps", "mesmart_kg.facts"])
    return ProcessPoolExecutor(os.cpu_count(), mp_context=context)


def _rest(_number: int) -> tuple[int, int]:
    """Take long enough for every process to get a turn; return the process and its highest memory in KiB."""
    time.sleep(0.1)
    return os.getpid(), _highest()


def _highest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
