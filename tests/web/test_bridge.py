"""Answers of a WSGI application on their way out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from mesmart_kg.web.bridge import Bridge


@pytest.mark.parametrize(
    "parts", [[b"a", b"", b"b"], [b"", b"ab"], [b"ab", b""], [b"", b"", b"a", b"", b"", b"b"]]
)
@pytest.mark.parametrize("make", [list, iter], ids=["list", "stream"])
def test_an_empty_part_does_not_end_an_answer(parts: list[bytes], make: Any) -> None:
    """A sitemap whose last part was empty once came without its end."""

    def application(_environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        made: Iterable[bytes] = make(parts)
        return made

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    bridge = Bridge(application, 1)
    try:
        asyncio.run(bridge.respond({}, send, []))
    finally:
        bridge.close()

    assert b"".join(message["body"] for message in sent[1:]) == b"ab"
    assert [message.get("more_body", False) for message in sent[1:]][-1] is False
