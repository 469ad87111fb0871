"""Shapes: reading them, giving their blank nodes names, preparing them for pyshacl.

Published shapes hold no blank nodes, like all that a release holds, so that two releases can be compared
line by line. A blank node is named after what it says: two equal lists become one. The exception are
complex property paths, which SHACL (section 2.3.1) allows to be blank nodes only; the project's own shapes
use none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rdflib import RDF, RDFS, SH, BNode, Graph, URIRef
from rdflib.plugins.parsers.notation3 import BadSyntax

from mesmart_kg import formats, store
from mesmart_kg.errors import ShapeError
from mesmart_kg.namespaces import PREFIXES, SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rdflib.term import Node

_TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
_SHAPE_EXPECTING = (SH.node, SH["not"], SH.qualifiedValueShape, RDF.first)


def read_shapes(files: Iterable[Path]) -> Graph:
    """Read Turtle files of shapes into one graph, with names for the blank nodes of each.

    Raises ShapeError, with file name and line, where one is not Turtle.
    """
    merged = Graph()
    for prefix, namespace in PREFIXES.items():
        merged.bind(prefix, namespace)
    for file in sorted(files):
        graph = Graph()
        try:
            graph.parse(file, format="turtle")
        except BadSyntax as error:
            reason = error.message.strip().splitlines()[0] if error.message.strip() else "not Turtle"
            raise ShapeError(f"{file.name}:{error.lines + 1}: {reason}") from error
        for triple in _with_names(graph):
            merged.add(triple)
    return merged


def shape_quads(shapes: Graph, graph_name: str) -> Iterator[store.Quad]:
    """Yield the shapes as quads of one named graph (``graph/shapes``), literals as the store keeps them."""
    name = store.NamedNode(graph_name)
    text = shapes.serialize(format="nt", encoding="utf-8")
    for quad in store.parse_text(text, formats.NTRIPLES):
        yield store.canonical_quad(store.Quad(quad.subject, quad.predicate, quad.object, name))


def digest(graph: Graph, node: Node) -> str:
    """Return 16 hexadecimal digits drawn from what the graph says of a blank node, or from the term itself.

    Blank nodes are taken to form trees, as they do in shapes; a cycle raises ShapeError.
    """
    return hashlib.sha256(_account(graph, node, ()).encode()).hexdigest()[:16]


def _account(graph: Graph, node: Node, above: tuple[Node, ...]) -> str:
    if not isinstance(node, BNode):
        return node.n3()
    if node in above:
        raise ShapeError("a shape contains itself through blank nodes; give one of them an IRI")
    told = sorted(
        f"{predicate.n3()} {_account(graph, value, (*above, node))}"
        for predicate, value in graph.predicate_objects(node)
    )
    return f"[{'; '.join(told)}]"


def _with_names(graph: Graph) -> Iterator[tuple[Node, Node, Node]]:
    paths = _path_nodes(graph)

    def named(node: Node) -> Node:
        if not isinstance(node, BNode) or node in paths:
            return node
        kind = "list" if (node, RDF.first, None) in graph else "node"
        return URIRef(f"{SHAPES}{kind}-{digest(graph, node)}")

    for subject, predicate, value in graph:
        yield named(subject), predicate, named(value)


def _path_nodes(graph: Graph) -> set[Node]:
    """Return the blank nodes that are property paths or parts of one."""
    found: set[Node] = set()
    ahead = [path for path in graph.objects(None, SH.path) if isinstance(path, BNode)]
    while ahead:
        node = ahead.pop()
        if node not in found:
            found.add(node)
            ahead.extend(value for value in graph.objects(node) if isinstance(value, BNode))
    return found


def prepare(shapes: Graph) -> Graph:
    """Return a copy for one run of pyshacl, in which property shapes carry the targets of their node shape.

    pyshacl validates a property shape that stands under ``sh:property`` once for each focus node, and
    builds its constraints anew each time; a property shape with targets of its own it validates once, with
    all of them: four to five times faster on 8,000 cities. The results are the same (SHACL, section 4.7.2:
    those of the property shape, with the same focus nodes), as long as the node shape is used for nothing
    else and the property shape by no other.
    """
    prepared = Graph(identifier=shapes.identifier)
    prepared.namespace_manager = shapes.namespace_manager
    for triple in shapes:
        prepared.add(triple)
    for shape in set(shapes.subjects(SH.property)):
        targets = [(kind, value) for kind in _TARGETS for value in shapes.objects(shape, kind)]
        if not targets or not _stands_alone(shapes, shape):
            continue
        for inner in set(shapes.objects(shape, SH.property)):
            if len(set(shapes.subjects(SH.property, inner))) == 1 and _is_free(shapes, inner):
                prepared.remove((shape, SH.property, inner))
                for kind, value in targets:
                    prepared.add((inner, kind, value))
    return prepared


def narrow(prepared: Graph, focus_nodes: Mapping[Node, Iterable[Node]]) -> None:
    """Give shapes of a prepared graph the focus nodes named, in place of their targets."""
    classes = {RDFS.Class, *prepared.subjects(RDFS.subClassOf, RDFS.Class)}
    for shape, nodes in focus_nodes.items():
        for kind in _TARGETS:
            prepared.remove((shape, kind, None))
        # A shape that is a class has its instances for targets (SHACL, section 2.1.3.3).
        for each in classes:
            prepared.remove((shape, RDF.type, each))
        for node in nodes:
            prepared.add((shape, SH.targetNode, node))


def _stands_alone(shapes: Graph, shape: Node) -> bool:
    """Tell whether only its targets bring focus nodes to a node shape."""
    # A closed shape allows the properties of its property shapes: it must keep them.
    if any((shape, predicate, None) in shapes for predicate in (SH.path, SH.deactivated, SH.closed)):
        return False
    if (shape, RDF.type, RDFS.Class) in shapes or any(shapes.objects(shape, RDFS.subClassOf)):
        return False
    return not any((None, predicate, shape) in shapes for predicate in (*_SHAPE_EXPECTING, SH.property))


def _is_free(shapes: Graph, shape: Node) -> bool:
    """Tell whether a property shape has no targets yet and could be used by one node shape alone."""
    # Disjoint value shapes are looked for among all siblings (SHACL, section 4.7.3).
    if (shape, SH.qualifiedValueShape, None) in shapes:
        return False
    # What is no property shape is left where it stands, for pyshacl to complain of.
    if len(set(shapes.objects(shape, SH.path))) != 1:
        return False
    if any((None, predicate, shape) in shapes for predicate in _SHAPE_EXPECTING):
        return False
    return not any((shape, kind, None) in shapes for kind in _TARGETS)
