"""What an engine answers, as values: SPARQL 1.1 Query Results JSON, and graphs in N-Triples."""

from __future__ import annotations

import json
from typing import Any

from mesmart_kg.engine.protocol import Graph, Solution, Solutions
from mesmart_kg.errors import EngineUnavailable
from mesmart_kg.formats import NTRIPLES
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term, parse_text


def read_solutions(document: bytes, rows: int | None = None) -> Solutions:
    """Return the solutions of a document, so many at most; EngineUnavailable if it is no such document."""
    try:
        results = json.loads(document)
        variables = tuple(results["head"]["vars"])
        bindings = results["results"]["bindings"]
        kept = bindings if rows is None else bindings[:rows]
        known: dict[tuple[str | None, ...], Term] = {}
        solutions = tuple(_read_row(row, known) for row in kept)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise EngineUnavailable("the engine's answer is not a result document") from error
    complete = len(kept) == len(bindings) and not results.get("more", False)
    return Solutions(variables, solutions, complete)


def read_boolean(document: bytes) -> bool:
    """Return the boolean of a result document; EngineUnavailable if it holds none."""
    try:
        value = json.loads(document)["boolean"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise EngineUnavailable("the engine's answer is not a boolean") from error
    if not isinstance(value, bool):
        raise EngineUnavailable("the engine's answer is not a boolean")
    return value


def read_graph(document: bytes) -> Graph:
    """Return the triples of an N-Triples document; EngineUnavailable if it is none."""
    try:
        return frozenset(quad.triple for quad in parse_text(document, NTRIPLES))
    except (SyntaxError, ValueError) as error:
        raise EngineUnavailable("the engine's answer is not N-Triples") from error


def _read_row(row: dict[str, Any], known: dict[tuple[str | None, ...], Term]) -> Solution:
    """Return a row as terms; rows repeat each other's, and ``known`` are those that were made already."""
    solution = {}
    for name, term in row.items():
        key = term["value"], term["type"], term.get("datatype"), term.get("xml:lang")
        if key not in known:
            known[key] = _read_term(term)
        solution[name] = known[key]
    return solution


def _read_term(term: dict[str, Any]) -> Term:
    match term["type"]:
        case "uri":
            return NamedNode(term["value"])
        case "bnode":
            return BlankNode(term["value"])
        case "literal" | "typed-literal":
            language = term.get("xml:lang")
            if language:
                return Literal(term["value"], language=language)
            datatype = term.get("datatype")
            return Literal(term["value"], datatype=NamedNode(datatype) if datatype else None)
        case other:
            raise ValueError(f"unknown type of term: {other}")
