"""How a request comes in: its body, whole, within a size and a time, before anybody works on it.

A body that never ends would hold a thread, and there are not many; nothing of HTTP bounds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from mesmart_kg.web.bridge import Receive
from mesmart_kg.web.problems import BadRequest

BODY_SECONDS: Final = 10.0
"""How long a body may take, however small."""

BODY_SPEED: Final = 128 * 1024
"""Bytes a second at which a large one must come, on average."""

_DRAINED: Final = 16 * 1024 * 1024
"""Bytes that are still taken of a body that is too long: most clients send all before they read."""


async def receive_body(receive: Receive, most: int, too_long: Callable[[], Exception]) -> bytes:
    """Return the body of a request.

    Raises ``too_long()`` for more than ``most`` bytes, BadRequest for what comes too late or broken off.
    """
    seconds = BODY_SECONDS + most // BODY_SPEED
    try:
        parts, size, is_whole = await asyncio.wait_for(_collect(receive, most), seconds)
    except TimeoutError as error:
        raise BadRequest(
            408,
            "body-too-slow",
            "The body of the request did not come within %(seconds)s seconds.",
            seconds=f"{seconds:g}",
        ) from error
    if size > most:
        raise too_long()
    if not is_whole:
        raise BadRequest(400, "body-incomplete", "The body of the request broke off, or is malformed.")
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _collect(receive: Receive, most: int) -> tuple[list[bytes], int, bool]:
    parts: list[bytes] = []
    size = 0
    while True:
        message: dict[str, Any] = await receive()
        if message["type"] != "http.request":
            return parts, size, False
        part = message.get("body", b"")
        size += len(part)
        if size <= most:
            parts.append(part)
        else:
            parts.clear()
        if not message.get("more_body") or size > most + _DRAINED:
            return parts, size, True
