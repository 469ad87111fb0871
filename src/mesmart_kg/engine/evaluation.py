"""What Oxigraph is asked and told, in a worker: a query's dataset, the form of its answer, its errors.

What differs between Oxigraph and the standards is made good here: several default graphs are merged, names of
blank nodes mean the same from one query to the next (``blank_nodes``), errors of syntax have a place and are
short.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
)
from pyoxigraph import serialize as serialize_triples

from mesmart_kg import formats
from mesmart_kg.engine.blank_nodes import BLANK_NODE_FUNCTIONS, rewrite_blank_nodes
from mesmart_kg.engine.functions import AGGREGATES, FUNCTIONS, is_function_named
from mesmart_kg.engine.wire import Request
from mesmart_kg.errors import QueryRefused, QuerySyntaxError
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import OXIGRAPH_FORMATS

PREFIX_UNKNOWN: Final = "this prefix is not declared"
FUNCTION_UNKNOWN: Final = "This function is not known here:"
TEXT_STOPS: Final = "the text can't go on like this; is a sign missing or misplaced?"

_RESULTS: Final = {
    formats.RESULTS_JSON.name: QueryResultsFormat.JSON,
    formats.RESULTS_XML.name: QueryResultsFormat.XML,
    formats.RESULTS_CSV.name: QueryResultsFormat.CSV,
    formats.RESULTS_TSV.name: QueryResultsFormat.TSV,
}
_WITH_PREFIXES: Final = {formats.TURTLE.name, formats.TRIG.name, formats.RDFXML.name, formats.JSONLD.name}
_UNKNOWN_FUNCTION: Final = re.compile(r"The custom function (<.*>) is not supported", re.DOTALL)
_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def answer(store: Store, request: Request, output: Any) -> None:
    """Write the answer to a query to a binary file.

    Raises QuerySyntaxError with its place, QueryRefused for a function that is not known, and what Oxigraph
    and the file raise.
    """
    results = _evaluate(store, request)
    if isinstance(results, QueryTriples):
        rdf_format = OXIGRAPH_FORMATS[request.format]
        if request.format in _WITH_PREFIXES:
            serialize_triples(results, output, rdf_format, prefixes=dict(PREFIXES))
        else:
            results.serialize(output, rdf_format)
    elif isinstance(results, QuerySolutions) and request.rows is not None:
        _write_first(results, request.rows, output)
    else:
        results.serialize(output, _RESULTS[request.format])


def _evaluate(
    store: Store, request: Request, rewrites: bool = True
) -> QuerySolutions | QueryBoolean | QueryTriples:
    options: dict[str, Any] = {}
    if is_function_named(request.query):
        options |= {"custom_functions": dict(FUNCTIONS), "custom_aggregate_functions": dict(AGGREGATES)}
    rewritten = rewrite_blank_nodes(request.query) if rewrites else None
    if rewritten is not None:
        options["custom_functions"] = options.get("custom_functions", {}) | dict(BLANK_NODE_FUNCTIONS)
    if request.default_graphs is not None:
        names = [NamedNode(name) for name in request.named_graphs or ()]
        options["named_graphs"] = names
        if len(request.default_graphs) > 1:
            store = _merge(store, request.default_graphs, names)
            options["default_graph"] = DefaultGraph()
        else:
            options["default_graph"] = [NamedNode(name) for name in request.default_graphs]
    try:
        return store.query(rewritten or request.query, base_iri=request.base_iri, **options)
    except SyntaxError as error:
        if rewritten is not None:
            # The place of the error must be that in the text as it was written.
            return _evaluate(store, request, rewrites=False)
        raise _syntax_error(str(error)) from error
    except RuntimeError as error:
        if unknown := _UNKNOWN_FUNCTION.fullmatch(str(error)):
            raise QueryRefused(f"{FUNCTION_UNKNOWN} {unknown[1]}") from error
        raise


def _merge(store: Store, default_graphs: Iterable[str], names: Iterable[NamedNode]) -> Store:
    """Return a store whose default graph is the RDF merge of some graphs, beside the named ones.

    Given several default graphs, Oxigraph answers a triple once for each that holds it; a merge holds it
    once.
    """

    def quads() -> Iterator[Quad]:
        for name in default_graphs:
            for quad in store.quads_for_pattern(None, None, None, NamedNode(name)):
                yield Quad(quad.subject, quad.predicate, quad.object)
        for graph in names:
            yield from store.quads_for_pattern(None, None, None, graph)

    merged = Store()
    # Not bulk_extend: it takes 200 MB at once, whatever it is given.
    merged.extend(quads())
    return merged


def _syntax_error(message: str) -> QuerySyntaxError:
    place = _PLACE.match(message)
    if place is None:
        return QuerySyntaxError(message)
    line, column, expected = int(place[1]), int(place[2]), place[3]
    if "Prefix not found" in expected:
        expected = PREFIX_UNKNOWN
    elif len(expected) > 120:
        # The parser lists every character that a name may go on with: of no use to anyone.
        expected = TEXT_STOPS
    return QuerySyntaxError(expected, line, column)


def _write_first(solutions: QuerySolutions, rows: int, output: Any) -> None:
    """Write results in JSON, so many rows at most, and whether there are more (a member of our own)."""
    names = [variable.value for variable in solutions.variables]
    bindings = [
        {name: _to_json(term) for name, term in zip(names, solution, strict=True) if term is not None}
        for solution in islice(solutions, rows)
    ]
    more = next(solutions, None) is not None
    output.write(
        json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}, "more": more}).encode()
    )


def _to_json(term: Any) -> dict[str, Any]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Literal):
        if term.language is not None:
            return {"type": "literal", "value": term.value, "xml:lang": term.language}
        return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    return {"type": "literal", "value": str(term)}
