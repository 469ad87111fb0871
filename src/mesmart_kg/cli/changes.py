"""What compares releases: ``diff``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.errors import ReleaseNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mesmart_kg.catalog import Catalog
    from mesmart_kg.config import Config
    from mesmart_kg.release import Release

FORMATS: Final = ("text", "json", "patch", "added", "removed")


@mesmart.command(epilog="Example: mesmart diff previous current --format patch > changes.rdfp")
@click.argument("before", metavar="[A]", default="previous")
@click.argument("after", metavar="[B]", default="current")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="In words; as JSON; as an RDF Patch; the statements added, or removed, as N-Quads.",
)
@click.option("--graph", metavar="IRI", help="Compare one named graph only; or “default”, all in one.")
@click.option("--lang", type=click.Choice(["it", "en"]), help="The language of the names.")
@pass_settings
def diff(settings: Settings, before: str, after: str, form: str, graph: str | None, lang: str | None) -> None:
    """Show what changed from release A to release B.

    A and B are ids of releases, “current”, “previous” (the one before the current), or their directories.
    The exit code is 0 whether anything changed or not.
    """
    from mesmart_kg import changes
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.glossary import read_glossary

    config = settings.load()
    catalog = Catalog(config.paths.releases)
    old, new = _find_release(catalog, before), _find_release(catalog, after)
    wanted = _find_graph(graph, config.site.base_iri)
    if form in {"text", "json"}:
        found = changes.compare(old, new, config.site.base_iri, wanted)
        if form == "json":
            click.echo(json.dumps(changes.to_facts(found), ensure_ascii=False, indent=1))
            return
        glossary = read_glossary(new.inputs)
        for line in changes.to_text(found, glossary, lang or config.site.languages[0], config.site.base_iri):
            click.echo(line)
        return
    for part in _write(config, old, new, form, wanted):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def _write(config: Config, old: Release, new: Release, form: str, graph: str | None) -> Iterator[bytes]:
    from mesmart_kg import changes
    from mesmart_kg.metadata.site import NAME

    merged = changes.merge_releases(old, new, graph)
    if form == "patch":
        iris = [f"{config.site.base_iri}set/{NAME}/{each.id}" for each in (old, new)]
        return changes.write_patch(merged, *iris)
    return changes.write_nquads(merged, changes.Side.ADDED if form == "added" else changes.Side.REMOVED)


def _find_graph(text: str | None, base_iri: str) -> str | None:
    """Return the IRI of a graph, which may be given relative to the base; ``default`` is kept."""
    if text is None or text == "default" or ":" in text:
        return text
    return base_iri + text


def _find_release(catalog: Catalog, text: str) -> Release:
    """Return the release that a word, an id or a directory names. Raises ReleaseNotFound, ReleaseDamaged."""
    from mesmart_kg.release import is_release_id, open_release

    if text == "current":
        return catalog.current()
    if text == "previous":
        current = catalog.current()
        found = catalog.find_previous(current)
        if found is None:
            raise ReleaseNotFound(f"there is no release before {current.id}, the current one")
        return found
    return catalog.get(text) if is_release_id(text) else open_release(Path(text).resolve())
