"""How long each competency question takes: over HTTP from a running server, and in rdflib's own engine.

The goals: each median over HTTP under 50 ms, and ten times faster than rdflib in the geometric mean, over the
questions that rdflib answers within 60 s. ``make bench`` runs this with the rest;
``python tests/benchmarks/bench_queries.py ENDPOINT`` measures a server of the configured shelf's current
release. Exits with 1 when a goal is not reached.

Questions with SERVICE are left out, since the endpoint refuses them. rdflib has no GeoSPARQL functions: where
a question needs them, its time is shown but does not count, for its answer is another. rdflib runs in a
process of its own, which is ended at its deadline, on the same default graph and named graphs.
"""

from __future__ import annotations

import gzip
import math
import multiprocessing
import os
import statistics
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import rdflib
from rdflib.plugins import sparql

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.queries import NamedQuery, read_queries
from mesmart_kg.release import Release

PROJECT = Path(__file__).resolve().parents[2]
REPEATS = 9
GOAL_MILLISECONDS = 50.0
GOAL_RATIO = 10.0
SECONDS_FOR_RDFLIB = 60.0


@dataclass(frozen=True)
class Timing:
    """One question: median over HTTP in milliseconds, and rdflib's time, None past its deadline."""

    query: NamedQuery
    http: float
    rdflib: float | None

    @property
    def ratio(self) -> float | None:
        """How many times rdflib took as long; None where it did not answer the same question."""
        return None if self.rdflib is None or "geof:" in self.query.text else self.rdflib / self.http


def measure_http(endpoint: str, query: NamedQuery) -> float:
    """Return the median time of an answer, whole body included, in milliseconds."""
    body = urllib.parse.urlencode({"query": query.text}).encode()
    accept = "text/turtle" if not query.expectation.columns else "application/sparql-results+json"
    times = []
    for _ in range(REPEATS):
        request = urllib.request.Request(endpoint, body, {"Accept": accept, "Cache-Control": "no-cache"})
        start = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as response:
            response.read()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def load_rdflib(release: Release, metadata_graph: str) -> rdflib.Dataset:
    """Return the release as rdflib holds it: the same default graph, the same named graphs."""
    dataset = rdflib.Dataset()
    dumps = release.path / "dumps"
    # In this order: rdflib 7.6 empties the default graph when it parses N-Quads.
    dataset.parse(data=gzip.decompress((dumps / "dataset.nq.gz").read_bytes()), format="nquads")
    dataset.default_graph.parse(data=gzip.decompress((dumps / "default.nt.gz").read_bytes()), format="nt")
    named = dataset.graph(rdflib.URIRef(metadata_graph))
    named.parse(release.path / "metadata/dataset.ttl", format="turtle")
    return dataset


class RdflibRace:
    """rdflib in a forked process that shares the loaded data; a new one after each deadline passed."""

    def __init__(self, dataset: rdflib.Dataset) -> None:
        self._dataset = dataset
        self._fork = multiprocessing.get_context("fork")

    def measure(self, query: NamedQuery) -> float | None:
        """Return the milliseconds of one answer; None if it fails or passes its deadline."""
        ours, theirs = self._fork.Pipe(duplex=False)
        process = self._fork.Process(target=self._answer, args=(query.text, theirs))
        process.start()
        theirs.close()
        try:
            if not ours.poll(SECONDS_FOR_RDFLIB):
                return None
            seconds = ours.recv()
            return None if seconds is None else float(seconds) * 1000
        except EOFError:
            return None
        finally:
            process.kill()
            process.join()

    def _answer(self, text: str, result: Connection) -> None:
        # Without this a FROM clause would make rdflib fetch what it names.
        sparql.SPARQL_LOAD_GRAPHS = False
        start = time.perf_counter()
        try:
            for _ in self._dataset.query(text):
                pass
        except Exception as error:  # noqa: BLE001 - whatever rdflib can't answer is out of the race, and said so
            sys.stderr.write(f"rdflib: {type(error).__name__}: {str(error)[:100]}\n")
            result.send(None)
        else:
            result.send(time.perf_counter() - start)


def compare(release: Release, endpoint: str) -> list[Timing]:
    """Measure every question both ways, and print a line for each."""
    queries = [query for query in read_queries(release.inputs / "queries") if "SERVICE" not in query.text]
    http = {query.number: measure_http(endpoint, query) for query in queries}
    race = RdflibRace(load_rdflib(release, GraphNames().metadata))
    timings = []
    print(f"{'question':44} {'HTTP ms':>9} {'rdflib ms':>10} {'ratio':>8}", flush=True)
    for query in queries:
        timing = Timing(query, http[query.number], race.measure(query))
        timings.append(timing)
        theirs = f"{timing.rdflib:10.0f}" if timing.rdflib is not None else f"{'–':>10}"
        ratio = f"{timing.ratio:8.1f}" if timing.ratio is not None else f"{'–':>8}"
        print(f"{query.stem:44} {timing.http:9.1f} {theirs} {ratio}", flush=True)
    return timings


def main(endpoint: str) -> int:
    """Print the table and the two figures that have a goal; return the exit code."""
    release = Catalog(load_config({}, os.environ, PROJECT).paths.releases).current()
    timings = compare(release, endpoint)
    slowest = max(timing.http for timing in timings)
    ratios = [timing.ratio for timing in timings if timing.ratio is not None]
    mean = math.exp(statistics.fmean(map(math.log, ratios))) if ratios else 0.0
    print(f"slowest question over HTTP: {slowest:.1f} ms (goal: under {GOAL_MILLISECONDS:g} ms)")
    print(
        f"times faster than rdflib: {mean:.1f} over {len(ratios)} questions (goal: at least {GOAL_RATIO:g})"
    )
    return 0 if slowest < GOAL_MILLISECONDS and mean >= GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
