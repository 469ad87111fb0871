"""What a stranger tried in order to stop the site, each seen to do so once."""

from __future__ import annotations

import asyncio
from typing import Any

from flask import Flask
from serving import ENDLESS

from mesmart_kg.web.asgi import Site
from mesmart_kg.web.publication import publication_of


async def ask(site: Site, path: str, query: str = "", accept: str = "text/html") -> int:
    """Send a GET; return the status."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"accept", accept.encode())],
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 50000),
    }
    waiting = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, Any]:
        await waiting  # nobody hangs up
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await site(scope, receive, send)
    return int(sent[0]["status"])


def test_pages_that_query_keep_no_other_page_waiting(app: Flask) -> None:
    """As many endless queries as there are threads, each to be shown as a page."""
    threads = publication_of(app).config.web.threads

    async def attack() -> tuple[int, list[bool]]:
        site = Site(app)
        queries = [
            asyncio.create_task(ask(site, "/sparql", f"query={ENDLESS.replace('&', '%26')}%23{number}"))
            for number in range(threads)
        ]
        await asyncio.sleep(0.2)
        status = await ask(site, "/-/health", accept="application/json")
        still = [not query.done() for query in queries]
        await asyncio.gather(*queries)
        await site.close()
        return status, still

    status, still = asyncio.run(attack())

    assert status == 200
    assert all(still)
