"""Constraints on one value, without other shapes: their checks, by the predicate of the shape.

Each follows pyshacl's component of that name: what it says of blank nodes, of languages, of flags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from rdflib import RDF, RDFS, SH, Literal, URIRef

from mesmart_kg.validation.lexical import Check, datatype_check, range_check
from mesmart_kg.validation.patterns import translate
from mesmart_kg.validation.terms import Uncompilable, constant_text, iri_text, list_members, string_text

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

Rule = Callable[["Graph", "Node", "Node", str], Check]
"""From the shapes, a shape, one value of its predicate, and the variable of the node that is checked."""

_KINDS: Final = {
    SH.IRI: ("isIRI",),
    SH.BlankNode: ("isBlank",),
    SH.Literal: ("isLiteral",),
    SH.BlankNodeOrIRI: ("isBlank", "isIRI"),
    SH.BlankNodeOrLiteral: ("isBlank", "isLiteral"),
    SH.IRIOrLiteral: ("isIRI", "isLiteral"),
}


def all_of(checks: Iterable[Check]) -> Check:
    """Return the check that all of some hold."""
    made = list(checks)
    parts = [check.ok for check in made if check.ok != "true"]
    return Check(f"({' && '.join(parts)})" if parts else "true", all(check.is_exact for check in made))


def any_of(checks: Iterable[Check]) -> Check:
    """Return the check that one or more of some hold."""
    made = list(checks)
    return Check(f"({' || '.join(check.ok for check in made)})", all(check.is_exact for check in made))


def closed_check(known: Iterable[Node | None], value: str, predicate: str, told: str) -> Check:
    """Return the check that nothing is told of a variable's value but by the predicates that are known."""
    names = sorted(iri_text(each) for each in known if isinstance(each, URIRef))
    other = f"{predicate} NOT IN ({', '.join(names)})" if names else "true"
    # pyshacl lets anything be a resource.
    resource = f"(sameTerm({predicate}, {iri_text(RDF.type)}) && sameTerm({told}, {iri_text(RDFS.Resource)}))"
    return Check(f"(!EXISTS {{ {value} {predicate} {told} FILTER({other} && !{resource}) }})")


def _datatype(_graph: Graph, _shape: Node, given: Node, value: str) -> Check:
    return datatype_check(given, value)


def _node_kind(_graph: Graph, _shape: Node, given: Node, value: str) -> Check:
    tests = _KINDS.get(URIRef(str(given)))
    if tests is None:
        raise Uncompilable("it names a kind of node that is none")
    return any_of(Check(f"{test}({value})") for test in tests)


def _range(sign: str) -> Rule:
    return lambda _graph, _shape, given, value: range_check(given, sign, value)


def _length(sign: str) -> Rule:
    def check(_graph: Graph, _shape: Node, given: Node, value: str) -> Check:
        length = int(str(given))
        return Check(f"COALESCE(!isBlank({value}) && STRLEN(STR({value})) {sign} {length}, false)")

    return check


def _pattern(graph: Graph, shape: Node, given: Node, value: str) -> Check:
    flags = list(graph.objects(shape, SH.flags))
    if len(flags) > 1 or not isinstance(given, Literal) or given.datatype is not None:
        raise Uncompilable("its pattern is not a plain text, or has flags of two kinds")
    letters = str(flags[0]).lower() if flags else ""
    made = translate(str(given), ignores_case="i" in letters, is_multiline="m" in letters)
    ok = f"COALESCE(!isBlank({value}) && REGEX(STR({value}), {string_text(made.text)}), false)"
    return Check(ok, made.is_exact)


def _language_in(graph: Graph, _shape: Node, given: Node, value: str) -> Check:
    languages = list_members(graph, given)
    if not all(isinstance(each, Literal) and each.datatype is None and str(each) for each in languages):
        raise Uncompilable("a language of it is no plain text")
    if any(str(each) == "*" for each in languages):
        return Check(f'COALESCE(LANG({value}) != "", false)')
    # pyshacl compares the whole tag, or its first part: not SPARQL's langMatches.
    listed = ", ".join(sorted({string_text(str(each).lower()) for each in languages}))
    tag = f"LCASE(LANG({value}))"
    return Check(f'COALESCE({tag} IN ({listed}) || STRBEFORE({tag}, "-") IN ({listed}), false)')


def _in(graph: Graph, _shape: Node, given: Node, value: str) -> Check:
    members = list_members(graph, given)
    texts = [constant_text(member) for member in members]
    if all(isinstance(member, URIRef) for member in members):
        return Check(f"COALESCE({value} IN ({', '.join(texts)}), false)")
    return any_of(Check(f"sameTerm({value}, {text})") for text in texts)


RULES: Final[dict[Node, Rule]] = {
    SH.datatype: _datatype,
    SH.nodeKind: _node_kind,
    SH.minInclusive: _range(">="),
    SH.minExclusive: _range(">"),
    SH.maxInclusive: _range("<="),
    SH.maxExclusive: _range("<"),
    SH.minLength: _length(">="),
    SH.maxLength: _length("<="),
    SH.pattern: _pattern,
    SH.languageIn: _language_in,
    SH["in"]: _in,
}
"""By predicate. Nothing here is asked before pyshacl has taken the constraint for well-formed."""
