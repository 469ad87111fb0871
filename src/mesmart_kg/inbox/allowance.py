"""How much one sender may send in a day, counted without keeping who it was.

A sender is the digest of an address with a salt that is made anew every day and known to this process alone:
what is counted today can't be told from what was counted yesterday, nor turned back into an address. A server
that starts again counts anew.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import Final

from mesmart_kg.inbox.model import Fault, NotificationRefused

DAY: Final = 86_400
MOST_SENDERS: Final = 50_000
"""Senders remembered at once, some 10 MiB; beyond it the one that was quiet for longest is forgotten."""

TRIES: Final = 10
"""For each message that may be kept, how many may be looked at: first tries are often refused."""


class Allowance:
    """Counts what each sender has had kept, and tried, since midnight (UTC)."""

    def __init__(
        self, a_day: int, clock: Callable[[], float] = time.time, most_senders: int = MOST_SENDERS
    ) -> None:
        self._a_day = a_day
        self._clock = clock
        self._most_senders = most_senders
        self._lock = threading.Lock()
        self._day = -1
        self._salt = b""
        self._counts: OrderedDict[bytes, list[int]] = OrderedDict()

    def __len__(self) -> int:
        """Tell how many senders are remembered."""
        return len(self._counts)

    def take(self, sender: str) -> None:
        """Count a message of a sender. Raises NotificationRefused when the day's are used up."""
        with self._lock:
            kept = self._counts_of(sender)
            if kept[0] >= self._a_day or kept[1] >= self._a_day * TRIES:
                seconds = ceil((self._day + 1) * DAY - self._clock())
                raise NotificationRefused(Fault.TOO_OFTEN, most=self._a_day, seconds=max(seconds, 1))
            kept[0] += 1
            kept[1] += 1

    def give_back(self, sender: str) -> None:
        """Count the last message of a sender as a try only: it was refused, or known already."""
        with self._lock:
            kept = self._counts_of(sender)
            kept[0] = max(kept[0] - 1, 0)

    def _counts_of(self, sender: str) -> list[int]:
        day = int(self._clock() // DAY)
        if day != self._day:
            self._day, self._salt = day, secrets.token_bytes(16)
            self._counts.clear()
        key = hashlib.blake2b(sender.encode(), key=self._salt, digest_size=16).digest()
        found = self._counts.get(key)
        if found is None:
            if len(self._counts) >= self._most_senders:
                self._counts.popitem(last=False)
            found = self._counts[key] = [0, 0]
        self._counts.move_to_end(key)
        return found
