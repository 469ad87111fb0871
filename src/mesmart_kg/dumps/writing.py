"""The files of a release's ``dumps/``, from one file of sorted N-Quads: who makes what, and when.

First each slice on its own; then, when all slices are known, what needs several of them: blocks in order of
graphs, and rows of tables. Last the files are put together from the blocks.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from mesmart_kg import formats
from mesmart_kg.dumps.by_class import work_tables, write_table
from mesmart_kg.dumps.by_graph import pack_declarations, work_graphs
from mesmart_kg.dumps.names import write_index
from mesmart_kg.dumps.packing import Packed, Stored, Written, write_member
from mesmart_kg.dumps.shop import Meter, Shop
from mesmart_kg.dumps.slices import work_slice
from mesmart_kg.dumps.tables import Table, to_metadata
from mesmart_kg.formats import RESULTS_CSV, Format
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.sorted_lines import cut_slices
from mesmart_kg.work_cache import WorkCache, code_digest, make_key

DEFAULT_NTRIPLES: Final = "default.nt.gz"
DATASET_NQUADS: Final = "dataset.nq.gz"
INFERRED_NTRIPLES: Final = "inferred.nt.gz"
CHECKSUMS: Final = "SHA256SUMS"
TABLES_METADATA: Final = "csv-metadata.json"


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


class _Promised(NamedTuple):
    """A file that is being written."""

    name: str
    format: Format
    statements: int
    written: Future[Written]
    table: Table | None = None

    def wait(self) -> DumpFile:
        written = self.written.result()
        table = self.table
        about = (table.class_iri, table.titles) if table else ("", ())
        return DumpFile(self.name, self.format, written.bytes, written.sha256, self.statements, *about)


def write_dumps(
    dataset: Path,
    names: GraphNames,
    directory: Path,
    *,
    folder: Path,
    cache: WorkCache,
    work: Executor,
    progress: Callable[[int, int], object] | None = None,
    lines: int = 4096,
) -> Dumps:
    """Write all dumps of a dataset into an empty directory.

    ``dataset`` is a file of sorted canonical N-Quads, each once, each with the name of a graph and without
    blank nodes. ``graph/metadata`` is not in it: it states the checksums of these files. ``folder`` takes
    what is needed on the way: up to the size of the dataset. ``progress`` is told parts of a hundred.
    ``lines`` are about those in a slice, and change the packing of the files alone.
    """
    version = make_key(
        code_digest("dumps", "labels", "namespaces", "sorted_lines", "store"), zlib.ZLIB_RUNTIME_VERSION
    )
    shop = Shop(dataset, names, cache, version)
    meter = Meter(progress)
    digest = work.submit(_hash_file, dataset)
    slices = cut_slices(dataset, lines)
    bundles = list(meter.follow(work.map(partial(work_slice, shop), slices, chunksize=4), len(slices), 0, 60))

    def member(
        name: str, file_format: Format, count: str, blocks: Iterable[Packed | Stored], inside: bool = False
    ) -> _Promised:
        written = work.submit(write_member, directory / name, tuple(blocks), look_inside=inside)
        return _Promised(name, file_format, sum(bundle.note[count] for bundle in bundles), written)

    def all_of(name: str) -> list[Stored]:
        return [bundle.block(name) for bundle in bundles]

    used = {prefix for bundle in bundles for prefix in bundle.note["used"]}
    default = member(DEFAULT_NTRIPLES, formats.NTRIPLES, "triples", all_of("nt"), inside=True)
    promised = [
        default,
        member(DATASET_NQUADS, formats.NQUADS, "quads", all_of("nq")),
        member(INFERRED_NTRIPLES, formats.NTRIPLES, "inferred", all_of("inferred")),
        member(
            "default.ttl.gz", formats.TURTLE, "triples", (pack_declarations(used, names.base), *all_of("ttl"))
        ),
    ]
    index = write_index(folder, [(bundle.note["first"], bundle) for bundle in bundles])
    trig, jsonld = work_graphs(shop, slices, bundles, folder, work, meter)
    promised += [
        member("dataset.trig.gz", formats.TRIG, "quads", trig),
        member("dataset.jsonld.gz", formats.JSONLD, "quads", jsonld),
    ]
    tables, rows = work_tables(shop, bundles, index, folder, work, meter)
    (directory / TABLES_METADATA).write_bytes(to_metadata(tables))
    for table in tables:
        sources = [bundle for bundle in rows if table.class_iri in bundle]
        written = work.submit(write_table, directory / table.file, table.head, table.class_iri, sources)
        promised.append(_Promised(table.file, RESULTS_CSV, table.rows, written, table))
    waiting = (each.wait() for each in promised)
    files = sorted(meter.follow(waiting, len(promised), 90, 100), key=lambda file: file.name)
    sums = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    (directory / CHECKSUMS).write_text(sums, "ascii")
    return Dumps(tuple(files), digest.result(), default.written.result().content_sha256)


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
