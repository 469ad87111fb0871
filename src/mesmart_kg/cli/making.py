"""What makes a release and checks its sources: ``build``, ``validate``."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.tables import say, steps

if TYPE_CHECKING:
    from mesmart_kg.config import Config
    from mesmart_kg.release import Release

DAY: Final = click.DateTime(["%Y-%m-%d"])


@mesmart.command(epilog="Example: mesmart build --date 2026-11-22")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Where releases go, if not to the shelf."
)
@click.option(
    "--date",
    "day",
    type=DAY,
    metavar="YYYY-MM-DD",
    help="The day of the data; else the newest day in the list of sources.",
)
@pass_settings
def build(settings: Settings, out: Path | None, day: datetime | None) -> None:
    """Make a release of the sources and print its name.

    Where nothing has changed since a release was built, that one is named. Data that break a rule make no
    release: the report is printed and the exit code is 1.
    """
    from mesmart_kg.build import find_up_to_date
    from mesmart_kg.release import verify as find_problems

    config, chosen_day = settings.load(), day.date() if day else None
    release = None if out else find_up_to_date(config, chosen_day)
    if release is not None and not find_problems(release):
        say("Nothing has changed since this release was built.")
    else:
        release = build_release(config, chosen_day, out)
    click.echo(release.id)


@mesmart.command(epilog="Example: mesmart validate --lang it")
@click.option("--lang", type=click.Choice(["it", "en"]), help="The language of the messages.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@pass_settings
def validate(settings: Settings, lang: str | None, as_json: bool) -> None:
    """Check the sources and print the report.

    Nothing is made. The exit code is 1 if the data break a rule.
    """
    from mesmart_kg.build import validate_sources
    from mesmart_kg.validation import to_json, to_text

    config = settings.load()
    with steps() as tell:
        report = validate_sources(config, progress=tell)
    click.echo(to_json(report) if as_json else to_text(report, lang or config.site.languages[0]), nl=False)
    if report.violations:
        sys.exit(1)


def build_release(config: Config, day: date | None = None, out: Path | None = None) -> Release:
    """Make a release of the sources, telling of each step. Raises what ``build.build`` raises."""
    from mesmart_kg.build import build

    with steps() as tell:
        release = build(config, day, out, progress=tell)
    say(f"Release {release.id} is in {release.path}")
    return release
