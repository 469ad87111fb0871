"""Who goes next: a waiting line that is fair between clients, and bounded.

Each client has its own line, first come first served; clients take turns, so one that sends a thousand
queries waits behind itself and not before the others. The places are shared the same way: when all are taken,
a client that holds far fewer than the greediest gets a place of that one, whose newest item has to go; so
nobody can fill the line and shut the others out.

Pure: no clock, no lock, no input or output. Every operation takes constant time, however many wait, since a
flood is when it is needed. Not safe for several threads at once: who uses it in some holds a lock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from mesmart_kg.errors import EngineBusy

T = TypeVar("T", bound=Hashable)


class FairQueue(Generic[T]):
    """Items that wait, each on behalf of a client; an item waits at most once at a time.

    ``most`` is how many may wait in all; None sets no bound, 0 lets none wait.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._owners: dict[T, str] = {}
        # Ordered dicts, because a plain one finds its first key slowly after many were taken from the front.
        self._lines: OrderedDict[str, OrderedDict[T, None]] = OrderedDict()  # the next client first
        self._holders: dict[int, dict[str, None]] = {}  # clients by how many items they hold
        self._largest = 0

    def __len__(self) -> int:
        """Tell how many items wait, of all clients."""
        return len(self._owners)

    def __contains__(self, item: T) -> bool:
        return item in self._owners

    def __iter__(self) -> Iterator[T]:
        """Yield what waits, in no order that means anything: to tell all of them that the queue ends."""
        return iter(tuple(self._owners))

    @property
    def clients(self) -> int:
        """How many clients have something waiting; one that has nothing is not remembered."""
        return len(self._lines)

    def count(self, client: str) -> int:
        """Tell how many items of this client wait."""
        return len(self._lines.get(client, ()))

    def push(self, client: str, item: T) -> T | None:
        """Let an item wait, last of its client's; return the item that had to go for it, or None.

        When all places are taken, the client that holds the most loses its newest item, if it holds at least
        two more than this one: after that it still has no fewer, so two clients can't drive each other out in
        turn. Raises EngineBusy if there is no place, ValueError if the item waits already.
        """
        if item in self._owners:
            raise ValueError("this item waits already")
        displaced: T | None = None
        if self._most is not None and len(self._owners) >= self._most:
            if self._largest < self.count(client) + 2:
                raise EngineBusy("too many queries wait for a free worker; ask again in a few seconds")
            greediest = next(reversed(self._holders[self._largest]))
            displaced = next(reversed(self._lines[greediest]))
            self.remove(displaced)
        line = self._lines.setdefault(client, OrderedDict())
        line[item] = None
        self._owners[item] = client
        self._recount(client, len(line) - 1, len(line))
        return displaced

    def pop(self) -> T:
        """Take the oldest item of the client whose turn it is. Raises IndexError when nothing waits."""
        if not self._lines:
            raise IndexError("nothing waits")
        client, line = next(iter(self._lines.items()))
        item = next(iter(line))
        self.remove(item)
        if line:
            self._lines.move_to_end(client)
        return item

    def remove(self, item: T) -> bool:
        """Let an item wait no longer, such as one whose client has gone; tell whether it waited."""
        client = self._owners.pop(item, None)
        if client is None:
            return False
        line = self._lines[client]
        del line[item]
        self._recount(client, len(line) + 1, len(line))
        if not line:
            del self._lines[client]
        return True

    def _recount(self, client: str, before: int, now: int) -> None:
        """Move a client to those that hold as many as it does now: one more or one less than before."""
        if before:
            del self._holders[before][client]
            if not self._holders[before]:
                del self._holders[before]
        if now:
            self._holders.setdefault(now, {})[client] = None
        if now > self._largest or (before == self._largest and before not in self._holders):
            self._largest = now
