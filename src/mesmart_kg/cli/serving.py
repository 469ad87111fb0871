"""What runs the server: ``serve``, of a release or of files as they are."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.making import build_release
from mesmart_kg.cli.tables import say
from mesmart_kg.config import PLACEHOLDER_EMAIL

if TYPE_CHECKING:
    from mesmart_kg.config import Config


@mesmart.command(epilog="Example: mesmart serve --port 8080, or mesmart serve --data town.ttl people.rdf")
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=int, help="The port to listen on; 0 takes a free one.")
@click.option("--release", "release_id", help="The release to serve, if not the current one.")
@click.option(
    "--data",
    "data",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE...",
    help="RDF files to serve as they are, in place of a release; may be packed (.gz).",
)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    metavar="IRI=FILE",
    help="A file whose triples stand in the named graph of that IRI; may be given again.",
)
@click.option(
    "--union",
    is_flag=True,
    help="Let the default graph of such files hold the named graphs' triples as well.",
)
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="")
@pass_settings
def serve(
    settings: Settings,
    host: str | None,
    port: int | None,
    release_id: str | None,
    data: tuple[Path, ...],
    graphs: tuple[str, ...],
    union: bool,
    more: tuple[Path, ...],
) -> None:
    """Serve a release: SPARQL endpoint, home page, dumps.

    Where there is no release yet, one is built first. When another release becomes the current one, by
    `mesmart build`, `mesmart promote` or a copy from elsewhere, it is served from then on without a break;
    the signal SIGHUP has it looked for at once. A release named with --release stays. With --data or --graph,
    files are served as they are: a preview, validated by nobody, that ends with the server.
    """
    if more and not data:
        raise click.UsageError(f"what is {more[0]}? Files to serve come after --data")
    if union and not (data or graphs):
        raise click.UsageError("--union is about files: it goes with --data or --graph")
    if not (data or graphs):
        _serve_release(settings.load(web__host=host, web__port=port), release_id)
    elif release_id:
        raise click.UsageError("serve a release or files, not both")
    else:
        # An endpoint elsewhere, if the settings name one, holds a release, never these files.
        config = settings.load(web__host=host, web__port=port, engine__kind="embedded")
        _serve_files(config, (*data, *more), graphs, union)


def _serve_release(config: Config, release_id: str | None) -> None:
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.web.server import serve as run

    catalog = Catalog(config.paths.releases)
    if release_id is None and not catalog.releases():
        say(f"There is no release in {config.paths.releases} yet: building the first one.")
        build_release(config)
    if config.site.contact_email == PLACEHOLDER_EMAIL:
        say("site.contact_email is not set: before you publish, say whom readers may write to.")
    run(config, catalog, release_id)


def _serve_files(config: Config, data: tuple[Path, ...], graphs: tuple[str, ...], union: bool) -> None:
    from mesmart_kg.preview import PreviewFile, preview, read_graph_option
    from mesmart_kg.web.server import serve as run

    files = [PreviewFile(path) for path in data] + [read_graph_option(text) for text in graphs]
    # Until the server takes the signal over: told to end, the process removes what it has written so far.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with preview(files, config.site.base_iri, union) as catalog:
        figures = catalog.release.manifest.figures
        say(
            f"A preview, validated by nobody: {figures['triples']:,} triples in the default graph, "
            f"{figures['quads']:,} in {len(figures['graphs']):,} named graphs"
        )
        run(config, catalog)
