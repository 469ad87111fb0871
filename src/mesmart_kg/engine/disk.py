"""A release as an Oxigraph store on disk (RocksDB), for one too large to be held in memory.

It lies in ``derived/store`` beside the release, or elsewhere where that can't be written to, and is only ever
read: any number of workers and servers open it at once, each in hundredths of a second. A note in it tells
of which files it was made, by which Oxigraph, and the size and SHA-256 of each file that it has: a store that
is cut short, of other files or of another version is none, and is made anew.

It is made by a process of its own (``python -m mesmart_kg.engine.disk``), since that takes memory and
threads, and appears under its name once it is whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from mesmart_kg.engine.loading import DEFAULT_GRAPH, METADATA, NAMED_GRAPHS, WHOLE, write_store
from mesmart_kg.errors import EngineUnavailable, ReleaseDamaged

STORE: Final = Path("derived/store")

_NOTE: Final = "mesmart.json"
_MANIFEST: Final = "manifest.json"
_SOURCES: Final = (DEFAULT_GRAPH, NAMED_GRAPHS, METADATA, WHOLE)
_IDLE_FILES: Final = ("LOG*", "OPTIONS-*", "LOCK")
"""What RocksDB writes beside a store and never reads again; some of it names folders of this machine."""

_TABLES: Final = "*.sst"
_FORMAT: Final = 1
_DRAFT: Final = ".store-"
_LOOK_SECONDS: Final = 0.2
_DAMAGED: Final = 3
"""The exit code of a maker that could not read the release."""


@dataclass(frozen=True)
class DiskStore:
    """A store on disk: its folder, the triples of its default graph, and all its statements."""

    folder: Path
    triples: int
    statements: int


def find_store(directory: Path, folder: Path | None = None) -> DiskStore | None:
    """Return the store of a release's directory if it is there, whole, and of the files that are there.

    The sizes of its files are looked at, not their contents. ``folder`` is where it lies, if not in
    ``derived``.
    """
    folder = folder or directory / STORE
    note = _read_note(folder)
    if note is None or note["made_of"] != _fingerprint(directory) or note["oxigraph"] != _oxigraph():
        return None
    if any(_size(folder / name) != size for name, (size, _digest) in note["files"].items()):
        return None
    return DiskStore(folder, note["triples"], note["statements"])


def check_store(directory: Path) -> list[str]:
    """Return what is wrong with the store of a release, read byte by byte: paths in the release, sorted.

    None where there is no store: nobody needs one that is not there.
    """
    folder = directory / STORE
    if not folder.exists():
        return []
    if find_store(directory) is None:
        return [STORE.as_posix()]
    files = (_read_note(folder) or {})["files"]
    return sorted(
        (STORE / name).as_posix() for name, (_size, digest) in files.items() if _hash(folder / name) != digest
    )


def make_store(directory: Path, metadata_graph: str, folder: Path | None = None) -> DiskStore:
    """Make the store of a release where it has none: whole or not at all.

    Takes half a minute and a gigabyte for a million triples, and threads: to be called in a process without
    much else to do. Whoever comes while another process makes the same waits for that one. Raises
    ReleaseDamaged for files that can't be read, OSError where there is no room for it.
    """
    folder = folder or directory / STORE
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent):
        return find_store(directory, folder) or _make(directory, metadata_graph, folder)


def _make(directory: Path, metadata_graph: str, folder: Path) -> DiskStore:
    for leftover in folder.parent.glob(f"{_DRAFT}*"):  # of one that was killed, since the lock is ours
        shutil.rmtree(leftover, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder.parent))
    new = draft / "new"
    try:
        made_of = _fingerprint(directory)
        triples, statements = write_store(directory, metadata_graph, new)
        for pattern in _IDLE_FILES:
            for path in new.glob(pattern):
                path.unlink()
        files = {path.name: (path.stat().st_size, _hash(path)) for path in sorted(new.iterdir())}
        note = {
            "format": _FORMAT,
            "made_of": made_of,
            "oxigraph": _oxigraph(),
            "triples": triples,
            "statements": statements,
            "files": files,
        }
        (new / _NOTE).write_text(json.dumps(note, indent=1) + "\n", "utf-8")
        with contextlib.suppress(FileNotFoundError):
            folder.rename(draft / "old")
        new.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return DiskStore(folder, triples, statements)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which dies with the process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_store_apart(
    directory: Path, metadata_graph: str, folder: Path, is_unwanted: Callable[[], bool] = lambda: False
) -> DiskStore:
    """Make a store as :func:`make_store` does, in a process of its own, ended when the store is unwanted.

    Raises ReleaseDamaged for files that can't be read, EngineUnavailable when it can't be made.
    """
    command = [
        sys.executable,
        "-P",
        "-m",
        "mesmart_kg.engine.disk",
        str(directory),
        metadata_graph,
        str(folder),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as maker:
        while True:
            try:
                _, said = maker.communicate(timeout=_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if is_unwanted():
                    maker.kill()
    made = find_store(directory, folder) if maker.returncode == 0 else None
    if made is not None:
        return made
    reason = said.strip().rpartition("\n")[2] or f"its maker ended with {maker.returncode}"
    if maker.returncode == _DAMAGED:
        raise ReleaseDamaged(reason)
    raise EngineUnavailable(f"the store on disk could not be made: {reason}")


def spoil(folder: Path) -> None:
    """Mark a store as none: what it holds could not be read."""
    with contextlib.suppress(OSError):
        (folder / _NOTE).unlink()


def count_unopened(folder: Path) -> int:
    """Return how many tables of a store this process has yet to open: a large store's, when it needs them."""
    opened = set()
    for descriptor in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):
            opened.add(descriptor.readlink().name)
    return sum(path.name not in opened for path in folder.glob(_TABLES))


def _read_note(folder: Path) -> dict[str, Any] | None:
    try:
        note: dict[str, Any] = json.loads((folder / _NOTE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) and note.get("format") == _FORMAT else None


def _fingerprint(directory: Path) -> str:
    """Return a digest of the files that a store is made of, from the manifest where there is one."""
    told: dict[str, str] = {}
    with contextlib.suppress(OSError):  # a build makes the store before it writes the manifest
        manifest = json.loads((directory / _MANIFEST).read_text("utf-8"))
        told = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    names = [path.as_posix() for path in _SOURCES if (directory / path).is_file()]
    lines = [f"{name} {told.get(name) or _hash(directory / name)}\n" for name in names]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _oxigraph() -> str:
    """Return the version of what wrote a store, as far as its files may depend on it."""
    return version("pyoxigraph").rpartition(".")[0]


def main() -> int:
    """Make a store as a process of its own; the arguments are those of :func:`make_store`."""
    if sys.platform == "linux":
        # 1 is PR_SET_PDEATHSIG: nobody waits for the store when who asked for it has gone.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    os.nice(10)  # others are being served meanwhile
    directory, metadata_graph, folder = sys.argv[1:]
    try:
        make_store(Path(directory), metadata_graph, Path(folder))
    except ReleaseDamaged as error:
        sys.stderr.write(f"{error}\n")
        return _DAMAGED
    except (OSError, RuntimeError) as error:
        sys.exit(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
