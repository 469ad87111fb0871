"""An answer as a page shows it: a table of cells, a yes or no, or a graph as Turtle.

A table is shown leaf by leaf. An engine keeps no place in an answer, so a later leaf is the same query read
further; how far is bounded, and the whole answer is one link away, in every format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from mesmart_kg import formats
from mesmart_kg.engine import Engine, GraphChoice, Terms
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.query_text import examine
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term

LEAF_ROWS: Final = 100
"""Rows that a page shows at once."""

LAST_LEAF: Final = 50
"""The last leaf that can be turned to: what lies behind it, a download gives."""

SHORT: Final = 240
"""Characters of a cell that are shown at once."""

LONG: Final = 20_000
"""Characters of a cell that are shown when it is opened."""

_BUDGET: Final = 1_000_000
"""Characters that all cells of a page may show when they are opened."""

MOST_CHARACTERS: Final = 200_000
"""Characters of a graph that a page shows."""

_MARKS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_GEOMETRIES: Final = frozenset({PREFIXES["geo"] + "wktLiteral", PREFIXES["geo"] + "geoJSONLiteral"})

FIRST_QUERY: Final = """PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?community ?name
WHERE {
  ?community a cc:Community ;
    skos:prefLabel ?name .
  FILTER(LANG(?name) = "it")
}
ORDER BY ?name
"""
"""What the form holds when one comes to it for the first time."""


@dataclass(frozen=True)
class Cell:
    """A term as it is shown: its text, where it leads (web IRIs only), language, datatype if worth a word.

    ``rest`` is what follows ``text`` when a long one is opened; ``is_whole`` tells whether that is all.
    """

    text: str
    href: str | None = None
    language: str | None = None
    datatype: str | None = None
    rest: str = ""
    is_whole: bool = True

    @property
    def length(self) -> int:
        return len(self.text) + len(self.rest)


@dataclass(frozen=True)
class Page:
    """What a page shows of an answer; of ``rows``, ``boolean`` and ``turtle`` one only is not None."""

    variables: tuple[str, ...] = ()
    rows: tuple[tuple[Cell | None, ...], ...] | None = None
    boolean: bool | None = None
    turtle: str | None = None
    complete: bool = True
    is_placed: bool = False
    """Whether a row shown holds a geometry, so that a map can be made of the answer."""
    leaf: int = 1
    """Which leaf of the table this is, from one on; ``complete`` says that none follows."""

    @property
    def first_row(self) -> int:
        """The number of the first row shown, counted from one."""
        return (self.leaf - 1) * LEAF_ROWS + 1

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.rows or ()) - 1

    @property
    def has_next(self) -> bool:
        """Tell whether a page can be made of what follows."""
        return self.rows is not None and not self.complete and self.leaf < LAST_LEAF

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was found: no row, no triple, or "no"."""
        return self.rows == () or self.boolean is False or (self.turtle is not None and _is_bare(self.turtle))


def _is_bare(turtle: str) -> bool:
    return all(line.startswith("@prefix ") or not line.strip() for line in turtle.splitlines())


def read_page(
    engine: Engine,
    query: str,
    graphs: GraphChoice | None,
    base_iri: str,
    terms: Terms | None = None,
    leaf: int = 1,
) -> Page:
    """Ask a query for a page: its ``leaf``, or the last there is. Raises what the engine raises."""
    asked = examine(query)
    if asked.form == "ASK":
        return Page(boolean=engine.ask(query, graphs, terms))
    if asked.makes_graph:
        return _read_graph(engine, query, graphs, terms)
    leaf = min(max(leaf, 1), LAST_LEAF)
    solutions = engine.select(query, leaf * LEAF_ROWS, graphs, terms)
    count = len(solutions.rows)
    leaf = max(1, min(leaf, -(-count // LEAF_ROWS)))
    shown = solutions.rows[(leaf - 1) * LEAF_ROWS :]
    rows = _within_budget(
        [tuple(to_cell(row.get(name), base_iri) for name in solutions.variables) for row in shown]
    )
    is_placed = any(_is_geometry(term) for row in shown for term in row.values())
    return Page(solutions.variables, rows, complete=solutions.complete, is_placed=is_placed, leaf=leaf)


def _within_budget(rows: list[tuple[Cell | None, ...]]) -> tuple[tuple[Cell | None, ...], ...]:
    """Return rows whose long cells can be opened, as long as a page can bear it."""
    left = _BUDGET
    kept = []
    for row in rows:
        cells = []
        for cell in row:
            if cell is not None and cell.rest:
                left -= len(cell.rest)
                if left < 0:
                    cell = replace(cell, rest="", is_whole=False)
            cells.append(cell)
        kept.append(tuple(cells))
    return tuple(kept)


def _is_geometry(term: Term) -> bool:
    return isinstance(term, Literal) and term.datatype.value in _GEOMETRIES


def _read_graph(engine: Engine, query: str, graphs: GraphChoice | None, terms: Terms | None) -> Page:
    answer = engine.answer(query, formats.TURTLE, graphs, terms)
    text = b""
    try:
        for part in answer:
            text += part
            if len(text) > MOST_CHARACTERS:
                break
    finally:
        answer.close()
    if len(text) <= MOST_CHARACTERS:
        return Page(turtle=_show_marks(text.decode()))
    whole_lines = text[: text.rfind(b"\n", 0, MOST_CHARACTERS) + 1] or text[:MOST_CHARACTERS]
    return Page(turtle=_show_marks(whole_lines.decode(errors="ignore")), complete=False)


def _show_marks(turtle: str) -> str:
    """Return Turtle whose marks of direction are written as escapes: it says the same, and reads as it is."""
    return _MARKS.sub(lambda found: f"\\u{ord(found[0]):04X}", turtle)


def to_cell(term: Term | None, base_iri: str) -> Cell | None:
    """Return a term as a page shows it; None where there is none."""
    if term is None:
        return None
    if isinstance(term, NamedNode):
        is_web = term.value.startswith(("http://", "https://"))
        return _cut(Cell(shorten(term.value, {"": base_iri, **PREFIXES}), term.value if is_web else None))
    if isinstance(term, BlankNode):
        return Cell(f"_:{term.value}")
    if isinstance(term, Literal) and term.language is not None:
        return _cut(Cell(term.value, language=term.language))
    datatype = term.datatype.value
    plain = datatype == PREFIXES["xsd"] + "string"
    return _cut(Cell(term.value, datatype=None if plain else shorten(datatype, PREFIXES)))


def _cut(cell: Cell) -> Cell:
    """Part a long text, if possible where a word ends."""
    if len(cell.text) <= SHORT:
        return cell
    end = max(cell.text.rfind(" ", SHORT - 40, SHORT), 0) or SHORT
    return replace(cell, text=cell.text[:end], rest=cell.text[end:LONG], is_whole=len(cell.text) <= LONG)


def shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return an IRI as a prefixed name, by the longest namespace that fits; for reading, not for parsing.

    Under the empty prefix stands what is the publisher's own; it is shown without a colon.
    """
    fitting = [(name, space) for name, space in prefixes.items() if iri.startswith(space) and iri != space]
    if not fitting:
        return iri
    name, space = max(fitting, key=lambda each: len(each[1]))
    return f"{name}:{iri[len(space) :]}" if name else iri[len(space) :]
