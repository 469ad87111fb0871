"""A set of links of a release as a file, written as it is read, so that its length does not matter.

As N-Triples it lies there already (``PublishedSet.file``); the Turtle says the same. In CSV the columns are
those of the link, with the name of what is ours.

Specifications: RDF 1.1 Turtle; RFC 4180 (CSV; without byte order mark).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Final

from mesmart_kg.linksets.releasing import PublishedSet
from mesmart_kg.namespaces import PREFIXES, compact

COLUMNS: Final = ("subject", "subject_name", "predicate", "object", "object_name")
_BATCH: Final = 500
_USED: Final = ("dcterms", "owl", "prov", "schema", "skos", "void", "xsd")
_TYPE: Final = f"<{PREFIXES['rdf']}type>"
_DATE: Final = f"^^<{PREFIXES['xsd']}date>"
_INTEGER: Final = f"^^<{PREFIXES['xsd']}integer>"

Namer = Callable[[Iterable[str]], Mapping[str, str]]
"""From IRIs to the names of those that have one."""


def write_turtle(links: PublishedSet) -> Iterator[bytes]:
    """Yield a set as Turtle: what it says of itself, then the links."""
    head = "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in _USED)
    yield (head + "\n" + _describe(links)).encode()
    triples = links.triples()
    while part := list(islice(triples, _BATCH)):
        lines = (f"<{s}> {_short(f'<{p}>')} <{o}> .\n" for s, p, o in part)
        yield "".join(lines).encode()


def _describe(links: PublishedSet) -> str:
    told = list(links.description())
    if not told:
        return ""
    statements = []
    for predicate, group in groupby(told, key=lambda terms: terms[1]):
        values = ", ".join(_short(value) for _, _, value in group)
        statements.append(f"{'a' if predicate == _TYPE else _short(predicate)} {values}")
    return (
        f"<{links.iri}> " + " ;\n    ".join(sorted(statements, key=lambda text: text[:2] != "a ")) + " .\n\n"
    )


def _short(term: str) -> str:
    """Return a term of N-Triples as Turtle may write it."""
    if term.startswith("<"):
        name = compact(term[1:-1])
        return name if name.partition(":")[0] in _USED else term
    if term.endswith(_DATE):
        return term.removesuffix(_DATE) + "^^xsd:date"
    if term.endswith(_INTEGER):
        return term.removesuffix(_INTEGER).strip('"')
    return term


def write_csv(links: PublishedSet, name: Namer) -> Iterator[bytes]:
    """Yield the links of a set as CSV, one a row."""
    text = io.StringIO()
    writer = csv.writer(text)  # RFC 4180: commas, CRLF, quotes where needed
    writer.writerow(COLUMNS)
    triples = links.triples()
    while part := list(islice(triples, _BATCH)):
        names = name({end for subject, _, value in part for end in (subject, value)})
        writer.writerows((s, names.get(s, ""), p, o, names.get(o, "")) for s, p, o in part)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()
