"""The site follows its shelf: when another release becomes the current one, it is served from then on.

Looked for every few seconds, and at once when somebody says so (SIGHUP). What is found is served only after
every file of it is what its manifest says, and nothing in it has changed for a moment: it may be on its way
from another machine. Then it is opened beside the one that is served, and pages are made once, for a while,
before requests go there; answers that have begun are ended by the release they began with, which is closed
after the last of them. What can't be served is told to the log once, and tried again later; until then the
site stays as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Timer
from typing import TYPE_CHECKING, Final

from flask import Flask

from mesmart_kg.engine.keeper_process import give_up_starting
from mesmart_kg.errors import EngineUnavailable, MesmartError
from mesmart_kg.label_index import open_index
from mesmart_kg.label_index.place import FILE_NAME as INDEX_FILE
from mesmart_kg.release import MANIFEST, Release, verify
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.warming import cease_warming, warm

if TYPE_CHECKING:
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.web.asgi import Site
    from mesmart_kg.web.edition import Edition

_REST_SECONDS: Final = 60.0
"""How long a release that could not be served is left alone, unless it changes."""

_LOOK_SECONDS: Final = 0.2

_WARM_SECONDS: Final = 15.0
"""How long pages are made before a release is served; the others are made after that."""

_LONGEST_PAGE: Final = 600.0
"""Seconds after which no page may still ask the engine of a release that is not served any more."""


class Follower:
    """Turns a site to the current release of its shelf. Belongs to the site's event loop."""

    def __init__(
        self,
        site: Site,
        catalog: Catalog,
        open_app: Callable[[Release], Flask],
        seconds: float,
        tell: Callable[[str], None],
    ) -> None:
        """``seconds`` lie between two looks, 0 for none unasked; ``tell`` is given what happens."""
        self._site = site
        self._catalog = catalog
        self._open_app = open_app
        self._seconds = seconds
        self._tell = tell
        self._asked = asyncio.Event()
        self._refused: tuple[Release, float] | None = None
        """What could not be served, and when to try it again."""
        self._last_news = ""
        self._leaving: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Future[Flask] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._is_warm = Event()
        """Whether the time is over in which pages are made before a release is served."""
        self._is_over = Event()

    def look_now(self) -> None:
        """Look at the shelf at once, and try again what could not be served."""
        self._refused, self._last_news = None, ""
        self._asked.set()

    async def run(self) -> None:
        """Follow the shelf until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), self._seconds or None)
            is_asked = self._asked.is_set()
            self._asked.clear()
            found = await asyncio.to_thread(self._find, 0.0 if is_asked else self._seconds)
            if found is not None:
                await self._turn_to(found)

    def _find(self, rest: float) -> Release | None:
        """Return the release that is to be served now, if it is another and can be; ``rest``: see below."""
        try:
            found = self._catalog.find_current()
        except (MesmartError, OSError) as error:
            self._say(f"the shelf has no release to go on with: {error}")
            return None
        if found is None or found.manifest == self._site.publication.release.manifest:
            self._last_news = ""
            return None
        if self._refused and self._refused[0] == found and time.monotonic() < self._refused[1]:
            return None
        try:
            # Files that still arrive are not waited for by their names or dates, which a copy may keep.
            if rest and time.time() - _last_change(found.path) < rest:
                return None
            problems = [each for each in verify(found) if each.kind != "extra"]
        except OSError as error:
            self._say(f"the release {found.id} can't be read yet: {error}")
            return None
        if problems:
            told = f"{problems[0].kind}: {problems[0].path}"
            self._say(
                f"the release {found.id} is not served yet: files that differ from its manifest, or are not "
                f"there: {len(problems)} ({told})"
            )
            self._refuse(found, self._seconds)
            return None
        return found

    def _say(self, news: str) -> None:
        """Tell what keeps being so only once."""
        if news != self._last_news:
            self._last_news = news
            self._tell(news)

    def _refuse(self, release: Release, seconds: float) -> None:
        self._refused = release, time.monotonic() + seconds

    async def _turn_to(self, release: Release) -> None:
        began = time.monotonic()
        self._is_warm.clear()
        self._opening = asyncio.ensure_future(asyncio.to_thread(self._open, release))
        try:
            app = await asyncio.shield(self._opening)
        except Exception as error:  # noqa: BLE001 - whatever it is, the site goes on with what it has
            self._say(f"the release {release.id} can't be served: {error}")
            self._refuse(release, _REST_SECONDS)
            return
        former = self._site.turn_to(app)
        self._opening = None
        if self._is_warm.is_set():
            self._warming = asyncio.create_task(asyncio.to_thread(warm, app, self._is_over))
        self._tell(
            f"{release.id} is served now, in place of {former.publication.release.id} "
            f"({time.monotonic() - began:.1f} s to open it)"
        )
        task = asyncio.create_task(_close(former))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _open(self, release: Release) -> Flask:
        if not (release.derived / INDEX_FILE).is_file():
            self._make_index_apart(release)
        app = self._open_app(release)
        enough = Timer(_WARM_SECONDS, self._is_warm.set)
        enough.start()
        warm(app, self._is_warm)
        enough.cancel()
        return app

    def _make_index_apart(self, release: Release) -> None:
        """Make the index of names in another process, since it takes long and Python's lock all the while.

        Where that fails it is made here, when the application is, and the error is told.
        """
        arguments = release.derived, release.default_ntriples, release.manifest.digest
        maker = get_context("spawn").Process(target=_make_index, args=arguments)
        maker.start()
        while maker.exitcode is None:
            maker.join(_LOOK_SECONDS)
            if self._is_over.is_set():
                maker.kill()
        maker.close()
        if self._is_over.is_set():
            raise EngineUnavailable("the server is ending")

    async def close(self) -> None:
        """Close what was served before, and what was about to be; to be called once :meth:`run` has ended."""
        self._is_over.set()
        self._is_warm.set()
        if self._opening is not None:
            give_up_starting()
            with contextlib.suppress(Exception):
                publication_of(await self._opening).close()
        for task in self._leaving:
            task.cancel()
        if self._leaving:
            await asyncio.wait(self._leaving)


def _make_index(derived: Path, dump: Path, digest: str) -> None:
    os.nice(10)  # others are being served meanwhile
    open_index(derived, dump, digest).close()


async def _close(edition: Edition) -> None:
    """Close an edition after its last visit: first what takes memory, even if files are still being sent."""
    settings = edition.publication.config.engine
    try:
        longest = 2 * settings.seconds + settings.patience + _LONGEST_PAGE
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(edition.wait_until_unused(), longest)
        await _close_engines(edition)
        await edition.wait_until_unused()
    except asyncio.CancelledError:
        await _close_engines(edition)
        raise
    finally:
        edition.close_bridges()
    await asyncio.to_thread(_return_memory)


async def _close_engines(edition: Edition) -> None:
    await asyncio.to_thread(cease_warming, edition.app)
    await edition.endpoint.close()
    await asyncio.to_thread(edition.publication.close)


def _return_memory() -> None:
    """Give back what the last edition held: it stood among what is never looked through (``warming``)."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries than GNU's have none
    if trim is not None:
        trim(0)


def _last_change(folder: Path) -> float:
    """Return when anything in a folder last changed on this machine, in seconds since 1970."""
    paths = (folder, folder / MANIFEST, *folder.rglob("*"))
    return max(path.lstat().st_ctime for path in paths)
