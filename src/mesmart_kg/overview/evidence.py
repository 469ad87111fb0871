"""The communities of one city, and who says so: by the named query ``communities-of-a-city``."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.overview.rows import Row, ask, bind_for, find_default
from mesmart_kg.queries import find_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesmart_kg.engine import Engine, Terms
    from mesmart_kg.queries import NamedQuery

COMMUNITIES: Final = "communities-of-a-city"


@dataclass(frozen=True)
class Belonging:
    """A community that a city belongs to.

    ``since`` holds every date of joining that a source tells, of any precision, the earliest first:
    where sources disagree there are several, and where none tells there is none.
    """

    community: str
    since: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Belongings:
    """The communities of a city, in the order of their names."""

    city: str
    belongings: tuple[Belonging, ...]

    @property
    def iris(self) -> frozenset[str]:
        """Everything that wants a name."""
        told = {iri for each in self.belongings for iri in (each.community, *each.sources)}
        return frozenset(told | {self.city})


def read_belongings(
    engine: Engine,
    queries: Sequence[NamedQuery],
    language: str,
    base_iri: str,
    terms: Terms | None = None,
) -> Belongings | None:
    """Read the communities of the city that the named query is about by default.

    None where the release has no such query. Raises as the engine does.
    """
    query = find_query(queries, COMMUNITIES)
    city = find_default(query, "city", base_iri) if query else ""
    if query is None or not city:
        return None
    rows, _all = ask(engine, bind_for(query, language), terms)
    by_community: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_community[row["community"]].append(row)
    return Belongings(
        city,
        tuple(
            Belonging(community, _distinct(told, "since"), _distinct(told, "source"))
            for community, told in by_community.items()
        ),
    )


def _distinct(rows: list[Row], name: str) -> tuple[str, ...]:
    return tuple(sorted({row[name] for row in rows if row.get(name)}))
