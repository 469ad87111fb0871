"""Which engine answers about a release, and where it holds it: as the settings say."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from mesmart_kg.config import Config, EngineSettings
from mesmart_kg.engine import Engine, Limits
from mesmart_kg.engine.disk import find_store
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.engine.federated import FederatedEngine
from mesmart_kg.engine.relay import Relay, read_services
from mesmart_kg.engine.storage import Storage, choose_storage, machine_memory, to_bytes
from mesmart_kg.release import Release
from mesmart_kg.web.publication import OpenEngine

__all__ = ["engine_opener", "to_limits"]

MEBIBYTE: Final = 1024 * 1024

OLDER_WORKERS: Final = 2
"""How many queries run at once about a release that is not the current one."""


def engine_opener(config: Config) -> OpenEngine:
    """Return the function that opens the configured kind of engine for a release."""
    settings = config.engine

    def open_engine(release: Release, is_current: bool = True) -> Engine:
        engine = open_own(release, is_current)
        services = read_services(settings.services)
        if not services:
            return engine
        return FederatedEngine(engine, Relay(services, settings.service_seconds, settings.service_rows))

    def open_own(release: Release, is_current: bool) -> Engine:
        log = logging.getLogger("mesmart_kg.engine")
        if settings.kind == "remote":
            # SPARQLWrapper takes its time to load: only who asks elsewhere pays for it.
            from mesmart_kg.engine.remote import RemoteEngine

            return RemoteEngine(
                settings.endpoint,
                release.id,
                user=settings.user,
                password=settings.password,
                limits=to_limits(settings),
            )
        workers = settings.workers if is_current else min(settings.workers, OLDER_WORKERS)
        storage = _choose_storage(release, settings, workers, is_current, log.info)
        return EmbeddedEngine(
            release.id,
            release.path,
            workers=workers,
            limits=to_limits(settings),
            base_iri=config.site.base_iri,
            tell=log.warning,
            storage=storage,
        )

    return open_engine


def _choose_storage(
    release: Release, settings: EngineSettings, workers: int, is_current: bool, tell: Callable[[str], None]
) -> Storage:
    """Decide where a release is held, and tell why.

    An older one is asked by few, and never for long: if there is a store on disk already, that will do.
    """
    if settings.storage == "auto" and not is_current and find_store(release.path) is not None:
        tell(f"{release.id} is held on disk, where it lies already: it is not the current release")
        return "disk"
    figures = release.manifest.figures
    statements = figures["triples"] + figures["quads"]
    budget = settings.memory_budget * MEBIBYTE or machine_memory() // 2
    chosen = choose_storage(settings.storage, statements, workers, budget)
    needed = to_bytes(statements, workers) // MEBIBYTE
    tell(
        f"{release.id} is held {'in memory' if chosen == 'memory' else 'on disk'} "
        f"(engine.storage = {settings.storage}): its {statements:,} statements may take {needed:,} MiB with "
        f"{workers} workers, of {budget // MEBIBYTE:,}"
    )
    return chosen


def to_limits(settings: EngineSettings) -> Limits:
    """Return the limits of one query, as the settings give them."""
    return Limits(
        seconds=settings.seconds,
        memory=settings.memory * MEBIBYTE,
        size=settings.size * MEBIBYTE,
        patience=settings.patience,
        queue=settings.queue,
    )
