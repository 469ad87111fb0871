"""The report: what was found, as values, as an ``sh:ValidationReport``, as JSON and as text for people.

Findings are sorted: violations first, then by focus node, path, shape and value. The graph holds the same
results under IRIs drawn from what they say, and no time, so that equal faults give equal bytes.

Specification: SHACL, section 3.6. ``sh:conforms`` is false as soon as there is any result, a warning too;
whether a release may be made is another question: `Report.violations`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from rdflib import RDF, SH, BNode, Graph, Literal, URIRef

from mesmart_kg.namespaces import PREFIXES, compact
from mesmart_kg.validation.shapes import digest

if TYPE_CHECKING:
    from rdflib.term import Node

_SEVERITIES: Final = ("Violation", "Warning", "Info")
_COMPONENT: Final = re.compile(r"ConstraintComponent$")
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")


class Place(Protocol):
    """A line of a file; the file's name is relative to the project."""

    @property
    def file(self) -> str: ...

    @property
    def line(self) -> int: ...


Locate = Callable[[str], Iterable[Place]]
"""From an IRI to the places where it is told."""


@dataclass(frozen=True)
class Finding:
    """One validation result.

    ``focus`` is an IRI, without brackets (for a literal or blank node, N-Triples); ``path`` a SPARQL
    property path with prefixed names, None for a constraint on the focus node itself; ``value`` a term in
    N-Triples; ``severity`` one of Violation, Warning, Info; ``shape`` the IRI of the source shape (empty
    for a blank node); ``constraint`` the name of the constraint component without its ending, such as
    ``MinCount``.
    """

    focus: str
    path: str | None
    value: str | None
    message_it: str
    message_en: str
    severity: str
    shape: str
    constraint: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Report:
    """All findings of one validation, sorted, and the same as RDF.

    ``conforms`` is SHACL's: no finding at all. A release asks only that there is no violation.
    ``uncompiled`` names the shapes that were judged the slow way, on every node, each with the reason; it is
    no part of what is published.
    """

    conforms: bool
    findings: tuple[Finding, ...]
    graph: Graph = field(repr=False, compare=False)
    uncompiled: tuple[str, ...] = field(default=(), compare=False)

    @property
    def violations(self) -> tuple[Finding, ...]:
        """What stops a build."""
        return tuple(finding for finding in self.findings if finding.severity == "Violation")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is published with the release: all that is no violation."""
        return tuple(finding for finding in self.findings if finding.severity != "Violation")


def locate_findings(report: Report, locate: Locate) -> Report:
    """Return the report with the places of each focus node, each node looked up once."""
    known: dict[str, tuple[Place, ...]] = {}
    located = []
    for finding in report.findings:
        if finding.focus not in known:
            known[finding.focus] = tuple(locate(finding.focus))
        located.append(dataclasses.replace(finding, places=known[finding.focus]))
    return dataclasses.replace(report, findings=tuple(located))


def to_report(results: Graph, shapes: Graph, report_iri: str) -> Report:
    """Return a validator's report graph as a Report; messages come from the shapes, which know languages."""
    found = sorted(
        ((_to_finding(results, result, shapes), result) for result in results.objects(None, SH.result)),
        key=lambda pair: _order(pair[0]),
    )
    conforms = (None, SH.conforms, Literal(True)) in results
    graph = new_graph()
    report = URIRef(report_iri)
    graph.add((report, RDF.type, SH.ValidationReport))
    graph.add((report, SH.conforms, Literal(conforms)))
    seen: Counter[str] = Counter()
    for finding, result in found:
        name = _result_name(finding)
        seen[name] += 1
        node = URIRef(f"{report_iri}#{name}" + (f"-{seen[name]}" if seen[name] > 1 else ""))
        graph.add((report, SH.result, node))
        for triple in _result_triples(node, result, results, shapes, finding, report_iri):
            graph.add(triple)
    return Report(conforms, tuple(finding for finding, _ in found), graph)


def to_turtle(report: Report) -> bytes:
    """Return ``report/validation.ttl``: the same bytes for the same findings."""
    with warnings.catch_warnings():
        # Of "many"^^xsd:integer, of which the report tells.
        warnings.filterwarnings("ignore", "Serializing weird ", UserWarning)
        return report.graph.serialize(format="turtle", encoding="utf-8")


def to_json(report: Report) -> str:
    """Return ``report/validation.json``: the findings under short English keys, for pages and programs."""
    document = {
        "conforms": report.conforms,
        "counts": {name: count for name, count in _counts(report) if name != "Info" or count},
        "findings": [
            {
                "severity": finding.severity,
                "focus": finding.focus,
                "path": finding.path,
                "value": finding.value,
                "constraint": finding.constraint,
                "shape": finding.shape,
                "message": {"it": finding.message_it, "en": finding.message_en},
                "places": [{"file": place.file, "line": place.line} for place in finding.places],
            }
            for finding in report.findings
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def to_text(report: Report, language: str = "en", limit: int = 50) -> str:
    """Return a report for a terminal, in Italian or English; of more findings than ``limit``, the first."""
    words = _WORDS["it" if language == "it" else "en"]
    counts = ", ".join(
        f"{count} {words[name if count == 1 else name + 's']}"
        for name, count in _counts(report)
        if count or name == "Violation"
    )
    lines = [counts]
    for finding in report.findings[:limit]:
        lines += ["", f"{words[finding.severity]}: {finding.focus}"]
        lines.append("  " + (finding.message_it if language == "it" else finding.message_en))
        lines += [f"  {words[key]} {text}" for key, text in _details(finding)]
    rest = len(report.findings) - limit
    if rest > 0:
        lines += ["", words["more"].format(rest)]
    return "\n".join(lines) + "\n"


_WORDS: Final = {
    "en": {
        "Violation": "violation",
        "Violations": "violations",
        "Warning": "warning",
        "Warnings": "warnings",
        "Info": "remark",
        "Infos": "remarks",
        "at": "at",
        "path": "property",
        "value": "value",
        "shape": "rule",
        "more": "… and {} more",
    },
    "it": {
        "Violation": "violazione",
        "Violations": "violazioni",
        "Warning": "avviso",
        "Warnings": "avvisi",
        "Info": "nota",
        "Infos": "note",
        "at": "in",
        "path": "proprietà",
        "value": "valore",
        "shape": "regola",
        "more": "… e altri {}",
    },
}


def _details(finding: Finding) -> Iterator[tuple[str, str]]:
    for place in finding.places[:3]:
        yield "at", f"{place.file}:{place.line}"
    if finding.path is not None:
        yield "path", finding.path
    if finding.value is not None and finding.value.strip("<>") != finding.focus:
        yield "value", finding.value
    yield "shape", f"{compact(finding.shape)} ({finding.constraint})"


def _counts(report: Report) -> list[tuple[str, int]]:
    counts = Counter(finding.severity for finding in report.findings)
    return [(severity, counts[severity]) for severity in _SEVERITIES]


def _order(finding: Finding) -> tuple[object, ...]:
    known = finding.severity in _SEVERITIES
    rank = _SEVERITIES.index(finding.severity) if known else len(_SEVERITIES)
    path, value = finding.path or "", finding.value or ""
    return (rank, finding.focus, path, finding.shape, finding.constraint, value, finding.message_en)


def _to_finding(results: Graph, result: Node, shapes: Graph) -> Finding:
    focus = results.value(result, SH.focusNode)
    path = results.value(result, SH.resultPath)
    value = results.value(result, SH.value)
    shape = results.value(result, SH.sourceShape)
    component = str(results.value(result, SH.sourceConstraintComponent))
    severity = str(results.value(result, SH.resultSeverity))
    message_en = _message(results, result, shapes, "en")
    return Finding(
        focus=str(focus) if isinstance(focus, URIRef) else "" if focus is None else focus.n3(),
        path=None if path is None else _path_text(results, path),
        value=None if value is None else value.n3(),
        message_it=_message(results, result, shapes, "it") or message_en,
        message_en=message_en,
        severity=severity.removeprefix(str(SH)),
        shape=str(shape) if isinstance(shape, URIRef) else "",
        constraint=_COMPONENT.sub("", component.removeprefix(str(SH))),
    )


def _message(results: Graph, result: Node, shapes: Graph, language: str) -> str:
    """Return the constraint's own message, else the shape's, else the validator's, its variables filled in.

    pyshacl drops the language of a message whose variables it fills; hence the detour by the shapes.
    """
    sources = (results.value(result, SH.sourceConstraint), results.value(result, SH.sourceShape))
    for source in sources:
        if source is None:
            continue
        for message in sorted(shapes.objects(source, SH.message), key=str):
            if isinstance(message, Literal) and message.language == language:
                return _filled(str(message), results, result)
    told = sorted(str(message) for message in results.objects(result, SH.resultMessage))
    return told[0] if told else ""


def _filled(message: str, results: Graph, result: Node) -> str:
    terms = {"this": SH.focusNode, "value": SH.value, "path": SH.resultPath, "PATH": SH.resultPath}

    def term(match: re.Match[str]) -> str:
        predicate = terms.get(match[1])
        found = results.value(result, predicate) if predicate is not None else None
        return match[0] if found is None else str(found)

    return _PLACEHOLDER.sub(term, message)


def _result_name(finding: Finding) -> str:
    parts = (finding.focus, finding.path, finding.value, finding.shape, finding.constraint, finding.severity)
    key = json.dumps(parts, ensure_ascii=False)
    return f"result-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _result_triples(
    node: URIRef, result: Node, results: Graph, shapes: Graph, finding: Finding, report_iri: str
) -> Iterator[tuple[Node, Node, Node]]:
    yield node, RDF.type, SH.ValidationResult
    for predicate in (SH.focusNode, SH.value, SH.sourceConstraintComponent, SH.resultSeverity):
        for value in results.objects(result, predicate):
            yield node, predicate, value
    for predicate in (SH.sourceShape, SH.sourceConstraint):
        for value in results.objects(result, predicate):
            yield node, predicate, _named(shapes, value, report_iri)
    for path in results.objects(result, SH.resultPath):
        yield node, SH.resultPath, _named(results, path, report_iri)
        yield from _path_triples(results, path, report_iri)
    messages = {(finding.message_it, "it"), (finding.message_en, "en")} if finding.message_it else set()
    for text, language in messages:
        yield node, SH.resultMessage, Literal(text, lang=language)


def _path_triples(results: Graph, path: Node, report_iri: str) -> Iterator[tuple[Node, Node, Node]]:
    """Yield what makes up a complex path, with names in place of blank nodes."""
    if isinstance(path, BNode):
        for predicate, value in results.predicate_objects(path):
            yield _named(results, path, report_iri), predicate, _named(results, value, report_iri)
            yield from _path_triples(results, value, report_iri)


def _named(graph: Graph, node: Node, report_iri: str) -> Node:
    return URIRef(f"{report_iri}#node-{digest(graph, node)}") if isinstance(node, BNode) else node


def new_graph() -> Graph:
    """Return an empty graph with the prefixes that reports are written with."""
    graph = Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph


def _path_text(graph: Graph, path: Node) -> str:
    """Return a SHACL path in SPARQL's syntax (SHACL, section 2.3.1; SPARQL 1.1, section 9.1)."""
    if isinstance(path, URIRef):
        return compact(str(path))
    inverse = graph.value(path, SH.inversePath)
    if inverse is not None:
        return f"^{_grouped(graph, inverse)}"
    for predicate, sign in ((SH.zeroOrMorePath, "*"), (SH.oneOrMorePath, "+"), (SH.zeroOrOnePath, "?")):
        inner = graph.value(path, predicate)
        if inner is not None:
            return _grouped(graph, inner) + sign
    alternatives = graph.value(path, SH.alternativePath)
    members = graph.items(path if alternatives is None else alternatives)
    return ("/" if alternatives is None else "|").join(_grouped(graph, member) for member in members)


def _grouped(graph: Graph, path: Node) -> str:
    text = _path_text(graph, path)
    return text if isinstance(path, URIRef) else f"({text})"
