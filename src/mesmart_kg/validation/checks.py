"""Shapes as checks on a node: what a shape demands of it, and of its values, as one SPARQL expression.

The shapes are read through pyshacl's own eyes (its ``ShapesGraph``), so that the two can't differ on what a
shape is, or which of its constraints count. What has no check is `Uncompilable`: recursion, components of
other makers, whatever pyshacl itself refuses; and a negation of what is known only roughly.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from rdflib import SH, Literal

from mesmart_kg.validation import set_rules, value_rules
from mesmart_kg.validation.lexical import Check
from mesmart_kg.validation.paths import Path, compile_path
from mesmart_kg.validation.terms import Uncompilable, iri_text, list_members
from mesmart_kg.validation.value_rules import all_of, any_of

if TYPE_CHECKING:
    from pyshacl.shape import Shape
    from pyshacl.shapes_graph import ShapesGraph
    from rdflib.term import Node

    from mesmart_kg.validation.classes import Classes

# pyshacl gives up on shapes within shapes at fifteen.
_DEPTH: Final = 10

_QUALIFIED: Final = frozenset(
    {SH.qualifiedValueShape, SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.qualifiedValueShapesDisjoint}
)
_ABOUT_SETS: Final = frozenset(
    {SH.minCount, SH.maxCount, SH.uniqueLang, SH.hasValue, SH.equals, SH.qualifiedValueShape}
)
# They say how another constraint is meant, or are a query, which is no check.
_NO_CHECK: Final = _QUALIFIED - {SH.qualifiedValueShape} | {SH.ignoredProperties, SH.sparql}


class Checks:
    """Makes the checks of the shapes of one graph, for one dataset's classes."""

    def __init__(self, shapes: ShapesGraph, classes: Classes) -> None:
        self._shapes = shapes
        self._graph = shapes.graph
        self._classes = classes
        self._numbers = count()

    def fresh(self) -> str:
        """Return a variable that stands nowhere else."""
        return f"?v{next(self._numbers)}"

    def path(self, shape: Shape) -> Path | None:
        """Return the path of a property shape, None for a node shape."""
        return compile_path(self._graph, _path_of(shape)) if shape.is_property_shape else None

    def on_values(self, shape: Shape, focus: str, value: str, above: tuple[Any, ...] = ()) -> list[Check]:
        """Return what a shape demands of one of a focus node's values, both given as variables.

        ``above`` are the shapes within which it stands.
        """
        return [
            self._value_check(shape, parameter, focus, value, (*above, shape))
            for parameter in self._parameters(shape)
            if parameter not in _ABOUT_SETS
        ]

    def on_sets(self, shape: Shape, focus: str, above: tuple[Any, ...] = ()) -> list[Check]:
        """Return what a shape demands of all values of a focus node together."""
        return [
            self._set_check(shape, parameter, each, focus, (*above, shape))
            for parameter in self._parameters(shape)
            if parameter in _ABOUT_SETS
            for each in self._graph.objects(shape.node, parameter)
        ]

    def _on_node(self, node: Node, value: str, above: tuple[Any, ...]) -> Check:
        """Return the check that a variable's value conforms to a shape that another shape names."""
        shape = self._find(node)
        if shape in above:
            raise Uncompilable("it contains itself")
        if len(above) > _DEPTH:
            raise Uncompilable("it is too deep")
        if shape.deactivated:
            return Check("true")
        if (shape.node, SH.sparql, None) in self._graph:
            raise Uncompilable("a query stands in a shape within it")
        sets, path = self.on_sets(shape, value, above), self.path(shape)
        if path is None:
            return all_of([*sets, *self.on_values(shape, value, value, above)])
        inner = self.fresh()
        each = all_of(self.on_values(shape, value, inner, above))
        if each.ok == "true":
            return all_of(sets)
        wrong = f"{value} {path.text} {inner} FILTER(!{each.ok})"
        return all_of([*sets, Check(f"(!EXISTS {{ {wrong} }})", each.is_exact)])

    def _find(self, node: Node) -> Shape:
        try:
            return self._shapes.lookup_shape_from_node(node)
        except KeyError as error:
            raise Uncompilable("it names a shape that is none") from error

    def _parameters(self, shape: Shape) -> list[Node]:
        """Return the predicates of a shape that pyshacl takes for constraints, sorted."""
        found = {name for name in self._graph.predicates(shape.node) if name in CONSTRAINT_PARAMETERS_MAP}
        if shape.find_custom_constraints():  # type: ignore[no-untyped-call]  # pyshacl's
            raise Uncompilable("it uses a constraint component of its maker's own")
        for component in {CONSTRAINT_PARAMETERS_MAP[name] for name in found}:
            try:
                component(shape)
            except Exception as error:
                raise Uncompilable("one of its constraints is malformed") from error
        return sorted(found - _NO_CHECK, key=str)

    # Constraints on one value -------------------------------------------------------------------------------

    def _value_check(
        self, shape: Shape, parameter: Node, focus: str, value: str, above: tuple[Any, ...]
    ) -> Check:
        values = list(self._graph.objects(shape.node, parameter))
        simple = value_rules.RULES.get(parameter)
        if simple is not None:
            return all_of(simple(self._graph, shape.node, each, value) for each in values)
        if parameter == SH["class"]:
            return all_of(Check(self._classes.instance_check(value, each)) for each in values)
        if parameter in (SH.lessThan, SH.lessThanOrEquals) and len(above) > 1:
            # pyshacl fails altogether where it compares a blank node, though another shape may conform.
            raise Uncompilable("it compares values in a shape within it")
        if parameter in (SH.disjoint, SH.lessThan, SH.lessThanOrEquals):
            return all_of(set_rules.pair(parameter, each, focus, value, self.fresh) for each in values)
        if parameter == SH.closed:
            return self._closed_check(shape, value)
        if parameter in (SH.node, SH.property):
            for each in values:
                if self._find(each).is_property_shape is not (parameter == SH.property):
                    raise Uncompilable("it names a shape of the wrong kind")
            return all_of(self._on_node(each, value, above) for each in values)
        if parameter == SH["not"]:
            return all_of(Check(f"(!{self._exactly(each, value, above)})") for each in values)
        if parameter in (SH["and"], SH["or"], SH.xone):
            return all_of(self._list_check(parameter, each, value, above) for each in values)
        raise Uncompilable(f"there is no query for {iri_text(parameter)}")

    def _exactly(self, node: Node, value: str, above: tuple[Any, ...]) -> str:
        check = self._on_node(node, value, above)
        if not check.is_exact:
            raise Uncompilable("what it negates is known only roughly")
        return check.ok

    def _list_check(self, parameter: Node, node: Node, value: str, above: tuple[Any, ...]) -> Check:
        members = list_members(self._graph, node)
        if parameter == SH["and"]:
            return all_of(self._on_node(member, value, above) for member in members)
        if parameter == SH["or"]:
            return any_of(self._on_node(member, value, above) for member in members)
        exact = [self._exactly(member, value, above) for member in members]
        return any_of(
            all_of(Check(one if place == here else f"(!{one})") for place, one in enumerate(exact))
            for here in range(len(exact))
        )

    def _closed_check(self, shape: Shape, value: str) -> Check:
        closed = self._graph.value(shape.node, SH.closed)
        if not isinstance(closed, Literal) or not closed.value:
            return Check("true")
        known: set[Node | None] = set()
        for node in self._graph.objects(shape.node, SH.property):
            known.add(_path_of(self._find(node)))
        for listed in self._graph.objects(shape.node, SH.ignoredProperties):
            known.update(list_members(self._graph, listed))
        return value_rules.closed_check(known, value, self.fresh(), self.fresh())

    # Constraints on sets of values --------------------------------------------------------------------------

    def _set_check(
        self, shape: Shape, parameter: Node, given: Node, focus: str, above: tuple[Any, ...]
    ) -> Check:
        path = self.path(shape)
        if parameter == SH.hasValue:
            return set_rules.has_value(given, focus, path)
        if parameter == SH.equals:
            return set_rules.equals(given, focus, path, self.fresh)
        if path is None:
            raise Uncompilable("it counts without a path")
        if parameter == SH.minCount:
            return set_rules.min_count(given, focus, path, self.fresh)
        if parameter == SH.maxCount:
            return set_rules.max_count(given, focus, path, self.fresh)
        if parameter == SH.uniqueLang:
            return set_rules.unique_lang(given, focus, path, self.fresh)
        siblings = self._siblings(shape, given)

        def conforms(value: str) -> Check:
            others = (Check(f"(!{self._exactly(each, value, above)})") for each in siblings)
            return all_of([self._on_node(given, value, above), *others])

        least, most = (
            self._graph.value(shape.node, name) for name in (SH.qualifiedMinCount, SH.qualifiedMaxCount)
        )
        return set_rules.qualified(least, most, focus, path, conforms, self.fresh)

    def _siblings(self, shape: Shape, given: Node) -> list[Node]:
        """Return the shapes that a counted value must not conform to (SHACL, section 4.7.3)."""
        disjoint = self._graph.objects(shape.node, SH.qualifiedValueShapesDisjoint)
        if not any(isinstance(each, Literal) and each.value is True for each in disjoint):
            return []
        found = {
            sibling
            for parent in self._graph.subjects(SH.property, shape.node)
            for inner in self._graph.objects(parent, SH.property)
            for sibling in self._graph.objects(inner, SH.qualifiedValueShape)
        }
        return sorted(found - {given}, key=str)


def _path_of(shape: Shape) -> Node | None:
    path: Node | None = shape.path()  # type: ignore[no-untyped-call]  # pyshacl's
    return path
