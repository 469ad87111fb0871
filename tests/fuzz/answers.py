"""Answers off the wire, read by the letter (RFC 9112), and what no answer may be."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_plus

MOST_KEPT: Final = 4 * 1024 * 1024
"""Bytes of a body that are looked at; the rest is only counted."""

_LEAKS: Final = re.compile(
    rb"Traceback \(most|site-packages|dist-packages|\bFile \"|, line \d+, in |\.py[\"':,)]|panicked at"
    rb"|\.rs:\d| object at 0x|/tmp/|/proc/self|/usr/lib|/home/|/root/|mesmart_kg[./]\w+|werkzeug[./]\w"
    rb"|flask\.|asyncio|RuntimeError"
)
"""What only the inside of a server says: stacks, files of modules, objects in memory; no path is ours."""

_TOLD: Final = {413, 429, 501, 503, 504, 505}
"""Statuses of 4xx and 5xx by which limits are told, besides what is the client's own fault."""


class Unreadable(Exception):
    """What came is no answer of HTTP."""


@dataclass(frozen=True)
class Answer:
    """An answer; ``is_whole`` tells whether it came to the end that it announced."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    length: int
    is_whole: bool
    method: str

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def media_type(self) -> str:
        return self.header("content-type").partition(";")[0].strip().lower()


class Reader:
    """Reads one answer after another from a connection.

    Raises TimeoutError when nothing comes for as long as the socket waits, and Unreadable.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def read(self, method: str) -> Answer | None:
        """Return the next answer; None when the connection ended before one began."""
        while True:
            head = self._read_head()
            if head is None:
                return None
            status, headers = _parse_head(head)
            if status >= 200 or status == 101:
                break
        kept, length, is_whole = b"", 0, True
        names = dict(headers)
        if method != "HEAD" and status >= 200 and status not in {204, 304}:
            for part in self._body(names):
                is_whole = part is not None
                length += len(part or b"")
                kept += (part or b"")[: MOST_KEPT - len(kept)]
        return Answer(status, headers, kept, length, is_whole, method)

    def ends(self) -> bool:
        """Tell whether nothing more comes before the server hangs up."""
        return not self._buffer and not self._more()

    def _more(self) -> bool:
        try:
            part = self._connection.recv(1 << 16)
        except (ConnectionResetError, BrokenPipeError):
            return False
        self._buffer += part
        return bool(part)

    def _read_head(self) -> bytes | None:
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > 256 * 1024:
                raise Unreadable("a head without end")
            if not self._more():
                if self._buffer:
                    raise Unreadable(f"half a head: {self._buffer[:200]!r}")
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head

    def _body(self, headers: dict[str, str]) -> Iterator[bytes | None]:
        """Yield the parts of a body, and None last when it breaks off."""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            yield from self._chunks()
        elif "content-length" in headers:
            yield from self._exactly(int(headers["content-length"]))
        else:
            while self._buffer or self._more():
                yield self._take(len(self._buffer))

    def _chunks(self) -> Iterator[bytes | None]:
        while True:
            line = self._line()
            if line is None:
                yield None
                return
            if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", line):
                raise Unreadable(f"no length of a chunk: {line[:100]!r}")
            size = int(line, 16)
            if not size:
                while self._line():  # trailers, and the empty line that ends them
                    pass
                return
            yield from self._exactly(size)
            if self._line() is None:
                yield None
                return

    def _exactly(self, count: int) -> Iterator[bytes | None]:
        while count:
            if not self._buffer and not self._more():
                yield None
                return
            part = self._take(count)
            count -= len(part)
            yield part

    def _line(self) -> bytes | None:
        while b"\r\n" not in self._buffer:
            if not self._more():
                return None
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _take(self, count: int) -> bytes:
        part, self._buffer = self._buffer[:count], self._buffer[count:]
        return part


def _parse_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    match = re.fullmatch(r"HTTP/1\.[01] ([1-5]\d\d)(?: .*)?", first)
    if not match:
        raise Unreadable(f"no status line: {first[:200]!r}")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if (
            not colon
            or not re.fullmatch(r"[!#$%&'*+\-.^_`|~\w]+", name, re.ASCII)
            or re.search(r"[\x00\r\n]", value)
        ):
            raise Unreadable(f"no header: {line[:200]!r}")
        headers.append((name.lower(), value.strip()))
    return int(match[1]), tuple(headers)


def judge(answer: Answer, sent: bytes, out_of_bounds: tuple[bytes, ...]) -> Iterator[str]:
    """Yield what is wrong with an answer, whatever was asked; ``out_of_bounds`` it may hold only if sent."""
    status = answer.status
    if status == 101:
        yield "protocol switched"
    if status >= 500 and status not in _TOLD:
        yield f"status {status}"
    if status not in {each.value for each in HTTPStatus}:
        yield f"unknown status {status}"
    # As it was sent, without the lines between chunks, and with its escapes read: an echo is no leak.
    joined = sent + re.sub(rb"\r\n[0-9a-fA-F]+(?:;[^\r\n]*)?\r\n", b"", sent)
    asked = unquote_plus(joined.decode("utf-8", "replace")).encode() + joined
    whole = repr(answer.headers).encode() + answer.body
    for match in _LEAKS.finditer(whole):
        if match.group() not in asked:
            yield f"leak: {whole[max(0, match.start() - 100) : match.end() + 100]!r}"
            break
    yield from (f"leak: {each!r}" for each in out_of_bounds if each in whole and each not in asked)
    if answer.header("x-canary"):
        yield "a header was injected"
    if answer.media_type == "text/html" and b"<x-canary>" in answer.body:
        yield "markup was injected"
    if answer.length <= MOST_KEPT and answer.method != "HEAD":
        yield from _judge_body(answer)


def _judge_body(answer: Answer) -> Iterator[str]:
    if answer.method == "HEAD" or not answer.is_whole or answer.status in {204, 304}:
        return
    if answer.media_type.endswith("json") and answer.status != 206:
        try:
            is_packed = answer.header("content-encoding") == "gzip"
            document = json.loads(gzip.decompress(answer.body) if is_packed else answer.body)
        except ValueError as error:
            yield f"a whole answer is not JSON: {error}"
            return
        if answer.media_type == "application/problem+json" and not (
            isinstance(document, dict)
            and document.get("status") == answer.status
            and all(document.get(name) for name in ("type", "title", "detail"))
        ):
            yield f"no problem document: {str(document)[:300]}"
    if answer.status in {503, 429} and not answer.header("retry-after"):
        yield f"status {answer.status} without Retry-After"
