"""Why a query finds nothing: a pattern that nothing matches, patterns that don't meet, or a filter.

The parts of the query's own group are asked one by one as ASK queries, each in the GRAPH it stands in: first
every pattern alone, then pairs that share a variable, then the whole less one part after the other, until no
part can be spared; then the filters in the same way. An OPTIONAL is left where it stands. What has another
shape, or is not answered in the time it may take, is said to be unknown, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from mesmart_kg.query_help.parsing import Node, Reading, parse
from mesmart_kg.query_help.places import find_place
from mesmart_kg.query_help.terms import KnownTerms, UnknownTerm, find_unknown
from mesmart_kg.query_help.tokens import Token
from mesmart_kg.query_help.units import MOST_ASKED, Ask, Asker, Piece, Unit, read_units

MOST_PIECES: Final = 12
"""Patterns that are told as not meeting; of more than these, not all could be tried."""

_MOST_DEEP: Final = 10
"""Groups within groups that are looked into."""

_LANGUAGES: Final = ("it", "en")


@dataclass(frozen=True)
class Emptiness:
    """Why a query finds nothing.

    Kinds, and what ``pieces`` holds for each:

    * ``pattern``: one piece, which nothing matches; ``culprits`` are those of its terms each of which, were
      it left open, would let it match; ``empty_graph`` is the name of its graph if nothing stands there;
      ``suggestions`` are what would match in place of a text; ``is_elsewhere`` tells that a named graph
      holds what the default one has not
    * ``join``: pieces that match each, but never together; none of them can be spared
    * ``filter``: the conditions (FILTER or MINUS) that remove all that the patterns find
    * ``modifier``: the LIMIT, OFFSET or HAVING that leaves no row of those found
    * ``answered``: nothing, for the query does find something
    * ``unknown``: nothing; ``reason`` is ``syntax``, ``shape``, ``service`` or ``time``

    ``unknown`` are the classes and properties in the query that the data don't use. ``is_smallest`` is false
    if a part that could have been spared may be among the pieces; ``asked`` counts the queries it took.
    """

    kind: str
    pieces: tuple[Piece, ...] = ()
    culprits: tuple[Piece, ...] = ()
    empty_graph: Piece | None = None
    suggestions: tuple[str, ...] = ()
    is_elsewhere: bool = False
    reason: str = ""
    unknown: tuple[UnknownTerm, ...] = ()
    is_smallest: bool = True
    asked: int = 0


def explain_empty(query: str, ask: Ask, known: KnownTerms) -> Emptiness:
    """Explain why a query finds nothing, by ``MOST_ASKED`` questions at most. Raises what ``ask`` raises."""
    reading = parse(query)
    if reading.tree is None:
        return Emptiness("unknown", reason="syntax")
    asker = Asker(reading, ask)
    found = _explain_query(asker, reading)
    return replace(found, unknown=find_unknown(reading, known), asked=asker.count)


def _explain_query(asker: Asker, reading: Reading) -> Emptiness:
    groups = asker.query.nodes("Group")
    if not groups:  # DESCRIBE of names, CONSTRUCT WHERE: the latter's template is its pattern
        return Emptiness("unknown", reason="shape")
    assert reading.tree is not None  # noqa: S101
    if any(node.name == "Service" for node in reading.tree.walk()):
        return Emptiness("unknown", reason="service")
    trailing = [*reading.tree.nodes("Values"), *asker.query.nodes("Values")]
    units = read_units(asker, groups[0], trailing)
    if units is None:
        return _explain_whole(asker, groups[0], trailing)
    found = _explain_units(asker, units, (), 0)
    # A limit within a subquery, say, is seen only when all is asked as it stands.
    return _explain_whole(asker, groups[0], trailing) if found.kind == "answered" else found


def _explain_whole(asker: Asker, group: Node, trailing: list[Node]) -> Emptiness:
    """Explain a query in whose group no fault was found, or that can't be taken apart."""
    holds = asker.holds([asker.slice(node) for node in (group, *trailing)])
    if holds:
        return _explain_modifiers(asker)
    return Emptiness("unknown", reason="shape" if holds is False else "time")


def _explain_modifiers(asker: Asker) -> Emptiness:
    """Explain why what the group finds gives no row."""
    for name in ("Limit", "Having", "Offset"):
        for node in asker.query.nodes(name):
            text = asker.slice(node)
            if name != "Limit" or int(node.tokens("NUMBER")[0].text or 1) == 0:
                return Emptiness("modifier", (Piece(text, find_place(asker.text, node.start, node.end)),))
    return Emptiness("answered")


def _explain_units(asker: Asker, units: list[Unit], wraps: tuple[Node, ...], depth: int) -> Emptiness:
    patterns = [unit for unit in units if unit.role == "pattern"]
    for unit in patterns:
        if asker.holds([unit.text], wraps) is False:
            return _explain_one(asker, unit, wraps, depth)
    unfiltered = [unit for unit in units if unit.role != "filter"]
    joined = _holds(asker, unfiltered, wraps)
    if joined is None:
        return Emptiness("unknown", reason="time")
    if joined is False:
        pieces = _find_pair(asker, patterns, wraps) or _spare(asker, unfiltered, (), wraps)
        if len(pieces) > MOST_PIECES:
            return Emptiness("unknown", reason="time")
        return Emptiness(
            "join", tuple(asker.piece(unit) for unit in pieces), is_smallest=not asker.fell_silent
        )
    filters = [unit for unit in units if unit.role == "filter"]
    if not filters or (whole := _holds(asker, units, wraps)):
        return Emptiness("answered")
    if whole is None:
        return Emptiness("unknown", reason="time")
    kept = _spare(asker, filters, unfiltered, wraps)
    if len(kept) > MOST_PIECES:
        return Emptiness("unknown", reason="time")
    return Emptiness("filter", tuple(asker.piece(unit) for unit in kept), is_smallest=not asker.fell_silent)


def _holds(asker: Asker, units: Iterable[Unit], wraps: Sequence[Node]) -> bool | None:
    ordered = sorted(units, key=lambda unit: unit.start)
    return asker.holds([unit.text for unit in ordered], wraps)


def _find_pair(asker: Asker, patterns: list[Unit], wraps: Sequence[Node]) -> list[Unit]:
    """Return two patterns that share a variable and never meet; none if there are none, or too many pairs."""
    for one, other in combinations(patterns, 2):
        if asker.count + len(patterns) >= MOST_ASKED:  # enough must be left to try without each
            break
        if one.variables & other.variables and _holds(asker, (one, other), wraps) is False:
            return [one, other]
    return []


def _spare(asker: Asker, units: list[Unit], always: Sequence[Unit], wraps: Sequence[Node]) -> list[Unit]:
    """Return those units of which none can be left out without something being found."""
    kept = list(units)
    for unit in [unit for unit in units if unit.role != "kept"]:
        rest = [each for each in kept if each is not unit]
        if _holds(asker, (*rest, *always), wraps) is False:
            kept = rest
    return [unit for unit in kept if unit.role != "kept"]


def _explain_one(asker: Asker, unit: Unit, wraps: tuple[Node, ...], depth: int) -> Emptiness:
    """Explain a part that nothing matches, be it a triple or a group of its own."""
    inner = _look_inside(asker, unit, wraps) if depth < _MOST_DEEP else None
    if inner is not None:
        found = _explain_units(asker, *inner, depth + 1)
        if found.kind in {"pattern", "join", "filter"}:
            return found
    culprits, suggestions = [], list[str]()
    for index, tokens in enumerate(unit.terms):
        if len(tokens) == 1 and tokens[0].kind in {"VAR", "ANON", "BLANK_NODE"}:
            continue
        texts = [asker.text[part[0].start : part[-1].end] for part in unit.terms]
        texts[index] = fresh_variable(asker.text)
        if asker.holds([" ".join(texts)], wraps):
            place = find_place(asker.text, tokens[0].start, tokens[-1].end)
            culprits.append(Piece(asker.text[tokens[0].start : tokens[-1].end], place))
            if index == 2:
                suggestions = _suggest_texts(asker, texts, tokens, wraps)
    elsewhere, graph = False, None
    if wraps and not culprits:
        graph = _find_empty_graph(asker, wraps)
    elif not wraps and unit.terms:
        elsewhere = bool(asker.holds([f"GRAPH {fresh_variable(asker.text)} {{ {unit.text} }}"]))
    return Emptiness("pattern", (asker.piece(unit),), tuple(culprits), graph, tuple(suggestions), elsewhere)


def _find_empty_graph(asker: Asker, wraps: Sequence[Node]) -> Piece | None:
    """Return the name of the innermost graph, if it is a name, and nothing at all stands there."""
    graph = wraps[-1]
    name = [token for token in graph.tokens() if token.kind not in {"GRAPH", "VAR"}]
    fresh = fresh_variable(asker.text)
    if not name or asker.holds([f"{fresh} {fresh}p {fresh}o ."], [graph]) is not False:
        return None
    return Piece(name[0].text, find_place(asker.text, name[0].start, name[0].end))


def _look_inside(
    asker: Asker, unit: Unit, wraps: tuple[Node, ...]
) -> tuple[list[Unit], tuple[Node, ...]] | None:
    """Return the parts of a group that stands alone, or in GRAPH, and the GRAPH clauses around them."""
    groups = unit.node.nodes("Group")
    if unit.node.name not in {"Union", "Graph"} or len(groups) != 1:
        return None
    if unit.node.name == "Graph":
        wraps = (*wraps, unit.node)
    units = read_units(asker, groups[0], [])
    return None if units is None else (units, wraps)


def _suggest_texts(
    asker: Asker, texts: list[str], tokens: Sequence[Token], wraps: Sequence[Node]
) -> list[str]:
    """Return the same text with the language tag that does match: none was given, or another."""
    if tokens[0].kind != "STRING":
        return []
    given = asker.text[tokens[0].start : tokens[-1].end]
    tagged = [tokens[0].text, *(f"{tokens[0].text}@{language}" for language in _LANGUAGES)]
    return [text for text in tagged if text != given and asker.holds([" ".join([*texts[:2], text])], wraps)]


def fresh_variable(text: str) -> str:
    """Return a variable that a text does not have."""
    taken = {int(number) for number in re.findall(r"any([0-9]{1,6})", text)}
    return f"?any{max(taken, default=-1) + 1}"
