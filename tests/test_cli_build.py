"""`mesmart build`: what it says of its steps, as text and as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from town import copy_town

from mesmart_kg.build import STEPS
from mesmart_kg.cli.usage import Usage, measure_memory


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the build of a copy of the project in that folder."""
    config = copy_town(folder)
    environ = {
        **os.environ,
        **{
            f"MESMART_PATHS__{name.upper()}": str(getattr(config.paths, name))
            for name in ("ontology", "data", "shapes", "queries", "releases")
        },
        "MESMART_PATHS__WORK": "work",
    }
    command = [sys.executable, "-m", "mesmart_kg", "build", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_progress_and_what_it_took_are_told_as_json(tmp_path: Path) -> None:
    ended = run(tmp_path, "--json")

    assert ended.returncode == 0, ended.stderr
    *progress, summary = map(json.loads, ended.stdout.splitlines())
    assert list(dict.fromkeys(each["step"] for each in progress)) == list(STEPS)
    assert [each["step"] for each in summary["steps"]] == list(STEPS)
    assert Path(summary["path"]).name == summary["release"]
    assert summary["seconds"] >= sum(each["seconds"] for each in summary["steps"]) * 0.9
    assert summary["memory"] == max(each["memory"] for each in summary["steps"])
    assert summary["memory"] > 10_000_000


@pytest.mark.slow
def test_the_summary_for_people_names_every_step(tmp_path: Path) -> None:
    ended = run(tmp_path)

    assert ended.returncode == 0, ended.stderr
    said = ended.stderr.splitlines()
    assert [line.split()[0] for line in said[-len(STEPS) - 2 : -1]] == [*STEPS, "together"]
    assert "MiB" in said[-2]
    assert ended.stdout.strip() in said[-1]


def test_usage_passes_progress_on_and_measures_each_step() -> None:
    told: list[tuple[str, int, int]] = []
    with Usage(lambda *each: told.append(each)) as usage:
        usage("facts", 0, 0)
        held = bytearray(50_000_000)
        held[::4096] = b"x" * len(held[::4096])
        usage("facts", 1, 1)
        usage("dumps", 0, 1)

    assert told == [("facts", 0, 0), ("facts", 1, 1), ("dumps", 0, 1)]
    assert [each.step for each in usage.steps] == ["facts", "dumps"]
    assert usage.steps[1].memory is not None
    assert usage.steps[1].memory > 50_000_000
    assert usage.memory == max(each.memory or 0 for each in usage.steps)


def test_memory_of_other_processes_counts() -> None:
    alone = measure_memory()
    script = "held = b'x' * 60_000_000; print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        together = measure_memory()
        process.communicate("\n")

    assert alone is not None
    assert together is not None
    assert together - alone > 50_000_000
