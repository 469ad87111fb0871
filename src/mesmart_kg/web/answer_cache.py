"""Answers that are kept, bounded in bytes, and one computation for all who ask the same at once.

A key begins with the release, so what is kept is never stale: it is only ever forgotten, the longest unused
first. Used from the event loop alone, so there is no lock.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

_LARGEST_SHARE: Final = 2
"""An answer may take this part of the memory (1/2); a larger one is not kept."""

_MOST_REMEMBERED: Final = 1024
_OVERHEAD: Final = 512
"""Bytes that an entry takes beside those of its answer and its key, roughly."""


@dataclass(frozen=True)
class Kept:
    """A whole answer, in parts as they came, with its rows where known."""

    parts: tuple[bytes, ...]
    size: int
    rows: int | None


class AnswerCache:
    """Whole answers by key, within ``most`` bytes; 0 keeps none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._flights: dict[Hashable, asyncio.Future[Kept | None] | None] = {}
        """Computations under way; what to wait for is made when somebody does."""
        self._too_large: OrderedDict[Hashable, None] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def largest(self) -> int:
        """How many bytes an answer that is kept may have."""
        return self._most // _LARGEST_SHARE

    def find(self, key: Hashable) -> Kept | None:
        """Return what is kept under a key."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, kept: Kept, key_size: int) -> None:
        """Keep an answer, and forget others where there is no room; ``key_size`` is the key's, in bytes."""
        cost = kept.size + key_size + _OVERHEAD
        if cost > self.largest or key in self._kept:
            return
        self._kept[key] = kept, cost
        self.size += cost
        while self.size > self._most:
            _, (_, freed) = self._kept.popitem(last=False)
            self.size -= freed

    # --- one computation for all who ask the same at once ---

    def flight(self, key: Hashable) -> asyncio.Future[Kept | None] | None:
        """Return the computation of this answer that is under way, if there is one worth waiting for.

        It ends with the answer; with None where whoever began it did not bring it to an end, or it became too
        large to keep; or with what is wrong with the query.
        """
        if key not in self._flights:
            return None
        flight = self._flights[key]
        if flight is None:
            flight = self._flights[key] = asyncio.get_running_loop().create_future()
        return flight

    def begin(self, key: Hashable) -> bool:
        """Announce a computation, which must then be ended; False where nobody should wait for it."""
        if not self._most or key in self._too_large:
            return False
        self._flights[key] = None
        return True

    def end(self, key: Hashable, outcome: Kept | Exception | None) -> None:
        """Tell those who wait how the computation ended."""
        flight = self._flights.pop(key, None)
        if flight is None or flight.done():
            return
        if isinstance(outcome, Exception):
            flight.set_exception(outcome)
            flight.exception()  # nobody may be waiting, and then it is no loss
        else:
            flight.set_result(outcome)

    def note_too_large(self, key: Hashable) -> None:
        """Remember that nobody should wait for this answer of somebody else's."""
        self._too_large[key] = None
        if len(self._too_large) > _MOST_REMEMBERED:
            self._too_large.popitem(last=False)
