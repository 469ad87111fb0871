"""The tables of places and sources keep their promises: slugs by rule, one name a language, one source an
address.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from curation.expectations import NEUTRAL_IDS

from mesmart_kg.facts import read_facts
from mesmart_kg.facts.slugs import slug, tell_apart
from mesmart_kg.namespaces import NAMESPACE, PREFIXES
from mesmart_kg.store import Literal

TABLES = (
    "sources.csv",
    "facts/cities.csv",
    "facts/countries.csv",
    "facts/municipalities.csv",
    "facts/regions.csv",
)


def read(project: Path, name: str) -> list[dict[str, str]]:
    with (project / "data" / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_sorted_and_diffs_well(project: Path, name: str) -> None:
    raw = (project / "data" / name).read_bytes()
    text = raw.decode("utf-8")
    keys = [row["slug"] for row in read(project, name)]

    assert keys == sorted(keys)
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert unicodedata.is_normalized("NFC", text)
    assert text.count("\n") == len(keys) + 1


def test_the_slug_of_a_municipality_is_made_by_rule(project: Path) -> None:
    codes = {row["slug"]: row["abbreviation"] for row in read(project, "facts/regions.csv")}
    rows = read(project, "facts/municipalities.csv")
    made = tell_apart((slug(row["name_it"]), codes[row["province"]]) for row in rows)

    assert [row["slug"] for row in rows] == [f"it-{name}" for name in made]


def test_towns_of_one_name_all_carry_their_province(project: Path) -> None:
    slugs = {row["slug"] for row in read(project, "facts/municipalities.csv")}

    assert {"it-castro-bg", "it-castro-le"} <= slugs
    assert "it-castro" not in slugs


def test_the_slug_of_a_region_or_province_is_made_by_rule(project: Path) -> None:
    rows = [row for row in read(project, "facts/regions.csv") if row["w3id"]]
    made = tell_apart(
        (slug(row["name_it"]), row["abbreviation"] or row["w3id"].rpartition("/")[2]) for row in rows
    )

    assert [row["slug"] for row in rows] == [f"it-{name}" for name in made]
    assert len(rows) == 127


def test_the_slug_of_a_city_is_that_of_its_municipality_or_made_of_its_name_there(project: Path) -> None:
    by_istat = {row["istat"]: row["slug"] for row in read(project, "facts/municipalities.csv")}
    for row in read(project, "facts/cities.csv"):
        istat = [code for code in row["identifiers"].split(";") if code.startswith("istat:")]
        own = f"{row['country']}-{slug(row['local_name'] or row['name_en'])}"

        assert row["slug"] == (by_istat[istat[0]] if istat else own)


def test_a_city_has_one_name_in_each_language_and_one_point(project: Path) -> None:
    """54 Italian cities stand in two tables, some of them with another name in English."""
    labels: dict[str, list[str]] = defaultdict(list)
    points: dict[str, set[str]] = defaultdict(set)
    seen = set()
    for block in read_facts(project / "data", NAMESPACE):
        for quad in block.quads:
            subject, value = str(quad.subject), quad.object
            if "/id/city/" in subject and str(quad.predicate) == f"<{PREFIXES['skos']}prefLabel>":
                assert isinstance(value, Literal)
                seen.add((subject, value))
            if "/id/geometry/" in subject and isinstance(value, Literal):
                points[subject].add(value.value)
    for subject, value in seen:
        labels[subject].append(value.language or "")

    wrong = {subject: tags for subject, tags in labels.items() if sorted(tags) != ["en", "it"]}
    assert not wrong
    assert len(labels) > 7896
    assert all(len(found) == 1 for found in points.values())


def address(url: str) -> tuple[str, str, str]:
    """Return what two ways of writing one address share: no scheme, no www, no closing slash, no case."""
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query


def test_sources_of_one_address_are_one_source(project: Path) -> None:
    owners: dict[tuple[str, str, str], str] = {}
    for row in read(project, "sources.csv"):
        for url in row["url"].split():
            assert owners.setdefault(address(url), row["slug"]) == row["slug"]


def test_every_id_under_which_a_source_was_collected_leads_to_one_source(project: Path, shared: Path) -> None:
    told = {name: row for row in read(project, "sources.csv") for name in row["identifiers"].split(";")}
    for part in ("context", "identifiers", "oasc"):
        with (shared / "facts" / f"sources.{part}.csv").open(newline="", encoding="utf-8") as lines:
            for collected in csv.DictReader(lines):
                name = NEUTRAL_IDS.get(collected["source_id"], collected["source_id"])
                urls = told[name]["url"].split()
                assert address(collected["url"]) in [address(url) for url in urls]


def test_no_source_is_named_after_a_private_person(project: Path) -> None:
    """Addresses stay as they are; what we write ourselves, ids above all, names no one."""
    surnames = {name.split("-")[0] for name in NEUTRAL_IDS}
    for path in (project / "data").rglob("*"):
        if path.suffix in (".csv", ".json", ".ttl", ".md"):
            words = re.findall(r"[^\s,;<>\"]+", path.read_text(encoding="utf-8").casefold())
            named = {word for word in words if "://" not in word and any(name in word for name in surnames)}
            assert not named, path.name


def test_the_notice_stands_under_one_source(project: Path) -> None:
    (notice,) = [row for row in read(project, "sources.csv") if row["slug"] == "messina-2021"]

    assert notice["identifiers"] == "messina-2021;ctx-me-communities"


def test_a_compiled_table_names_what_it_was_derived_from(project: Path) -> None:
    sources = {row["slug"]: row["derived_from"].split(";") for row in read(project, "sources.csv")}
    used = {
        f"compiled-{name}": {
            source for row in read(project, f"facts/{name}.csv") for source in row["id_sources"].split(";")
        }
        for name in ("cities", "countries")
    }
    regions = [
        row for row in read(project, "facts/regions.csv") if row["source"] == "compiled-municipalities"
    ]
    used["regions"] = {source for row in regions for source in row["id_sources"].split(";") if source}

    assert used["compiled-cities"] <= set(sources["compiled-cities"])
    assert used["compiled-countries"] <= set(sources["compiled-countries"])
    assert used["regions"] == {"cldr-subdivisions"}
    assert {"istat-comuni", "cldr-subdivisions"} <= set(sources["compiled-municipalities"])


def test_an_english_name_of_an_italian_region_has_a_source(project: Path) -> None:
    """Istat gives Italian names only: a name that differs was read somewhere, not remembered."""
    for row in read(project, "facts/regions.csv"):
        if row["source"] == "compiled-municipalities" and row["name_en"] != row["name_it"]:
            assert row["id_sources"], row["slug"]


def test_what_is_no_commune_is_no_city(project: Path) -> None:
    cities = {row["slug"] for row in read(project, "facts/cities.csv")}
    regions = {row["slug"]: row for row in read(project, "facts/regions.csv")}

    assert not {slug for slug in cities if "lille" in slug or "moreton" in slug}
    assert regions["fr-metropole-europeenne-de-lille"]["level"] == "intermunicipal"
    assert regions["au-moreton-bay"]["wkt"] == ""
