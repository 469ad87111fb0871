"""Which column says what: guessed by what it is called, and by what it holds.

The words are those that headers have in the languages of the cities we know. A person may say otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mesmart_kg.label_index.folding import fold
from mesmart_kg.linking.model import Columns, Table
from mesmart_kg.linking.tables import is_number

_LOOKED_AT: Final = 200

# fmt: off
_NAMES: Final = (
    "name", "nome", "city", "citta", "comune", "municipality", "town", "denominazione", "stadt",
    "gemeinde", "ville", "commune", "ciudad", "municipio", "cidade", "stad", "gemeente", "partner",
    "member", "membro", "label", "title", "titolo", "ort", "kommune", "miasto", "grad",
)
_COUNTRIES: Final = (
    "country", "nazione", "paese", "stato", "land", "pays", "pais", "state", "kraj", "drzava", "iso",
    "country_code", "nation", "countrycode",
)
_REGIONS: Final = (
    "region", "regione", "province", "provincia", "departement", "department", "bundesland", "comunidad",
    "provincie", "county", "nuts2name", "voivodeship", "distrito",
)
# fmt: on

_SCHEMES: Final = MappingProxyType(
    {
        "istat": ("istat", "codice istat", "istat code", "pro com", "procom", "cod istat", "pro com t"),
        "cadastral": (
            "catastale",
            "codice catastale",
            "belfiore",
            "cadastral",
            "cadastral code",
            "cod catastale",
        ),
        "nuts": ("nuts", "nuts3", "nuts 3", "nuts code", "nuts id", "nuts 3 2024"),
        "lau": ("lau", "lau code", "lau id", "codice lau"),
        "geonames": ("geonames", "geoname id", "geonameid", "geonames id"),
        "wikidata": ("wikidata", "wikidata id", "qid", "item"),
    }
)
"""What codes are called in headers, by the scheme as our data name it."""

_SHAPES: Final = MappingProxyType(
    {
        "wikidata": re.compile(r"(https?://www\.wikidata\.org/(entity|wiki)/)?Q[1-9]\d*"),
        "cadastral": re.compile(r"[A-Z]\d{3}"),
        "istat": re.compile(r"\d{5,6}"),
        "geonames": re.compile(r"(https?://(sws|www)\.geonames\.org/)?\d{5,8}/?"),
    }
)
"""What the codes of a scheme look like; where none is told, any code will do."""

_IRI: Final = re.compile(r"(https?://|urn:)\S+")
_IRI_NAMES: Final = frozenset(("iri", "uri", "id", "identifier", "identificativo"))
"""Not ``url``: that is where a city's site is, and names the site."""


def guess_columns(table: Table) -> Columns | None:
    """Return which column says what, as far as can be told; None if none holds names."""
    samples = [_sample(table, place) for place in range(len(table.columns))]
    headers = [fold(name) for name in table.columns]
    codes = _guess_codes(headers, samples)
    taken = {place for _, place in codes}
    iri = _guess_iri(headers, samples, taken)
    taken |= {iri} if iri is not None else set()
    name = _best(_rate(headers, samples, _NAMES, taken))
    if name is None:
        texts = [
            place for place in range(len(headers)) if place not in taken and _holds_words(samples[place])
        ]
        name = texts[0] if texts else None
    if name is None:
        return None
    taken.add(name)
    country = _best(_rate(headers, samples, _COUNTRIES, taken))
    region = _best(_rate(headers, samples, _REGIONS, taken | ({country} if country is not None else set())))
    return Columns(name, country, region, codes, iri)


def _sample(table: Table, place: int) -> list[str]:
    return [cell for row in table.rows[:_LOOKED_AT] if (cell := row.cells[place])]


def _rate(
    headers: list[str], samples: list[list[str]], words: tuple[str, ...], taken: set[int]
) -> Mapping[int, float]:
    """Return how well each free column's header answers to the words: a whole word at its beginning best."""
    found = {}
    for place, header in enumerate(headers):
        parts = header.split()
        if place in taken or not _holds_words(samples[place]):
            continue
        ranks = [
            (len(words) - words.index(part)) / len(words)
            + (2 if part == header else 1 if parts[0] == part else 0)
            for part in parts
            if part in words
        ]
        if ranks:
            found[place] = max(ranks)
    return found


def _best(rated: Mapping[int, float]) -> int | None:
    return max(rated, key=lambda place: (rated[place], -place)) if rated else None


def _holds_words(sample: list[str]) -> bool:
    return (
        bool(sample)
        and sum(is_number(cell) or bool(_IRI.fullmatch(cell)) for cell in sample) < len(sample) / 2
    )


def _guess_codes(headers: list[str], samples: list[list[str]]) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for place, header in enumerate(headers):
        for scheme, names in _SCHEMES.items():
            shape = _SHAPES.get(scheme)
            fits = [cell for cell in samples[place] if shape is None or shape.fullmatch(cell)]
            if header in names and len(fits) * 2 > len(samples[place]) and scheme not in dict(found):
                found.append((scheme, place))
                break
    return tuple(found)


def _guess_iri(headers: list[str], samples: list[list[str]], taken: set[int]) -> int | None:
    """Return a column of IRIs by its header and content: one for each row, no two alike."""
    for place, sample in enumerate(samples):
        is_own = len(set(sample)) == len(sample) > 0 and all(map(_IRI.fullmatch, sample))
        if place not in taken and is_own and _IRI_NAMES.intersection(headers[place].split()):
            return place
    return None
