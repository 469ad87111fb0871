"""The whole site as one ASGI application: machines' queries to ``endpoint``, everything else to Flask.

Every request ends here, well or ill: this is where it is counted and noted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from flask import Flask
from werkzeug.exceptions import HTTPException

from mesmart_kg.engine import EngineStatus
from mesmart_kg.errors import EngineUnavailable, MesmartError, TooManyRequests
from mesmart_kg.web import calls
from mesmart_kg.web.arrival import receive_body
from mesmart_kg.web.bodies import Bodies
from mesmart_kg.web.bridge import Bridge, Receive, Scope, Send, to_environ
from mesmart_kg.web.endpoint import Endpoint
from mesmart_kg.web.graph_store import INDIRECT, METHODS, is_graph_path, read_graph_request, wants_page
from mesmart_kg.web.metrics import METRICS_TYPE, Levels
from mesmart_kg.web.negotiation import HTML, NotAcceptable
from mesmart_kg.web.problems import ERROR, BadRequest
from mesmart_kg.web.protocol import read_request
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.rates import refusal_headers
from mesmart_kg.web.security import HEADERS, PREFLIGHT
from mesmart_kg.web.telemetry import Kind, Telemetry, Word, to_word
from mesmart_kg.web.telemetry import Outcome as Noted
from mesmart_kg.web.visit import Visit

SPARQL: Final = "/sparql"
METRICS: Final = "/-/metrics"
QUESTIONS: Final = "/queries/"
"""Below it are pages that ask a query with a reader's own values: they may take as long as any query. So may
what is asked where more than a query may be sent (``bodies``)."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "QUERY"})
_ALLOWED: Final = "GET, HEAD, OPTIONS, POST, QUERY"
_CLIENT: Final = "mesmart.client"
_ENGINE: Final = "mesmart.engine"


class Cut(Exception):
    """An answer can't be brought to its end; raised so that the server breaks the transfer."""


class Site:
    """The ASGI application over a Flask one; for one event loop."""

    def __init__(self, app: Flask) -> None:
        self.publication = publication_of(app)
        web = self.publication.config.web
        self._trusted_proxies = web.trusted_proxies
        self._max_query_bytes = web.max_query_bytes
        self._patience = self.publication.config.engine.patience
        self._bodies = Bodies(self.publication.config)
        self._log = logging.getLogger("mesmart_kg.web")
        self._bridge = Bridge(app, web.threads)
        # Pages that query wait for the engine: as many as there are may, and no other page waits for them.
        self._query_bridge = Bridge(app, web.threads)
        self.endpoint = Endpoint(self.publication)
        self.telemetry = Telemetry(web)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        visit = Visit(scope, receive, send, self._trusted_proxies)
        kind: Kind = "page"
        if visit.path in {SPARQL, SPARQL + "/"}:
            kind = "sparql"
        elif is_graph_path(visit.path):
            kind = "graph"
        word: Word = "gone"
        try:
            word = await self._answer_or_tell(visit, kind)
        except asyncio.CancelledError:
            if not visit.is_started:
                # A body that can't be read looks like a hang-up, but somebody may be there to be told.
                await visit.start(400, [(b"content-length", b"0"), (b"connection", b"close")])
                await visit.pass_on(b"")
            raise
        except Cut:
            word = "cut"
            raise
        finally:
            visit.unwatch()
            self._note(visit, kind, word)

    async def _answer_or_tell(self, visit: Visit, kind: Kind) -> Word:
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

    def _note(self, visit: Visit, kind: Kind, word: Word) -> None:
        self.telemetry.record(
            Noted(
                visit.request_id,
                visit.method,
                kind,
                word,
                visit.status,
                visit.ms,
                visit.bytes,
                visit.rows,
                visit.client,
                visit.text,
            )
        )

    async def _tell(self, visit: Visit, error: Exception) -> None:
        """Have an error told by Flask, in the reader's language; if it comes too late, break the transfer."""
        if not isinstance(error, MesmartError | NotAcceptable | HTTPException):
            self._log.error("unforeseen error", exc_info=error)
        if visit.is_started:
            raise Cut from error
        headers = dict(refusal_headers(error)) if isinstance(error, TooManyRequests) else {}
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
        body = self.telemetry.metrics(
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

    async def close(self) -> None:
        """Take no more requests, close what was opened for them, and write what the log still holds."""
        self._bridge.close()
        self._query_bridge.close()
        await self.endpoint.close()
        self.telemetry.close()
