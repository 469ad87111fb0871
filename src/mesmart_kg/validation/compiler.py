"""Shapes compiled to SPARQL: queries that find every focus node that may violate a shape.

A constraint becomes a `Check`: an expression that is true only of what surely conforms. Whoever fails one is
a suspect, for pyshacl to judge. That a query may find more than the guilty keeps it simple, and lets it
follow pyshacl where that is stricter, or looser, than the letter of the standard.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from rdflib import SH

from mesmart_kg.validation.checks import Checks
from mesmart_kg.validation.query_rules import compile_query
from mesmart_kg.validation.terms import constant_text, iri_text
from mesmart_kg.validation.value_rules import all_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyshacl.shape import Shape
    from pyshacl.shapes_graph import ShapesGraph

    from mesmart_kg.validation.classes import Classes

_THIS: Final = "?this"

_UNTOLD: Final = "FILTER(!EXISTS { ?this ?p ?o } && !EXISTS { ?s ?p ?this })"
"""Nodes of which the data say nothing are suspected unseen: Oxigraph has no empty path from one to itself."""


class Compiler:
    """Compiles the shapes of one graph, as pyshacl reads it, for one dataset's classes."""

    def __init__(self, shapes: ShapesGraph, classes: Classes) -> None:
        self._graph = shapes.graph
        self._classes = classes
        self._checks = Checks(shapes, classes)

    def compile(self, shape: Shape) -> list[str]:
        """Return SELECT queries whose ``?this`` together hold every focus node that may violate a shape.

        Raises Uncompilable.
        """
        if shape.deactivated:
            return []
        wrongs = list(self._wrongs(shape))
        named = self._named_target(shape)
        patterns = [f"{target} {wrong}" for target in self._targets(shape) for wrong in wrongs]
        if named:
            patterns += [f"{named} {wrong}" for wrong in (*wrongs, _UNTOLD)]
        return [f"SELECT DISTINCT ?this WHERE {{ {pattern} }}" for pattern in patterns]

    def _named_target(self, shape: Shape) -> str:
        nodes = sorted(constant_text(node) for node in self._graph.objects(shape.node, SH.targetNode))
        return f"VALUES ?this {{ {' '.join(nodes)} }}" if nodes else ""

    def _targets(self, shape: Shape) -> Iterator[str]:
        """Yield patterns that bind ``?this`` to each focus node (SHACL, section 2.1.3) that is not named."""
        given = partial(self._graph.objects, shape.node)
        itself = shape.implicit_class_targets()  # type: ignore[no-untyped-call]  # pyshacl's
        for each in {*given(SH.targetClass), *itself}:
            yield from self._classes.target_patterns(each)
        for predicate in given(SH.targetSubjectsOf):
            yield f"{{ SELECT DISTINCT ?this {{ ?this {iri_text(predicate)} ?any }} }}"
        for predicate in given(SH.targetObjectsOf):
            yield f"{{ SELECT DISTINCT ?this {{ ?any {iri_text(predicate)} ?this }} }}"

    def _wrongs(self, shape: Shape) -> Iterator[str]:
        """Yield patterns to follow a target's: one of them matches if a focus node may violate the shape."""
        path = self._checks.path(shape)
        for check in self._checks.on_sets(shape, _THIS):
            if check.ok != "true":
                yield f"FILTER(!{check.ok})"
        if path is None:
            for check in self._checks.on_values(shape, _THIS, _THIS):
                if check.ok != "true":
                    yield f"FILTER(!{check.ok})"
        else:
            value = self._checks.fresh()
            each = all_of(self._checks.on_values(shape, _THIS, value))
            wrong = f"{_THIS} {path.text} {value} FILTER(!{each.ok})"
            if each.ok != "true":
                # Asked of all at once, a path without bounds would be followed from everywhere.
                yield wrong if path.is_bounded else f"FILTER(EXISTS {{ {wrong} }})"
        for node in self._graph.objects(shape.node, SH.sparql):
            yield from compile_query(self._graph, node, is_property_shape=shape.is_property_shape)
