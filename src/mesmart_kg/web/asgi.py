"""The whole site as one ASGI application: machines' queries to ``endpoint``, everything else to Flask.

Every request ends here, well or ill: this is where it is counted and noted. The release that is served may
change between two requests, never within one (``edition``).
"""

from __future__ import annotations

import asyncio

from flask import Flask

from mesmart_kg.web.bridge import Receive, Scope, Send
from mesmart_kg.web.edition import Common, Cut, Edition, to_kind
from mesmart_kg.web.endpoint import Endpoint
from mesmart_kg.web.publication import Publication, publication_of
from mesmart_kg.web.telemetry import Kind, Word
from mesmart_kg.web.telemetry import Outcome as Noted
from mesmart_kg.web.visit import Visit


class Site:
    """The ASGI application over a Flask one; for one event loop."""

    def __init__(self, app: Flask) -> None:
        config = publication_of(app).config
        self._trusted_proxies = config.web.trusted_proxies
        self._common = Common.of(config)
        self.telemetry = self._common.telemetry
        self.edition = Edition(app, self._common)

    @property
    def publication(self) -> Publication:
        """What is published now."""
        return self.edition.publication

    @property
    def endpoint(self) -> Endpoint:
        """What answers programs' queries about it."""
        return self.edition.endpoint

    def turn_to(self, app: Flask) -> Edition:
        """Serve another application from the next request on; return the edition so far, to be closed."""
        former, self.edition = self.edition, Edition(app, self._common)
        return former

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        visit = Visit(scope, receive, send, self._trusted_proxies)
        kind = to_kind(visit.path)
        word: Word = "gone"
        edition = self.edition
        try:
            with edition.visited():
                word = await edition.answer(visit, kind)
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

    async def close(self) -> None:
        """Take no more requests, close what was opened for them, and write what the log still holds."""
        await self.edition.close()
        self.telemetry.close()
