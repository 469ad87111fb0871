"""Which communities have members in common, and which cities make them so.

Asks the named queries ``shared-members`` and ``cities-in-several-communities``: memberships count there,
signatures, labels and programmes do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.overview.rows import ask, bind_for
from mesmart_kg.queries import find_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesmart_kg.engine import Engine, Terms
    from mesmart_kg.overview.members import Members
    from mesmart_kg.queries import NamedQuery

PAIRS: Final = "shared-members"
SEVERAL: Final = "cities-in-several-communities"


@dataclass(frozen=True)
class Pair:
    """Two communities, and how many members they have in common."""

    first: str
    second: str
    members: int


@dataclass(frozen=True)
class Bridge:
    """A city that belongs to several communities, which are ordered by IRI."""

    city: str
    communities: tuple[str, ...]


@dataclass(frozen=True)
class Sharing:
    """The pairs with most members in common first; then the cities in most communities.

    Not ``complete`` where there are too many members to say.
    """

    pairs: tuple[Pair, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    complete: bool = True

    @property
    def communities(self) -> tuple[str, ...]:
        """Those that share any member, ordered by how many they share with all others, the most first."""
        shared: dict[str, int] = {}
        for pair in self.pairs:
            for each in (pair.first, pair.second):
                shared[each] = shared.get(each, 0) + pair.members
        return tuple(sorted(shared, key=lambda each: (-shared[each], each)))

    @property
    def iris(self) -> frozenset[str]:
        """Everything that wants a name."""
        through = {iri for bridge in self.bridges for iri in (bridge.city, *bridge.communities)}
        return frozenset(through.union(self.communities))

    def between(self, first: str, second: str) -> int:
        """Return how many members two communities have in common."""
        wanted = {first, second}
        return next((pair.members for pair in self.pairs if {pair.first, pair.second} == wanted), 0)


def read_sharing(
    engine: Engine,
    queries: Sequence[NamedQuery],
    language: str,
    members: Members,
    terms: Terms | None = None,
) -> Sharing:
    """Read what communities share; ``members`` tell which communities a city is in.

    Empty where the release has no such queries. Raises as the engine does.
    """
    pairs, several = find_query(queries, PAIRS), find_query(queries, SEVERAL)
    if pairs is None or several is None:
        return Sharing()
    told, _all = ask(engine, bind_for(pairs, language), terms)
    cities, _all = ask(engine, bind_for(several, language), terms)
    ties = {town.city: sorted({t.community for t in town.ties if t.is_member}) for town in members.towns}
    return Sharing(
        tuple(Pair(row["first"], row["second"], int(row["shared"])) for row in told),
        tuple(Bridge(row["city"], tuple(ties[row["city"]])) for row in cities if row["city"] in ties),
    )
