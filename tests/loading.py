"""A release sent to servers of the tests, as ``mesmart load`` sends it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from mesmart_kg.engine.cargo import Cargo, pack_cargo
from mesmart_kg.engine.graph_store import GraphWriter
from mesmart_kg.engine.loader import LIMITS, Loader, Report
from mesmart_kg.engine.remote import RemoteEngine
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.release import Release


def pack(release: Release, folder: Path) -> Cargo:
    return pack_cargo(
        release.id,
        release.default_ntriples,
        release.dataset_nquads,
        release.metadata,
        GraphNames().metadata,
        folder,
    )


def load_release(
    release: Release,
    endpoint: str,
    writer: GraphWriter,
    pause: float = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Load a release; without a pause, where no server asks the engine meanwhile."""
    with (
        closing(writer),
        closing(RemoteEngine(endpoint, limits=LIMITS)) as engine,
        tempfile.TemporaryDirectory() as folder,
    ):
        cargo = pack(release, Path(folder))
        return Loader(engine, writer, cargo, base_iri=GraphNames().base, pause=pause, tell=tell).load()
