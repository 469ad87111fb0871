"""Who may violate which shape: the compiled shapes asked of the engine, on all cores.

The engine answers outside Python's lock, so threads over one store do run at once.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesmart_kg.errors import QuerySyntaxError
from mesmart_kg.validation.classes import Classes
from mesmart_kg.validation.compiler import Compiler
from mesmart_kg.validation.terms import Uncompilable, to_rdflib

if TYPE_CHECKING:
    from concurrent.futures import Future

    from pyshacl.shape import Shape
    from pyshacl.shapes_graph import ShapesGraph
    from rdflib.term import Node

    from mesmart_kg.store import Dataset


@dataclass(frozen=True)
class Suspects:
    """By shape, the focus nodes that pyshacl must look at; and the shapes that it must look at all of.

    ``uncompiled`` gives the reason for each of those.
    """

    by_shape: dict[Node, frozenset[Node]]
    uncompiled: dict[Node, str]


def find_suspects(dataset: Dataset, shapes: ShapesGraph) -> Suspects:
    """Return what of a dataset's default graph may violate each shape that has targets."""
    compiler = Compiler(shapes, Classes(dataset))
    by_shape: dict[Node, frozenset[Node]] = {}
    uncompiled: dict[Node, str] = {}
    asked: dict[Node, list[Future[set[Node]]]] = {}
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for shape in shapes.shapes:
            if not _has_target(shape):
                continue
            try:
                queries = compiler.compile(shape)
            except Uncompilable as reason:
                uncompiled[shape.node] = str(reason)
                continue
            asked[shape.node] = [threads.submit(_ask, dataset, query) for query in queries]
        for node, answers in asked.items():
            try:
                by_shape[node] = frozenset().union(*(answer.result() for answer in answers))
            except QuerySyntaxError:
                uncompiled[node] = "the engine does not understand its query"
    return Suspects(by_shape, uncompiled)


def _ask(dataset: Dataset, query: str) -> set[Node]:
    return {to_rdflib(row["this"]) for row in dataset.select(query)}


def _has_target(shape: Shape) -> bool:
    return any(next(iter(given), None) is not None for given in shape.target())  # type: ignore[no-untyped-call]
