"""What a machine needs for so many statements, and what was measured: the figures of the page /about/scale.

The rule counts on the safe side: memory as if every worker had come to copy what it can of the store, and
were at a query's limit of memory. What was measured stands in ``scale_figures.json`` beside this module;
``make bench`` writes it (``tests/benchmarks/figures_file.py``), and what it did not measure is null.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from mesmart_kg.config import EngineSettings, WebSettings
from mesmart_kg.engine.storage import to_bytes

MEBIBYTE: Final = 1024 * 1024
FIGURES: Final = "scale_figures.json"

STORED_TWICE: Final = 2
"""A statement is held with its source, and once more without."""

_WEB_PROCESS: Final = 200 * MEBIBYTE
"""What the web process takes before it keeps anything: code, templates, one catalogue of words a language."""

_EMPTY_WORKER: Final = 60 * MEBIBYTE

_DISK_BYTES: Final = 400
"""A statement of the default graph on disk: 250 in the store, the rest in dumps and the index of names."""

SIZES: Final = (100_000, 1_000_000, 10_000_000, 100_000_000)
MOST_STATEMENTS: Final = 100_000_000_000


@dataclass(frozen=True)
class Need:
    """What a server asks for, in bytes, for so many statements: with them in memory, on disk, and of disk."""

    statements: int
    in_memory: int
    on_disk: int
    disk: int


def size(statements: int, engine: EngineSettings, web: WebSettings) -> Need:
    """Return what one server needs for so many statements of the default graph, as it is set up.

    ``disk`` holds two releases: the one that is served and the one that takes its place.
    """
    kept = (engine.cache + web.pages) * MEBIBYTE + _WEB_PROCESS
    working = engine.workers * engine.memory * MEBIBYTE
    stored = to_bytes(STORED_TWICE * statements, engine.workers)
    return Need(
        statements,
        stored + working + kept,
        engine.workers * _EMPTY_WORKER + working + kept,
        2 * statements * _DISK_BYTES,
    )


def find_most(machine: int, workers: int) -> int:
    """Return how many statements are held in memory on a machine with so many bytes of it, as a round number.

    That is in half of it, as ``engine.storage = "auto"`` chooses.
    """
    count = machine // 2 // to_bytes(STORED_TWICE, workers)
    step: int = 10 ** max(len(str(count)) - 2, 0)
    return count // step * step


@dataclass(frozen=True)
class Measured:
    """What was measured with so many statements; None where nobody has. Memory is of all processes."""

    triples: int
    build_seconds: float | None = None
    rebuild_seconds: float | None = None
    build_mebibytes: float | None = None
    release_mebibytes: float | None = None
    storage: str | None = None
    ready_seconds: float | None = None
    serving_mebibytes: float | None = None
    page_milliseconds: float | None = None
    search_milliseconds: float | None = None
    ready_disk_seconds: float | None = None
    serving_disk_mebibytes: float | None = None
    page_disk_milliseconds: float | None = None
    community_milliseconds: float | None = None
    community_disk_milliseconds: float | None = None
    list_milliseconds: float | None = None
    match_milliseconds: float | None = None
    slowest_milliseconds: float | None = None
    slowest_disk_milliseconds: float | None = None
    largest_kilobytes: float | None = None


@dataclass(frozen=True)
class Figures:
    """All that was measured: on which day, on what machine.

    ``additions_seconds`` is what a core of it took then for twenty million additions in a loop of Python.
    ``proxied`` has for each thing that was asked the answers a second: directly, through the proxy, out of
    its cache; each a number or None.
    """

    day: str | None
    cores: int | None
    memory_gibibytes: int | None
    processor: str | None
    additions_seconds: float | None
    was_busy: bool
    sizes: tuple[Measured, ...]
    proxied: tuple[tuple[str, tuple[float | None, ...]], ...]


@lru_cache(maxsize=1)
def read_figures() -> Figures:
    """Return what was measured, as it came with the software."""
    return to_figures(json.loads((files("mesmart_kg.web") / FIGURES).read_text("utf-8")))


def to_figures(document: dict[str, Any]) -> Figures:
    """Return the figures of a document; what it does not know is None, sizes are sorted."""
    known = {each.name for each in fields(Measured)}
    sizes = [Measured(**{name: row[name] for name in known & row.keys()}) for row in document["sizes"]]
    return Figures(
        day=document.get("day"),
        cores=document.get("cores"),
        memory_gibibytes=document.get("memory_gibibytes"),
        processor=document.get("processor"),
        additions_seconds=document.get("additions_seconds"),
        was_busy=bool(document.get("was_busy")),
        sizes=tuple(sorted(sizes, key=lambda each: each.triples)),
        proxied=tuple((name, tuple(rates)) for name, rates in document.get("proxied", {}).items()),
    )


def read_statements(text: str | None) -> int | None:
    """Return the number that a reader has written, with or without points between thousands; else None."""
    digits = "".join(each for each in (text or "")[:40] if each not in " .,'’\u00a0\u202f")
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = int(digits)
    return number if 0 < number <= MOST_STATEMENTS else None
