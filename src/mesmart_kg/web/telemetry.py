"""What the operator may know: a log of queries, and metrics for Prometheus.

Whoever answers a request tells its :class:`Outcome`, once, when the last byte is out or it is clear that none
will be. A query's line in the log holds no address and no text of it unless the settings say so; its hash
tells that two queries were the same. The metrics hold neither, ever.

A kept answer takes 30 microseconds in all, so the counts are plain numbers, brought into the exposition
format when somebody asks for it.
"""

from __future__ import annotations

import hashlib
import json
import time
from asyncio import CancelledError
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from mesmart_kg.config import WebSettings
from mesmart_kg.errors import (
    EngineBusy,
    EngineUnavailable,
    MesmartError,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    ReleaseDamaged,
    TooManyRequests,
)
from mesmart_kg.web.metrics import METRICS_TYPE, Levels, Tally, write_metrics
from mesmart_kg.web.query_log import LineLog

__all__ = ["METRICS_TYPE", "WORDS", "Kind", "Levels", "Outcome", "Telemetry", "Word", "hash_query", "to_word"]

Kind: TypeAlias = Literal["sparql", "graph", "page"]
"""What was asked: a query, a graph by the Graph Store Protocol, or anything else, which is not logged."""

Word: TypeAlias = Literal[
    "ok",
    "kept",
    "unchanged",
    "bad",
    "syntax",
    "refused",
    "length",
    "depth",
    "rate",
    "busy",
    "timeout",
    "memory",
    "size",
    "rows",
    "service",
    "unavailable",
    "gone",
    "cut",
    "fault",
]

WORDS: Final[Mapping[Word, str]] = MappingProxyType(
    {
        "ok": "computed, and sent whole",
        "kept": "sent from the answers that are kept, or shared with one being computed",
        "unchanged": "304: the client has it already",
        "bad": "a request that breaks the protocol, or for which nothing is here",
        "syntax": "not SPARQL",
        "refused": "an update, a SERVICE that is not allowed",
        "length": "longer than web.max_query_bytes",
        "depth": "nested deeper than engine.nesting",
        "rate": "more than web.requests in web.window",
        "busy": "no place in the queue, or none of the workers free in time",
        "timeout": "ended at its deadline",
        "memory": "ended because of its memory",
        "size": "an answer longer than engine.size",
        "rows": "more rows than web.spreadsheet_rows",
        "service": "an endpoint named by SERVICE gave no answer",
        "unavailable": "the engine did not answer",
        "gone": "the client left before the end",
        "cut": "broken off after the first bytes were sent",
        "fault": "an error that nobody foresaw",
    }
)
"""Each outcome, and what it means."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended.

    ``ms`` counts from its head to its end, ``bytes`` those of the body as sent; ``rows`` are solutions or
    triples, None where nobody counted. ``client`` is its address, ``text`` its query: given always, noted
    only if so set.
    """

    request_id: str
    method: str
    kind: Kind
    word: Word
    status: int
    ms: float
    bytes: int = 0
    rows: int | None = None
    client: str = ""
    text: str = ""


def to_word(error: BaseException) -> Word:
    """Return the outcome of a request that ended with this error."""
    match error:
        case QuerySyntaxError():
            return "syntax"
        case QueryRefused():
            return "refused"
        case QueryTimeout():
            return "timeout"
        case QueryTooLarge():
            return _TOO_LARGE.get(error.limit, "size")
        case QueryError():
            return "service"
        case TooManyRequests():
            return "rate"
        case EngineBusy():
            return "busy"
        case EngineUnavailable() | ReleaseDamaged():
            return "unavailable"
        case MesmartError():
            return "bad"
        case CancelledError():
            return "gone"
        case _:
            return "fault"


_TOO_LARGE: Final[Mapping[str, Word]] = MappingProxyType(
    {"memory": "memory", "size": "size", "depth": "depth", "query": "length", "rows": "rows"}
)


_quote: Final = json.JSONEncoder(ensure_ascii=False).encode


class _Clock:
    """The time in UTC, as RFC 3339 writes it, to the millisecond; the date is spelt out once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._spelt = ""

    def read(self) -> str:
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._spelt = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._spelt}.{int((now - second) * 1000):03d}Z"


class Telemetry:
    """Takes outcomes, and tells them. One for a server, used from its event loop alone.

    Raises ConfigError if the log can't be opened.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._log = LineLog(settings.query_log) if settings.query_log else None
        self._log_addresses = settings.log_addresses
        self._log_queries = settings.log_queries
        self._clock = _Clock()
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._statuses: Counter[int] = Counter()

    def record(self, outcome: Outcome) -> None:
        """Note how a request ended. Never waits, never raises."""
        key = (outcome.kind, outcome.word)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally()
        tally.add(outcome.ms / 1000, outcome.bytes, outcome.rows)
        self._statuses[outcome.status] += 1
        if self._log is not None and outcome.kind != "page":
            self._log.write(self._to_line(outcome))

    def metrics(self, levels: Levels | None = None) -> bytes:
        """Return all metrics in Prometheus' text format (``METRICS_TYPE``)."""
        lost = self._log.lost if self._log is not None else 0
        return write_metrics(self._tallies, self._statuses, lost, levels)

    def close(self) -> None:
        """Write what the log still holds."""
        if self._log is not None:
            self._log.close()

    def _to_line(self, outcome: Outcome) -> bytes:
        hashed = f'"{hash_query(outcome.text)}"' if outcome.text else "null"
        rows = "null" if outcome.rows is None else outcome.rows
        # Written by hand, as it runs thousands of times a second; what strangers send is quoted properly.
        line = (
            f'{{"time":"{self._clock.read()}","id":{_quote(outcome.request_id[:64])},'
            f'"method":{_quote(outcome.method[:16])},"kind":"{outcome.kind}","hash":{hashed},'
            f'"ms":{outcome.ms:.2f},"rows":{rows},"bytes":{outcome.bytes},'
            f'"status":{outcome.status},"outcome":"{outcome.word}"'
        )
        if self._log_addresses:
            line += f',"address":{_quote(outcome.client)}'
        if self._log_queries:
            line += f',"query":{_quote(outcome.text)}'
        # A lone surrogate, from bytes that were no UTF-8, can't be written as UTF-8 either; JSON has \udc80.
        return f"{line}}}\n".encode("utf-8", "backslashreplace")


def hash_query(text: str) -> str:
    """Return what stands for a query in the log: the first 16 hex digits of its SHA-256, as UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
