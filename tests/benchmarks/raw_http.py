"""HTTP/1.1 by hand over asyncio: for a client that must know whether an answer came whole.

Each request goes over a connection of its own, or over one that is kept, from an address of its own on the
loopback network, so that a server tells clients apart. A transfer that ends early raises :class:`Broken`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

LIMIT = 1 << 20
"""Bytes that are read ahead on one connection."""


class Broken(Exception):
    """The transfer was cut: no answer, or half of one."""


@dataclass(frozen=True)
class Answer:
    """A whole answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Request:
    """What is sent; ``body`` empty for none."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the bytes on the wire."""
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def query_request(text: str, accept: str, method: str = "GET") -> Request:
    """Return a query as the SPARQL 1.1 Protocol has it; ``method`` GET, POST (direct), FORM or QUERY."""
    wanted = ("Accept", accept)
    if method == "GET":
        return Request("GET", f"/sparql?query={quote(text, safe='')}", (wanted,))
    if method == "FORM":
        media_type, body = "application/x-www-form-urlencoded", f"query={quote(text, safe='')}".encode()
    else:
        media_type, body = "application/sparql-query", text.encode()
    verb = "POST" if method == "FORM" else method
    return Request(verb, "/sparql", (wanted, ("Content-Type", media_type)), body)


class Client:
    """One client: its address, and its kept connection if there is one."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self._port = port
        self._address = address
        self._kept: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection from this client's address; the caller closes it."""
        return await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(self._address, 0), limit=LIMIT
        )

    async def ask(self, request: Request, timeout: float = 90, *, keep: bool = False) -> Answer:
        """Send and read the whole answer; TimeoutError when that takes longer than the seconds given."""
        async with asyncio.timeout(timeout):
            kept, self._kept = self._kept, None
            if kept is not None:
                try:
                    return await self._exchange(*kept, request, keep=keep)
                except (Broken, OSError):
                    # The server may close a connection that rests at any moment: once more over a new one.
                    pass
            try:
                return await self._exchange(*await self.connect(), request, keep=keep)
            except OSError as error:
                raise Broken(str(error)) from error

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request, *, keep: bool
    ) -> Answer:
        whole = False
        try:
            writer.write(request.to_bytes())
            await writer.drain()
            answer = await read_answer(reader, has_body=request.method != "HEAD")
            whole = True
        finally:
            if whole and keep and answer.headers.get("connection") != "close":
                self._kept = (reader, writer)
            else:
                writer.close()
        return answer

    def close(self) -> None:
        """Close the kept connection."""
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None


async def read_answer(reader: asyncio.StreamReader, *, has_body: bool = True) -> Answer:
    """Read one answer to its end, as RFC 9112 §6.3 tells the end; Broken when it does not come."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        if not has_body or status in {204, 304}:
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, await _read_chunks(reader))
        if "content-length" in headers:
            return Answer(status, headers, await reader.readexactly(int(headers["content-length"])))
        return Answer(status, headers, await reader.read())
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError) as error:
        raise Broken(type(error).__name__) from error
    except (IndexError, ValueError) as error:
        raise Broken("not HTTP") from error


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return b"".join(parts)
