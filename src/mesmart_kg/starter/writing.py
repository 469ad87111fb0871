"""The folder of a new project: ``template/`` with the city's words filled in, and its tables' first rows.

In a template ``{{ name }}`` stands for a word of the city, ``{{ name|quoted }}`` for the same as TOML writes
a text. The folder is made beside its place and put there whole, or not at all; nothing is ever overwritten.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mesmart_kg.errors import ConfigError
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.starter.city import NewCity
from mesmart_kg.starter.known import Known

SETTINGS: Final = "pyproject.toml"
"""Where the settings of a project stand: in the file in which the software looks for them."""

SHARED_SOURCE: Final = "city-communities"
"""The slug of our own dataset as a source of another project."""

FEDERATED: Final = "queries/03-here-and-elsewhere.rq"
"""The query that names another endpoint; it is written where one was told."""

# What would be read as it lies in the package by programs that look for these names.
_NAMES: Final = MappingProxyType({"settings.toml": SETTINGS, "gitignore": ".gitignore"})
_PLACEHOLDER: Final = re.compile(r"\{\{ (\w+)(\|quoted)? \}\}")


@dataclass(frozen=True)
class Started:
    """A project that was made: its folder and the files in it, relative names, sorted."""

    folder: Path
    files: tuple[str, ...]


def start_project(folder: Path, city: NewCity, known: Known, day: date) -> Started:
    """Make the project of a city in a folder that is empty or not yet there.

    ``day`` is when the publisher said what the command line tells. Raises ConfigError for a folder that holds
    something, for a place that can't be written, and for a country that ``known`` has not.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ConfigError(f"{folder} is not empty, and nothing is overwritten: name a folder that is new")
    rows = _first_rows(city, known, day)
    words = _words(city, day)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as workshop:
            made = Path(workshop) / "project"
            for name, text in _fill(words, with_peer=bool(city.peer)):
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text + _write_rows(text, rows.get(name, ())), "utf-8", newline="\n")
            names = tuple(
                sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
            )
            made.chmod(0o755)
            made.rename(folder)  # over an empty folder too, and over nothing else
    except OSError as error:
        message = f"{folder} can't be made: {error.strerror}; name a place where you may write"
        raise ConfigError(message) from error
    return Started(folder, names)


def _first_rows(city: NewCity, known: Known, day: date) -> Mapping[str, tuple[Mapping[str, str], ...]]:
    """Return the rows that the tables begin with, by file: what was told, and who said so."""
    publisher = city.publisher_slug
    sources = [
        {
            "slug": publisher,
            "title": f"Quanto {city.publisher} dice di sé",
            "title_language": "it",
            "title_en": f"What {city.publisher} says of itself",
            "publisher": city.publisher,
            "checked": day.isoformat(),
        },
        {
            "slug": SHARED_SOURCE,
            "title": "Le comunità europee delle città",
            "title_language": "it",
            "title_en": "The European communities of cities",
            "publisher": "city-communities",
            "url": NAMESPACE,
            "licence": "http://creativecommons.org/licenses/by/4.0/",
            "attribution": f"Comunità europee delle città, mesmart_kg, CC BY 4.0, {NAMESPACE}",
            "checked": day.isoformat(),
        },
    ]
    if publisher == SHARED_SOURCE:
        raise ConfigError(
            f"--publisher {city.publisher!r} is what our own data are called: name who publishes yours"
        )
    country = {**known.get_country(city.country), "source": SHARED_SOURCE}
    its_own = {
        "slug": city.slug,
        "name_it": city.name_it,
        "name_en": city.name_en,
        "local_name": city.name if city.language else "",
        "local_language": city.language,
        "country": city.country,
        "same_as": city.same_as,
        "source": publisher,
    }
    return MappingProxyType(
        {
            "data/sources.csv": tuple(sorted(sources, key=lambda row: row["slug"])),
            "data/facts/countries.csv": (country,),
            "data/facts/cities.csv": (its_own,),
        }
    )


def _words(city: NewCity, day: date) -> Mapping[str, str]:
    return MappingProxyType(
        {
            "base_iri": city.base_iri,
            "city_slug": city.slug,
            "city_iri": city.iri,
            "name": city.name,
            "name_it": city.name_it,
            "name_en": city.name_en,
            "title_it": city.title_it,
            "title_en": city.title_en,
            "q_communities_it": f"Le comunità di {city.name_it}",
            "q_communities_en": f"The communities of {city.name_en}",
            "publisher": city.publisher,
            "publisher_slug": city.publisher_slug,
            "peer_url": city.peer.removeprefix("private:"),
            "services": json.dumps([city.peer] if city.peer else [], ensure_ascii=False),
            "namespace": NAMESPACE,
            "year": str(day.year),
        }
    )


def _fill(words: Mapping[str, str], *, with_peer: bool) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file of the project."""
    template = Path(str(files("mesmart_kg.starter"))) / "template"
    for path in sorted(path for path in template.rglob("*") if path.is_file()):
        relative = path.relative_to(template)
        name = relative.with_name(_NAMES.get(relative.name, relative.name)).as_posix()
        if name != FEDERATED or with_peer:
            yield name, _PLACEHOLDER.sub(lambda match: _word(match, words), path.read_text("utf-8"))


def _word(match: re.Match[str], words: Mapping[str, str]) -> str:
    word = words[match[1]]
    return json.dumps(word, ensure_ascii=False) if match[2] else word


def _write_rows(header: str, rows: tuple[Mapping[str, str], ...]) -> str:
    """Return the rows as CSV, by the header that the table's template consists of."""
    if not rows:
        return ""
    written = io.StringIO()
    columns = next(csv.reader(io.StringIO(header)))
    writer = csv.DictWriter(written, columns, restval="", lineterminator="\n")
    writer.writerows(rows)
    return written.getvalue()
