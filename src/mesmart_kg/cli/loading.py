"""What sends a release to an engine elsewhere: ``load``."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.tables import say
from mesmart_kg.errors import ConfigError, ReleaseDamaged


@mesmart.command(epilog="Example: mesmart load 2026-11-22-3f9a1c20")
@click.argument("release_id", metavar="[ID]", required=False)
@pass_settings
def load(settings: Settings, release_id: str | None) -> None:
    """Send a release to the remote engine.

    Where it goes: engine.graph_store (Graph Store Protocol) or engine.update (SPARQL Update), read back by
    engine.endpoint; as whom: engine.load_user and MESMART_ENGINE__LOAD_PASSWORD. The engine must hold nothing
    else. While it is loaded, servers that ask it answer nothing; afterwards those that serve this release do.
    A load that was interrupted goes on where it was. The exit code is 3 where the engine does not answer, or
    holds something else at the end.
    """
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.engine.cargo import pack_cargo
    from mesmart_kg.engine.graph_store import GraphStore, Update
    from mesmart_kg.engine.loader import LIMITS, Loader
    from mesmart_kg.engine.remote import RemoteEngine
    from mesmart_kg.namespaces import GraphNames
    from mesmart_kg.release import verify

    config = settings.load()
    engine = config.engine
    if not engine.endpoint or not (engine.graph_store or engine.update):
        raise ConfigError(
            "where the release goes is not set: set engine.endpoint, and engine.graph_store or engine.update"
        )
    catalog = Catalog(config.paths.releases)
    release = catalog.get(release_id) if release_id else catalog.current()
    problems = [f"{problem.kind}: {problem.path}" for problem in verify(release)]
    if problems:
        raise ReleaseDamaged(f"{release.id} is not what its manifest says: {problems[0]}", problems)
    names = GraphNames(config.site.base_iri)
    write = (GraphStore if engine.graph_store else Update)(
        engine.graph_store or engine.update, engine.load_user, engine.load_password
    )
    read = RemoteEngine(engine.endpoint, user=engine.user, password=engine.password, limits=LIMITS)
    with (
        closing(write),
        closing(read),
        tempfile.TemporaryDirectory(prefix="mesmart-load-") as folder,
    ):
        cargo = pack_cargo(
            release.id,
            release.default_ntriples,
            release.dataset_nquads,
            release.metadata,
            names.metadata,
            Path(folder),
        )
        report = Loader(read, write, cargo, base_iri=names.base, tell=say).load()
    say(
        f"{engine.endpoint} holds {release.id}: {report.graphs} graphs sent with {report.statements:,} "
        f"statements, {report.kept} were there already; compared by counts"
        + (" and by the digest of every graph." if report.compared else ".")
    )
