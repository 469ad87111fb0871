"""Slugs in ``data/`` are those the rule makes; one that was made never changes, so exceptions are listed."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from mesmart_kg.facts.slugs import slug, tell_apart
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.store import Dataset

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

OTHER_NAMES = {
    "fr-metropole-europeenne-de-lille",
    "au-moreton-bay",
}
"""Regions among the members: named by their own tables, not by the list of cities."""


def read_table(project: Path, name: str) -> list[dict[str, str]]:
    with (project / "data" / "facts" / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


TABLES = (
    "cities.csv",
    "communities.csv",
    "countries.csv",
    "counts.csv",
    "events.csv",
    "mechanisms.csv",
    "memberships.csv",
    "municipalities.csv",
    "organizations.csv",
    "participations.csv",
    "places.csv",
    "projects.csv",
    "public-bodies.csv",
    "regions.csv",
    "series.csv",
    "statements.csv",
)


def test_every_table_of_things_is_checked_here(project: Path) -> None:
    with_slugs = {
        path.name
        for path in (project / "data" / "facts").glob("*.csv")
        if path.read_text(encoding="utf-8").partition("\n")[0].split(",")[0] == "slug"
    }

    assert with_slugs == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_slugs_are_well_formed_and_never_reused(project: Path, name: str) -> None:
    slugs = [row["slug"] for row in read_table(project, name)]

    assert [made for made in slugs if not all(SLUG.fullmatch(part) for part in made.split("--"))] == []
    assert [made for made, times in Counter(slugs).items() if times > 1] == []


def test_municipalities_are_named_by_the_rule(project: Path, shared: Path) -> None:
    """Two towns of one slug both carry the province; of two names, the Italian one comes first."""
    with (shared / "facts" / "italy_municipalities.csv").open(newline="", encoding="utf-8") as lines:
        collected = list(csv.DictReader(lines))
    made = tell_apart((slug(row["name"]), row["province_abbr"]) for row in collected)
    expected = {f"istat:{row['istat_code']}": f"it-{name}" for row, name in zip(collected, made, strict=True)}

    assert {row["istat"]: row["slug"] for row in read_table(project, "municipalities.csv")} == expected


def test_cities_are_named_by_their_own_name_and_country(project: Path, shared: Path) -> None:
    with (shared / "facts" / "cities.csv").open(newline="", encoding="utf-8") as lines:
        expected = {
            f"slug:{row['slug']}": f"{row['country_iso2'].lower()}-{slug(row['name'])}"
            for row in csv.DictReader(lines)
        }
    told = {
        identifier: row["slug"]
        for name in ("cities.csv", "regions.csv")
        for row in read_table(project, name)
        for identifier in row["identifiers"].split(";")
        if identifier.startswith("slug:")
    }

    assert told.keys() == expected.keys()
    differing = {made for identifier, made in told.items() if expected[identifier] != made}
    assert differing <= OTHER_NAMES


def test_municipalities_as_public_bodies_are_named_by_the_rule(project: Path) -> None:
    for row in read_table(project, "public-bodies.csv"):
        assert row["slug"] == f"it-{slug(row['label_it'])}"


def test_memberships_are_named_by_community_and_member(project: Path) -> None:
    for row in read_table(project, "memberships.csv"):
        assert row["slug"].split("--")[:2] == [row["organization"], row["member"].split("/")[1]]


def test_participations_are_named_by_what_and_who(project: Path) -> None:
    for row in read_table(project, "participations.csv"):
        what = row["event"] or row["community"] or row["project"]
        assert row["slug"].split("--")[:2] == [what, row["agent"].split("/")[1]]


def test_counts_are_named_by_community_measure_period_and_source(project: Path) -> None:
    for row in read_table(project, "counts.csv"):
        measure = "member-cities" if row["measure"] == "memberCities" else "member-countries"
        area = f"-{row['area'].split('/')[1]}" if row["area"] else ""
        parts = [row["community"], measure + area, row["period"] or "undated", row["source"].split(";")[0]]
        assert row["slug"] == "--".join(parts)


def test_statements_are_named_by_subject_property_and_the_digest_of_what_they_say(project: Path) -> None:
    for row in read_table(project, "statements.csv"):
        value = row["value"] or row["value_date"] or row["value_integer"] or row["value_decimal"]
        said = value + row["language"] + row["source"].split(";")[0]
        digest = hashlib.sha256(said.encode()).hexdigest()[:8]
        assert row["slug"] == f"{row['subject'].split('/')[1]}--{row['property']}--{digest}"


def test_every_own_thing_has_a_class_in_its_iri(facts_dataset: Dataset) -> None:
    pattern = re.compile(re.escape(NAMESPACE) + r"id/[a-z]+/[a-z0-9]+(-{1,2}[a-z0-9]+)*")
    subjects = {
        quad.subject.value
        for quad in facts_dataset.quads()
        if hasattr(quad.subject, "value") and quad.subject.value.startswith(NAMESPACE + "id/")
    }

    assert [iri for iri in sorted(subjects) if not pattern.fullmatch(iri)] == []
