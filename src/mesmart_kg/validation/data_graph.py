"""The data as a read-only rdflib graph, built for how pyshacl reads.

pyshacl on a graph backed by pyoxigraph is quadratic, and rdflib's own memory store keeps three indexes,
each of nested dictionaries, of which validation needs one: what is said of a subject. The other, who stands
under a predicate, is made the first time a predicate is asked for. This takes a quarter of the time and
memory.

Of a dataset that the engine holds already nothing is copied but what is asked about: few subjects, where
few are suspected.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pyshacl.consts import RDF_type
from rdflib import Graph, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.processor import SPARQLProcessor, SPARQLResult
from rdflib.plugins.stores.memory import SimpleMemory
from rdflib.term import Node

from mesmart_kg import store
from mesmart_kg.validation import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib.plugins.sparql.sparql import Query
    from rdflib.term import Identifier

_Objects = dict[Node, list[Node]]

_KEPT: Final = 100_000
"""Subjects whose statements are remembered at a time; each takes a kilobyte or two."""


class ReadOnlyStore(SimpleMemory):
    """A set of triples indexed by subject, and by predicate on demand; writing to it raises TypeError."""

    # Graph and Dataset of rdflib, between which pyshacl wraps the data, both ask for these.
    context_aware = True
    graph_aware = True

    def __init__(self, by_subject: Mapping[Node, _Objects]) -> None:
        super().__init__()
        self._by_subject = by_subject
        self._by_object: dict[Node, _Objects] = {}
        # pyshacl looks a blank node up in the graph that a triple is said to be of.
        self._contexts = (Graph(store=self),)
        # Counted once: pyshacl asks whether the graph is empty for every result it makes.
        self._size: int | None = None

    def add(self, triple: Any, context: Any, quoted: bool = False) -> None:
        raise TypeError("the graph under validation is read-only")

    def remove(self, triple_pattern: Any, context: Any = None) -> None:
        raise TypeError("the graph under validation is read-only")

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
        """Yield what matches; subjects and objects of one predicate come in the order of the quads."""
        subject, predicate, obj = triple_pattern
        if subject is not None:
            told = self._told(subject)
            for found in (predicate,) if predicate is not None else tuple(told):
                for value in told.get(found, ()):
                    if obj is None or value == obj:
                        yield (subject, found, value), self._contexts
        elif predicate is not None:
            for found, value in self._under(predicate, obj):
                yield (found, predicate, value), self._contexts
        else:
            for triple in self._about(obj):
                yield triple, self._contexts

    def query(  # type: ignore[override]  # only pyshacl asks, and always with a text
        self,
        query: str,
        initNs: Mapping[str, Any],  # noqa: N803  # rdflib's name
        initBindings: Mapping[str, Identifier],  # noqa: N803
        queryGraph: str,  # noqa: N803
        **kwargs: Any,
    ) -> SPARQLResult:
        """Answer a query for rdflib's ``Graph.query``, with rdflib's own engine, parsing each text once.

        A SPARQL-based constraint is asked for every focus node, and parsing takes longer than answering.
        """
        prepared = _parse(query, tuple(initNs.items()))
        processor = SPARQLProcessor(self._contexts[0])  # type: ignore[no-untyped-call]
        return SPARQLResult(processor.query(prepared, initBindings, initNs))

    def __len__(self, context: Any = None) -> int:
        if self._size is None:
            self._size = self._count()
        return self._size

    # How the triples are held: what a class of another backing says anew.

    def _told(self, subject: Node) -> _Objects:
        return self._by_subject.get(subject, {})

    def _under(self, predicate: Node, obj: Node | None) -> Iterator[tuple[Node, Node]]:
        """Yield subject and object of each triple of a predicate."""
        subjects = self._subjects_by_object(predicate)
        for value in tuple(subjects) if obj is None else (obj,):
            for found in subjects.get(value, ()):
                yield found, value

    def _about(self, obj: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        """Yield each triple that has an object; without one, all there are."""
        for subject, told in self._by_subject.items():
            for predicate, values in told.items():
                for value in values:
                    if obj is None or value == obj:
                        yield subject, predicate, value

    def _count(self) -> int:
        return sum(len(values) for told in self._by_subject.values() for values in told.values())

    def _subjects_by_object(self, predicate: Node) -> _Objects:
        index = self._by_object.get(predicate)
        if index is None:
            index = {}
            for subject, told in self._by_subject.items():
                for value in told.get(predicate, ()):
                    index.setdefault(value, []).append(subject)
            self._by_object[predicate] = index
        return index


class _DatasetStore(ReadOnlyStore):
    """The default graph of a dataset, of which only what is asked about is ever rdflib's."""

    def __init__(self, dataset: store.Dataset, shapes: Graph) -> None:
        super().__init__({})
        self._dataset = dataset
        self._known = _shared_terms(shapes)
        self._remembered: dict[Node, _Objects] = {}

    def _told(self, subject: Node) -> _Objects:
        told = self._remembered.get(subject)
        if told is None:
            if len(self._remembered) >= _KEPT:
                self._remembered.clear()
            told = self._remembered[subject] = {}
            for triple in self._match(subject):
                told.setdefault(self._convert(triple.predicate), []).append(self._convert(triple.object))
        return told

    def _under(self, predicate: Node, obj: Node | None) -> Iterator[tuple[Node, Node]]:
        for triple in self._match(None, predicate, obj):
            value = self._convert(triple.object)
            # The engine finds "01" where "1" is asked for; rdflib does not.
            if obj is None or value == obj:
                yield self._convert(triple.subject), value

    def _about(self, obj: Node | None) -> Iterator[tuple[Node, Node, Node]]:
        for triple in self._match(None, None, obj):
            value = self._convert(triple.object)
            if obj is None or value == obj:
                yield self._convert(triple.subject), self._convert(triple.predicate), value

    def _count(self) -> int:
        return self._dataset.count_default()

    def _match(
        self, subject: Node | None, predicate: Node | None = None, obj: Node | None = None
    ) -> Iterator[store.Triple]:
        try:
            found = [None if term is None else terms.to_store(term) for term in (subject, predicate, obj)]
        except ValueError:
            # No term of RDF, so nothing can be told of it.
            return iter(())
        # pyshacl looks for blank nodes in every place.
        if found[1] is not None and not isinstance(found[1], store.NamedNode):
            return iter(())
        return self._dataset.match(found[0], found[1], found[2])

    def _convert(self, term: Any) -> Node:
        known = self._known.get(term)
        return terms.to_rdflib(term) if known is None else known


@lru_cache(maxsize=64)
def _parse(query: str, prefixes: tuple[tuple[str, Any], ...]) -> Query:
    return prepareQuery(query, initNs=dict(prefixes))


def copy_graph(graph: Graph) -> Graph:
    """Return a read-only copy of an rdflib graph, with its prefixes, which SPARQL may use."""
    by_subject: dict[Node, _Objects] = {}
    for subject, predicate, value in graph:
        by_subject.setdefault(subject, {}).setdefault(predicate, []).append(value)
    return _with_prefixes(Graph(store=ReadOnlyStore(by_subject)), graph)


def open_dataset(dataset: store.Dataset, shapes: Graph) -> Graph:
    """Return the default graph of a dataset as a read-only graph; it must not change while this is used.

    IRIs that the shapes name are shared with them: rdflib compares terms in Python, unless they are one
    object.
    """
    return _with_prefixes(Graph(store=_DatasetStore(dataset, shapes)), shapes)


def to_data_graph(quads: Iterable[store.Quad], shapes: Graph) -> Graph:
    """Return the merge of the quads' graphs as a read-only graph, a triple told by two sources in it once.

    IRIs are shared with the shapes, as by `open_dataset`.
    """
    known = _shared_terms(shapes)
    by_subject: dict[Node, _Objects] = {}

    def convert(term: Any) -> Node:
        found = known.get(term)
        if found is None:
            found = known[term] = terms.to_rdflib(term)
        return found

    for quad in quads:
        told = by_subject.setdefault(convert(quad.subject), {})
        values = told.setdefault(convert(quad.predicate), [])
        value = convert(quad.object)
        # A list, though it is searched: nearly every one holds a single value.
        if value not in values:
            values.append(value)
    return _with_prefixes(Graph(store=ReadOnlyStore(by_subject)), shapes)


def _with_prefixes(data: Graph, other: Graph) -> Graph:
    """Return the data with the prefixes of another graph: queries of shapes may make use of them."""
    for prefix, namespace in other.namespaces():
        data.bind(prefix, namespace)
    return data


def _shared_terms(shapes: Graph) -> dict[Any, Node]:
    named = {term for triple in shapes for term in triple if isinstance(term, URIRef)}
    found: dict[Any, Node] = {}
    for iri in (*named, RDF_type):
        try:
            found[store.NamedNode(str(iri))] = iri
        except ValueError:
            # What the data can't hold need not be shared.
            continue
    return found
