"""Differences of releases, worked out when somebody asks, and kept.

A difference takes seconds of computing, so that what strangers can make the server do is bounded: one is
worked out at a time, few may wait for it, and those that were are kept, the newest asked for longest. What is
kept on disk lies in a temporary folder, which goes when the difference does.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Final

from flask import Flask, current_app

from mesmart_kg.changes import Changes, Side, compare
from mesmart_kg.web.problems import BadRequest

if TYPE_CHECKING:
    from mesmart_kg.changes.merge import Merged
    from mesmart_kg.release import Release

MOST_KEPT: Final = 6
MOST_WAITING: Final = 3
PATIENCE: Final = 20.0
"""Seconds for which a request waits while another difference is being worked out."""

_KEY: Final = "mesmart.differences"
_PART: Final = 256 * 1024


@dataclass(frozen=True)
class Difference:
    """What changed between two releases; the changed quads as N-Quads lie packed in two files."""

    changes: Changes
    folder: Path

    def read_nquads(self, side: Side) -> Iterator[bytes]:
        """Yield the quads of one side in parts, as they are in the dump."""
        with gzip.open(self.folder / _name(side)) as file:
            while part := file.read(_PART):
                yield part

    def read_lines(self) -> Iterator[Merged]:
        """Yield the changed quads, first those that were removed."""
        for side in (Side.REMOVED, Side.ADDED):
            with gzip.open(self.folder / _name(side)) as file:
                for line in file:
                    yield side, line


class Differences:
    """Works out differences, one at a time, and keeps the last ones."""

    def __init__(self, base_iri: str) -> None:
        self._base_iri = base_iri
        self._kept: OrderedDict[tuple[str, ...], Difference] = OrderedDict()
        self._lock = Lock()
        self._work = Lock()
        self._places = BoundedSemaphore(MOST_WAITING + 1)

    def get(self, before: Release, after: Release) -> Difference:
        """Return the difference of two releases.

        Raises BadRequest (503) when too many wait or it takes too long, ReleaseDamaged.
        """
        # A release of the same id may have been built anew by another version of the software.
        key = (before.id, before.manifest.dataset_sha256, after.id, after.manifest.dataset_sha256)
        found = self._find(key)
        if found is not None:
            return found
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            if not self._work.acquire(timeout=PATIENCE):
                raise _busy()
            try:
                # Whoever was before us may have worked out the same one.
                return self._find(key) or self._keep(key, self._make(before, after))
            finally:
                self._work.release()
        finally:
            self._places.release()

    def _find(self, key: tuple[str, ...]) -> Difference | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: tuple[str, ...], made: Difference) -> Difference:
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def _make(self, before: Release, after: Release) -> Difference:
        folder = Path(tempfile.mkdtemp(prefix="mesmart-difference-"))
        try:
            made = Difference(_compare(before, after, self._base_iri, folder), folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        # Gone with the last reader of it, or with the process.
        weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True)
        return made


def _busy() -> BadRequest:
    return BadRequest(
        503, "comparing", "Another comparison of releases is being worked out. Try again in a few seconds."
    )


def _name(side: Side) -> str:
    return f"{side.name.lower()}.nq.gz"


def _compare(before: Release, after: Release, base_iri: str, folder: Path) -> Changes:
    """Work out a difference, and write its quads on the way."""
    with (
        gzip.open(folder / _name(Side.ADDED), "wb", 6) as added,
        gzip.open(folder / _name(Side.REMOVED), "wb", 6) as removed,
    ):
        files = {Side.ADDED: added, Side.REMOVED: removed}
        return compare(before, after, base_iri, watch=lambda side, line: files[side].write(line))


def register(app: Flask, base_iri: str) -> None:
    """Give an application its differences."""
    app.extensions[_KEY] = Differences(base_iri)


def differences() -> Differences:
    """Return the differences of the present application."""
    kept: Differences = current_app.extensions[_KEY]
    return kept
