"""What makes a release and checks its sources: ``build``, ``validate``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.tables import say, steps
from mesmart_kg.cli.usage import MEBIBYTE, Usage

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
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print progress, and at the end the release with what each step took, as JSON, an object a line.",
)
@pass_settings
def build(settings: Settings, out: Path | None, day: datetime | None, as_json: bool) -> None:
    """Make a release of the sources and print its name.

    Where nothing has changed since a release was built, that one is named; where little has, only what
    depends on it is made again (the setting paths.work says where such work is kept). Data that break a rule
    make no release: the report is printed and the exit code is 1.
    """
    from mesmart_kg.build import find_up_to_date
    from mesmart_kg.release import verify as find_problems

    config, chosen_day = settings.load(), day.date() if day else None
    release = None if out else find_up_to_date(config, chosen_day)
    if release is None or find_problems(release):
        release = build_release(config, chosen_day, out, as_json=as_json)
    elif as_json:
        _print_json({"release": release.id, "path": str(release.path), "built": False, "steps": []})
    else:
        say("Nothing has changed since this release was built.")
    if not as_json:
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


def build_release(
    config: Config, day: date | None = None, out: Path | None = None, *, as_json: bool = False
) -> Release:
    """Make a release of the sources, telling of each step. Raises what ``build.build`` raises."""
    from mesmart_kg.build import build

    with _json_steps() if as_json else _told_steps() as usage:
        release = build(config, day, out, progress=usage)
    triples = release.manifest.figures["triples"]
    if as_json:
        _print_json(
            {
                "release": release.id,
                "path": str(release.path),
                "built": True,
                "triples": triples,
                "seconds": round(usage.seconds, 2),
                "memory": usage.memory,
                "steps": [
                    {"step": each.step, "seconds": round(each.seconds, 2), "memory": each.memory}
                    for each in usage.steps
                ],
            }
        )
    else:
        say(_summarise(usage))
        say(f"Release {release.id} ({triples:,} triples) is in {release.path}")
    return release


@contextmanager
def _told_steps() -> Iterator[Usage]:
    with steps() as tell, Usage(tell) as usage:
        yield usage


@contextmanager
def _json_steps() -> Iterator[Usage]:
    def tell(step: str, done: int, total: int) -> None:
        _print_json({"step": step, "done": done, "total": total})

    with Usage(tell) as usage:
        yield usage


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, ensure_ascii=False))
    sys.stdout.flush()


def _summarise(usage: Usage) -> str:
    """Return what each step took, a line for each, for people."""
    rows = [(each.step, each.seconds, each.memory) for each in usage.steps]
    rows.append(("together", usage.seconds, usage.memory))
    lines = []
    for name, seconds, memory in rows:
        held = f"  {memory / MEBIBYTE:8,.0f} MiB" if memory is not None else ""
        lines.append(f"  {name:<12}{seconds:8.1f} s{held}")
    return "\n".join(lines)
