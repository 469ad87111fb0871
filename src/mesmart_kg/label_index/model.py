"""What one asks of the index, and what it answers: frozen values, without a word for people."""

from __future__ import annotations

from dataclasses import dataclass, field

from mesmart_kg.labels import Name, Reference


class TooBroad(Exception):
    """An answer would have taken longer than a reader should wait."""


@dataclass(frozen=True)
class Filters:
    """What to leave: things of one of the kinds and one of the communities and so on; empty means all.

    ``classes`` are keys of kinds of thing (``city``); the others are IRIs.
    """

    classes: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.classes, self.communities, self.countries, self.regions, self.kinds))

    def by_relation(self) -> dict[str, tuple[str, ...]]:
        """Return the chosen IRIs by the relation that leads to them."""
        told = {
            "community": self.communities,
            "country": self.countries,
            "region": self.regions,
            "kind": self.kinds,
        }
        return {relation: iris for relation, iris in told.items() if iris}


@dataclass(frozen=True)
class Register:
    """A register of codes: its scheme, how many things have one of its codes, and one of these codes."""

    scheme: str
    things: int
    example: str


@dataclass(frozen=True)
class Kind:
    """A kind of thing: its key, the IRI of the class that makes it, and how many things are of it."""

    key: str
    class_iri: str
    things: int


@dataclass(frozen=True)
class Entry:
    """A thing as lists show it.

    ``point`` is longitude and latitude in degrees (WGS 84), as texts, in the digits of the data. ``start``
    and ``end`` are dates of any precision, or times. ``codes`` are (scheme, code). ``names`` are preferred.
    """

    iri: str
    name: Name
    kind: str
    class_iri: str
    countries: tuple[Reference, ...] = ()
    regions: tuple[Reference, ...] = ()
    communities: tuple[Reference, ...] = ()
    kinds: tuple[Reference, ...] = ()
    start: str | None = None
    end: str | None = None
    point: tuple[str, str] | None = None
    codes: tuple[tuple[str, str], ...] = ()
    names: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Match:
    """What of a thing answered a search when it isn't the name that is shown.

    Another name of it, or, where ``scheme`` is not None, a code (its scheme is empty if the data tell none).
    """

    text: str
    language: str | None = None
    scheme: str | None = None


@dataclass(frozen=True)
class Hit:
    """A thing that was found, and by what if not by the name shown."""

    entry: Entry
    match: Match | None = None


@dataclass(frozen=True)
class Option:
    """One value of a filter: its key or IRI, its name (None for kinds of thing), how many things have it."""

    value: str
    name: Name | None
    things: int
    is_chosen: bool = False


@dataclass(frozen=True)
class Facet:
    """The values of one filter: ``class``, ``community``, ``country``, ``region`` or ``kind``."""

    filter: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Hits:
    """A page of what was found; ``is_cut`` says that ``total`` is only the most that is counted."""

    total: int
    hits: tuple[Hit, ...] = ()
    facets: tuple[Facet, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True)
class Listing:
    """A page of a list."""

    total: int
    entries: tuple[Entry, ...] = field(default=())
