"""Turtle to quads: each statement of a file, a subject and all that is said of it, becomes one block.

One file is one graph, by its folder: ``facts/NAME.ttl`` is what the source NAME states, files of
``concepts/`` are the concept schemes, ``links/NAME.ttl`` is a set of links that somebody gave us, in a graph
of its own; ``endpoints.ttl`` and ``endpoints-checks.ttl`` are the register of sister endpoints. Facts hold
no blank nodes, so that releases can be compared; things of our own are named relative to the base IRI, so
``@base`` is refused.

The parser tells no lines, so the file is first cut at the dots that end statements, by a scanner that knows
Turtle's strings, IRIs and comments (RDF 1.1 Turtle, section 6.5) and nothing else. A wrong cut can't pass
unseen: the parser reads every piece, and would refuse one that is not whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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


_ENDPOINTS = frozenset({"endpoints.ttl", "endpoints-checks.ttl"})


_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Statement:
    """A statement or directive (``prefix``, ``base``) as it is written, and the line on which it begins."""

    line: int
    text: str
    directive: str = ""


def read_turtle(path: Path, data_dir: Path, base_iri: str) -> Iterator[Block]:
    """Yield a block for each statement of the file, in its order.

    Raises FactError, with the line, for bad syntax, another encoding than UTF-8, a blank node, a ``@base``, a
    literal of a datatype that the store would change, and a file in a folder that stands for no graph.
    """
    file = name_file(path, data_dir)
    graph = name_graph(path, data_dir, base_iri)
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise FactError("not UTF-8: save the file as UTF-8", file, find_undecodable_line(path)) from error
    yield from read_statements(cut_statements(text), (), graph, base_iri, file)


def read_statements(
    statements: Iterable[Statement], prefixes: Iterable[str], graph: str, base_iri: str, file: str
) -> Iterator[Block]:
    """Yield a block for each statement, given the directives before the first; as :func:`read_turtle`."""
    declared, name = " ".join(prefixes), NamedNode(graph)
    for statement in statements:
        if statement.directive == "base":
            raise FactError("the base IRI is a setting: leave out @base", file, statement.line)
        if statement.directive == "prefix":
            declared += " " + statement.text.replace("\n", " ")
            parse_statement(statement, "", base_iri, file)
            continue
        quads = parse_statement(statement, declared, base_iri, file)
        yield Block(
            file, statement.line, tuple(_in_graph(quad, name, file, statement.line) for quad in quads)
        )


def name_graph(path: Path, data_dir: Path, base_iri: str) -> str:
    """Return the IRI of the graph that a file's folder stands for. Raises FactError where it is none."""
    names, file = GraphNames(base_iri), name_file(path, data_dir)
    folder = path.relative_to(data_dir).parent.as_posix()
    if folder == "." and path.name in _ENDPOINTS:
        return names.named("endpoints")
    if folder == "facts":
        return names.source(path.stem)
    if folder == "concepts":
        return names.concepts
    if folder == "links":
        if not _NAME.fullmatch(path.stem):
            raise FactError("the name of links is of small letters, digits and hyphens", file, 1)
        return names.linkset(path.stem)
    raise FactError(
        "Turtle stands in data/facts, data/concepts or data/links: the folder names the graph", file, 1
    )


def cut_statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a Turtle text, directives too; the last may be unfinished."""
    begin: int | None = None
    first = ""
    line, counted = 1, 0  # the line of the sign up to which line ends are counted: each is counted once
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
            line, counted = line + text.count("\n", counted, begin), begin
            yield _statement(text[begin : match.end()], line, first)
            begin = None
    if begin is not None:
        yield _statement(text[begin:], line + text.count("\n", counted, begin), first)


def _statement(text: str, line: int, first: str) -> Statement:
    directive = first.lstrip("@") if first.lstrip("@") in ("prefix", "base") else ""
    return Statement(line, text.rstrip(), directive)


def parse_statement(statement: Statement, prefixes: str, base_iri: str | None, file: str) -> list[Quad]:
    """Return what a statement says, given the directives before it, on one line. Raises FactError."""
    # The prefixes stand on a line of their own, so that the parser's second line is the statement's first.
    try:
        return list(parse_text(f"{prefixes}\n{statement.text}", formats.TURTLE, base_iri))
    except (SyntaxError, ValueError) as error:
        place = _PARSER_PLACE.search(str(error))
        offset = int(place[1] or place[2]) - 2 if place else 0
        # It may quote the file, and goes to a terminal.
        reason = "".join(
            sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}"
            for sign in _PARSER_PLACE.sub("", str(error))
        )
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
