"""Ours and other endpoints over the same data, in the same run and in turn: latency, throughput, memory.

``python tests/benchmarks/bench_peers.py`` measures the current release of the configured shelf; ``--quick``
takes a few minutes, ``--quick --peers ours --only look-ups`` half a minute. Kinds of query are in
``workload.py``. A cold query has never been asked before, a warm one has. Exits with 1 when a goal is missed,
or could not be measured.

The goals are ratios to ``oxigraph serve`` in memory and, on the competency queries, to ``rdflib-endpoint``.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from goals import judge
from load import Load, Reply, ask, run_wrk, runaways
from peers import PROJECT, Peer, Running, list_peers, renew_answering
from processes import Holding, settle
from workload import (
    JSON,
    RUNAWAY,
    Kind,
    aggregates,
    competency,
    large_construct,
    look_ups,
    million_rows,
    name_of,
    renew,
)

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.release import Release

SLOW_LIMIT = 5.0
SLOW = "queries of 5 ms or more"
RUNAWAYS = 2
REPEATS = 7
SINGLE_SECONDS = 20.0
"""How long one answer may take when queries are asked one by one."""


@dataclass(frozen=True)
class Plan:
    """How much is measured: seconds each, numbers of clients, names of servers, what a kind's name holds.

    ``seconds`` is the shortest measurement, ``longest`` the longest: slow queries need more time.
    """

    seconds: float
    longest: float
    clients: tuple[int, ...]
    peers: tuple[str, ...]
    only: str
    runaways: bool

    def wants(self, name: str) -> bool:
        return self.only in name

    def seconds_for(self, milliseconds: float, clients: int) -> float:
        """Return a time for some answers to each client, when one alone takes so long, on two cores."""
        return min(max(self.seconds, 3 * clients * milliseconds / 2000), self.longest)


@dataclass
class Figures:
    """What was measured of one server.

    ``loads`` by kind, "cold" or "warm", and clients; ``medians`` of single cold queries in milliseconds, by
    text; ``rows`` of answers, by text; ``p99`` in milliseconds by kind, first without, then with runaways.
    """

    loads: dict[tuple[str, str, int], float] = field(default_factory=dict)
    medians: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    p99: dict[str, tuple[float, float]] = field(default_factory=dict)


def measure(peer: Peer, release: Release, plan: Plan, slow: Kind | None) -> tuple[Figures, Kind | None]:
    """Measure one server; return its figures and the slow queries: those given, or slow here."""
    figures = Figures()
    print(f"\n{peer.name}", flush=True)
    questions, counts = competency(release), aggregates()
    with _turn(peer, release) as server:
        if plan.wants(SLOW):
            _ask_singly(server, (*questions.texts, *counts.texts), figures)
            _tell_medians(figures, questions)
            slow = slow or Kind(SLOW, tuple(t for t, took in figures.medians.items() if took >= SLOW_LIMIT))
        _measure_loads(server, (look_ups(release), questions, counts), figures, plan)
        if slow is not None:
            _measure_loads(server, (slow,), figures, plan, cold_only=True)
        _measure_loads(server, (million_rows(), large_construct()), figures, plan)
        if plan.runaways:
            _measure_runaways(server, (look_ups(release), questions), figures, plan)
    return figures, slow


def measure_singly(peer: Peer, release: Release) -> Figures:
    """Ask rdflib-endpoint the competency queries, one by one; what keeps it too long is ended."""
    figures = Figures()
    print(f"\n{peer.name}", flush=True)
    questions = competency(release)
    with _turn(peer, release) as server:
        left: Sequence[str] = questions.texts
        while left:
            left = _ask_singly(server, left, figures)
            if left:
                renew_answering(server)
    _tell_medians(figures, questions)
    return figures


@contextmanager
def _turn(peer: Peer, release: Release) -> Iterator[Running]:
    """Start a server, and tell what memory it holds at the beginning and at the end."""
    with peer.start(release) as server:
        settle(server.process)
        begun = Holding.of(server.process)
        print(f"  ready after {server.ready:.1f} s, {begun.memory:.0f} MiB in {begun.processes} processes")
        yield server
        settle(server.process)
        ended = Holding.of(server.process)
        print(f"  memory at the end {ended.memory:.0f} MiB in {ended.processes} processes", flush=True)


def _ask_singly(server: Running, texts: Sequence[str], figures: Figures) -> Sequence[str]:
    """Ask each query by itself, new each time, until one takes too long; return those that come after it."""
    for number, text in enumerate(texts, 1):
        replies: list[Reply] = []
        try:
            while len(replies) < REPEATS and sum(reply.milliseconds for reply in replies) < 2000:
                replies.append(ask(server.endpoint, renew(text), JSON, SINGLE_SECONDS))
        except (OSError, http.client.HTTPException) as error:
            print(f"  no answer ({type(error).__name__}): {name_of(text)}", flush=True)
            return texts[number:]
        if any(reply.status != 200 for reply in replies):
            print(f"  status {replies[-1].status}: {name_of(text)}", flush=True)
            continue
        figures.medians[text] = statistics.median(reply.milliseconds for reply in replies)
        figures.rows[text] = replies[-1].rows
    return ()


def _tell_medians(figures: Figures, kind: Kind) -> None:
    medians = [figures.medians[text] for text in kind.texts if text in figures.medians]
    if medians:
        print(
            f"  one by one, {kind.name}: {len(medians)} of {len(kind.texts)} answered, median of medians "
            f"{statistics.median(medians):.1f} ms, slowest {max(medians):.1f} ms",
            flush=True,
        )


def _measure_loads(
    server: Running, kinds: Sequence[Kind], figures: Figures, plan: Plan, *, cold_only: bool = False
) -> None:
    for kind in kinds:
        if not plan.wants(kind.name) or not kind.texts:
            continue
        first = ask(server.endpoint, kind.texts[0], kind.accept)
        size = first.size if kind.is_large else None
        figures.rows[kind.texts[0]] = first.rows
        note = f" ({first.rows:,} rows, {first.size / 1e6:.0f} MB)" if kind.is_large else ""
        print(f"  {kind.name}{note}", flush=True)
        alone = [figures.medians.get(text, first.milliseconds) for text in kind.texts]
        for clients in plan.clients:
            for state in ("cold",) if cold_only else ("cold", "warm"):
                if state == "warm":
                    _warm_up(server, kind)
                # Latencies are of whole answers: some must be whole.
                seconds = plan.seconds_for(statistics.fmean(alone), clients)
                load = run_wrk(server.endpoint, kind, clients, seconds, fresh=state == "cold")
                figures.loads[kind.name, state, clients] = load.per_second(size)
                _tell_load(load, state, clients, size)
                settle(server.process)


def _warm_up(server: Running, kind: Kind) -> None:
    """Ask each query once. Of those in rotation a short load asks nearly all, and more cheaply."""
    if len(kind.texts) > 100:
        run_wrk(server.endpoint, kind, 2, 1, fresh=False)
        return
    for text in kind.texts:
        ask(server.endpoint, text, kind.accept)


def _tell_load(load: Load, state: str, clients: int, size: float | None) -> None:
    whole = load.requests - load.refused
    latency = (
        f"median {load.median:9.2f} ms, p99 {load.p99:9.2f} ms" if whole > 0 else "none whole in that time"
    )
    faults = f", REFUSED {load.refused}" * bool(load.refused) + f", BROKEN {load.broken}" * bool(load.broken)
    print(
        f"    {state} {clients:3} clients: {load.per_second(size):9.2f} a second, {latency}{faults}",
        flush=True,
    )


def _measure_runaways(server: Running, kinds: Sequence[Kind], figures: Figures, plan: Plan) -> None:
    """Measure p99 of ordinary cold queries, 8 clients, without and with queries that never end."""
    seconds = plan.longest / 2
    wanted = [kind for kind in kinds if plan.wants(kind.name)]
    calm = [run_wrk(server.endpoint, kind, 8, seconds, fresh=True) for kind in wanted]
    if not wanted:
        return
    with runaways(server.endpoint, RUNAWAY, RUNAWAYS):
        stormy = [run_wrk(server.endpoint, kind, 8, seconds, fresh=True) for kind in wanted]
    for kind, before, during in zip(wanted, calm, stormy, strict=True):
        figures.p99[kind.name] = (before.p99, during.p99)
        print(
            f"  {kind.name}, p99 {before.p99:.2f} ms; while {RUNAWAYS} runaways run {during.p99:.2f} ms "
            f"({before.per_second():.0f} and {during.per_second():.0f} a second, "
            f"refused {during.refused}, broken {during.broken})",
            flush=True,
        )


def read_plan(arguments: Sequence[str]) -> Plan:
    """Read the command line."""
    names = tuple(list_peers())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1 to 6 s each; oxigraph and ours")
    parser.add_argument("--seconds", type=float, default=5.0, help="the least a measurement takes, up to 20")
    parser.add_argument("--clients", default="1,8,64", help="numbers of clients, as 1,8,64")
    parser.add_argument("--peers", help="servers, as oxigraph,ours; without it all that are installed")
    parser.add_argument("--only", default="", help="part of a kind's name, such as look-ups, slow or million")
    parser.add_argument("--no-runaways", action="store_true", help="leave out p99 beside runaway queries")
    given = parser.parse_args(arguments)
    asked = (given.peers or ("oxigraph,ours" if given.quick else ",".join(names))).split(",")
    if unknown := set(asked) - set(names):
        parser.error(f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    seconds = 1.0 if given.quick else given.seconds
    return Plan(
        seconds,
        6.0 if given.quick else max(20.0, seconds),
        tuple(int(number) for number in given.clients.split(",")),
        tuple(name for name in names if name in asked),
        given.only,
        not given.no_runaways,
    )


def main(arguments: Sequence[str]) -> int:
    """Measure, print, judge; return the exit code."""
    plan = read_plan(arguments)
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (Debian: apt-get install wrk)")
    release = Catalog(load_config({}, os.environ, PROJECT).paths.releases).current()
    triples = release.manifest.figures["triples"]
    print(f"release {release.id}: {triples:,} triples in the default graph; {os.cpu_count()} cores")
    found: dict[str, Figures] = {}
    slow: Kind | None = None
    for name, peer in list_peers().items():
        if name not in plan.peers:
            continue
        if peer.missing:
            print(f"\n{peer.name} is not installed: {peer.missing}")
            continue
        if name == "rdflib":
            found[name] = measure_singly(peer, release)
        else:
            found[name], slow = measure(peer, release, plan, slow)
    return 0 if judge(found, plan.clients, competency(release).texts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
