"""What the competency questions' answers must be, worked out from the CSV files of the shared facts alone.

Nothing here reads ``data/``, a release or the package: names become IRIs by a slug rule written anew, rows
are joined by hand. Where the files leave something open, a comment tells the decision that is taken.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

Row = dict[str, str]

# memberships_other.csv mixes memberships with signatures, labels and programmes: these are memberships.
MEMBERSHIP_ROLES = ("member", "founding city", "listed city")
# Two members of OASC are bodies of another kind than a commune, so they are regions.
REGIONS = {
    "European Metropolis of Lille": "id/region/fr-metropole-europeenne-de-lille",
    "Moreton Bay": "id/region/au-moreton-bay",
}
NOTICE = "messina-2021"
# notes-audit.md, section 4: second hand, the document was not read, so its total is not to be published.
UNREAD = "mimsplus8-secondhand"
# Two source ids hold the surname of a private person, which the graph must not: it has neutral ones.
NEUTRAL_IDS = {
    "eskelinen-2015": "oasc-launch-release-copy-2015",
    "mraz-checklist": "mims-plus-9-checklist",
}
SEED_CITIES = ("Ancona", "Cagliari", "Genova", "Lecce", "Messina", "Milano", "Palermo", "Terni")


@dataclass(frozen=True)
class Member:
    """One membership: who, in what, since when (empty: not known), in which wave, said by which sources."""

    agent: str
    community: str
    since: str
    wave: str
    sources: frozenset[str]


def slug(name: str) -> str:
    """Return the slug of a name: of two names with a slash between, the first."""
    first = name.split(" / ")[0].split("/")[0]
    letters = first.replace("ß", "ss").translate(str.maketrans("øØłŁı", "oolli"))
    plain = "".join(c for c in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of two points (latitude, longitude) on a sphere of the Earth's mean radius."""
    (lat1, lon1), (lat2, lon2) = (tuple(math.radians(x) for x in point) for point in (a, b))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


@dataclass(frozen=True)
class World:
    """The shared facts, joined."""

    folder: Path
    _read: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, name: str) -> list[Row]:
        if name not in self._read:
            with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                self._read[name] = list(csv.DictReader(file))
        return self._read[name]

    # -- places ------------------------------------------------------------------------------------

    @cached_property
    def cities(self) -> dict[str, Row]:
        """The rows of cities.csv that are cities, by IRI."""
        rows = (row for row in self.rows("cities") if row["name_en"] not in REGIONS)
        return {f"id/city/{row['country_iso2'].lower()}-{slug(row['name'])}": row for row in rows}

    @cached_property
    def municipalities(self) -> dict[str, Row]:
        """The rows of italy_municipalities.csv, by IRI; towns of one slug carry their province."""
        by_slug: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows("italy_municipalities"):
            by_slug[slug(row["name"])].append(row)
        found = {}
        for name, rows in by_slug.items():
            for row in rows:
                suffix = f"-{row['province_abbr'].lower()}" if len(rows) > 1 else ""
                found[f"id/city/it-{name}{suffix}"] = row
        return found

    @cached_property
    def _agents(self) -> dict[tuple[str, str], str]:
        agents: dict[tuple[str, str], str] = {}
        for iri, row in self.cities.items():
            for name in (row["name"], row["name_it"], row["name_en"], *row["name"].split(" / ")):
                agents[name, row["country_iso2"]] = iri
        for name, country in (("European Metropolis of Lille", "FR"), ("Moreton Bay", "AU")):
            agents[name, country] = REGIONS[name]
        return agents

    def agent(self, city: str, country: str = "IT") -> str:
        return self._agents[city, country]

    def country(self, agent: str) -> str:
        return agent.split("/")[2].split("-")[0].upper()

    def point(self, city: str) -> tuple[float, float]:
        row = self.cities[city]
        return float(row["lat"]), float(row["lon"])

    def country_name(self, iso2: str, language: str) -> str:
        return next(row[f"name_{language}"] for row in self.rows("countries") if row["iso2"] == iso2)

    # -- sources -----------------------------------------------------------------------------------

    @cached_property
    def sources(self) -> dict[str, Row]:
        files = ("sources.oasc", "sources.context", "sources.identifiers")
        rows = [row for name in files for row in self.rows(name)]
        return {NEUTRAL_IDS.get(row["source_id"], row["source_id"]): row for row in rows}

    @cached_property
    def _same_source(self) -> dict[str, str]:
        """Each source id to the first id with the same address: ids of one address are one source."""
        first: dict[str, str] = {}
        same = {}
        for source_id, row in sorted(self.sources.items()):
            address = re.sub(r"^https?://(www\.)?|/$", "", row["url"]) or source_id
            same[source_id] = first.setdefault(address, source_id)
        return same

    def source(self, name: str) -> str:
        """Return one id for all ids of a source, given an id or an IRI of the source or its graph."""
        return self._same_source[name.rpartition("/")[2]]

    # -- memberships -------------------------------------------------------------------------------

    @cached_property
    def members(self) -> list[Member]:
        """All memberships of cities and regions, and, by a name of their own, of other bodies."""
        notice = self.source(NOTICE)
        found = []
        for row in self.rows("oasc_members"):
            agent = self.agent(row["city"], row["country_iso2"])
            sources = {self.source(row["source_id"])}
            if agent in {self.agent(city) for city in SEED_CITIES}:
                sources.add(notice)
            found.append(Member(agent, "oasc", row["joined"], row["wave"], frozenset(sources)))
        for row in self.rows("memberships_other"):
            if row["role"].startswith(MEMBERSHIP_ROLES):
                agent = self.agent(row["city"], row["country_iso2"])
                source = frozenset({self.source(row["source_id"])})
                found.append(Member(agent, row["community_id"], row["since"], "", source))
        for row in self.rows("community_facts"):
            if row["property"] == "regionalMember":
                source = frozenset({self.source(row["source_id"])})
                found.append(Member(row["value"], row["subject"], "", "", source))
        return found

    @cached_property
    def communities_of(self) -> dict[str, set[str]]:
        """Each city that is a member of something, with its communities."""
        found: dict[str, set[str]] = defaultdict(set)
        for member in self.members:
            if member.agent in self.cities:
                found[member.agent].add(member.community)
        return found

    @cached_property
    def members_of(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for member in self.members:
            found[member.community].add(member.agent)
        return found

    @cached_property
    def involved(self) -> dict[str, set[str]]:
        """Each city of memberships_other.csv or oasc_members.csv, with all it belongs to or takes part in."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows("memberships_other"):
            found[self.agent(row["city"], row["country_iso2"])].add(row["community_id"])
        for row in self.rows("oasc_members"):
            found[self.agent(row["city"], row["country_iso2"])].add("oasc")
        return found

    def of(self, community: str) -> list[Member]:
        return [member for member in self.members if member.community == community]

    # -- waves and counts --------------------------------------------------------------------------

    @cached_property
    def wave_dates(self) -> dict[str, set[str]]:
        """Each numbered wave of OASC, with the dates that oasc_waves.csv gives it."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows("oasc_waves"):
            if row["wave"].isdecimal():
                found[row["wave"]].add(row["date"])
        return found

    @cached_property
    def counts(self) -> set[tuple[str, str, int, str, str]]:
        """Every figure of oasc_waves.csv: date, kind, number, precision, source."""
        found = set()
        for row in self.rows("oasc_waves"):
            for kind in ("cities", "countries"):
                text = row[f"{kind}_total"]
                precision = "at least" if text.endswith("+") else "about" if text.startswith("~") else "exact"
                if text and row["source_id"] != UNREAD:
                    number = int(text.strip("+~"))
                    found.add((row["date"], kind, number, precision, self.source(row["source_id"])))
        return found
