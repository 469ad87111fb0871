"""The shapes as documentation: what must hold of which class, in the words that the shapes themselves have.

Specification: SHACL, sections 2 and 4. Constraints are told twice: in words (``sh:message``) and as they
stand, for those who read SHACL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mesmart_kg.labels import Name
from mesmart_kg.namespaces import SHAPES, expand
from mesmart_kg.terminology.statements import Statements, Value, read_statements

__all__ = ["Constraint", "PropertyShape", "Shape", "Shapes", "read_shapes"]

_TARGETS: Final = ("sh:targetClass", "sh:targetSubjectsOf", "sh:targetObjectsOf", "sh:targetNode")
_SAID_APART: Final = frozenset(
    map(
        expand,
        ("rdf:type", "sh:path", "sh:name", "sh:property", "sh:severity", "sh:message", *_TARGETS),
    )
)


@dataclass(frozen=True)
class Constraint:
    """A parameter of a constraint, by its IRI, and its values; the members of a list stand for the list.

    ``lists`` are the IRIs of lists whose members these are.
    """

    parameter: str
    values: tuple[Value, ...]
    lists: tuple[str, ...] = ()


@dataclass(frozen=True)
class PropertyShape:
    """What must hold of the values of one property; ``severity`` is the IRI of ``sh:Violation`` and so on."""

    iri: str
    path: str
    names: tuple[Name, ...]
    messages: tuple[Name, ...]
    severity: str
    constraints: tuple[Constraint, ...]

    @property
    def anchor(self) -> str:
        return self.iri.removeprefix(SHAPES)


@dataclass(frozen=True)
class Target:
    """What a shape is about: ``kind`` is the IRI of ``sh:targetClass`` or another, ``of`` its value."""

    kind: str
    of: str


@dataclass(frozen=True)
class Shape:
    """A shape of things; without ``targets`` it holds only where another shape asks for it."""

    iri: str
    targets: tuple[Target, ...]
    messages: tuple[Name, ...]
    severity: str
    constraints: tuple[Constraint, ...]
    properties: tuple[PropertyShape, ...]

    @property
    def anchor(self) -> str:
        return self.iri.removeprefix(SHAPES)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that it is about."""
        return tuple(each.of for each in self.targets if each.kind == expand("sh:targetClass"))

    @property
    def is_closed(self) -> bool:
        """Whether it knows all properties that such a thing may have (``sh:closed``)."""
        return any(each.parameter == expand("sh:closed") for each in self.constraints)


@dataclass(frozen=True)
class Shapes:
    """All shapes, sorted by IRI; ``parts`` are further named nodes they are made of, with what they say."""

    shapes: tuple[Shape, ...]
    properties: tuple[PropertyShape, ...]
    parts: tuple[tuple[str, tuple[Constraint, ...]], ...]

    def of_class(self, iri: str) -> tuple[Shape, ...]:
        """Return the shapes that a class is the target of."""
        return tuple(shape for shape in self.shapes if iri in shape.classes)

    def of_property(self, iri: str) -> Iterator[tuple[Shape, PropertyShape]]:
        """Yield what is asked of the values of a property, and for which things."""
        for shape in self.shapes:
            for inner in shape.properties:
                if inner.path == iri:
                    yield shape, inner


def read_shapes(path: Path) -> Shapes | None:
    """Read ``shapes.ttl``; None where there is none. Raises ReleaseDamaged."""
    told = read_statements(path)
    if told is None:
        return None
    subjects = sorted(told.subjects())
    properties = {each: _read_property(told, each) for each in subjects if told.values(each, "sh:path")}
    shapes = [
        each
        for each in subjects
        if each not in properties
        and (expand("sh:NodeShape") in told.iris(each, "rdf:type") or _targets(told, each))
    ]
    inside = {inner for each in shapes for inner in told.iris(each, "sh:property")}
    return Shapes(
        shapes=tuple(_read_shape(told, each, properties) for each in shapes),
        # Those that no shape of things holds: others ask for them by name.
        properties=tuple(shape for iri, shape in properties.items() if iri not in inside),
        parts=tuple(
            (each, tuple(_constraints(told, each)))
            for each in subjects
            if each not in properties and each not in shapes
        ),
    )


def _targets(told: Statements, iri: str) -> tuple[Target, ...]:
    return tuple(Target(expand(kind), each) for kind in _TARGETS for each in sorted(told.iris(iri, kind)))


def _read_shape(told: Statements, iri: str, properties: dict[str, PropertyShape]) -> Shape:
    inside = [properties[each] for each in told.iris(iri, "sh:property") if each in properties]
    return Shape(
        iri=iri,
        targets=_targets(told, iri),
        messages=_messages(told, iri),
        severity=_severity(told, iri),
        constraints=tuple(_constraints(told, iri)),
        properties=tuple(sorted(inside, key=lambda shape: shape.iri)),
    )


def _read_property(told: Statements, iri: str) -> PropertyShape:
    return PropertyShape(
        iri=iri,
        path=next(iter(told.iris(iri, "sh:path")), ""),
        names=told.names(iri, "sh:name"),
        messages=_messages(told, iri),
        severity=_severity(told, iri),
        constraints=tuple(_constraints(told, iri)),
    )


def _messages(told: Statements, iri: str) -> tuple[Name, ...]:
    """Return the words of a shape, or those of the SPARQL constraints that it consists of."""
    own = told.names(iri, "sh:message")
    inner = (told.names(each, "sh:message") for each in told.iris(iri, "sh:sparql"))
    return own or tuple(name for names in inner for name in names)


def _severity(told: Statements, iri: str) -> str:
    # SHACL, section 2.1.4: without one it is a violation.
    return next(iter(told.iris(iri, "sh:severity")), expand("sh:Violation"))


def _constraints(told: Statements, iri: str) -> Iterator[Constraint]:
    for parameter, values in told.about(iri):
        if parameter in _SAID_APART:
            continue
        lists = tuple(each for each in values if isinstance(each, str) and told.values(each, "rdf:first"))
        members = tuple(member for each in lists for member in told.members(each))
        rest = tuple(each for each in values if each not in lists)
        yield Constraint(parameter, members + rest, lists)
