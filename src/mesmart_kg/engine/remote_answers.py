"""What an endpoint answers, as it comes: its bytes, its faults, and a boolean that came as a table."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from email.message import Message
from typing import Any, Final, Protocol, TypeVar

from mesmart_kg import formats
from mesmart_kg.engine.dialects import Dialect
from mesmart_kg.engine.protocol import Answer, Limits
from mesmart_kg.errors import (
    EngineUnavailable,
    MesmartError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
)
from mesmart_kg.formats import Format

_CHUNK: Final = 64 * 1024
_GATHERED: Final = 512 * 1024
_ERROR_BYTES: Final = 64 * 1024
_FOR_PEOPLE: Final = {"text/html", "application/xhtml+xml"}
_XML: Final = (
    '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head/>'
    "<boolean>{}</boolean></sparql>"
)

_Body = TypeVar("_Body", bytes, Answer)


class Response(Protocol):
    """Where the body comes from."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class AsItComes:
    """A response of http.client whose reads return what is there, so that each wait can be counted."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response

    def read(self, size: int, /) -> bytes:
        part = self._response.read1(size)
        if not part and self._response.length:
            raise http.client.IncompleteRead(b"", self._response.length)
        return part

    def close(self) -> None:
        self._response.close()


def check_head(status: int, headers: Message, seconds: float, dialect: Dialect) -> None:
    """Raise what the head of an answer tells: that it is no whole answer, or one that nobody asked for."""
    if dialect.is_incomplete(status, headers):
        raise QueryTimeout(seconds)
    if status == 200 and headers.get_content_type() in _FOR_PEOPLE:
        raise EngineUnavailable("the endpoint answers with a page for people")


class RemoteAnswer:
    """The body of an endpoint's response, read as it comes.

    Waiting for it may take ``seconds``, a little more where the endpoint has its own deadline. ``at_end`` is
    called before the last part is given, and may raise: then the answer is not to be trusted.
    """

    def __init__(
        self, response: Response, limits: Limits, seconds: float, at_end: Callable[[], None] | None = None
    ) -> None:
        self.rows: int | None = None
        self.is_whole = False
        """Whether nothing comes after the parts given so far."""
        self._response = response
        self._left = limits.size
        self._seconds = seconds
        self._waited = 0.0
        self._at_end = at_end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        # Gathered: what is short then goes on at once, and whoever sends it knows that nothing follows.
        while not self.is_whole and size < _GATHERED:
            part = self._read()
            parts.append(part)
            size += len(part)
        if not size:
            raise StopIteration
        return b"".join(parts)

    def _read(self) -> bytes:
        begun = time.monotonic()
        try:
            part = self._response.read(_CHUNK)
        except TimeoutError as error:
            self.close()
            raise QueryTimeout(self._seconds) from error
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # AttributeError: http.client's own, where another thread has closed the answer.
            self.close()
            raise EngineUnavailable("the answer was cut off before its end") from error
        self._waited += time.monotonic() - begun
        self._left -= len(part)
        if not part:
            missing = getattr(self._response, "length", None)
            self.close()
            if missing:  # http.client tells of it only who reads all at once
                raise EngineUnavailable("the answer was cut off before its end")
            if self._at_end is not None:
                self._at_end()
            self.is_whole = True
        elif self._left < 0:
            self.close()
            raise QueryTooLarge("the answer is larger than this service passes on", "size")
        elif self._waited > self._seconds + 1:
            self.close()
            raise QueryTimeout(self._seconds)
        return part

    def read_error(self) -> bytes:
        """Return the beginning of what it says of its fault; nothing where it does not get so far."""
        said = b""
        try:
            while len(said) < _ERROR_BYTES and (part := self._response.read(_CHUNK)):
                said += part
        except (OSError, http.client.HTTPException, ValueError):
            return b""
        return said

    def close(self) -> None:
        self._response.close()


class _Told:
    """An answer that is there already."""

    def __init__(self, body: bytes) -> None:
        self.rows: int | None = None
        self.is_whole = False
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        body, self._body = self._body, b""
        self.is_whole = True
        if not body:
            raise StopIteration
        return body

    def close(self) -> None:
        self._body = b""


def mend_table(answer: _Body, format: Format) -> _Body:
    """Return the answer to an ASK as the standard has it, where it came as a table; others as they are."""
    if isinstance(answer, bytes):
        return _mend(answer, format) if b"__ASK_RETVAL" in answer[:1000] else answer
    try:
        return _Told(_mend(b"".join(answer), format))
    finally:
        answer.close()


def _mend(body: bytes, format: Format) -> bytes:
    try:
        rows = json.loads(body)["results"]["bindings"]
        # Virtuoso 7 has a row with 1 for yes, and for no one with 0 or none at all.
        value = bool(rows) and rows[0]["__ASK_RETVAL"]["value"] in {"1", "true"}
    except (ValueError, LookupError, TypeError) as error:
        raise EngineUnavailable("the engine's answer is not a boolean") from error
    word = "true" if value else "false"
    if format.name == formats.RESULTS_JSON.name:
        return f'{{"head":{{}},"boolean":{word}}}'.encode()
    return (_XML.format(word) if format.name == formats.RESULTS_XML.name else word).encode()


def translate(status: int, body: bytes, seconds: float, dialect: Dialect) -> MesmartError:
    """Return our error for an HTTP status and what the endpoint says of it."""
    facts = _problem(body)
    said = str(facts.get("detail") or facts.get("title") or "")
    text = body[:2000].decode("utf-8", "replace")
    if dialect.is_too_late(text):
        return QueryTimeout(seconds)
    if status == 400:
        line, column = dialect.find_place(text)
        return QuerySyntaxError(
            said or "the endpoint does not take this for a query",
            _whole(facts.get("line"), line),
            _whole(facts.get("column"), column),
        )
    if status == 403:
        return QueryRefused(said or "the endpoint refuses this query")
    if status in {413, 414} or facts.get("limit") not in {None, "seconds"}:
        return QueryTooLarge(said or "the query or its answer is too large", str(facts.get("limit", "size")))
    if status in {503, 504} and facts.get("limit") == "seconds":
        value = facts.get("value")
        return QueryTimeout(float(value) if isinstance(value, int | float) else seconds)
    return EngineUnavailable(f"the endpoint does not answer this query (HTTP status {status})")


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _problem(body: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(body)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
