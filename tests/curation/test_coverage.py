"""Every row of the collected facts is told in the graph or excluded with its reason; queries find cells back.

How a row is recognised and a cell is found, file by file and column by column, stands in ``coverage``.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from curation.coverage import FILES, HEADER, File, find_homes, read_rows

from mesmart_kg.store import Dataset

OASC = "<https://w3id.org/city-communities/id/community/oasc>"

SAMPLE = 30
"""Cells looked up per column; columns with fewer are looked up whole."""

ALLOWED_KINDS = {"person", "doubtful"}
"""Kinds of exclusion that do not count against the one percent: rows that name persons, doubtful keys."""


@pytest.fixture(scope="session")
def facts(shared: Path) -> Path:
    """The folder of the collected facts."""
    return shared / "facts"


@pytest.fixture(scope="session")
def exclusions(project: Path) -> dict[str, dict[int, str]]:
    """File to line to kind of what ``data/exclusions.csv`` leaves out."""
    found: dict[str, dict[int, str]] = {}
    with (project / "data" / "exclusions.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["file"], {})[int(row["row"])] = row["kind"]
    return found


@pytest.fixture(scope="session")
def homes(facts_dataset: Dataset, facts: Path) -> dict[str, dict[int, list[str]]]:
    """File to line to the IRIs that tell the row."""
    return {
        file.name: {
            line: find_homes(facts_dataset, file, row)
            for line, row in enumerate(read_rows(facts, file.name), start=2)
        }
        for file in FILES
    }


by_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def test_every_table_of_the_collected_facts_has_rules(facts: Path) -> None:
    assert {path.name for path in facts.glob("*.csv")} == {file.name for file in FILES}


@by_file
def test_every_column_has_a_rule(facts: Path, file: File) -> None:
    with (facts / file.name).open(newline="", encoding="utf-8") as lines:
        header = next(csv.reader(lines))

    assert sorted(header) == sorted(file.columns)


@by_file
def test_rows_in_are_rows_told_and_rows_excluded(
    homes: dict[str, dict[int, list[str]]], exclusions: dict[str, dict[int, str]], facts: Path, file: File
) -> None:
    told = {line for line, found in homes[file.name].items() if found}
    left_out = set(exclusions.get(file.name, {}))
    rows = read_rows(facts, file.name)
    missing = sorted(set(range(2, len(rows) + 2)) - told - left_out)

    assert not missing, f"{file.name}: rows neither told nor excluded, by line: {missing[:20]}"
    assert not told & left_out, f"{file.name}: rows told although excluded: {sorted(told & left_out)}"
    assert len(rows) == len(told) + len(left_out)


@pytest.mark.parametrize("file", [file for file in FILES if file.homes_differ], ids=lambda file: file.name)
def test_no_two_rows_hide_behind_one_resource(homes: dict[str, dict[int, list[str]]], file: File) -> None:
    owners: dict[str, int] = {}
    for line, found in homes[file.name].items():
        for home in found:
            assert owners.setdefault(home, line) == line, (
                f"{file.name}: lines {owners[home]} and {line}: {home}"
            )


@by_file
def test_exclusions_are_rare(exclusions: dict[str, dict[int, str]], facts: Path, file: File) -> None:
    counted = [kind for kind in exclusions.get(file.name, {}).values() if kind not in ALLOWED_KINDS]

    assert len(counted) <= len(read_rows(facts, file.name)) / 100


def test_exclusions_name_rows_that_exist(exclusions: dict[str, dict[int, str]], facts: Path) -> None:
    for name, lines in exclusions.items():
        assert max(lines) <= len(read_rows(facts, name)) + 1
        assert min(lines) >= 2


def test_only_rows_that_name_persons_are_excluded_from_the_facts_about_oasc(
    exclusions: dict[str, dict[int, str]], facts: Path
) -> None:
    persons = {
        line
        for line, row in enumerate(read_rows(facts, "oasc_facts.csv"), start=2)
        if row["property"] == "founder" or row["property"].startswith("chair")
    }

    assert set(exclusions["oasc_facts.csv"]) == persons


@pytest.mark.parametrize(
    ("file", "column"),
    [pytest.param(file, column, id=f"{file.name}-{column}") for file in FILES for column in file.columns],
)
def test_cells_are_found_back(
    facts_dataset: Dataset, homes: dict[str, dict[int, list[str]]], facts: Path, file: File, column: str
) -> None:
    rows = dict(enumerate(read_rows(facts, file.name), start=2))
    filled = [line for line, row in rows.items() if row[column] and homes[file.name][line]]
    lines = random.Random(f"{file.name} {column}").sample(filled, min(SAMPLE, len(filled)))
    rule = file.columns[column]

    lost = [
        f"line {line}: {rows[line][column]}"
        for line in sorted(lines)
        if not any(
            rule(facts_dataset, home, rows[line], rows[line][column]) for home in homes[file.name][line]
        )
    ]

    assert lines, f"{file.name} has no filled cell in the column {column}"
    assert not lost, f"{file.name}, column {column}: " + "; ".join(lost)


def test_no_personal_name_of_an_excluded_row_is_told(
    facts_dataset: Dataset, exclusions: dict[str, dict[int, str]], facts: Path
) -> None:
    names = [
        read_rows(facts, file)[line - 2]["value"].casefold()
        for file, lines in exclusions.items()
        for line, kind in lines.items()
        if kind == "person"
    ]
    texts = [quad.object.value.casefold() for quad in facts_dataset.quads() if hasattr(quad.object, "value")]

    assert names
    assert [text for name in names for text in texts if name in text] == []


def test_oasc_has_the_members_that_the_notes_count(facts_dataset: Dataset) -> None:
    query = f"""{HEADER}SELECT ?member WHERE {{
        ?m a cc:Membership ; org:organization {OASC} ; org:member ?member }}"""

    assert len({solution["member"].value for solution in facts_dataset.select(query)}) == 85


def test_oasc_has_exactly_the_eight_italian_cities(facts_dataset: Dataset) -> None:
    query = f"""{HEADER}SELECT DISTINCT ?name WHERE {{
        ?m a cc:Membership ; org:organization {OASC} ; org:member ?city .
        ?city cc:within+ <https://w3id.org/city-communities/id/country/it> ; skos:prefLabel ?name .
        FILTER(LANG(?name) = "it") }}"""

    assert sorted(str(solution["name"].value) for solution in facts_dataset.select(query)) == [
        "Ancona", "Cagliari", "Genova", "Lecce", "Messina", "Milano", "Palermo", "Terni",
    ]  # fmt: skip


def test_what_is_unknown_of_the_members_of_oasc_is_told_in_numbers(facts_dataset: Dataset) -> None:
    """Counted again here, from the memberships: of the 117 of January 2018, those with evidence by then."""
    named = f"""{HEADER}SELECT (COUNT(DISTINCT ?member) AS ?n) WHERE {{
        ?m a cc:Membership ; org:organization {OASC} ; org:member ?member .
        OPTIONAL {{ ?m schema:startDate ?start }}
        OPTIONAL {{ ?m cc:inWave ?wave }}
        OPTIONAL {{ ?m skos:note ?note FILTER(CONTAINS(STR(?note), "2017 notice")) }}
        FILTER(STR(?start) <= "2018-01-26" || BOUND(?wave) || BOUND(?note)) }}"""
    told = f"""{HEADER}SELECT ?what ?n WHERE {{
        ?annotation a dqv:QualityAnnotation ; oa:hasBody ?statement ;
            oa:hasTarget {OASC} .
        ?statement schema:propertyID/skos:prefLabel ?what ; schema:value ?n . FILTER(LANG(?what) = "en") }}"""

    count = int(next(iter(facts_dataset.select(named)))["n"].value)
    gaps = {str(row["what"].value): int(row["n"].value) for row in facts_dataset.select(told)}

    assert count == 64
    assert gaps == {"members known by name": count, "members not known by name": 117 - count}
