"""Queries with calls of SERVICE, generated: for comparing an answer with the one over merged data.

A call joins as GRAPH does, so ``SERVICE <http://one/> { … }`` must answer as ``GRAPH <http://one/> { … }``
does on a store that holds the other's statements in that graph.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pyoxigraph import Literal, NamedNode

PREFIX = "PREFIX x: <http://x/>\n"
CALL = "@CALL@"
"""Stands where SERVICE does, or GRAPH."""

NODES = [NamedNode(f"http://x/{name}") for name in "abc"]
TERMS = [*NODES, Literal("a"), Literal("b", language="en"), Literal(1)]
_NAMES = ["?s", "?o", "?t", "?u"]
_SUBJECTS = st.sampled_from([*_NAMES, "x:a", "x:b"])
_PREDICATES = st.sampled_from(["x:a", "x:b", "x:c", "?t"])
_OBJECTS = st.sampled_from([*_NAMES, "x:a", "x:c", '"a"', "1"])

triples = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), st.sampled_from(TERMS)), min_size=4, max_size=14
)
_pattern = st.lists(st.tuples(_SUBJECTS, _PREDICATES, _OBJECTS).map(" ".join), min_size=1, max_size=2).map(
    lambda lines: " . ".join(lines) + " "
)
_condition = st.sampled_from(
    [
        "(?s = ?o)", "(?s != ?t)", "(BOUND(?o))", "(!BOUND(?u))", "isIRI(?o)", "(?o = x:a || ?u = x:b)",
        "NOT EXISTS { ?s x:a ?u }", "EXISTS { ?o ?t ?u }", "(STR(?o) = 'a')",
    ]
)  # fmt: skip
_filter = _condition.map(lambda text: f"FILTER {text} ")
_values = st.sampled_from(
    ["VALUES ?s { x:a x:b } ", "VALUES (?s ?o) { (x:a UNDEF) (x:b x:c) } ", 'VALUES ?o { "a" 1 x:a } ']
)
_bind = st.integers(1, 9).flatmap(
    lambda n: st.sampled_from([f"BIND(?s AS ?bound{n}) ", f"BIND(IRI(STR(?o)) AS ?bound{n}) "])
)


def _within(kind: str, inner: SearchStrategy[str]) -> SearchStrategy[str]:
    return inner.map(lambda text: f"{kind} {{ {text}}} ")


def _theirs(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    parts = st.one_of(_pattern, _filter, _values, _within("OPTIONAL", inner), _within("MINUS", inner))
    return st.lists(parts, min_size=1, max_size=3).map("".join)


def _join(parts: list[str]) -> str:
    """Join parts; triples end with a dot, lest the next ones go on with them."""
    return "".join(part if part[-2:] in {"", "} "} or part[:6] == "FILTER" else f"{part}. " for part in parts)


_call = st.one_of(_pattern, st.recursive(_pattern, _theirs, max_leaves=3)).map(
    lambda text: f"{CALL} <http://one/> {{ {text}}} "
)


_joined = st.tuples(_pattern, _call, st.one_of(st.just(""), _filter)).flatmap(st.permutations).map(_join)


def _ours(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    parts = st.one_of(
        _pattern,
        _joined,
        _filter,
        _values,
        _within("OPTIONAL", inner),
        _within("MINUS", inner),
        _within("", inner),
        st.tuples(inner, inner).map(lambda two: f"{{ {two[0]}}} UNION {{ {two[1]}}} "),
        inner.map(lambda text: f"{{ SELECT ?s ?o WHERE {{ {text}}} }} "),
        inner.map(lambda text: f"{{ SELECT DISTINCT ?s (COUNT(*) AS ?n) WHERE {{ {text}}} GROUP BY ?s }} "),
    )
    return st.lists(parts, min_size=1, max_size=4).map("".join)


groups = st.recursive(st.one_of(_joined, _call), _ours, max_leaves=5)
