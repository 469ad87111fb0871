"""A dataset in the process, on Oxigraph: terms, quads, queries and canonical bytes.

The home of pyoxigraph: the rest of the package takes its terms from here. What is kept here are the facts of
one build; the published data are served by ``engine``.

Two rules hold for all that passes through:

* a literal has the form that an Oxigraph store gives back (:func:`canonical_literal`), so that a dump, a
  digest and an endpoint agree to the byte;
* the default graph is the merge of named graphs, each triple once, however many graphs hold it.

Specifications: RDF 1.1 Concepts; N-Triples and N-Quads in the canonical form of RDFC-1.0, section 5 (which
for data without blank nodes means escaped as there and sorted by code point, nothing else).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final, TypeAlias, cast

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    Variable,
)
from pyoxigraph import parse as _parse
from pyoxigraph import serialize as _serialize

from mesmart_kg import formats
from mesmart_kg.errors import QuerySyntaxError
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import PREFIXES

__all__ = [
    "OXIGRAPH_FORMATS",
    "BlankNode",
    "Dataset",
    "DefaultGraph",
    "Literal",
    "NamedNode",
    "Quad",
    "Term",
    "Triple",
    "Variable",
    "canonical_literal",
    "canonical_nquads",
    "canonical_ntriples",
    "canonical_quad",
    "clean_xml",
    "parse",
    "parse_text",
    "serialize",
]

Term: TypeAlias = NamedNode | BlankNode | Literal
"""What stands in a triple of RDF 1.1; triple terms (RDF 1.2) are not used here."""

_XSD = PREFIXES["xsd"]
_PROBE = NamedNode("urn:probe")
_PLACE = re.compile(r"error at (\d+):(\d+)")

_ODD: Final = re.compile(rb"[\x00-\x08\x0b-\x1f]|\xef\xbf[\xbe\xbf]")
_CONTROLS: Final = bytes([*range(0x09), *range(0x0B, 0x20)])
_NONCHARACTER: Final = b"\xef\xbf"
"""How U+FFFE and U+FFFF begin in UTF-8; few other characters begin so, and none is common."""

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}".encode()

OXIGRAPH_FORMATS: Final = MappingProxyType(
    {
        formats.TURTLE.name: RdfFormat.TURTLE,
        formats.NTRIPLES.name: RdfFormat.N_TRIPLES,
        formats.NQUADS.name: RdfFormat.N_QUADS,
        formats.TRIG.name: RdfFormat.TRIG,
        formats.JSONLD.name: RdfFormat.JSON_LD,
        formats.RDFXML.name: RdfFormat.RDF_XML,
    }
)
"""What Oxigraph calls each RDF format, by the name of ours."""


@lru_cache(maxsize=65536)
def canonical_literal(literal: Literal) -> Literal:
    """Return the literal as an Oxigraph store gives it back: integer ``01`` as ``1``, ``1.50`` as ``1.5``.

    Found by putting it into a store and taking it out again, not by rules of our own, so that a newer
    Oxigraph can't disagree with us. A lexical form that its datatype does not allow is kept: shapes report
    it.

    Raises ValueError when the store would change the datatype: the integer types derived from
    ``xsd:integer``, and ``xsd:dateTimeStamp``.
    """
    if literal.language is not None or not literal.datatype.value.startswith(_XSD):
        return literal
    if literal.datatype.value == _XSD + "string":
        return literal
    store = Store()
    store.add(Quad(_PROBE, _PROBE, literal))
    kept = cast(Literal, next(iter(store)).object)
    if kept.datatype != literal.datatype:
        given, made = (each.datatype.value.removeprefix(_XSD) for each in (literal, kept))
        raise ValueError(f'"{literal.value}" is given as xsd:{given}, which the store turns into xsd:{made}')
    return kept


def canonical_quad(quad: Quad) -> Quad:
    """Return the quad with its object in canonical form; ValueError as for :func:`canonical_literal`."""
    value = quad.object
    if not isinstance(value, Literal):
        return quad
    kept = canonical_literal(value)
    return quad if kept == value else Quad(quad.subject, quad.predicate, kept, quad.graph_name)


def canonical_nquads(quads: Iterable[Quad]) -> Iterator[bytes]:
    """Yield the quads as N-Quads lines with their line end, sorted by code point, each once.

    For data without blank nodes these are the bytes of RDFC-1.0's canonical form.
    """
    lines = _serialize(quads, format=RdfFormat.N_QUADS)
    yield from _sorted_lines(lines)


def canonical_ntriples(triples: Iterable[Triple]) -> Iterator[bytes]:
    """Yield the triples as N-Triples lines with their line end, sorted by code point, each once."""
    lines = _serialize(triples, format=RdfFormat.N_TRIPLES)
    yield from _sorted_lines(lines)


def _sorted_lines(lines: bytes | None) -> list[bytes]:
    # Line ends within literals are escaped, and UTF-8 sorts as its code points do.
    return sorted({line + b"\n" for line in (lines or b"").split(b"\n") if line})


def parse(path: Path, rdf_format: Format, base_iri: str | None = None) -> Iterator[Quad]:
    """Yield the quads of a file as they stand; SyntaxError, with line and column, where it is malformed.

    Blank nodes are renamed, so that two files never share one by accident.
    """
    return _parse(
        path=path, format=OXIGRAPH_FORMATS[rdf_format.name], base_iri=base_iri, rename_blank_nodes=True
    )


def parse_text(
    text: str | bytes | IO[bytes], rdf_format: Format, base_iri: str | None = None
) -> Iterator[Quad]:
    """Yield the quads of a text or an open binary file; otherwise as :func:`parse`."""
    return _parse(text, OXIGRAPH_FORMATS[rdf_format.name], base_iri=base_iri, rename_blank_nodes=True)


def serialize(
    statements: Iterable[Triple] | Iterable[Quad],
    rdf_format: Format,
    prefixes: Mapping[str, str] | None = None,
) -> bytes:
    """Return the statements in a format, in the order given; for canonical files see ``dumps``."""
    text = _serialize(statements, format=OXIGRAPH_FORMATS[rdf_format.name], prefixes=dict(prefixes or {}))
    return clean_xml(text or b"") if rdf_format is formats.RDFXML else text or b""


def clean_xml(data: bytes) -> bytes:
    """Return an XML document, or a part of it that ends between two characters, with what XML can hold.

    XML 1.0 has no way to write some characters that an RDF literal may hold: most control characters, U+FFFE
    and U+FFFF (section 2.2). Oxigraph writes them as they are, and no XML parser reads past them. They become
    U+FFFD, the replacement character. A carriage return may stand in XML, but a parser reads it as a line
    feed (section 2.11): it is written as a character reference.
    """
    # Nearly all data are clean, and these two looks are ten times as fast as the expression.
    if _NONCHARACTER not in data and len(data.translate(None, _CONTROLS)) == len(data):
        return data
    return _ODD.sub(_mend, data)


def _mend(found: re.Match[bytes]) -> bytes:
    return b"&#13;" if found[0] == b"\r" else _REPLACEMENT


def _always(_graph: str) -> bool:
    return True


class Dataset:
    """Quads in memory, with the few verbs the build needs.

    Queries see the named graphs, and as default graph their merge, each triple once. Of the named graphs only
    those enter the merge for whose IRI ``merges`` holds; usually ``GraphNames.in_default_graph``. The merge
    is kept up as quads come and go. Quads added without a graph name stand in the default graph alone.

    With a ``folder``, which must not be there yet, it is held on disk: slower, and of any size.
    """

    def __init__(
        self,
        quads: Iterable[Quad] = (),
        merges: Callable[[str], bool] = _always,
        folder: Path | None = None,
    ) -> None:
        self._store = Store() if folder is None else Store(folder)
        self._merges = merges
        self._merged: dict[str, bool] = {}
        self.add(quads)

    def add(self, quads: Iterable[Quad]) -> None:
        """Add quads, in named graphs and in the default graph where they belong to it."""
        self._store.extend(self._with_merge(quads))

    def _with_merge(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        for quad in quads:
            yield quad
            name = quad.graph_name
            if isinstance(name, NamedNode) and self._is_merged(name.value):
                yield Quad(quad.subject, quad.predicate, quad.object)

    def _is_merged(self, graph: str) -> bool:
        known = self._merged.get(graph)
        if known is None:
            known = self._merged[graph] = self._merges(graph)
        return known

    def load(self, source: IO[bytes], rdf_format: Format, base_iri: str, graph: str | None = None) -> None:
        """Add the statements of an open file; nothing enters the merge before :meth:`merge_graphs`.

        Those without a graph of their own go to the graph of that IRI, else to the default graph. Blank nodes
        are renamed, so that two files never share one. No term becomes a Python object, so this is many times
        faster than :meth:`add`. Raises SyntaxError, with line and column where the parser tells them.
        """
        self._store.bulk_load(
            input=source,
            format=OXIGRAPH_FORMATS[rdf_format.name],
            base_iri=base_iri,
            to_graph=DefaultGraph() if graph is None else NamedNode(graph),
        )

    def load_file(self, path: Path, rdf_format: Format) -> None:
        """Add a file of ours, which is trusted to be canonical: its IRIs are not checked again.

        As with :meth:`load`, nothing enters the merge: N-Triples go to the default graph.
        """
        self._store.bulk_load(path=path, format=OXIGRAPH_FORMATS[rdf_format.name], lenient=True)

    def merge_graphs(self) -> None:
        """Add the triples of every named graph to the default graph."""
        self._store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?graph { ?s ?p ?o } }")

    def write_nquads(self, file: IO[bytes]) -> None:
        """Write every statement, those of the default graph among them, as N-Quads in no order."""
        self._store.dump(file, RdfFormat.N_QUADS)

    def write_ntriples(self, file: IO[bytes]) -> None:
        """Write the default graph as N-Triples in no order."""
        self._store.dump(file, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())

    def __len__(self) -> int:
        """Count the quads of the named graphs and the triples of the default graph together."""
        return len(self._store)

    def graph_names(self) -> list[str]:
        """Return the IRIs of the named graphs that hold anything, sorted."""
        return sorted(name.value for name in self._store.named_graphs() if self._holds(name))

    def _holds(self, name: NamedNode | BlankNode) -> bool:
        return next(self._store.quads_for_pattern(None, None, None, name), None) is not None

    def quads(self, graph: str | None = None) -> Iterator[Quad]:
        """Yield the quads of one named graph; without a name, those of all named graphs. In no order."""
        if graph is not None:
            yield from self._store.quads_for_pattern(None, None, None, NamedNode(graph))
            return
        for name in self.graph_names():
            yield from self._store.quads_for_pattern(None, None, None, NamedNode(name))

    def canonical_lines(self, graph: str | None = None) -> list[bytes]:
        """Return one graph as :func:`canonical_ntriples` would; without a name, the default graph.

        Many times faster than by way of :meth:`quads`, since no term becomes a Python object.
        """
        name = DefaultGraph() if graph is None else NamedNode(graph)
        return _sorted_lines(self._store.dump(format=RdfFormat.N_TRIPLES, from_graph=name))

    def default_triples(self) -> Iterator[Triple]:
        """Yield the triples of the default graph, each once, in no order."""
        for quad in self._store.quads_for_pattern(None, None, None, DefaultGraph()):
            yield quad.triple

    def match(
        self,
        subject: Term | None = None,
        predicate: NamedNode | None = None,
        value: Term | None = None,
    ) -> Iterator[Triple]:
        """Yield the triples of the default graph that have the terms given, each once, in no order."""
        # No triple has a literal for its subject, and Oxigraph's pattern takes none there.
        if isinstance(subject, Literal):
            return
        for quad in self._store.quads_for_pattern(subject, predicate, value, DefaultGraph()):
            yield quad.triple

    def count_default(self) -> int:
        """Count the triples of the default graph."""
        (row,) = self.select("SELECT (COUNT(*) AS ?number) WHERE { ?s ?p ?o }")
        return int(cast(Literal, row["number"]).value)

    def select(
        self, query: str, bindings: Mapping[str, Term] = MappingProxyType({})
    ) -> Iterator[dict[str, Term]]:
        """Yield the solutions of a SELECT query; a variable without a value is missing from its solution.

        ``bindings`` give values to variables beforehand; Oxigraph wants these among the selected ones.
        Raises QuerySyntaxError.
        """
        solutions = self._run(query, bindings)
        if not isinstance(solutions, QuerySolutions):
            raise TypeError("not a SELECT query")
        names = [variable.value for variable in solutions.variables]
        for solution in solutions:
            # Both sequences are as long as the query's variables.
            yield {
                name: cast(Term, value)
                for name, value in zip(names, solution, strict=True)
                if value is not None
            }

    def ask(self, query: str, bindings: Mapping[str, Term] = MappingProxyType({})) -> bool:
        """Return the answer to an ASK query. Raises QuerySyntaxError."""
        answer = self._run(query, bindings)
        if not isinstance(answer, QueryBoolean):
            raise TypeError("not an ASK query")
        return bool(answer)

    def construct(self, query: str, bindings: Mapping[str, Term] = MappingProxyType({})) -> Iterator[Triple]:
        """Yield the triples of a CONSTRUCT query; a triple may come twice. Raises QuerySyntaxError."""
        triples = self._run(query, bindings)
        if not isinstance(triples, QueryTriples):
            raise TypeError("not a CONSTRUCT query")
        return iter(triples)

    def write_construct(self, query: str, file: IO[bytes]) -> None:
        """Write the triples of a CONSTRUCT query as N-Triples, in no order; a triple may come twice.

        No term becomes a Python object. What ``file.write`` raises passes through. Raises QuerySyntaxError.
        """
        triples = self._run(query, {})
        if not isinstance(triples, QueryTriples):
            raise TypeError("not a CONSTRUCT query")
        triples.serialize(file, format=RdfFormat.N_TRIPLES)

    def _run(self, query: str, bindings: Mapping[str, Term]) -> QuerySolutions | QueryBoolean | QueryTriples:
        values: dict[Variable, NamedNode | BlankNode | Literal | Triple] = {
            Variable(name): term for name, term in bindings.items()
        }
        try:
            return self._store.query(query, substitutions=values)
        except SyntaxError as error:
            place = _PLACE.match(str(error))
            line, column = (int(place[1]), int(place[2])) if place else (0, 0)
            raise QuerySyntaxError(str(error), line, column) from error

    def remove_graph(self, name: str) -> None:
        """Remove a named graph, and from the default graph what no other merged graph holds."""
        graph = NamedNode(name)
        quads = list(self._store.quads_for_pattern(None, None, None, graph))
        self._store.remove_graph(graph)
        if not self._is_merged(name):
            return
        for quad in quads:
            others = self._store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
            if not any(
                isinstance(q.graph_name, NamedNode) and self._is_merged(q.graph_name.value) for q in others
            ):
                self._store.remove(Quad(quad.subject, quad.predicate, quad.object))
