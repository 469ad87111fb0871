"""What the operations documents say of settings, of the query log and of metrics is so, in both languages."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mesmart_kg.config import WebSettings, load_config
from mesmart_kg.web.telemetry import WORDS, Levels, Outcome, Telemetry

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = ("operations.md", "operations.it.md")


@pytest.fixture(params=DOCUMENTS)
def text(request: pytest.FixtureRequest, project: Path) -> str:
    return (project / "docs" / str(request.param)).read_text("utf-8")


def table_under(text: str, heading: int, number: int = 0) -> list[list[str]]:
    """The rows of a table, each the list of its cells: the table of that number under that heading."""
    section = re.split(r"^## ", text, flags=re.M)[heading]
    tables = re.findall(r"(?:^\|.*\n)+", section, re.M)
    rows = [line.strip("|").split(" | ") for line in tables[number].splitlines()[2:]]
    return [[cell.strip() for cell in row] for row in rows]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_setting_that_is_named_exists_and_every_default_is_true(text: str, tmp_path: Path) -> None:
    settings = {setting.name: setting.value for setting in load_config({}, {}, tmp_path).settings()}

    assert set(re.findall(r"\b((?:engine|web|site|paths|build)\.[a-z_]+)\b", text)) <= set(settings)
    for names, told, *_ in table_under(text, 7):
        values = [settings[name] for name in names_in(names)]
        numbers = [int(number) for number in re.findall(r"\d+", told)]
        assert numbers == [value for value in values if value != ()], names
    assert f"`engine.cache` ({settings['engine.cache']} MiB)" in text
    assert f"`web.max_age` ({settings['web.max_age']}" in text


def test_both_languages_tell_of_the_same(project: Path) -> None:
    english, italian = ((project / "docs" / name).read_text("utf-8") for name in DOCUMENTS)

    for heading, number in ((7, 0), (8, 0), (8, 1), (9, 0)):
        first = [row[0] for row in table_under(english, heading, number)]
        assert first == [row[0] for row in table_under(italian, heading, number)]
    assert english.count("\n## ") == italian.count("\n## ")


def test_the_settings_of_the_example_are_understood(project: Path, tmp_path: Path) -> None:
    file = project / "docs" / "deployment" / "mesmart.toml"
    config = load_config({}, {}, tmp_path, file)

    assert config.web.trusted_proxies == 1
    assert {name.partition(".")[0] for name in config.origins} == set(tomllib.loads(file.read_text("utf-8")))


def test_every_field_and_outcome_of_the_log_is_explained(text: str, tmp_path: Path) -> None:
    log = tmp_path / "queries.log"
    watch = Telemetry(WebSettings(query_log=str(log), log_addresses=True, log_queries=True))
    watch.record(Outcome("r-1", "GET", "sparql", "ok", 200, 1.0, 2, 3, "192.0.2.1", "ASK {}"))
    watch.close()

    assert [name for row in table_under(text, 8) for name in names_in(row[0])] == list(
        json.loads(log.read_text("utf-8"))
    )
    assert {name for row in table_under(text, 8, 1) for name in names_in(row[0])} == set(WORDS)


def test_every_metric_is_explained(text: str) -> None:
    watch = Telemetry(WebSettings())
    families = text_string_to_metric_families(watch.metrics(Levels("a", "b")).decode())
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    told = {name for row in table_under(text, 9) for name in names_in(row[0])} - {"process_…"}

    assert {name for name in names if name.startswith("mesmart_")} == told


def test_links_lead_somewhere(text: str, project: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", text.replace("\n", " "))

    assert targets
    assert all((project / "docs" / target).exists() for target in targets)
