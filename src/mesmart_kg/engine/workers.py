"""One query at a time, in a process that may be ended at any moment.

A worker is forked by the keeper and shares its store. It is handed connections, one after the other, and
answers the query that each brings. It has no way out: it can open no file and no socket (the limit on open
files leaves room for the one connection it is handed), so that even a query that slipped past all checks
could fetch nothing.

Limits are kept by the kernel, not by this code: an alarm ends the process at the deadline (SIGALRM), the
limit on its data segment makes Oxigraph abort (SIGABRT). The keeper sees how it ended and tells the client.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import resource
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from mmap import mmap
from pathlib import Path
from typing import Any, Final

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
)
from pyoxigraph import serialize as serialize_triples

from mesmart_kg import formats
from mesmart_kg.engine.protocol import Limits
from mesmart_kg.engine.wire import DATA, END, Request, error_frame, frame, read_request
from mesmart_kg.errors import EngineUnavailable, MesmartError, QuerySyntaxError, QueryTooLarge
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.query_text import examine
from mesmart_kg.store import OXIGRAPH_FORMATS

DONE: Final = b"."
"""What a worker tells the keeper after a query: ready for the next."""

LEAVING: Final = b"x"
"""The same, from a worker that is about to end."""

PREFIX_UNKNOWN: Final = "this prefix is not declared"
TEXT_STOPS: Final = "the text can't go on like this; is a sign missing or misplaced?"

_CHUNK: Final = 64 * 1024
_RESULTS: Final = {
    formats.RESULTS_JSON.name: QueryResultsFormat.JSON,
    formats.RESULTS_XML.name: QueryResultsFormat.XML,
    formats.RESULTS_CSV.name: QueryResultsFormat.CSV,
    formats.RESULTS_TSV.name: QueryResultsFormat.TSV,
}
_WITH_PREFIXES: Final = {formats.TURTLE.name, formats.TRIG.name, formats.RDFXML.name, formats.JSONLD.name}
_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True)
class Post:
    """Where a worker stands: the channel to its keeper, and its two bytes of the shared page of marks."""

    channel: socket.socket
    marks: mmap
    slot: int

    def mark(self, begun: bool) -> None:
        """Note whether any byte of this answer was sent; the keeper reads it when the worker is dead."""
        self.marks[2 * self.slot] = int(begun)

    def mark_reader(self, is_awaited: bool) -> None:
        """Note whether the answer waits for its reader; the keeper looks when other clients wait."""
        self.marks[2 * self.slot + 1] = int(is_awaited)


def work(store: Store, post: Post, limits: Limits) -> None:
    """Answer queries until the keeper goes, or until past queries took memory that only ending gives back."""
    start = _data_bytes()
    _shut_in(limits, start)
    while (connection := _next_connection(post.channel)) is not None:
        with connection:
            _serve(store, connection, post, limits)
        leaves = _data_bytes() - start > limits.memory // 4
        post.channel.sendall(LEAVING if leaves else DONE)
        if leaves:
            return


def _shut_in(limits: Limits, data_bytes: int) -> None:
    """Give up every right that answering needs not."""
    if sys.platform == "linux":
        # 1 is PR_SET_PDEATHSIG: a worker in the midst of a query must not outlive its keeper.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Oxigraph's last words when memory is refused are of no use to a log: the keeper tells it better.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if data_bytes:
        limit = data_bytes + limits.memory
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    # The lowest free descriptor is the one that a connection will get; there is none for anything else.
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, free + 1))


def _data_bytes() -> int:
    """Return what the kernel counts against RLIMIT_DATA; 0 where it does not say (macOS)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _next_connection(channel: socket.socket) -> socket.socket | None:
    """Wait for the keeper to hand over a connection; None when it has gone."""
    _message, descriptors, _flags, _address = socket.recv_fds(channel, 1, 1)
    return socket.socket(fileno=descriptors[0]) if descriptors else None


def _serve(store: Store, connection: socket.socket, post: Post, limits: Limits) -> None:
    post.mark(begun=False)
    post.mark_reader(is_awaited=False)
    output = _Output(connection, post, limits)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    # The client may hang up at any time: nothing more is to be done for it then.
    with contextlib.suppress(ConnectionError, EOFError):
        try:
            _answer(store, read_request(connection), output)
        except MesmartError as error:
            output.fail(error)
        except MemoryError:
            output.fail(too_much_memory(limits))
        except (ConnectionError, EOFError):
            raise
        except Exception as error:  # the edge of this process: whatever it is, the client is told
            if isinstance(output.refusal, ConnectionError):
                raise output.refusal from error
            unforeseen = EngineUnavailable(f"the engine failed on this query: {error}")
            output.fail(output.refusal if isinstance(output.refusal, MesmartError) else unforeseen)
        else:
            output.finish()
    signal.setitimer(signal.ITIMER_REAL, 0)


def too_much_memory(limits: Limits) -> QueryTooLarge:
    """Return the error for a query that passed its limit of memory."""
    megabytes = limits.memory // (1024 * 1024)
    return QueryTooLarge(
        f"the query was ended because it took more than {megabytes} MB of memory; "
        "join fewer patterns without a shared variable, or sort and group fewer rows",
        "memory",
    )


class _Output:
    """A binary file that Oxigraph writes an answer to; it becomes data frames on the connection."""

    def __init__(self, connection: socket.socket, post: Post, limits: Limits) -> None:
        self._connection = connection
        self._post = post
        self._limits = limits
        self._patience = limits.patience
        self._waiting = bytearray()
        self._size = 0
        self.refusal: Exception | None = None
        """Why a write was refused: Oxigraph passes the failure on as an OSError of its own."""

    def write(self, data: bytes) -> int:
        try:
            self._take(data)
        except Exception as error:
            self.refusal = error
            raise
        return len(data)

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limits.size:
            megabytes = self._limits.size / (1024 * 1024)
            raise QueryTooLarge(f"the answer is larger than {megabytes:g} MB; ask for less of it", "size")
        self._waiting += data
        # What comes first is sent at once, so that a reader sees that something comes.
        if len(self._waiting) >= _CHUNK or self._size == len(self._waiting):
            self._send(frame(DATA, bytes(self._waiting)))
            self._waiting.clear()

    def flush(self) -> None:
        """Do nothing: Oxigraph flushes once, at the end, and ``finish`` follows."""

    def finish(self) -> None:
        rest = frame(DATA, bytes(self._waiting)) if self._waiting else b""
        self._send(rest + frame(END, b""))

    def fail(self, error: MesmartError) -> None:
        self._send(error_frame(error))

    def _send(self, data: bytes) -> None:
        self._post.mark(begun=True)
        try:
            sent = self._connection.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        if sent == len(data):
            return
        # The reader is slow: the clock of the deadline stands, that of its patience runs.
        left, _ = signal.setitimer(signal.ITIMER_REAL, self._patience)
        self._post.mark_reader(is_awaited=True)
        self._connection.sendall(memoryview(data)[sent:])
        self._post.mark_reader(is_awaited=False)
        self._patience, _ = signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))


def _answer(store: Store, request: Request, output: Any) -> None:
    results = _evaluate(store, request)
    if isinstance(results, QueryTriples):
        rdf_format = OXIGRAPH_FORMATS[request.format]
        if request.format in _WITH_PREFIXES:
            serialize_triples(results, output, rdf_format, prefixes=dict(PREFIXES))
        else:
            results.serialize(output, rdf_format)
    elif isinstance(results, QuerySolutions) and request.rows is not None:
        _write_first(results, request.rows, output)
    else:
        results.serialize(output, _RESULTS[request.format])


def _evaluate(store: Store, request: Request) -> QuerySolutions | QueryBoolean | QueryTriples:
    text = examine(request.query)
    default_graphs, named_graphs = request.default_graphs, request.named_graphs
    if default_graphs is None and len(text.default_graphs) > 1:
        default_graphs, named_graphs = text.default_graphs, text.named_graphs
    try:
        if default_graphs is None:
            return store.query(request.query)
        names = [NamedNode(name) for name in named_graphs or ()]
        if len(default_graphs) > 1:
            store = _merge(store, default_graphs, names)
            return store.query(request.query, default_graph=DefaultGraph(), named_graphs=list(names))
        defaults: list[NamedNode | BlankNode | DefaultGraph] = [NamedNode(name) for name in default_graphs]
        return store.query(request.query, default_graph=defaults, named_graphs=list(names))
    except SyntaxError as error:
        raise _syntax_error(str(error)) from error


def _merge(store: Store, default_graphs: Iterable[str], names: Iterable[NamedNode]) -> Store:
    """Return a store whose default graph is the RDF merge of some graphs, beside the named ones.

    Given several default graphs, Oxigraph answers a triple once for each that holds it; a merge holds it
    once.
    """

    def quads() -> Iterator[Quad]:
        for name in default_graphs:
            for quad in store.quads_for_pattern(None, None, None, NamedNode(name)):
                yield Quad(quad.subject, quad.predicate, quad.object)
        for graph in names:
            yield from store.quads_for_pattern(None, None, None, graph)

    merged = Store()
    # Not bulk_extend: it takes 200 MB at once, whatever it is given.
    merged.extend(quads())
    return merged


def _syntax_error(message: str) -> QuerySyntaxError:
    place = _PLACE.match(message)
    if place is None:
        return QuerySyntaxError(message)
    line, column, expected = int(place[1]), int(place[2]), place[3]
    if "Prefix not found" in expected:
        expected = PREFIX_UNKNOWN
    elif len(expected) > 120:
        # The parser lists every character that a name may go on with: of no use to anyone.
        expected = TEXT_STOPS
    return QuerySyntaxError(expected, line, column)


def _write_first(solutions: QuerySolutions, rows: int, output: Any) -> None:
    """Write results in JSON, so many rows at most, and whether there are more (a member of our own)."""
    names = [variable.value for variable in solutions.variables]
    bindings = [
        {name: _to_json(term) for name, term in zip(names, solution, strict=True) if term is not None}
        for solution in islice(solutions, rows)
    ]
    more = next(solutions, None) is not None
    output.write(
        json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}, "more": more}).encode()
    )


def _to_json(term: Any) -> dict[str, Any]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Literal):
        if term.language is not None:
            return {"type": "literal", "value": term.value, "xml:lang": term.language}
        return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    return {"type": "literal", "value": str(term)}
