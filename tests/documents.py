"""Write what can be written from the code and the data: docs/reference.md and the credits in data/LICENSE.md.

`make docs` writes them, tests/test_docs.py tells when they are out of date.
"""

from __future__ import annotations

import csv
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mesmart_kg import errors
from mesmart_kg.cli import mesmart
from mesmart_kg.config import load_config
from mesmart_kg.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parent.parent
CREDITS_BEGIN = "<!-- credits: written by `make docs` from data/sources.csv -->\n"


def reference() -> str:
    """Return docs/reference.md: commands, settings, exit codes, errors, prefixes."""
    return "\n".join(
        (
            "# Reference",
            "",
            "Written from the code by `make docs`; do not edit.",
            "",
            "## Commands",
            "",
            *_commands(),
            "## Settings",
            "",
            *_settings(),
            "## Errors",
            "",
            *_errors(),
            "## Prefixes",
            "",
            *_prefixes(),
        )
    )


def _commands() -> Iterator[str]:
    names = ["", *sorted(mesmart.commands)]
    for name in names:
        command: click.Command = mesmart.commands[name] if name else mesmart
        title = f"mesmart {name}".strip()
        settings = {**mesmart.context_settings, "terminal_width": 100}
        parent = click.Context(mesmart, info_name="mesmart", **settings)
        context = (
            click.Context(command, info_name=name, parent=parent, terminal_width=100) if name else parent
        )
        yield f"### `{title}`"
        yield ""
        yield "```text"
        yield command.get_help(context).rstrip()
        yield "```"
        yield ""


def _settings() -> Iterator[str]:
    yield "In a file, a setting stands in the table of its section: `[web]`; in a checkout's pyproject.toml,"
    yield "`[tool.mesmart.web]`. A variable wins over the file, a flag over both. A path in a file starts at"
    yield "the file's folder."
    yield ""
    yield "| setting | variable | default | what it is |"
    yield "|---|---|---|---|"
    folder = Path("/nowhere")
    for setting in load_config({}, {}, folder).settings():
        value = setting.value
        if isinstance(value, Path):
            shown = f"./{value.name}" if value.parent == folder else f"the packaged `{value.name}`"
        elif isinstance(value, tuple):
            shown = ", ".join(value)
        else:
            shown = str(value)
        default = f"`{shown}`" if shown and "`" not in shown else shown
        yield f"| `{setting.name}` | `{setting.variable}` | {default} | {setting.about} |"
    yield ""


def _errors() -> Iterator[str]:
    yield "All stand under `MesmartError`."
    yield ""
    yield "| error | is a | when | exit code |"
    yield "|---|---|---|---|"
    from mesmart_kg.cli import exit_code

    for name, error in vars(errors).items():
        if inspect.isclass(error) and issubclass(error, errors.MesmartError):
            base = error.__bases__[0].__name__
            about = (error.__doc__ or "").split("\n\n")[0].replace("\n    ", " ")
            yield f"| `{name}` | `{base}` | {about} | {exit_code(error)} |"
    yield ""


def _prefixes() -> Iterator[str]:
    yield "| prefix | namespace |"
    yield "|---|---|"
    for prefix, namespace in PREFIXES.items():
        yield f"| `{prefix}` | `{namespace}` |"
    yield ""


def credit_lines() -> str:
    """Return the table of every source that names a licence, rights or an attribution."""
    lines = ["| source | publisher | licence or rights | credit |", "|---|---|---|---|"]
    with (PROJECT / "data" / "sources.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["licence"] or row["rights"] or row["attribution"]:
                rights = row["rights"] or row["licence"]
                if row["licence"]:
                    rights = f"[{rights}]({row['licence']})"
                cells = (f"{row['title']} (`{row['slug']}`)", row["publisher"], rights, row["attribution"])
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def with_credits(text: str) -> str:
    """Return the data licence with its credits as they are now."""
    return text.partition(CREDITS_BEGIN)[0] + CREDITS_BEGIN + "\n" + credit_lines()


if __name__ == "__main__":
    (PROJECT / "docs" / "reference.md").write_text(reference(), "utf-8")
    licence = PROJECT / "data" / "LICENSE.md"
    licence.write_text(with_credits(licence.read_text("utf-8")), "utf-8")
