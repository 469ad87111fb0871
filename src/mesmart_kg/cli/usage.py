"""What the steps of a build took: seconds, and the most memory that all its processes held at once.

Memory is looked at some times a second, of this process and all below it, in proportional shares (Linux,
``smaps_rollup``): pages that several processes share count once. Elsewhere it is not known.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

_INTERVAL: Final = 0.25
_PROC: Final = Path("/proc")
MEBIBYTE: Final = 1024 * 1024


@dataclass
class StepUsage:
    """Seconds that a step took, and the most bytes of memory in it; None where that can't be told."""

    step: str
    seconds: float = 0.0
    memory: int | None = None


class Usage:
    """Listens to the progress of a build and passes it on; measures while it is open (``with``).

    ``steps`` are those begun so far, in order.
    """

    def __init__(self, tell: Callable[[str, int, int], None]) -> None:
        self.steps: list[StepUsage] = []
        self._tell = tell
        self._begun = self._since = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Usage:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._close_step()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take note of a step that begins, and tell the listener of any progress."""
        if not self.steps or self.steps[-1].step != step:
            self._close_step()
            self.steps.append(StepUsage(step, memory=measure_memory()))
        self._tell(step, done, total)

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._begun

    @property
    def memory(self) -> int | None:
        """The most bytes of memory in any step."""
        return max((step.memory for step in self.steps if step.memory is not None), default=None)

    def _close_step(self) -> None:
        now = time.monotonic()
        if self.steps:
            self.steps[-1].seconds = now - self._since
        self._since = now

    def _watch(self) -> None:
        while not self._ended.wait(_INTERVAL):
            memory = measure_memory()
            if self.steps and memory is not None:
                step = self.steps[-1]
                step.memory = max(step.memory or 0, memory)


def measure_memory() -> int | None:
    """Return the bytes of memory that this process and all below it hold; None where that can't be told."""
    if not (_PROC / "self" / "smaps_rollup").is_file():
        return None
    total, ahead = 0, ["self"]
    while ahead:
        process = _PROC / ahead.pop()
        with suppress(OSError):  # it ended meanwhile
            for task in (process / "task").iterdir():
                ahead += (task / "children").read_text().split()
            for line in (process / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total
