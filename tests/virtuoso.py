"""Virtuoso (Debian: ``virtuoso-opensource-7-bin``) with a database of its own in a temporary folder.

For tests that need another maker's triple store. It listens on free ports of this host alone, and is shut
down at the end; nothing of it stays. Where it is not installed, the test is skipped, but not in CI.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

_START_SECONDS: Final = 60
_INI: Final = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
LiteMode = 0
DisableUnixSocket = 1
ServerThreads = 10
NumberOfBuffers = 4000
MaxDirtyBuffers = 3000
CheckpointInterval = 0
DirsAllowed = {folder}
MaxMemPoolSize = 40000000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
MaxClientConnections = 5
ServerThreads = 5
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = 60
"""


@dataclass(frozen=True)
class Virtuoso:
    """A running server; ``endpoint`` takes queries, ``load`` puts triples into a graph."""

    endpoint: str
    folder: Path
    sql_port: int
    password: str

    @property
    def graph_store(self) -> str:
        """Where graphs are written, by the user dba; it asks for Digest authentication."""
        return f"{self.endpoint}-graph-crud-auth"

    def load(self, turtle: str, graph: str) -> None:
        """Add the triples of a Turtle text to a named graph; all graphs together are the default one."""
        file = self.folder / f"{secrets.token_hex(8)}.ttl"
        file.write_text(turtle, "utf-8")
        self.run(f"DB.DBA.TTLP_MT(file_to_string_output('{file}'), '', '{graph}', 0)")
        file.unlink()

    def run(self, sql: str) -> None:
        """Run a statement as the database's administrator."""
        command = ["isql-vt", f"127.0.0.1:{self.sql_port}", "dba", self.password, f"EXEC={sql};"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "*** Error" not in done.stdout + done.stderr, done.stdout + done.stderr


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running_virtuoso(folder: Path) -> Iterator[Virtuoso]:
    """Run a server whose files all stand in this folder, until the end of the block."""
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        if os.environ.get("CI"):
            pytest.fail("Virtuoso is missing: apt-get install virtuoso-opensource-7-bin")
        pytest.skip("Virtuoso is not installed (Debian: virtuoso-opensource-7-bin)")
    port, sql_port, password = _free_port(), _free_port(), f"p{secrets.token_hex(12)}"
    settings = folder / "virtuoso.ini"
    settings.write_text(_INI.format(folder=folder, port=port, sql_port=sql_port), "utf-8")
    process = subprocess.Popen(
        ["virtuoso-t", "+foreground", "+configfile", str(settings)],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        endpoint = f"http://127.0.0.1:{port}/sparql"
        _wait(process, endpoint, folder)
        # The password that it comes with, everybody knows.
        Virtuoso(endpoint, folder, sql_port, "dba").run(f"user_set_password('dba', '{password}')")
        yield Virtuoso(endpoint, folder, sql_port, password)
    finally:
        # SIGTERM makes a checkpoint first; nobody needs this database any more.
        process.send_signal(signal.SIGKILL)
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], endpoint: str, folder: Path) -> None:
    """Wait until it answers queries."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, _log(folder)
        try:
            with urllib.request.urlopen(f"{endpoint}?query=ASK%7B%7D", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"Virtuoso did not start in {_START_SECONDS} seconds:\n{_log(folder)}")


def _log(folder: Path) -> str:
    file = folder / "virtuoso.log"
    return file.read_text(errors="replace")[-2000:] if file.is_file() else "no log"
