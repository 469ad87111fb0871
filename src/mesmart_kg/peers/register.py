"""The register: ``data/endpoints.ttl``, published as ``graph/endpoints``.

Each entry is an ``sd:Service`` (SPARQL 1.1 Service Description), named by its own address, with a title and a
description in Italian and English, the page that tells of it (``dcterms:source``) and, if it is a city's,
that city (``dcterms:spatial``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mesmart_kg import formats
from mesmart_kg.engine import Engine, Solutions, Terms
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.store import Literal, NamedNode, Term, parse_text

REGISTER: Final = "endpoints.ttl"
"""The file of the register, in ``data/``."""

_QUERY: Final = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
SELECT ?peer ?property ?value WHERE {{
  GRAPH <{graph}> {{
    ?peer a sd:Service ; ?property ?value .
    VALUES ?property {{ dcterms:title dcterms:description dcterms:source dcterms:spatial }}
  }}
}}
"""


@dataclass(frozen=True)
class Peer:
    """An endpoint of the register; texts by language, ``city`` the IRI of a city of ours."""

    url: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    sources: tuple[str, ...]
    city: str | None = None


def read_register(turtle: bytes, base_iri: str) -> tuple[Peer, ...]:
    """Return the entries of a register, by address. Raises SyntaxError, ValueError for bad Turtle."""
    quads = list(parse_text(turtle, formats.TURTLE, base_iri))
    kind, service = expand("rdf:type"), expand("sd:Service")
    peers = {
        quad.subject.value
        for quad in quads
        if isinstance(quad.subject, NamedNode)
        and quad.predicate.value == kind
        and isinstance(quad.object, NamedNode)
        and quad.object.value == service
    }
    told = (
        (quad.subject.value, quad.predicate.value, quad.object)
        for quad in quads
        if isinstance(quad.subject, NamedNode)
        and quad.subject.value in peers
        and isinstance(quad.object, NamedNode | Literal)
    )
    return _to_peers(told)


def list_peers(engine: Engine, base_iri: str, terms: Terms | None = None) -> tuple[Peer, ...]:
    """Return the register of a release, by address. Raises what an engine raises."""
    query = _QUERY.format(graph=GraphNames(base_iri).named("endpoints"))
    found: Solutions = engine.select(query, terms=terms)
    return _to_peers((row["peer"].value, row["property"].value, row["value"]) for row in found.rows)


def _to_peers(told: Iterable[tuple[str, str, Term]]) -> tuple[Peer, ...]:
    entries: dict[str, dict[str, list[Term]]] = {}
    for peer, predicate, value in told:
        entries.setdefault(peer, {}).setdefault(predicate, []).append(value)
    return tuple(_to_peer(url, entries[url]) for url in sorted(entries))


def _to_peer(url: str, told: Mapping[str, list[Term]]) -> Peer:
    cities = sorted(_iris(told.get(expand("dcterms:spatial"), ())))
    return Peer(
        url,
        _by_language(told.get(expand("dcterms:title"), ())),
        _by_language(told.get(expand("dcterms:description"), ())),
        tuple(sorted(_iris(told.get(expand("dcterms:source"), ())))),
        cities[0] if cities else None,
    )


def _iris(terms: Iterable[Term]) -> list[str]:
    return [term.value for term in terms if isinstance(term, NamedNode)]


def _by_language(terms: Iterable[Term]) -> Mapping[str, str]:
    texts = {term.language or "": term.value for term in terms if isinstance(term, Literal)}
    return MappingProxyType(dict(sorted(texts.items())))
