"""The store's quads as a read-only rdflib graph, built for how pyshacl reads.

pyshacl on a graph backed by pyoxigraph is quadratic, and rdflib's own memory store keeps three indexes,
each of nested dictionaries, of which validation needs one: what is said of a subject. The other, who stands
under a predicate, is made the first time a predicate is asked for. This takes a quarter of the time and
memory.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pyshacl.consts import RDF_type
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import XSD
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.processor import SPARQLProcessor, SPARQLResult
from rdflib.plugins.stores.memory import SimpleMemory
from rdflib.term import Node

from mesmart_kg import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib.plugins.sparql.sparql import Query
    from rdflib.term import Identifier

_Objects = dict[Node, list[Node]]


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
        self._size = sum(len(values) for told in by_subject.values() for values in told.values())

    def add(self, triple: Any, context: Any, quoted: bool = False) -> None:
        raise TypeError("the graph under validation is read-only")

    def remove(self, triple_pattern: Any, context: Any = None) -> None:
        raise TypeError("the graph under validation is read-only")

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
        """Yield what matches; subjects and objects of one predicate come in the order of the quads."""
        subject, predicate, obj = triple_pattern
        if subject is not None:
            told = self._by_subject.get(subject)
            if told is None:
                return
            predicates = (predicate,) if predicate is not None else tuple(told)
            for found in predicates:
                for value in told.get(found, ()):
                    if obj is None or value == obj:
                        yield (subject, found, value), self._contexts
        elif predicate is not None:
            subjects = self._subjects_by_object(predicate)
            wanted = tuple(subjects) if obj is None else (obj,)
            for value in wanted:
                for found in subjects.get(value, ()):
                    yield (found, predicate, value), self._contexts
        else:
            for found, told in self._by_subject.items():
                for name, values in told.items():
                    for value in values:
                        if obj is None or value == obj:
                            yield (found, name, value), self._contexts

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
        return self._size

    def _subjects_by_object(self, predicate: Node) -> _Objects:
        index = self._by_object.get(predicate)
        if index is None:
            index = {}
            for subject, told in self._by_subject.items():
                for value in told.get(predicate, ()):
                    index.setdefault(value, []).append(subject)
            self._by_object[predicate] = index
        return index


@lru_cache(maxsize=64)
def _parse(query: str, prefixes: tuple[tuple[str, Any], ...]) -> Query:
    return prepareQuery(query, initNs=dict(prefixes))


def copy_graph(graph: Graph) -> Graph:
    """Return a read-only copy of an rdflib graph, with its prefixes, which SPARQL may use."""
    by_subject: dict[Node, _Objects] = {}
    for subject, predicate, value in graph:
        by_subject.setdefault(subject, {}).setdefault(predicate, []).append(value)
    copy = Graph(store=ReadOnlyStore(by_subject))
    for prefix, namespace in graph.namespaces():
        copy.bind(prefix, namespace)
    return copy


def to_data_graph(quads: Iterable[store.Quad], shapes: Iterable[tuple[Node, Node, Node]] = ()) -> Graph:
    """Return the merge of the quads' graphs as a read-only graph, a triple told by two sources in it once.

    IRIs that the shapes name are shared with them: rdflib compares terms in Python, unless they are one
    object.
    """
    named = {term for triple in shapes for term in triple if isinstance(term, URIRef)}
    terms: dict[Any, Node] = {store.NamedNode(str(iri)): iri for iri in (*named, RDF_type)}
    by_subject: dict[Node, _Objects] = {}

    def to_rdflib(term: Any) -> Node:
        known = terms.get(term)
        if known is None:
            known = terms[term] = _to_rdflib(term)
        return known

    for quad in quads:
        told = by_subject.setdefault(to_rdflib(quad.subject), {})
        values = told.setdefault(to_rdflib(quad.predicate), [])
        value = to_rdflib(quad.object)
        # A list, though it is searched: nearly every one holds a single value.
        if value not in values:
            values.append(value)
    return Graph(store=ReadOnlyStore(by_subject))


def _to_rdflib(term: Any) -> Node:
    """Return the same term of rdflib, its lexical form untouched."""
    if isinstance(term, store.NamedNode):
        return URIRef(term.value)
    if isinstance(term, store.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == str(XSD.string):
            return Literal(term.value)
        return Literal(term.value, datatype=URIRef(datatype), normalize=False)
    if isinstance(term, store.BlankNode):
        return BNode(term.value)
    raise TypeError(f"no RDF 1.1 term: {term!r}")
