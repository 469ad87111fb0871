"""What our own tables say that a new city need not write again: its country, and itself under our IRI.

Read from the data that come with the software (``config.project_folder``), by their columns. A country is
taken over as a row that names us as its source; a city is only named, for its publisher to say that it is the
same.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mesmart_kg.errors import ConfigError
from mesmart_kg.namespaces import NAMESPACE, PREFIXES

_CITIES: Final = ("cities.csv", "municipalities.csv")


@dataclass(frozen=True)
class Known:
    """The tables of the data that come with the software; ``data`` is their folder."""

    data: Path

    def get_country(self, code: str) -> Mapping[str, str]:
        """Return the row of a country for a new project's table, by its ISO code in lower case.

        Its links are in ``same_as``: ours, Wikidata's, the EU table's. Raises ConfigError if there is none.
        """
        rows = {row["slug"]: row for row in self._read("countries.csv")}
        if code not in rows:
            near = difflib.get_close_matches(code, rows, n=3, cutoff=0.4)
            remedy = f"; near are {', '.join(near)}" if near else ""
            raise ConfigError(f"--country {code}: ISO 3166-1 has no such code{remedy}")
        row = rows[code]
        links = [f"{NAMESPACE}id/country/{code}"]
        if row["wikidata"]:
            links.append(PREFIXES["wd"] + row["wikidata"])
        if row["eu_authority_code"]:
            links.append(f"{PREFIXES['at']}country/{row['eu_authority_code']}")
        columns = ("slug", "name_it", "name_en", "alpha2", "alpha3", "numeric", "continent", "union")
        return {**{name: row[name] for name in columns}, "same_as": " ".join(links)}

    def get_city(self, slug: str) -> str:
        """Return our IRI of the city with a slug such as ``be-gent``. Raises ConfigError if there is none."""
        slugs = [row["slug"] for table in _CITIES for row in self._read(table)]
        if slug in slugs:
            return f"{NAMESPACE}id/city/{slug}"
        near = difflib.get_close_matches(slug, slugs, n=3, cutoff=0.6)
        remedy = f"near are {', '.join(near)}" if near else "search for it by name on our site"
        raise ConfigError(f"--same-as {slug}: our data know no such city; {remedy}")

    def find_namesake(self, country: str, *names: str) -> str | None:
        """Return the slug of the one city of the country that has one of the names; None if it isn't one."""
        wanted = {name.casefold() for name in names if name}
        found = {
            row["slug"]
            for table in _CITIES
            for row in self._read(table)
            if row["slug"].startswith(f"{country}-")
            and wanted
            & {row[name].casefold() for name in ("name_it", "name_en", "local_name") if name in row}
        }
        return found.pop() if len(found) == 1 else None

    def _read(self, table: str) -> Iterator[Mapping[str, str]]:
        path = self.data / "facts" / table
        try:
            with path.open(encoding="utf-8", newline="") as rows:
                yield from csv.DictReader(rows)
        except OSError as error:
            raise ConfigError(f"the software's own table {table} can't be read: install it anew") from error
