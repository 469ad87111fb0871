"""Writes what benches measured into the one file that the page /about/scale shows.

Each bench records its own part; the rest of the file stays. The day is today's, the machine is this one.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "src" / "mesmart_kg" / "web" / "scale_figures.json"


def record_size(triples: int, **values: float | str | None) -> None:
    """Record figures of a release with so many triples; names are the fields of ``web.scale.Measured``."""
    document = _read()
    row = next((each for each in document["sizes"] if each["triples"] == triples), None)
    if row is None:
        row = {"triples": triples}
        document["sizes"].append(row)
    row.update({name: _round(value) for name, value in values.items()})
    document["sizes"].sort(key=lambda each: int(each["triples"]))
    _write(document)


def record_proxied(asked: str, rates: Sequence[float | None]) -> None:
    """Record requests a second: directly, through the proxy, out of its cache."""
    document = _read()
    document["proxied"][asked] = [None if rate is None else round(rate) for rate in rates]
    _write(document)


def _read() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return document


def _write(document: dict[str, Any]) -> None:
    document["day"] = datetime.now(UTC).date().isoformat()
    document["cores"] = os.cpu_count()
    document["memory_gibibytes"] = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3)
    document["processor"] = _processor()
    document["additions_seconds"] = round(_additions_seconds(), 1)
    document["was_busy"] = os.getloadavg()[2] > 1.5 * (os.cpu_count() or 1)
    FILE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _round(value: float | str | None) -> float | str | None:
    """Return a measured number with three digits that count: no more of it would come back another time."""
    if not isinstance(value, float):
        return value
    short = float(f"{value:.3g}")
    return int(short) if short.is_integer() else short


def _additions_seconds() -> float:
    """Return what twenty million additions take: what a core gives just now, which a name does not tell."""
    begun = time.process_time()
    total = 0
    for number in range(20_000_000):
        total += number
    return time.process_time() - begun


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
