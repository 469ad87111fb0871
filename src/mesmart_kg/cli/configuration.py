"""What shows the settings: ``config``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings

if TYPE_CHECKING:
    from mesmart_kg.config import Setting


@mesmart.command("config", epilog="Example: mesmart config > mesmart.toml")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON, each with its origin.")
@pass_settings
def show_config(settings: Settings, as_json: bool) -> None:
    """Show every setting and where it was set.

    What is printed is TOML that --config reads; secrets are masked.
    """
    every = list(settings.load().settings())
    if as_json:
        rows = [{"name": each.name, "value": _plain(each), "origin": each.origin} for each in every]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    section = ""
    for each in every:
        if each.section != section:
            click.echo(f"{chr(10) if section else ''}[{each.section}]")
            section = each.section
        comment = "# " if each.secret else ""
        click.echo(f"{comment}{each.key} = {json.dumps(_plain(each), ensure_ascii=False)}  # {each.origin}")


def _plain(setting: Setting) -> str | int | float | bool | list[str]:
    """Return the value as JSON has it, which for these types is TOML's form too."""
    if isinstance(setting.value, tuple):
        return list(setting.value)
    if setting.value is None:
        return ""
    return str(setting.value) if isinstance(setting.value, Path) else setting.value
