"""A second real city: what our data tell of Gent, written into the tables of a project of its own.

Every value comes from the rows of ``data/`` of this checkout, and keeps its source.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

BASE = "https://gent.example.org/kg/"
"""Of a host that exists nowhere: the city did not ask for a project."""

OURS = "https://w3id.org/city-communities/"
GENT, OASC, MEMBERSHIP = "be-gent", "oasc", "oasc--be-gent"

TOLD = (
    "--base-iri", BASE, "--name", "Gent", "--name-it", "Gand", "--name-en", "Ghent", "--language", "nl",
    "--publisher", "Gent", "--same-as", GENT, "--date", "2026-11-22",
)  # fmt: skip


def read(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def find(table: Path, slug: str) -> dict[str, str]:
    return next(row for row in read(table) if row["slug"] == slug)


def add(table: Path, **row: str) -> None:
    """Add a row; a value under a name that the table has no column for fails the test."""
    _write(table, [*read(table), row])


def change(table: Path, slug: str, values: Mapping[str, str]) -> None:
    _write(table, [{**row, **values} if row["slug"] == slug else row for row in read(table)])


def _write(table: Path, rows: list[dict[str, str]]) -> None:
    with table.open(encoding="utf-8", newline="") as old:
        header = next(csv.reader(old))
    with table.open("w", encoding="utf-8", newline="") as new:
        writer = csv.DictWriter(new, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def fill(project: Path, checkout: Path) -> None:
    """Fill the tables of a new project with what the checkout's data tell of Gent and of OASC."""
    ours, theirs = checkout / "data", project / "data"
    city = find(ours / "facts/cities.csv", GENT)
    community = find(ours / "facts/communities.csv", OASC)
    membership = find(ours / "facts/memberships.csv", MEMBERSHIP)
    identified_by = city["id_sources"].split(";")
    for slug in sorted({*identified_by, community["source"], membership["source"]}):
        row = find(ours / "sources.csv", slug)
        columns = ("slug", "title", "title_language", "publisher", "url", "issued", "licence", "rights")
        add(theirs / "sources.csv", **{name: row[name] for name in (*columns, "attribution", "checked")})
    codes = ";".join(code for code in city["identifiers"].split(";") if not code.startswith("slug:"))
    change(
        theirs / "facts/cities.csv",
        GENT,
        {
            "identifiers": codes,
            **{name: city[name] for name in ("wikidata", "geonames_id", "geometry", "wkt")},
            "source": ";".join(["gent", *identified_by]),
        },
    )
    add(
        theirs / "facts/communities.csv",
        slug=OASC,
        name_it=community["label_it"],
        name_en=community["label_en"],
        same_as=f"{OURS}id/community/{OASC}",
        **{name: community[name] for name in ("acronym", "kind", "scope", "founded", "url", "source")},
        mission_it=community["mission_it"],
        mission_en=community["mission_en"],
    )
    add(theirs / "facts/memberships.csv", **{k: v for k, v in membership.items() if k != "wave"})
