"""One query at a time, in a process that may be ended at any moment.

A worker is forked by the keeper and shares its store. It answers the queries that come over its channel, one
after the other. It has no way out: it can open no file and no socket (the limit on open files leaves no room
for one), so that even a query that slipped past all checks could fetch nothing.

Limits are kept by the kernel, not by this code: an alarm ends the process at the deadline (SIGALRM), the
limit on its data segment makes Oxigraph abort (SIGABRT). The keeper sees how it ended and tells.
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
import time
from collections.abc import Iterable, Iterator
from itertools import islice
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
from mesmart_kg.engine.blank_nodes import BLANK_NODE_FUNCTIONS, rewrite_blank_nodes
from mesmart_kg.engine.functions import AGGREGATES, FUNCTIONS, is_function_named
from mesmart_kg.engine.protocol import Limits
from mesmart_kg.engine.serialising import XML_FORMATS, XmlCleaner
from mesmart_kg.engine.wire import DATA, Ending, Frames, Request, error_frame, head
from mesmart_kg.errors import EngineUnavailable, MesmartError, QueryRefused, QuerySyntaxError, QueryTooLarge
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import OXIGRAPH_FORMATS

PREFIX_UNKNOWN: Final = "this prefix is not declared"
FUNCTION_UNKNOWN: Final = "This function is not known here:"
TEXT_STOPS: Final = "the text can't go on like this; is a sign missing or misplaced?"

STORE_SPOILED: Final = 3
"""The exit code of a worker that can't read the store on disk."""

_CHUNK: Final = 128 * 1024
_HOLD_SECONDS: Final = 0.05
"""How long the first bytes of an answer may be held back, to go with the rest."""

_PAGE: Final = resource.getpagesize()
_WORTH_TRIMMING: Final = 16 * 1024 * 1024
_RESULTS: Final = {
    formats.RESULTS_JSON.name: QueryResultsFormat.JSON,
    formats.RESULTS_XML.name: QueryResultsFormat.XML,
    formats.RESULTS_CSV.name: QueryResultsFormat.CSV,
    formats.RESULTS_TSV.name: QueryResultsFormat.TSV,
}
_ROW_MARKS: Final[dict[str, tuple[tuple[bytes, ...], int]]] = {
    # The marks of rows, and how many there are that mark none: a heading's, say.
    formats.RESULTS_JSON.name: ((b'"bindings":[{"', b'}},{"'), 0),
    formats.RESULTS_XML.name: ((b"</result>",), 0),
    formats.RESULTS_TSV.name: ((b"\n",), 1),
    formats.NTRIPLES.name: ((b"\n",), 0),
    formats.NQUADS.name: ((b"\n",), 0),
}
_WITH_PREFIXES: Final = {formats.TURTLE.name, formats.TRIG.name, formats.RDFXML.name, formats.JSONLD.name}
_UNKNOWN_FUNCTION: Final = re.compile(r"The custom function (<.*>) is not supported", re.DOTALL)
_CORRUPTION: Final = re.compile(r"(?:Corruption|IO error): ")
"""How RocksDB begins to tell of a file that is not what it wrote, or can't be read; no query's words do."""
_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def work(store: Store, channel: socket.socket, limits: Limits, files: int = 0, allowance: int = 0) -> int:
    """Answer queries until the client goes, or until past queries took memory that only ending gives back.

    ``files`` is how many files of the store may still have to be opened, and ``allowance`` the bytes that
    reading it takes beside those of queries. Return the exit code.
    """
    memory = _Memory(allowance)
    output = _Output(channel, limits, memory)
    _shut_in(limits, memory, files)
    frames = Frames()
    # The client may go at any time: nothing more is to be done for it then.
    with contextlib.suppress(ConnectionError):
        while not output.leaves:
            message = frames.next()
            if message is not None:
                _serve(store, Request.from_body(message[1]), output)
                memory.trim()
                if output.is_store_spoiled:
                    return STORE_SPOILED
                continue
            data = channel.recv(_CHUNK)
            if not data:
                break
            frames.feed(data)
    return 0


class _Memory:
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


def _shut_in(limits: Limits, memory: _Memory, files: int) -> None:
    """Give up every right that answering needs not."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        # 1 is PR_SET_PDEATHSIG: a worker in the midst of a query must not outlive its keeper.
        library.prctl(1, signal.SIGKILL)
        if hasattr(library, "mallopt"):
            # -1 is M_TRIM_THRESHOLD, -2 M_TOP_PAD: memory that was given back is soon taken again, and asking
            # the kernel for it each time took more than half of the time of a long answer.
            library.mallopt(-1, 128 * 1024 * 1024)
            library.mallopt(-2, 1024 * 1024)
    if hasattr(os, "SCHED_BATCH"):
        # Who wakes us, by writing a query, goes on first: else each query takes the processor from the one
        # process that all queries pass through. Twice as many small queries are answered so.
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Oxigraph's last words when memory is refused are of no use to a log: the keeper tells it better.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if memory.start:
        limit = memory.start + limits.memory
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    # Every descriptor below the limit is taken: no file and no socket can be opened any more, but those of a
    # very large store on disk, which opens the first 16 of each kind at once and others when it needs them.
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + files, lowest_free + files))


def _serve(store: Store, request: Request, output: _Output) -> None:
    output.begin(request.format)
    signal.setitimer(signal.ITIMER_REAL, request.seconds)
    try:
        _answer(store, request, output)
    except MesmartError as error:
        output.fail(error)
    except MemoryError:
        output.fail(too_much_memory(output.limits))
    except ConnectionError:
        raise
    except Exception as error:  # the edge of this process: whatever it is, the client is told
        if isinstance(output.refusal, ConnectionError):
            raise output.refusal from error
        if _CORRUPTION.match(str(error)):
            output.is_store_spoiled = True
            output.fail(EngineUnavailable("what is asked can't be read from disk; it is written there anew"))
            return
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
        limits.memory,
    )


class _Output:
    """A binary file that Oxigraph writes answers to, one after another; it becomes messages on a channel."""

    def __init__(self, channel: socket.socket, limits: Limits, memory: _Memory) -> None:
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
        if len(self._waiting) >= _CHUNK:
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


def _evaluate(
    store: Store, request: Request, rewrites: bool = True
) -> QuerySolutions | QueryBoolean | QueryTriples:
    options: dict[str, Any] = {}
    if is_function_named(request.query):
        options |= {"custom_functions": dict(FUNCTIONS), "custom_aggregate_functions": dict(AGGREGATES)}
    rewritten = rewrite_blank_nodes(request.query) if rewrites else None
    if rewritten is not None:
        options["custom_functions"] = options.get("custom_functions", {}) | dict(BLANK_NODE_FUNCTIONS)
    if request.default_graphs is not None:
        names = [NamedNode(name) for name in request.named_graphs or ()]
        options["named_graphs"] = names
        if len(request.default_graphs) > 1:
            store = _merge(store, request.default_graphs, names)
            options["default_graph"] = DefaultGraph()
        else:
            options["default_graph"] = [NamedNode(name) for name in request.default_graphs]
    try:
        return store.query(rewritten or request.query, base_iri=request.base_iri, **options)
    except SyntaxError as error:
        if rewritten is not None:
            # The place of the error must be that in the text as it was written.
            return _evaluate(store, request, rewrites=False)
        raise _syntax_error(str(error)) from error
    except RuntimeError as error:
        if unknown := _UNKNOWN_FUNCTION.fullmatch(str(error)):
            raise QueryRefused(f"{FUNCTION_UNKNOWN} {unknown[1]}") from error
        raise


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
