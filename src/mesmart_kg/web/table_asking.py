"""A table asked of the release that is served: within a deadline, so many at once, and never twice the same.

What was answered travels in the reader's form (``table_state``), so later steps need not ask again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Final

from mesmart_kg.linking import Linked, Naming, Offer, ReleaseSource, link_table
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.table_state import State

if TYPE_CHECKING:
    from mesmart_kg.reconciliation import Question

SECONDS: Final = 55.0
"""How long one table may be asked, a little less than proxies wait; then it is told to come in parts."""

AT_ONCE: Final = 2
"""Tables that are asked at the same time: each takes a processor, which the pages of others need too."""

HELD: Final = 4
"""Tables that are held at the same time, asked or not: small files may unpack to hundreds of megabytes."""


PATIENCE: Final = 5.0
"""Seconds for which a turn is waited for."""


class Turns:
    """Lends turns: so many tables are held at once, fewer of them asked; others are told to come again."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._held = threading.BoundedSemaphore(HELD)
        self._asked = threading.BoundedSemaphore(AT_ONCE)

    def hold(self) -> AbstractContextManager[None]:
        """Lend a turn to read a table and work on it. Raises BadRequest as ``take``."""
        return _lend(self._held, self._patience)

    def take(self) -> AbstractContextManager[None]:
        """Lend a turn to ask. Raises BadRequest (503) when none is free for a few seconds."""
        return _lend(self._asked, self._patience)


@contextmanager
def _lend(free: threading.BoundedSemaphore, patience: float) -> Iterator[None]:
    if not free.acquire(timeout=patience):
        raise BadRequest(503, "linking", "Others are linking tables just now. Try again in a minute.")
    try:
        yield
    finally:
        free.release()


class _Remembered:
    """Answers with what was answered before; asks the release where nothing was, and for what is chosen."""

    def __init__(self, source: ReleaseSource, answers: Iterable[tuple[Offer, ...] | None]) -> None:
        self._source = source
        self._answers = answers

    @property
    def space(self) -> str:
        return self._source.space

    def ask(self, questions: Iterable[Question]) -> Iterator[tuple[Offer, ...] | None]:
        # The questions are those of the rows that ask anything, as they were the first time.
        return (answer for _, answer in zip(questions, self._answers, strict=False))

    def find(self, text: str) -> Offer | None:
        return self._source.find(text)


def ask(state: State, naming: Naming, source: ReleaseSource, turns: Turns) -> Linked:
    """Return what became of each row. Raises BadRequest (503) at the deadline, or where too many ask."""
    with turns.take():
        until = time.monotonic() + SECONDS

        def watch(done: int, total: int) -> None:
            if done < total and time.monotonic() > until:
                raise BadRequest(
                    503,
                    "table-time",
                    "Looking up this table takes more than %(seconds)s seconds: %(done)s of %(total)s rows "
                    "were done. Send it in parts, or link it on your own computer with `mesmart link`.",
                    seconds=int(SECONDS),
                    done=done,
                    total=total,
                )

        kinds = () if state.kind == "any" else (state.kind,)
        return link_table(state.table, state.columns, naming, source, kinds=kinds, progress=watch)


def recall(state: State, naming: Naming, source: ReleaseSource) -> Linked:
    """Return the outcomes of the answers that the form carried."""
    column, codes = state.columns.name, [place for _, place in state.columns.codes]
    asked = [
        answer
        for row, answer in zip(state.table.rows, state.answers, strict=True)
        if row.cells[column] or any(row.cells[place] for place in codes)
    ]
    kinds = () if state.kind == "any" else (state.kind,)
    return link_table(
        state.table, state.columns, naming, _Remembered(source, asked), kinds=kinds, choices=state.choices
    )
