"""One request: who asks, what is known of it so far, and whether anyone still listens."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import time
from typing import Any, Final

from mesmart_kg.engine import Call
from mesmart_kg.web.bridge import Receive, Scope, Send
from mesmart_kg.web.rates import to_client

WATCH_AFTER: Final = 0.05
"""Seconds after which a request is watched over; most are answered by then."""

_LOOK_SECONDS: Final = 1.0
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._\-]{1,64}")
_PREFIX: Final = secrets.token_hex(4)
_NUMBERS: Final = itertools.count(1)


class Visit:
    """A request and the way back to its sender; counts what is sent."""

    __slots__ = (
        "_send",
        "_watch",
        "accept",
        "begun",
        "bytes",
        "calls",
        "client",
        "content_encoding",
        "content_length",
        "content_type",
        "if_none_match",
        "is_started",
        "method",
        "path",
        "query_string",
        "receive",
        "request_id",
        "rows",
        "scope",
        "sends_since",
        "status",
        "text",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, trusted_proxies: int) -> None:
        self.begun = time.perf_counter()
        self.scope = scope
        self.receive = receive
        self._send = send
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query_string: bytes = scope["query_string"]
        self.accept: str | None = None
        self.content_type = ""
        self.content_encoding = ""
        self.content_length: int | None = None
        """Bytes of the body; None where its sender did not say."""
        self.if_none_match = ""
        self.status = 0
        self.bytes = 0
        self.rows: int | None = None
        self.text = ""
        self.calls: list[Call] = []
        """The calls of other endpoints that its query made."""
        self.is_started = False
        self.sends_since: float | None = None
        self._watch: asyncio.TimerHandle | asyncio.Task[None] | None = None
        forwarded = request_id = ""
        for name, value in scope["headers"]:
            if name == b"accept":
                text = value.decode("latin-1")
                self.accept = text if self.accept is None else f"{self.accept},{text}"
            elif name == b"content-type":
                self.content_type = value.decode("latin-1")
            elif name == b"if-none-match":
                text = value.decode("latin-1")
                self.if_none_match = f"{self.if_none_match},{text}" if self.if_none_match else text
            elif name == b"content-encoding":
                self.content_encoding = value.decode("latin-1").strip().lower()
            elif name == b"content-length":
                self.content_length = int(value) if value.isdigit() else None
            elif name == b"x-request-id":
                request_id = value.decode("latin-1")
            elif name == b"x-forwarded-for" and trusted_proxies:
                forwarded += "," + value.decode("latin-1")
        address = (scope.get("client") or ("", 0))[0]
        hops = forwarded.split(",")[1:]
        # Fewer hops than proxies: somebody came by another way, and says of himself what he likes.
        if trusted_proxies and len(hops) >= trusted_proxies:
            address = hops[-trusted_proxies].strip() or address
        self.client = to_client(address)
        # What is not plain is not passed on: it stands in headers and in the log.
        if not (request_id and _REQUEST_ID.fullmatch(request_id)):
            request_id = f"{_PREFIX}-{next(_NUMBERS):x}"
        self.request_id = request_id

    @property
    def can_be_cut(self) -> bool:
        """Whether its client notices that an answer breaks off: HTTP/1.0 knows no mark of an end."""
        return str(self.scope["http_version"]) not in {"1", "1.0"}

    @property
    def ms(self) -> float:
        """Milliseconds since the request came."""
        return (time.perf_counter() - self.begun) * 1000

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head of the answer; the request's id goes with it."""
        self.status = status
        self.is_started = True
        headers.append((b"x-request-id", self.request_id.encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def pass_on(self, body: bytes, more: bool = False) -> None:
        """Send bytes of the body, which takes as long as the reader likes."""
        self.bytes += len(body)
        self.sends_since = time.monotonic()
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
        self.sends_since = None

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message as it is, for an application that knows ASGI."""
        if message["type"] == "http.response.start":
            await self.start(message["status"], message["headers"])
        else:
            await self.pass_on(message.get("body", b""), message.get("more_body", False))

    def watch(self, patience: float) -> None:
        """Cancel the present task should its client hang up, or take nothing for ``patience`` seconds."""
        if self._watch is not None:  # of two that listen, one would be told at once that the client has gone
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        loop = asyncio.get_running_loop()

        def begin() -> None:
            self._watch = loop.create_task(self._look(task, patience))

        self._watch = loop.call_later(WATCH_AFTER, begin)

    def unwatch(self) -> None:
        """Watch no longer."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _look(self, task: asyncio.Task[Any], patience: float) -> None:
        hearing = asyncio.ensure_future(self._hear_end())
        try:
            while not hearing.done():
                await asyncio.wait({hearing}, timeout=_LOOK_SECONDS)
                if self.sends_since is not None and time.monotonic() - self.sends_since > patience:
                    break
        finally:
            hearing.cancel()
        task.cancel()

    async def _hear_end(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
