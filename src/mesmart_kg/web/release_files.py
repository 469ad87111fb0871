"""The files of a release, as views give them: found by the manifest, translated from Turtle."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mesmart_kg import formats
from mesmart_kg.errors import ReleaseDamaged, ResourceNotFound
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.release import FileEntry, Release
from mesmart_kg.store import Triple, parse, serialize

__all__ = ["find_file", "get_entry", "read_triples", "translate", "write"]


def get_entry(release: Release, path: str) -> FileEntry:
    """Return the entry of a file in the manifest of a release. Raises ResourceNotFound."""
    for entry in release.manifest.files:
        if entry.path == path:
            return entry
    raise ResourceNotFound(f"the release {release.id} has no file {path}")


def find_file(release: Release, path: str) -> Path:
    """Return a file that the manifest of a release lists; any other is ResourceNotFound, and not opened.

    Raises ReleaseDamaged when it is listed, but not there.
    """
    found = release.path / get_entry(release, path).path
    if not found.is_file():
        raise ReleaseDamaged(f"the release {release.id} lacks its file {path}")
    return found


def translate(path: Path, format: Format) -> bytes:
    """Return a Turtle file of a release in a format. Raises ReleaseDamaged."""
    if format is not formats.TURTLE:
        return write(read_triples(path), format)
    try:
        return path.read_bytes()
    except OSError as error:
        raise _damaged(path, error) from error


def read_triples(path: Path) -> tuple[Triple, ...]:
    """Return what a Turtle file of a release says, in its order. Raises ReleaseDamaged."""
    try:
        return tuple(quad.triple for quad in parse(path, formats.TURTLE))
    except (OSError, SyntaxError, ValueError) as error:
        raise _damaged(path, error) from error


def write(triples: Iterable[Triple], format: Format) -> bytes:
    """Return triples in a format, with the prefixes that the project uses."""
    return serialize(triples, format, PREFIXES)


def _damaged(path: Path, error: Exception) -> ReleaseDamaged:
    return ReleaseDamaged(f"the file {path.name} of a release can't be read: {error}")
