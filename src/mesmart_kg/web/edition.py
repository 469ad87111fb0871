"""One release as it is served: the Flask application over it, and what answers programs' queries about it.

When another release becomes the current one, the site gets another edition, and new requests go there; the
old one answers those that it has begun, and is closed after the last of them (``following``). What is counted
and kept for clients, whatever release they ask, is passed on from one to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask import Flask
from werkzeug.exceptions import HTTPException

from mesmart_kg.config import Config
from mesmart_kg.engine import EngineStatus
from mesmart_kg.errors import EngineUnavailable, MesmartError, TooManyRequests
from mesmart_kg.web import calls
from mesmart_kg.web.answer_cache import AnswerCache
from mesmart_kg.web.arrival import receive_body
from mesmart_kg.web.bodies import Bodies
from mesmart_kg.web.bridge import Bridge, to_environ
from mesmart_kg.web.endpoint import Endpoint
from mesmart_kg.web.graph_store import INDIRECT, METHODS, is_graph_path, read_graph_request, wants_page
from mesmart_kg.web.metrics import METRICS_TYPE, Levels
from mesmart_kg.web.negotiation import HTML, NotAcceptable
from mesmart_kg.web.problems import ERROR, BadRequest
from mesmart_kg.web.protocol import read_request
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.rates import RateLimiter, refusal_headers
from mesmart_kg.web.security import HEADERS, PREFLIGHT
from mesmart_kg.web.telemetry import Kind, Telemetry, Word, to_word
from mesmart_kg.web.visit import Visit

METRICS: Final = "/-/metrics"
QUESTIONS: Final = "/queries/"
"""Below it are pages that ask a query with a reader's own values: they may take as long as any query. So may
what is asked where more than a query may be sent (``bodies``)."""

_SPARQL: Final = "/sparql"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "QUERY"})
_ALLOWED: Final = "GET, HEAD, OPTIONS, POST, QUERY"
_CLIENT: Final = "mesmart.client"
_ENGINE: Final = "mesmart.engine"


class Cut(Exception):
    """An answer can't be brought to its end; raised so that the server breaks the transfer."""


def to_kind(path: str) -> Kind:
    """Return what a path leads to."""
    if path in {_SPARQL, _SPARQL + "/"}:
        return "sparql"
    return "graph" if is_graph_path(path) else "page"


@dataclass(frozen=True)
class Common:
    """What is one for all editions: what is counted, how much may be sent, and the answers that are kept."""

    telemetry: Telemetry
    bodies: Bodies
    cache: AnswerCache
    limiter: RateLimiter

    @classmethod
    def of(cls, config: Config) -> Common:
        """Make it, as the settings say."""
        web = config.web
        return cls(
            Telemetry(web),
            Bodies(config),
            AnswerCache(config.engine.cache * 1024 * 1024),
            RateLimiter(web.requests, web.window),
        )


class Edition:
    """Answers visits about one release. Belongs to one event loop."""

    def __init__(self, app: Flask, common: Common) -> None:
        self.app = app
        self.publication = publication_of(app)
        config = self.publication.config
        self.endpoint = Endpoint(self.publication, common.cache, common.limiter)
        self._patience = config.engine.patience
        self._max_query_bytes = config.web.max_query_bytes
        self._telemetry = common.telemetry
        self._bodies = common.bodies
        self._log = logging.getLogger("mesmart_kg.web")
        self._bridge = Bridge(app, config.web.threads)
        # Pages that query wait for the engine: as many as there are may, and no other page waits for them.
        self._query_bridge = Bridge(app, config.web.threads)
        self._visits = 0
        self._unused = asyncio.Event()
        self._unused.set()

    @contextlib.contextmanager
    def visited(self) -> Iterator[None]:
        """Count a visit for as long as it lasts."""
        self._visits += 1
        self._unused.clear()
        try:
            yield
        finally:
            self._visits -= 1
            if not self._visits:
                self._unused.set()

    async def wait_until_unused(self) -> None:
        """Wait for the end of the last visit; to be called once no new ones come."""
        await self._unused.wait()

    async def answer(self, visit: Visit, kind: Kind) -> Word:
        """Answer a request, or have told what is wrong; return how it ended. Raises Cut."""
        try:
            if kind == "sparql":
                return await self._answer_sparql(visit)
            if kind == "graph":
                return await self._answer_graph(visit)
            if visit.path == METRICS:
                return await self._tell_metrics(visit)
            return await self._answer_page(visit)
        except Exception as error:  # noqa: BLE001 - the edge of the site: whatever it is, it is told
            await self._tell(visit, error)
            return to_word(error)

    async def _tell(self, visit: Visit, error: Exception) -> None:
        """Have an error told by Flask, in the reader's language; if it comes too late, break the transfer."""
        if not isinstance(error, MesmartError | NotAcceptable | HTTPException):
            self._log.error("unforeseen error", exc_info=error)
        if visit.is_started:
            raise Cut from error
        headers = dict(refusal_headers(error)) if isinstance(error, TooManyRequests) else {}
        if isinstance(error, BadRequest) and error.status == 408:
            headers["Connection"] = "close"  # of what may still come, nobody reads (RFC 9110, 15.5.9)
        if visit.calls:
            headers[calls.NAME] = calls.to_header(visit.calls)
        await self._pass_on(
            visit, b"", {ERROR: error}, [(n.lower().encode(), v.encode()) for n, v in headers.items()]
        )

    # --- queries ---

    async def _answer_sparql(self, visit: Visit) -> Word:
        if visit.method == "OPTIONS":
            return await self._answer_options(visit)
        if visit.method not in _METHODS:
            return await self._answer_page(visit)
        plan = self.endpoint.remembered(visit) if visit.method in {"GET", "HEAD"} else None
        if plan is None:
            body = b""
            if visit.method in {"POST", "QUERY"}:
                # Not watched meanwhile: who else listens takes away parts of the body.
                body = await self._receive_query(visit)
                if visit.content_encoding not in {"", "identity"}:
                    raise BadRequest(
                        415,
                        "content-encoding",
                        "Send a query as it is, not packed by %(coding)s.",
                        coding=visit.content_encoding[:20],
                    )
            asked = read_request(
                visit.method, visit.query_string, visit.content_type, body, self._max_query_bytes
            )
            if asked is None:
                return await self._pass_on(visit, body)
            visit.text = asked.text
            plan = self.endpoint.plan(asked, visit.accept)
            if plan.choice.format is HTML or asked.why:
                self.endpoint.limiter.take(visit.client)
                with await self.endpoint.shelf.lease(asked.release_id) as lease:
                    return await self._pass_on(visit, body, {_ENGINE: lease.engine})
            if visit.method in {"GET", "HEAD"}:
                self.endpoint.remember(visit, plan)
        visit.text = plan.asked.text
        return await self.endpoint.answer(visit, plan)

    async def _answer_graph(self, visit: Visit) -> Word:
        """Give a graph (SPARQL 1.1 Graph Store HTTP Protocol), or lead a browser to a page about it."""
        if visit.method == "OPTIONS":
            return await self._answer_options(visit, ", ".join(sorted(METHODS)))
        if visit.method not in {"GET", "HEAD"}:
            # It will be refused, but most clients read no answer before they have sent all.
            with contextlib.suppress(MesmartError):
                await self._receive_query(visit)
        path = visit.scope.get("raw_path", b"").decode("latin-1") or visit.path
        base_iri = self.publication.config.site.base_iri
        asked = read_graph_request(visit.method, path, visit.query_string.decode("latin-1"), base_iri)
        if path != INDIRECT and wants_page(asked, visit.accept):
            return await self._pass_on(visit, b"")
        return await self.endpoint.answer(visit, self.endpoint.plan_graph(asked, visit.accept))

    async def _answer_options(self, visit: Visit, methods: str = _ALLOWED) -> Word:
        fields = [("Allow", methods), ("Access-Control-Allow-Methods", methods), *HEADERS, *PREFLIGHT]
        await visit.start(204, [(name.lower().encode(), value.encode()) for name, value in fields])
        await visit.pass_on(b"")
        return "ok"

    # --- pages and the rest ---

    async def _answer_page(self, visit: Visit) -> Word:
        room = self._bodies.room(visit.path)
        sends = visit.method not in {"GET", "HEAD", "OPTIONS"}
        asks = visit.path.startswith(QUESTIONS) or (room is not None and visit.method != "OPTIONS")
        if asks:
            self.endpoint.limiter.take(visit.client)
        if not sends or room is None:
            return await self._pass_on(visit, await self._receive_query(visit) if sends else b"", asks=asks)
        with self._bodies.place(room, visit.content_length):
            body = await receive_body(visit.receive, room.most, room.refuse)
            return await self._pass_on(visit, body, asks=True)

    async def _receive_query(self, visit: Visit) -> bytes:
        """Return a body that is a query, or as long as one."""
        return await receive_body(visit.receive, self._bodies.query_bytes, self._bodies.refuse_query)

    async def _pass_on(
        self,
        visit: Visit,
        body: bytes,
        lent: Mapping[str, object] = MappingProxyType({}),
        headers: Iterable[tuple[bytes, bytes]] = (),
        asks: bool = False,
    ) -> Word:
        """Have Flask answer: a page, a file, or an error; ``lent`` goes into the WSGI environment.

        ``asks`` tells that a query of the reader's is to be answered on the page.
        """
        environ = {**to_environ(visit.scope, body), _CLIENT: visit.client, **lent}
        visit.watch(self._patience)
        bridge = self._query_bridge if asks or _ENGINE in lent else self._bridge
        status = await bridge.respond(environ, visit.send, headers)
        if status == 304:
            return "unchanged"
        return "ok" if status < 400 else "bad" if status < 500 else "fault"

    async def _tell_metrics(self, visit: Visit) -> Word:
        endpoint = self.endpoint
        try:
            status = self.publication.engine.status()
        except EngineUnavailable:
            status = EngineStatus(self.publication.release.id, 0, workers=0, busy=0, waiting=0)
        body = self._telemetry.metrics(
            Levels(
                release_id=self.publication.release.id,
                version=endpoint.version,
                workers=status.workers,
                busy=status.busy,
                waiting=status.waiting,
                replaced=status.replaced,
                kept=len(endpoint.cache),
                kept_bytes=endpoint.cache.size,
                clients=len(endpoint.limiter),
            )
        )
        fields = [("Content-Type", METRICS_TYPE), ("Cache-Control", "no-store"), *HEADERS]
        await visit.start(200, [(name.lower().encode(), value.encode()) for name, value in fields])
        await visit.pass_on(b"" if visit.method == "HEAD" else body)
        return "ok"

    def close_bridges(self) -> None:
        """Make no more pages."""
        self._bridge.close()
        self._query_bridge.close()

    async def close(self) -> None:
        """Take no more requests, and close what was opened for them; not what is published."""
        self.close_bridges()
        await self.endpoint.close()
