"""What the documents say is what the software does."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import click
import pytest
from documents import CREDITS_BEGIN, reference, with_credits

from mesmart_kg import errors
from mesmart_kg.cli import mesmart
from mesmart_kg.config import load_config
from mesmart_kg.namespaces import PREFIXES

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = (
    "README.md",
    "README.it.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "data/LICENSE.md",
    "docs/operations.md",
    "docs/operations.it.md",
    "docs/reference.md",
)


def read(project: Path, name: str) -> str:
    return (project / name).read_text("utf-8")


def commands_in(text: str) -> list[list[str]]:
    """Every `mesmart …` line of code blocks, without the path before it and the comment behind."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    lines = [
        line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")
    ]
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[1:] for line in words if line[0].rpartition("/")[2] == "mesmart"]


def test_the_reference_is_what_the_code_says(project: Path) -> None:
    assert read(project, "docs/reference.md") == reference(), "out of date: run `make docs`"


def test_the_credits_are_those_of_the_sources(project: Path) -> None:
    text = read(project, "data/LICENSE.md")

    assert CREDITS_BEGIN in text
    assert text == with_credits(text), "out of date: run `make docs`"


def test_every_setting_command_error_and_prefix_is_documented(project: Path, tmp_path: Path) -> None:
    text = read(project, "docs/reference.md")

    for setting in load_config({}, {}, tmp_path).settings():
        assert f"| `{setting.name}` | `{setting.variable}` |" in text
    for name in mesmart.commands:
        assert f"### `mesmart {name}`" in text
    for name in vars(errors):
        if isinstance(vars(errors)[name], type) and issubclass(vars(errors)[name], errors.MesmartError):
            assert f"| `{name}` |" in text
            assert name in (errors.__doc__ or ""), f"{name} is not in the tree of errors.py"
    for prefix, namespace in PREFIXES.items():
        assert f"| `{prefix}` | `{namespace}` |" in text


@pytest.mark.parametrize("name", ["README.md", "README.it.md"])
def test_the_commands_of_the_readme_are_understood(project: Path, name: str) -> None:
    lines = commands_in(read(project, name))

    assert lines
    for line in lines:
        command = mesmart.commands[line[0]]
        with click.Context(command, info_name=line[0]) as context:
            command.parse_args(context, line[1:])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_make_targets_that_documents_name_exist(project: Path, name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", read(project, "Makefile"), re.M))

    assert set(re.findall(r"(?:`|\$ )make ([a-z]+)", read(project, name))) <= targets


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_documents_link_to_and_name_exists(project: Path, name: str) -> None:
    text = read(project, name)
    folder = (project / name).parent

    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (folder / target).exists(), target
    for path in re.findall(r"`((?:data|ontology|shapes|queries|src|tests|docs|requirements)/[^`*…]*)`", text):
        assert (project / path).exists(), path


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_settings_that_documents_name_exist(project: Path, name: str, tmp_path: Path) -> None:
    known = {setting.name for setting in load_config({}, {}, tmp_path).settings()}

    assert (
        set(re.findall(r"`((?:site|paths|build|engine|web|inbox)\.[a-z_]+)`", read(project, name))) <= known
    )


def test_the_map_of_the_readme_names_every_module(project: Path) -> None:
    text = read(project, "README.md").partition("| level | modules |")[2].partition("\n\n")[0]
    package = project / "src" / "mesmart_kg"
    modules = {path.stem for path in package.glob("*.py") if not path.stem.startswith("__")}
    packages = {path.parent.name for path in package.glob("*/__init__.py")}

    assert set(re.findall(r"`([a-z_]+)`", text)) == modules | packages


def test_the_licence_is_the_whole_eupl(project: Path) -> None:
    """Its fifteen articles, in their order, and the appendix."""
    text = read(project, "LICENSE")
    articles = [int(number) for number in re.findall(r"^(\d+)\.\s*[A-Z]", text, re.M)]

    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert articles == list(range(1, 16))
    assert "Appendix" in text
    assert text.rstrip().endswith("require the production of a new EUPL version.")
    assert len(text) > 13_000


def test_ci_runs_make_test(project: Path) -> None:
    script = project / ".ci" / "run"

    assert script.stat().st_mode & 0o100
    assert script.read_text("utf-8").rstrip().endswith("make test")
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
