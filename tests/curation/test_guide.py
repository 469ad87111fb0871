"""The curator's guide, in both languages, tells what is there, and its example works."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mesmart_kg.facts.tables import read_table
from mesmart_kg.namespaces import NAMESPACE

GUIDES = ("README.md", "README.it.md")


@pytest.fixture(params=GUIDES)
def guide(request: pytest.FixtureRequest, project: Path) -> str:
    return (project / "data" / str(request.param)).read_text(encoding="utf-8")


def test_the_guide_names_every_table(guide: str, project: Path) -> None:
    rows = [line for line in guide.splitlines() if line.startswith("| `")]
    named = {name for line in rows for name in re.findall(r"`([a-z-]+\.csv)`", line.split(" | ")[0])}

    tables = {path.name for path in (project / "data").rglob("*.csv")}
    assert named == tables


def test_what_the_guide_names_exists(guide: str, project: Path) -> None:
    data = project / "data"
    for name in re.findall(r"`((?:facts|concepts)/[a-z0-9-]+\.[a-z]+)`", guide):
        assert (data / name).exists(), name
    for name in re.findall(r"`((?:data|src)/[^`:*…]+)(?::\d+)?`", guide):
        assert (project / name).exists(), name
    for name in re.findall(r"\]\(([^)#:]+)", guide):
        assert (data / name).exists(), name


def test_both_guides_have_the_same_sections(project: Path) -> None:
    counts = [
        len(re.findall(r"^## ", (project / "data" / name).read_text(encoding="utf-8"), re.M))
        for name in GUIDES
    ]

    assert counts[0] == counts[1] > 5


def test_the_mapping_of_the_guide_can_be_read(project: Path, tmp_path: Path) -> None:
    text = (project / "data" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)
    facts = tmp_path / "facts"
    facts.mkdir()
    for name in ("facts/countries.csv", "sources.csv"):
        for part in (name, f"{name}-metadata.json"):
            shutil.copy(project / "data" / part, tmp_path / part)
    (facts / "towns.csv-metadata.json").write_text(example, encoding="utf-8")
    table = facts / "towns.csv"
    table.write_text("slug,name_it,country,wikidata,source\nit-noto,Noto,it,,oasc-about\n", encoding="utf-8")

    (block,) = read_table(table, tmp_path, NAMESPACE)

    assert {quad.predicate.value.rpartition("/")[2].rpartition("#")[2] for quad in block.quads} == {
        "prefLabel",
        "within",
        "type",
    }
