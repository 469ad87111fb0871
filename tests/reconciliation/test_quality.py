"""How well the real release's things are found, by spellings of others: ``spellings.csv``.

Half of them, by their hash, were looked at while the numbers of ``weighing`` were set. The other half is
measured here, and is never looked at one by one.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from mesmart_kg.label_index import open_index
from mesmart_kg.reconciliation import Matcher, Question
from mesmart_kg.release import Release

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Quality:
    """Of what was asked: how often a match was right, how often what we hold was found at all, or matched."""

    precision: float
    recall_at_5: float
    recall_of_match: float


def read_half(tuned: bool) -> list[dict[str, str]]:
    with (HERE / "spellings.csv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if is_tuned(row["spelling"]) == tuned]


def is_tuned(spelling: str) -> bool:
    return hashlib.sha256(spelling.encode()).digest()[0] % 2 == 0


def measure(matcher: Matcher, rows: list[dict[str, str]]) -> Quality:
    questions = (
        Question(
            row["spelling"], (row["kind"],), countries=(row["country"],) if row["country"] else (), limit=5
        )
        for row in rows
    )
    said = right = held = near = 0
    for row, found in zip(rows, matcher.ask_all(questions), strict=True):
        ids = [each.entry.iri.partition("/id/")[2] for each in found]
        if found and found[0].match:
            said += 1
            right += ids[0] == row["expected"]
        if row["expected"]:
            held += 1
            near += row["expected"] in ids
    return Quality(right / said, near / held, right / held)


def test_the_spellings_are_many_and_of_several_lists() -> None:
    rows = read_half(tuned=True) + read_half(tuned=False)
    assert len(rows) >= 500
    assert len({row["package"] for row in rows}) >= 3
    assert sum(not row["expected"] for row in rows) >= 100


@pytest.mark.slow
def test_spellings_never_seen_are_found_and_rarely_taken_for_others(release: Release) -> None:
    index = open_index(release.derived, release.default_ntriples, release.manifest.digest)
    found = measure(Matcher(index), read_half(tuned=False))
    index.close()
    assert found.precision >= 0.98, found
    assert found.recall_at_5 >= 0.97, found
