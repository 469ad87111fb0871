"""The validator: pyshacl run on a read-only graph, silenced, its exceptions turned into ours.

pyshacl's home. It is told not to infer, not to fetch imports, and to keep to SHACL 1.0 (no advanced
features).
"""

from __future__ import annotations

import dataclasses
import gc
import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyshacl
from pyshacl.errors import ShapeRecursionWarning
from pyshacl.rdfutil.stringify import stringify_blank_node
from pyshacl.shapes_graph import ShapesGraph
from rdflib import Graph, URIRef

from mesmart_kg.errors import ShapeError
from mesmart_kg.namespaces import compact
from mesmart_kg.validation.data_graph import copy_graph, open_dataset, to_data_graph
from mesmart_kg.validation.report import Locate, Report, locate_findings, to_report
from mesmart_kg.validation.shapes import digest, narrow, prepare
from mesmart_kg.validation.suspects import find_suspects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

    from mesmart_kg import store

_LOG: Final = "pyshacl-validate"


def validate(dataset: store.Dataset, shapes: Graph, report_iri: str, locate: Locate | None = None) -> Report:
    """Validate the default graph of a dataset, which nobody may change meanwhile.

    The report is that of `validate_quads`. The way to it is shorter: the engine finds the nodes that may
    violate a shape, and only those are judged. ``locate`` gives the places in files where an IRI is told; it
    is asked for the focus node of each finding. Raises ShapeError.
    """
    with _fewer_collections(), silence():
        prepared = prepare(shapes)
        suspects = find_suspects(dataset, _read(prepared))
        narrow(prepared, suspects.by_shape)
        results = _run(open_dataset(dataset, prepared), prepared)
        report = to_report(results, shapes, report_iri)
    uncompiled = tuple(sorted(_named(shapes, node, why) for node, why in suspects.uncompiled.items()))
    report = dataclasses.replace(report, uncompiled=uncompiled)
    return report if locate is None else locate_findings(report, locate)


def validate_quads(
    quads: Iterable[store.Quad], shapes: Graph, report_iri: str, locate: Locate | None = None
) -> Report:
    """Validate the merge of the quads' graphs, whatever their names: all of it by pyshacl, in memory.

    For what is small, or not the store's to hold: it changes some datatypes. Otherwise as `validate`.
    """
    with _fewer_collections(), silence():
        results = _run(to_data_graph(quads, shapes), prepare(shapes))
        report = to_report(results, shapes, report_iri)
    return report if locate is None else locate_findings(report, locate)


def validate_graph(data: Graph, shapes: Graph, report_iri: str) -> Report:
    """Validate an rdflib graph; neither graph is changed. Raises ShapeError."""
    with silence():
        return to_report(_run(copy_graph(data), prepare(shapes)), shapes, report_iri)


def _read(prepared: Graph) -> ShapesGraph:
    """Return the shapes as pyshacl reads them."""
    read = ShapesGraph(prepared, logger=logging.getLogger(_LOG))
    try:
        _ = read.shapes
    except Exception as error:
        raise ShapeError(f"the shapes are malformed: {_first_line(error)}") from error
    return read


def _named(shapes: Graph, node: Node, why: str) -> str:
    named = isinstance(node, URIRef)
    return f"{compact(str(node)) if named else f'the nameless shape {digest(shapes, node)}'}: {why}"


def _run(data: Graph, prepared: Graph) -> Graph:
    """Return the results graph of pyshacl."""
    try:
        _, results, _ = pyshacl.validate(
            data,
            shacl_graph=prepared,
            inference="none",
            advanced=False,
            do_owl_imports=False,
            inplace=False,
        )
    except MemoryError:
        raise
    except Exception as error:
        # pyshacl has errors of its own for the faults it looks for; others surface as whatever Python or
        # rdflib raises where a shape is used: a regular expression, a SPARQL text, a list without an end.
        raise ShapeError(f"the shapes are malformed: {_first_line(error)}") from error
    finally:
        # It remembers how it wrote blank nodes, for good, by the address in memory of a graph that is gone:
        # another graph, at the same address, would be told of in the words of the first.
        stringify_blank_node.dict_cache.clear()
    if not isinstance(results, Graph):
        # pyshacl returns, instead of raising, what SHACL calls a failure (section 3.4).
        raise ShapeError(f"the shapes can't be applied: {_first_line(results)}")
    return results


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


@contextmanager
def silence() -> Iterator[None]:
    """Keep off standard error what pyshacl logs, and rdflib of ill-typed literals: reports tell it."""
    logs = [logging.getLogger(name) for name in (_LOG, "rdflib.term")]
    before = [(log, log.disabled, list(log.handlers)) for log in logs]
    for log in logs:
        log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ShapeRecursionWarning)
            # Raised by rdflib for "yes"^^xsd:boolean and its like: a finding, not a reason to stop.
            warnings.filterwarnings("ignore", "(Parsing|Serializing) weird ", UserWarning)
            yield
    finally:
        for log, disabled, handlers in before:
            log.disabled, log.handlers = disabled, handlers


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Put off garbage collection while hundreds of thousands of terms are made, none of them garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
