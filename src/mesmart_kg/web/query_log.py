"""A log that grows by lines and never holds up who writes to it.

The event loop hands a line over and goes on; a thread of its own puts what has come together into the file, a
few times a second. When the disk or the reader of a pipe is too slow, lines are lost, and counted, before
memory grows or a client waits.

Rotation needs no signal: the file is opened for appending, so it may be copied and truncated, and the thread
sees when it was renamed or removed, and begins a new one.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Final

from mesmart_kg.errors import ConfigError

STANDARD_OUTPUT: Final = "-"

PAUSE: Final = 0.25
"""Seconds for which lines come together before they are written."""

MOST_PENDING: Final = 8 * 1024 * 1024
"""Bytes that may wait to be written; lines beyond are lost."""

LARGEST_WRITE: Final = 1024 * 1024


class LineLog:
    """Lines on their way to a file, or to standard output where it is named ``-``.

    ``write`` and ``close`` belong to one thread. Raises ConfigError if the file can't be opened at the start;
    what fails later costs lines, never an answer.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._file = _open(name)
        self._lines: deque[bytes] = deque()
        # Bytes put and bytes taken have one writer each, so that no lock is needed.
        self._put = 0
        self._taken = 0
        self._refused = 0
        self._unwritten = 0
        self._torn = False
        self._awake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="query-log", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """How many lines could not be kept so far."""
        return self._refused + self._unwritten

    def write(self, line: bytes) -> None:
        """Hand over a line, with its line break; never waits."""
        if self._put - self._taken + len(line) > MOST_PENDING or self._closing.is_set():
            self._refused += 1
            return
        self._put += len(line)
        self._lines.append(line)
        if not self._awake.is_set():
            self._awake.set()

    def close(self, seconds: float = 2.0) -> None:
        """Write what waits and end, after this time at the latest. Closing twice does nothing."""
        self._closing.set()
        self._awake.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._awake.wait()
            self._closing.wait(PAUSE)
            self._awake.clear()  # before the lines are taken, so that none that comes now is overlooked
            self._write_lines()
        self._write_lines()
        if self._name != STANDARD_OUTPUT:
            os.close(self._file)

    def _write_lines(self) -> None:
        while self._lines:
            part = []
            size = 0
            while self._lines and size < LARGEST_WRITE:
                part.append(self._lines.popleft())
                size += len(part[-1])
            if not self._write(b"".join(part)):
                self._unwritten += len(part)
            self._taken += size

    def _write(self, data: bytes) -> bool:
        """Tell whether all of it was written; of a line that was torn, the next write starts a new one."""
        view = memoryview(b"\n" + data if self._torn else data)
        self._torn = False
        try:
            self._follow_rotation()
            while view:
                view = view[os.write(self._file, view) :]
                self._torn = True
        except OSError:  # a full disk, a closed pipe: the service goes on, and the count of lost lines tells
            return False
        self._torn = False
        return True

    def _follow_rotation(self) -> None:
        if self._name == STANDARD_OUTPUT:
            return
        ours = os.fstat(self._file)
        try:
            there = Path(self._name).stat()
        except FileNotFoundError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            renewed = os.open(self._name, _FLAGS, _MODE)
            os.close(self._file)
            self._file = renewed
            self._torn = False


_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT
_MODE: Final = 0o640  # what people ask is not for every account of the host to read


def _open(name: str) -> int:
    try:
        return sys.stdout.fileno() if name == STANDARD_OUTPUT else os.open(name, _FLAGS, _MODE)
    except OSError as error:
        raise ConfigError(f"the query log {name} can't be opened: {error.strerror or error}") from error
