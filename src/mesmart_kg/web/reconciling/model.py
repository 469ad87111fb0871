"""What is asked and answered, in neither version's words: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from mesmart_kg.label_index import Entry

Plain: TypeAlias = str | float | int | bool
"""What a query says that a property is; of an entity, its id."""


@dataclass(frozen=True)
class Condition:
    """Something a query says beside the name: a property and its values.

    ``quantifier`` tells how many of the values are to be met: ``any``, ``all`` or ``none``; ``qualifier`` how
    they are compared (``ExactMatch``, ``WildcardMatch``; others are compared as the first, and no match is
    then called safe). What does not meet a ``required`` condition is no candidate.
    """

    property: str
    values: tuple[Plain, ...]
    required: bool = False
    quantifier: str = "any"
    qualifier: str | None = None


@dataclass(frozen=True)
class Query:
    """A reconciliation query. ``key`` names it in its batch, for errors and answers.

    ``names`` are alternatives, ``ids`` entities that are named outright. ``types`` are as sent; ``strict`` is
    ``any`` or ``all`` of them, or ``should``: others are proposed where none of these fits.
    """

    key: str
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    strict: str = "any"
    conditions: tuple[Condition, ...] = ()
    limit: int = 10


@dataclass(frozen=True)
class Proposed:
    """A candidate: ``name`` is the one of its names that fits; ``features`` by name, numbers as they are."""

    entry: Entry
    score: float
    match: bool
    name: str = ""
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a query finds; ``is_broad`` says that looking further would have taken too long."""

    key: str
    candidates: tuple[Proposed, ...] = ()
    is_broad: bool = False


@dataclass(frozen=True)
class Settings:
    """How the values of a property are wanted.

    ``limit`` is how many at most (0: all), after ``offset`` others. ``content`` is ``name`` for things with
    their ids, ``literal`` for their names alone, ``id`` for their IRIs, both as text. ``language`` chooses
    texts: a tag, ``all``, or empty for the reader's. ``close`` tells when codes count that other registers
    have for something that is only close to a thing: ``rather`` than none, ``always`` or ``never``.
    """

    limit: int = 0
    offset: int = 0
    content: str = "name"
    language: str = ""
    close: str = "rather"


@dataclass(frozen=True)
class Wanted:
    """A property, as it was sent, and how its values are wanted."""

    id: str
    settings: Settings = Settings()


@dataclass(frozen=True)
class Extension:
    """A data extension query: which things, which properties."""

    ids: tuple[str, ...]
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True)
class Thing:
    """A value that is a thing: its IRI, name, and what it is in a few words."""

    iri: str
    name: str
    language: str | None = None
    description: str = ""


@dataclass(frozen=True)
class Text:
    """A value that is a text, in a language if one is told."""

    value: str
    language: str | None = None


@dataclass(frozen=True)
class Moment:
    """A value that is a day (``2021-05-03``) or a time, both in full; what is vaguer is a Text."""

    value: str


@dataclass(frozen=True)
class Nothing:
    """A place without a value, so that columns which belong together stay in step."""


Value: TypeAlias = Thing | Text | Moment | Nothing | int | float
