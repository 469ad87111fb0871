"""Cities that belong to a community, or take part in its programme: where they lie, since when they do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.engine.wkt import read_wkt, to_crs84
from mesmart_kg.overview.rows import Row, ask, bind_for, make_query, take
from mesmart_kg.store import NamedNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesmart_kg.engine import Engine, Terms

CITIES: Final = make_query(
    "cities-of-communities",
    """PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX m8g: <http://data.europa.eu/m8g/>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>

SELECT ?city ?name ?country ?community ?isMember (MIN(?start) AS ?since) (MAX(?end) AS ?until) ?point
WHERE {
  VALUES ?community { UNDEF }
  VALUES ?lang { "it" }
  {
    ?tie a cc:Membership ;
      org:member ?city ;
      org:organization ?community .
    BIND(true AS ?isMember)
  }
  UNION
  {
    ?tie a cc:Participation ;
      m8g:hasParticipant ?city ;
      cc:community ?community .
    BIND(false AS ?isMember)
  }
  FILTER EXISTS { ?city a cc:City }
  OPTIONAL { ?tie schema:startDate ?started . BIND(STR(?started) AS ?start) }
  OPTIONAL { ?tie schema:endDate ?ended . BIND(STR(?ended) AS ?end) }
  OPTIONAL { ?city cc:within+ ?country . FILTER EXISTS { ?country a cc:Country } }
  OPTIONAL { ?city geo:hasDefaultGeometry/geo:asWKT ?point }
  OPTIONAL { ?city skos:prefLabel ?cityWished . FILTER(LANGMATCHES(LANG(?cityWished), ?lang)) }
  OPTIONAL { ?city skos:prefLabel ?cityItalian . FILTER(LANG(?cityItalian) = "it") }
  BIND(COALESCE(?cityWished, ?cityItalian, STR(?city)) AS ?name)
}
GROUP BY ?city ?name ?country ?community ?isMember ?point
ORDER BY ?name ?city ?community ?isMember
""",
    take("community", "iri"),
    take("lang", "lang"),
)
"""One row for each city, community and kind of tie; without a community, those of all."""


_OF_NAMES: Final = re.compile(r"\?cityWished|VALUES \?lang|\?cityItalian")


@dataclass(frozen=True)
class Tie:
    """What binds a city to a community: a membership, or only part in a programme, label or declaration.

    ``since`` and ``until`` are dates of any precision, the earliest and the latest that any source tells.
    """

    community: str
    is_member: bool
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Town:
    """A city with its ties, in the order of their communities; degrees of CRS84, none where unknown."""

    city: str
    country: str | None
    longitude: float | None
    latitude: float | None
    ties: tuple[Tie, ...]

    @property
    def is_placed(self) -> bool:
        return self.longitude is not None and self.latitude is not None

    def is_member_of(self, community: str) -> bool:
        """Tell whether the city is a member, and not only part of something that the community runs."""
        return any(tie.community == community and tie.is_member for tie in self.ties)

    def belongs_to(self, community: str) -> bool:
        """Tell whether any tie leads to that community."""
        return any(tie.community == community for tie in self.ties)


@dataclass(frozen=True)
class Members:
    """All such cities, ordered by IRI; not ``complete`` where there were more than a page can hold."""

    towns: tuple[Town, ...] = ()
    complete: bool = True

    @property
    def communities(self) -> tuple[tuple[str, int], ...]:
        """Each community with how many of the cities it has, the largest first."""
        sizes = Counter(community for town in self.towns for community in {t.community for t in town.ties})
        return tuple(sorted(sizes.items(), key=lambda each: (-each[1], each[0])))

    @property
    def iris(self) -> frozenset[str]:
        """Everything that wants a name: cities, countries, communities."""
        cities = {town.city for town in self.towns}
        countries = {town.country for town in self.towns if town.country}
        return frozenset(cities | countries | {community for community, _size in self.communities})

    def of(self, community: str) -> Members:
        """Return only those with a tie to one community."""
        return Members(tuple(town for town in self.towns if town.belongs_to(community)), self.complete)


def members_query(language: str, community: str | None = None) -> str:
    """Return the text that :func:`read_members` asks, for one community or for all.

    Raises QuerySyntaxError for what is no IRI.
    """
    return bind_for(CITIES, language, community)


def read_members(
    engine: Engine, terms: Terms | None = None, communities: Sequence[str] | None = None
) -> Members:
    """Read the cities of these communities, or of all. Raises as the engine does."""
    rows, complete = ask(engine, _to_text(communities), terms)
    by_city: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_city[row["city"]].append(row)
    return Members(tuple(_to_town(city, by_city[city]) for city in sorted(by_city)), complete)


def _to_text(communities: Sequence[str] | None) -> str:
    """Return the query as it is asked of some communities, or of all.

    They are named where their ties are looked for, else the engine would first find the ties of all; nothing
    is sorted, for which a store on disk would look up every value that it compares; and names of cities,
    which the label index has, are left out.
    """
    text = CITIES.text.partition("ORDER BY")[0].replace("  VALUES ?community { UNDEF }\n", "", 1)
    text = "".join(line for line in text.splitlines(keepends=True) if not _OF_NAMES.search(line))
    text = text.replace("?city ?name ", "?city ")
    if communities is None:
        return text
    wanted = f"VALUES ?community {{ {' '.join(str(NamedNode(iri)) for iri in communities)} }}"
    for beginning in ("    ?tie a cc:Membership ;", "    ?tie a cc:Participation ;"):
        text = text.replace(beginning, f"    {wanted}\n{beginning}", 1)
    return text


def _to_town(city: str, rows: list[Row]) -> Town:
    point = next((place for row in rows if (place := find_point(row.get("point")))), None)
    longitude, latitude = point or (None, None)
    country = min((row["country"] for row in rows if "country" in row), default=None)
    # A city in two countries, or with two points, has rows for each; its ties are told once.
    ties = {(row["community"], row["isMember"] == "true"): row for row in rows}
    return Town(
        city,
        country,
        longitude,
        latitude,
        tuple(
            Tie(community, is_member, row.get("since"), row.get("until"))
            for (community, is_member), row in sorted(ties.items(), key=lambda each: each[0])
        ),
    )


def find_point(text: str | None) -> tuple[float, float] | None:
    """Return longitude and latitude of the first position of a geometry in WKT; None where it has none."""
    try:
        geometry = to_crs84(read_wkt(text)) if text else None
    except ValueError:
        return None
    position = next(geometry.positions(), None) if geometry else None
    if position is None or not (-180 <= position[0] <= 180 and -90 <= position[1] <= 90):
        return None
    return position[0], position[1]
