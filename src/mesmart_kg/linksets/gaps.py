"""Which cities no link leads from or to, and which have none to one dataset or another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mesmart_kg.linksets.releasing import PublishedLinks


@dataclass(frozen=True)
class Gaps:
    """The cities, in the order given, and those that a set links, by its slug.

    A set that links no city at all is not told: it is of something else.
    """

    cities: tuple[str, ...]
    linked: Mapping[str, frozenset[str]]

    def without(self, slug: str) -> tuple[str, ...]:
        """Return the cities that a set does not link."""
        linked = self.linked[slug]
        return tuple(city for city in self.cities if city not in linked)

    def without_any(self) -> tuple[str, ...]:
        """Return the cities that no set links."""
        linked = frozenset().union(*self.linked.values())
        return tuple(city for city in self.cities if city not in linked)


def find_gaps(links: PublishedLinks, cities: Iterable[str]) -> Gaps:
    """Return the gaps among some cities, given by IRI."""
    listed = tuple(cities)
    known = {city: city for city in listed}
    linked: dict[str, frozenset[str]] = {}
    for each in links.sets:
        ends = (end for subject, _, value in each.triples() for end in (subject, value))
        found = frozenset(known[end] for end in ends if end in known)
        if found:
            linked[each.slug] = found
    return Gaps(listed, MappingProxyType(linked))
