"""What probes found, as Turtle: ``data/endpoints-checks.ttl``, which goes into ``graph/endpoints``.

Each finding is a ``dqv:QualityMeasurement`` (W3C Data Quality Vocabulary) of the endpoint, named in the graph
itself, with the time of the check. The file is written whole, sorted: what was not checked anew stays as it
was, and what the register no longer names goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from mesmart_kg import formats
from mesmart_kg.engine import Engine, Terms
from mesmart_kg.engine.values import quote
from mesmart_kg.namespaces import PREFIXES, GraphNames, expand
from mesmart_kg.peers.probing import ABILITIES, Check, Finding
from mesmart_kg.store import Literal, NamedNode, parse_text

FILE: Final = "endpoints-checks.ttl"
"""The file of the outcomes, in ``data/``."""

_LATENCY: Final = "latency"
_METRICS: Final[Mapping[str, tuple[str, str]]] = {
    "get": ("Risponde alle domande per GET", "It answers queries by GET"),
    "post": ("Risponde alle domande per POST", "It answers queries by POST"),
    "json": ("Risponde in JSON", "It answers in JSON"),
    "xml": ("Risponde in XML", "It answers in XML"),
    "ask": ("Risponde sì o no (ASK)", "It answers yes or no (ASK)"),
    "values": ("Accetta valori insieme alla domanda (VALUES)", "It takes values with a query (VALUES)"),
    "cors": ("Si può leggere dalle pagine di altri siti", "Pages of other sites may read it"),
    "preflight": ("I browser possono inviargli domande per POST", "Browsers may send it queries by POST"),
    "description": ("Descrive se stesso", "It describes itself"),
    "void": ("Il suo sito descrive i dati (VoID)", "Its site describes the data (VoID)"),
    _LATENCY: ("Millisecondi per una risposta, mediana", "Milliseconds for an answer, median"),
}

_QUERY: Final = """
PREFIX dqv: <http://www.w3.org/ns/dqv#>
PREFIX prov: <http://www.w3.org/ns/prov#>
SELECT ?peer ?metric ?value ?at WHERE {{
  GRAPH <{graph}> {{
    ?measured dqv:computedOn ?peer ; dqv:isMeasurementOf ?metric ; dqv:value ?value ;
      prov:generatedAtTime ?at .
  }}
}}
"""


@dataclass(frozen=True)
class Dated:
    """A check, and when it was made: a time of UTC, in whole seconds."""

    check: Check
    at: datetime


def to_turtle(checks: Iterable[Dated]) -> str:
    """Return the file that holds these checks; names within are relative to the base IRI."""
    sorted_checks = sorted(checks, key=lambda dated: dated.check.url)
    prefixes = "".join(
        f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in ("skos", "xsd", "prov", "dqv", "sd")
    )
    head = "# Written by `mesmart peers check`; what stands here by hand is lost with the next check.\n\n"
    used = sorted_checks and "".join(_to_metric(name) for name in (*ABILITIES, _LATENCY))
    return head + prefixes + (used or "") + "".join(_to_blocks(dated) for dated in sorted_checks)


def _to_metric(name: str) -> str:
    italian, english = _METRICS[name]
    kind = "integer" if name == _LATENCY else "boolean"
    return (
        f"\n<graph/endpoints#{name}> a dqv:Metric ;\n"
        f"    skos:prefLabel {quote(italian)}@it , {quote(english)}@en ;\n"
        f"    dqv:expectedDataType xsd:{kind} .\n"
    )


def _to_blocks(dated: Dated) -> str:
    check = dated.check
    values = {finding.ability: str(finding.is_there).lower() for finding in check.findings}
    if check.milliseconds is not None:
        values[_LATENCY] = str(check.milliseconds)
    slug = _to_slug(check.url)
    at = f'"{dated.at.strftime("%Y-%m-%dT%H:%M:%SZ")}"^^xsd:dateTime'
    measured = " ,\n        ".join(f"<graph/endpoints#{slug}-{name}>" for name in sorted(values))
    blocks = [f"\n<{check.url}> dqv:hasQualityMeasurement\n        {measured} .\n"]
    for name in sorted(values):
        blocks.append(
            f"\n<graph/endpoints#{slug}-{name}> a dqv:QualityMeasurement ;\n"
            f"    dqv:isMeasurementOf <graph/endpoints#{name}> ;\n"
            f"    dqv:computedOn <{check.url}> ;\n"
            f"    dqv:value {values[name]} ;\n"
            f"    prov:generatedAtTime {at} .\n"
        )
    return "".join(blocks)


def _to_slug(url: str) -> str:
    """Return a name for an endpoint's measurements that no other endpoint has."""
    host = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in urlsplit(url).netloc)
    return f"{host.lower()}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def read_checks(turtle: bytes, base_iri: str) -> tuple[Dated, ...]:
    """Return the checks of such a file, by address. Raises SyntaxError, ValueError for bad Turtle.

    What a finding's fault was is not kept.
    """
    told: dict[str, dict[str, str]] = {}
    for quad in parse_text(turtle, formats.TURTLE, base_iri):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
            told.setdefault(quad.subject.value, {})[quad.predicate.value] = quad.object.value
    measured: dict[str, dict[str, str]] = {}
    times: dict[str, str] = {}
    for each in told.values():
        url, metric = each.get(expand("dqv:computedOn")), each.get(expand("dqv:isMeasurementOf"))
        if url is not None and metric is not None:
            measured.setdefault(url, {})[metric.rpartition("#")[2]] = each[expand("dqv:value")]
            times[url] = each[expand("prov:generatedAtTime")]
    return tuple(_to_dated(url, measured[url], times[url]) for url in sorted(measured))


def list_checks(engine: Engine, base_iri: str, terms: Terms | None = None) -> tuple[Dated, ...]:
    """Return the checks that a release holds, by address. Raises what an engine raises."""
    query = _QUERY.format(graph=GraphNames(base_iri).named("endpoints"))
    measured: dict[str, dict[str, str]] = {}
    times: dict[str, str] = {}
    for row in engine.select(query, terms=terms).rows:
        url = row["peer"].value
        measured.setdefault(url, {})[row["metric"].value.rpartition("#")[2]] = row["value"].value
        times[url] = row["at"].value
    return tuple(_to_dated(url, measured[url], times[url]) for url in sorted(measured))


def _to_dated(url: str, values: Mapping[str, str], at: str) -> Dated:
    findings = tuple(Finding(name, values[name] == "true") for name in ABILITIES if name in values)
    milliseconds = int(values[_LATENCY]) if _LATENCY in values else None
    return Dated(Check(url, findings, milliseconds), datetime.fromisoformat(at.replace("Z", "+00:00")))
