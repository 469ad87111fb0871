"""What looks after the shelf: ``releases``, ``promote``, ``receive``, ``verify``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.tables import print_table, say
from mesmart_kg.errors import ReleaseDamaged, ReleaseNotFound


@mesmart.command(epilog="Example: mesmart releases --json")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@pass_settings
def releases(settings: Settings, as_json: bool) -> None:
    """List the releases on the shelf, the newest first."""
    from mesmart_kg.catalog import Catalog

    catalog = Catalog(settings.load().paths.releases)
    shelf = catalog.releases()
    try:
        chosen = catalog.find_current()
    except (ReleaseDamaged, ReleaseNotFound) as error:
        # The list is what helps now: it tells which ones may be promoted.
        say(f"The release chosen by hand can't be served ({error}): choose another with `mesmart promote`.")
        chosen = None
    current = chosen.id if chosen else None
    rows = [
        {
            "id": each.id,
            "day": each.day.isoformat(),
            "triples": each.manifest.figures["triples"],
            "current": each.id == current,
        }
        for each in shelf
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    elif rows:
        print_table(
            ("release", "day", "triples", ""),
            [
                (row["id"], row["day"], f"{row['triples']:,}", "current" if row["current"] else "")
                for row in rows
            ],
        )
    else:
        say("No release yet: `mesmart build` makes one.")


@mesmart.command(epilog="Example: mesmart promote 2026-11-22-3f9a1c20")
@click.argument("release_id", metavar="ID")
@pass_settings
def promote(settings: Settings, release_id: str) -> None:
    """Make a release the current one.

    The current release is the one that is served and asked. An older one may be made current again.
    """
    from mesmart_kg.catalog import Catalog

    Catalog(settings.load().paths.releases).promote(release_id)
    say(f"{release_id} is the current release now.")


@mesmart.command(epilog="Example: mesmart receive /var/lib/mesmart/incoming/2026-11-22-3f9a1c20")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@pass_settings
def receive(settings: Settings, folder: Path) -> None:
    """Put a release that was copied here on the shelf.

    Every file is compared with its checksum first; what is not whole is refused with exit code 3, and
    the shelf stays as it is. The folder may be removed then, or kept, so that the next copy has less to send.
    """
    from mesmart_kg.catalog import Catalog

    catalog = Catalog(settings.load().paths.releases)
    try:
        release = catalog.receive(folder.resolve())
    except ReleaseDamaged as error:
        for problem in error.problems:
            click.echo(problem)
        raise
    say(f"{release.id} is on the shelf, all {len(release.manifest.files)} files as its manifest says.")
    current = catalog.find_current()
    if current is not None and current.id != release.id:
        say(f"The current release still is {current.id}.")


@mesmart.command(epilog="Example: mesmart verify http://127.0.0.1:8010/sparql")
@click.argument("what", metavar="[ID|URL]", required=False)
@click.option(
    "--release", "release_id", help="The release to compare an endpoint with, if not the current one."
)
@pass_settings
def verify(settings: Settings, what: str | None, release_id: str | None) -> None:
    """Compare a release with its manifest, or an endpoint.

    Of a release, every file is compared with its checksum; of an endpoint (a URL), every statement of its
    default graph with the dump. The exit code is 3 if anything differs.
    """
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.engine.disk import check_store
    from mesmart_kg.release import compare_endpoint
    from mesmart_kg.release import verify as find_problems

    catalog = Catalog(settings.load().paths.releases)
    if what and what.startswith(("http://", "https://")):
        release = catalog.get(release_id) if release_id else catalog.current()
        comparison = compare_endpoint(release, what)
        if not comparison.is_equal:
            raise ReleaseDamaged(
                f"{what} does not hold {release.id}: {comparison.missing:,} statements are missing there, "
                f"{comparison.extra:,} are not in the release, {comparison.same:,} are the same"
            )
        say(f"{what} holds {release.id}: all {comparison.same:,} statements, and no other")
        return
    release = catalog.get(what) if what else catalog.current()
    problems = [f"{problem.kind}: {problem.path}" for problem in find_problems(release)]
    problems += [f"changed: {path}" for path in check_store(release.path)]
    for problem in problems:
        click.echo(problem)
    if problems:
        raise ReleaseDamaged(f"{release.id} is not what its manifest says", problems)
    say(f"{release.id} is what its manifest says, all {len(release.manifest.files)} files")
