"""`make bench`: the figures the project must reach, measured on the real data.

Builds the release, serves it, and runs ``bench_pages.py`` on its pages and ``bench_queries.py`` on its
endpoint; ``bench_proxy.py`` with nginx in front; then ``bench_peers.py``, which starts our server and others
in turn. Each finds the release on the configured shelf, prints what it measured, and exits with 1 when a goal
is not reached. So does this one. The last ones make a corpus of a million triples and measure the steps of a
build, each beside a peer where there is one. Times are those of this machine as it is now.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent.parent
MESMART = (sys.executable, "-m", "mesmart_kg")

BUILD_SECONDS = 45
BUILD_MEBIBYTES = 1500
READY_SECONDS = 4


def main() -> int:
    """Measure everything, print it, and return the exit code."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}", flush=True)
    with tempfile.TemporaryDirectory() as shelf:
        environ = {**os.environ, "MESMART_PATHS__RELEASES": shelf}
        seconds, mebibytes = build(environ)
        reached = [
            show("build", seconds, "s", BUILD_SECONDS),
            show("memory of the build", mebibytes, "MiB", BUILD_MEBIBYTES),
        ]
        with serve(environ) as (url, seconds):
            reached.append(show("server ready after", seconds, "s", READY_SECONDS))
            reached.append(run("bench_pages", environ, url))
            reached.append(run("bench_queries", environ, f"{url}sparql"))
        reached.append(run("bench_reconciliation", environ))
        reached.append(run("bench_proxy", environ))
        reached.append(run("bench_peers", environ))
        reached.append(run("bench_remote", environ))
    # What is built here is a corpus of their own, up to a million triples; ten million on request.
    scripts = ("bench_build", "bench_facts", "bench_inference", "bench_validation", "bench_dumps")
    for script in (*scripts, "bench_scale_pages"):
        reached.append(run(script, dict(os.environ)))
    return 0 if all(reached) else 1


def run(script: str, environ: dict[str, str], *arguments: str) -> bool:
    """Run a script beside this one, and tell whether its goals are reached."""
    print(f"\n{script}", flush=True)
    command = [sys.executable, str(FOLDER / f"{script}.py"), *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environ, check=False).returncode == 0


def show(name: str, value: float, unit: str, at_most: float) -> bool:
    """Print one figure beside its goal, and tell whether it is reached."""
    verdict = "" if value <= at_most else ": NOT REACHED"
    print(f"{name}: {value:.1f} {unit} (goal: under {at_most:g} {unit}){verdict}", flush=True)
    return value <= at_most


def build(environ: dict[str, str]) -> tuple[float, float]:
    """Build a release in a process of its own; return its seconds, and the most MiB of memory it held."""
    begun = time.perf_counter()
    process = subprocess.Popen([*MESMART, "build"], cwd=PROJECT, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit("the build failed")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


@contextmanager
def serve(environ: dict[str, str]) -> Iterator[tuple[str, float]]:
    """Serve the shelf on a free port; yield the address, and the seconds until the first answer."""
    begun = time.perf_counter()
    command = [*MESMART, "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environ, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        words = (word for line in process.stderr for word in line.split())
        url = next(word for word in words if word.startswith("http://"))
        with urllib.request.urlopen(f"{url}-/health") as response:
            response.read()
        yield url, time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()


if __name__ == "__main__":
    sys.exit(main())
