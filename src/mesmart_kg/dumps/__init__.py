"""A dataset to files: the dumps of a release, the same bytes for the same facts.

- `lines`: sorted canonical lines, taken apart and grouped; where every dump starts.
- `turtle`, `jsonld`: readable RDF.
- `tables`: one CSV for each class.

Here is the list of the files, their packing and their checksums. Gzip headers hold neither a time nor a name.
What the dumps are called in a catalogue, and under which licence, is said by ``metadata``.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mesmart_kg import formats
from mesmart_kg.dumps.jsonld import to_jsonld
from mesmart_kg.dumps.lines import split_triple
from mesmart_kg.dumps.tables import Table, make_tables, to_metadata
from mesmart_kg.dumps.turtle import quads_to_turtle, to_trig, to_turtle
from mesmart_kg.formats import RESULTS_CSV, Format
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import Dataset

__all__ = ["DATASET_NQUADS", "DEFAULT_NTRIPLES", "DumpFile", "Dumps", "quads_to_turtle", "write_dumps"]

DEFAULT_NTRIPLES: Final = "default.nt.gz"
DATASET_NQUADS: Final = "dataset.nq.gz"
INFERRED_NTRIPLES: Final = "inferred.nt.gz"
CHECKSUMS: Final = "SHA256SUMS"
TABLES_METADATA: Final = "csv-metadata.json"

# Level 6 takes a third of the time of level 9 and the files are 2 % larger.
_GZIP_LEVEL: Final = 6


@dataclass(frozen=True)
class DumpFile:
    """One file: its size and SHA-256 as it lies there; its statements, or rows for a table."""

    name: str
    format: Format
    bytes: int
    sha256: str
    statements: int
    class_iri: str = ""
    titles: tuple[tuple[str, str], ...] = ()

    @property
    def is_compressed(self) -> bool:
        return self.name.endswith(".gz")


@dataclass(frozen=True)
class Dumps:
    """All files, and the SHA-256 of the two sets of statements themselves, before packing."""

    files: tuple[DumpFile, ...]
    dataset_sha256: str
    default_sha256: str


def write_dumps(
    dataset: Dataset,
    names: GraphNames,
    directory: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Dumps:
    """Write all dumps of a dataset into an empty directory.

    ``graph/metadata`` is left out: it states the checksums of these files. The dataset must be without blank
    nodes.
    """
    graphs = {
        graph: dataset.canonical_lines(graph) for graph in dataset.graph_names() if graph != names.metadata
    }
    triples = {f"<{graph}>": [split_triple(line) for line in lines] for graph, lines in graphs.items()}
    nquads = sorted(
        line[:-2] + f"<{graph}> .\n".encode() for graph, lines in graphs.items() for line in lines
    )
    ntriples = dataset.canonical_lines()
    default = [split_triple(line) for line in ntriples]
    inferred = graphs.get(names.inferred, [])
    concluded = frozenset(inferred)
    asserted = [split_triple(line) for line in ntriples if line not in concluded]

    def pack(name: str, file_format: Format, content: Iterable[bytes], statements: int) -> DumpFile:
        return _write(
            directory, name, file_format, gzip.compress(b"".join(content), _GZIP_LEVEL, mtime=0), statements
        )

    def encoded(pieces: Iterable[str]) -> Iterator[bytes]:
        return (piece.encode() for piece in pieces)

    steps: list[Callable[[], list[DumpFile]]] = [
        lambda: [pack(DATASET_NQUADS, formats.NQUADS, nquads, len(nquads))],
        lambda: [pack("dataset.trig.gz", formats.TRIG, encoded(to_trig(triples, names.base)), len(nquads))],
        lambda: [pack("dataset.jsonld.gz", formats.JSONLD, encoded(to_jsonld(triples)), len(nquads))],
        lambda: [pack(DEFAULT_NTRIPLES, formats.NTRIPLES, ntriples, len(ntriples))],
        lambda: [
            pack("default.ttl.gz", formats.TURTLE, encoded(to_turtle(default, names.base)), len(ntriples))
        ],
        lambda: [pack(INFERRED_NTRIPLES, formats.NTRIPLES, inferred, len(inferred))],
        lambda: _write_tables(make_tables(asserted, default, names.base), directory),
    ]
    files: list[DumpFile] = []
    for done, step in enumerate(steps):
        if progress:
            progress(done, len(steps))
        files += step()
    if progress:
        progress(len(steps), len(steps))
    files.sort(key=lambda file: file.name)
    sums = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    (directory / CHECKSUMS).write_text(sums, "ascii")
    return Dumps(tuple(files), _digest(nquads), _digest(ntriples))


def _digest(lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def _write_tables(tables: tuple[Table, ...], directory: Path) -> list[DumpFile]:
    (directory / TABLES_METADATA).write_bytes(to_metadata(tables))
    return [
        _write(
            directory, table.file, RESULTS_CSV, table.to_csv(), len(table.rows), table.class_iri, table.titles
        )
        for table in tables
    ]


def _write(
    directory: Path,
    name: str,
    file_format: Format,
    content: bytes,
    statements: int,
    class_iri: str = "",
    titles: tuple[tuple[str, str], ...] = (),
) -> DumpFile:
    (directory / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return DumpFile(name, file_format, len(content), digest, statements, class_iri, titles)
