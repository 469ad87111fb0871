"""The pipeline: from ``data/``, ``ontology/`` and ``shapes/`` to a release, or to the report that stops it.

facts → inference → provenance → validation → dumps → metadata → release. Each step takes values and returns
values; here they are joined, and here alone they meet the settings. The day of a release is that of the
newest check of a source, or the caller's: never the clock's.

Statements pass from step to step as files of sorted canonical N-Quads (``sorted_lines``), so no step holds
more than it needs, whatever the size; what a step made is kept under the digest of what it read
(``work_cache``), so the next build does only what is new. The bytes are the same either way.

- `sources`: the files a release is made from, and who makes it.
- `hands`: the processes that share the work.
- `preparing`: as far as validation, with `judging`; `writing`: from there to a release on the shelf.
- `progress`: how far a build is.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mesmart_kg import validation
from mesmart_kg.build.hands import Hands
from mesmart_kg.build.preparing import prepare
from mesmart_kg.build.progress import STEPS, Progress, ignore_progress
from mesmart_kg.build.sources import Sources, find_makers, read_sources
from mesmart_kg.build.writing import write
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.errors import NotConformant
from mesmart_kg.queries import read_queries
from mesmart_kg.release import Release, Workshop
from mesmart_kg.work_cache import MEBIBYTE, WorkCache

__all__ = [
    "STEPS",
    "Progress",
    "Sources",
    "build",
    "find_up_to_date",
    "ignore_progress",
    "read_sources",
    "validate_sources",
]

_SCRATCH: Final = "scratch"
"""The folder in an unfinished release for what its making needs and the release does not hold."""


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
        scratch = workshop.path / _SCRATCH
        scratch.mkdir()
        with _open_cache(config) as cache, Hands.for_work(sources.bytes, config.build.jobs) as hands:
            prepared = prepare(config, day, scratch, cache, hands, progress)
            if prepared.report.violations:
                raise NotConformant(prepared.report)
            return write(config, sources, prepared, queries, workshop, scratch, cache, hands, progress)


def validate_sources(
    config: Config, day: date | None = None, progress: Progress = ignore_progress
) -> validation.Report:
    """Return the report on the sources, as a build would judge them; write nothing. Errors as for build."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="mesmart-validate-")))
        cache = stack.enter_context(_open_cache(config))
        hands = stack.enter_context(Hands.for_work(read_sources(config).bytes, config.build.jobs))
        return prepare(config, day, folder, cache, hands, progress, with_figures=False).report


def find_up_to_date(config: Config, day: date | None = None) -> Release | None:
    """Return the release on the shelf that a build would make again, or None.

    Cheap: compares digests of the source files, the settings that show in a release, and the makers'
    versions.
    """
    digest, makers = read_sources(config).digest, find_makers()
    for release in Catalog(config.paths.releases).releases():
        manifest = release.manifest
        same = manifest.inputs_digest == digest and dict(manifest.makers) == dict(makers)
        if same and (day is None or manifest.day == day):
            return release
    return None


def _open_cache(config: Config) -> WorkCache:
    return WorkCache.open(config.paths.work, config.build.cache * MEBIBYTE)
