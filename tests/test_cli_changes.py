"""``mesmart diff``: what changed, on the command line."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from mesmart_kg.cli import exit_code, mesmart
from mesmart_kg.errors import ReleaseNotFound

if TYPE_CHECKING:
    from pathlib import Path

    from two_releases import TwoReleases

    from mesmart_kg.release import Release


def run(shelf: Path, *arguments: str) -> bytes:
    """Run the command in this process; its standard output."""
    done = CliRunner(env={"MESMART_PATHS__RELEASES": str(shelf)}).invoke(
        mesmart, ["diff", *arguments], catch_exceptions=False
    )
    assert done.exit_code == 0
    return done.stdout_bytes


@pytest.fixture(scope="module")
def shelf(two_releases: TwoReleases) -> Path:
    return two_releases.after.path.parent


def lines_of(release: Release) -> set[bytes]:
    with gzip.open(release.dataset_nquads) as lines:
        return set(lines)


def test_without_arguments_the_current_release_is_compared_with_the_one_before(
    shelf: Path, two_releases: TwoReleases
) -> None:
    text = run(shelf, "--lang", "en").decode()

    assert text.startswith(f"{two_releases.before.id} -> {two_releases.after.id}\n")
    assert "+ Corinth" in text
    assert "- Athens · League" in text


def test_releases_are_named_by_id_word_or_directory(shelf: Path, two_releases: TwoReleases) -> None:
    before, after = two_releases.before, two_releases.after
    expected = run(shelf)

    assert run(shelf, before.id, after.id) == expected
    assert run(shelf, "previous", str(after.path)) == expected
    assert b"nothing changed" in run(shelf, "current", after.id)


def test_json_is_for_programs(shelf: Path, two_releases: TwoReleases) -> None:
    facts = json.loads(run(shelf, "--format", "json"))

    assert facts["after"] == two_releases.after.id
    assert facts["things"]["added"] >= 1


def test_a_patch_and_the_quads_of_each_side_are_written(shelf: Path, two_releases: TwoReleases) -> None:
    before, after = lines_of(two_releases.before), lines_of(two_releases.after)
    patch = run(shelf, "--format", "patch").splitlines(keepends=True)

    assert set(run(shelf, "--format", "added").splitlines(keepends=True)) == after - before
    assert set(run(shelf, "--format", "removed").splitlines(keepends=True)) == before - after
    assert {row[2:] for row in patch if row.startswith(b"A ")} == after - before


def test_one_graph_can_be_compared_alone(shelf: Path) -> None:
    rumour = run(shelf, "--format", "added", "--graph", "graph/source/rumour")
    default = run(shelf, "--format", "added", "--graph", "default")

    assert len(rumour.splitlines()) == 1
    assert b"/graph/source/rumour> .\n" in rumour
    assert b"/graph/source/notice> .\n" not in default


@pytest.mark.parametrize("name", ["2020-01-01-00000000", "nowhere"])
def test_a_release_that_is_not_there_is_named(shelf: Path, name: str) -> None:
    with pytest.raises(ReleaseNotFound, match=name):
        run(shelf, name, "current")
    assert exit_code(ReleaseNotFound) == 3


def test_the_oldest_release_has_none_before_it(
    shelf: Path, two_releases: TwoReleases, tmp_path: Path
) -> None:
    (tmp_path / two_releases.before.id).symlink_to(two_releases.before.path)

    with pytest.raises(ReleaseNotFound, match="before"):
        run(tmp_path)
