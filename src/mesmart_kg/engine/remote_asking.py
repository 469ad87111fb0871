"""The two ways of asking an endpoint: answers as they come, and answers as a whole through SPARQLWrapper.

Both tell who we are as the server wants to hear it (``credentials``): nothing until it asks, then with each
request, and anew where it asks anew. Any query may be sent twice, so nothing is lost by that.
"""

from __future__ import annotations

import ast
import http.client
import threading
import time
from collections.abc import Callable, Iterable
from email.message import Message
from typing import Final, TypeAlias
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

from SPARQLWrapper import POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import (
    EndPointInternalError,
    EndPointNotFound,
    QueryBadFormed,
    SPARQLWrapperException,
    Unauthorized,
    URITooLong,
)

from mesmart_kg.engine.credentials import Credentials
from mesmart_kg.engine.kept_http import KeptConnections, KeptResponse, TooManyInUse
from mesmart_kg.engine.remote_answers import AsItComes
from mesmart_kg.errors import EngineBusy, EngineUnavailable, QueryTimeout
from mesmart_kg.formats import Format

Parameters: TypeAlias = list[tuple[str, str]]

GRACE: Final = 1.0
"""Seconds that an endpoint gets beyond our deadline, so that its own word of it is heard."""

_ERROR_BYTES: Final = 64 * 1024
_STATUS: Final = {
    QueryBadFormed: 400,
    Unauthorized: 401,
    EndPointNotFound: 404,
    URITooLong: 414,
    EndPointInternalError: 500,
}


class RefusedAnswer(Exception):
    """An endpoint that answered with an error: its status, head (None where it is lost) and body."""

    def __init__(self, status: int, headers: Message | None, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


class Asker:
    """Sends queries to one endpoint, from any thread.

    Raises EngineBusy, EngineUnavailable, and QueryTimeout where waiting for the beginning of an answer took
    as long as the query may.
    """

    def __init__(self, endpoint: str, user: str, password: str, *, most: int) -> None:
        self._endpoint = endpoint
        parts = urlsplit(endpoint)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._connections = KeptConnections(endpoint, most=most)
        self._credentials = Credentials(user, password)
        self._telling = threading.Lock()

    def send(self, query: str, parameters: Parameters, accepted: Format, seconds: float) -> KeptResponse:
        """Return an answer as it comes, whatever its status."""
        response = self._send(query, parameters, accepted, seconds)
        if response.status == 401 and self._accept(response.headers.get("WWW-Authenticate")):
            response.close()
            response = self._send(query, parameters, accepted, seconds)
        return response

    def _send(self, query: str, parameters: Parameters, accepted: Format, seconds: float) -> KeptResponse:
        form = urlencode([("query", query), *parameters]).encode("ascii")
        headers = [
            ("Accept", accepted.media_type),
            ("Content-Type", "application/x-www-form-urlencoded"),
            *self._authorization(),
        ]
        begun = time.monotonic()
        try:
            return self._connections.send("POST", self._target, form, headers, seconds + GRACE)
        except TooManyInUse as error:
            raise EngineBusy("too many answers of the remote engine are being read") from error
        except (OSError, http.client.HTTPException) as error:
            raise _find_late(error, time.monotonic() - begun, seconds) from error

    def query(
        self,
        asked: str,
        sent: str,
        parameters: Parameters,
        accepted: Format,
        seconds: float,
        take: Callable[[int, Message, AsItComes], bytes],
    ) -> bytes:
        """Have an answer of status 2xx taken; ``asked`` is the query in SPARQL, ``sent`` as it is sent.

        Raises RefusedAnswer for any other status.
        """
        try:
            return self._query(asked, sent, parameters, accepted, seconds, take)
        except RefusedAnswer as refused:
            challenge = refused.headers.get("WWW-Authenticate") if refused.headers else None
            if refused.status != 401 or not self._accept(challenge):
                raise
        return self._query(asked, sent, parameters, accepted, seconds, take)

    def _query(
        self,
        asked: str,
        sent: str,
        parameters: Parameters,
        accepted: Format,
        seconds: float,
        take: Callable[[int, Message, AsItComes], bytes],
    ) -> bytes:
        wrapper = SPARQLWrapper(self._endpoint)
        # It reads the form of a query from its text, and knows none that begins otherwise.
        wrapper.setQuery(asked)
        wrapper.queryString = sent
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        wrapper.setTimeout(max(1, round(seconds + GRACE)))
        for name, value in [("Accept", accepted.media_type), *self._authorization()]:
            wrapper.addCustomHttpHeader(name, value)
        for name, value in parameters:
            wrapper.addParameter(name, value)
        begun = time.monotonic()
        try:
            response = wrapper.query().response
            return take(response.status, response.headers, AsItComes(response))
        except HTTPError as error:
            with error:
                raise RefusedAnswer(error.code, error.headers, error.read(_ERROR_BYTES)) from error
        except SPARQLWrapperException as error:
            # Of the head it keeps nothing itself; what it was made of, does.
            made_of = error.__context__
            headers = made_of.headers if isinstance(made_of, HTTPError) else None
            raise RefusedAnswer(_STATUS.get(type(error), 500), headers, _body(error)) from error
        except (OSError, http.client.HTTPException) as error:
            raise _find_late(error, time.monotonic() - begun, seconds) from error

    def _authorization(self) -> Iterable[tuple[str, str]]:
        with self._telling:
            return self._credentials.header("POST", self._target)

    def _accept(self, challenge: str | None) -> bool:
        with self._telling:
            return bool(challenge) and self._credentials.accept(challenge or "")

    def close(self) -> None:
        self._connections.close()


def _find_late(error: Exception, passed: float, seconds: float) -> Exception:
    """Return the error for a wait that ended: for the query's deadline, or for nobody there."""
    is_late = isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError)
    if is_late and passed >= seconds * 0.9:
        return QueryTimeout(seconds)
    return EngineUnavailable("the endpoint does not answer")


def _body(error: SPARQLWrapperException) -> bytes:
    """Return the body of the response, which SPARQLWrapper keeps in its message only, as ``repr``."""
    said = str(error).partition("Response:\n")[2]
    try:
        body = ast.literal_eval(said)
    except (ValueError, SyntaxError):
        return b""
    return body if isinstance(body, bytes) else b""
