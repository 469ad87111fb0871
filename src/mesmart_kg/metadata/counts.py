"""What there is in a dataset, counted: for VoID, for the manifest of a release, for the pages.

Figures are of the default graph, where each triple counts once, unless they say otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import Dataset, NamedNode


@dataclass(frozen=True)
class LinkCount:
    """How many links by one predicate go to one namespace."""

    predicate: str
    target: str
    triples: int


@dataclass(frozen=True)
class Counts:
    """Figures of one dataset; mappings go from IRI to number and are sorted by IRI.

    ``triples`` is the size of the default graph, ``quads`` of all named graphs counted one by one (without
    ``graph/metadata``), ``entities`` the things of our own that are described, ``classes`` the instances of a
    class, ``properties`` the triples of a property, ``graphs`` the triples of a named graph.
    """

    triples: int
    quads: int
    entities: int
    subjects: int
    objects: int
    graphs: Mapping[str, int]
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    links: tuple[LinkCount, ...]


def count(dataset: Dataset, names: GraphNames) -> Counts:
    """Count a dataset, ``graph/metadata`` left out."""
    sizes = _pairs(dataset, "SELECT ?key (COUNT(*) AS ?n) { GRAPH ?key { ?s ?p ?o } } GROUP BY ?key")
    graphs = {graph: size for graph, size in sizes.items() if graph != names.metadata}
    classes = _pairs(dataset, "SELECT ?key (COUNT(*) AS ?n) { ?s a ?key } GROUP BY ?key")
    properties = _pairs(dataset, "SELECT ?key (COUNT(*) AS ?n) { ?s ?key ?o } GROUP BY ?key")
    subjects = [row["s"].value for row in dataset.select("SELECT DISTINCT ?s { ?s ?p ?o }")]
    return Counts(
        triples=sum(properties.values()),
        quads=sum(graphs.values()),
        entities=sum(subject.startswith(f"{names.base}id/") for subject in subjects),
        subjects=len(subjects),
        objects=_number(dataset, "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        graphs=MappingProxyType(graphs),
        classes=classes,
        properties=properties,
        links=_count_links(dataset, names),
    )


def _pairs(dataset: Dataset, query: str) -> Mapping[str, int]:
    pairs = {row["key"].value: int(row["n"].value) for row in dataset.select(query)}
    return MappingProxyType(dict(sorted(pairs.items())))


def _number(dataset: Dataset, query: str) -> int:
    return next(int(row["n"].value) for row in dataset.select(query))


def _count_links(dataset: Dataset, names: GraphNames) -> tuple[LinkCount, ...]:
    counter: Counter[tuple[str, str]] = Counter()
    for quad in dataset.quads(names.links):
        if isinstance(quad.object, NamedNode):
            counter[_namespace(quad.object.value), quad.predicate.value] += 1
    return tuple(
        LinkCount(predicate, target, number) for (target, predicate), number in sorted(counter.items())
    )


def _namespace(iri: str) -> str:
    """Return the IRI up to the last slash or hash that has something behind it."""
    body = iri.rstrip("/#")
    return body[: max(body.rfind("/"), body.rfind("#")) + 1]
