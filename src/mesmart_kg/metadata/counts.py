"""What there is in a dataset, counted: for VoID, for the manifest of a release, for the pages.

Figures are of the default graph, where each triple counts once, unless they say otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os.path import commonprefix
from types import MappingProxyType

from mesmart_kg.metadata.survey import LinkCount, Survey
from mesmart_kg.metadata.targets import find_target, namespace_of
from mesmart_kg.metadata.uses import Counted, Use
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.store import Dataset, NamedNode, Quad

_NO_WORDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class GivenLinks:
    """A set of links that somebody gave us: its name here, its own IRI, what it says of itself.

    ``space`` is how all their IRIs begin, ``predicates`` counts the links; ``described`` holds the
    statements about the set, sorted.
    """

    name: str
    iri: str
    space: str
    predicates: Mapping[str, int]
    described: tuple[Quad, ...] = field(repr=False)


@dataclass(frozen=True)
class Counts:
    """Figures of one dataset; mappings go from IRI to number and are sorted by IRI.

    ``triples`` is the size of the default graph, ``quads`` of all named graphs counted one by one (without
    ``graph/metadata``), ``entities`` the things of our own that are described, ``classes`` the instances of a
    class, ``properties`` the triples of a property, ``graphs`` the triples of a named graph.
    ``property_subjects`` and ``property_objects`` count the different things on either side of a property.
    ``uses`` are sorted by class and property. ``links`` are ours, ``given`` those of others;
    ``target_licences`` tells the licence of what links lead to, by how its IRIs begin, where a source tells.
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
    property_subjects: Mapping[str, int]
    property_objects: Mapping[str, int]
    uses: tuple[Use, ...]
    given: tuple[GivenLinks, ...] = ()
    target_licences: Mapping[str, str] = field(default_factory=lambda: _NO_WORDS)


@dataclass(frozen=True)
class Asked:
    """What an engine counts best: the different objects of a graph, and those of each property."""

    objects: int
    property_objects: Mapping[str, int]


def ask(dataset: Dataset) -> Asked:
    """Ask it of the default graph of a dataset."""
    # The engine lets go of the interpreter while it works.
    with ThreadPoolExecutor(1) as aside:
        objects = aside.submit(_number, dataset, "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }")
        by_property = _pairs(dataset, "SELECT ?key (COUNT(DISTINCT ?o) AS ?n) { ?s ?key ?o } GROUP BY ?key")
        return Asked(objects.result(), by_property)


def count(
    counted: Counted, asked: Asked, survey: Survey, further: Mapping[str, int], names: GraphNames
) -> Counts:
    """Put the figures of a default graph together with those of the named graphs of a survey.

    ``further`` are the sizes of graphs that were made after the survey. graph/metadata is left out.
    """
    sizes = {**survey.graphs, **{graph: size for graph, size in further.items() if size}}
    graphs = {graph: size for graph, size in sorted(sizes.items()) if graph != names.metadata}
    return Counts(
        triples=counted.triples,
        quads=sum(graphs.values()),
        entities=counted.entities,
        subjects=counted.subjects,
        objects=asked.objects,
        graphs=MappingProxyType(graphs),
        classes=counted.classes,
        properties=counted.properties,
        links=survey.links,
        property_subjects=counted.property_subjects,
        property_objects=asked.property_objects,
        uses=counted.uses,
        given=_count_given(survey.told(), names),
        target_licences=_find_licences(survey.told(), names, {link.target for link in survey.links}),
    )


def _pairs(dataset: Dataset, query: str) -> Mapping[str, int]:
    pairs = {row["key"].value: int(row["n"].value) for row in dataset.select(query)}
    return MappingProxyType(dict(sorted(pairs.items())))


def _number(dataset: Dataset, query: str) -> int:
    return next(int(row["n"].value) for row in dataset.select(query))


def _count_given(dataset: Dataset, names: GraphNames) -> tuple[GivenLinks, ...]:
    found = []
    for graph in dataset.graph_names():
        name = names.find_linkset(graph)
        if name is not None:
            found.append(_count_set(name, list(dataset.quads(graph)), f"{names.base}id/"))
    return tuple(each for each in found if each is not None)


def _count_set(name: str, quads: Iterable[Quad], own: str) -> GivenLinks | None:
    """Return a set of links counted; None of what holds no description of one."""
    linkset, is_a = NamedNode(expand("void:Linkset")), NamedNode(expand("rdf:type"))
    iris = sorted(
        quad.subject.value
        for quad in quads
        if quad.predicate == is_a and quad.object == linkset and isinstance(quad.subject, NamedNode)
    )
    if not iris:
        return None
    described = sorted((quad for quad in quads if quad.subject == NamedNode(iris[0])), key=str)
    predicates: Counter[str] = Counter()
    theirs = []
    for quad in quads:
        ends = quad.subject, quad.object
        if quad.subject != NamedNode(iris[0]) and all(isinstance(end, NamedNode) for end in ends):
            predicates[quad.predicate.value] += 1
            theirs += [str(end)[1:-1] for end in ends if not str(end).startswith(f"<{own}")]
    return GivenLinks(
        name,
        iris[0],
        namespace_of(commonprefix(theirs) + "x") if theirs else "",  # noqa: RUF071 - by characters
        MappingProxyType(dict(sorted(predicates.items()))),
        tuple(described),
    )


def _find_licences(dataset: Dataset, names: GraphNames, spaces: Iterable[str]) -> Mapping[str, str]:
    query = f"SELECT ?source ?licence {{ ?source <{expand('dcterms:license')}> ?licence }}"
    told = {row["source"].value: row["licence"].value for row in dataset.select(query)}
    found = {}
    for space in sorted(spaces):
        licence = told.get(f"{names.base}id/source/{find_target(space).source}")
        if licence is not None:
            found[space] = licence
    return MappingProxyType(found)
