"""What the endpoint says of itself: a service description (SPARQL 1.1 Service Description), as RDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mesmart_kg import formats
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import PREFIXES, expand
from mesmart_kg.store import BlankNode, Literal, NamedNode, Triple, serialize

_DECLARED: Final = ("rdf", "sd", "void", "xsd", "geof")


def describe_service(endpoint: str, figures: Mapping[str, Any], format: Format) -> bytes:
    """Return the description in a format. ``figures`` are those of the release's manifest."""
    prefixes = {name: PREFIXES[name] for name in _DECLARED}
    return serialize(_describe(endpoint, figures), format, prefixes)


def _describe(endpoint: str, figures: Mapping[str, Any]) -> Iterator[Triple]:
    # IRIs made from the endpoint's own, so that the description holds no blank nodes.
    service, dataset, default = (
        NamedNode(endpoint),
        NamedNode(endpoint + "#dataset"),
        NamedNode(endpoint + "#default-graph"),
    )

    def tell(subject: NamedNode, predicate: str, value: NamedNode | Literal | BlankNode) -> Triple:
        return Triple(subject, NamedNode(expand(predicate)), value)

    def kind(subject: NamedNode, name: str) -> Triple:
        return tell(subject, "rdf:type", NamedNode(expand(name)))

    def count(number: int) -> Literal:
        return Literal(str(number), datatype=NamedNode(expand("xsd:integer")))

    yield kind(service, "sd:Service")
    yield tell(service, "sd:endpoint", service)
    yield tell(service, "sd:supportedLanguage", NamedNode(expand("sd:SPARQL11Query")))
    for each in (*formats.RESULT_FORMATS, *formats.RDF_FORMATS):
        yield tell(service, "sd:resultFormat", NamedNode(each.iri))
    yield tell(service, "sd:extensionFunction", NamedNode(expand("geof:distance")))
    yield tell(service, "sd:defaultDataset", dataset)
    yield kind(dataset, "sd:Dataset")
    yield tell(dataset, "sd:defaultGraph", default)
    # Not sd:UnionDefaultGraph: shapes, alignment and metadata stay out of it.
    yield kind(default, "sd:Graph")
    yield tell(default, "void:triples", count(figures["triples"]))
    for number, (name, triples) in enumerate(sorted(figures["graphs"].items()), start=1):
        entry, graph = NamedNode(f"{endpoint}#entry-{number}"), NamedNode(f"{endpoint}#graph-{number}")
        yield tell(dataset, "sd:namedGraph", entry)
        yield kind(entry, "sd:NamedGraph")
        yield tell(entry, "sd:name", NamedNode(name))
        yield tell(entry, "sd:graph", graph)
        yield kind(graph, "sd:Graph")
        yield tell(graph, "void:triples", count(triples))
