"""Older releases, opened when somebody asks one (``?release=``), and closed when nobody does any more.

To open one takes seconds and memory for another whole release, so that few are open at once; who asks for the
same one meanwhile waits for the same opening. When a further one is wanted, the one unused for the longest
makes room, but none that is in use, and none that was opened a moment ago: two strangers who ask for two
releases in turn must not keep the server loading.

All of it belongs to one event loop; engines are opened and closed in threads, which may take their time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final

from mesmart_kg.errors import EngineBusy, EngineUnavailable
from mesmart_kg.web.problems import BadRequest

if TYPE_CHECKING:
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.engine import Engine
    from mesmart_kg.release import Release
    from mesmart_kg.web.publication import OpenEngine

IDLE_SECONDS: Final = 600.0
"""How long a release that nobody asks is kept open."""

STAY_SECONDS: Final = 30.0
"""How long a release stays open at least, once it was opened, before another may take its place."""


@dataclass(frozen=True)
class OpenRelease:
    """A release, and the engine that answers about it."""

    release: Release
    engine: Engine


class Lease:
    """The use of an open release, which stays open until the lease is closed, by hand or by ``with``."""

    def __init__(self, opened: OpenRelease, end: Callable[[], None] | None = None) -> None:
        self.release = opened.release
        self.engine = opened.engine
        self._end = end

    def close(self) -> None:
        """Give it back. Closing twice does nothing."""
        end, self._end = self._end, None
        if end is not None:
            end()

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Place:
    """A place on the shelf: who uses it, and the task that opens its release."""

    def __init__(self, release: Release, opening: asyncio.Task[OpenRelease], now: float) -> None:
        self.release = release
        self.opening = opening
        self.opened = self.used = now
        self.users = 0
        self.closing: asyncio.TimerHandle | None = None

    @property
    def is_free(self) -> bool:
        return not self.users and self.opening.done()


class ReleaseShelf:
    """Lends the current release, and as many older ones as may be open at once."""

    def __init__(
        self,
        catalog: Catalog,
        current: OpenRelease,
        open_engine: OpenEngine,
        most: int,
        *,
        idle_seconds: float = IDLE_SECONDS,
        stay_seconds: float = STAY_SECONDS,
    ) -> None:
        """``most`` older releases are open at once; ``current`` is not ours to close."""
        self._catalog = catalog
        self._current = current
        self._open_engine = open_engine
        self._most = most
        self._idle_seconds = idle_seconds
        self._stay_seconds = stay_seconds
        self._places: dict[str, _Place] = {}
        self._closings: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def lease(self, release_id: str | None) -> Lease:
        """Return a lease of a release, the current one if none is named; it may take seconds to open.

        Raises ReleaseNotFound, ReleaseDamaged, EngineUnavailable; EngineBusy when all that may be open are in
        use; BadRequest (403) when older releases are never opened. Cancelling the call leaves the opening to
        those who wait for the same.
        """
        if release_id is None or release_id == self._current.release.id:
            return Lease(self._current)
        place = self._places.get(release_id)
        if place is None:
            release = await asyncio.to_thread(self._catalog.get, release_id)
            # Somebody else may have come first while the manifest was read.
            place = self._places.get(release_id) or self._make_place(release)
        place.users += 1
        if place.closing is not None:
            place.closing.cancel()
            place.closing = None
        try:
            opened = await asyncio.shield(place.opening)
        except BaseException:
            self._give_back(place)
            raise
        return Lease(opened, lambda: self._give_back(place))

    async def close(self) -> None:
        """Close all older releases, also those that are in use; wait until their processes have ended."""
        self._is_closed = True
        for place in list(self._places.values()):
            self._remove(place)
        while self._closings:
            await asyncio.wait(self._closings)

    def _make_place(self, release: Release) -> _Place:
        if self._is_closed:
            raise EngineUnavailable("the server is ending")
        if not self._most:
            raise BadRequest(
                403, "older-releases", "Older releases are not queried here. Download one, and ask at home."
            )
        now = time.monotonic()
        leaving = self._make_room(now) if len(self._places) >= self._most else None
        place = _Place(release, asyncio.create_task(self._open(release, leaving)), now)
        self._places[release.id] = place
        place.opening.add_done_callback(lambda _: self._opened(place))
        return place

    def _make_room(self, now: float) -> asyncio.Task[None]:
        """Begin to close the release unused for the longest. Raises EngineBusy when none may be closed."""
        free = [
            place
            for place in self._places.values()
            if place.is_free and now - place.opened >= self._stay_seconds
        ]
        if not free:
            raise EngineBusy("all releases that may be open at once are in use")
        return self._remove(min(free, key=lambda place: place.used))

    async def _open(self, release: Release, leaving: asyncio.Task[None] | None) -> OpenRelease:
        if leaving is not None:
            await asyncio.wait([leaving])  # so that there are never more in memory than may be
        return OpenRelease(release, await asyncio.to_thread(self._open_engine, release))

    def _opened(self, place: _Place) -> None:
        """See to a place whose opening has ended: one that failed is cleared, one not waited for is idle."""
        if place.opening.cancelled() or place.opening.exception() is not None:
            if self._places.get(place.release.id) is place:
                del self._places[place.release.id]
            return
        place.opened = place.used = time.monotonic()
        if not place.users:
            self._await_end(place)

    def _give_back(self, place: _Place) -> None:
        place.users -= 1
        place.used = time.monotonic()
        if place.is_free:
            self._await_end(place)

    def _await_end(self, place: _Place) -> None:
        """Close a place that is free, unless somebody takes it before the time is over."""
        if self._places.get(place.release.id) is place and place.closing is None:
            loop = asyncio.get_running_loop()
            place.closing = loop.call_later(self._idle_seconds, self._remove, place)

    def _remove(self, place: _Place) -> asyncio.Task[None]:
        if place.closing is not None:
            place.closing.cancel()
        del self._places[place.release.id]
        task = asyncio.create_task(_close(place.opening))
        self._closings.add(task)
        task.add_done_callback(self._closings.discard)
        return task


async def _close(opening: asyncio.Task[OpenRelease]) -> None:
    """Close an engine, one that is being opened as soon as it is open."""
    if not opening.done():
        await asyncio.wait([opening])
    if not opening.cancelled() and opening.exception() is None:
        await asyncio.to_thread(opening.result().engine.close)
