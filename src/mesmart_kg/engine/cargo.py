"""What is sent of a release: graphs as sorted N-Triples lines in files, with their counts.

The dump of the named graphs is sorted by statement, so one pass divides it by graph, into files in a folder
that goes at the end. Nothing is held whole: buffers are written when they are full together.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.formats import TURTLE
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import canonical_ntriples, parse

BATCH: Final = 2 * 1024 * 1024
"""Bytes of statements of one request, at least; some servers hold all of it in memory several times."""

_BUFFERED: Final = 64 * 1024 * 1024
_VERSION: Final = f" <{PREFIXES['owl']}versionInfo> ".encode()


@dataclass(frozen=True)
class Part:
    """The statements of one graph; None is the default one. The file may be compressed.

    ``digest`` is the SHA-256 of its lines, which are sorted.
    """

    graph: str | None
    path: Path
    count: int
    digest: str

    def batches(self) -> Iterator[bytes]:
        """Yield the statements in pieces, whole lines each. Raises ReleaseDamaged."""
        lines: list[bytes] = []
        size = 0
        for line in read_lines(self.path):
            lines.append(line)
            size += len(line)
            if size >= BATCH:
                yield b"".join(lines)
                lines, size = [], 0
        if lines:
            yield b"".join(lines)


@dataclass(frozen=True)
class Cargo:
    """A release to be sent.

    ``metadata`` are the lines of its description without the mark, which are those that name the release.
    """

    release_id: str
    parts: tuple[Part, ...]
    metadata_graph: str
    metadata: bytes
    mark: bytes

    @property
    def metadata_count(self) -> int:
        return self.metadata.count(b"\n") + self.mark.count(b"\n")


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, unpacked where its name ends in ``.gz``; ReleaseDamaged if it can't be."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from file
    except (OSError, EOFError, zlib.error) as error:
        raise ReleaseDamaged(f"{path.name} of the release can't be read: {error}") from error


def pack_cargo(
    release_id: str, default: Path, named: Path, metadata: Path, metadata_graph: str, folder: Path
) -> Cargo:
    """Prepare what is sent; the files of named graphs go to ``folder``. Raises ReleaseDamaged."""
    digest, count = hashlib.sha256(), 0
    for line in read_lines(default):
        digest.update(line)
        count += 1
    try:
        described = list(canonical_ntriples(quad.triple for quad in parse(metadata, TURTLE)))
    except (OSError, SyntaxError) as error:
        raise ReleaseDamaged(f"{metadata.name} of the release can't be read: {error}") from error
    return Cargo(
        release_id,
        (*_divide(named, folder), Part(None, default, count, digest.hexdigest())),
        metadata_graph,
        metadata=b"".join(line for line in described if _VERSION not in line),
        mark=b"".join(line for line in described if _VERSION in line),
    )


def _divide(named: Path, folder: Path) -> list[Part]:
    """Write the statements of each graph to a file of its own; return them by the name of the graph."""
    counts: dict[bytes, int] = {}
    digests: dict[bytes, hashlib._Hash] = {}
    files: dict[bytes, Path] = {}
    buffers: dict[bytes, list[bytes]] = {}
    size = 0
    for line in read_lines(named):
        triple, _, name = line[:-3].rpartition(b" ")  # " .\n" ends each
        if not name.startswith(b"<") or _has_blank_node(triple):
            raise ReleaseDamaged("a statement of the release has a blank node, or no graph: it can't be sent")
        if name not in counts:
            counts[name], digests[name] = 0, hashlib.sha256()
        statement = triple + b" .\n"
        counts[name] += 1
        # Without the name at their ends, lines stand in the same order.
        digests[name].update(statement)
        buffers.setdefault(name, []).append(statement)
        size += len(line)
        if size >= _BUFFERED:
            _write(buffers, files, folder)
            size = 0
    _write(buffers, files, folder)
    return [
        Part(name[1:-1].decode(), files[name], counts[name], digests[name].hexdigest())
        for name in sorted(counts)
    ]


def _has_blank_node(triple: bytes) -> bool:
    return triple.startswith(b"_:") or triple.split(b" ", 2)[2].startswith(b"_:")


def _write(buffers: dict[bytes, list[bytes]], files: dict[bytes, Path], folder: Path) -> None:
    for name, lines in buffers.items():
        path = files.setdefault(name, folder / f"{len(files)}.nt")
        with path.open("ab") as file:
            file.writelines(lines)
    buffers.clear()
