"""The RDF of a page: what it says of its thing, the thing's own parts, and what the document itself is.

The convention is a concise bounded description, widened for use: all statements about the thing, the first
of each property that lead to it (as many as the page shows), and in full what is nobody else's: its position,
memberships, participations, figures and other statements. What has a page of its own is only linked to.

The document (``…/doc/…``) is described as well: its topic, dataset, release, licence.

Specification: FOAF (``foaf:primaryTopic``), DCMI Terms, PROV-O.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mesmart_kg import formats
from mesmart_kg.descriptions.rows import read_all
from mesmart_kg.dumps.jsonld import NodeWriter
from mesmart_kg.dumps.lines import Terms as Triples
from mesmart_kg.dumps.lines import split_triple
from mesmart_kg.dumps.turtle import to_turtle
from mesmart_kg.formats import Format
from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import PREFIXES, expand
from mesmart_kg.store import Literal, NamedNode, Triple, canonical_ntriples, serialize

if TYPE_CHECKING:
    from mesmart_kg.descriptions.model import Description
    from mesmart_kg.engine import Engine, Terms

__all__ = ["DATA_FORMATS", "Document", "add_parts", "own_jsonld", "read_point", "write_document"]

DATA_FORMATS: Final = (formats.JSONLD, formats.TURTLE, formats.NTRIPLES, formats.RDFXML)
"""What the data of a page are written in; the first is for who asks for nothing."""

MOST_PARTS: Final = 300

_PARTS: Final = frozenset(
    expand(name)
    for name in (
        "geo:hasDefaultGeometry",
        "geo:hasGeometry",
        "org:hasMembership",
        "m8g:participates",
        "m8g:hasParticipation",
        "schema:additionalProperty",
    )
)
"""Properties whose values are parts of the thing that has them."""

_PART_OF: Final = frozenset(
    expand(name)
    for name in (
        "org:member",
        "org:organization",
        "m8g:hasParticipant",
        "cc:community",
        "sdmx-dimension:refArea",
    )
)
"""Properties that a part leads to its thing by."""


@dataclass(frozen=True)
class Document:
    """The triples of one document about one thing, and what it is the document of; ``release`` is an IRI.

    ``licence`` and ``dataset`` are IRIs; they are none where nobody has told them, as of a preview.
    """

    thing: str
    iri: str
    release: str
    triples: frozenset[Triple]
    dataset: str | None = None
    licence: str | None = None


def add_parts(engine: Engine, terms: Terms, document: Document, description: Description) -> Document:
    """Return the document with the parts of its thing, in full. Raises what the engine raises."""
    parts = sorted(_find_parts(description))[:MOST_PARTS]
    return replace(document, triples=document.triples.union(read_all(engine, map(NamedNode, parts), terms)))


def _find_parts(description: Description) -> Iterator[str]:
    thing = NamedNode(description.iri)
    for triple in description.triples:
        if triple.subject == thing and triple.predicate.value in _PARTS:
            if isinstance(triple.object, NamedNode):
                yield triple.object.value
        elif triple.predicate.value in _PART_OF and isinstance(triple.subject, NamedNode):
            yield triple.subject.value


def describe_document(document: Document) -> Iterator[Triple]:
    """Yield what is said of the document itself."""
    node = NamedNode(document.iri)
    told = [
        ("rdf:type", expand("foaf:Document")),
        ("foaf:primaryTopic", document.thing),
        ("prov:wasDerivedFrom", document.release),
        ("dcterms:isPartOf", document.dataset),
        ("dcterms:license", document.licence),
    ]
    for name, value in told:
        if value is not None:
            yield Triple(node, NamedNode(expand(name)), NamedNode(value))


def write_document(document: Document, format: Format, base_iri: str) -> bytes:
    """Return the document in one of DATA_FORMATS: always the same bytes, the thing itself first."""
    triples = (*document.triples, *describe_document(document))
    lines = [split_triple(line) for line in canonical_ntriples(triples)]
    first = {f"<{document.thing}>": 0, f"<{document.iri}>": 1}
    lines.sort(key=lambda line: first.get(line[0], 2))  # stable: all else keeps its order
    if format is formats.TURTLE:
        return "".join(to_turtle(lines, base_iri)).encode()
    if format is formats.NTRIPLES:
        return "".join(f"{' '.join(line)} .\n" for line in lines).encode()
    if format is formats.JSONLD:
        return to_jsonld(lines).encode()
    places = {line: place for place, line in enumerate(lines)}
    ordered = sorted(set(triples), key=lambda triple: places[_to_line(triple)])
    return serialize(ordered, format, _used_prefixes(lines))


def _to_line(triple: Triple) -> Triples:
    return split_triple(next(canonical_ntriples((triple,))))


def to_jsonld(lines: Sequence[Triples]) -> str:
    """Return triples, sorted by subject, as compact JSON-LD with a context of its own: nothing is fetched.

    The context declares only the prefixes that are used, and none that is also the scheme of an IRI: a reader
    would take ``geo:45,9`` for a name in it (JSON-LD 1.1 API, section 5.2.2).
    """
    schemes = {term[1:].partition(":")[0] for line in lines for term in line if term[0] == "<"}
    prefixes = {name: iri for name, iri in PREFIXES.items() if name not in schemes}
    writer = NodeWriter(prefixes)
    nodes = ",\n".join(writer.nodes(lines))
    context = {name: iri for name, iri in prefixes.items() if name in writer.used}
    return f'{{"@context":{json.dumps(context, indent=1)},\n"@graph":[\n{nodes}\n]}}\n'


def own_jsonld(document: Document) -> str:
    """Return what is said of the thing and of the document, without what leads to it, to stand in a page."""
    thing = NamedNode(document.thing)
    own = (triple for triple in document.triples if triple.subject == thing)
    lines = map(split_triple, canonical_ntriples((*own, *describe_document(document))))
    return to_jsonld(list(lines))


def _used_prefixes(lines: Iterable[Triples]) -> dict[str, str]:
    """Return the prefixes that properties and classes are named with; XML needs no others."""
    names = {term[1:-1] for line in lines for term in line[1:] if term[0] == "<"}
    return {
        prefix: namespace
        for prefix, namespace in PREFIXES.items()
        if any(name.startswith(namespace) for name in names)
    }


def read_point(engine: Engine, terms: Terms, description: Description) -> tuple[str, str] | None:
    """Return longitude and latitude of the thing, as written; None if no point is told of it."""
    positions = [
        value.iri
        for value in description.find_values(expand("geo:hasDefaultGeometry"))
        if isinstance(value, Reference)
    ]
    told = read_all(engine, map(NamedNode, positions[:1]), terms)
    for text in sorted(each.object.value for each in told if isinstance(each.object, Literal)):
        words = text.removeprefix("POINT").strip(" ()").split()
        if text.startswith("POINT") and len(words) == 2:
            return words[0], words[1]
    return None
