"""Turtle to quads: each statement of a file, a subject and all that is said of it, becomes one block.

One file is one graph, by its folder: ``facts/NAME.ttl`` is what the source NAME states, files of
``concepts/`` are the concept schemes, files of ``links/`` are links to others. Facts hold no blank nodes, so
that releases can be compared; things of our own are named relative to the base IRI, so ``@base`` is refused.

The parser tells no lines, so the file is first cut at the dots that end statements, by a scanner that knows
Turtle's strings, IRIs and comments (RDF 1.1 Turtle, section 6.5) and nothing else. A wrong cut can't pass
unseen: the parser reads every piece, and would refuse one that is not whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mesmart_kg import formats
from mesmart_kg.errors import FactError
from mesmart_kg.facts.blocks import Block, find_undecodable_line, name_file
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import BlankNode, Literal, NamedNode, Quad, canonical_literal, parse_text

_TOKEN = re.compile(
    r'''
      (?P<space>\s+)
    | (?P<comment>\#[^\n]*)
    | (?P<string>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!''))*\'\'\'
        |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<iri><[^<>"{}|^`\s]*>)
    | (?P<mark>[;,\[\](){}])
    | (?P<word>\.(?![0-9])|(?:\\.|[^\s<"'#;,\[\](){}\\])+)
    | (?P<other>.)
    ''',
    re.VERBOSE | re.DOTALL,
)
_PARSER_PLACE = re.compile(r"^Parser error at line (\d+)[^:]*: | \(line (\d+)\)$")


@dataclass(frozen=True)
class _Statement:
    line: int
    text: str
    directive: str = ""


def read_turtle(path: Path, data_dir: Path, base_iri: str) -> Iterator[Block]:
    """Yield a block for each statement of the file, in its order.

    Raises FactError, with the line, for bad syntax, another encoding than UTF-8, a blank node, a ``@base``, a
    literal of a datatype that the store would change, and a file in a folder that stands for no graph.
    """
    file = name_file(path, data_dir)
    graph = NamedNode(_graph_name(path, data_dir, base_iri, file))
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise FactError("not UTF-8: save the file as UTF-8", file, find_undecodable_line(path)) from error
    prefixes: list[str] = []
    for statement in _cut(text):
        if statement.directive == "base":
            raise FactError("the base IRI is a setting: leave out @base", file, statement.line)
        if statement.directive == "prefix":
            prefixes.append(statement.text.replace("\n", " "))
            _parse(statement, "", base_iri, file)
            continue
        quads = _parse(statement, " ".join(prefixes), base_iri, file)
        yield Block(
            file, statement.line, tuple(_in_graph(quad, graph, file, statement.line) for quad in quads)
        )


def _graph_name(path: Path, data_dir: Path, base_iri: str, file: str) -> str:
    names = GraphNames(base_iri)
    folder = path.relative_to(data_dir).parent.as_posix()
    if folder == "facts":
        return names.source(path.stem)
    if folder in ("concepts", "links"):
        return names.named(folder)
    raise FactError(
        "Turtle stands in data/facts, data/concepts or data/links: the folder names the graph", file, 1
    )


def _cut(text: str) -> Iterator[_Statement]:
    """Yield the statements with the line on which each begins; the last may be unfinished."""
    begin: int | None = None
    first = ""
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind in ("space", "comment"):
            continue
        if begin is None:
            begin, first = match.start(), token.lower()
        ends = kind == "word" and token.endswith(".")
        if first in ("prefix", "base") and not ends:
            # The SPARQL way of writing directives: no dot, ended by the IRI.
            ends = kind == "iri"
        if ends:
            yield _statement(text, begin, match.end(), first)
            begin = None
    if begin is not None:
        yield _statement(text, begin, len(text), first)


def _statement(text: str, begin: int, end: int, first: str) -> _Statement:
    directive = first.lstrip("@") if first.lstrip("@") in ("prefix", "base") else ""
    return _Statement(text.count("\n", 0, begin) + 1, text[begin:end].rstrip(), directive)


def _parse(statement: _Statement, prefixes: str, base_iri: str, file: str) -> list[Quad]:
    # The prefixes stand on a line of their own, so that the parser's second line is the statement's first.
    try:
        return list(parse_text(f"{prefixes}\n{statement.text}", formats.TURTLE, base_iri))
    except (SyntaxError, ValueError) as error:
        place = _PARSER_PLACE.search(str(error))
        offset = int(place[1] or place[2]) - 2 if place else 0
        reason = _PARSER_PLACE.sub("", str(error))
        raise FactError(f"not Turtle: {reason}", file, statement.line + max(offset, 0)) from error


def _in_graph(quad: Quad, graph: NamedNode, file: str, line: int) -> Quad:
    value = quad.object
    if isinstance(quad.subject, BlankNode) or isinstance(value, BlankNode):
        raise FactError(
            "a blank node: give the thing an IRI of its own, such as <id/place/le-ciminiere>", file, line
        )
    if isinstance(value, Literal):
        try:
            value = canonical_literal(value)
        except ValueError as error:
            raise FactError(f"{error}: write that type", file, line) from error
    return Quad(quad.subject, quad.predicate, value, graph)
