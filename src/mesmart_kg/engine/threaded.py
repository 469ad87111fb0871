"""An answer that a thread must wait for, made into one for an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

from mesmart_kg.engine.protocol import Answer


class ThreadedAnswer:
    """Asks a blocking answer for its parts, each but the ``first`` in a thread of the executor."""

    def __init__(self, answer: Answer, executor: ThreadPoolExecutor, first: bytes | None = None) -> None:
        self._answer = answer
        self._executor = executor
        self._first = first

    @property
    def rows(self) -> int | None:
        return self._answer.rows

    @property
    def is_whole(self) -> bool:
        """Where the answer can tell; else never known before the next part has been asked for."""
        return getattr(self._answer, "is_whole", False)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._first is not None:
            part, self._first = self._first, None
        else:
            loop = asyncio.get_running_loop()
            # A StopIteration can't pass through a future.
            part = await loop.run_in_executor(self._executor, lambda: next(self._answer, b""))
        if not part:
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        self._answer.close()


async def stream_from_thread(
    begin: Callable[[], Answer], executor: ThreadPoolExecutor, reading: ThreadPoolExecutor | None = None
) -> ThreadedAnswer:
    """Begin an answer in a thread; if the caller is cancelled meanwhile, it is closed once it begins.

    With threads for ``reading``, the first part is read where the answer was begun: a way to a thread and
    back costs more than most answers do. What fails with it is raised here.
    """
    beginning = asyncio.get_running_loop().run_in_executor(executor, _begin, begin, reading is not None)
    try:
        answer, first = await asyncio.shield(beginning)
    except asyncio.CancelledError:
        beginning.add_done_callback(
            lambda done: done.result()[0].close() if not (done.cancelled() or done.exception()) else None
        )
        raise
    return ThreadedAnswer(answer, reading or executor, first)


def _begin(begin: Callable[[], Answer], is_read: bool) -> tuple[Answer, bytes | None]:
    answer = begin()
    try:
        return answer, next(answer, b"") if is_read else None
    except BaseException:
        answer.close()
        raise
