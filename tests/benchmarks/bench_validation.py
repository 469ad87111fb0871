"""How long validation takes: compiled shapes with pyshacl as judge, beside pyshacl alone.

    python tests/benchmarks/bench_validation.py [TRIPLES ...] [--errors SHARE] [--ours]

makes two corpora of each size (``corpus.py``; 100 thousand and a million triples unless sizes are given), one
clean and one with a share of spoiled rows, and validates each with the project's own shapes: as a build does,
and by pyshacl as it comes, on an rdflib graph. Each run has a process of its own; loading the data is not
counted. The results of both are compared, number by number. ``--ours`` leaves pyshacl alone out: at a million
triples it takes many minutes, and gigabytes. Goal: ten times faster than pyshacl alone on clean data.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pyshacl
from corpus import write_corpus
from rdflib import RDF, SH, Graph

from mesmart_kg import formats, validation
from mesmart_kg.facts import collect_facts
from mesmart_kg.store import Dataset, canonical_ntriples, parse
from mesmart_kg.work_cache import WorkCache

PROJECT: Final = Path(__file__).resolve().parents[2]
SIZES: Final = (100_000, 1_000_000)
GOAL: Final = 10.0
BASE: Final = "https://w3id.org/city-communities/"


def write_triples(data: Path, target: Path) -> None:
    """Write facts and ontology as the N-Triples that a build judges.

    Rows that lack a value, or name what no table has, would stop the build before: their tables forget that
    they ask for one.
    """
    for path in data.rglob("*-metadata.json"):
        table = json.loads(path.read_text("utf-8"))
        table["tableSchema"].pop("foreignKeys", None)
        for column in table["tableSchema"]["columns"]:
            column.pop("required", None)
        path.write_text(json.dumps(table), "utf-8")
    with (
        closing(WorkCache.open(None)) as cache,
        ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("forkserver")) as work,
        target.open("wb") as file,
    ):
        for run in collect_facts(data, BASE, cache, work).runs:
            with run.open("rb") as lines:
                file.writelines(line[: line.rindex(b" <")] + b" .\n" for line in lines)
        ontology = parse(PROJECT / "ontology" / "city-communities.ttl", formats.TURTLE)
        file.writelines(canonical_ntriples(quad.triple for quad in ontology))


def measure(way: str, triples: Path) -> dict[str, Any]:
    """Validate once, in this process: seconds of wall and processor, peak MiB, results."""
    shapes = validation.read_shapes((PROJECT / "shapes").glob("*.ttl"))
    run = _ours(triples, shapes) if way == "ours" else _alone(triples, shapes)
    begun, worked = time.perf_counter(), time.process_time()
    results, uncompiled = run()
    return {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - worked,
        "mebibytes": _peak(),
        "results": results,
        "uncompiled": uncompiled,
    }


def _peak() -> float:
    # Not getrusage's: that begins with what the process was forked from.
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(told[1]) / 1024 if told else 0.0


def _ours(triples: Path, shapes: Graph) -> Any:
    dataset = Dataset()
    dataset.load_file(triples, formats.NTRIPLES)

    def run() -> tuple[int, list[str]]:
        report = validation.validate(dataset, shapes, "urn:report")
        return len(report.findings), list(report.uncompiled)

    return run


def _alone(triples: Path, shapes: Graph) -> Any:
    data = Graph().parse(triples, format="nt")

    def run() -> tuple[int, list[str]]:
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
        assert isinstance(report, Graph)
        # Results of shapes within shapes are in the graph too; those of the report are asked for.
        report_node = next(report.subjects(RDF.type, SH.ValidationReport))
        return len(set(report.objects(report_node, SH.result))), []

    return run


def in_process(way: str, triples: Path) -> dict[str, Any]:
    """Run `measure` in a process of its own, so that its memory is its own too."""
    command = [sys.executable, "-W", "ignore", __file__, "--measure", way, str(triples)]
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, cwd=PROJECT
    )
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def show(name: str, told: dict[str, Any]) -> None:
    print(
        f"  {name:<14} {told['seconds']:8.1f} s {told['processor']:8.1f} s of processor"
        f" {told['mebibytes']:8,.0f} MiB {told['results']:8,} results",
        flush=True,
    )
    for reason in told["uncompiled"]:
        print(f"    not compiled: {reason}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How long validation takes, beside pyshacl alone.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--errors", type=float, default=0.01, help="the share of spoiled rows")
    parser.add_argument("--ours", action="store_true", help="leave pyshacl alone out")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        warnings.simplefilter("ignore")
        print(json.dumps(measure(given.measure[0], Path(given.measure[1]))))
        return
    for size in given.sizes:
        for share in (0.0, given.errors):
            with tempfile.TemporaryDirectory(prefix="mesmart-bench-") as folder:
                triples, spoiled = write_corpus(Path(folder), size, share)
                target = Path(folder) / "default.nt"
                write_triples(Path(folder) / "data", target)
                print(f"{triples:,} triples, {sum(spoiled.values()):,} rows spoiled")
                ours = in_process("ours", target)
                show("compiled", ours)
                if given.ours:
                    continue
                alone = in_process("alone", target)
                show("pyshacl alone", alone)
                times = alone["seconds"] / ours["seconds"]
                same = "the same results" if alone["results"] == ours["results"] else "OTHER RESULTS"
                print(f"  {times:.1f} times as fast (goal, on clean data: {GOAL:.0f}); {same}")


if __name__ == "__main__":
    main()
