"""The shelf of releases: which there are, which is current, which held on a date.

Current is the release that the file ``current`` names; without one, the newest. To promote a release writes
that file; to promote the newest removes it, so that later builds become current again by themselves. A
release that was made elsewhere is received: compared with its manifest before it stands on the shelf.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from mesmart_kg.errors import ReleaseDamaged, ReleaseNotFound
from mesmart_kg.release import (
    MANIFEST,
    Release,
    Workshop,
    is_release_id,
    list_files,
    open_release,
    verify,
)

CURRENT: Final = "current"


@dataclass(frozen=True)
class Catalog:
    """The releases in one directory, which need not exist yet."""

    directory: Path

    def releases(self) -> list[Release]:
        """Return all releases, the newest first: by day, and on one day the one finished last.

        Directories without a readable manifest are passed over; :meth:`get` tells what is wrong with one.
        """
        found = []
        for path in self.directory.glob("*") if self.directory.is_dir() else ():
            if is_release_id(path.name) and (path / MANIFEST).is_file():
                try:
                    found.append(open_release(path))
                except ReleaseDamaged:
                    continue
        # The manifest is written last, so its time of change is when the release was finished.
        return sorted(found, key=_age, reverse=True)

    def find_current(self) -> Release | None:
        """Return the current release; None when there is no release at all.

        Raises ReleaseNotFound when the one that ``current`` names is gone.
        """
        pinned = self._pinned()
        if pinned:
            return self.get(pinned)
        releases = self.releases()
        return releases[0] if releases else None

    def current(self) -> Release:
        """Return the current release; ReleaseNotFound when there is none."""
        release = self.find_current()
        if release is None:
            raise ReleaseNotFound("there is no release yet; `mesmart build` makes one")
        return release

    def get(self, release_id: str) -> Release:
        """Return the release of that id. Raises ReleaseNotFound, ReleaseDamaged."""
        if not is_release_id(release_id):  # an id never is a path that leads elsewhere
            raise ReleaseNotFound(f"{release_id!r} is not the id of a release; `mesmart releases` lists them")
        return open_release(self.directory / release_id)

    def find_previous(self, release: Release) -> Release | None:
        """Return the release before another one, in the order of :meth:`releases`; None for the oldest."""
        older = [each for each in self.releases() if _age(each) < _age(release)]
        return older[0] if older else None

    def as_of(self, day: date) -> Release:
        """Return the newest release that is not of a later day. Raises ReleaseNotFound."""
        for release in self.releases():
            if release.day <= day:
                return release
        raise ReleaseNotFound(f"there is no release of {day.isoformat()} or before")

    def promote(self, release_id: str) -> Release:
        """Make a release the current one. Raises ReleaseNotFound, ReleaseDamaged."""
        release = self.get(release_id)
        pin = self.directory / CURRENT
        if self.releases()[0].id == release_id:
            pin.unlink(missing_ok=True)
            return release
        # Written beside and renamed: a reader finds the old name or the new one, never half of it.
        draft = self.directory / f".{CURRENT}-{os.getpid()}"
        draft.write_text(release_id + "\n", "ascii")
        draft.replace(pin)
        return release

    def receive(self, folder: Path) -> Release:
        """Put a release that was copied here from elsewhere on the shelf, once it is what its manifest says.

        It is copied once more, under a hidden name, and the copy is compared, file by file: no reader ever
        finds it before it is whole, whatever happens to the folder meanwhile. What is ``derived`` stays
        behind, since nothing tells whether it is sound. It counts as finished when it was made, not when it
        came. Raises ReleaseNotFound, ReleaseDamaged.
        """
        arrived = open_release(folder)
        manifest = arrived.manifest
        if arrived.is_preview or not is_release_id(manifest.id):
            raise ReleaseDamaged(f"the folder {folder.name} holds no release")
        with Workshop(self.directory) as workshop:
            for entry in manifest.files:
                source, target = folder / entry.path, workshop.path / entry.path
                if not target.resolve().is_relative_to(workshop.path.resolve()):
                    raise ReleaseDamaged(f"the manifest of {manifest.id} names a file outside of it")
                if source.is_file() and not source.is_symlink():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, target)
            if set(list_files(workshop.path)) != set(manifest.files):
                problems = [
                    f"{problem.kind}: {problem.path}" for problem in verify(Release(workshop.path, manifest))
                ]
                raise ReleaseDamaged(f"{manifest.id} did not arrive as its manifest says", problems)
            return workshop.finish(manifest, (folder / MANIFEST).stat().st_mtime_ns)

    def is_pinned(self) -> bool:
        """Tell whether the current release was chosen by hand, so that a newer one can't take its place."""
        return bool(self._pinned())

    def _pinned(self) -> str:
        try:
            return (self.directory / CURRENT).read_text("ascii").strip()
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise ReleaseDamaged(
                f"the file {CURRENT} on the shelf does not name a release; `mesmart promote` writes it anew"
            ) from error


def _age(release: Release) -> tuple[date, int, str]:
    return release.day, (release.path / MANIFEST).stat().st_mtime_ns, release.id
