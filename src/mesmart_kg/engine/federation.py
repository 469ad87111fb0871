"""Calls of SERVICE, answered before the engine sees the query.

An engine of ours has no way out. So every ``SERVICE <iri> { … }`` is asked by itself, and its place in the
text is taken by VALUES with the rows that came: both are joined with the group they stand in, so that the
answer is the one of SPARQL 1.1 Federated Query, section 2. What stands within another call is asked first.
Where a call with SILENT fails, ``VALUES () { () }`` takes its place: one solution that binds nothing (section
2.3). A call is asked only for what joins with the rest of the query, as far as ``pushing`` can tell.

``SERVICE ?variable`` is asked of every endpoint to which the rest of its group binds the variable, which the
local engine tells first (section 4 leaves the order to us).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from mesmart_kg.engine.protocol import Solution, Solutions
from mesmart_kg.engine.pushing import MOST_BINDINGS, Place, find_place, to_batches
from mesmart_kg.engine.values import to_values
from mesmart_kg.errors import QueryError, QueryRefused
from mesmart_kg.query_text import QueryText, ServiceCall, examine
from mesmart_kg.store import NamedNode

Select: TypeAlias = Callable[[str], Solutions]
"""Asks the local engine a SELECT query."""

MOST_CALLS: Final = 10
"""Calls of other endpoints that one query may make; the batches of one count once."""

_UNCLEAR: Final = (
    "This call of SERVICE can't be read for certain (line {line}, column {column}). Write it as "
    "SERVICE <endpoint> {{ … }}, with spaces between."
)
_UNBOUND: Final = (
    "SERVICE {variable} needs endpoints that are known beforehand: bind {variable} in the same group, by a "
    "pattern, by VALUES or by BIND, not within GRAPH and not within another SERVICE."
)
_TOO_MANY: Final = f"This query calls other endpoints more than {MOST_CALLS} times, which is not done here."


class Ask(Protocol):
    """Asks the endpoint of an IRI a SELECT query."""

    def __call__(
        self, endpoint: str, query: str, is_silent: bool, batches: tuple[str, ...] = ()
    ) -> Solutions:
        """Return the rows; those of ``batches``, if there are some, do as well, and are fewer.

        Returns :data:`NOTHING_BOUND` where a silent call fails.
        """


def federate(query: str, ask: Ask, select: Select | None = None) -> str:
    """Return the query with the rows of other endpoints in the place of its calls; it has no SERVICE then.

    Line breaks stay, so that lines are counted as in the query. Raises QueryRefused for a call that can't be
    made, and whatever ``ask`` and ``select`` raise; without ``select`` a variable can't name an endpoint, and
    nothing is pushed.
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
        values = to_values(self._ask_one(text, call, text[slice(*call.group)]))
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

    def _ask_one(self, text: str, call: ServiceCall, group: str) -> Solutions:
        """Return the rows of a call."""
        whole = examine(text)
        if call.iri is None:
            return self._ask_each(text, whole, call, group)
        batches: tuple[str, ...] = ()
        place = find_place(text, call) if self.select is not None else None
        if place is not None and place.rest and place.names:
            batches = self._to_batches(text, whole, place, place.names, group)
        return self._ask(call.iri, text[: whole.prologue], group, call.is_silent, batches)

    def _ask(
        self, endpoint: str, prologue: str, group: str, is_silent: bool, batches: tuple[str, ...]
    ) -> Solutions:
        self.count += 1
        if self.count > MOST_CALLS:
            raise QueryRefused(_TOO_MANY)
        query = self.fill(f"{prologue}\nSELECT * WHERE {group}")
        return self.ask(endpoint, query, is_silent, batches)

    def _to_batches(
        self, text: str, whole: QueryText, place: Place, names: Iterable[str], group: str
    ) -> tuple[str, ...]:
        try:
            found = self._select(text, whole, names, place.rest, MOST_BINDINGS + 1)
        except QueryError:
            return ()  # the endpoint is asked for everything then
        batches = to_batches(found, place, text[: whole.prologue], group)
        return tuple(self.fill(batch) for batch in batches)

    def _select(self, text: str, whole: QueryText, names: Iterable[str], rest: str, most: int) -> Solutions:
        """Ask the local engine what a group binds the variables to, each once."""
        assert self.select is not None  # noqa: S101
        dataset = "".join(f"FROM <{graph}> " for graph in whole.default_graphs)
        dataset += "".join(f"FROM NAMED <{graph}> " for graph in whole.named_graphs)
        head = " ".join(f"?{name}" for name in names)
        query = f"{text[: whole.prologue]}\nSELECT DISTINCT {head} {dataset}WHERE {rest} LIMIT {most}"
        return self.select(self.fill(query))

    def _ask_each(self, text: str, whole: QueryText, call: ServiceCall, group: str) -> Solutions:
        """Return the rows of all endpoints that a variable names, each with the endpoint it came from."""
        name = call.target[1:]
        place = find_place(text, call, own_group_only=True)
        if self.select is None or place is None or not place.rest:
            raise QueryRefused(_UNBOUND.format(variable=call.target))
        prologue = text[: whole.prologue]
        variables = {name: None}
        rows: list[Solution] = []
        for endpoint in self._find_endpoints(text, whole, call, place):
            batches: tuple[str, ...] = ()
            if others := tuple(each for each in place.names if each != name):
                here = f"{{ VALUES ?{name} {{ <{endpoint}> }} {place.rest} }}"
                narrow = Place(here, others, place.certain, place.leading)
                batches = self._to_batches(text, whole, narrow, others, group)
            answer = self._ask(endpoint, prologue, group, call.is_silent, batches)
            variables.update(dict.fromkeys(answer.variables))
            named = NamedNode(endpoint)
            rows += [{**row, name: named} for row in answer.rows if row.get(name, named) == named]
        return Solutions(tuple(variables), tuple(rows))

    def _find_endpoints(self, text: str, whole: QueryText, call: ServiceCall, place: Place) -> list[str]:
        """Return what the rest of the call's own group binds its variable to, each once."""
        name = call.target[1:]
        found = self._select(text, whole, (name,), place.rest, MOST_CALLS + 1)
        if len(found.rows) > MOST_CALLS or not found.complete:
            raise QueryRefused(_TOO_MANY)
        endpoints = []
        for row in found.rows:
            if name not in row:
                raise QueryRefused(_UNBOUND.format(variable=call.target))
            endpoint = row[name]
            if not isinstance(endpoint, NamedNode):
                raise QueryRefused(f"SERVICE {call.target} is bound to something that is no IRI.")
            endpoints.append(endpoint.value)
        return endpoints


def _holds(call: ServiceCall, other: ServiceCall) -> bool:
    if call is other or call.group is None or other.clause is None:
        return False
    return call.group[0] < other.clause[0] and other.clause[1] < call.group[1]
