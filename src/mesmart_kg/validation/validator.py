"""The validator: pyshacl run on a read-only graph, silenced, its exceptions turned into ours.

pyshacl's home. It is told not to infer, not to fetch imports, and to keep to SHACL 1.0 (no advanced
features).
"""

from __future__ import annotations

import gc
import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyshacl
from pyshacl.errors import ShapeRecursionWarning
from rdflib import Graph

from mesmart_kg.errors import ShapeError
from mesmart_kg.validation.data_graph import copy_graph, to_data_graph
from mesmart_kg.validation.report import Locate, Report, locate_findings, to_report
from mesmart_kg.validation.shapes import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mesmart_kg import store
    from mesmart_kg.namespaces import GraphNames


def validate(
    dataset: store.Dataset, shapes: Graph, names: GraphNames, locate: Locate | None = None
) -> Report:
    """Validate what a dataset asserts: the graphs of its default graph, without ``graph/inferred``.

    ``locate`` gives the places in files where an IRI is told; it is asked for the focus node of each finding.
    Raises ShapeError.
    """
    told = (name for name in dataset.graph_names() if names.in_default_graph(name) and name != names.inferred)
    quads = (quad for name in told for quad in dataset.quads(name))
    return validate_quads(quads, shapes, report_iri=f"{names.base}report/validation", locate=locate)


def validate_quads(
    quads: Iterable[store.Quad], shapes: Graph, report_iri: str, locate: Locate | None = None
) -> Report:
    """Validate the merge of the quads' graphs, whatever their names; otherwise as `validate`."""
    with _fewer_collections(), _silence():
        report = _run(to_data_graph(quads, shapes), shapes, report_iri)
    return report if locate is None else locate_findings(report, locate)


def validate_graph(data: Graph, shapes: Graph, report_iri: str) -> Report:
    """Validate an rdflib graph; neither graph is changed. Raises ShapeError."""
    with _silence():
        return _run(copy_graph(data), shapes, report_iri)


def _run(data: Graph, shapes: Graph, report_iri: str) -> Report:
    try:
        _, results, _ = pyshacl.validate(
            data,
            shacl_graph=prepare(shapes),
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
    if not isinstance(results, Graph):
        # pyshacl returns, instead of raising, what SHACL calls a failure (section 3.4).
        raise ShapeError(f"the shapes can't be applied: {_first_line(results)}")
    return to_report(results, shapes, report_iri)


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


@contextmanager
def _silence() -> Iterator[None]:
    """Keep off standard error what pyshacl logs, and rdflib of ill-typed literals: reports tell it."""
    logs = [logging.getLogger(name) for name in ("pyshacl-validate", "rdflib.term")]
    before = [(log, log.disabled, list(log.handlers)) for log in logs]
    for log in logs:
        log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ShapeRecursionWarning)
            # Raised by rdflib for "yes"^^xsd:boolean, which is a finding, not a reason to stop.
            warnings.filterwarnings("ignore", "Parsing weird boolean", UserWarning)
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
