"""A resource as people read it: its statements, grouped by property, each with who says so.

Values only; :mod:`.reading` makes them. What can't be shown whole is counted: a group holds its first
statements and the number of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mesmart_kg.labels import Name, Reference

if TYPE_CHECKING:
    from mesmart_kg.store import Triple

__all__ = ["Description", "Group", "Property", "Statement", "Text", "Value"]


@dataclass(frozen=True)
class Property:
    """A property as the reader's language calls it; ``about`` is what it means, where that is told."""

    iri: str
    name: str
    about: str | None = None


@dataclass(frozen=True)
class Text:
    """A literal: as it is written, its language or its datatype (an IRI; none for a plain text)."""

    name: Name
    datatype: str | None = None


Value: TypeAlias = Reference | Text


@dataclass(frozen=True)
class Statement:
    """A value that a property has, or, of an incoming one, the thing that has this resource as its value.

    ``sources`` say so: a source, or what the statement was taken from besides (links, concepts …).
    ``is_inferred`` is true where no source says so and only rules conclude it; ``rules`` are those that can
    have.
    """

    value: Value
    sources: tuple[Reference, ...] = ()
    is_inferred: bool = False
    rules: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Group:
    """The statements of one property: the first of them, and how many there are.

    ``is_least`` tells that counting was stopped at ``total``. ``query`` is a query that lists them all.
    """

    term: Property
    statements: tuple[Statement, ...]
    total: int
    query: str
    is_least: bool = False

    @property
    def further(self) -> int:
        """How many are not among ``statements``."""
        return max(self.total - len(self.statements), 0)


@dataclass(frozen=True)
class Description:
    """What is said of one resource.

    ``classes`` are those that it is said to be of, the most telling one first, without inferred ones while
    there are others. ``name`` suits the reader; ``other_names`` are all further ones. ``own`` are statements
    about it, ``incoming`` those that lead to it. ``triples`` is what ``own`` and ``incoming`` show, as RDF.
    """

    iri: str
    name: Name
    other_names: tuple[Name, ...]
    classes: tuple[Reference, ...]
    own: tuple[Group, ...]
    incoming: tuple[Group, ...]
    triples: frozenset[Triple]

    def find_values(self, property_iri: str) -> tuple[Value, ...]:
        """Return the values shown of an own property."""
        return tuple(
            statement.value
            for group in self.own
            if group.term.iri == property_iri
            for statement in group.statements
        )
