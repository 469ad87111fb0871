"""The command ``mesmart`` itself, and where the settings of every command come from."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mesmart_kg.config import FILE_VARIABLE, load_config

if TYPE_CHECKING:
    from mesmart_kg.config import Config


class Settings:
    """Where the settings come from; they are read when a command asks, with its own flags on top."""

    def __init__(self, file: Path | None) -> None:
        self.file = file

    def load(self, **flags: object) -> Config:
        """Read the settings; a flag is named as in a variable, ``web__port``."""
        named = {name.replace("__", "."): value for name, value in flags.items()}
        return load_config(named, os.environ, Path.cwd(), self.file)


pass_settings = click.make_pass_decorator(Settings)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: mesmart query 1, or mesmart COMMAND --help",
)
@click.version_option(version("mesmart_kg"), prog_name="mesmart")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"A TOML file with all settings, in place of the checkout's own; also {FILE_VARIABLE}.",
)
@click.pass_context
def mesmart(context: click.Context, file: Path | None) -> None:
    """Publish a city's linked data: from facts to a validated release to a SPARQL endpoint."""
    context.obj = Settings(file)
