"""Quads written down one subject at a time, by prefixed names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mesmart_kg.namespaces import expand
from mesmart_kg.store import Literal, NamedNode, Quad


def named(name: str) -> NamedNode:
    """Return the term of a prefixed name such as ``dcat:Dataset``."""
    return NamedNode(expand(name))


def typed(value: str | int, datatype: str) -> Literal:
    """Return a literal whose datatype is a prefixed name."""
    return Literal(str(value), datatype=named(datatype))


class Statements:
    """A growing list of quads of one graph; iterating yields them as they were told."""

    def __init__(self, graph: str) -> None:
        self._graph = NamedNode(graph)
        self._quads: list[Quad] = []

    def __iter__(self) -> Iterator[Quad]:
        return iter(self._quads)

    def tell(self, subject: str, predicate: str, *values: NamedNode | Literal | str) -> None:
        """Add a statement for each value; a text is an IRI in full."""
        for value in values:
            term = NamedNode(value) if isinstance(value, str) else value
            self._quads.append(Quad(NamedNode(subject), named(predicate), term, self._graph))

    def repeat(self, subject: str, told: Iterable[Quad]) -> None:
        """Add of a subject what is told of another; what has a blank node for its value is left out."""
        for quad in told:
            if isinstance(quad.object, NamedNode | Literal):
                self._quads.append(Quad(NamedNode(subject), quad.predicate, quad.object, self._graph))

    def classify(self, subject: str, *classes: str) -> None:
        """Add the classes, prefixed names, of a subject."""
        self.tell(subject, "rdf:type", *(named(name) for name in classes))

    def say(self, subject: str, predicate: str, it: str, en: str) -> None:
        """Add a text in both languages."""
        self.tell(subject, predicate, Literal(it, language="it"), Literal(en, language="en"))
