"""The pipeline: from ``data/``, ``ontology/`` and ``shapes/`` to a release, or to the report that stops it.

facts → inference → provenance → validation → dumps → metadata → release. Each step takes values and returns
values; here they are joined, and here alone they meet the settings. The day of a release is that of the
newest check of a source, or the caller's: never the clock's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

import rdflib

from mesmart_kg import contexts, formats, inference, metadata, validation
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config, project_folder
from mesmart_kg.dumps import DumpFile, quads_to_turtle, write_dumps
from mesmart_kg.errors import ConfigError, FactError, NotConformant
from mesmart_kg.facts import Place, locate_all, read_facts, read_shared_concepts
from mesmart_kg.label_index import open_index
from mesmart_kg.linksets import open_links
from mesmart_kg.metadata import Counts, Distribution, Quality, Site
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.queries import NamedQuery, read_queries
from mesmart_kg.release import Manifest, Release, Workshop, hash_file, list_files, make_id
from mesmart_kg.sorted_lines import sort_lines
from mesmart_kg.store import Dataset, NamedNode, Quad, canonical_nquads, canonical_quad, parse

STEPS: Final = ("facts", "inference", "provenance", "validation", "dumps", "metadata", "release")
"""The names under which progress is told, in order."""

_MAKERS: Final = ("mesmart_kg", "pyoxigraph", "rdflib", "owlrl", "pyshacl", "csvw")
# What these rooms do has no part in the making of a release.
_NOT_MAKERS: Final = ("cli", "web", "engine", "label_index", "linksets", "__main__.py")


_Places: TypeAlias = dict[str, list[Place]]


class Progress(Protocol):
    """Told how far a step is: ``done`` of ``total`` parts; a total of 0 is not known beforehand."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


def ignore_progress(step: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Sources:
    """The files that a release is made from: names relative to the project, and their SHA-256."""

    digests: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The SHA-256 over all of them, and the settings that show in a release."""
        return hashlib.sha256(json.dumps(dict(self.digests), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Prepared:
    """The dataset as far as validation: facts, ontology, shapes, conclusions, provenance."""

    dataset: Dataset
    shapes: rdflib.Graph
    report: validation.Report
    day: date


def build(
    config: Config, day: date | None = None, out: Path | None = None, progress: Progress = ignore_progress
) -> Release:
    """Make a release of the sources that the settings name, and return it.

    ``out`` is another shelf than that of the settings. Raises FactError, RuleError, ShapeError for sources
    that can't be read, NotConformant for facts that break the shapes, ConfigError for a query whose header is
    not as it should be; then the shelf is as it was.
    """
    with Workshop(out or config.paths.releases) as workshop:
        sources = read_sources(config)
        queries = read_queries(config.paths.queries, config.site.base_iri)
        prepared = _prepare(config, day, progress)
        if prepared.report.violations:
            raise NotConformant(prepared.report)
        return _write(config, sources, prepared, queries, workshop, progress)


def validate_sources(
    config: Config, day: date | None = None, progress: Progress = ignore_progress
) -> validation.Report:
    """Return the report on the sources, as a build would judge them; write nothing. Errors as for build."""
    return _prepare(config, day, progress).report


def find_up_to_date(config: Config, day: date | None = None) -> Release | None:
    """Return the release on the shelf that a build would make again, or None.

    Cheap: compares digests of the source files, the settings that show in a release, and the makers'
    versions.
    """
    digest, makers = read_sources(config).digest, _makers()
    for release in Catalog(config.paths.releases).releases():
        manifest = release.manifest
        same = manifest.inputs_digest == digest and dict(manifest.makers) == dict(makers)
        if same and (day is None or manifest.day == day):
            return release
    return None


def read_sources(config: Config) -> Sources:
    """Return the digests of all files that a release is made from. ConfigError: a folder is missing."""
    digests: dict[str, str] = {}
    for name in ("ontology", "data", "shapes", "queries"):
        folder: Path = getattr(config.paths, name)
        if not folder.is_dir():
            raise ConfigError(f"paths.{name} names {folder}, which is no folder")
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_file() and not any(part.startswith(".") for part in relative.parts):
                digests[f"{name}/{relative.as_posix()}"] = hash_file(path)
    for path in _find_shared_concepts(config):
        digests[f"concepts/{path.name}"] = hash_file(path)
    closed = {} if config.inbox.folder else {"inbox": "closed"}
    site = json.dumps(asdict(config.site) | closed, sort_keys=True)
    digests["settings"] = hashlib.sha256(site.encode()).hexdigest()
    return Sources(MappingProxyType(digests))


def _makers() -> Mapping[str, str]:
    """Return the version of each library, and a digest of our own code, which changes between versions."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package)
        if relative.parts[0] not in _NOT_MAKERS:
            digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes())
    versions = {name: version(name) for name in _MAKERS}
    return MappingProxyType({**versions, "code": digest.hexdigest()})


def _prepare(config: Config, day: date | None, progress: Progress) -> Prepared:
    names = GraphNames(config.site.base_iri)
    places: _Places = {}
    dataset = Dataset(_read_quads(config, names, places, progress), names.in_default_graph)
    shapes = validation.read_shapes(config.paths.shapes.glob("*.ttl"))
    dataset.add(validation.shape_quads(shapes, names.shapes))
    day = day or find_day(dataset)

    progress("inference", 0, 1)
    ontology = rdflib.Graph().parse(_ontology_file(config), format="turtle")
    rules = (
        *inference.axiom_rules(inference.close_ontology(ontology)),
        *inference.read_rules(config.paths.ontology / "rules"),
    )
    given = (name for name in dataset.graph_names() if names.find_linkset(name))
    apart = (names.links, *given, names.shapes, names.alignment, names.metadata)
    inference.infer(dataset, rules, names.inferred, leave_out=apart)
    progress("inference", 1, 1)

    progress("provenance", 0, 1)
    dataset.add(map(canonical_quad, inference.describe_rules(rules, names.provenance)))
    entries = metadata.provenance_quads(
        dataset, dataset.graph_names(), _site(config), day, (rule.iri for rule in rules)
    )
    dataset.add(list(map(canonical_quad, entries)))
    progress("provenance", 1, 1)

    progress("validation", 0, 1)
    report = validation.validate(dataset, shapes, names)
    report = _locate(report, places, config)
    progress("validation", 1, 1)
    return Prepared(dataset, shapes, report, day)


def _locate(report: validation.Report, places: _Places, config: Config) -> validation.Report:
    """Return the report with the places of what it names; only what no block tells of is looked for again."""
    focuses = {finding.focus for finding in report.findings}
    unknown = {iri for iri in focuses - places.keys() if iri.startswith(config.site.base_iri + "id/")}
    further = locate_all(unknown, config.paths.data, config.site.base_iri) if unknown else {}
    known = {iri: tuple(further.get(iri, ()) or places.get(iri, ())) for iri in focuses}
    return validation.locate_findings(report, known.__getitem__)


def _find_shared_concepts(config: Config) -> tuple[Path, ...]:
    """Return the vocabularies that come with the software, for a project that takes its ontology from there.

    Ontology, shapes and vocabularies stand under one namespace and belong together. A file of the project's
    own of the same name takes the place of a shared one.
    """
    packaged = project_folder()
    ontology, data = (path.resolve() for path in (config.paths.ontology, config.paths.data))
    if ontology != (packaged / "ontology").resolve() or data == (packaged / "data").resolve():
        return ()
    files = sorted((packaged / "data" / "concepts").glob("*.ttl"))
    return tuple(path for path in files if not (data / "concepts" / path.name).is_file())


def _ontology_file(config: Config) -> Path:
    return config.paths.ontology / "city-communities.ttl"


def _read_quads(config: Config, names: GraphNames, places: _Places, progress: Progress) -> Iterator[Quad]:
    """Yield facts, ontology and alignment, in canonical form; note where each subject is told."""
    paths, told = config.paths, 0
    progress("facts", 0, 0)
    base = config.site.base_iri
    shared = read_shared_concepts(_find_shared_concepts(config), project_folder() / "data", base)
    for block in chain(shared, read_facts(paths.data, base)):
        place = Place(block.file, block.line)
        for subject in {quad.subject.value for quad in block.quads if isinstance(quad.subject, NamedNode)}:
            places.setdefault(subject, []).append(place)
        for quad in block.quads:
            try:
                yield canonical_quad(quad)
            except ValueError as error:
                raise FactError(str(error), block.file, block.line) from error
            told += 1
            if told % 10_000 == 0:
                progress("facts", told, 0)
    for file, graph in (
        (_ontology_file(config), names.ontology),
        (paths.ontology / "alignments.ttl", names.alignment),
    ):
        if file.is_file():
            yield from _read_turtle(file, graph)
    progress("facts", told, told)


def _read_turtle(file: Path, graph: str) -> Iterator[Quad]:
    name = NamedNode(graph)
    place = f"{file.parent.name}/{file.name}"
    try:
        for quad in parse(file, formats.TURTLE):
            yield canonical_quad(Quad(quad.subject, quad.predicate, quad.object, name))
    except SyntaxError as error:
        raise FactError(str(error), place, error.lineno or 0) from error
    except ValueError as error:
        raise FactError(str(error), place, 0) from error


def find_day(dataset: Dataset) -> date:
    """Return the day of the newest check of a source. Raises ConfigError when no source has one."""
    query = f"SELECT (MAX(STR(?day)) AS ?newest) {{ ?source <{expand('schema:lastReviewed')}> ?day }}"
    newest = next(dataset.select(query), {}).get("newest")
    try:
        return date.fromisoformat(newest.value if newest is not None else "")
    except ValueError as error:
        message = "no source in data/sources.csv says when it was checked; give the release a --date"
        raise ConfigError(message) from error


def _site(config: Config) -> Site:
    site = config.site
    return Site(
        publisher=site.publisher,
        publisher_identifier=site.publisher_identifier,
        contact_name=site.contact_name,
        contact_email=site.contact_email,
        contact_url=site.contact_url,
        title_it=site.title_it,
        title_en=site.title_en,
        base=site.base_iri,
        licence=site.licence,
        has_inbox=config.inbox.folder is not None,
    )


def _write(
    config: Config,
    sources: Sources,
    prepared: Prepared,
    queries: tuple[NamedQuery, ...],
    workshop: Workshop,
    progress: Progress,
) -> Release:
    names = GraphNames(config.site.base_iri)
    folder, dataset, day = workshop.path, prepared.dataset, prepared.day
    for name in ("dumps", "metadata", "report", "inputs"):
        (folder / name).mkdir()
    dumps = write_dumps(dataset, names, folder / "dumps", lambda done, total: progress("dumps", done, total))
    digest = hashlib.sha256(f"{dumps.dataset_sha256} {sources.digest}".encode()).hexdigest()
    release_id = make_id(day, digest)

    progress("metadata", 0, 1)
    statements = folder / "statements.nq"
    sort_lines(canonical_nquads(dataset.quads()), statements)
    with ThreadPoolExecutor(1) as work:
        surveyed = metadata.survey(statements, names, folder, work)
    for path in (statements, *surveyed.merged):
        path.unlink()
    counts = metadata.count(dataset, surveyed, {}, names)
    report = prepared.report
    quality = metadata.measure(dataset, surveyed, day, len(report.violations), len(report.warnings))
    quads = metadata.describe_dataset(
        _site(config),
        release_id,
        day,
        counts,
        quality,
        map(_to_distribution, dumps.files),
        metadata.find_examples(dataset),
        metadata.find_period(dataset),
        queries,
    )
    # They state the checksums of the dumps, so they are made, and judged, after the data themselves.
    described = validation.validate_quads(quads, prepared.shapes, f"{names.metadata}#report")
    if described.violations:
        raise NotConformant(described)
    (folder / "metadata" / "dataset.ttl").write_text(quads_to_turtle(quads, names.base), "utf-8")
    (folder / "report" / "validation.ttl").write_bytes(validation.to_turtle(report))
    (folder / "report" / "validation.json").write_text(validation.to_json(report), "utf-8")
    _copy_inputs(config, dataset, names, folder / "inputs")
    progress("metadata", 1, 1)

    progress("release", 0, 1)
    manifest = Manifest(
        id=release_id,
        day=day,
        digest=digest,
        inputs_digest=sources.digest,
        dataset_sha256=dumps.dataset_sha256,
        default_sha256=dumps.default_sha256,
        makers=_makers(),
        inputs=sources.digests,
        figures=_to_figures(counts, quality),
        files=list_files(folder),
    )
    release = workshop.finish(manifest)
    progress("release", 1, 1)
    open_index(release.derived, release.default_ntriples, release.manifest.digest).close()
    open_links(release, names.base)
    return release


def _copy_inputs(config: Config, dataset: Dataset, names: GraphNames, folder: Path) -> None:
    (folder / "ontology.ttl").write_bytes(_ontology_file(config).read_bytes())
    labels = config.paths.ontology / "labels.ttl"
    if labels.is_file():
        (folder / "labels.ttl").write_bytes(labels.read_bytes())
    (folder / "shapes.ttl").write_text(quads_to_turtle(dataset.quads(names.shapes), names.base), "utf-8")
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
