"""Where the embedded engine holds a release, in memory or on disk, and what it takes of the memory there is.

Memory answers up to four times as fast where a query joins much, and takes as long to fill as the release is
large; a store on disk is open at once, however large it is.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final, Literal, TypeAlias

Storage: TypeAlias = Literal["memory", "disk"]

STATEMENT_BYTES: Final = 340
"""What a statement takes in memory, on average (measured: a million triples, two million statements)."""

WORKER_SHARE: Final = 0.7
"""The part of a store that each worker comes to copy in the end: who reads it counts its readers in it."""

_GROUPS: Final = Path("/sys/fs/cgroup")


def to_bytes(statements: int, workers: int) -> int:
    """Return the memory that so many statements take with so many workers, in the worst case."""
    return int(statements * STATEMENT_BYTES * (1 + WORKER_SHARE * workers))


def choose_storage(wanted: str, statements: int, workers: int, budget: int) -> Storage:
    """Return where a release is held: as ``wanted``, or for ``auto`` in memory if it fits so many bytes."""
    if wanted == "memory" or (wanted == "auto" and to_bytes(statements, workers) <= budget):
        return "memory"
    return "disk"


def machine_memory() -> int:
    """Return the bytes of memory that this process may hope for: the machine's, or its control group's."""
    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):  # no control groups here
        own = Path("/proc/self/cgroup").read_text("utf-8").rpartition("0::/")[2].strip()
        group = _GROUPS / own
        for each in (group, *group.parents):
            with contextlib.suppress(OSError, ValueError):  # no limit is told as a word, not as a number
                most = min(most, int((each / "memory.max").read_text("ascii")))
    return most
