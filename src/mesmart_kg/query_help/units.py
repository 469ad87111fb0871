"""A query's group in parts that can be asked one by one, and the asking.

A part keeps its place in the text, so that whoever explains can point at it. What has no such parts, as a
call of SERVICE, is said not to have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from mesmart_kg.query_help.parsing import Node, Part, Reading
from mesmart_kg.query_help.places import Place, find_place
from mesmart_kg.query_help.tokens import Token

Ask: TypeAlias = Callable[[str], "bool | None"]
"""Answers an ASK query; None when that took too long, or was refused."""

MOST_ASKED: Final = 30
"""ASK queries that one explanation may cost."""

_SIMPLE: Final = frozenset({"SameSubjectPath", "Filter", "Values"})


@dataclass(frozen=True)
class Piece:
    """A part of the query: as one would write it by itself, and its place in the text."""

    text: str
    place: Place


@dataclass(frozen=True)
class Unit:
    """A part of a group: ``role`` is ``pattern``, ``bind``, ``filter`` or ``kept``, which is always asked."""

    text: str
    start: int
    end: int
    role: str
    variables: frozenset[str]
    node: Node
    terms: tuple[Sequence[Token], ...] = ()
    """Of a triple: the tokens of subject, verb and object."""


class Asker:
    """Asks about subsets of units; counts, and remembers whether an answer failed to come."""

    def __init__(self, reading: Reading, ask: Ask) -> None:
        assert reading.tree is not None  # noqa: S101
        self.text = reading.text
        self._ask = ask
        self.count = 0
        self.fell_silent = False
        query = reading.tree.nodes("Query")[0]
        # A Construct, Describe or Ask is a node of its own within; a SELECT's parts are the query's.
        self.query = (query.nodes("Construct", "Describe", "Ask") or [query])[0]
        datasets = [self.slice(node) for node in self.query.nodes("Dataset")]
        self._head = " ".join([self.text[: query.start] + "ASK", *datasets])

    def slice(self, node: Node) -> str:
        return self.text[node.start : node.end]

    def holds(self, texts: Iterable[str], wraps: Sequence[Node] = ()) -> bool | None:
        """Tell whether parts of a group, within such GRAPH clauses, match together; None if untold."""
        if self.count >= MOST_ASKED:
            self.fell_silent = True
            return None
        self.count += 1
        body = "\n".join(texts)
        for graph in reversed(wraps):
            body = f"{self.head(graph)} {{ {body}\n}}"
        answer = self._ask(f"{self._head} {{ {body}\n}}")
        self.fell_silent = self.fell_silent or answer is None
        return answer

    def head(self, graph: Node) -> str:
        """Return a GRAPH clause up to its brace."""
        return self.text[graph.start : graph.nodes("Group")[0].start].rstrip()

    def piece(self, unit: Unit) -> Piece:
        return Piece(unit.text.rstrip(" ."), find_place(self.text, unit.start, unit.end))


def read_units(asker: Asker, group: Node, trailing: list[Node]) -> list[Unit] | None:
    """Return the parts of a group, in order; None if it holds what can't be taken apart."""
    for query in group.nodes("SubSelect"):
        return read_units(asker, query.nodes("Group")[0], [*query.nodes("Values"), *trailing])
    units: list[Unit] = []
    for node in (*group.nodes(), *trailing):
        match node.name:
            case "SameSubjectPath":
                units += _read_triples(asker, node)
            case "Graph" if all(each.name in _SIMPLE for each in node.nodes("Group")[0].nodes()):
                units += _read_graph(asker, node)
            case "Filter" | "Minus":
                units.append(_unit(asker, node, "filter"))
            case "Optional":
                units.append(_unit(asker, node, "kept"))
            case "Bind":
                units.append(_unit(asker, node, "bind"))
            case "Union" | "Graph" | "Values":
                units.append(_unit(asker, node, "pattern"))
            case _:
                return None
    return units


def _unit(asker: Asker, node: Node, role: str) -> Unit:
    return Unit(asker.slice(node), node.start, node.end, role, _variables(node.all_tokens()), node)


def _variables(tokens: Iterable[Token]) -> frozenset[str]:
    return frozenset(token.text[1:] for token in tokens if token.kind == "VAR")


def _read_graph(asker: Asker, graph: Node) -> list[Unit]:
    """Return the parts of a GRAPH clause, each in a clause of its own; which says the same."""
    group = graph.nodes("Group")[0]
    head = asker.head(graph)
    own = _variables(graph.tokens("VAR"))
    return [
        replace(
            unit,
            # A filter may stand outside: it sees the same variables there.
            text=unit.text if unit.role == "filter" else f"{head} {{ {unit.text} }}",
            variables=unit.variables | own,
            # The terms are replaced and asked without their clause: that is done where it is looked inside.
            terms=(),
            node=unit.node if unit.role == "filter" else graph,
        )
        for unit in read_units(asker, group, []) or []
    ]


def _read_triples(asker: Asker, node: Node) -> list[Unit]:
    """Return the triples of a subject, each by itself; the whole as one where the subject has no name."""
    lists = node.nodes("PropertiesPath")
    subject = [token for part in node.parts if part not in lists for token in _tokens(part)]
    if not lists or (len(subject) > 1 or subject[0].kind in {"ANON", "["}):
        return [replace(_unit(asker, node, "pattern"), text=f"{asker.slice(node)} .")]
    units: list[Unit] = []
    verbs = lists[0].nodes("VerbPath")
    for verb, objects in zip(verbs, lists[0].nodes("ObjectsPath"), strict=True):
        for each in objects.nodes("ObjectPath"):
            terms = (subject, list(verb.all_tokens()), list(each.all_tokens()))
            texts = [asker.text[tokens[0].start : tokens[-1].end] for tokens in terms]
            first = (
                subject[0].start
                if not units
                else (each.start if each is not objects.nodes()[0] else verb.start)
            )
            variables = _variables(token for tokens in terms for token in tokens)
            units.append(Unit(" ".join(texts) + " .", first, each.end, "pattern", variables, node, terms))
    return units


def _tokens(part: Part) -> list[Token]:
    return [part] if isinstance(part, Token) else list(part.all_tokens())
