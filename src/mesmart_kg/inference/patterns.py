"""What a rule's query matches, read from its text: which terms, and whether it needs or denies them.

A term is a property, and for ``rdf:type`` the class instead. Three ways of reading a term are told apart,
since they decide how a run may go on when something new is found:

* a *certain* pattern is matched by each solution. What is new follows from a new triple there;
* a *possible* term may be matched: in a branch of a UNION, along a path, in an EXISTS. More triples give more
  solutions, but not each solution has one of them;
* a *denied* term may take solutions away when more is found: in NOT EXISTS, MINUS, OPTIONAL, under COUNT or
  LIMIT.

Specification: SPARQL 1.1, section 18.2 (the algebra, as rdflib builds it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from rdflib import RDF, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

Pattern: TypeAlias = tuple[Any, Any, Any]

Terms: TypeAlias = frozenset[str] | None
"""IRIs of terms; None is any term at all."""

NO_TERMS: Final[frozenset[str]] = frozenset()

_OTHER_DATA: Final = frozenset({"Graph", "ServiceGraphPattern"})
_PLAIN: Final = frozenset({"Project", "BGP", "Join", "Filter"})


@dataclass(frozen=True)
class Reading:
    """What a query matches (see the module), and the triples of its template; None where it has none.

    ``is_plain`` tells that it is made of patterns and filters alone, ``is_single`` that it is one pattern and
    nothing else.
    """

    certain: tuple[Pattern, ...]
    possible: Terms
    denied: Terms
    template: tuple[Pattern, ...] | None
    is_plain: bool
    is_single: bool

    @property
    def terms(self) -> Terms:
        """All terms that it reads in any way; None for one that may match any triple."""
        return unite([to_terms(self.certain), self.possible, self.denied])


def read_query(query: str) -> Reading:
    """Read a CONSTRUCT. Raises ValueError where it asks for graphs by name, or for data of elsewhere.

    Raises what rdflib's parser does for a text that is no SPARQL.
    """
    algebra = prepareQuery(query).algebra
    if algebra.get("datasetClause"):
        raise ValueError("it names its data by FROM; a rule sees all graphs as one")
    found = _Found()
    _collect(algebra["p"], found, is_certain=True)
    template = algebra.get("template")
    is_plain = found.names <= _PLAIN and not found.denied and not found.possible
    return Reading(
        certain=tuple(found.certain),
        possible=to_terms(found.possible),
        denied=to_terms(found.denied),
        template=None if template is None else tuple(template),
        is_plain=found.names <= _PLAIN,
        is_single=is_plain and "Filter" not in found.names and len(found.certain) == 1,
    )


def find_terms_read(query: str) -> Terms:
    """Return the IRIs of the properties, or for ``rdf:type`` the classes, that a query matches.

    None where that can't be told from the text: a variable for a property or class, a negated path, a path of
    any length, none included, between two things of which nothing else is said.
    """
    return read_query(query).terms


def unite(parts: Iterable[Terms]) -> Terms:
    """Return the terms of all parts."""
    united: set[str] = set()
    for part in parts:
        if part is None:
            return None
        united |= part
    return frozenset(united)


def to_terms(patterns: Iterable[Pattern]) -> Terms:
    """Return the terms that patterns match."""
    return unite(map(to_term, patterns))


def to_term(pattern: Pattern) -> Terms:
    """Return the terms that one pattern matches: one, those of its path, or any."""
    _, predicate, value = pattern
    if predicate == RDF.type:
        return frozenset({str(value)}) if isinstance(value, URIRef) else None
    properties = _properties(predicate)
    if properties is None or RDF.type in properties:
        return None
    return frozenset(map(str, properties))


@dataclass
class _Found:
    """The patterns of each kind, and the names of the nodes of the algebra that they stand in."""

    certain: list[Pattern] = field(default_factory=list)
    possible: list[Pattern] = field(default_factory=list)
    denied: list[Pattern] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def _collect(part: Any, found: _Found, *, is_certain: bool) -> None:
    """Sort the patterns below a node of the algebra, of which each solution is one if ``is_certain``."""
    name = part.name
    if name in _OTHER_DATA:
        raise ValueError("it asks for a graph by name, or another server; a rule sees all graphs as one")
    found.names.add(name)
    match name:
        case "BGP":
            for pattern in _ground(part["triples"]):
                is_path = isinstance(pattern[1], Path)
                (found.certain if is_certain and not is_path else found.possible).append(pattern)
        case "Project":
            _collect(part["p"], found, is_certain=is_certain)
        case "Join":
            _collect(part["p1"], found, is_certain=is_certain)
            _collect(part["p2"], found, is_certain=is_certain)
        case "Union":
            _collect(part["p1"], found, is_certain=False)
            _collect(part["p2"], found, is_certain=False)
        case "ToMultiSet":  # a subquery, whose variables are not all seen from outside; or VALUES
            _collect(part["p"], found, is_certain=False)
        case "Filter":
            _collect(part["p"], found, is_certain=is_certain)
            _weigh(part["expr"], found)
        case "Extend":
            _collect(part["p"], found, is_certain=is_certain)
            _deny(part["expr"], found)
        case "LeftJoin" | "Minus":
            _collect(part["p1"], found, is_certain=is_certain)
            _deny([part["p2"], part.get("expr")], found)
        case _:
            _deny(part, found)


def _weigh(expression: Any, found: _Found) -> None:
    """Sort the patterns of a filter: possible where it asks that something exists, else denied."""
    name = getattr(expression, "name", "")
    if name in {"ConditionalAndExpression", "ConditionalOrExpression"}:
        _weigh(expression["expr"], found)
        for other in expression["other"]:
            _weigh(other, found)
    elif name == "Builtin_EXISTS" and all(
        each.name == "TriplesBlock" for each in expression["graph"]["part"]
    ):
        found.possible.extend(_patterns(expression))
    else:
        _deny(expression, found)


def _deny(part: Any, found: _Found) -> None:
    found.denied.extend(_patterns(part))


def _patterns(part: Any) -> Iterator[Pattern]:
    """Yield the triple patterns anywhere below a node of rdflib's algebra, those of EXISTS included."""
    if isinstance(part, CompValue):
        if part.name in _OTHER_DATA | {"GraphGraphPattern"}:
            raise ValueError("it asks for a graph by name, or another server; a rule sees all graphs as one")
        if part.name == "BGP":
            yield from _ground(part["triples"])
        elif part.name == "TriplesBlock":  # within EXISTS: lists of subject, property, object, subject, ...
            for terms in part["triples"]:
                yield from _ground(list(zip(terms[0::3], terms[1::3], terms[2::3], strict=True)))
        else:
            for inner in part.values():
                yield from _patterns(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _patterns(inner)


def _ground(patterns: list[Pattern]) -> Iterator[Pattern]:
    """Yield the patterns of a group, with a variable as property for a path that leads from all to itself.

    A path of no steps holds of whatever is in the data. Where another pattern says of which things, it needs
    no other triples.
    """
    told = {
        end for pattern in patterns if not isinstance(pattern[1], Path) for end in (pattern[0], pattern[2])
    }
    for pattern in patterns:
        subject, predicate, value = pattern
        if _may_be_empty(predicate) and not any(isinstance(x, URIRef) or x in told for x in (subject, value)):
            yield subject, Variable("any"), value
        else:
            yield pattern


def _may_be_empty(path: Any) -> bool:
    if isinstance(path, MulPath):
        return path.mod in {"*", "?"} or _may_be_empty(path.path)
    if isinstance(path, InvPath):
        return _may_be_empty(path.arg)
    if isinstance(path, SequencePath):
        return all(map(_may_be_empty, path.args))
    return isinstance(path, AlternativePath) and any(map(_may_be_empty, path.args))


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
