"""The first half of a build: facts, what follows from them, where they come from, whether they hold."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import rdflib

from mesmart_kg import facts, formats, inference, metadata, validation
from mesmart_kg.build.hands import Hands
from mesmart_kg.build.judging import Case, Judged, judge
from mesmart_kg.build.progress import Progress
from mesmart_kg.build.sources import find_ontology, find_shared_concepts
from mesmart_kg.config import Config
from mesmart_kg.engine.storage import machine_memory
from mesmart_kg.errors import ConfigError, FactError
from mesmart_kg.label_index import join_pieces, make_pieces
from mesmart_kg.metadata import Counted, Counts, Quality, Site, Survey
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.sorted_lines import cut_slices, merge_lines, sort_lines
from mesmart_kg.store import (
    NamedNode,
    Quad,
    canonical_nquads,
    canonical_ntriples,
    canonical_quad,
    parse,
)
from mesmart_kg.work_cache import MEBIBYTE, WorkCache, make_key

_LINES: Final = 20_000
"""Statements that are counted, or told to the label index, at once: one changed costs a tenth of a second."""


@dataclass(frozen=True)
class Figures:
    """What is counted and found in the default graph, for the release's own description."""

    counts: Counts
    quality: Quality
    examples: tuple[str, ...]
    period: tuple[str, str] | None


@dataclass(frozen=True)
class Prepared:
    """What a release is written from.

    ``statements`` is a file of sorted canonical N-Quads: all graphs but graph/metadata; ``index`` is the
    promise of a file, the label index of the default graph without its digest. It and ``figures`` are None
    where nobody asked for them, or the report stops the build.
    """

    statements: Path
    index: Future[Path] | None
    shapes: rdflib.Graph
    report: validation.Report
    figures: Figures | None
    day: date


def prepare(
    config: Config,
    day: date | None,
    folder: Path,
    cache: WorkCache,
    hands: Hands,
    progress: Progress,
    *,
    with_figures: bool = True,
) -> Prepared:
    """Go as far as validation; ``folder`` takes the files on the way. Errors as for ``build.build``."""
    names = GraphNames(config.site.base_iri)
    progress("facts", 0, 0)
    collected = facts.collect_facts(
        config.paths.data,
        names.base,
        cache,
        hands.everybody,
        shared=find_shared_concepts(config),
        tell=lambda told: progress("facts", told, 0),
    )
    shapes = validation.read_shapes(config.paths.shapes.glob("*.ttl"))
    asserted = folder / "asserted.nq"
    own = folder / "own.nq"
    sort_lines(canonical_nquads(_read_own(config, names, shapes)), own)
    merge_lines([*collected.runs, own], asserted)
    progress("facts", collected.statements, collected.statements)

    progress("inference", 0, 1)
    ontology = rdflib.Graph().parse(find_ontology(config), format="turtle")
    rules = (
        *inference.axiom_rules(inference.close_ontology(ontology)),
        *inference.read_rules(config.paths.ontology / "rules"),
    )
    inferred = folder / "inferred.nt"
    inferring = hands.begin(inference.infer, asserted, rules, inferred, is_apart=names.is_apart, cache=cache)
    # Surveyed is what is asserted: inference and survey read the same file, and wait for nothing else.
    survey = metadata.survey(asserted, names, folder, hands.everybody)
    day = day or find_day(survey)
    found = inferring.result()
    progress("inference", 1, 1)

    progress("provenance", 0, 1)
    provenance = folder / "provenance.nt"
    graphs = [*survey.graphs, *([names.inferred] if found.triples else [])]
    site = to_site(config)
    entries = (
        *inference.describe_rules(rules, names.provenance),
        *metadata.provenance_quads(survey.told(), graphs, site, day, (rule.iri for rule in rules)),
    )
    lines = canonical_ntriples(canonical_quad(quad).triple for quad in entries)
    made = {names.inferred: found.triples, names.provenance: sort_lines(lines, provenance)}
    progress("provenance", 1, 1)

    progress("validation", 0, 1)
    case = Case(
        names,
        survey,
        provenance,
        inferred if with_figures else None,
        shapes,
        _hash_shapes(config),
        day,
        folder / "store",
        _bytes_in_memory(config),
    )
    judging = hands.begin(judge, case, cache)
    statements = folder / "statements.nq"
    counting: Future[Counted] | None = None
    index: Future[Path] | None = None
    if with_figures and not _is_refused(judging):
        # What needs no verdict is done while it is awaited.
        graphs_made = [
            _put_in_graph(inferred, names.inferred, folder / "inferred.nq"),
            _put_in_graph(provenance, names.provenance, folder / "provenance.nq"),
        ]
        merge_lines([asserted, *graphs_made], statements)
        slices = cut_slices(statements, _LINES)
        parts = metadata.count_slices(statements, slices, names, cache, hands.everybody)
        counting = hands.begin(metadata.sum_up, parts)
        labels = make_pieces(statements, slices, cache, hands.everybody, names)
        if not _is_refused(judging):
            index = hands.begin(join_pieces, labels, folder / "labels.sqlite", cache)
    judged = judging.result()
    report = validation.unpack_report(judged.report)
    places = collected.locate({finding.focus for finding in report.findings})
    report = validation.locate_findings(report, lambda iri: places.get(iri, ()))
    figures = None
    if judged.found and counting:
        counts = metadata.count(counting.result(), judged.found.asked, survey, made, names)
        figures = Figures(counts, judged.found.quality, judged.found.examples, judged.found.period)
    progress("validation", 1, 1)
    return Prepared(statements, index, shapes, report, figures, day)


def find_day(survey: Survey) -> date:
    """Return the day of the newest check of a source. Raises ConfigError when no source has one."""
    query = f"SELECT (MAX(STR(?day)) AS ?newest) {{ ?source <{expand('schema:lastReviewed')}> ?day }}"
    newest = next(survey.told().select(query), {}).get("newest")
    try:
        return date.fromisoformat(newest.value if newest is not None else "")
    except ValueError as error:
        message = "no source in data/sources.csv says when it was checked; give the release a --date"
        raise ConfigError(message) from error


def to_site(config: Config) -> Site:
    """Return what the descriptions need of the settings."""
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


def _read_own(config: Config, names: GraphNames, shapes: rdflib.Graph) -> Iterator[Quad]:
    """Yield ontology, alignment and shapes, in canonical form."""
    for file, graph in (
        (find_ontology(config), names.ontology),
        (config.paths.ontology / "alignments.ttl", names.alignment),
    ):
        if file.is_file():
            yield from _read_turtle(file, graph)
    yield from validation.shape_quads(shapes, names.shapes)


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


def _put_in_graph(triples: Path, graph: str, target: Path) -> Path:
    """Write sorted N-Triples as N-Quads of one graph; the order stays the same."""
    end = f" <{graph}> .\n".encode()
    with triples.open("rb") as lines, target.open("wb") as file:
        file.writelines(line[:-3] + end for line in lines)
    return target


def _is_refused(judging: Future[Judged]) -> bool:
    """Tell whether the verdict is there, and stops the build."""
    return judging.done() and judging.result().is_refused


def _hash_shapes(config: Config) -> str:
    files = sorted(config.paths.shapes.glob("*.ttl"))
    return make_key(*(part for path in files for part in (path.name, path.read_bytes())))


def _bytes_in_memory(config: Config) -> int:
    if config.build.memory:
        return config.build.memory * MEBIBYTE
    return machine_memory() // 2
