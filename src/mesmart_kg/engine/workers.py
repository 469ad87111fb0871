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
import os
import re
import resource
import signal
import socket
import sys
from typing import Final

from pyoxigraph import Store

from mesmart_kg.engine.evaluation import answer
from mesmart_kg.engine.protocol import Limits
from mesmart_kg.engine.refusal import too_much_memory
from mesmart_kg.engine.wire import Frames, Request
from mesmart_kg.engine.worker_output import CHUNK, Memory, Output
from mesmart_kg.errors import EngineUnavailable, MesmartError

STORE_SPOILED: Final = 3
"""The exit code of a worker that can't read the store on disk."""

_CORRUPTION: Final = re.compile(r"(?:Corruption|IO error): ")
"""How RocksDB begins to tell of a file that is not what it wrote, or can't be read; no query's words do."""


def work(store: Store, channel: socket.socket, limits: Limits, files: int = 0, allowance: int = 0) -> int:
    """Answer queries until the client goes, or until past queries took memory that only ending gives back.

    ``files`` is how many files of the store may still have to be opened, and ``allowance`` the bytes that
    reading it takes beside those of queries. Return the exit code.
    """
    memory = Memory(allowance)
    output = Output(channel, limits, memory)
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
            data = channel.recv(CHUNK)
            if not data:
                break
            frames.feed(data)
    return 0


def _shut_in(limits: Limits, memory: Memory, files: int) -> None:
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


def _serve(store: Store, request: Request, output: Output) -> None:
    output.begin(request.format)
    signal.setitimer(signal.ITIMER_REAL, request.seconds)
    try:
        answer(store, request, output)
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
