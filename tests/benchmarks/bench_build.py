"""How long a build takes, and how much memory, from ten thousand triples to ten million.

    python tests/benchmarks/bench_build.py [TRIPLES ...]

makes a corpus of each size (``corpus.py``; 10 thousand, 100 thousand and a million unless sizes are given),
builds it from nothing in a process of its own, then again with one line changed, and prints seconds and peak
memory of every step. With several sizes it tells how far the time is from growing in line. Goals, on two
cores: a million triples in 60 s and 3 GB, ten million in 15 minutes and 8 GB; from one size to the next, 1.3
times the time a triple took before, at most.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpus import write_corpus
from figures_file import record_size

PROJECT: Final = Path(__file__).resolve().parents[2]
SIZES: Final = (10_000, 100_000, 1_000_000)
GOALS: Final = {1_000_000: (60.0, 3 * 1024), 10_000_000: (900.0, 8 * 1024)}
"""Triples to seconds and MiB."""

LINEAR: Final = 1.3
_MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Build:
    """One build: seconds and the most MiB, altogether and by step; the dataset's digest tells its bytes."""

    triples: int
    seconds: float
    mebibytes: float
    steps: dict[str, tuple[float, float]]
    release: Path


def build(folder: Path, shelf: Path, work: Path) -> Build:
    """Build the data of a folder onto a shelf, in a process of its own. Exits where that fails."""
    environ = {
        **os.environ,
        "MESMART_PATHS__DATA": str(folder / "data"),
        "MESMART_PATHS__RELEASES": str(shelf),
        "MESMART_PATHS__WORK": str(work),
    }
    command = [sys.executable, "-m", "mesmart_kg", "build", "--json", "--out", str(shelf)]
    begun = time.perf_counter()
    ended = subprocess.run(command, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - begun
    if ended.returncode:
        sys.exit(f"the build of {folder} failed")
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    steps = {step["step"]: (step["seconds"], (step["memory"] or 0) / _MEBIBYTE) for step in told["steps"]}
    release = Path(told["path"])
    return Build(told["triples"], seconds, (told["memory"] or 0) / _MEBIBYTE, steps, release)


def change_a_line(folder: Path) -> None:
    """Give the first city of the corpus another name."""
    path = folder / "data" / "facts" / "cities.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    slug, _, rest = lines[1].partition(",")
    lines[1] = f"{slug},Nuova {rest}"
    path.write_text("".join(lines), "utf-8")


def show(name: str, told: Build) -> None:
    """Print a build and its steps."""
    print(
        f"{name}: {told.triples:,} triples in {told.seconds:.1f} s, {told.mebibytes:,.0f} MiB at most",
        flush=True,
    )
    for step, (seconds, mebibytes) in told.steps.items():
        print(f"    {step:<12}{seconds:8.1f} s{mebibytes:9,.0f} MiB", flush=True)


def main() -> int:
    """Print the figures, and return the exit code."""
    sizes = [int(text.replace("_", "")) for text in sys.argv[1:]] or list(SIZES)
    reached = []
    rates: list[float] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="mesmart-bench-") as name:
            folder = Path(name)
            write_corpus(folder, size)
            first = build(folder, folder / "releases", folder / "work")
            show(f"{size:,}", first)
            if size in GOALS:
                seconds, mebibytes = GOALS[size]
                reached += [first.seconds <= seconds, first.mebibytes <= mebibytes]
                verdict = "reached" if all(reached[-2:]) else "NOT REACHED"
                print(f"  goal: {seconds:g} s and {mebibytes:,} MiB: {verdict}")
            rates.append(first.seconds / first.triples)
            # What is made of a release for a server to read can be made again anywhere.
            files = [
                path.stat().st_size
                for path in first.release.rglob("*")
                if path.is_file() and first.release / "derived" not in path.parents
            ]
            if len(rates) > 1:
                growth = rates[-1] / rates[-2]
                reached.append(growth <= LINEAR)
                verdict = "" if growth <= LINEAR else ": NOT REACHED"
                print(f"  {growth:.2f} times the seconds a triple took before (goal: {LINEAR}){verdict}")
            change_a_line(folder)
            again = build(folder, folder / "releases", folder / "work")
            show(f"{size:,}, one line changed", again)
            record_size(
                first.triples,
                build_seconds=first.seconds,
                rebuild_seconds=again.seconds,
                build_mebibytes=first.mebibytes,
                release_mebibytes=sum(files) / _MEBIBYTE,
            )
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
