"""The Engine Protocol, and the values that pass through it.

An engine holds one release and answers queries about it. All of its verbs raise QuerySyntaxError,
QueryRefused (an update, a call of SERVICE), QueryTimeout, QueryTooLarge and EngineUnavailable, and nothing
else of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mesmart_kg.formats import Format
from mesmart_kg.store import Term, Triple

Solution: TypeAlias = Mapping[str, Term]
"""One row: variable name, without question mark, to term; a variable without a value is missing."""

Graph: TypeAlias = frozenset[Triple]


@dataclass(frozen=True)
class Solutions:
    """The answer to a SELECT, in the query's order; ``complete`` is false when rows were left out."""

    variables: tuple[str, ...]
    rows: tuple[Solution, ...]
    complete: bool = True


@dataclass(frozen=True)
class GraphChoice:
    """The RDF dataset named beside a query; it replaces the query's own (SPARQL 1.1 Protocol, section 2.1.4).

    Several default graphs are merged. A graph that does not exist is empty, never fetched.
    """

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What one query may cost.

    ``seconds`` is the deadline for computing an answer, and also how long a query may wait for a free
    worker; the time that a slow reader lets an answer wait does not count, but has its own limit,
    ``patience`` seconds. ``memory`` and ``size`` are bytes: taken beyond the release itself, and of one
    answer as sent. At most ``queue`` queries wait.
    """

    seconds: float = 10.0
    memory: int = 512 * 1024 * 1024
    size: int = 1024 * 1024 * 1024
    patience: float = 60.0
    queue: int = 128


@dataclass(frozen=True)
class EngineStatus:
    """How an engine is.

    ``triples`` are those of its default graph, ``busy`` the workers at work, ``waiting`` the queries that
    wait for one; ``replaced`` counts workers that ended in the midst of a query, for whatever reason.
    """

    release_id: str
    triples: int
    workers: int
    busy: int
    waiting: int
    replaced: int = 0


@dataclass(frozen=True)
class Call:
    """One call of another endpoint, by SERVICE, and how it went.

    ``outcome`` is ``ok``, ``failed``, ``timeout``, ``too-large`` or ``refused`` (not on the list); ``rows``
    are those that came, in so many ``requests``. The rows of a call with SILENT that failed are none.
    """

    service: str
    rows: int
    milliseconds: float
    outcome: str
    requests: int = 1


@dataclass(frozen=True)
class Terms:
    """On whose behalf a query is asked, and its own deadline.

    Queries that wait are taken in turn between ``client``s, whatever text names them. ``seconds`` counts
    where it is below the engine's own deadline. ``tell`` is told every call of another endpoint once it is
    over, from any thread, and before the answer begins or an error is raised.
    """

    client: str = ""
    seconds: float | None = None
    tell: Callable[[Call], None] | None = None


class Answer(Protocol):
    """A serialised answer as it is made.

    Iterating raises, where the answer can't be completed, after what was already given: whoever passes the
    bytes on must then break the transfer. Closing it early ends the query.
    """

    @property
    def rows(self) -> int | None:
        """How many rows or triples it held, once it has ended, where the format tells; else None."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __next__(self) -> bytes: ...

    def close(self) -> None: ...


class AsyncAnswer(Protocol):
    """An :class:`Answer` for an event loop; nothing is read ahead of what is asked for."""

    @property
    def rows(self) -> int | None:
        """See :class:`Answer`."""

    @property
    def is_whole(self) -> bool:
        """Whether it is known already that nothing comes after the parts given so far."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None: ...


class Engine(Protocol):
    """Answers queries about one release. Its verbs may be called from any thread."""

    @property
    def release_id(self) -> str:
        """The release held, such as ``2026-11-22-3f9a1c20``."""

    def select(
        self,
        query: str,
        rows: int | None = None,
        graphs: GraphChoice | None = None,
        terms: Terms | None = None,
    ) -> Solutions:
        """Answer a SELECT query, with at most so many rows."""

    def ask(self, query: str, graphs: GraphChoice | None = None, terms: Terms | None = None) -> bool:
        """Answer an ASK query."""

    def construct(self, query: str, graphs: GraphChoice | None = None, terms: Terms | None = None) -> Graph:
        """Answer a CONSTRUCT or DESCRIBE query."""

    def answer(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None = None,
        terms: Terms | None = None,
        rows: int | None = None,
    ) -> Answer:
        """Answer any query in a format that suits its form.

        Returns when the first bytes are there, so that an error before them is raised here. An engine may
        cut a SELECT in JSON off after so many ``rows``, for a reader who wants no more.
        """

    async def stream(
        self, query: str, format: Format, graphs: GraphChoice | None = None, terms: Terms | None = None
    ) -> AsyncAnswer:
        """Answer as :meth:`answer` does, without ever blocking the event loop.

        Cancelling the call ends the query, wherever it is.
        """

    def status(self) -> EngineStatus:
        """Tell how the engine is, without waiting for a worker; EngineUnavailable if it does not answer."""

    def close(self) -> None:
        """End the engine and all its processes. Closing twice does nothing."""
