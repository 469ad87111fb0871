"""The one way out: asks the endpoints that an operator allows SERVICE to name, and no other.

A query can't make it reach anything else. The IRI must be one of the list, to the character. Its name is
resolved here, the addresses are looked at, and the very address that was looked at is connected to, so that a
name which points elsewhere a moment later leads nowhere. An entry leads into a private network only if the
operator says so of it. Redirects are not followed, no proxy of the environment is used, nothing of who asks
is passed on.

What comes back is not trusted: it has a deadline for all of it, a limit of bytes and of rows, and is read as
SPARQL 1.1 Query Results JSON or not at all. Errors name the endpoint as the query does, and never say what it
said or where it stands. What goes wrong with an endpoint, a call with SILENT ignores; limits of ours are told
even then, since an answer that lacks rows must not look whole.
"""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from mesmart_kg.engine.bounded_http import Resolver, Response, post, resolve_host
from mesmart_kg.engine.federation import Select, federate
from mesmart_kg.engine.protocol import Call, Solutions
from mesmart_kg.engine.solutions import read_solutions
from mesmart_kg.engine.values import NOTHING_BOUND, check_variables, has_blank_nodes, merge
from mesmart_kg.errors import (
    EngineBusy,
    EngineUnavailable,
    QueryRefused,
    QueryTooLarge,
    ServiceFailed,
)
from mesmart_kg.formats import RESULTS_JSON
from mesmart_kg.query_text import examine

PRIVATE: Final = "private:"
"""Stands before an endpoint of the list that may have an address of a private network, or of this host."""

MOST_BYTES: Final = 8 * 1024 * 1024
"""Bytes that the answer of one endpoint may have."""

MOST_AT_ONCE: Final = 8
"""Queries that may wait for other endpoints at once."""

_MOST_PER_ROW: Final = 60
"""Brackets that a row of JSON may have; each variable takes one pair."""

_HEADERS: Final = (
    ("Accept", RESULTS_JSON.media_type),
    ("Accept-Encoding", "identity"),
    ("User-Agent", "mesmart_kg"),
)


@dataclass(frozen=True)
class Service:
    """An endpoint that may be asked; ``is_private`` if it may stand in a private network."""

    iri: str
    is_private: bool = False


def read_services(entries: Iterable[str]) -> tuple[Service, ...]:
    """Return the endpoints of a list in which ``private:`` may stand before a URL."""
    return tuple(Service(entry.removeprefix(PRIVATE), entry.startswith(PRIVATE)) for entry in entries)


class Relay:
    """Asks allowed endpoints; may be used from any thread."""

    def __init__(
        self,
        allowed: Iterable[Service],
        seconds: float = 10.0,
        rows: int = 10_000,
        size: int = MOST_BYTES,
        *,
        at_once: int = MOST_AT_ONCE,
        resolver: Resolver = resolve_host,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Allow these endpoints.

        One answer has so many bytes (``size``) at most, one call so many ``rows``, the calls of one query
        take so many ``seconds`` together, and ``at_once`` queries wait for theirs. ``tls`` replaces the
        context that trusts the authorities of this machine.
        """
        self._allowed = {service.iri: service for service in allowed}
        self._seconds = seconds
        self._rows = rows
        self._size = size
        self._places = threading.BoundedSemaphore(at_once)
        self._resolver = resolver
        needs_tls = any(iri.startswith("https:") for iri in self._allowed)
        self._tls = tls or (ssl.create_default_context() if needs_tls else None)

    def resolve(
        self,
        query: str,
        select: Select | None = None,
        seconds: float | None = None,
        tell: Callable[[Call], None] | None = None,
    ) -> tuple[str, tuple[Call, ...]]:
        """Return the query with the rows of the endpoints it calls in the place of its calls, and these.

        ``select`` asks the local engine which endpoints a variable names, and for which bindings. ``seconds``
        counts where it is below the relay's own; ``tell`` is told each call, also where all ends in an error.
        Raises QueryRefused for an endpoint that is not allowed, ServiceFailed for one
        that does not answer well, QueryTooLarge for an answer past a limit, EngineBusy when too many queries
        call others already.
        """
        if not examine(query).services:
            return query, ()
        if not self._places.acquire(blocking=False):
            raise EngineBusy("too many queries wait for other endpoints; ask again soon")
        try:
            limit = self._seconds if seconds is None else min(seconds, self._seconds)
            errand = _Errand(self, limit, tell)
            return federate(query, errand.ask, select), tuple(errand.calls)
        finally:
            self._places.release()

    def find(self, iri: str) -> Service | None:
        """Return the endpoint that the list has under that very IRI."""
        return self._allowed.get(iri)

    def ask(self, service: Service, query: str, deadline: float) -> Solutions:
        """Ask one endpoint a SELECT query, until then on the clock of ``time.monotonic``.

        Errors are those of :meth:`resolve`.
        """
        try:
            response = post(
                service.iri,
                urlencode({"query": query}).encode("ascii"),
                _HEADERS,
                deadline=deadline,
                most=self._size,
                resolver=self._resolver,
                may_be_private=service.is_private,
                tls=self._tls,
            )
            self._judge(service, response)
            solutions = read_solutions(self._bounded(service, response.body), self._rows)
            check_variables(solutions)
        except TimeoutError as error:
            message = f"{service.iri} did not answer in time; other endpoints have {self._seconds:g} seconds"
            raise ServiceFailed(message, service.iri, self._seconds) from error
        except (OSError, http.client.HTTPException) as error:
            raise ServiceFailed(f"{service.iri} does not answer", service.iri) from error
        except (EngineUnavailable, ValueError, AttributeError, RecursionError) as error:
            raise ServiceFailed(_no_result(service), service.iri) from error
        if not solutions.complete:
            raise self._too_many_rows(service)
        return solutions

    def check_rows(self, service: Service, rows: int) -> None:
        """Raise QueryTooLarge if so many rows are more than a call may have."""
        if rows > self._rows:
            raise self._too_many_rows(service)

    def _bounded(self, service: Service, document: bytes) -> bytes:
        """Refuse a document that would take far more memory as values than it has bytes."""
        if document.count(b"{") + document.count(b"[") > _MOST_PER_ROW * self._rows + 10_000:
            raise self._too_many_rows(service)
        return document

    def _too_many_rows(self, service: Service) -> QueryTooLarge:
        message = f"{service.iri} answers with more than {self._rows} rows; {_ASK_FOR_LESS}"
        return QueryTooLarge(message, "rows", self._rows)

    def _judge(self, service: Service, response: Response) -> None:
        """Raise ServiceFailed or QueryTooLarge for a response that holds no result, or not all of it."""
        if 300 <= response.status < 400:
            message = f"{service.iri} refers to another address; name the one it refers to"
            raise ServiceFailed(message, service.iri)
        if response.status != 200:
            message = f"{service.iri} does not answer this query (HTTP status {response.status})"
            raise ServiceFailed(message, service.iri)
        known = {RESULTS_JSON.media_type, *RESULTS_JSON.aliases}
        if response.media_type not in known or response.encoding != "identity":
            raise ServiceFailed(_no_result(service), service.iri)
        if response.is_cut:
            megabytes = self._size / (1024 * 1024)
            message = f"{service.iri} answers with more than {megabytes:g} MB; {_ASK_FOR_LESS}"
            raise QueryTooLarge(message, "size", self._size)


_ASK_FOR_LESS: Final = "ask it for less, by VALUES, FILTER or LIMIT within the braces of SERVICE"


def _no_result(service: Service) -> str:
    return f"{service.iri} answers with something that is no result of a SELECT query in JSON"


class _Errand:
    """The calls of one query, in their order; none is made twice."""

    def __init__(self, relay: Relay, seconds: float, tell: Callable[[Call], None] | None) -> None:
        self.calls: list[Call] = []
        self._relay = relay
        self._deadline = time.monotonic() + seconds
        self._tell = tell
        self._known: dict[tuple[str, str], Solutions] = {}
        self._requests = 0

    def ask(self, endpoint: str, query: str, is_silent: bool, batches: tuple[str, ...] = ()) -> Solutions:
        """Ask an endpoint, as :func:`federate` wants it."""
        begun = time.monotonic()
        outcome, rows = "failed", 0
        known = len(self._known)
        self._requests = 0
        try:
            service = self._relay.find(endpoint)
            if service is None:
                outcome = "refused"
                raise QueryRefused(
                    f"SERVICE <{endpoint}> is refused: this endpoint asks only those that its operator "
                    "allows. Ask the operator to add it, or ask both from your side."
                )
            solutions = self._ask_batches(service, batches) if batches else None
            if solutions is None:
                solutions = self._ask(service, query)
            outcome, rows = "ok", len(solutions.rows)
            return solutions
        except (QueryRefused, ServiceFailed) as error:
            if getattr(error, "seconds", None) is not None:
                outcome = "timeout"
            if is_silent:
                return NOTHING_BOUND
            raise
        except QueryTooLarge:
            outcome = "too-large"
            raise
        finally:
            if outcome != "ok" or len(self._known) > known:
                spent = (time.monotonic() - begun) * 1000
                self._note(Call(endpoint, rows, spent, outcome, self._requests))

    def _note(self, call: Call) -> None:
        self.calls.append(call)
        if self._tell is not None:
            self._tell(call)

    def _ask(self, service: Service, query: str) -> Solutions:
        if (service.iri, query) not in self._known:
            self._requests += 1
            self._known[service.iri, query] = self._relay.ask(service, query, self._deadline)
        return self._known[service.iri, query]

    def _ask_batches(self, service: Service, batches: tuple[str, ...]) -> Solutions | None:
        """Return the rows of all batches; None where the call must be asked as it stands."""
        answers: list[Solutions] = []
        try:
            for batch in batches:
                answers.append(self._ask(service, batch))
                self._relay.check_rows(service, sum(len(answer.rows) for answer in answers))
        except ServiceFailed as error:
            if error.seconds is not None:
                raise
            return None  # an endpoint that does not know VALUES, or not so long a query
        # A node that two answers hold can't be told to be the same one.
        if len(answers) > 1 and any(map(has_blank_nodes, answers)):
            return None
        return merge(answers)
