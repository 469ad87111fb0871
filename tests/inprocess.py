"""The whole site in this process: requests to its ASGI application, without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from mesmart_kg.web.asgi import Site


class Answer(Response):
    """A response as tests read it."""

    @property
    def text(self) -> str:
        return self.get_data(as_text=True)

    @property
    def content(self) -> bytes:
        return self.get_data()


class Client:
    """Sends requests to a site, each in an event loop of its own; takes what Flask's test client takes.

    Nothing is followed, and nothing sent that the test does not name. An answer that breaks off raises.
    """

    def __init__(self, app: Flask) -> None:
        self.site = Site(app)

    def open(self, path: str, **arguments: Any) -> Answer:
        return asyncio.run(self.send(path, **arguments))

    async def send(self, path: str, **arguments: Any) -> Answer:
        """Send a request from within an event loop, beside others."""
        arguments.pop("buffered", None)
        builder = EnvironBuilder(path, **arguments)
        request = builder.get_request()
        body = request.environ["wsgi.input"].read()
        headers = Headers({"Host": "localhost"})
        headers.update(request.headers)
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.path,
            "raw_path": builder.request_uri.partition("?")[0].encode("latin-1"),
            "query_string": request.query_string,
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "server": ("localhost", "80"),
            "client": ("127.0.0.1", "50000"),
        }
        return await self._ask(scope, body)

    async def _ask(self, scope: dict[str, Any], body: bytes) -> Answer:
        sent: list[dict[str, Any]] = []
        parts = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if parts:
                return parts.pop()
            await asyncio.Event().wait()  # the client stays for as long as it takes
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.site(scope, receive, send)
        head, *rest = sent
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"]]
        content = b"".join(message["body"] for message in rest)
        answer = Answer(content, head["status"])
        answer.headers = Headers(headers)  # as they were sent: a response to HEAD has a length, and no body
        return answer

    def get(self, path: str, **arguments: Any) -> Answer:
        return self.open(path, method="GET", **arguments)

    def head(self, path: str, **arguments: Any) -> Answer:
        return self.open(path, method="HEAD", **arguments)

    def post(self, path: str, **arguments: Any) -> Answer:
        return self.open(path, method="POST", **arguments)

    def delete(self, path: str, **arguments: Any) -> Answer:
        return self.open(path, method="DELETE", **arguments)

    def options(self, path: str, **arguments: Any) -> Answer:
        return self.open(path, method="OPTIONS", **arguments)

    def close(self) -> None:
        asyncio.run(self.site.close())
