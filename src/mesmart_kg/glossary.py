"""What people call the terms of the data: names and explanations of classes and properties.

They are in both languages, and come from a release's own inputs, so that a page speaks of an old release in
the words it was made with:

- ``shapes.ttl``: ``sh:name`` of the property shapes, the name of a property where it is said of one class
  (the ``schema:startDate`` of a membership is "Joined", that of an event "Start");
- ``ontology.ttl``: ``rdfs:label`` and ``rdfs:comment`` of our own terms;
- ``labels.ttl``: ``rdfs:label`` of the terms of others, which are for their owners to define, not to us.

A name begins with a capital, since it stands at the head of a row or a list. A preview has no inputs; then
all terms are called by their prefixed names.

Specification: SHACL, section 2.3.2.1 (``sh:name``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.formats import TURTLE
from mesmart_kg.labels import Name, find_label
from mesmart_kg.namespaces import compact, expand
from mesmart_kg.store import Literal, NamedNode, Quad, parse

__all__ = ["Glossary", "read_glossary"]

_ONTOLOGY: Final = "ontology.ttl"
_SHAPES: Final = "shapes.ttl"
_LABELS: Final = "labels.ttl"

_LABEL: Final = expand("rdfs:label")
_COMMENT: Final = expand("rdfs:comment")
_SUBCLASS: Final = expand("rdfs:subClassOf")
_NAME: Final = expand("sh:name")
_PATH: Final = expand("sh:path")
_PROPERTY: Final = expand("sh:property")
_TARGET: Final = expand("sh:targetClass")

_Names: TypeAlias = Mapping[str, tuple[Name, ...]]


@dataclass(frozen=True)
class Glossary:
    """Names and comments by term; ``of_class`` holds those that a property has where a class is spoken of.

    ``above`` maps a class to its superclasses, the nearest first.
    """

    names: _Names = field(default_factory=dict)
    comments: _Names = field(default_factory=dict)
    of_class: Mapping[str, _Names] = field(default_factory=dict)
    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def name(self, term: str, language: str, of_class: str | None = None) -> str:
        """Return what a class, property or value is called; ``skos:prefLabel`` and the like if unnamed.

        ``of_class`` is the class of the thing that a property is said of; the name that it has for one of its
        superclasses will do. An IRI that no prefix shortens is returned as it is.
        """
        found = self.find_name(term, language, of_class)
        return found.value if found else compact(term).strip("<>")

    def find_name(self, term: str, language: str, of_class: str | None = None) -> Name | None:
        """Return the name with its language, which may be another than the one wished for; None if none."""
        for each in (of_class, *self.above.get(of_class, ())) if of_class else ():
            names = self.of_class.get(each, {}).get(term)
            if names:
                return find_label(names, (language,))
        return find_label(self.names.get(term, ()), (language,))

    def about(self, term: str, language: str) -> str | None:
        """Return what a term of ours means, in a sentence or two; None for those of others."""
        found = find_label(self.comments.get(term, ()), (language,))
        return found.value if found else None


def read_glossary(inputs: Path) -> Glossary:
    """Read the names out of a release's inputs; those that it lacks are passed over.

    Raises ReleaseDamaged where one is not Turtle.
    """
    names: dict[str, list[Name]] = {}
    comments: dict[str, list[Name]] = {}
    shape_names: dict[str, list[Name]] = {}
    paths: dict[str, str] = {}
    targets: dict[str, list[str]] = {}
    properties: dict[str, list[str]] = {}
    supers: dict[str, list[str]] = {}
    texts = {_LABEL: names, _COMMENT: comments, _NAME: shape_names}
    links = {_TARGET: targets, _PROPERTY: properties, _SUBCLASS: supers}
    for quad in _read(inputs):
        predicate, value = quad.predicate.value, quad.object
        if not isinstance(quad.subject, NamedNode):
            continue
        subject = quad.subject.value
        if isinstance(value, Literal):
            if predicate in texts:
                text = value.value if predicate == _COMMENT else _capitalise(value.value)
                texts[predicate].setdefault(subject, []).append(Name(text, value.language))
        elif not isinstance(value, NamedNode):
            continue
        elif predicate == _PATH:
            paths[subject] = value.value
        elif predicate in links:
            links[predicate].setdefault(subject, []).append(value.value)
    of_class: dict[str, dict[str, tuple[Name, ...]]] = {}
    for shape, classes in targets.items():
        for inner in properties.get(shape, ()):
            if inner in paths and inner in shape_names:
                for each in classes:
                    of_class.setdefault(each, {})[paths[inner]] = tuple(shape_names[inner])
    return Glossary(
        MappingProxyType({term: tuple(found) for term, found in names.items()}),
        MappingProxyType({term: tuple(found) for term, found in comments.items()}),
        MappingProxyType({each: MappingProxyType(found) for each, found in of_class.items()}),
        MappingProxyType({each: tuple(_climb(each, supers)) for each in supers}),
    )


def _read(inputs: Path) -> Iterator[Quad]:
    for name in (_ONTOLOGY, _LABELS, _SHAPES):
        path = inputs / name
        if path.is_file():
            try:
                yield from parse(path, TURTLE)
            except (OSError, SyntaxError, ValueError) as error:
                raise ReleaseDamaged(f"the file inputs/{name} of a release can't be read: {error}") from error


def _climb(name: str, supers: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the superclasses of a class, each once, those of one level before those of the next."""
    seen, level = {name}, [name]
    while level:
        level = list(dict.fromkeys(each for below in level for each in sorted(supers.get(below, ()))))
        level = [each for each in level if each not in seen]
        seen.update(level)
        yield from level


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
