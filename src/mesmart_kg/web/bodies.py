"""How much may be sent to which address, and how much of that at once.

Most addresses take what a query may be long. Tables, batches of names or codes, and messages for the curator
are larger: each kind has its own limit, and only so many of them may be on their way at once, since what
is on its way lies in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from mesmart_kg.config import Config
from mesmart_kg.errors import QueryTooLarge
from mesmart_kg.web.problems import BadRequest

_NAME_BYTES: Final = 2048
"""What one name with its properties takes in a batch, generously."""

_CODE_BYTES: Final = 256

_FRAME: Final = 65_536
"""What the rest of a form may take beside the table that it carries."""


@dataclass(frozen=True)
class Room:
    """What an address and those below it take: so many bytes, as the setting says."""

    path: str
    most: int
    setting: str

    def holds(self, path: str) -> bool:
        return path == self.path or path.startswith(f"{self.path}/")

    def refuse(self) -> Exception:
        """Return the error for a body that is larger."""
        return BadRequest(
            413,
            "body-too-large",
            "What is sent here may have %(most)s kB at most (%(setting)s). Send it in several parts.",
            most=self.most // 1000,
            setting=self.setting,
        )


class Bodies:
    """Knows the room of each address, and lends places for large bodies."""

    def __init__(self, config: Config) -> None:
        web, inbox = config.web, config.inbox
        # A form holds its query percent-encoded: up to three times as long.
        self.query_bytes = 3 * web.max_query_bytes + 4096
        self._max_query_bytes = web.max_query_bytes
        # A table that is looked at twice is carried along in its form, in base64.
        upload = int(1.4 * web.max_upload * 1024 * 1024) + _FRAME
        self._rooms = (
            Room("/reconcile", web.reconcile_queries * _NAME_BYTES, "web.reconcile_queries"),
            Room("/lookup", web.lookups * _CODE_BYTES, "web.lookups"),
            Room("/link/table", upload, "web.max_upload"),
            Room("/inbox", inbox.size * 1024, "inbox.size"),
        )
        self._free = web.uploads

    def room(self, path: str) -> Room | None:
        """Return the room of an address that takes something else than queries."""
        return next((room for room in self._rooms if room.holds(path)), None)

    def refuse_query(self) -> Exception:
        """Return the error for a query that is too long."""
        return QueryTooLarge("the query is too long", "query", self._max_query_bytes)

    @contextmanager
    def place(self, room: Room, length: int | None) -> Iterator[None]:
        """Lend a place for a body of so many bytes (None: nobody said); small ones need none.

        Raises BadRequest (503) when no place is free.
        """
        if min(room.most, room.most if length is None else length) <= self.query_bytes:
            yield
            return
        if not self._free:
            raise BadRequest(
                503, "uploads", "Others are sending large files just now. Try again in a minute."
            )
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
