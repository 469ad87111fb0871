"""The second half of a build: what was prepared becomes a release on the shelf."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mesmart_kg import contexts, metadata, validation
from mesmart_kg.build.hands import Hands
from mesmart_kg.build.preparing import Prepared, to_site
from mesmart_kg.build.progress import Progress
from mesmart_kg.build.sources import Sources, find_makers, find_ontology
from mesmart_kg.config import Config
from mesmart_kg.dumps import DumpFile, quads_to_turtle, write_dumps
from mesmart_kg.engine.disk import STORE, make_store_apart
from mesmart_kg.engine.storage import choose_storage, machine_memory
from mesmart_kg.errors import NotConformant
from mesmart_kg.label_index import FILE_NAME, open_index, place_index
from mesmart_kg.linksets import open_links
from mesmart_kg.metadata import Counts, Distribution, Quality
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.queries import NamedQuery
from mesmart_kg.release import DERIVED, Manifest, Release, Workshop, list_files, make_id
from mesmart_kg.work_cache import MEBIBYTE, WorkCache


def write(
    config: Config,
    sources: Sources,
    prepared: Prepared,
    queries: tuple[NamedQuery, ...],
    workshop: Workshop,
    scratch: Path,
    cache: WorkCache,
    hands: Hands,
    progress: Progress,
) -> Release:
    """Write dumps, metadata, report and inputs, put the release on the shelf, and make what derives from it.

    Raises NotConformant when what we say of the release breaks the shapes.
    """
    names = GraphNames(config.site.base_iri)
    folder, day, figures = workshop.path, prepared.day, prepared.figures
    if figures is None or prepared.index is None:
        raise ValueError("a release states figures: prepare it with them")
    for name in ("dumps", "metadata", "report", "inputs", DERIVED):
        (folder / name).mkdir()
    dumps = write_dumps(
        prepared.statements,
        names,
        folder / "dumps",
        folder=scratch,
        cache=cache,
        work=hands.everybody,
        progress=lambda done, total: progress("dumps", done, total),
    )
    digest = hashlib.sha256(f"{dumps.dataset_sha256} {sources.digest}".encode()).hexdigest()
    release_id = make_id(day, digest)

    progress("metadata", 0, 1)
    report = prepared.report
    quads = metadata.describe_dataset(
        to_site(config),
        release_id,
        day,
        figures.counts,
        figures.quality,
        map(_to_distribution, dumps.files),
        figures.examples,
        figures.period,
        queries,
    )
    # They state the checksums of the dumps, so they are made, and judged, after the data themselves.
    described = validation.validate_quads(quads, prepared.shapes, f"{names.metadata}#report")
    if described.violations:
        raise NotConformant(described)
    (folder / "metadata" / "dataset.ttl").write_text(quads_to_turtle(quads, names.base), "utf-8")
    (folder / "report" / "validation.ttl").write_bytes(validation.to_turtle(report))
    (folder / "report" / "validation.json").write_text(validation.to_json(report), "utf-8")
    _copy_inputs(config, prepared, names, folder / "inputs")
    progress("metadata", 1, 1)

    progress("release", 0, 1)
    place_index(prepared.index.result(), folder / DERIVED / FILE_NAME, digest)
    shutil.rmtree(scratch)
    manifest = Manifest(
        id=release_id,
        day=day,
        digest=digest,
        inputs_digest=sources.digest,
        dataset_sha256=dumps.dataset_sha256,
        default_sha256=dumps.default_sha256,
        makers=find_makers(),
        inputs=sources.digests,
        figures=_to_figures(figures.counts, figures.quality),
        files=list_files(folder),
    )
    release = workshop.finish(manifest)
    progress("release", 1, 1)

    progress("derived", 0, 1)
    if release.path != workshop.path:  # it was there before, perhaps without what derives from it
        open_index(release.derived, release.default_ntriples, release.manifest.digest).close()
    open_links(release, names.base)
    if _is_for_disk(config, release):
        make_store_apart(release.path, names.metadata, release.path / STORE)
    progress("derived", 1, 1)
    return release


def _is_for_disk(config: Config, release: Release) -> bool:
    """Tell whether a server with these settings will hold the release on disk."""
    engine, figures = config.engine, release.manifest.figures
    if engine.kind != "embedded":
        return False
    budget = engine.memory_budget * MEBIBYTE or machine_memory() // 2
    statements = figures["triples"] + figures["quads"]
    return choose_storage(engine.storage, statements, engine.workers, budget) == "disk"


def _copy_inputs(config: Config, prepared: Prepared, names: GraphNames, folder: Path) -> None:
    (folder / "ontology.ttl").write_bytes(find_ontology(config).read_bytes())
    labels = config.paths.ontology / "labels.ttl"
    if labels.is_file():
        (folder / "labels.ttl").write_bytes(labels.read_bytes())
    shapes = validation.shape_quads(prepared.shapes, names.shapes)
    (folder / "shapes.ttl").write_text(quads_to_turtle(shapes, names.base), "utf-8")
    (folder / "queries").mkdir()
    for path in sorted(config.paths.queries.glob("*.rq")):
        (folder / "queries" / path.name).write_bytes(path.read_bytes())
    for name, data in contexts.read_files(config.paths.ontology).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def _to_distribution(file: DumpFile) -> Distribution:
    titles = _TITLES.get(file.name)
    if titles is None:
        labels = dict(file.titles)
        name = file.name.removesuffix(".csv")
        titles = f"Tabella: {labels.get('it', name)}", f"Table: {labels.get('en', name)}"
    return Distribution(file.name, file.format, file.bytes, file.sha256, *titles, file.is_compressed)


_TITLES: Final = MappingProxyType(
    {
        "default.ttl.gz": ("Tutto in un grafo, in Turtle", "Everything in one graph, as Turtle"),
        "default.nt.gz": ("Tutto in un grafo, in N-Triples", "Everything in one graph, as N-Triples"),
        "dataset.nq.gz": ("Tutti i grafi, in N-Quads", "All graphs, as N-Quads"),
        "dataset.trig.gz": ("Tutti i grafi, in TriG", "All graphs, as TriG"),
        "dataset.jsonld.gz": ("Tutti i grafi, in JSON-LD", "All graphs, as JSON-LD"),
        "inferred.nt.gz": ("Solo ciò che segue dalle regole", "Only what follows from the rules"),
    }
)


def _to_figures(counts: Counts, quality: Quality) -> Mapping[str, Any]:
    figures: dict[str, Any] = {
        "triples": counts.triples,
        "quads": counts.quads,
        "entities": counts.entities,
        "violations": quality.violations,
        "warnings": quality.warnings,
        "graphs": dict(counts.graphs),
        "classes": dict(counts.classes),
        "properties": dict(counts.properties),
    }
    return MappingProxyType(figures)
