"""Shapes and data made at random for tests: small, and full of what judges disagree on."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, Namespace
from rdflib.collection import Collection
from rdflib.namespace import XSD
from rdflib.term import Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


EX: Final = Namespace("https://data.example.org/")
CLASSES: Final = [EX.A, EX.B, EX.C]
PREDICATES: Final = [EX.p, EX.q, EX.r]
NODES: Final = [EX.a, EX.b, EX.c, EX.d, BNode("e")]
LITERALS: Final = [
    *(Literal(text) for text in ("", "x", "X1", "x\n", "été", "12", "a b", "\N{KELVIN SIGN}", "١٢")),
    *(Literal("x", lang=tag) for tag in ("en", "it", "en-gb", "it-CH")),
    Literal("y", lang="en"),
    *(Literal(number) for number in (-1, 0, 1, 2, 12)),
    *(
        Literal(form, datatype=kind, normalize=False)
        for kind, forms in {
            XSD.integer: ("many", "99999999999999999999999999"),
            XSD.decimal: ("1.5", "2", "-0.25", "1e3"),
            XSD.double: ("1", "1.5", "NaN", "INF"),
            XSD.boolean: ("true", "false", "yes"),
            XSD.date: ("2024-02-29", "2023-02-29", "2024-01-31", "2024-01-31Z", "2024"),
            XSD.dateTime: ("2024-01-31T10:00:00", "2024-01-31T10:00:00Z", "2024-01-31T24:00:00", "noon"),
            XSD.gYear: ("2024", "long ago"),
            XSD.anyURI: ("https://example.org/", "no address"),
            EX.colour: ("red",),
        }.items()
        for form in forms
    ),
]
_DATATYPES: Final = [
    *(
        XSD[name]
        for name in ("string", "integer", "decimal", "double", "boolean", "date", "dateTime", "gYear")
    ),
    *(XSD.anyURI, RDF.langString, RDFS.Literal, EX.colour, XSD.byte),
]
_KINDS: Final = [SH.IRI, SH.BlankNode, SH.Literal, SH.BlankNodeOrIRI, SH.BlankNodeOrLiteral, SH.IRIOrLiteral]
_PATTERNS: Final = [
    "^x",
    "x$",
    "^[a-z]+$",
    r"^\d+$",
    r"\w",
    ".",
    "^(x|y)?$",
    "[^x]",
    r"\D",
    "x(?=1)",
    "^$",
    "k",
]
_BOUNDS: Final = [
    *(Literal(number) for number in (0, 1, 2)),
    *(Literal("1.5", datatype=XSD.decimal), Literal("2024-01-31", datatype=XSD.date)),
    *(
        Literal("2024-01-31T10:00:00", datatype=XSD.dateTime),
        Literal("m"),
        Literal("1.5", datatype=XSD.double),
    ),
]
_CONSTANTS: Final = [*NODES[:3], *(value for value in LITERALS if "99" not in value)]
_QUERIES: Final = [
    "SELECT $this ?value { $this <https://data.example.org/p> ?value }",
    "SELECT $this { $this <https://data.example.org/p> ?a ; <https://data.example.org/q> ?b "
    "FILTER(STR(?a) < STR(?b) && STRLEN(STR(?a)) > 0) }",
    'SELECT $this ?value { $this <https://data.example.org/p> ?value FILTER(!STRSTARTS(STR(?value), "x")) }',
    "SELECT $this ?value { $this <https://data.example.org/q> ?value FILTER(?value < 2) }",
    "SELECT $this { FILTER NOT EXISTS { $this <https://data.example.org/q> ?value } }",
    "SELECT $this ?value { $this <https://data.example.org/p> ?value BIND(SUBSTR(STR(?value), 1, 1) AS ?s) "
    'FILTER(IF(?s = "x", STRLEN(?s) < 2, isIRI(?value))) }',
]


@st.composite
def data_graphs(draw: st.DrawFn) -> Graph:
    """Return data of a few nodes."""
    graph = Graph()
    term = st.sampled_from([*NODES, *LITERALS])
    for _ in range(draw(st.integers(0, 18))):
        graph.add((draw(st.sampled_from(NODES)), draw(st.sampled_from(PREDICATES)), draw(term)))
    for node in NODES:
        for kind in draw(st.lists(st.sampled_from(CLASSES), max_size=2)):
            graph.add((node, RDF.type, kind))
    for lower, upper in draw(st.lists(st.tuples(*[st.sampled_from(CLASSES)] * 2), max_size=2)):
        graph.add((lower, RDFS.subClassOf, upper))
    return graph


@st.composite
def shapes_graphs(draw: st.DrawFn) -> Graph:
    """Return one to three shapes with targets, and what stands within them."""
    return _Maker(draw).graph()


class _Maker:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._graph = Graph()
        self._numbers = count()

    def graph(self) -> Graph:
        for _ in range(self._draw(st.integers(1, 3))):
            self._target(self.shape(2))
        return self._graph

    def _one(self, choices: Sequence[Node | str]) -> Node:
        found = self._draw(st.sampled_from(choices))
        return found if isinstance(found, Node) else Literal(found)

    def _target(self, shape: Node) -> None:
        kind = self._one(
            [SH.targetClass, SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf]
        )
        choices: Mapping[Node, Sequence[Node]] = {
            SH.targetClass: CLASSES,
            SH.targetNode: [EX.a, EX.nobody, Literal("x"), Literal(12)],
        }
        self._graph.add((shape, kind, self._one(choices.get(kind, PREDICATES))))

    def shape(self, depth: int, *, has_path: bool | None = None) -> Node:
        """Add a shape, of one to three constraints; those within other shapes are not as deep."""
        shape = EX[f"shape{next(self._numbers)}"]
        if has_path is None:
            has_path = self._draw(st.booleans())
        self._graph.add((shape, RDF.type, SH.PropertyShape if has_path else SH.NodeShape))
        if has_path:
            self._graph.add((shape, SH.path, self._path(2)))
        for _ in range(self._draw(st.integers(1, 3))):
            self._constrain(shape, depth, has_path=has_path)
        if self._draw(st.integers(0, 15)) == 0:
            self._graph.add((shape, SH.deactivated, Literal(True)))
        return shape

    def _path(self, depth: int) -> Node:
        kinds = [SH.path] * 6
        if depth:
            kinds += [
                SH.inversePath,
                SH.alternativePath,
                SH.zeroOrMorePath,
                SH.oneOrMorePath,
                SH.zeroOrOnePath,
            ]
            kinds += [RDF.first]
        kind = self._one(kinds)
        if kind == SH.path:
            return self._one(PREDICATES)
        if kind == RDF.first:
            return self._list([self._path(depth - 1), self._path(depth - 1)])
        node = BNode()
        inner = self._path(depth - 1)
        if kind == SH.alternativePath:
            inner = self._list([inner, self._path(depth - 1)])
        self._graph.add((node, kind, inner))
        return node

    def _list(self, members: list[Node]) -> Node:
        node = BNode()
        Collection(self._graph, node, members)
        return node

    def _constrain(self, shape: Node, depth: int, *, has_path: bool) -> None:
        kinds = list(_SIMPLE)
        if has_path:
            kinds += [SH.minCount, SH.maxCount, SH.uniqueLang, SH.lessThan, SH.lessThanOrEquals]
        if depth:
            kinds += [SH.node, SH.property, SH["not"], SH["and"], SH["or"], SH.xone]
            kinds += [SH.qualifiedValueShape] if has_path else []
        kind = self._one(kinds)
        if kind == SH.closed or (shape, kind, None) in self._graph:
            # Of most kinds a shape may have one alone.
            if not has_path and (shape, SH.closed, None) not in self._graph:
                self._graph.add((shape, SH.closed, Literal(True)))
                ignored = self._list([RDF.type, self._one(PREDICATES)])
                self._graph.add((shape, SH.ignoredProperties, ignored))
            return
        if kind == SH.qualifiedValueShape:
            self._count(shape, depth)
        self._graph.add((shape, kind, self._value(kind, depth)))

    def _count(self, shape: Node, depth: int) -> None:
        bound = self._one([SH.qualifiedMinCount, SH.qualifiedMaxCount])
        self._graph.add((shape, bound, Literal(self._draw(st.integers(0, 2)))))
        if self._draw(st.booleans()):
            self._graph.add((shape, SH.qualifiedValueShapesDisjoint, Literal(True)))

    def _value(self, kind: Node, depth: int) -> Node:
        if kind in (SH.minCount, SH.maxCount):
            return Literal(self._draw(st.integers(0, 3)))
        if kind in (SH.minLength, SH.maxLength):
            return Literal(self._draw(st.integers(0, 3)))
        if kind == SH.uniqueLang:
            return Literal(True)
        if kind == SH.languageIn:
            return self._list([Literal("en"), Literal(self._draw(st.sampled_from(["it", "it-ch", "*"])))])
        if kind == SH["in"]:
            return self._list([self._one(_CONSTANTS), self._one(_CONSTANTS)])
        if kind == SH.sparql:
            node = BNode()
            self._graph.add((node, SH.select, self._one(_QUERIES)))
            return node
        if kind in (SH["and"], SH["or"], SH.xone):
            return self._list([self.shape(depth - 1) for _ in range(self._draw(st.integers(1, 3)))])
        if kind in (SH.node, SH.property):
            return self.shape(depth - 1, has_path=kind == SH.property)
        if kind in (SH["not"], SH.qualifiedValueShape):
            return self.shape(depth - 1)
        return self._one(_SIMPLE.get(kind, PREDICATES))


_SIMPLE: Final[Mapping[Node, Sequence[Node | str]]] = {
    SH["class"]: CLASSES,
    SH.datatype: _DATATYPES,
    SH.nodeKind: _KINDS,
    SH.minInclusive: _BOUNDS,
    SH.minExclusive: _BOUNDS,
    SH.maxInclusive: _BOUNDS,
    SH.maxExclusive: _BOUNDS,
    SH.minLength: [],
    SH.maxLength: [],
    SH.pattern: _PATTERNS,
    SH.languageIn: [],
    SH["in"]: [],
    SH.hasValue: _CONSTANTS,
    SH.equals: PREDICATES,
    SH.disjoint: PREDICATES,
    SH.closed: [],
    SH.sparql: [],
}
