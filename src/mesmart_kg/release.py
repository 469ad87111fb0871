"""One release: a directory written once, completely or not at all, and then only read.

It is written under a hidden name beside its place (:class:`Workshop`), every file forced to disk, the
manifest last, and then renamed: a directory without ``manifest.json`` is no release. The manifest holds no
time but the day of the data, which is an input, so two builds of the same sources give the same bytes.

The id is that day and the first 8 hexadecimal digits of a digest over the dataset and all inputs; the makers'
versions and whatever belongs to the machine stay out of it. ``derived/`` is rebuilt from the rest and never
checked.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import http.client
import json
import os
import re
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mesmart_kg.dumps import DATASET_NQUADS, DEFAULT_NTRIPLES
from mesmart_kg.errors import EngineUnavailable, ReleaseDamaged, ReleaseNotFound
from mesmart_kg.formats import NTRIPLES
from mesmart_kg.store import canonical_ntriples, canonical_quad, parse_text

MANIFEST: Final = "manifest.json"
DERIVED: Final = "derived"
FORMAT: Final = 1
"""The version of the layout of a release; another number is another layout."""

RELEASE: Final = "release"
PREVIEW: Final = "preview"

_UNFINISHED: Final = ".building-"
_REPLACED: Final = ".replaced-"
_ID: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}")


@dataclass(frozen=True)
class FileEntry:
    """A file of a release: its path in it, with forward slashes, its size, its SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a release says of itself.

    ``digest`` is the whole of the digest that the id begins with; ``inputs`` maps each source file to its
    SHA-256, ``settings`` included; ``makers`` maps each library that took part to its version; ``figures``
    are counts per graph, class and property as JSON values; ``kind`` is ``release``, or ``preview`` for files
    that are served as they were given, validated by nobody.
    """

    id: str
    day: date
    digest: str
    inputs_digest: str
    dataset_sha256: str
    default_sha256: str
    makers: Mapping[str, str]
    inputs: Mapping[str, str]
    figures: Mapping[str, Any]
    files: tuple[FileEntry, ...]
    kind: str = RELEASE

    def to_json(self) -> str:
        """Return the text of ``manifest.json``."""
        document = {
            "format": FORMAT,
            "kind": self.kind,
            "id": self.id,
            "created": self.day.isoformat(),
            "digest": self.digest,
            "inputs_digest": self.inputs_digest,
            "dataset_sha256": self.dataset_sha256,
            "default_sha256": self.default_sha256,
            "makers": dict(self.makers),
            "figures": dict(self.figures),
            "files": [{"path": f.path, "bytes": f.bytes, "sha256": f.sha256} for f in self.files],
            "inputs": dict(self.inputs),
        }
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True)
class Release:
    """A handle on a release's directory."""

    path: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def day(self) -> date:
        return self.manifest.day

    @property
    def is_preview(self) -> bool:
        """Tell whether this is no release at all, but files as they were given (see ``preview``)."""
        return self.manifest.kind == PREVIEW

    @property
    def dumps(self) -> Path:
        return self.path / "dumps"

    @property
    def dataset_nquads(self) -> Path:
        """All named graphs but metadata: sorted N-Quads, compressed."""
        return self.dumps / DATASET_NQUADS

    @property
    def default_ntriples(self) -> Path:
        """The default graph: sorted N-Triples, compressed."""
        return self.dumps / DEFAULT_NTRIPLES

    @property
    def metadata(self) -> Path:
        """graph/metadata as Turtle."""
        return self.path / "metadata" / "dataset.ttl"

    @property
    def report(self) -> Path:
        """The folder of ``validation.ttl`` and ``validation.json``."""
        return self.path / "report"

    @property
    def inputs(self) -> Path:
        """The folder of ontology, labels, shapes (``*.ttl``), ``queries/*.rq``, contexts and frames."""
        return self.path / "inputs"

    @property
    def derived(self) -> Path:
        """What may be rebuilt from the rest; it may be absent."""
        return self.path / DERIVED


@dataclass(frozen=True)
class Problem:
    """A file that is not as the manifest says; ``kind`` is ``missing``, ``changed`` or ``extra``."""

    path: str
    kind: str


@dataclass(frozen=True)
class Comparison:
    """How the default graph of an endpoint differs from a release's dump, in triples."""

    same: int
    missing: int
    extra: int

    @property
    def is_equal(self) -> bool:
        return not self.missing and not self.extra


class Workshop:
    """A hidden directory on the shelf in which one release is made.

    Leaving its ``with`` block without :meth:`finish` removes it. A lock on it, which dies with the process,
    tells the next build whether somebody is still at work in it.
    """

    def __init__(self, shelf: Path) -> None:
        shelf.mkdir(parents=True, exist_ok=True)
        sweep(shelf)
        self._shelf = shelf
        self.path = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=shelf))
        self.path.chmod(0o755)  # mkdtemp makes it private, but a release is there to be read
        self._lock = _lock(self.path)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)
        if self.path.name.startswith(_UNFINISHED):
            shutil.rmtree(self.path, ignore_errors=True)

    def finish(self, manifest: Manifest, finished: int | None = None) -> Release:
        """Write the manifest, force all to disk and put the release in its place on the shelf.

        A release of that id with the same files is left as it is. One with other files (made by another
        version of the software) is replaced. ``finished`` is when it was made, in nanoseconds, if not now.
        """
        _write_durably(self.path / MANIFEST, manifest.to_json())
        if finished is not None:
            os.utime(self.path / MANIFEST, ns=(finished, finished))
        for folder in sorted({self.path, *(path for path in self.path.rglob("*") if path.is_dir())}):
            _sync(folder)
        place = self._shelf / manifest.id
        if (place / MANIFEST).is_file() and (place / MANIFEST).read_text("utf-8") == manifest.to_json():
            existing = open_release(place)
            if not any(verify(existing)):
                return existing
        replaced = self._shelf / f"{_REPLACED}{manifest.id}"
        if place.exists():
            shutil.rmtree(replaced, ignore_errors=True)
            place.rename(replaced)
        self.path.rename(place)
        self.path = place
        _sync(self._shelf)
        shutil.rmtree(replaced, ignore_errors=True)
        return Release(place, manifest)


def sweep(shelf: Path) -> None:
    """Remove what killed builds left on a shelf; a build that still runs keeps its directory."""
    for leftover in shelf.glob(f"{_REPLACED}*"):
        place = shelf / leftover.name.removeprefix(_REPLACED)
        if place.exists():
            shutil.rmtree(leftover, ignore_errors=True)
        else:  # killed between the two renames: what was there goes back
            leftover.rename(place)
    for leftover in shelf.glob(f"{_UNFINISHED}*"):
        lock = _lock(leftover)
        if lock is not None:
            shutil.rmtree(leftover, ignore_errors=True)
            os.close(lock)


def _lock(directory: Path) -> int | None:
    """Return a descriptor that holds the directory's lock; None when another process holds it."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _write_durably(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_id(day: date, digest: str) -> str:
    """Return the id of a release from its day and its digest in full."""
    return f"{day.isoformat()}-{digest[:8]}"


def list_files(directory: Path) -> tuple[FileEntry, ...]:
    """Return the files of a release, forced to disk, sorted by path; without manifest and ``derived/``."""
    entries = []
    for path in _find_files(directory):
        _sync(path)
        entries.append(
            FileEntry(path.relative_to(directory).as_posix(), path.stat().st_size, hash_file(path))
        )
    return tuple(entries)


def _find_files(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.rglob("*")):
        parts = path.relative_to(directory).parts
        if parts[0] != DERIVED and parts != (MANIFEST,) and not path.is_dir():
            yield path


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_release_id(text: str) -> bool:
    """Tell whether a text has the form of a release's id."""
    return _ID.fullmatch(text) is not None


def open_release(path: Path) -> Release:
    """Return a handle on a release; its files are not looked at (see :func:`verify`).

    Raises ReleaseNotFound where there is no manifest, ReleaseDamaged where it can't be understood.
    """
    try:
        text = (path / MANIFEST).read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ReleaseNotFound(
            f"there is no release {path.name}; `mesmart releases` lists those there are"
        ) from error
    try:
        manifest = _read_manifest(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseDamaged(f"the manifest of {path.name} can't be read; build the release again") from error
    if manifest.id != path.name and is_release_id(path.name):
        raise ReleaseDamaged(f"the directory {path.name} holds the release {manifest.id}: rename it to that")
    return Release(path, manifest)


def _read_manifest(document: Any) -> Manifest:
    if document["format"] != FORMAT:
        raise ValueError("another layout")
    return Manifest(
        id=document["id"],
        day=date.fromisoformat(document["created"]),
        digest=document["digest"],
        inputs_digest=document["inputs_digest"],
        dataset_sha256=document["dataset_sha256"],
        default_sha256=document["default_sha256"],
        makers=MappingProxyType(document["makers"]),
        inputs=MappingProxyType(document["inputs"]),
        figures=MappingProxyType(document["figures"]),
        files=tuple(FileEntry(entry["path"], entry["bytes"], entry["sha256"]) for entry in document["files"]),
        kind=document.get("kind", RELEASE),  # manifests written before there were previews have none
    )


def verify(release: Release) -> list[Problem]:
    """Return the files that are missing, changed or not in the manifest, sorted; empty if all is well."""
    found = {path.relative_to(release.path).as_posix(): path for path in _find_files(release.path)}
    told = {entry.path: entry for entry in release.manifest.files}
    problems = [Problem(path, "extra") for path in found.keys() - told.keys()]
    problems += [Problem(path, "missing") for path in told.keys() - found.keys()]
    problems += [
        Problem(path, "changed")
        for path in told.keys() & found.keys()
        if found[path].is_symlink() or hash_file(found[path]) != told[path].sha256
    ]
    return sorted(problems, key=lambda problem: problem.path)


def compare_endpoint(release: Release, url: str, seconds: float = 120) -> Comparison:
    """Compare the default graph that a SPARQL endpoint serves with the release's dump, triple by triple.

    Asks for all triples at once, so the endpoint must be willing to give so many. Raises EngineUnavailable
    when it does not answer, or its answer breaks off.
    """
    query = b"CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    headers = {"Accept": NTRIPLES.media_type, "Content-Type": "application/sparql-query"}
    if not url.startswith(("http://", "https://")):
        raise EngineUnavailable(
            f"{url} is not the address of an endpoint; one begins with http:// or https://"
        )
    request = urllib.request.Request(url, query, headers)  # noqa: S310 - the scheme is checked above
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            body = response.read()
    except (OSError, http.client.HTTPException) as error:  # URLError, and all sockets raise, is an OSError
        raise EngineUnavailable(f"the endpoint {url} does not answer: {error}") from error
    try:
        served = set(canonical_ntriples(canonical_quad(quad).triple for quad in parse_text(body, NTRIPLES)))
    except (SyntaxError, ValueError) as error:
        raise EngineUnavailable(f"the answer of {url} is not N-Triples: {error}") from error
    with gzip.open(release.default_ntriples) as lines:
        expected = set(lines)
    return Comparison(len(served & expected), len(expected - served), len(served - expected))
