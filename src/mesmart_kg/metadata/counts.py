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
from typing import Final

from mesmart_kg.metadata.survey import LinkCount, Survey
from mesmart_kg.metadata.targets import find_target, namespace_of
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.store import Dataset, NamedNode, Quad

_NOTHING: Mapping[str, int] = MappingProxyType({})
_NO_WORDS: Mapping[str, str] = MappingProxyType({})
_AT_ONCE: Final = 2


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
class Use:
    """How the instances of a class use a property: in ``triples`` triples.

    ``classes`` tells how many of these lead to an instance of a class, ``datatypes`` how many end in a
    literal of a datatype. A thing has several classes: one triple may count for each, and in several uses.
    """

    subject_class: str
    property: str
    triples: int
    classes: Mapping[str, int]
    datatypes: Mapping[str, int]


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


def count(dataset: Dataset, survey: Survey, further: Mapping[str, int], names: GraphNames) -> Counts:
    """Count what is in the default graph of a dataset, and in the named graphs of a survey.

    ``further`` are the sizes of graphs that were made after the survey. graph/metadata is left out.
    """
    sizes = {**survey.graphs, **{graph: size for graph, size in further.items() if size}}
    graphs = {graph: size for graph, size in sorted(sizes.items()) if graph != names.metadata}
    # The engine lets go of the interpreter while it works: two questions are answered at once.
    with ThreadPoolExecutor(_AT_ONCE) as asking:
        uses = asking.submit(_count_uses, dataset)
        classes = asking.submit(_pairs, dataset, "SELECT ?key (COUNT(*) AS ?n) { ?s a ?key } GROUP BY ?key")
        properties = asking.submit(
            _pairs, dataset, "SELECT ?key (COUNT(*) AS ?n) { ?s ?key ?o } GROUP BY ?key"
        )
        property_subjects, property_objects = (
            asking.submit(
                _pairs, dataset, f"SELECT ?key (COUNT(DISTINCT {end}) AS ?n) {{ ?s ?key ?o }} GROUP BY ?key"
            )
            for end in ("?s", "?o")
        )
        subjects, objects = (
            asking.submit(_number, dataset, f"SELECT (COUNT(DISTINCT {end}) AS ?n) {{ ?s ?p ?o }}")
            for end in ("?s", "?o")
        )
        entities = asking.submit(
            _number,
            dataset,
            "SELECT (COUNT(*) AS ?n) { { SELECT DISTINCT ?s { ?s ?p ?o } } "
            f'FILTER(STRSTARTS(STR(?s), "{names.base}id/")) }}',
        )
    return Counts(
        triples=sum(properties.result().values()),
        quads=sum(graphs.values()),
        entities=entities.result(),
        subjects=subjects.result(),
        objects=objects.result(),
        graphs=MappingProxyType(graphs),
        classes=classes.result(),
        properties=properties.result(),
        links=survey.links,
        property_subjects=property_subjects.result(),
        property_objects=property_objects.result(),
        uses=uses.result(),
        given=_count_given(survey.told, names),
        target_licences=_find_licences(survey.told, names, {link.target for link in survey.links}),
    )


def _pairs(dataset: Dataset, query: str) -> Mapping[str, int]:
    pairs = {row["key"].value: int(row["n"].value) for row in dataset.select(query)}
    return MappingProxyType(dict(sorted(pairs.items())))


def _count_uses(dataset: Dataset) -> tuple[Use, ...]:
    triples = dataset.select("SELECT ?c ?p (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c ?p")
    classes = _ends(
        dataset,
        "SELECT ?c ?p ?end (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o . ?o a ?end } GROUP BY ?c ?p ?end",
    )
    datatypes = _ends(
        dataset,
        "SELECT ?c ?p ?end (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o FILTER(ISLITERAL(?o)) }"
        " GROUP BY ?c ?p (DATATYPE(?o) AS ?end)",
    )
    uses = (
        Use(*key, int(row["n"].value), classes.get(key, _NOTHING), datatypes.get(key, _NOTHING))
        for row in triples
        for key in [(row["c"].value, row["p"].value)]
    )
    return tuple(sorted(uses, key=lambda use: (use.subject_class, use.property)))


def _ends(dataset: Dataset, query: str) -> Mapping[tuple[str, str], Mapping[str, int]]:
    """Return, for each class and property, the counts of what stands at the other end, sorted by IRI."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    rows = sorted(dataset.select(query), key=lambda row: row["end"].value)
    for row in rows:
        found.setdefault((row["c"].value, row["p"].value), {})[row["end"].value] = int(row["n"].value)
    return {key: MappingProxyType(counts) for key, counts in found.items()}


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
