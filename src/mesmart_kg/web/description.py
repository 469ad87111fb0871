"""What the endpoint says of itself, as RDF: a service description, joined with the metadata of its release.

Editors and federating engines configure themselves from this one document: the service and its formats, its
graphs, the classes and properties of the default graph with their figures, the prefixes, example queries. The
order of the triples matters to readers that stream them: the service comes first, then its dataset.

Specifications: SPARQL 1.1 Service Description; VoID; SIB's guidelines for endpoints, as in ``metadata``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mesmart_kg import formats
from mesmart_kg.engine.functions import AGGREGATES as OWN_AGGREGATES
from mesmart_kg.engine.functions import FUNCTIONS as OWN_FUNCTIONS
from mesmart_kg.namespaces import PREFIXES, expand
from mesmart_kg.store import BlankNode, Literal, NamedNode, Triple

_OF_OXIGRAPH: Final = """
    distance convexHull envelope centroid asGeoJSON getSRID isEmpty isSimple dimension coordinateDimension
    spatialDimension sfEquals sfDisjoint sfIntersects sfTouches sfCrosses sfWithin sfContains sfOverlaps
    ehEquals ehDisjoint ehMeet ehOverlap ehCovers ehCoveredBy ehInside ehContains
    rcc8eq rcc8dc rcc8ec rcc8po rcc8tppi rcc8tpp rcc8ntpp rcc8ntppi
"""
FUNCTIONS: Final = tuple(
    sorted(
        {PREFIXES["geof"] + name for name in _OF_OXIGRAPH.split()} | {name.value for name in OWN_FUNCTIONS}
    )
)
"""GeoSPARQL's functions that our engine knows: Oxigraph's own and those we lend it; a test asks each."""

AGGREGATES: Final = tuple(sorted(name.value for name in OWN_AGGREGATES))
"""Aggregates beyond the standard's that our engine knows."""

_SIMPLE_ENTAILMENT: Final = NamedNode("http://www.w3.org/ns/entailment/Simple")
# Of the dataset's own description, what holds for the default graph: all figures are of it. Not its uriSpace,
# which a reader may take to mean that no other IRI is spoken of: the ontology's terms are.
_FIGURES: Final = frozenset(
    expand(f"void:{name}")
    for name in (
        "entities",
        "classes",
        "properties",
        "distinctSubjects",
        "distinctObjects",
        "vocabulary",
        "classPartition",
        "propertyPartition",
    )
)


@dataclass(frozen=True)
class Service:
    """An endpoint that is to be described: the URL at which it was asked, and what it serves.

    ``dataset`` is the IRI of the dataset; ``functions`` and ``aggregates`` are IRIs of those beyond the
    standard; ``federates`` tells whether SERVICE may be used at all.
    """

    endpoint: str
    dataset: str
    release_id: str
    metadata_graph: str
    title_it: str
    title_en: str
    is_preview: bool
    functions: Sequence[str]
    aggregates: Sequence[str]
    federates: bool


def describe_service(
    service: Service, figures: Mapping[str, Any], metadata: Sequence[Triple]
) -> Iterator[Triple]:
    """Yield the description. ``figures`` are those of the release's manifest, ``metadata`` its own graph."""
    yield from _describe_endpoint(service)
    yield from _describe_graphs(service, figures, metadata)
    endpoint = NamedNode(service.endpoint)
    yield _tell(service.dataset, "void:sparqlEndpoint", endpoint)
    executable = NamedNode(expand("sh:SPARQLExecutable"))
    for triple in metadata:
        yield triple
        if triple.object == executable and isinstance(triple.subject, NamedNode):
            yield _tell(triple.subject.value, "schema:target", endpoint)


def _describe_endpoint(service: Service) -> Iterator[Triple]:
    endpoint = service.endpoint
    yield _classify(endpoint, "sd:Service")
    yield _tell(endpoint, "sd:endpoint", NamedNode(endpoint))
    yield _tell(endpoint, "sd:supportedLanguage", NamedNode(expand("sd:SPARQL11Query")))
    for each in (*formats.TABLE_FORMATS, *formats.RDF_FORMATS):
        yield _tell(endpoint, "sd:resultFormat", NamedNode(each.iri))
    if service.federates:
        yield _tell(endpoint, "sd:feature", NamedNode(expand("sd:BasicFederatedQuery")))
    for function in service.functions:
        yield _tell(endpoint, "sd:extensionFunction", NamedNode(function))
        yield _classify(function, "sd:Function")
    for aggregate in service.aggregates:
        yield _tell(endpoint, "sd:extensionAggregate", NamedNode(aggregate))
        yield _classify(aggregate, "sd:Aggregate")
    # What rules conclude is in the graphs already; a query entails nothing more.
    yield _tell(endpoint, "sd:defaultEntailmentRegime", _SIMPLE_ENTAILMENT)
    yield _classify(_SIMPLE_ENTAILMENT.value, "sd:EntailmentRegime")
    names = {"it": service.title_it, "en": service.title_en}
    if service.is_preview:
        names = {
            "it": "Anteprima: file serviti così come sono, che nessuno ha validato",
            "en": "Preview: files served as they are, validated by nobody",
        }
    for language, name in names.items():
        yield _tell(endpoint, "rdfs:label", Literal(name, language=language))
    yield _tell(endpoint, "sd:defaultDataset", NamedNode(f"{endpoint}#dataset"))


def _describe_graphs(
    service: Service, figures: Mapping[str, Any], metadata: Sequence[Triple]
) -> Iterator[Triple]:
    # IRIs made from the endpoint's own, so that the description holds no blank nodes.
    dataset, default = f"{service.endpoint}#dataset", f"{service.endpoint}#default-graph"
    yield _classify(dataset, "sd:Dataset")
    yield _tell(dataset, "owl:versionInfo", Literal(service.release_id))
    # Not sd:UnionDefaultGraph: shapes, alignment and metadata stay out of it.
    yield _tell(dataset, "sd:defaultGraph", NamedNode(default))
    yield _classify(default, "sd:Graph")
    yield _tell(default, "void:triples", _count(figures["triples"]))
    described = NamedNode(service.dataset)
    for triple in metadata:
        if triple.subject == described and triple.predicate.value in _FIGURES:
            yield Triple(NamedNode(default), triple.predicate, triple.object)
    sizes = dict(figures["graphs"])
    if not service.is_preview:  # what is said of a preview is not among its graphs
        sizes[service.metadata_graph] = len(metadata)
    for number, (name, triples) in enumerate(sorted(sizes.items()), start=1):
        entry, graph = f"{service.endpoint}#entry-{number}", f"{service.endpoint}#graph-{number}"
        yield _tell(dataset, "sd:namedGraph", NamedNode(entry))
        yield _classify(entry, "sd:NamedGraph")
        yield _tell(entry, "sd:name", NamedNode(name))
        yield _tell(entry, "sd:graph", NamedNode(graph))
        yield _classify(graph, "sd:Graph")
        yield _tell(graph, "void:triples", _count(triples))


def _tell(subject: str, predicate: str, value: NamedNode | Literal | BlankNode) -> Triple:
    return Triple(NamedNode(subject), NamedNode(expand(predicate)), value)


def _classify(subject: str, name: str) -> Triple:
    return _tell(subject, "rdf:type", NamedNode(expand(name)))


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=NamedNode(expand("xsd:integer")))
