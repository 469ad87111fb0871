"""Rules: a CONSTRUCT with a name, words for people, and the terms it may conclude.

A rule file is one SPARQL CONSTRUCT below a header, lines that begin with ``#+`` and together are TOML::

    #+ label.it = "Ha per membro"
    #+ label.en = "Has as member"
    #+ comment.it = "Se una città è membro di una comunità, la comunità ha la città per membro."
    #+ comment.en = "If a city is a member of a community, the community has the city as a member."
    #+ concludes = ["org:hasMember"]
    CONSTRUCT { ?community org:hasMember ?member } WHERE { ?member org:memberOf ?community }

The file's name without ``.rq`` is the rule's name, wherever a conclusion is explained.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pyparsing import ParseBaseException
from rdflib import RDF, URIRef
from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from mesmart_kg.errors import QuerySyntaxError, RuleError
from mesmart_kg.namespaces import VOC, expand
from mesmart_kg.store import Dataset, Literal, NamedNode, Quad

_RULES: Final = VOC + "rule/"


@dataclass(frozen=True)
class Rule:
    """A CONSTRUCT with a name, its words in both languages, and the IRIs of the terms it concludes and reads.

    Terms are properties, and for ``rdf:type`` the classes instead. ``reads`` is None for a rule that may
    match any triple; it lets a run leave aside what can't matter. ``premise`` is the class that a thing must
    be of, where the rule concludes of it, and from that alone, that it is of another class.
    """

    name: str
    label_it: str
    label_en: str
    comment_it: str
    comment_en: str
    query: str
    concludes: tuple[str, ...]
    reads: frozenset[str] | None = None
    premise: str | None = None

    @property
    def iri(self) -> str:
        return _RULES + self.name


def read_rules(directory: Path) -> tuple[Rule, ...]:
    """Read the rules of a folder, one ``.rq`` file each, sorted by name. Raises RuleError for a bad one."""
    return tuple(_read_rule(path) for path in sorted(directory.glob("*.rq")))


def _read_rule(path: Path) -> Rule:
    name = path.stem
    text = path.read_text(encoding="utf-8")
    header = "\n".join(line[2:] for line in text.splitlines() if line.startswith("#+"))
    try:
        told = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"its header is no TOML: {error}", name) from error
    if unknown := sorted(told.keys() - {"label", "comment", "concludes"}):
        raise RuleError(f"its header has the unknown keys {', '.join(unknown)}", name)
    try:
        rule = Rule(
            name=name,
            label_it=str(told["label"]["it"]),
            label_en=str(told["label"]["en"]),
            comment_it=str(told["comment"]["it"]),
            comment_en=str(told["comment"]["en"]),
            query=text,
            concludes=tuple(expand(term) for term in told["concludes"]),
        )
    except KeyError as error:
        raise RuleError(f"its header lacks {error}, or uses that prefix, which is unknown", name) from error
    except TypeError as error:
        raise RuleError(
            "its header gives label and comment in two languages: label.it, label.en …", name
        ) from error
    try:
        Dataset().construct(text)
    except QuerySyntaxError as error:
        raise RuleError(f"it is not SPARQL: {error}", name) from error
    except TypeError as error:
        raise RuleError(str(error), name) from error
    try:
        return replace(rule, reads=find_terms_read(text))
    except ParseBaseException as error:
        raise RuleError(f"rdflib can't read it, to tell what it depends on: {error}", name) from error


def find_terms_read(query: str) -> frozenset[str] | None:
    """Return the IRIs of the properties, or for ``rdf:type`` the classes, that the patterns of a query match.

    None where that can't be told from the text: a variable for a property or class, a negated path.
    """
    terms: set[str] = set()
    for _, predicate, value in _patterns(prepareQuery(query).algebra["p"]):
        if predicate == RDF.type and isinstance(value, URIRef):
            terms.add(str(value))
            continue
        properties = _properties(predicate)
        if properties is None or RDF.type in properties:
            return None
        terms.update(map(str, properties))
    return frozenset(terms)


def _patterns(part: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the triple patterns anywhere below a node of rdflib's algebra, those of EXISTS included."""
    if isinstance(part, CompValue):
        if part.name == "BGP":
            yield from part["triples"]
        elif part.name == "TriplesBlock":  # within EXISTS: lists of subject, property, object, subject, ...
            for terms in part["triples"]:
                yield from zip(terms[0::3], terms[1::3], terms[2::3], strict=True)
        else:
            for inner in part.values():
                yield from _patterns(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _patterns(inner)


def _properties(path: Any) -> list[URIRef] | None:
    """Return the properties that a property path walks along; None for a variable or a negated path."""
    if isinstance(path, URIRef):
        return [path]
    if isinstance(path, InvPath):
        return _properties(path.arg)
    if isinstance(path, MulPath):
        return _properties(path.path)
    if isinstance(path, SequencePath | AlternativePath):
        parts = [_properties(part) for part in path.args]
        return None if None in parts else [found for part in parts for found in part or ()]
    return None


def describe_rules(rules: Iterable[Rule], graph: str) -> Iterator[Quad]:
    """Yield what people and queries need to know of the rules: name, words, what each concludes.

    A rule is a ``prov:Plan``; an inferred triple is of a rule that ``cc:concludes`` its property or class,
    and whose premise, a class that the rule ``dcterms:requires``, its subject is of.
    """
    name = NamedNode(graph)

    def quad(subject: str, predicate: str, value: NamedNode | Literal) -> Quad:
        return Quad(NamedNode(subject), NamedNode(expand(predicate)), value, name)

    for rule in rules:
        yield quad(rule.iri, "rdf:type", NamedNode(expand("prov:Plan")))
        yield quad(rule.iri, "dcterms:identifier", Literal(rule.name))
        yield quad(rule.iri, "skos:prefLabel", Literal(rule.label_it, language="it"))
        yield quad(rule.iri, "skos:prefLabel", Literal(rule.label_en, language="en"))
        yield quad(rule.iri, "dcterms:description", Literal(rule.comment_it, language="it"))
        yield quad(rule.iri, "dcterms:description", Literal(rule.comment_en, language="en"))
        for term in rule.concludes:
            yield quad(rule.iri, "cc:concludes", NamedNode(term))
        if rule.premise is not None:
            yield quad(rule.iri, "dcterms:requires", NamedNode(rule.premise))
