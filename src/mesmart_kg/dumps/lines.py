"""Canonical lines, taken apart and grouped.

Every dump starts from the same sorted lines: they are compact, they sort as fast as bytes do, and whatever is
written from them is in order. A line is trusted to be canonical (one space between terms, `` .`` at its end),
which is what ``store`` yields.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias, cast

from mesmart_kg import formats
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.store import Literal, parse_text

RDF_TYPE = f"<{expand('rdf:type')}>"

Terms: TypeAlias = tuple[str, str, str]
"""Subject, predicate and object, each as N-Triples writes it."""

Grouped: TypeAlias = tuple[str, list[tuple[str, list[str]]]]
"""A subject with its predicates and their objects, the types first."""


class LiteralParts(NamedTuple):
    """The parts of a literal; language and datatype are empty where the line gives none."""

    value: str
    language: str
    datatype: str


class Statements(NamedTuple):
    """What some sorted N-Quads lines state: the default graph's triples, each once, and each graph's."""

    default: list[Terms]
    by_graph: dict[str, list[Terms]]


def read_statements(data: bytes, names: GraphNames) -> Statements:
    """Take sorted N-Quads lines apart, each of which names a graph; graphs go by their IRIs."""
    default: list[Terms] = []
    by_term: dict[str, list[Terms]] = {}
    merged: dict[str, bool] = {}
    last: Terms | None = None
    for line in data.decode().split("\n")[:-1]:
        subject, predicate, rest = line.split(" ", 2)
        value, graph, _ = rest.rsplit(" ", 2)  # no IRI holds a space
        terms = (subject, predicate, value)
        triples = by_term.get(graph)
        if triples is None:
            triples = by_term[graph] = []
            merged[graph] = names.in_default_graph(graph[1:-1])
        triples.append(terms)
        if merged[graph] and terms != last:
            default.append(terms)
            last = terms
    return Statements(default, {graph[1:-1]: triples for graph, triples in by_term.items()})


def to_ntriples(triples: Iterable[Terms]) -> bytes:
    """Return lines of N-Triples."""
    return "".join([f"{subject} {predicate} {value} .\n" for subject, predicate, value in triples]).encode()


def by_subject(triples: Iterable[Terms]) -> dict[str, set[tuple[str, str]]]:
    """Return the predicates and objects of triples by their subjects."""
    told: dict[str, set[tuple[str, str]]] = {}
    for subject, predicate, value in triples:
        told.setdefault(subject, set()).add((predicate, value))
    return told


def read_literal(term: str) -> LiteralParts:
    """Return the parts of a literal that N-Triples writes so; ValueError for anything else."""
    end = term.rindex('"')
    text, tail = term[1:end], term[end + 1 :]
    if end and term[0] == '"':
        if not tail:
            return LiteralParts(_unescape(text), "", "")
        if tail[0] == "@" and len(tail) > 1:
            return LiteralParts(_unescape(text), tail[1:], "")
        if tail.startswith("^^<") and tail[-1] == ">":
            return LiteralParts(_unescape(text), "", tail[3:-1])
    raise ValueError(f"not a canonical literal: {term}")


def read_language(term: str) -> str:
    """Return the tag of the language of a term; nothing where it has none."""
    return "" if term[-1] in '">' else term[term.rindex('"@') + 2 :]


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    if "\\U" not in text:
        return cast(str, json.loads(f'"{text}"'))  # the other escapes of N-Triples are those of JSON
    value = next(parse_text(f'<a:a> <a:a> "{text}" .', formats.NTRIPLES)).object
    return cast(Literal, value).value


def split_triple(line: bytes) -> Terms:
    """Return the three terms of an N-Triples line."""
    subject, predicate, rest = line.decode().split(" ", 2)
    return subject, predicate, rest[:-3]


def group_subjects(triples: Iterable[Terms]) -> Iterator[Grouped]:
    """Yield each subject with its predicates and their objects, the types first; the input is sorted."""
    subject = predicate = ""
    properties: list[tuple[str, list[str]]] = []
    values: list[str] = []
    for each, name, value in triples:
        if each != subject:
            if properties:
                yield subject, properties
            subject, predicate, properties = each, "", []
        if name == predicate:
            values.append(value)
            continue
        predicate, values = name, [value]
        if name == RDF_TYPE:
            properties.insert(0, (name, values))
        else:
            properties.append((name, values))
    if properties:
        yield subject, properties
