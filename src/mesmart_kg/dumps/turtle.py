r"""Turtle and TriG that people can read: prefixes, one block a subject, sorted, the same bytes every time.

Oxigraph's own writer declares prefixes in an order that no one chose and writes ``:id\/city\/it-messina``;
here IRIs under the base are relative to it, as the files in ``data/`` write them. Only the prefixes that are
used are declared.

Specifications: Turtle 1.1, TriG 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mesmart_kg.dumps.lines import RDF_TYPE, Terms, group_subjects, split_triple
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import Quad, canonical_ntriples

# A part of PN_LOCAL (Turtle 1.1, grammar rule 168) that needs no escape and that every reader takes.
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
# A relative reference without a colon or a query, and without dot segments or empty ones,
# resolves to the base and itself put together (RFC 3986, section 5.2).
_RELATIVE = re.compile(
    r"(?!\.)[A-Za-z0-9._~%!$&'()*+,;=@-]+(?:/(?!\.)[A-Za-z0-9._~%!$&'()*+,;=@-]+)*/?(?:#[A-Za-z0-9._~-]+)?"
)
_INTEGER = re.compile(r'"([+-]?[0-9]+)"')
_XSD = PREFIXES["xsd"]


class Shortener:
    """Write N-Triples terms as Turtle does, and remember which prefixes that took."""

    def __init__(self, base_iri: str, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self._base = base_iri
        # The longest namespace that fits is the right one.
        self._namespaces = sorted(
            ((iri, name) for name, iri in prefixes.items()), key=lambda pair: -len(pair[0])
        )
        self._prefixes = prefixes
        self._used: set[str] = set()
        self._known: dict[str, str] = {}

    def shorten(self, term: str) -> str:
        """Return the Turtle form of a term given in N-Triples form."""
        short = self._known.get(term)
        if short is None:
            short = self._known[term] = (
                self._shorten_iri(term) if term[0] == "<" else self._shorten_literal(term)
            )
        return short

    def _shorten_iri(self, term: str) -> str:
        iri = term[1:-1]
        for namespace, prefix in self._namespaces:
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                self._used.add(prefix)
                return f"{prefix}:{iri[len(namespace) :]}"
        if iri.startswith(self._base) and _RELATIVE.fullmatch(iri, len(self._base)):
            return f"<{iri[len(self._base) :]}>"
        return term

    def _shorten_literal(self, term: str) -> str:
        if not term.endswith(">") or term[0] != '"':
            return term  # a plain or tagged string, or a blank node
        text, _, datatype = term.rpartition("^^")
        if datatype == f"<{_XSD}integer>" and (number := _INTEGER.fullmatch(text)):
            return number[1]
        if datatype == f"<{_XSD}boolean>" and text in ('"true"', '"false"'):
            return text.strip('"')
        return f"{text}^^{self.shorten(datatype)}"

    def declarations(self) -> Iterator[str]:
        """Yield a line for the base and for each prefix used so far, in the order of the one table."""
        yield f"@base <{self._base}> .\n"
        for prefix, iri in self._prefixes.items():
            if prefix in self._used:
                yield f"@prefix {prefix}: <{iri}> .\n"


def to_turtle(triples: Iterable[Terms], base_iri: str) -> Iterator[str]:
    """Yield the Turtle text of sorted triples, piece by piece."""
    shortener = Shortener(base_iri)
    body = [f"\n{block}" for block in _blocks(triples, shortener, "")]
    # Which prefixes to declare is known only when all is written.
    yield from (*shortener.declarations(), *body)


def to_trig(graphs: Mapping[str, Iterable[Terms]], base_iri: str) -> Iterator[str]:
    """Yield the TriG text of named graphs whose triples are sorted, piece by piece."""
    shortener = Shortener(base_iri)
    body: list[str] = []
    for graph, triples in graphs.items():
        body += [f"\n{shortener.shorten(graph)} {{\n", "\n".join(_blocks(triples, shortener, "    ")), "}\n"]
    yield from (*shortener.declarations(), *body)


def quads_to_turtle(quads: Iterable[Quad], base_iri: str) -> str:
    """Return the Turtle text of the quads, without the names of their graphs."""
    lines = canonical_ntriples(quad.triple for quad in quads)
    return "".join(to_turtle(map(split_triple, lines), base_iri))


def _blocks(triples: Iterable[Terms], shortener: Shortener, indent: str) -> Iterator[str]:
    shorten = shortener.shorten
    for subject, properties in group_subjects(triples):
        written = [
            ("a" if predicate == RDF_TYPE else shorten(predicate)) + " " + ", ".join(map(shorten, values))
            for predicate, values in properties
        ]
        yield f"{indent}{shorten(subject)} " + f" ;\n{indent}    ".join(written) + " .\n"
