"""Canonical N-Triples lines, taken apart and grouped.

Every dump starts from the same sorted lines: they are compact, they sort as fast as bytes do, and whatever is
written from them is in order. A line is trusted to be canonical (one space between terms, `` .`` at its end),
which is what ``store`` yields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, TypeAlias, cast

from mesmart_kg import formats
from mesmart_kg.namespaces import expand
from mesmart_kg.store import Literal, parse_text

RDF_TYPE = f"<{expand('rdf:type')}>"

_LITERAL = re.compile(r'"(.*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?', re.DOTALL)

Terms: TypeAlias = tuple[str, str, str]
"""Subject, predicate and object, each as N-Triples writes it."""


class LiteralParts(NamedTuple):
    """The parts of a literal; language and datatype are empty where the line gives none."""

    value: str
    language: str
    datatype: str


def read_literal(term: str) -> LiteralParts:
    """Return the parts of a literal that N-Triples writes so; ValueError for anything else."""
    found = _LITERAL.fullmatch(term)
    if found is None:
        raise ValueError(f"not a canonical literal: {term}")
    return LiteralParts(_unescape(found[1]), found[2] or "", found[3] or "")


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


def group_subjects(triples: Iterable[Terms]) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Yield each subject with its predicates and their objects, the types first; the input is sorted."""
    for subject, statements in groupby(triples, key=lambda triple: triple[0]):
        properties = [
            (predicate, [value for _, _, value in same])
            for predicate, same in groupby(statements, key=lambda triple: triple[1])
        ]
        properties.sort(key=lambda pair: pair[0] != RDF_TYPE)  # stable: the rest keeps its order
        yield subject, properties
