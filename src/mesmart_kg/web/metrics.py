"""Counts and levels, as Prometheus reads them; the one home of prometheus_client.

Nothing is registered anywhere and no thread is started: whoever counts hands over plain numbers when somebody
asks. Specification: Prometheus' text-based exposition format, version 0.0.4.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

METRICS_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""The media type of the format."""

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the classes of duration, in seconds."""


class Tally:
    """What has been counted of one kind of request with one outcome."""

    __slots__ = ("bytes", "classes", "rows", "seconds")

    def __init__(self) -> None:
        self.classes = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.bytes = 0
        self.rows = 0

    def add(self, seconds: float, size: int, rows: int | None) -> None:
        """Count one request."""
        self.classes[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds
        self.bytes += size
        if rows is not None:
            self.rows += rows


@dataclass(frozen=True)
class Levels:
    """How things stand at the moment they are asked for, as the parts of the server know it.

    ``replaced`` counts workers since the start; ``kept`` answers take ``kept_bytes``; ``clients`` are those
    whose rate is being counted. Of an engine that does not answer there are no workers.
    """

    release_id: str
    version: str
    workers: int = 0
    busy: int = 0
    waiting: int = 0
    replaced: int = 0
    kept: int = 0
    kept_bytes: int = 0
    clients: int = 0


def write_metrics(
    tallies: Mapping[tuple[str, str], Tally],
    statuses: Mapping[int, int],
    lost_lines: int,
    levels: Levels | None = None,
) -> bytes:
    """Return the exposition of what was counted, by kind and outcome and by HTTP status, and of levels."""
    families = [
        *_counts(tallies, statuses),
        _counter("log_lines_lost", "Lines that the query log could not keep.", lost_lines),
        *_processes(),
        *(_levels(levels) if levels else ()),
    ]
    return generate_latest(_Families(families))


class _Families(Collector):
    """Metrics that are counted already, for the writer of the format."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _counts(tallies: Mapping[tuple[str, str], Tally], statuses: Mapping[int, int]) -> Iterator[Metric]:
    labels = ("kind", "outcome")
    requests = CounterMetricFamily("mesmart_requests", "Requests by how they ended.", labels=labels)
    sent = CounterMetricFamily("mesmart_response_bytes", "Bytes of answers, as sent.", labels=labels)
    rows = CounterMetricFamily("mesmart_rows", "Solutions and triples, where counted.", labels=labels)
    took = HistogramMetricFamily("mesmart_request_seconds", "From head to last byte.", labels=labels)
    for key, tally in sorted(tallies.items()):
        total = 0
        buckets = []
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), tally.classes, strict=True):
            total += count
            buckets.append((bound, total))
        requests.add_metric(key, total)
        sent.add_metric(key, tally.bytes)
        rows.add_metric(key, tally.rows)
        took.add_metric(key, buckets, tally.seconds)
    responses = CounterMetricFamily("mesmart_responses", "Responses by HTTP status.", labels=("status",))
    for status, count in sorted(statuses.items()):
        responses.add_metric((str(status),), count)
    yield from (requests, took, sent, rows, responses)


def _levels(levels: Levels) -> Iterator[Metric]:
    release = InfoMetricFamily("mesmart_release", "What is served, and by which version.")
    release.add_metric((), {"release": levels.release_id, "version": levels.version})
    workers = GaugeMetricFamily("mesmart_workers", "Workers by what they do.", labels=("state",))
    workers.add_metric(("busy",), levels.busy)
    workers.add_metric(("idle",), max(levels.workers - levels.busy, 0))
    yield from (release, workers)
    yield _counter("workers_replaced", "Workers that ended in the midst of a query.", levels.replaced)
    yield _gauge("queries_waiting", "Queries that wait for a worker.", levels.waiting)
    yield _gauge("kept_answers", "Answers that are kept.", levels.kept)
    yield _gauge("kept_answer_bytes", "What the kept answers take.", levels.kept_bytes)
    yield _gauge("rate_clients", "Clients whose queries are being counted.", levels.clients)


def _processes() -> Iterator[Metric]:
    """Yield how this process is, and its memory and that of those below it: keepers and their workers."""
    yield from ProcessCollector(registry=None).collect()
    memory = GaugeMetricFamily(
        "mesmart_resident_memory_bytes",
        "Resident memory; what the engine's processes share is counted in each of them.",
        labels=("processes",),
    )
    own = os.getpid()
    memory.add_metric(("web",), _resident_bytes(own))
    memory.add_metric(("engine",), sum(map(_resident_bytes, _descendants(own))))
    yield memory


def _resident_bytes(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):  # it has just ended, or this system has no /proc
        return 0


def _descendants(process: int) -> Iterator[int]:
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = children.read_bytes().split()
        except OSError:
            continue
        for child in map(int, found):
            yield child
            yield from _descendants(child)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"mesmart_{name}", about, value=value)


def _counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(f"mesmart_{name}", about, value=value)
