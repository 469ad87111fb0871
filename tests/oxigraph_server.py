"""Oxigraph's own server (``pip install oxigraph``), with a store on disk in a temporary folder.

For tests that need an engine elsewhere which can be written to. It listens on a port of this host alone.
"""

from __future__ import annotations

import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_START_SECONDS: Final = 30


@dataclass
class OxigraphServer:
    """A server that may be killed and started again, on the same port and with the same data."""

    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def query(self) -> str:
        return f"http://127.0.0.1:{self.port}/query"

    @property
    def update(self) -> str:
        return f"http://127.0.0.1:{self.port}/update"

    @property
    def graph_store(self) -> str:
        return f"http://127.0.0.1:{self.port}/store"

    def start(self, quota: int | None = None) -> None:
        """Start it, and wait until it answers; with a quota, no file of its store grows beyond that."""
        program = Path(sys.executable).with_name("oxigraph")
        command = [program, "serve", "--location", self.folder, "--bind", f"127.0.0.1:{self.port}"]
        self._process = subprocess.Popen(
            [str(each) for each in command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Python ignores SIGXFSZ, and so then does the server: it is told of its quota, not ended by it.
            restore_signals=quota is None,
        )
        if quota is not None:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (quota, resource.RLIM_INFINITY))
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            assert self._process.poll() is None, "the oxigraph server ended at its start"
            with (
                suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(f"{self.query}?query=ASK%7B%7D", timeout=5),
            ):
                return
            time.sleep(0.1)
        raise AssertionError(f"the oxigraph server did not start in {_START_SECONDS} seconds")

    def kill(self) -> None:
        """End it at once, whatever it does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(30)
            self._process = None


@contextmanager
def running_oxigraph(folder: Path) -> Iterator[OxigraphServer]:
    """Run a server over an empty store until the end of the block."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = OxigraphServer(folder, port)
    try:
        server.start()
        yield server
    finally:
        server.kill()
