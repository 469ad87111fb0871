"""The site in production: one process with an event loop, served by granian; the engine is its child.

Why granian under ASGI, of the servers that break a transfer whose body fails half-way: see the measurement in
``pyproject.toml``. Its embedded form is used, because the listening socket is ours: made before the release
is loaded, so that a port in use is told at once, and never shared with another server by accident.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

import uvloop
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config, EngineSettings, WebSettings
from mesmart_kg.engine import Engine, Limits
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.engine.federated import FederatedEngine
from mesmart_kg.engine.relay import Relay, read_services
from mesmart_kg.errors import ConfigError
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.asgi import Site
from mesmart_kg.web.publication import OpenEngine, publication_of
from mesmart_kg.web.warming import warming

MEBIBYTE: Final = 1024 * 1024

GRACE_SECONDS: Final = 15
"""How long, after a signal to end, answers under way may take."""

HEAD_SECONDS: Final = 10
"""From the opening of a connection, or the end of an answer on it, to the end of the next request's head."""

LONGEST_HEAD: Final = 128 * 1024
"""Bytes of a request's head; an address alone may have 64 KiB. Longer queries come by POST."""

OLDER_WORKERS: Final = 2
"""How many queries run at once about a release that is not the current one."""

_BACKLOG: Final = 1024
_SEND_BUFFER: Final = 512 * 1024
"""Bytes that the kernel holds for one reader; without a bound it would be several MiB."""


def serve(
    config: Config,
    catalog: Catalog,
    release_id: str | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a release, the current one if none is named, until SIGTERM or SIGINT; then end every process.

    ``ready`` is called with the address once requests are answered; without it, the address is said on
    standard error. Raises ConfigError when the address can't be listened on, and as ``create_app``.
    """
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    with _listen(config.web, config.engine.patience) as listener:
        app = create_app(config, catalog, engine_opener(config), release_id)
        try:
            with warming(app):
                uvloop.run(_run(Site(app), config.web, listener, ready or _say_ready))
        finally:
            publication_of(app).close()


def _listen(web: WebSettings, patience: float) -> socket.socket:
    try:
        family, kind, number, _name, address = socket.getaddrinfo(
            web.host, web.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
    except OSError as error:
        raise ConfigError(f"web.host = {web.host!r} is no address to listen on: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit these: a reader that takes nothing for so long is cut off by the kernel.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(patience * 1000))
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"the server can't listen on {web.host}:{web.port} ({error.strerror}); is the port in use? "
            "Another one is chosen by --port"
        ) from error
    return listener


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
        return EmbeddedEngine(
            release.id,
            release.path,
            workers=settings.workers if is_current else min(settings.workers, OLDER_WORKERS),
            limits=to_limits(settings),
            base_iri=config.site.base_iri,
            tell=logging.getLogger("mesmart_kg.engine").error,
        )

    return open_engine


def to_limits(settings: EngineSettings) -> Limits:
    """Return the limits of one query, as the settings give them."""
    return Limits(
        seconds=settings.seconds,
        memory=settings.memory * MEBIBYTE,
        size=settings.size * MEBIBYTE,
        patience=settings.patience,
        queue=settings.queue,
    )


def _say_ready(address: str) -> None:
    sys.stderr.write(f"Serving at {address} (endpoint: {address}sparql). Ctrl-C ends.\n")
    sys.stderr.flush()


class _Server(Server):
    """granian on a socket that is listening already."""

    def __init__(self, site: Site, listener: socket.socket, **settings: Any) -> None:
        super().__init__(site, **settings)
        self._listener = listener
        self.workers_kill_timeout = GRACE_SECONDS

    def _init_shared_socket(self) -> None:
        self._ssp = None
        # granian's stubs lag behind its own call of this.
        self._shd = SocketHolder(os.dup(self._listener.fileno()), False, _BACKLOG)  # type: ignore[assignment, call-arg]


async def _run(site: Site, web: WebSettings, listener: socket.socket, ready: Callable[[str], None]) -> None:
    _allow_files(web.connections)
    server = _Server(
        site,
        listener,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=LONGEST_HEAD),
        websockets=False,
        backlog=_BACKLOG,
        backpressure=web.connections,
        # What goes wrong with a request is told by the site; what else granian has to say is for its authors.
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    host, port = listener.getsockname()[:2]
    ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
    try:
        with contextlib.suppress(TimeoutError):  # the time of grace is over: what still runs is cut
            await server.serve()
    finally:
        await site.close()


def _allow_files(connections: int) -> None:
    """Let this process have as many open files as connections need, where the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + 512
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
