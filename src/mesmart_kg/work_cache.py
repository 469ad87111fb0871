"""What steps of a build have made, kept by the digest of what they read: nothing is worked on twice.

A key is made of everything that decides the bytes (:func:`make_key`), the code that makes them included
(:func:`code_digest`), so nothing here ever grows stale: what nobody asks for any more is swept away, the
longest unused first, when nobody else uses the folder: each run holds a shared lock on it, which dies with
the process. Files are written beside their place and renamed; several processes may keep and find at once,
and two that make the same file leave one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import IO, Final

MEBIBYTE: Final = 1024 * 1024

DEFAULT_LIMIT: Final = 4096 * MEBIBYTE
"""Bytes that are kept from one build to the next."""

_MAKERS: Final = ("pyoxigraph", "rdflib", "owlrl", "pyshacl", "csvw")
_DRAFT: Final = ".draft-"


def make_key(*parts: str | bytes) -> str:
    """Return 64 hexadecimal digits that differ for different parts, and for another division of them."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


@cache
def code_digest(*rooms: str) -> str:
    """Return a digest of the source of these packages or modules of ours, and of the libraries' versions.

    ``rooms`` are names below ``mesmart_kg``, such as ``facts``. Name every room that takes part in what is
    kept under the key; ``errors`` and this room take part in no bytes.
    """
    package = Path(__file__).parent
    parts: list[str | bytes] = [f"{name} {version(name)}" for name in _MAKERS]
    for room in rooms:
        place = package / room
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        for path in files:
            parts += [path.relative_to(package).as_posix(), path.read_bytes()]
    return make_key(*parts)


class _Use:
    """A folder in use. A copy sent to another process is None: who opened the cache outlives its helpers."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        # Waits while somebody sweeps. Where there are no locks, at worst a kept file is missed.
        with suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()

    def is_ours_alone(self) -> bool:
        """Tell whether nobody else uses the folder; if so, nobody can begin to before :meth:`end`."""
        if self._file < 0:
            return False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def end(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@dataclass(frozen=True)
class WorkCache:
    """A folder of kept files; without a folder of its own a temporary one, which :meth:`close` removes.

    ``limit`` is the number of bytes that :meth:`close` leaves.
    """

    folder: Path
    limit: int = DEFAULT_LIMIT
    is_temporary: bool = field(default=False)
    _use: _Use | None = field(default=None, repr=False, compare=False)

    @classmethod
    def open(cls, folder: Path | None, limit: int = DEFAULT_LIMIT) -> WorkCache:
        """Open the cache in a folder, made if it is not there; None: one that lasts until it is closed."""
        if folder is None:
            return cls(Path(tempfile.mkdtemp(prefix="mesmart-work-")), limit, is_temporary=True)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, limit, _use=_Use(folder))

    def __enter__(self) -> WorkCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def find(self, key: str) -> Path | None:
        """Return the file kept under the key, and note that it was used; None where there is none."""
        path = self._place(key)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def keep(self, key: str, content: bytes | Callable[[IO[bytes]], object]) -> Path:
        """Keep a file under the key and return its path; ``content`` is its bytes, or writes them.

        A file that is there already stays. Where writing fails nothing is left.
        """
        known = self.find(key)
        if known is not None:
            return known
        path = self._place(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=_DRAFT, dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    content(file)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return path

    def _sweep(self) -> None:
        """Remove the files unused for the longest until what is left is no more than the limit."""
        files = []
        for path in self.folder.glob("*/*"):
            with suppress(FileNotFoundError):
                if path.name.startswith(_DRAFT):  # of a run that was killed
                    path.unlink()
                    continue
                told = path.stat()
                files.append((told.st_mtime, told.st_size, path))
        size = sum(each for _, each, _ in files)
        for _, each, path in sorted(files):
            if size <= self.limit:
                return
            path.unlink(missing_ok=True)
            size -= each

    def close(self) -> None:
        """Sweep, unless another run uses the folder: then that one will. Remove a temporary folder.

        Closing twice does nothing, nor does closing in a process that the cache was sent to.
        """
        if self.is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)
        elif self._use is not None:
            if self._use.is_ours_alone():
                self._sweep()
            self._use.end()

    def _place(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]
