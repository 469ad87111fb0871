r"""Turtle and TriG that people can read: prefixes, one block a subject, sorted, the same bytes every time.

Oxigraph's own writer declares prefixes in an order that no one chose and writes ``:id\/city\/it-messina``;
here IRIs under the base are relative to it, as the files in ``data/`` write them. Only the prefixes that are
used are declared.

Specifications: Turtle 1.1, TriG 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from types import MappingProxyType
from typing import Final

from mesmart_kg.dumps.lines import RDF_TYPE, Grouped, Terms, group_subjects, split_triple
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
_BY_NAMESPACE: Final = MappingProxyType({iri: prefix for prefix, iri in PREFIXES.items()})


class Shortener(dict[str, str]):
    """The Turtle forms of terms given in N-Triples form: made when asked for, and then known.

    It remembers which prefixes that took.
    """

    def __init__(self, base_iri: str) -> None:
        super().__init__()
        self._base = base_iri
        self.used: set[str] = set()
        """The prefixes of the terms written so far."""

    def __missing__(self, term: str) -> str:
        short = self[term] = self._shorten_iri(term) if term[0] == "<" else self._shorten_literal(term)
        return short

    def _shorten_iri(self, term: str) -> str:
        iri = term[1:-1]
        # Every namespace ends in one of the two, which no local part of ours holds.
        end = max(iri.rfind("/"), iri.rfind("#")) + 1
        prefix = _BY_NAMESPACE.get(iri[:end])
        if prefix is not None and _LOCAL.fullmatch(iri, end):
            self.used.add(prefix)
            return f"{prefix}:{iri[end:]}"
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
        return f"{text}^^{self[datatype]}"


def declare(used: Collection[str], base_iri: str) -> Iterator[str]:
    """Yield a line for the base and for each prefix that is used, in the order of the one table."""
    yield f"@base <{base_iri}> .\n"
    for prefix, iri in PREFIXES.items():
        if prefix in used:
            yield f"@prefix {prefix}: <{iri}> .\n"


def to_turtle(triples: Iterable[Terms], base_iri: str) -> Iterator[str]:
    """Yield the Turtle text of sorted triples, piece by piece."""
    shortener = Shortener(base_iri)
    body = [f"\n{write_subject(grouped, shortener)}" for grouped in group_subjects(triples)]
    # Which prefixes to declare is known only when all is written.
    yield from (*declare(shortener.used, base_iri), *body)


def write_subject(grouped: Grouped, shortener: Shortener) -> str:
    """Return the block of one subject, up to the end of its last line."""
    subject, properties = grouped
    look_up = shortener.__getitem__
    written = [
        f"{'a' if predicate == RDF_TYPE else shortener[predicate]} {', '.join(map(look_up, values))}"
        for predicate, values in properties
    ]
    return f"{shortener[subject]} " + " ;\n    ".join(written) + " .\n"


def indent(block: str) -> str:
    """Return a block as it stands in the braces of a graph; line ends within literals are escaped."""
    return "    " + block[:-1].replace("\n", "\n    ") + "\n"


def quads_to_turtle(quads: Iterable[Quad], base_iri: str) -> str:
    """Return the Turtle text of the quads, without the names of their graphs."""
    lines = canonical_ntriples(quad.triple for quad in quads)
    return "".join(to_turtle(map(split_triple, lines), base_iri))
