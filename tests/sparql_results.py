"""Answers as the suites compare them: whatever the format and the order, blank nodes by where they stand.

Read by the standard library's own parsers of XML, JSON and CSV, not by those of the engine that wrote them.
Numbers and truth values are compared by datatype and value, not by how they are written: the store keeps
values (``1.0E6`` is ``1000000``), and the recommendation lets it. CSV has no types: there, text is text.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import TypeAlias
from xml.etree import ElementTree

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
)
from rdflib import RDF, BNode, Graph, Namespace, URIRef
from rdflib import Literal as RdflibLiteral

Term: TypeAlias = NamedNode | BlankNode | Literal

_XSD = "http://www.w3.org/2001/XMLSchema#"
_EXACT = {_XSD + name for name in ("integer", "decimal")}
_FLOATING = {_XSD + name for name in ("double", "float")}
_SPARQL = "{http://www.w3.org/2005/sparql-results#}"
_RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")


@dataclass(frozen=True)
class Table:
    """The answer to a SELECT: its variables, and rows from variable to term."""

    variables: frozenset[str]
    rows: tuple[Mapping[str, Term], ...]


Answer: TypeAlias = Table | bool | frozenset[Quad]


def canonical(answer: Answer) -> object:
    """Return something that equals another exactly if the answers are the same."""
    match answer:
        case bool():
            return answer
        case Table():
            return (answer.variables, _canonical_graph(_to_quads(answer)))
        case _:
            return _canonical_graph(answer)


def difference(due: Answer, told: Answer) -> str:
    """Return in a few words how two answers differ; nothing if they are the same."""
    if canonical(due) == canonical(told):
        return ""
    if not isinstance(due, Table) or not isinstance(told, Table):
        return f"due {due}, told {told}"
    if due.variables != told.variables:
        return f"due the variables {set(due.variables)}, told {set(told.variables)}"
    missing, extra = _describe(due), _describe(told)
    return f"missing {dict(missing - extra)}, too many {dict(extra - missing)} (blank nodes aside)"


def _describe(table: Table) -> Counter[str]:
    def show(term: Term) -> str:
        return "_:" if isinstance(term, BlankNode) else str(_by_value(term))

    return Counter(
        " ".join(f"?{name}={show(row[name])}" for name in sorted(row)) or "(nothing)" for row in table.rows
    )


def _canonical_graph(quads: Iterable[Quad]) -> frozenset[Quad]:
    normal = (Quad(quad.subject, quad.predicate, _by_value(quad.object), quad.graph_name) for quad in quads)
    dataset = Dataset(normal)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(dataset)


def _to_quads(table: Table) -> Iterable[Quad]:
    # Each row is a node of its own, so that equal rows count as often as they come.
    for number, row in enumerate(table.rows):
        node = BlankNode(f"row{number}")
        yield Quad(node, NamedNode("urn:is"), NamedNode("urn:row"))
        for name, term in row.items():
            yield Quad(node, NamedNode(f"urn:variable:{name}"), term)


def _by_value(term: object) -> Term:
    assert isinstance(term, NamedNode | BlankNode | Literal)
    if isinstance(term, Literal):
        datatype = term.datatype.value
        try:
            if datatype in _EXACT:
                return Literal(f"{Decimal(term.value).normalize():f}", datatype=term.datatype)
            if datatype in _FLOATING:
                return Literal(repr(float(term.value)), datatype=term.datatype)
            if datatype == _XSD + "boolean":
                return Literal(
                    {"1": "true", "0": "false"}.get(term.value, term.value), datatype=term.datatype
                )
        except (ArithmeticError, ValueError):
            return term
    return term


def read_answer(text: bytes, kind: str, base: str = "") -> Answer:
    """Read an answer by the ending of its file: ``srx``, ``srj``, ``csv``, ``tsv``, ``ttl``, ``nt``.

    Relative IRIs of Turtle are resolved against the base.
    """
    match kind:
        case "srx":
            return _read_xml(text)
        case "srj":
            return _read_json(text)
        case "csv":
            return _read_csv(text)
        case "tsv":
            return _read_tsv(text)
        case "nt":
            return frozenset(parse(text, format=RdfFormat.N_TRIPLES))
        case _:
            return _read_turtle(text, base)


def _read_xml(text: bytes) -> Answer:
    root = ElementTree.fromstring(text)
    boolean = root.find(f"{_SPARQL}boolean")
    if boolean is not None:
        return (boolean.text or "").strip() == "true"
    variables = frozenset(each.get("name", "") for each in root.iter(f"{_SPARQL}variable"))
    rows = tuple(
        {binding.get("name", ""): _from_element(binding[0]) for binding in result}
        for result in root.iter(f"{_SPARQL}result")
    )
    return Table(variables, rows)


def _from_element(element: ElementTree.Element) -> Term:
    text = element.text or ""
    match element.tag.removeprefix(_SPARQL):
        case "uri":
            return NamedNode(text)
        case "bnode":
            return _blank(text)
        case _:
            language = element.get("{http://www.w3.org/XML/1998/namespace}lang")
            return _literal(text, language, element.get("datatype"))


def _read_json(text: bytes) -> Answer:
    document = json.loads(text)
    if "boolean" in document:
        return bool(document["boolean"])
    rows = tuple(
        {name: _from_object(term) for name, term in row.items()} for row in document["results"]["bindings"]
    )
    return Table(frozenset(document["head"]["vars"]), rows)


def _from_object(term: Mapping[str, str]) -> Term:
    match term["type"]:
        case "uri":
            return NamedNode(term["value"])
        case "bnode":
            return _blank(term["value"])
        case _:
            return _literal(term["value"], term.get("xml:lang"), term.get("datatype"))


def _read_csv(text: bytes) -> Answer:
    """Read CSV as what it is: words, without types; a blank node is told by its ``_:``."""
    names, *lines = csv.reader(StringIO(text.decode(), newline=""))
    rows = tuple(
        {
            name: _blank(value[2:]) if value.startswith("_:") else Literal(value)
            for name, value in zip(names, line, strict=True)
            if value
        }
        for line in lines
    )
    return Table(frozenset(names), rows)


def _read_tsv(text: bytes) -> Answer:
    head, *lines = (line.split("\t") for line in text.decode().removesuffix("\n").split("\n"))
    names = [name.removeprefix("?") for name in head]
    rows = tuple(
        {name: _from_turtle(value) for name, value in zip(names, line, strict=True) if value}
        for line in lines
    )
    return Table(frozenset(names), rows)


def _from_turtle(text: str) -> Term:
    if text.startswith("_:"):
        return _blank(text[2:])
    (quad,) = parse(f"<urn:s> <urn:p> {text} .", format=RdfFormat.TURTLE)
    assert isinstance(quad.object, NamedNode | Literal)
    return quad.object


def _read_turtle(text: bytes, base: str) -> Answer:
    """Read a graph, or a table that is written as one (the vocabulary of result sets)."""
    graph = Graph().parse(data=text, format="turtle", publicID=base)
    node = graph.value(None, RDF.type, _RS.ResultSet)
    if node is None:
        return frozenset(parse(text, format=RdfFormat.TURTLE, base_iri=base))
    rows = tuple(
        {
            str(graph.value(binding, _RS.variable)): _from_rdflib(graph.value(binding, _RS.value))
            for binding in graph.objects(solution, _RS.binding)
        }
        for solution in graph.objects(node, _RS.solution)
    )
    return Table(frozenset(map(str, graph.objects(node, _RS.resultVariable))), rows)


def _from_rdflib(node: object) -> Term:
    match node:
        case URIRef():
            return NamedNode(str(node))
        case BNode():
            return _blank(str(node))
        case RdflibLiteral():
            return _literal(str(node), node.language, str(node.datatype) if node.datatype else None)
        case _:
            raise AssertionError("a binding without a value")


def _literal(value: str, language: str | None, datatype: str | None) -> Literal:
    if language:
        return Literal(value, language=language)
    return Literal(value, datatype=NamedNode(datatype) if datatype else None)


def _blank(label: str) -> BlankNode:
    # Labels of other makers may hold what Oxigraph's may not.
    return BlankNode("b" + label.encode().hex())
