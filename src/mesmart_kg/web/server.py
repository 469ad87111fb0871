"""The site in production: one process with an event loop, served by granian; the engine is its child.

Why granian under ASGI, of the servers that break a transfer whose body fails half-way: see the measurement in
``pyproject.toml``. Its embedded form is used, because the listening socket is ours: bound before the release
is loaded, so that a port in use is told at once, and never shared with another server by accident. It listens
once requests can be answered: until then a proxy in front is refused, and turns to another server.
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
from flask import Flask
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config, WebSettings
from mesmart_kg.errors import ConfigError
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.asgi import Site
from mesmart_kg.web.following import Follower
from mesmart_kg.web.opening import engine_opener, to_limits
from mesmart_kg.web.warming import warming

__all__ = ["GRACE_SECONDS", "engine_opener", "serve", "to_limits"]

GRACE_SECONDS: Final = 15
"""How long, after a signal to end, answers under way may take."""

HEAD_SECONDS: Final = 10
"""From the opening of a connection, or the end of an answer on it, to the end of the next request's head."""

LONGEST_HEAD: Final = 128 * 1024
"""Bytes of a request's head; an address alone may have 64 KiB. Longer queries come by POST."""

_BACKLOG: Final = 1024
_SEND_BUFFER: Final = 512 * 1024
"""Bytes that the kernel holds for one reader; without a bound it would be several MiB."""


def serve(
    config: Config,
    catalog: Catalog,
    release_id: str | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a release until SIGTERM or SIGINT; then end every process.

    If none is named, that is the current one, and when another becomes current, that one (``following``);
    SIGHUP has it looked for at once.

    ``ready`` is called with the address once requests are answered; without it, the address is said on
    standard error. Raises ConfigError when the address can't be listened on, and as ``create_app``.
    """
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("mesmart_kg").setLevel(logging.INFO)
    with _bind(config.web, config.engine.patience) as listener:
        open_engine = engine_opener(config)
        site = Site(create_app(config, catalog, open_engine, release_id))

        def open_app(release: Release) -> Flask:
            return create_app(config, catalog, open_engine, release.id)

        try:
            with warming(site.edition.app):
                _open(listener, config.web)
                tell = logging.getLogger("mesmart_kg.web").info
                follower = Follower(site, catalog, open_app, config.web.follow, tell)
                # A release that was named stays: only who asks for the current one is given the next.
                uvloop.run(_run(site, listener, ready or _say_ready, None if release_id else follower))
        finally:
            site.publication.close()


def _bind(web: WebSettings, patience: float) -> socket.socket:
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
    except OSError as error:
        listener.close()
        raise _in_use(web, error) from error
    return listener


def _open(listener: socket.socket, web: WebSettings) -> None:
    """Take connections from now on. Raises ConfigError where another server was faster."""
    try:
        listener.listen(_BACKLOG)
    except OSError as error:
        raise _in_use(web, error) from error


def _in_use(web: WebSettings, error: OSError) -> ConfigError:
    return ConfigError(
        f"the server can't listen on {web.host}:{web.port} ({error.strerror}); is the port in use? "
        "Another one is chosen by --port"
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


async def _run(
    site: Site, listener: socket.socket, ready: Callable[[str], None], follower: Follower | None
) -> None:
    web = site.publication.config.web
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
    has_terminal = _has_terminal()

    def look() -> None:
        if has_terminal and not _has_terminal():  # it was closed, and says so by the same signal
            server.stop()  # type: ignore[no-untyped-call]
        elif follower is not None:
            follower.look_now()

    loop.add_signal_handler(signal.SIGHUP, look)
    following = asyncio.create_task(follower.run()) if follower is not None else None
    host, port = listener.getsockname()[:2]
    ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
    try:
        with contextlib.suppress(TimeoutError):  # the time of grace is over: what still runs is cut
            await server.serve()
    finally:
        if following is not None and follower is not None:
            following.cancel()
            await asyncio.wait([following])
            await follower.close()
        await site.close()


def _has_terminal() -> bool:
    """Tell whether somebody could type Ctrl-C."""
    try:
        os.tcgetpgrp(0)
    except OSError:
        return False
    return True


def _allow_files(connections: int) -> None:
    """Let this process have as many open files as connections need, where the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + 512
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
