"""Any RDF files, served as they are: for a look at them, for tests, for the data of another city.

What is written is a folder like that of a release, so that the same engine and the same pages serve it, and
its manifest says ``preview``: nobody has validated it, and nothing was inferred. It lives as long as its
server.

Triples go to the default graph, or to the named graph that the caller gives their file; quads keep their
graphs. Blank nodes stay, each file's its own. Literals take the form that the store keeps
(``store.canonical_literal``). Nothing is fetched: a JSON-LD context at another address is an error.
"""

from __future__ import annotations

import contextlib
import ctypes
import gzip
import hashlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final, cast
from xml.parsers import expat

from mesmart_kg import formats
from mesmart_kg.catalog import Catalog
from mesmart_kg.dumps import DATASET_NQUADS, DEFAULT_NTRIPLES, quads_to_turtle
from mesmart_kg.errors import ConfigError, FactError, ReleaseNotFound
from mesmart_kg.formats import Format
from mesmart_kg.metadata.preview import describe_preview
from mesmart_kg.metadata.site import NAME
from mesmart_kg.namespaces import NAMESPACE, GraphNames
from mesmart_kg.release import DERIVED, MANIFEST, PREVIEW, Manifest, Release, hash_file, list_files
from mesmart_kg.store import Dataset, NamedNode

WHOLE: Final = f"{DERIVED}/dataset.nq"
"""Every statement in one file, for the engine: only within one file a blank node stays the same node."""

_PIECE: Final = 1 << 20
_PACKED: Final = ".gz"
_OTHER_ENDINGS: Final = MappingProxyType({"owl": formats.RDFXML})
_ENDINGS: Final = ".ttl, .trig, .nt, .nq, .jsonld, .rdf"


@dataclass(frozen=True)
class PreviewFile:
    """A file to serve; ``graph`` is the IRI of the named graph for its triples, or None."""

    path: Path
    graph: str | None = None


@dataclass(frozen=True)
class PreviewCatalog(Catalog):
    """A shelf that holds one preview and nothing else."""

    release: Release

    def releases(self) -> list[Release]:
        return [self.release]

    def get(self, release_id: str) -> Release:
        """Return the preview, if that is its id. Raises ReleaseNotFound."""
        if release_id != self.release.id:
            raise ReleaseNotFound(f"there is no release {release_id}: here files are previewed")
        return self.release


@contextmanager
def preview(
    files: Sequence[PreviewFile], base_iri: str = NAMESPACE, union: bool = False
) -> Iterator[PreviewCatalog]:
    """Yield a shelf with the preview of some files; it is removed at the end. As :func:`write_preview`."""
    with tempfile.TemporaryDirectory(prefix="mesmart-preview-", ignore_cleanup_errors=True) as folder:
        release = write_preview(files, Path(folder), base_iri, union)
        _return_memory()
        yield PreviewCatalog(Path(folder), release)


def _return_memory() -> None:
    """Hand what the store took back to the system: the C library keeps 350 MB of a million triples' 600."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries than GNU's have none
    if trim is not None:
        trim(0)


def read_graph_option(text: str) -> PreviewFile:
    """Read ``IRI=FILE``, divided at the last equals sign: an IRI may hold others. Raises ConfigError."""
    iri, equals, path = text.rpartition("=")
    if not equals or not iri or not path:
        raise ConfigError(f"{text} names no graph and file: write IRI=FILE")
    try:
        NamedNode(iri)
    except ValueError as error:
        raise ConfigError(
            f"<{iri}> is not an IRI in full, such as https://example.org/graph: {error}"
        ) from error
    return PreviewFile(Path(path), iri)


def write_preview(
    files: Sequence[PreviewFile], folder: Path, base_iri: str = NAMESPACE, union: bool = False
) -> Release:
    """Write the files as a preview into a folder of its own in ``folder``.

    Relative IRIs are resolved against the graph's IRI where a file has one, else against ``base_iri``. With
    ``union`` the default graph holds the triples of all named graphs as well, each once. The id is made of
    the files' bytes, so the same files give the same id; the day is the youngest file's.

    Raises ConfigError for a file that is not there or of no known kind, FactError for one that is malformed.
    """
    kinds = [_find_kind(file.path) for file in files]  # before the first is read, which may take its time
    dataset = Dataset(merges=lambda _graph: False)
    for file, kind in zip(files, kinds, strict=True):
        _load(dataset, file, kind, base_iri)
    if union:
        dataset.merge_graphs()
    inputs = {f"{number:03} {file.path.name}": hash_file(file.path) for number, file in enumerate(files, 1)}
    told = [
        base_iri,
        union,
        [[file.graph, digest] for file, digest in zip(files, inputs.values(), strict=True)],
    ]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    preview_id = f"{PREVIEW}-{digest[:8]}"
    figures = _count(dataset)
    place = folder / preview_id
    _write_dataset(dataset, place)
    names = GraphNames(base_iri)
    described = describe_preview(f"{base_iri}set/{NAME}/{preview_id}", preview_id, figures, names)
    (place / "metadata" / "dataset.ttl").write_text(quads_to_turtle(described, base_iri), "utf-8")
    manifest = Manifest(
        id=preview_id,
        day=_find_day(files),
        digest=digest,
        inputs_digest=digest,
        dataset_sha256=hash_file(place / WHOLE),
        default_sha256="",
        makers=MappingProxyType({name: version(name) for name in ("mesmart_kg", "pyoxigraph")}),
        inputs=MappingProxyType(inputs),
        figures=figures,
        files=list_files(place),
        kind=PREVIEW,
    )
    (place / MANIFEST).write_text(manifest.to_json(), "utf-8")
    return Release(place, manifest)


def _find_kind(path: Path) -> Format:
    """Return the format that a file's name tells. Raises ConfigError."""
    if not path.is_file():
        raise ConfigError(f"there is no file {path}")
    ending = Path(path.name.removesuffix(_PACKED)).suffix.removeprefix(".").lower()
    kind = _OTHER_ENDINGS.get(ending) or formats.find_format(ending, formats.RDF_FORMATS)
    if kind is None:
        raise ConfigError(
            f"{path}: its name does not tell what is in it; known endings are {_ENDINGS}, each also with .gz"
        )
    return kind


def _load(dataset: Dataset, file: PreviewFile, kind: Format, base_iri: str) -> None:
    try:
        if kind is formats.RDFXML and _declares_entities(file.path):
            _check_xml(file.path)  # which stops where entities unfold to gigabytes, as Oxigraph does not
        with _open(file.path) as source:
            dataset.load(source, kind, file.graph or base_iri, file.graph)
    except SyntaxError as error:
        if kind is formats.RDFXML:
            _check_xml(file.path)  # which tells the line, as Oxigraph does not
        raise FactError(_explain(error), str(file.path), error.lineno or 0) from error
    # A MemoryError is the parser's: of one sign or statement that is longer than it takes.
    except (OSError, EOFError, zlib.error, ValueError, MemoryError) as error:
        raise FactError(f"the file can't be read: {error}", str(file.path), 0) from error


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == _PACKED else path.open("rb")


def _explain(error: SyntaxError) -> str:
    if "remote contexts" in error.msg:
        return "its @context is at another address, and nothing is fetched: write the context into the file"
    # The parser's own place is told before the message, its line by us.
    reason = error.msg.partition(": ")[2] if error.msg.startswith("Parser error at") else error.msg
    return f"{reason or error.msg} (column {error.offset})" if error.offset else reason


class _FirstElement(Exception):
    """What may be declared in an XML document has been."""


def _declares_entities(path: Path) -> bool:
    """Tell whether an XML document declares entities of its own; no more than its beginning is read."""
    names: list[str] = []

    def note(name: str, *_declared: object) -> None:
        names.append(name)

    def stop(_name: str, _attributes: object) -> None:
        raise _FirstElement

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = note
    parser.StartElementHandler = stop
    # Oxigraph tells, and better, what is wrong with one that is not well-formed.
    with _open(path) as source, contextlib.suppress(_FirstElement, expat.ExpatError):
        parser.ParseFile(source)
    return bool(names)


def _check_xml(path: Path) -> None:
    """Raise FactError if a file is not well-formed XML."""
    try:
        with _open(path) as source:
            expat.ParserCreate().ParseFile(source)
    except expat.ExpatError as error:
        reason = f"{expat.ErrorString(error.code)} (column {error.offset + 1})"
        raise FactError(reason, str(path), error.lineno) from error


def _find_day(files: Sequence[PreviewFile]) -> date:
    """Return the day (UTC) on which the youngest file changed; of no file, the first day of Unix."""
    return datetime.fromtimestamp(max((file.path.stat().st_mtime for file in files), default=0), UTC).date()


def _write_dataset(dataset: Dataset, place: Path) -> None:
    for name in ("dumps", "metadata", DERIVED, "inputs/queries"):
        (place / name).mkdir(parents=True)
    with ThreadPoolExecutor(max_workers=2) as writing:
        both = writing.submit(_write_whole, dataset, place), writing.submit(_write_default, dataset, place)
    for each in both:
        each.result()


def _write_whole(dataset: Dataset, place: Path) -> None:
    with (place / WHOLE).open("wb") as whole:
        dataset.write_nquads(whole)
    with (place / WHOLE).open("rb") as whole, _pack(place / "dumps" / DATASET_NQUADS) as packed:
        shutil.copyfileobj(whole, packed, _PIECE)


def _write_default(dataset: Dataset, place: Path) -> None:
    with tempfile.TemporaryFile(dir=place) as default, _pack(place / "dumps" / DEFAULT_NTRIPLES) as packed:
        dataset.write_ntriples(default)
        default.seek(0)
        shutil.copyfileobj(default, packed, _PIECE)


def _pack(path: Path) -> gzip.GzipFile:
    # The lightest packing: whoever starts a preview waits for it, and few will take the file.
    return gzip.GzipFile(path, "wb", compresslevel=1, mtime=0)


def _count(dataset: Dataset) -> Mapping[str, Any]:
    """Return the figures of a manifest; a graph or a class that is a blank node is not listed by itself."""
    graphs = _pairs(dataset, "GRAPH ?key { ?s ?p ?o }")
    properties = _pairs(dataset, "?s ?key ?o")
    triples = sum(properties.values())
    subjects = next(dataset.select("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"))
    figures: dict[str, Any] = {
        "triples": triples,
        "quads": len(dataset) - triples,
        "entities": int(subjects["n"].value),
        "violations": 0,
        "warnings": 0,
        "graphs": graphs,
        "classes": _pairs(dataset, "?s a ?key"),
        "properties": properties,
    }
    return MappingProxyType(figures)


def _pairs(dataset: Dataset, pattern: str) -> dict[str, int]:
    query = f"SELECT ?key (COUNT(*) AS ?n) {{ {pattern} }} GROUP BY ?key"
    rows = [(row["key"], int(row["n"].value)) for row in dataset.select(query) if "key" in row]
    return dict(sorted((key.value, number) for key, number in rows if isinstance(key, NamedNode)))
