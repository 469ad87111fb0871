"""Answers that are kept, bounded in bytes, and one computation for all who ask the same at once.

A key begins with the release, so what is kept is never stale: it is only ever forgotten, the longest unused
first. Used from the event loop alone, so there is no lock.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_LARGEST_SHARE: Final = 0.75
"""The part of the memory that one answer may take; a larger one is not kept."""

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
        self._held: dict[int, tuple[int, int]] = {}
        """How many readers an answer is being sent to, and what it takes if it is kept no longer."""
        self._taken = 0
        """Bytes of answers in the making, and of those that are sent and kept no longer."""
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def largest(self) -> int:
        """How many bytes an answer that is kept may have."""
        return int(self._most * _LARGEST_SHARE)

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
        if key in self._kept or cost > self.largest or cost + self._taken > self._most:
            return
        self._kept[key] = kept, cost
        self.size += cost
        self._make_room()

    def reserve(self, size: int) -> bool:
        """Take memory for a part of an answer that may be kept once it is whole; False if there is none.

        All that is taken counts with the answers kept, so that it stays within the bound together.
        """
        if self._taken + size > self.largest:
            return False
        self._taken += size
        self._make_room()
        return True

    def give_back(self, size: int) -> None:
        """Give back what was reserved."""
        self._taken -= size

    @contextmanager
    def held(self, kept: Kept) -> Iterator[None]:
        """Count an answer for as long as it is being sent, also when it is forgotten meanwhile."""
        users, lingers = self._held.get(id(kept), (0, 0))
        self._held[id(kept)] = users + 1, lingers
        try:
            yield
        finally:
            users, lingers = self._held.pop(id(kept))
            if users > 1:
                self._held[id(kept)] = users - 1, lingers
            else:
                self._taken -= lingers

    def _make_room(self) -> None:
        while self._kept and self.size + self._taken > self._most:
            _, (kept, cost) = self._kept.popitem(last=False)
            self.size -= cost
            if id(kept) in self._held:
                users, lingers = self._held[id(kept)]
                self._held[id(kept)] = users, lingers + cost
                self._taken += cost

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


class Draft:
    """An answer that may be kept once it is whole; its memory is reserved part by part. To be closed."""

    def __init__(self, cache: AnswerCache, *, keeps: bool) -> None:
        self._cache = cache
        self._parts: list[bytes] = []
        self._size = 0
        self.keeps = keeps
        """Whether all that came so far is held."""

    def add(self, part: bytes) -> bool:
        """Hold a part; False where nothing is held, or no longer, since there is no room for all of it."""
        if self.keeps and self._cache.reserve(len(part)):
            self._parts.append(part)
            self._size += len(part)
            return True
        return False

    def keeps_no_longer(self) -> bool:
        """Let go of what is held; tell whether anything was to be held until now."""
        kept, self.keeps = self.keeps, False
        self.close()
        return kept

    def to_kept(self, rows: int | None) -> Kept:
        """Return the whole answer."""
        return Kept(tuple(self._parts), self._size, rows)

    def close(self) -> None:
        """Give back the memory that was reserved."""
        self._cache.give_back(self._size)
        self._parts = []
        self._size = 0
