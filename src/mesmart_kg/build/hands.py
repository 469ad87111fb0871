"""The processes that share the work of one build.

They start from a process without threads (``forkserver``), end with the build, and end too when it is killed.
A small project is built by one process: starting others would take longer than what they do.
"""

from __future__ import annotations

import copyreg
import gc
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from types import MappingProxyType, TracebackType
from typing import Any, Final, ParamSpec, TypeVar

_T = TypeVar("_T")
_P = ParamSpec("_P")

_SMALL: Final = 4 * 1024 * 1024
"""Bytes of sources that one process reads and checks faster than several."""

_YOUNG: Final = 500_000
"""Objects after which a process of the pool looks for garbage. By default it would some thousand times in a
piece of work, which has a million small objects and no cycles: that takes longer than the work itself."""

_PRELOADED: Final = ("mesmart_kg.build.preparing", "mesmart_kg.build.writing")


class Hands:
    """``everybody`` shares out small pieces; :meth:`apart` gives one large piece to a process of its own.

    :meth:`begin` does so too, and does not wait for it.
    """

    def __init__(self, jobs: int | None) -> None:
        """``jobs`` processes; None: all is done by this one, in the order in which it is asked for."""
        self._jobs = jobs
        self._stack = ExitStack()
        self.everybody: Executor = self._stack.enter_context(_start(jobs) if jobs else _Here())

    @classmethod
    def for_work(cls, size: int, jobs: int = 0) -> Hands:
        """Return as many as sources of so many bytes are worth; 0 ``jobs`` means one for each core."""
        return cls(None if size < _SMALL else jobs or os.cpu_count() or 1)

    def __enter__(self) -> Hands:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def begin(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Call a function as :meth:`apart` does, and go on meanwhile; the build ends when it has ended."""
        if self._jobs is None:
            return _Here().submit(function, *args, **kwargs)
        one = self._stack.enter_context(_start(1))
        promise = one.submit(function, *args, **kwargs)
        promise.add_done_callback(lambda _: one.shutdown(wait=False))
        return promise

    def apart(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a function in a process of its own, whose memory is given back when it returns."""
        if self._jobs is None:
            return function(*args, **kwargs)
        with _start(1) as one:
            return one.submit(function, *args, **kwargs).result()


class _Here(Executor):
    """Does what it is asked at once, in the process that asks."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, the future hands it on
            future.set_exception(error)
        return future


def _start(jobs: int) -> ProcessPoolExecutor:
    _send_mappings()
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin)


def _send_mappings() -> None:
    """Let values with read-only mappings in them, which ours have, go from process to process."""
    copyreg.pickle(MappingProxyType, lambda mapping: (_to_mapping, (dict(mapping),)))


def _to_mapping(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


def _begin() -> None:
    """Make a process of the pool ready, and end it with the one that began it, or it would wait for ever."""
    _send_mappings()
    gc.freeze()
    gc.set_threshold(_YOUNG)
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
