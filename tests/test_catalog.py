"""The shelf: which releases there are, and which one is current."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from mesmart_kg.catalog import CURRENT, Catalog
from mesmart_kg.errors import ReleaseDamaged, ReleaseNotFound
from mesmart_kg.release import MANIFEST, Manifest, Workshop, make_id


def shelve(shelf: Path, day: date, digest: str) -> str:
    """Put an empty release on the shelf; return its id."""
    with Workshop(shelf) as workshop:
        manifest = Manifest(make_id(day, digest), day, digest, "", "", "", {}, {}, {}, ())
        return workshop.finish(manifest).id


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Three releases, of which two are of one day; the last of them was finished last."""
    for second, (day, digest) in enumerate(
        [(date(2026, 5, 3), "b" * 64), (date(2026, 5, 3), "a" * 64), (date(2026, 1, 1), "c" * 64)]
    ):
        name = shelve(tmp_path, day, digest)
        os.utime(tmp_path / name / MANIFEST, (1_000_000 + second, 1_000_000 + second))
    return tmp_path


NEWEST, SECOND, OLDEST = "2026-05-03-aaaaaaaa", "2026-05-03-bbbbbbbb", "2026-01-01-cccccccc"


def test_releases_are_listed_by_day_and_on_one_day_by_when_they_were_finished(shelf: Path) -> None:
    assert [release.id for release in Catalog(shelf).releases()] == [NEWEST, SECOND, OLDEST]


def test_the_newest_is_current_until_another_is_promoted(shelf: Path) -> None:
    catalog = Catalog(shelf)
    assert catalog.current().id == NEWEST
    assert not catalog.is_pinned()

    catalog.promote(OLDEST)

    assert catalog.current().id == OLDEST
    assert catalog.is_pinned()


def test_promoting_the_newest_lets_later_builds_follow(shelf: Path) -> None:
    catalog = Catalog(shelf)
    catalog.promote(OLDEST)
    catalog.promote(NEWEST)

    later = shelve(shelf, date(2026, 6, 1), "d" * 64)

    assert catalog.current().id == later
    assert not catalog.is_pinned()


def test_the_release_of_a_date_is_the_newest_that_was_there(shelf: Path) -> None:
    catalog = Catalog(shelf)

    assert catalog.as_of(date(2026, 5, 2)).id == OLDEST
    assert catalog.as_of(date(2030, 1, 1)).id == NEWEST
    with pytest.raises(ReleaseNotFound, match="2025-12-31"):
        catalog.as_of(date(2025, 12, 31))


def test_an_empty_or_absent_shelf_has_no_release(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "none")

    assert catalog.releases() == []
    assert catalog.find_current() is None
    with pytest.raises(ReleaseNotFound, match="mesmart build"):
        catalog.current()


@pytest.mark.parametrize(
    "name", ["2026-05-03-ffffffff", "../elsewhere", "", "/etc", "current", ".building-x"]
)
def test_a_name_that_is_not_on_the_shelf_is_not_found(shelf: Path, name: str) -> None:
    with pytest.raises(ReleaseNotFound):
        Catalog(shelf).get(name)
    with pytest.raises(ReleaseNotFound):
        Catalog(shelf).promote(name)


def test_unfinished_and_damaged_directories_are_passed_over_in_the_list(shelf: Path) -> None:
    (shelf / "2026-07-01-eeeeeeee").mkdir()
    (shelf / "notes").mkdir()
    (shelf / SECOND / MANIFEST).write_text("{}")

    assert [release.id for release in Catalog(shelf).releases()] == [NEWEST, OLDEST]
    with pytest.raises(ReleaseDamaged):
        Catalog(shelf).get(SECOND)


def test_a_promoted_release_that_is_gone_is_told_rather_than_replaced(shelf: Path) -> None:
    (shelf / CURRENT).write_text("2026-07-01-eeeeeeee\n")

    with pytest.raises(ReleaseNotFound, match="2026-07-01-eeeeeeee"):
        Catalog(shelf).current()
