"""What we say of the data ourselves: where each graph comes from, and a description for catalogues.

- `survey`: one pass over all statements, for what named graphs tell; `counts`, with `uses`: what there is,
  counted.
- `provenance`: graph/provenance, part of the facts of a release.
- `catalogue` (DCAT-AP and DCAT-AP_IT) with `matching`, `lookups`, `void`, `linksets`, `examples`, `quality`:
  graph/metadata, made last, since it states the checksums of the dumps. Its quads never pass through a
  store, which would turn ``xsd:nonNegativeInteger``, as DCAT demands it, into ``xsd:integer``.
- `harvest`: the part of it that other catalogues take.
- `targets`: what links lead to.
- `site`: the settings all of them need; `statements`: how they write their quads.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mesmart_kg.metadata.catalogue import Distribution, tell_catalogue
from mesmart_kg.metadata.counts import Asked, Counts, GivenLinks, ask, count
from mesmart_kg.metadata.examples import tell_examples
from mesmart_kg.metadata.harvest import select_catalogue
from mesmart_kg.metadata.linksets import tell_linksets
from mesmart_kg.metadata.provenance import provenance_quads
from mesmart_kg.metadata.quality import GAPS, Gap, Quality, find_gaps, measure, tell_quality
from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements
from mesmart_kg.metadata.survey import LinkCount, Survey, survey
from mesmart_kg.metadata.targets import Target, find_target, namespace_of
from mesmart_kg.metadata.uses import Counted, Use, count_slices, sum_up
from mesmart_kg.metadata.void import tell_void
from mesmart_kg.queries import NamedQuery
from mesmart_kg.store import Dataset, Quad

__all__ = [
    "GAPS",
    "Asked",
    "Counted",
    "Counts",
    "Distribution",
    "Gap",
    "GivenLinks",
    "LinkCount",
    "Quality",
    "Site",
    "Survey",
    "Target",
    "Use",
    "ask",
    "count",
    "count_slices",
    "describe_dataset",
    "find_examples",
    "find_gaps",
    "find_period",
    "find_target",
    "measure",
    "namespace_of",
    "provenance_quads",
    "select_catalogue",
    "sum_up",
    "survey",
]


def describe_dataset(
    site: Site,
    release_id: str,
    day: date,
    counts: Counts,
    quality: Quality,
    distributions: Iterable[Distribution],
    examples: Iterable[str] = (),
    period: tuple[str, str] | None = None,
    queries: Iterable[NamedQuery] = (),
) -> tuple[Quad, ...]:
    """Return ``graph/metadata``: one release described for catalogues and editors, without blank nodes."""
    files = tuple(distributions)
    statements = Statements(site.names.metadata)
    tell_catalogue(statements, site, release_id, day, files, period)
    downloads = [f"{site.base}releases/{release_id}/dumps/{file.name}" for file in files]
    tell_void(statements, site, counts, downloads, examples)
    tell_linksets(statements, site, day, counts)
    tell_examples(statements, site, queries)
    tell_quality(statements, site, quality)
    return tuple(dict.fromkeys(statements))


def find_examples(dataset: Dataset) -> tuple[str, ...]:
    """Return the IRI of one thing of each of our main classes, the one with the most statements."""
    query = """
        PREFIX cc: <https://w3id.org/city-communities/def#>
        SELECT ?thing (COUNT(*) AS ?n) { ?thing a ?class ; ?p ?o } GROUP BY ?thing ORDER BY DESC(?n) ?thing
        LIMIT 1"""
    found: list[str] = []
    for name in ("City", "Community", "Event"):
        selected = query.replace("?class", f"cc:{name}")
        found += [row["thing"].value for row in dataset.select(selected)]
    return tuple(found)


def find_period(dataset: Dataset) -> tuple[str, str] | None:
    """Return the first and the last year of the dates that events and memberships start and end."""
    query = """
        PREFIX schema: <https://schema.org/>
        SELECT (MIN(?year) AS ?first) (MAX(?year) AS ?last) {
          VALUES ?p { schema:startDate schema:endDate }
          ?s ?p ?date BIND(SUBSTR(STR(?date), 1, 4) AS ?year)
        }"""
    row = next(dataset.select(query))
    return (row["first"].value, row["last"].value) if "first" in row and "last" in row else None
