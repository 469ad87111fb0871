"""The ontology as its terms: what each is called, what it means, what it specialises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mesmart_kg.labels import Name
from mesmart_kg.namespaces import CC, expand
from mesmart_kg.terminology.statements import Statements, Value, read_statements

__all__ = ["KINDS", "Fact", "Ontology", "Term", "read_ontology"]

KINDS: Final = ("class", "property", "datatype", "structure", "other")
"""What a term can be, in the order in which pages tell of them."""

_BY_TYPE: Final = {
    "owl:Class": "class",
    "owl:ObjectProperty": "property",
    "owl:DatatypeProperty": "property",
    "owl:AnnotationProperty": "property",
    "rdfs:Datatype": "datatype",
    "qb:DataStructureDefinition": "structure",
    "qb:ComponentSpecification": "structure",
}
_SAID_APART: Final = frozenset(map(expand, ("rdf:type", "rdfs:label", "rdfs:comment", "rdfs:isDefinedBy")))


@dataclass(frozen=True)
class Fact:
    """A property of a term, by IRI, and its values: IRIs as text, literals as names."""

    property: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Term:
    """A term of ours; ``kind`` is one of KINDS, ``types`` the classes that it is said to be of.

    ``facts`` is the rest of what the file says of it, in the file's order; ``narrower`` are the terms of ours
    that specialise it.
    """

    iri: str
    kind: str
    types: tuple[str, ...]
    labels: tuple[Name, ...]
    comments: tuple[Name, ...]
    facts: tuple[Fact, ...]
    narrower: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """The fragment of its IRI: where the page about the ontology tells of it."""
        return self.iri.partition("#")[2]


@dataclass(frozen=True)
class Ontology:
    """The ontology, and what it says of itself; ``version`` is the day at the end of its version's IRI.

    ``parts`` are things that the file describes beside its terms, such as the file itself.
    """

    iri: str
    version: str
    titles: tuple[Name, ...]
    descriptions: tuple[Name, ...]
    facts: tuple[Fact, ...]
    terms: tuple[Term, ...]
    parts: tuple[Term, ...]

    def of_kind(self, kind: str) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.kind == kind)


def read_ontology(path: Path) -> Ontology | None:
    """Read ``ontology.ttl``; None where there is none, or it describes no ontology. Raises ReleaseDamaged."""
    told = read_statements(path)
    iri = next(filter(lambda each: _is(told, each, "owl:Ontology"), told.subjects()), None) if told else None
    if told is None or iri is None:
        return None
    version = next(iter(told.iris(iri, "owl:versionIRI")), "")
    shown = {expand("dcterms:title"), expand("dcterms:description"), *_SAID_APART}
    terms = tuple(_read_term(told, each) for each in told.subjects() if each != iri)
    return Ontology(
        iri=iri,
        version=version.removeprefix(f"{iri}/"),
        titles=told.names(iri, "dcterms:title"),
        descriptions=told.names(iri, "dcterms:description"),
        facts=tuple(Fact(name, values) for name, values in told.about(iri) if name not in shown),
        terms=tuple(term for term in terms if term.iri.startswith(CC)),
        parts=tuple(term for term in terms if not term.iri.startswith(CC)),
    )


def _is(told: Statements | None, subject: str, name: str) -> bool:
    return told is not None and expand(name) in told.iris(subject, "rdf:type")


def _read_term(told: Statements, iri: str) -> Term:
    types = told.iris(iri, "rdf:type")
    kinds = {expand(name): kind for name, kind in _BY_TYPE.items()}
    narrower = [
        each
        for each in told.subjects()
        if iri in told.iris(each, "rdfs:subClassOf") + told.iris(each, "rdfs:subPropertyOf")
    ]
    return Term(
        iri=iri,
        kind=next((kinds[each] for each in types if each in kinds), "other"),
        types=types,
        labels=told.names(iri, "rdfs:label") or told.names(iri, "dcterms:title"),
        comments=told.names(iri, "rdfs:comment"),
        facts=tuple(Fact(name, values) for name, values in told.about(iri) if name not in _SAID_APART),
        narrower=tuple(narrower),
    )
