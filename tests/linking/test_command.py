"""``mesmart link`` on a terminal: files, summary, choices, and slips told with a remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from serving import running_server, write_small_release

from mesmart_kg.catalog import Catalog
from mesmart_kg.cli import mesmart
from mesmart_kg.errors import ConfigError
from mesmart_kg.linking import TableRefused
from mesmart_kg.release import Release

CITIES = "Nome;Paese\nMessina;\nGannd;\n\nAtlantis;\n"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    write_small_release(folder)
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    place = tmp_path / "Città partner.csv"
    place.write_text(CITIES, "utf-8")
    return place


def link(shelf: Path, *arguments: str | Path) -> Result:
    result = CliRunner().invoke(
        mesmart, ["link", *map(str, arguments)], env={"MESMART_PATHS__RELEASES": str(shelf)}
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_files_are_written_and_the_summary_says_what_became_of_the_rows(
    shelf: Path, table: Path, tmp_path: Path
) -> None:
    result = link(shelf, table, "--column", "nome", "--output", tmp_path / "out")

    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "citta-partner.links.ttl",
        "citta-partner.review.csv",
        "citta-partner.sssom.tsv",
    ]
    assert "1 linked" in result.stdout
    assert "nobody's address" in result.stdout
    assert "line 4: The row is empty" in result.stderr
    assert 'created "2026-11-22"' in (tmp_path / "out" / "citta-partner.links.ttl").read_text()


def test_choices_are_fed_back_and_the_edited_file_is_left_alone(
    shelf: Path, table: Path, tmp_path: Path
) -> None:
    link(shelf, table, "--output", tmp_path)
    review = tmp_path / "citta-partner.review.csv"
    edited = b"row;name;choice;relation\n3;Gannd;city/be-gent;close\n5;Atlantis;7;\n"
    review.write_bytes(edited)

    result = link(
        shelf, table, "--review", review, "--output", tmp_path, "--publisher", "Comune", "--base",
        "https://x.example/c#", "--date", "2026-01-31", "--json",
    )  # fmt: skip
    summary = json.loads(result.stdout)

    assert (summary["matched"], summary["chosen"], summary["links"]) == (1, 1, 2)
    assert "line 3: There is no candidate 7 in row 5; there are 0." in summary["notices"]
    assert review.read_bytes() == edited
    assert summary["files"]["review"].endswith("citta-partner.review-next.csv")
    turtle = (tmp_path / "citta-partner.links.ttl").read_text()
    assert "<https://x.example/c#row-3> skos:closeMatch" in turtle
    assert '"2026-01-31"^^xsd:date' in turtle


def test_slips_are_told_with_a_remedy(shelf: Path, table: Path, tmp_path: Path) -> None:
    with pytest.raises(TableRefused, match="Did you mean “Nome”"):
        link(shelf, table, "--column", "nomi")
    for wrong in (
        ("--iri-column", "Nome", "--iri-template", "x"),
        ("--licence", "free"),
        ("--delimiter", "::"),
    ):
        with pytest.raises(ConfigError):
            link(shelf, table, "--output", tmp_path, *wrong)
    assert link(shelf, table, "--code-column", "istat").exit_code == 2
    assert link(shelf, tmp_path / "missing.csv").exit_code == 2


@pytest.mark.slow
def test_the_release_at_hand_and_a_server_of_it_give_the_same_files(release: Release, tmp_path: Path) -> None:
    rows = [
        "Messina;Italia;",
        "Forli;IT;",
        "Reggio;;",
        "Castro;;",
        "Com. di Palermo;;",
        "Gent;Belgium;",
        "Xyzzy;;",
    ]
    table = tmp_path / "cities.csv"
    table.write_text("name;country;istat\n" + "\n".join(rows) + "\n;;48017\n" * 2, "utf-8")
    shelf = release.path.parent
    assert Catalog(shelf).current().id == release.id

    link(shelf, table, "--output", tmp_path / "local")
    with running_server(shelf, web__requests=0, engine__workers=1) as server:
        link(shelf, table, "--output", tmp_path / "asked", "--endpoint", f"{server.url}reconcile")

    for written in (tmp_path / "local").iterdir():
        assert (tmp_path / "asked" / written.name).read_bytes() == written.read_bytes(), written.name


def test_what_can_not_be_written_is_named_and_leaves_nothing_behind(
    shelf: Path, table: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / "citta-partner.links.ttl").mkdir(parents=True)

    with pytest.raises(ConfigError, match=r"citta-partner\.links\.ttl can't be written"):
        link(shelf, table, "--output", tmp_path / "out")

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["citta-partner.links.ttl"]
