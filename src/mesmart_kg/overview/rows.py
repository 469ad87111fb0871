"""Rows of an answer as plain texts, and queries of ours that take parameters as named ones do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mesmart_kg.queries import Expectation, NamedQuery, Parameter, bind

if TYPE_CHECKING:
    from mesmart_kg.engine import Engine, Terms

MOST_ROWS: Final = 20_000
"""How many rows of an answer are read: a page holds no more, and says that it is cut."""

Row = Mapping[str, str]


def ask(
    engine: Engine, text: str, terms: Terms | None = None, most: int = MOST_ROWS
) -> tuple[list[Row], bool]:
    """Return the rows of a SELECT, each value as text, and whether that is all of them."""
    answer = engine.select(text, rows=most, terms=terms)
    return [{name: term.value for name, term in row.items()} for row in answer.rows], answer.complete


def make_query(name: str, text: str, *parameters: Parameter) -> NamedQuery:
    """Return a query of ours as one that can be bound, though no release publishes it."""
    nothing: Mapping[str, str] = MappingProxyType({})
    return NamedQuery(f"00-{name}", 0, nothing, nothing, parameters, text, Expectation((), 0))


def take(name: str, kind: str) -> Parameter:
    """Return a parameter of such a query."""
    return Parameter(name, kind, MappingProxyType({}), ())


def bind_for(query: NamedQuery, language: str, community: str | None = None) -> str:
    """Return a query as it is asked for a reader, about one community or about what it is by default.

    Raises QuerySyntaxError for a community that is no IRI.
    """
    known = {parameter.name for parameter in query.parameters}
    values = {"lang": language} | ({"community": community} if community else {})
    return bind(query, {name: value for name, value in values.items() if name in known})


def find_default(query: NamedQuery, name: str, base_iri: str) -> str:
    """Return the IRI that a parameter of a named query has by default; empty if there is no such one."""
    value = next((each.default[0] for each in query.parameters if each.name == name and each.default), "")
    return value if not value or ":" in value else f"{base_iri}{value}"
