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
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyparsing import ParseBaseException

from mesmart_kg.errors import QuerySyntaxError, RuleError
from mesmart_kg.inference.patterns import Reading, read_query
from mesmart_kg.namespaces import VOC, expand
from mesmart_kg.store import Dataset, Literal, NamedNode, Quad

_RULES: Final = VOC + "rule/"


@dataclass(frozen=True)
class Rule:
    """A CONSTRUCT with a name, its words in both languages, and the IRIs of the terms that it concludes.

    Terms are properties, and for ``rdf:type`` the classes instead. ``premise`` is the class that a thing must
    be of, where the rule concludes of it, and from that alone, that it is of another class.
    """

    name: str
    label_it: str
    label_en: str
    comment_it: str
    comment_en: str
    query: str
    concludes: tuple[str, ...]
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
    read_patterns(rule)
    return rule


def read_patterns(rule: Rule) -> Reading:
    """Return what a rule's query matches. Raises RuleError where that can't be told, or is other data."""
    try:
        return read_query(rule.query)
    except ParseBaseException as error:
        raise RuleError(f"rdflib can't read it, to tell what it depends on: {error}", rule.name) from error
    except ValueError as error:
        raise RuleError(str(error), rule.name) from error


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
