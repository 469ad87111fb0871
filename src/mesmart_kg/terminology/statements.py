"""A small graph in memory, asked by subject: what a Turtle file of a release says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.formats import TURTLE
from mesmart_kg.labels import Name
from mesmart_kg.namespaces import expand
from mesmart_kg.store import Literal, NamedNode, parse

__all__ = ["Statements", "Value", "read_statements"]

Value: TypeAlias = "str | Name"
"""An IRI as text, or a literal: its text and its language."""


class Statements:
    """What is said of each subject, in the order of the file; predicates are told by prefixed names."""

    def __init__(self, told: Iterator[tuple[str, str, Value]]) -> None:
        self._told: dict[str, dict[str, list[Value]]] = {}
        for subject, predicate, value in told:
            self._told.setdefault(subject, {}).setdefault(predicate, []).append(value)

    def subjects(self) -> Iterator[str]:
        return iter(self._told)

    def about(self, subject: str) -> Iterator[tuple[str, tuple[Value, ...]]]:
        """Yield each property that a subject has, by its IRI, with the values."""
        for predicate, values in self._told.get(subject, {}).items():
            yield predicate, tuple(values)

    def values(self, subject: str, predicate: str) -> tuple[Value, ...]:
        return tuple(self._told.get(subject, {}).get(expand(predicate), ()))

    def iris(self, subject: str, predicate: str) -> tuple[str, ...]:
        return tuple(value for value in self.values(subject, predicate) if isinstance(value, str))

    def names(self, subject: str, predicate: str) -> tuple[Name, ...]:
        return tuple(value for value in self.values(subject, predicate) if isinstance(value, Name))

    def members(self, head: str) -> tuple[Value, ...]:
        """Return the members of an RDF list, as far as it is well-formed."""
        found: list[Value] = []
        seen: set[str] = set()
        while head not in seen and head in self._told:
            seen.add(head)
            found += self.values(head, "rdf:first")
            head = next(iter(self.iris(head, "rdf:rest")), "")
        return tuple(found)


def read_statements(path: Path) -> Statements | None:
    """Read a Turtle file; None where there is none, as in a preview. Raises ReleaseDamaged.

    Statements of and about blank nodes are left out: the files of a release hold none.
    """
    if not path.is_file():
        return None
    try:
        return Statements(_read(path))
    except (OSError, SyntaxError, ValueError) as error:
        raise ReleaseDamaged(f"the file {path.name} of a release can't be read: {error}") from error


def _read(path: Path) -> Iterator[tuple[str, str, Value]]:
    for quad in parse(path, TURTLE):
        if isinstance(quad.subject, NamedNode):
            value = quad.object
            if isinstance(value, NamedNode):
                yield quad.subject.value, quad.predicate.value, value.value
            elif isinstance(value, Literal):
                yield quad.subject.value, quad.predicate.value, Name(value.value, value.language)
