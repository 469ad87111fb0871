"""What all pieces of work on one dataset have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mesmart_kg.namespaces import GraphNames
from mesmart_kg.sorted_lines import Slice
from mesmart_kg.work_cache import WorkCache, make_key

_T = TypeVar("_T")


@dataclass(frozen=True)
class Shop:
    """The dataset, and where what is made of it is kept; ``version`` stands for the code and zlib."""

    dataset: Path
    names: GraphNames
    cache: WorkCache
    version: str

    def read(self, part: Slice) -> bytes:
        """Return the lines of a slice, in one."""
        with self.dataset.open("rb") as file:
            file.seek(part.start)
            return file.read(part.end - part.start)

    def key(self, *parts: str) -> str:
        """Return the key of a piece of work."""
        return make_key(self.version, self.names.base, *parts)


class Meter:
    """Tells progress in parts of a hundred."""

    def __init__(self, progress: Callable[[int, int], object] | None) -> None:
        self._progress = progress

    def follow(self, results: Iterable[_T], count: int, start: int, end: int) -> Iterator[_T]:
        """Pass results on as they come: ``count`` of them take the whole from ``start`` to ``end``."""
        for done, result in enumerate(results, 1):
            if self._progress:
                self._progress(start + (end - start) * done // count, 100)
            yield result
