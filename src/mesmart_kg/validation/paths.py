"""SHACL's property paths as SPARQL's, read as pyshacl walks them.

One reading is pyshacl's own: it takes the inverse of a sequence member by member, in the order they are
written, where SPARQL would turn the order round. The judge is followed, right or wrong.

Specifications: SHACL, section 2.3.1; SPARQL 1.1 Query Language, section 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rdflib import RDF, SH, BNode, URIRef

from mesmart_kg.validation.terms import Uncompilable, iri_text, list_members

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_SIGNS: Final = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}
_KINDS: Final = frozenset({RDF.first, SH.inversePath, SH.alternativePath, *_SIGNS})
# pyshacl gives up at ten.
_DEPTH: Final = 9


@dataclass(frozen=True)
class Path:
    """A path in SPARQL's syntax; ``is_bounded`` where no part of it may be empty, or go on and on.

    One that is not must be asked from a known node: from anywhere, it would be asked from everywhere.
    """

    text: str
    is_bounded: bool = True


def compile_path(graph: Graph, path: Node | None) -> Path:
    """Return the path that a node of the shapes stands for; Uncompilable where pyshacl would refuse it."""
    return _compile(graph, path, is_inverse=False, depth=0)


def _compile(graph: Graph, path: Node | None, *, is_inverse: bool, depth: int) -> Path:
    if isinstance(path, URIRef):
        return Path(("^" if is_inverse else "") + iri_text(path))
    if not isinstance(path, BNode) or depth > _DEPTH:
        raise Uncompilable("its path is malformed, or too deep")
    kinds = {predicate for predicate in graph.predicates(path) if predicate in _KINDS}
    if len(kinds) != 1 or len(values := list(graph.objects(path, kind := kinds.pop()))) != 1:
        raise Uncompilable("its path is malformed")
    (value,) = values
    if kind == RDF.first:
        # The walk goes one deeper with each member of a sequence.
        members = _members(graph, path)
        if depth + len(members) > _DEPTH:
            raise Uncompilable("its path is too deep")
        parts = [
            _compile(graph, member, is_inverse=is_inverse, depth=depth + 1 + number)
            for number, member in enumerate(members)
        ]
        return _joined(parts, "/")
    if kind == SH.inversePath:
        return _compile(graph, value, is_inverse=not is_inverse, depth=depth + 1)
    if kind == SH.alternativePath:
        parts = [
            _compile(graph, part, is_inverse=is_inverse, depth=depth + 1) for part in _members(graph, value)
        ]
        return _joined(parts, "|")
    inner = _compile(graph, value, is_inverse=is_inverse, depth=depth + 1)
    return Path(f"({inner.text}){_SIGNS[URIRef(str(kind))]}", is_bounded=False)


def _joined(parts: list[Path], sign: str) -> Path:
    text = sign.join(f"({part.text})" for part in parts)
    return Path(text, all(part.is_bounded for part in parts))


def _members(graph: Graph, node: Node) -> list[Node]:
    found = list_members(graph, node)
    if len(found) < 2:
        raise Uncompilable("its path holds a list of one")
    return found
