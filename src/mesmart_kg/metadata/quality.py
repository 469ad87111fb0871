"""How good the data are, in figures and in words: the Data Quality Vocabulary.

One measurement for each dimension of ISO/IEC 25012 that the AgID guidelines name, and the gaps we know of.
Every figure is drawn from the dataset itself.

Specification: https://www.w3.org/TR/vocab-dqv/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements, named, typed
from mesmart_kg.metadata.survey import Survey
from mesmart_kg.store import Dataset, Literal, Term

_PREFIXES = """
PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX schema: <https://schema.org/>
PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""

_DATED = "SELECT (COUNT(?m) AS ?all) (COUNT(?start) AS ?some) { ?m a cc:Membership OPTIONAL { SELECT ?m \
(SAMPLE(?d) AS ?start) { ?m a cc:Membership ; schema:startDate ?d } GROUP BY ?m } }"

_CHECKED = "SELECT (MIN(STR(?day)) AS ?oldest) { ?source schema:lastReviewed ?day }"

GAPS: Final = f"""{_PREFIXES}
SELECT ?community ?it ?en ?said ?listed {{
  {{ SELECT ?community (MAX(?n) AS ?said) {{
      ?count cc:community ?community ; cc:memberCities ?n
      FILTER NOT EXISTS {{ ?count sdmx-dimension:refArea ?area }}
    }} GROUP BY ?community }}
  {{ SELECT ?community (COUNT(DISTINCT ?member) AS ?listed) {{
      ?count cc:community ?community ; cc:memberCities ?any
      OPTIONAL {{ ?m a cc:Membership ; org:organization ?community ; org:member ?member . ?member a cc:City }}
    }} GROUP BY ?community }}
  OPTIONAL {{ ?community skos:prefLabel ?it FILTER (LANG(?it) = "it") }}
  OPTIONAL {{ ?community skos:prefLabel ?en FILTER (LANG(?en) = "en") }}
  FILTER (?said > ?listed)
}} ORDER BY ?community"""
"""Of which communities a source counts more member cities than are named here, and by how many."""


@dataclass(frozen=True)
class Gap:
    """A community of which a source counts more member cities than any source names."""

    community: str
    name_it: str
    name_en: str
    said: int
    listed: int


@dataclass(frozen=True)
class Quality:
    """The figures: shares from 0 to 1, days, and how many findings of each severity validation had."""

    dated_memberships: float
    confirmed_facts: float
    days_since_check: int
    violations: int
    warnings: int
    gaps: tuple[Gap, ...]


def measure(dataset: Dataset, survey: Survey, day: date, violations: int, warnings: int) -> Quality:
    """Measure a dataset as of a day: its default graph, and a survey of its named graphs."""
    oldest = next((row.get("oldest") for row in dataset.select(_PREFIXES + _CHECKED)), None)
    gaps = find_gaps(dataset.select)
    return Quality(
        dated_memberships=_share(dataset, _PREFIXES + _DATED),
        confirmed_facts=survey.confirmed / survey.stated if survey.stated else 0.0,
        days_since_check=(day - date.fromisoformat(oldest.value)).days if oldest is not None else 0,
        violations=violations,
        warnings=warnings,
        gaps=gaps,
    )


def find_gaps(select: Callable[[str], Iterable[Mapping[str, Term]]]) -> tuple[Gap, ...]:
    """Return the gaps, sorted by community; ``select`` answers a query by its rows."""
    return tuple(
        Gap(
            row["community"].value,
            row["it"].value if "it" in row else row["community"].value,
            row["en"].value if "en" in row else row["community"].value,
            int(row["said"].value),
            int(row["listed"].value),
        )
        for row in select(GAPS)
    )


def _share(dataset: Dataset, query: str) -> float:
    row = next(dataset.select(query))
    total, some = int(row["all"].value), int(row["some"].value) if "some" in row else 0
    return some / total if total else 0.0


def tell_quality(statements: Statements, site: Site, quality: Quality) -> None:
    """Tell the measurements, what they measure, and the known gaps."""
    _tell_measurement(
        statements,
        site,
        "completeness",
        ("Completezza", "Completeness"),
        ("Quota di adesioni di cui è nota la data d'inizio", "Share of memberships with a known start date"),
        typed(f"{quality.dated_memberships:.4f}", "xsd:decimal"),
    )
    _tell_measurement(
        statements,
        site,
        "accuracy",
        ("Accuratezza", "Accuracy"),
        (
            "Quota di affermazioni che due o più fonti confermano",
            "Share of statements that two or more sources confirm",
        ),
        typed(f"{quality.confirmed_facts:.4f}", "xsd:decimal"),
    )
    _tell_measurement(
        statements,
        site,
        "consistency",
        ("Coerenza", "Consistency"),
        ("Violazioni delle forme SHACL", "Violations of the SHACL shapes"),
        typed(quality.violations, "xsd:integer"),
    )
    _tell_measurement(
        statements,
        site,
        "currentness",
        ("Attualità", "Currentness"),
        (
            "Giorni dal controllo meno recente di una fonte",
            "Days since the least recent check of a source",
        ),
        typed(quality.days_since_check, "xsd:integer"),
    )
    _tell_gaps(statements, site, quality.gaps)


def _tell_measurement(
    statements: Statements,
    site: Site,
    key: str,
    dimension_labels: tuple[str, str],
    metric_labels: tuple[str, str],
    value: Literal,
) -> None:
    node, metric, dimension = (
        f"{site.dataset}#{part}-{key}" for part in ("measurement", "metric", "dimension")
    )
    statements.tell(site.dataset, "dqv:hasQualityMeasurement", node)
    statements.classify(node, "dqv:QualityMeasurement")
    statements.tell(node, "dqv:computedOn", site.dataset)
    statements.tell(node, "dqv:isMeasurementOf", metric)
    statements.tell(node, "dqv:value", value)
    statements.classify(metric, "dqv:Metric")
    statements.say(metric, "skos:prefLabel", *metric_labels)
    statements.say(metric, "skos:definition", *metric_labels)
    statements.tell(metric, "dqv:expectedDataType", value.datatype)
    statements.tell(metric, "dqv:inDimension", dimension)
    statements.classify(dimension, "dqv:Dimension")
    statements.say(dimension, "skos:prefLabel", *dimension_labels)


def _tell_gaps(statements: Statements, site: Site, gaps: tuple[Gap, ...]) -> None:
    note, body = f"{site.dataset}#known-gaps", f"{site.dataset}#known-gaps-text"
    lines_it = [
        f"{gap.name_it}: città secondo una fonte {gap.said}, nominate qui {gap.listed}." for gap in gaps
    ]
    lines_en = [f"{gap.name_en}: cities by one source {gap.said}, named here {gap.listed}." for gap in gaps]
    statements.tell(site.dataset, "dqv:hasQualityAnnotation", note)
    statements.classify(note, "dqv:QualityAnnotation")
    statements.tell(note, "oa:hasTarget", site.dataset)
    statements.tell(note, "oa:hasBody", body)
    statements.tell(note, "oa:motivatedBy", named("dqv:qualityAssessment"))
    statements.classify(body, "oa:TextualBody")
    statements.say(
        body,
        "rdf:value",
        " ".join(["Lacune note. Delle adesioni si sa l'inizio, di rado la fine.", *lines_it]),
        " ".join(["Known gaps. Of memberships the start is known, the end rarely.", *lines_en]),
    )
