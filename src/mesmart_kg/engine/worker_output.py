"""Where a worker writes an answer: messages of a fair size, counted, measured, and at the reader's pace."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import time
from typing import Final

from mesmart_kg import formats
from mesmart_kg.engine.protocol import Limits
from mesmart_kg.engine.serialising import XML_FORMATS, XmlCleaner
from mesmart_kg.engine.wire import DATA, Ending, error_frame, head
from mesmart_kg.errors import MesmartError, QueryTooLarge

CHUNK: Final = 128 * 1024
_HOLD_SECONDS: Final = 0.05
"""How long the first bytes of an answer may be held back, to go with the rest."""

_PAGE: Final = resource.getpagesize()
_WORTH_TRIMMING: Final = 16 * 1024 * 1024
_ROW_MARKS: Final[dict[str, tuple[tuple[bytes, ...], int]]] = {
    # The marks of rows, and how many there are that mark none: a heading's, say.
    formats.RESULTS_JSON.name: ((b'"bindings":[{"', b'}},{"'), 0),
    formats.RESULTS_XML.name: ((b"</result>",), 0),
    formats.RESULTS_TSV.name: ((b"\n",), 1),
    formats.NTRIPLES.name: ((b"\n",), 0),
    formats.NQUADS.name: ((b"\n",), 0),
}


class Memory:
    """What the kernel counts against RLIMIT_DATA, at the start and now; 0 where it does not say (macOS).

    An allowance is counted in at the start: nobody is charged for it.
    """

    def __init__(self, allowance: int) -> None:
        try:
            self._descriptor = os.open("/proc/self/statm", os.O_RDONLY)
        except OSError:
            self._descriptor = -1
        told = self.read()
        self.start = told + allowance if told else 0
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own

    def read(self) -> int:
        """Return the bytes now."""
        if self._descriptor < 0:
            return 0
        return int(os.pread(self._descriptor, 128, 0).split()[5]) * _PAGE

    def taken(self) -> int:
        """Return the bytes taken since the start."""
        return self.read() - self.start

    def trim(self) -> None:
        """Give memory back after a query that took much of it; others may need it meanwhile."""
        if self._trim is not None and self.taken() > _WORTH_TRIMMING:
            self._trim(0)


class Output:
    """A binary file that Oxigraph writes answers to, one after another; it becomes messages on a channel."""

    def __init__(self, channel: socket.socket, limits: Limits, memory: Memory) -> None:
        self.limits = limits
        self.leaves = False
        """Whether the last answer was this worker's last."""
        self.is_store_spoiled = False
        """Whether the store on disk could not be read."""
        self.refusal: Exception | None = None
        """Why a write was refused: Oxigraph passes the failure on as an OSError of its own."""
        self._channel = channel
        self._memory = memory
        self._waiting = bytearray()

    def begin(self, format: str) -> None:
        """Forget the last answer; the next one is in the format of that name."""
        self.refusal = None
        self._waiting.clear()
        self._begun = time.monotonic()
        self._patience = self.limits.patience
        self._size = 0
        self._is_sent = False
        self._rows = RowCounter(format)
        self._cleaner = XmlCleaner() if format in XML_FORMATS else None

    def write(self, data: bytes) -> int:
        try:
            self._take(data)
        except Exception as error:
            self.refusal = error
            raise
        return len(data)

    def _take(self, data: bytes) -> None:
        if self._cleaner is not None:
            data = self._cleaner.feed(data)
        self._size += len(data)
        if self._size > self.limits.size:
            megabytes = self.limits.size / (1024 * 1024)
            raise QueryTooLarge(
                f"the answer is larger than {megabytes:g} MB; ask for less of it", "size", self.limits.size
            )
        self._waiting += data
        if len(self._waiting) >= CHUNK:
            self._send_waiting()
        elif not self._is_sent and time.monotonic() - self._begun > _HOLD_SECONDS:
            # A reader sees early that something comes; what is soon complete goes in one piece.
            self._send_waiting()

    def _send_waiting(self) -> None:
        self._is_sent = True
        self._rows.count(self._waiting)
        self._send(head(DATA, len(self._waiting)), self._waiting)
        self._waiting.clear()

    def flush(self) -> None:
        """Do nothing: Oxigraph flushes once, at the end, and ``finish`` follows."""

    def finish(self) -> None:
        if self._cleaner is not None:
            self._waiting += self._cleaner.finish()
        self._rows.count(self._waiting)
        self.leaves = self._memory.taken() > self.limits.memory // 4
        ending = Ending(self._rows.result(), self.leaves)
        if not self._is_sent:
            self._send(ending.to_bytes(self._waiting))
        elif self._waiting:
            self._send(head(DATA, len(self._waiting)), self._waiting, ending.to_bytes())
        else:
            self._send(ending.to_bytes())

    def fail(self, error: MesmartError) -> None:
        """Tell an error, and leave: what the query took before it failed is hard to know."""
        self.leaves = self._memory.taken() > self.limits.memory // 4
        self._send(error_frame(error, self.leaves))

    def _send(self, *pieces: bytes | bytearray) -> None:
        try:
            sent = self._channel.sendmsg(pieces, (), socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        if sent == sum(len(piece) for piece in pieces):
            return
        # The reader is slow: the clock of the deadline stands, that of its patience runs.
        left, _ = signal.setitimer(signal.ITIMER_REAL, self._patience)
        for piece in pieces:
            with memoryview(piece) as view, view[sent:] as rest:
                self._channel.sendall(rest)
            sent = max(0, sent - len(piece))
        self._patience, _ = signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))


class RowCounter:
    """Counts the rows or triples of an answer as its bytes pass, in formats where these can be told apart.

    In N-Triples, N-Quads and TSV each is a line, and in XML no value can hold an end tag. In JSON the signs
    between two rows are counted: a value that ends in these very signs counts once too often.
    """

    def __init__(self, format: str) -> None:
        marks, self._others = _ROW_MARKS.get(format, ((), 0))
        self._tails = dict.fromkeys(marks, b"")
        self._count = 0

    def count(self, data: bytes | bytearray) -> None:
        """Count in the next bytes."""
        for mark, tail in self._tails.items():
            # A mark may be cut in two: by a beginning that was kept, which is never a whole one.
            seam = len(mark) - 1
            self._count += data.count(mark) + (tail + data[:seam]).count(mark)
            self._tails[mark] = (
                bytes((tail + data)[-seam:] if len(data) < seam else data[-seam:]) if seam else b""
            )

    def result(self) -> int | None:
        """Return how many there were; None where the format does not tell."""
        return max(0, self._count - self._others) if self._tails else None
