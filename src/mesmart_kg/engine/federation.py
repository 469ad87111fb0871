"""Calls of SERVICE, answered before the engine sees the query.

An engine of ours has no way out. So every ``SERVICE <iri> { … }`` is asked by itself, and its place in the
text is taken by VALUES with the rows that came: both are joined with the group they stand in, so that the
answer is the one of SPARQL 1.1 Federated Query, section 2. What stands within another call is asked first.
Where a call with SILENT fails, ``VALUES () { () }`` takes its place: one solution that binds nothing (section
2.3).

``SERVICE ?variable`` is asked of every endpoint to which the rest of its group binds the variable, which the
local engine tells first (section 4 leaves the order to us).

Blank nodes can't stand in VALUES. Each becomes an IRI ``urn:uuid:…``, another one for every call, since blank
nodes of two answers are never the same (RDF 1.1 Concepts, section 3.5).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID, uuid4, uuid5

from mesmart_kg.engine.protocol import Solution, Solutions
from mesmart_kg.errors import QueryRefused
from mesmart_kg.query_text import QueryText, ServiceCall, Span, examine
from mesmart_kg.query_text.tokens import Reading
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term

Ask: TypeAlias = Callable[[str, str, bool], Solutions]
"""Asks the endpoint of an IRI a SELECT query; the last argument is whether the call is SILENT.

Returns :data:`NOTHING_BOUND` where a silent call fails.
"""

Select: TypeAlias = Callable[[str], Solutions]
"""Asks the local engine a SELECT query."""

MOST_CALLS: Final = 10
"""Calls of other endpoints that one query may make."""

NOTHING_BOUND: Final = Solutions((), ({},))
"""One solution without bindings, with which a join changes nothing."""

_VARIABLE: Final = re.compile(r"\w+")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_UNCLEAR: Final = (
    "This call of SERVICE can't be read for certain (line {line}, column {column}). Write it as "
    "SERVICE <endpoint> {{ … }}, with spaces between."
)
_UNBOUND: Final = (
    "SERVICE {variable} needs endpoints that are known beforehand: bind {variable} in the same group, by a "
    "pattern, by VALUES or by BIND, not within GRAPH and not within another SERVICE."
)
_TOO_MANY: Final = f"This query calls other endpoints more than {MOST_CALLS} times, which is not done here."


def federate(query: str, ask: Ask, select: Select | None = None) -> str:
    """Return the query with the rows of other endpoints in the place of its calls; it has no SERVICE then.

    Line breaks stay, so that lines are counted as in the query. Raises QueryRefused for a call that can't be
    made, and whatever ``ask`` and ``select`` raise; without ``select`` a variable can't name an endpoint.
    """
    whole = examine(query)
    if whole.form is None:
        return query  # whatever it is, nobody is asked for its sake
    if len(whole.services) > MOST_CALLS:
        raise QueryRefused(_TOO_MANY)
    federation = _Federation(ask, select)
    text = query
    while calls := examine(text).services:
        text = federation.answer_one(text, calls)
    return federation.fill(text)


@dataclass
class _Federation:
    """What was asked so far. The answers stay out of the text until its end, so that it stays short."""

    ask: Ask
    select: Select | None
    answers: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def answer_one(self, text: str, calls: tuple[ServiceCall, ...]) -> str:
        """Return the text with one call less: the first that holds no other, those of variables last."""
        for call in calls:
            if call.clause is None:
                raise QueryRefused(_UNCLEAR.format(line=call.line, column=call.column))
            if call.iri is None and call.target[0] not in "?$":
                raise QueryRefused(f"{call.target} names no endpoint: its prefix is not declared.")
        innermost = [call for call in calls if not any(_holds(call, other) for other in calls)]
        call = next((call for call in innermost if call.iri is not None), innermost[0])
        assert call.clause is not None  # noqa: S101
        assert call.group is not None  # noqa: S101
        whole = examine(text)
        prologue = text[: whole.prologue]
        query = self.fill(f"{prologue}\nSELECT * WHERE {text[slice(*call.group)]}")
        if call.iri is not None:
            values = to_values(self._ask(call.iri, query, call.is_silent))
        else:
            endpoints = self._find_endpoints(text, whole, call)
            values = to_values(self._ask_each(call, endpoints, query))
        lines = text.count("\n", *call.clause)
        # No query holds this comment already: it is drawn by lot.
        place = f"{{}}#{secrets.token_hex(16)}\n"
        self.answers[place] = values + "\n" * lines
        return text[: call.clause[0]] + place + text[call.clause[1] :]

    def fill(self, text: str) -> str:
        """Return the text with the answers in their places."""
        for place, values in reversed(self.answers.items()):
            text = text.replace(place, values)
        return text

    def _ask(self, endpoint: str, query: str, is_silent: bool) -> Solutions:
        self.count += 1
        if self.count > MOST_CALLS:
            raise QueryRefused(_TOO_MANY)
        return self.ask(endpoint, query, is_silent)

    def _ask_each(self, call: ServiceCall, endpoints: Iterable[Term], query: str) -> Solutions:
        """Return the rows of all, each with the endpoint that it came from."""
        name = call.target[1:]
        variables = {name: None}
        rows: list[Solution] = []
        for endpoint in endpoints:
            if not isinstance(endpoint, NamedNode):
                raise QueryRefused(f"SERVICE {call.target} is bound to something that is no IRI.")
            answer = self._ask(endpoint.value, query, call.is_silent)
            variables.update(dict.fromkeys(answer.variables))
            named = {name: endpoint}
            rows += [{**row, **named} for row in answer.rows if row.get(name, endpoint) == endpoint]
        return Solutions(tuple(variables), tuple(rows))

    def _find_endpoints(self, text: str, whole: QueryText, call: ServiceCall) -> list[Term]:
        """Return what the rest of the call's own group binds its variable to, each once."""
        rest = _rest_of_group(text, call)
        if self.select is None or rest is None:
            raise QueryRefused(_UNBOUND.format(variable=call.target))
        dataset = "".join(f"FROM <{graph}> " for graph in whole.default_graphs)
        dataset += "".join(f"FROM NAMED <{graph}> " for graph in whole.named_graphs)
        prologue = text[: whole.prologue]
        query = self.fill(f"{prologue}\nSELECT DISTINCT {call.target} {dataset}WHERE {rest}")
        found = self.select(query)
        name = call.target[1:]
        if len(found.rows) > MOST_CALLS or not found.complete:
            raise QueryRefused(_TOO_MANY)
        if any(name not in row for row in found.rows):
            raise QueryRefused(_UNBOUND.format(variable=call.target))
        return [row[name] for row in found.rows]


def _holds(call: ServiceCall, other: ServiceCall) -> bool:
    if call is other or call.group is None or other.clause is None:
        return False
    return call.group[0] < other.clause[0] and other.clause[1] < call.group[1]


def _rest_of_group(text: str, call: ServiceCall) -> str | None:
    """Return the group in which the call stands, without its calls and without filters on what they bind.

    None where the group depends on another: within GRAPH, or within another call.
    """
    assert call.clause is not None  # noqa: S101
    assert call.group is not None  # noqa: S101
    reading = Reading(text)
    ends = reading.closing_braces()
    around = [
        index for index, end in ends.items() if reading[index].start < call.clause[0] and call.clause[1] < end
    ]
    if not around or any(_is_elsewhere(reading, index) for index in around):
        return None
    opening = max(around)
    start, end = reading[opening].start, ends[opening]
    theirs = {token for token in Reading(text[slice(*call.group)]).pieces if token[0] in "?$"}
    left_out: list[Span] = [each.clause for each in examine(text).services if each.clause is not None]
    left_out += _filters(reading, opening, end, {name[1:] for name in theirs})
    parts = []
    at = start
    for gap in sorted(left_out):
        if at <= gap[0] and gap[1] <= end:
            parts.append(text[at : gap[0]])
            at = gap[1]
    return "".join([*parts, text[at:end]])


def _is_elsewhere(reading: Reading, opening: int) -> bool:
    """Tell whether the group that opens there is matched in another graph or by another endpoint."""
    if opening < 2:
        return False
    target, keyword = reading[opening - 1], reading[opening - 2].word
    return keyword.endswith(("GRAPH", "SERVICE", "SILENT")) or (
        target.is_name and target.text.upper().startswith(("GRAPH", "SERVICE"))
    )


def _filters(reading: Reading, opening: int, end: int, variables: set[str]) -> list[Span]:
    """Return the filters, directly in the group, that need one of these variables."""
    spans = []
    depth = 0
    index = opening + 1
    while index < len(reading) and reading[index].start < end:
        token = reading[index]
        depth += (token.text in "{(") - (token.text in "})")
        if depth == 0 and token.word.endswith("FILTER"):
            last = _end_of_constraint(reading, index + 1)
            used = {piece[1:] for piece in reading.pieces[index:last] if piece[0] in "?$"}
            if used & variables:
                spans.append((token.start, reading[last - 1].start + 1))
            index = last
        else:
            index += 1
    return spans


def _end_of_constraint(reading: Reading, index: int) -> int:
    """Return the index after the bracket that closes the first one from there on."""
    depth = 0
    while index < len(reading):
        text = reading[index].text
        depth += (text in "{(") - (text in "})")
        index += 1
        if depth == 0 and text in "})":
            break
    return index


def check_variables(solutions: Solutions) -> None:
    """Raise ValueError for the name of a variable that SPARQL does not allow, or that is there twice."""
    for name in solutions.variables:
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            raise ValueError(f"not the name of a variable: {name!r}")
    if len(set(solutions.variables)) < len(solutions.variables):
        raise ValueError("a variable is there twice")


def to_values(solutions: Solutions) -> str:
    """Return the solutions as a VALUES clause, on one line, that is read the same by every engine.

    Raises ValueError as :func:`check_variables` does.
    """
    check_variables(solutions)
    call = uuid4()
    head = " ".join(f"?{name}" for name in solutions.variables)
    rows = (" ".join(_to_text(row.get(name), call) for name in solutions.variables) for row in solutions.rows)
    return f"VALUES ({head}) {{ " + "".join(f"({row}) " for row in rows) + "}"


def _to_text(term: Term | None, call: UUID) -> str:
    match term:
        case None:
            return "UNDEF"
        case NamedNode():
            return f"<{term.value}>"
        case BlankNode():
            return f"<urn:uuid:{uuid5(call, term.value)}>"
        case Literal():
            value = term.value.translate(_ESCAPES)
            # Where escapes are resolved before anything else, `\\u0022` must not become a quote.
            value = value.replace("\\u", "\\\\u0075").replace("\\U", "\\\\u0055")
            if term.language is not None:
                return f'"{value}"@{term.language}'
            return f'"{value}"^^<{term.datatype.value}>'
