"""The parameters of a named query as fields of a form, and what people write there as values of the query.

A person writes “Messina” where the query wants ``id/city/it-messina``; a name is looked up among the things
of the class that the parameter's default shows. Languages and small classes are lists to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from mesmart_kg.queries import NamedQuery, Parameter

Kind: TypeAlias = Literal["choice", "text", "number", "thing"]

MOST_CHOICES: Final = 300
"""Things that a list to choose from may have; more are looked up by name."""

FindThings: TypeAlias = Callable[[str, str], Sequence[str]]
"""Things of a class, by its slug, which bear a name: their IRIs, relative to the base where they are ours."""

ListThings: TypeAlias = Callable[[str], "Sequence[tuple[str, str]] | None"]
"""All things of a class, by its slug: relative IRI and name, in order; None where there are too many."""

_OWN: Final = re.compile(r"id/([a-z-]+)/[^/\s]+")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+|id/\S+")


@dataclass(frozen=True)
class Field:
    """A parameter as a form shows it.

    ``value`` is what the field holds; ``options`` are values and words of a ``choice``; ``about`` is the
    slug of the class whose things can be named here; ``step`` is for a ``number``.
    """

    name: str
    label: str
    kind: Kind
    value: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    about: str = ""
    step: str = ""
    many: bool = False


def to_fields(
    query: NamedQuery,
    values: Mapping[str, str],
    language: str,
    languages: Sequence[tuple[str, str]],
    list_things: ListThings,
    name_of: Callable[[str], str | None],
) -> tuple[Field, ...]:
    """Return the fields of a query's form; ``name_of`` gives the name of a thing by its relative IRI."""
    return tuple(
        _to_field(parameter, values.get(parameter.name), language, languages, list_things, name_of)
        for parameter in query.parameters
    )


def _to_field(
    parameter: Parameter,
    given: str | None,
    language: str,
    languages: Sequence[tuple[str, str]],
    list_things: ListThings,
    name_of: Callable[[str], str | None],
) -> Field:
    value = given if given is not None else " ".join(parameter.default)
    made = Field(
        parameter.name, parameter.label[language], "text", value, parameter.type, many=parameter.many
    )
    match parameter.type:
        case "lang":
            return _choice(made, languages)
        case "integer":
            return replace(made, kind="number", step="1")
        case "decimal":
            return replace(made, kind="number", step="any")
        case "iri" if about := class_of(parameter):
            if parameter.many:
                return made
            things = list_things(about)
            if things is not None:
                return _choice(made, things)
            return replace(made, kind="thing", about=about, value=name_of(value) or value)
    return made


def _choice(field: Field, options: Sequence[tuple[str, str]]) -> Field:
    """Make a list to choose from, which holds the present value whatever it is."""
    known = {value for value, _words in options}
    more = () if field.value in known else ((field.value, field.value),)
    return replace(field, kind="choice", options=(*options, *more))


def class_of(parameter: Parameter) -> str:
    """Return the slug of the class of own things that a parameter takes, by its default; empty if none."""
    found = {match[1] if (match := _OWN.fullmatch(each)) else "" for each in parameter.default}
    return found.pop() if len(found) == 1 else ""


def resolve(query: NamedQuery, given: Mapping[str, str], find_things: FindThings) -> dict[str, str]:
    """Return the values of a query's parameters: names of things replaced by their IRIs.

    What is no name of anything stays as it is; ``queries.bind`` tells what is wrong with it. Of several
    things of one name the first is taken, so ``find_things`` gives the best first.
    """
    values = {}
    for parameter in query.parameters:
        value = given.get(parameter.name, "").strip()
        if not value:
            continue
        if parameter.type == "iri" and not parameter.many and not _IRI.fullmatch(value):
            about = class_of(parameter)
            found = find_things(about, value) if about else ()
            value = found[0] if found else value
        values[parameter.name] = value
    return values
