"""Flask behind an asynchronous server: a WSGI application, called in threads, as ASGI.

The body of a request is whole before a thread is taken (``arrival``), so that a slow sender holds none; the
parts of an answer are asked for one by one, as fast as the reader takes them.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias

Scope: TypeAlias = "Mapping[str, Any]"
Receive: TypeAlias = "Callable[[], Any]"
Send: TypeAlias = "Callable[[dict[str, Any]], Any]"
Environ: TypeAlias = dict[str, Any]

_PART: Final = 256 * 1024


class _File:
    """A file as an iterable of parts; what WSGI calls a file wrapper."""

    def __init__(self, file: Any, _size: int = 0) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        while part := self._file.read(_PART):
            yield part

    def close(self) -> None:
        self._file.close()


def to_environ(scope: Scope, body: bytes) -> Environ:
    """Return the WSGI environment of a request (PEP 3333)."""
    host, port = scope.get("server") or ("localhost", 80)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("", 0))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _File,
        "wsgi.input_terminated": True,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:  # it would pass for the one with a hyphen, which a proxy may have set
            continue
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        if name not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            name = f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        environ[name] = f"{environ[name]},{value}" if name in environ else value
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


class Bridge:
    """Calls a WSGI application in so many threads."""

    def __init__(self, application: Any, threads: int) -> None:
        self._application = application
        self._executor = ThreadPoolExecutor(threads, "page")

    async def respond(
        self, environ: Environ, send: Send, extra_headers: Iterable[tuple[bytes, bytes]]
    ) -> int:
        """Answer a request; return the status. What fails after the first bytes is raised."""
        loop = asyncio.get_running_loop()
        status = 0
        headers: list[tuple[bytes, bytes]] = []

        def start_response(line: str, fields: list[tuple[str, str]], _problem: object = None) -> None:
            nonlocal status, headers
            status = int(line.split(" ", 1)[0])
            headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]

        def begin() -> tuple[Any, Iterator[bytes], bytes | None]:
            answer = self._application(environ, start_response)
            parts = iter(answer)
            return answer, parts, next(parts, None)

        context = contextvars.copy_context()
        answer, parts, part = await loop.run_in_executor(self._executor, context.run, begin)
        try:
            await send(
                {"type": "http.response.start", "status": status, "headers": [*headers, *extra_headers]}
            )
            # A page is one part; only a file has more.
            rest = None if isinstance(answer, list | tuple) and len(answer) < 2 else parts
            # An empty part is a part like others: an answer ends where there is no more (PEP 3333).
            while rest is not None and part is not None:
                if part:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                part = await loop.run_in_executor(self._executor, next, rest, None)
            await send({"type": "http.response.body", "body": part or b""})
        finally:
            if hasattr(answer, "close"):
                answer.close()
        return status

    def close(self) -> None:
        """Take no more requests."""
        self._executor.shutdown(wait=False, cancel_futures=True)
