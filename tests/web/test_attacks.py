"""What a stranger tried in order to stop the site, each seen to do so once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from flask import Flask
from inprocess import Client
from serving import ENDLESS

from mesmart_kg.config import Config
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of


@pytest.mark.slow
def test_pages_that_query_keep_no_other_page_waiting(app: Flask) -> None:
    """As many endless queries as there are threads, each to be shown as a page."""
    threads = publication_of(app).config.web.threads

    async def attack() -> tuple[int, list[bool]]:
        client = Client(app)
        queries = [
            asyncio.create_task(
                client.send(
                    "/sparql",
                    query_string={"query": f"{ENDLESS}#{number}"},
                    headers={"Accept": "text/html"},
                )
            )
            for number in range(threads)
        ]
        await asyncio.sleep(0.2)
        health = await client.send("/-/health")
        still = [not query.done() for query in queries]
        await asyncio.gather(*queries)
        await client.site.close()
        return health.status_code, still

    status, still = asyncio.run(attack())

    assert status == 200
    assert all(still)


def test_pages_of_questions_count_as_queries(app: Flask, config: Config) -> None:
    publication = publication_of(app)
    few = replace(config, web=replace(config.web, requests=2))
    client = Client(create_app(few, publication.catalog, lambda _release: publication.engine))
    statuses = [client.get(f"/queries/none-{number}").status_code for number in range(3)]
    home = client.get("/", headers={"Accept": "text/html"}).status_code
    client.close()

    assert statuses == [404, 404, 429]
    assert home == 200
