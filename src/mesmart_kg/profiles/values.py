"""The values that profiles are made of: facts with who says them, ties to communities, statements told.

Dates are kept as the sources give them, of any precision: ``2021``, ``2021-06`` or ``2021-06-05``. How they
are put into words is for the page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from mesmart_kg.labels import Name, Reference

T = TypeVar("T")

Kind: TypeAlias = Literal["text", "date", "link", "number", "thing"]


@dataclass(frozen=True)
class Evidence:
    """Who says so: the sources, or none and ``inferred`` where a rule drew it from other facts."""

    sources: tuple[Reference, ...] = ()
    inferred: bool = False


@dataclass(frozen=True)
class Fact(Generic[T]):
    """A value, and who says so."""

    value: T
    evidence: Evidence = Evidence()


@dataclass(frozen=True)
class Listing(Generic[T]):
    """Things in order, and the SPARQL query that found them, with all its prefixes.

    ``complete`` is false where there are more than a page is to hold. ``total`` is then how many there are,
    if that is known, and ``items`` are those of the ``page``, from 1, of so many ``pages``.
    """

    items: tuple[T, ...] = ()
    query: str = ""
    complete: bool = True
    total: int = 0
    page: int = 1
    pages: int = 1

    @property
    def count(self) -> int:
        """How many there are: as many as are here, unless it is known that there are more."""
        return max(self.total, len(self.items))


@dataclass(frozen=True)
class Point:
    """A thing at a place, in degrees of WGS 84; ``kind`` is ``main`` for that of the page."""

    longitude: float
    latitude: float
    reference: Reference
    kind: str = ""


@dataclass(frozen=True)
class Tie:
    """What binds somebody to a community: a membership, or a signature, a label, a part in a programme.

    ``start`` is when it began as far as a source tells; that it still lasts is told by none. ``told`` is the
    date of the earliest of its sources. ``certainty`` is missing where a source states it outright.
    """

    iri: str
    agent: Reference
    community: Reference
    role: Reference | None
    is_membership: bool
    start: str | None = None
    end: str | None = None
    wave: Reference | None = None
    wave_start: str | None = None
    about: tuple[Reference, ...] = ()
    certainty: Reference | None = None
    note: Name | None = None
    evidence: Evidence = Evidence()
    country: Reference | None = None
    point: Point | None = None
    told: str | None = None

    @property
    def since(self) -> str | None:
        """When it began: as told of itself, else of the wave that it came in."""
        return self.start or self.wave_start


@dataclass(frozen=True)
class Part:
    """The part that somebody had in an event or a project."""

    iri: str
    agent: Reference
    role: Reference | None
    note: Name | None = None
    about: tuple[Reference, ...] = ()
    start: str | None = None
    end: str | None = None
    evidence: Evidence = Evidence()


@dataclass(frozen=True)
class Occasion:
    """An event, with the parts that the thing of the page had in it and how else they are bound."""

    event: Reference
    start: str | None = None
    end: str | None = None
    parts: tuple[Part, ...] = ()
    place: Reference | None = None
    evidence: Evidence = Evidence()

    @property
    def year(self) -> str | None:
        return self.start[:4] if self.start else None


@dataclass(frozen=True)
class Told:
    """What a source tells of a thing, in its own words where it is a text."""

    iri: str
    property: Reference
    value: Name
    kind: Kind = "text"
    thing: Reference | None = None
    date: str | None = None
    note: Name | None = None
    evidence: Evidence = Evidence()


@dataclass(frozen=True)
class Count:
    """A number that a source tells of a community's members; ``named`` of them are named by that date.

    ``precision`` is none where the number is exact; ``area`` where it is of the whole community.
    """

    iri: str
    value: int
    of_countries: bool
    period: str | None = None
    precision: Reference | None = None
    area: Reference | None = None
    wave: Reference | None = None
    certainty: Reference | None = None
    note: Name | None = None
    evidence: Evidence = Evidence()
    named: int | None = None


@dataclass(frozen=True)
class Tally:
    """How many there are of something."""

    thing: Reference
    count: int


@dataclass(frozen=True)
class Kin:
    """A thing near to that of the page, and how: ``how`` is the property, in the direction it is told."""

    thing: Reference
    how: str
    start: str | None = None
    end: str | None = None
    evidence: Evidence = Evidence()


@dataclass(frozen=True)
class Code:
    """What a register or another site calls the thing: scheme, code, and where it leads, if anywhere."""

    scheme: str
    code: str
    address: str | None = None
    is_exact: bool = True
    evidence: Evidence = Evidence()


def tally(things: tuple[Reference, ...]) -> tuple[Tally, ...]:
    """Count how often each thing occurs, the most frequent first, then by name."""
    counts = Counter(thing.iri for thing in things)
    known = {thing.iri: thing for thing in things}
    order = sorted(counts, key=lambda iri: (-counts[iri], known[iri].name.value, iri))
    return tuple(Tally(known[iri], counts[iri]) for iri in order)
