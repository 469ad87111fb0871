"""The application in production: under gunicorn, over an engine that outlives no server.

Why gunicorn with threads, of the servers that break a transfer whose body fails half-way: see the
measurement in ``pyproject.toml``. The keeper is started first, by the process that then watches over the
web processes; these inherit a handle on it and hold no store. That process also starts the keeper again,
should it ever end.
"""

from __future__ import annotations

import math
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config, EngineSettings
from mesmart_kg.engine import Engine, Limits
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.errors import ConfigError
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import OpenEngine, publication_of

MEBIBYTE: Final = 1024 * 1024

GRACE_SECONDS: Final = 15
"""How long, after a signal to end, answers under way may take."""

IDLE_SECONDS: Final = 30
"""How long a connection without a request is kept."""


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
    # Before the release is loaded: whoever asks for a port in use need not wait to be told.
    with _listen(config.web.host, config.web.port, config.engine.patience) as listener:
        app = create_app(config, catalog, engine_opener(config), release_id)
        try:
            _Server(app, config, listener, ready or _say_ready).run()
        except SystemExit as ending:
            # gunicorn ends in this way also when all is well.
            if ending.code:
                raise
        finally:
            publication_of(app).engine.close()


def _listen(host: str, port: int, patience: float) -> socket.socket:
    try:
        family, kind, number, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
    except OSError as error:
        raise ConfigError(f"web.host = {host!r} is no address to listen on: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it: a reader that takes nothing for so long must not hold a thread for ever.
        longest = struct.pack("@ll", math.ceil(patience), 0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, longest)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"the server can't listen on {host}:{port} ({error.strerror}); is the port in use? "
            "Another one is chosen by --port"
        ) from error
    return listener


def engine_opener(config: Config) -> OpenEngine:
    """Return the function that opens the configured kind of engine for a release."""
    settings = config.engine

    def open_engine(release: Release) -> Engine:
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
            workers=settings.workers,
            limits=to_limits(settings),
            base_iri=config.site.base_iri,
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


class _Overseer(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's first process, which replaces web processes that ended, and the keeper as well."""

    def __init__(self, app: _Server, engine: Engine) -> None:
        super().__init__(app)
        self._engine = engine

    def manage_workers(self) -> None:
        """Replace what has ended; gunicorn calls this every second, and at once when a child ends."""
        super().manage_workers()
        if isinstance(self._engine, EmbeddedEngine):
            news = self._engine.revive()
            if news:
                self.log.error("%s", news)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn, configured from our settings alone: neither its command line nor its environment is read."""

    def __init__(
        self, app: Flask, config: Config, listener: socket.socket, ready: Callable[[str], None]
    ) -> None:
        self._app = app
        self._listener = listener
        self._config = config
        self._ready = ready
        super().__init__()

    def run(self) -> None:
        _Overseer(self, publication_of(self._app).engine).run()

    def load_config(self) -> None:
        web = self._config.web
        processes = min(2, os.cpu_count() or 1)
        options: dict[str, Any] = {
            # A copy, because gunicorn closes what it is given.
            "bind": [f"fd://{os.dup(self._listener.fileno())}"],
            "worker_class": "mesmart_kg.web.reception.PunctualWorker",
            "workers": processes,
            "threads": -(-web.threads // processes),
            "keepalive": IDLE_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "worker_connections": 1000,
            # The longest that gunicorn allows; longer queries come by POST.
            "limit_request_line": 8190,
            "proc_name": "mesmart",
            "loglevel": "warning",
            "when_ready": self._when_ready,
            "preload_app": True,
            # It would stand in the home folder, one for all servers, and take orders.
            "control_socket_disable": True,
            # Sent in parts by us, so that a reader's patience counts for files as well.
            "sendfile": False,
        }
        for key, value in options.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        return self._app

    def _when_ready(self, arbiter: Any) -> None:
        host, port = self._listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self._ready(f"http://{shown}:{port}/")
