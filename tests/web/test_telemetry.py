"""What the operator may know: lines of the query log, and metrics as Prometheus reads them."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from mesmart_kg.config import WebSettings
from mesmart_kg.errors import (
    EngineBusy,
    EngineUnavailable,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    ReleaseDamaged,
    ReleaseNotFound,
    TooManyRequests,
)
from mesmart_kg.web.telemetry import WORDS, Kind, Levels, Outcome, Telemetry, Word, to_word

QUERY = 'SELECT ?town WHERE { ?town rdfs:label "Nocciòla"@it }'


@contextmanager
def telemetry(
    log: Path | None = None, *, addresses: bool = False, queries: bool = False
) -> Iterator[Telemetry]:
    watch = Telemetry(
        WebSettings(query_log=str(log or ""), log_addresses=addresses, log_queries=queries),
    )
    try:
        yield watch
    finally:
        watch.close()


def outcome(
    kind: Kind = "sparql", word: Word = "ok", status: int = 200, ms: float = 12.5, text: str = QUERY
) -> Outcome:
    return Outcome("r-1", "GET", kind, word, status, ms, 812, 3, "192.0.2.7", text)


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def samples(watch: Telemetry, levels: Levels | None = None) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels, in the order of the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(watch.metrics(levels).decode())
        for sample in family.samples
    }


def test_a_line_tells_how_a_query_ended_but_not_who_asked_nor_what(tmp_path: Path) -> None:
    log = tmp_path / "queries.log"
    with telemetry(log) as watch:
        watch.record(outcome())
        watch.record(outcome(text="ASK {}", word="timeout", status=503))
        watch.record(outcome())
    first, second, third = lines(log)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    assert first == {
        "id": "r-1",
        "method": "GET",
        "kind": "sparql",
        "hash": first["hash"],
        "ms": 12.5,
        "rows": 3,
        "bytes": 812,
        "status": 200,
        "outcome": "ok",
    }
    assert re.fullmatch(r"[0-9a-f]{16}", first["hash"])
    assert first["hash"] == third["hash"] != second["hash"]
    assert "192.0.2.7" not in log.read_text("utf-8")
    assert "town" not in log.read_text("utf-8")


def test_addresses_and_texts_are_noted_where_the_operator_says_so(tmp_path: Path) -> None:
    with telemetry(tmp_path / "both.log", addresses=True, queries=True) as watch:
        watch.record(outcome())
    with telemetry(tmp_path / "addresses.log", addresses=True) as watch:
        watch.record(outcome())

    (line,) = lines(tmp_path / "both.log")
    assert (line["address"], line["query"]) == ("192.0.2.7", QUERY)
    (line,) = lines(tmp_path / "addresses.log")
    assert line["address"] == "192.0.2.7"
    assert "query" not in line


def test_pages_are_counted_but_not_logged(tmp_path: Path) -> None:
    log = tmp_path / "queries.log"
    with telemetry(log) as watch:
        watch.record(outcome("page"))
        watch.record(outcome("graph", text=""))
        assert samples(watch)["mesmart_requests_total", "page", "ok"] == 1

    (line,) = lines(log)
    assert (line["kind"], line["hash"]) == ("graph", None)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=10))
def test_whatever_strangers_send_stays_within_its_line(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[str, str]]
) -> None:
    log = tmp_path_factory.mktemp("log") / "queries.log"
    with telemetry(log, addresses=True, queries=True) as watch:
        for method, text in [*sent, ("G\nET", 'half a pair \ud83d, a "quotation"\n{}')]:
            watch.record(Outcome("r", method, "sparql", "bad", 400, 1, client=method, text=text))

    written = [json.loads(line) for line in log.read_bytes().split(b"\n")[:-1]]
    assert [line["query"] for line in written[:-1]] == [text for _, text in sent]
    assert written[-1]["query"] == 'half a pair \ud83d, a "quotation"\n{}'


def test_metrics_count_requests_durations_bytes_and_rows() -> None:
    with telemetry() as watch:
        for ms in (0.4, 7.0, 120_000.0):
            watch.record(outcome(ms=ms))
        watch.record(outcome(word="memory", status=503))
        counted = samples(watch)

    assert counted["mesmart_requests_total", "sparql", "ok"] == 3
    assert counted["mesmart_requests_total", "sparql", "memory"] == 1
    assert counted["mesmart_response_bytes_total", "sparql", "ok"] == 3 * 812
    assert counted["mesmart_rows_total", "sparql", "ok"] == 9
    assert counted["mesmart_responses_total", "503"] == 1
    for bound, total in {"0.001": 1, "0.005": 1, "0.01": 2, "60.0": 2, "+Inf": 3}.items():
        assert counted["mesmart_request_seconds_bucket", "sparql", bound, "ok"] == total
    assert counted["mesmart_request_seconds_count", "sparql", "ok"] == 3
    assert counted["mesmart_request_seconds_sum", "sparql", "ok"] == pytest.approx(120.0074)


def test_metrics_tell_how_the_server_stands() -> None:
    levels = Levels(
        "2026-11-22-3f9a1c20",
        "0.2.0",
        workers=4,
        busy=1,
        waiting=7,
        replaced=2,
        kept=5,
        kept_bytes=6,
        clients=8,
    )
    with telemetry() as watch:
        told = samples(watch, levels)

    assert told["mesmart_release_info", "2026-11-22-3f9a1c20", "0.2.0"] == 1
    assert told["mesmart_workers", "busy"] == 1
    assert told["mesmart_workers", "idle"] == 3
    assert told["mesmart_workers_replaced_total",] == 2
    assert told["mesmart_queries_waiting",] == 7
    assert told["mesmart_kept_answers",] == 5
    assert told["mesmart_kept_answer_bytes",] == 6
    assert told["mesmart_rate_clients",] == 8


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system has no /proc")
def test_metrics_tell_the_memory_of_the_server_and_of_the_processes_below_it() -> None:
    with telemetry() as watch:
        alone = samples(watch)["mesmart_resident_memory_bytes", "engine"]
        assert samples(watch)["mesmart_resident_memory_bytes", "web"] > 1_000_000
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
            try:
                assert samples(watch)["mesmart_resident_memory_bytes", "engine"] > alone
            finally:
                child.communicate(b"\n")


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (QuerySyntaxError("no", 1, 1), "syntax"),
        (QueryRefused("no"), "refused"),
        (QueryTimeout(10), "timeout"),
        (QueryTooLarge("no", "memory"), "memory"),
        (QueryTooLarge("no", "size"), "size"),
        (QueryTooLarge("no", "depth"), "depth"),
        (QueryTooLarge("no", "query"), "length"),
        (QueryTooLarge("no", "rows"), "rows"),
        (QueryError("a service gave none"), "service"),
        (TooManyRequests(1, 1, 1), "rate"),
        (EngineBusy("no"), "busy"),
        (EngineUnavailable("no"), "unavailable"),
        (ReleaseDamaged("no"), "unavailable"),
        (ReleaseNotFound("no"), "bad"),
        (asyncio.CancelledError(), "gone"),
        (ZeroDivisionError(), "fault"),
    ],
)
def test_every_error_has_its_word(error: BaseException, word: Word) -> None:
    assert to_word(error) == word


def test_every_word_is_explained() -> None:
    assert set(get_args(Word)) == set(WORDS)
