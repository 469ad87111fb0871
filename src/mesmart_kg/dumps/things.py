"""The things that tables have rows for, and what a stretch of the dataset tells of the tables' shape.

Subjects are in the order of lines, where ``<…/roma-capitale>`` stands before ``<…/roma>``: the bracket sorts
after the hyphen. Rows are in the order of IRIs, where it is the other way round. The two differ for an IRI
that another one begins with, and for no other.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mesmart_kg.dumps.lines import RDF_TYPE, Grouped, read_language
from mesmart_kg.namespaces import PREFIXES, VOC

TYPE: Final = RDF_TYPE[1:-1]
# How the graphs came about is for the graph; it is nothing to put into a spreadsheet.
_NOT_TABLED: Final = (PREFIXES["prov"], PREFIXES["foaf"], PREFIXES["dqv"])


class Thing(NamedTuple):
    """What a row is written from: a thing, what it is asserted to be, and all its values.

    ``values`` are the terms by property (an IRI) and language; under ``rdf:type`` those asserted alone.
    """

    iri: str
    classes: Sequence[str]
    values: Mapping[tuple[str, str], Sequence[str]]

    def to_json(self) -> list[Any]:
        """Return the same for JSON."""
        return [self.iri, self.classes, [[*key, *terms] for key, terms in self.values.items()]]

    @classmethod
    def from_json(cls, told: list[Any]) -> Thing:
        """Return what :meth:`to_json` was made from."""
        iri, classes, values = told
        return cls(iri, classes, {(name, language): terms for name, language, *terms in values})


class Found(NamedTuple):
    """A thing, and the properties that it is asserted to have."""

    thing: Thing
    asserted: frozenset[str]


def find_things(
    subjects: Iterable[Grouped], inferred: Mapping[str, Container[tuple[str, str]]], base_iri: str
) -> Iterator[Found]:
    """Yield those of the default graph's subjects that some table has a row for, in the order given.

    ``inferred`` has the predicates and objects that were inferred, by subject.
    """
    ours = (f"<{base_iri}id/", f"<{VOC}")
    for subject, properties in subjects:
        # Types come first.
        if not subject.startswith(ours) or properties[0][0] != RDF_TYPE:
            continue
        concluded = inferred.get(subject)
        types = properties[0][1]
        if concluded:
            types = [term for term in types if (RDF_TYPE, term) not in concluded]
        classes = tuple(dict.fromkeys(term[1:-1] for term in types if not term.startswith(_NOT_TABLED, 1)))
        if not classes:
            continue
        values: dict[tuple[str, str], list[str]] = {}
        asserted = set()
        for predicate, terms in (properties[0][0], types), *properties[1:]:
            name = predicate[1:-1]
            if not concluded or any((predicate, term) not in concluded for term in terms):
                asserted.add(name)
            if len(terms) == 1:
                values[name, read_language(terms[0])] = terms
                continue
            for term in terms:
                values.setdefault((name, read_language(term)), []).append(term)
        yield Found(Thing(subject[1:-1], classes, values), frozenset(asserted))


@dataclass
class ClassShape:
    """What the things of one class have together.

    ``things`` is their number; ``asserted`` the properties asserted of one of them; ``several`` tells for
    each property and language whether one of them has several values; ``labelled`` has the properties and
    languages for which one of their values has a label.
    """

    things: int = 0
    asserted: set[str] = field(default_factory=set)
    several: dict[tuple[str, str], bool] = field(default_factory=dict)
    labelled: set[tuple[str, str]] = field(default_factory=set)

    def add(self, found: Found) -> None:
        """Take a thing in."""
        thing, asserted = found
        self.things += 1
        self.asserted |= asserted
        for key, terms in thing.values.items():
            self.several[key] = len(terms) > 1 or self.several.get(key, False)

    def merge(self, other: ClassShape) -> None:
        """Take in what is known from another stretch."""
        self.things += other.things
        self.asserted |= other.asserted
        self.labelled |= other.labelled
        for key, several in other.several.items():
            self.several[key] = several or self.several.get(key, False)

    def to_json(self) -> list[Any]:
        """Return all but ``labelled``, for JSON."""
        return [self.things, sorted(self.asserted), [[*key, value] for key, value in self.several.items()]]

    @classmethod
    def from_json(cls, told: list[Any]) -> ClassShape:
        """Return what :meth:`to_json` was made from."""
        things, asserted, several = told
        return cls(things, set(asserted), {(name, tag): value for name, tag, value in several})


def list_uses(things: Iterable[Thing]) -> list[tuple[Sequence[str], str, list[str]]]:
    """Return which things are named as values: by the classes of those that name them, and the property."""
    uses: dict[tuple[Sequence[str], str], dict[str, None]] = {}
    for thing in things:
        for (name, language), terms in thing.values.items():
            # Literals come before IRIs.
            if terms[-1][0] == "<" and not language and name != TYPE:
                named = uses.setdefault((thing.classes, name), {})
                for term in terms:
                    if term[0] == "<":
                        named[term[1:-1]] = None
    return [(*key, list(named)) for key, named in uses.items()]
