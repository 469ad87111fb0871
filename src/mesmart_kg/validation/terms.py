"""Terms of shapes as SPARQL text, and terms of rdflib and of the store into one another.

What is written into a query must mean there what it means to pyshacl. rdflib compares terms by their
characters; Oxigraph keeps literals in one form of each (``01`` as ``1``). A literal of a shape that Oxigraph
would keep in another form is therefore `Uncompilable`: it would find what pyshacl does not.
"""

from __future__ import annotations

from typing import Any, Final

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.namespace import XSD
from rdflib.term import Node

from mesmart_kg import store

_ESCAPES: Final = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"})


class Uncompilable(Exception):
    """A shape, or a part of one, for which no query is known that finds all who may violate it.

    Its text completes the sentence "is not compiled, because …". It never leaves this room.
    """


def iri_text(term: Node | None) -> str:
    """Return an IRI as SPARQL writes it; Uncompilable if it is none, or holds what no IRI may."""
    if not isinstance(term, URIRef):
        raise Uncompilable("a term that should be an IRI is none")
    try:
        return str(store.NamedNode(str(term)))
    except ValueError as error:
        raise Uncompilable("an IRI in it is malformed") from error


def string_text(text: str) -> str:
    """Return a text as a SPARQL string."""
    return f'"{text.translate(_ESCAPES)}"'


def constant_text(term: Node) -> str:
    """Return an IRI or literal as SPARQL writes it; Uncompilable where engines would not agree on it."""
    if not isinstance(term, Literal):
        return iri_text(term)
    # rdflib tells "a" from "a"^^xsd:string, of which the data hold the first alone.
    if term.datatype == XSD.string:
        raise Uncompilable("it names xsd:string where it compares a text")
    given = to_store(term)
    try:
        kept = store.canonical_literal(given) if isinstance(given, store.Literal) else given
    except ValueError as error:
        raise Uncompilable(f"the store has no {term.n3()}") from error
    if kept != given:
        raise Uncompilable(f"the store writes {term.n3()} otherwise")
    return str(given)


def list_members(graph: Graph, node: Node) -> list[Node]:
    """Return the members of an RDF list; Uncompilable unless it is a well-formed one, with members."""
    found: list[Node] = []
    seen: set[Node] = set()
    while node != RDF.nil:
        first, rest = list(graph.objects(node, RDF.first)), list(graph.objects(node, RDF.rest))
        if node in seen or len(first) != 1 or len(rest) != 1:
            raise Uncompilable("it holds a malformed list")
        seen.add(node)
        found += first
        node = rest[0]
    if not found:
        raise Uncompilable("it holds an empty list")
    return found


def to_rdflib(term: Any) -> Node:
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


def to_store(term: Node) -> store.Term:
    """Return the same term of the store; ValueError for what rdflib alone takes for an IRI or a language."""
    if isinstance(term, URIRef):
        return store.NamedNode(str(term))
    if isinstance(term, BNode):
        return store.BlankNode(str(term))
    if isinstance(term, Literal):
        if term.language:
            return store.Literal(str(term), language=term.language)
        if term.datatype is None:
            return store.Literal(str(term))
        return store.Literal(str(term), datatype=store.NamedNode(str(term.datatype)))
    raise ValueError(f"no RDF 1.1 term: {term!r}")
