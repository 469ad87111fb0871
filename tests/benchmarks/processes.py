"""What the processes of a server hold: memory, files, threads, seconds of processor (Linux: /proc)."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Holding:
    """What a process and all that descend from it hold together; memory in MiB.

    ``memory`` is the proportional set size: what processes share is counted once among them. ``first`` is the
    resident set of the first process alone.
    """

    processes: int
    memory: float
    first: float
    files: int
    threads: int

    @classmethod
    def of(cls, process: int) -> Holding:
        """Look at a process and its descendants as they are now."""
        family = family_of(process)
        fields = [_sizes(each) for each in family]
        return cls(
            processes=len(family),
            memory=sum(sizes.get("Pss", 0) for sizes in fields) / 1024,
            first=fields[0].get("Rss", 0) / 1024,
            files=sum(_count(each, "fd") for each in family),
            threads=sum(_count(each, "task") for each in family),
        )


def family_of(process: int) -> list[int]:
    """Return a process and all that descend from it, ancestors first."""
    family = [process]
    for each in family:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                family += [int(child) for child in task.read_text().split()]
            except OSError:  # it ended meanwhile
                continue
    return family


def settle(process: int, seconds: float = 20) -> None:
    """Wait until a server rests: what was given up may still be worked on, and would slow what comes next."""
    end = time.monotonic() + seconds
    before = processor_seconds(process)
    while time.monotonic() < end:
        time.sleep(0.25)
        now = processor_seconds(process)
        if now - before < 0.02:
            return
        before = now


def processor_seconds(process: int) -> float:
    """Return what a process and its descendants, as they are now, have used of the processor."""
    ticks = 0
    for each in family_of(process):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _sizes(process: int) -> dict[str, int]:
    """Return the sizes of one process in KiB, by name; none if it ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}


def _count(process: int, folder: str) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{process}/{folder}").iterdir())
    except OSError:
        return 0
