"""An engine elsewhere: any endpoint that speaks the SPARQL 1.1 Protocol and holds a release of ours.

Asked through SPARQLWrapper. What the endpoint says of its fault is kept where it is a problem document (RFC
9457), as ours are; of other endpoints only the status counts, since their pages are written for no reader
of ours.
"""

from __future__ import annotations

import ast
import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.error import HTTPError

from SPARQLWrapper import BASIC, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import (
    EndPointInternalError,
    EndPointNotFound,
    QueryBadFormed,
    SPARQLWrapperException,
    Unauthorized,
    URITooLong,
)

from mesmart_kg.engine.protocol import EngineStatus, GraphChoice, Limits, Solutions, Terms
from mesmart_kg.engine.refusal import refuse_what_leaves
from mesmart_kg.engine.threaded import ThreadedAnswer, stream_from_thread
from mesmart_kg.engine.verbs import Verbs
from mesmart_kg.errors import (
    EngineUnavailable,
    MesmartError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
)
from mesmart_kg.formats import Format

WHICH_RELEASE: Final = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT DISTINCT ?release WHERE { GRAPH ?graph { ?dataset a dcat:Dataset ; owl:versionInfo ?release } }
"""
"""The release that an endpoint holds stands in its metadata graph, as the version of the dataset."""

_CHUNK: Final = 64 * 1024

_CONVERSATIONS: Final = 32
"""How many answers may be read at once for an event loop."""


class RemoteEngine(Verbs):
    """Answers from a SPARQL endpoint over HTTP."""

    def __init__(
        self,
        endpoint: str,
        release_id: str | None = None,
        *,
        user: str = "",
        password: str = "",
        limits: Limits | None = None,
    ) -> None:
        """Make sure that the endpoint answers and holds this release; raise EngineUnavailable if not.

        Without a release the endpoint may be anyone's, and nothing is asked of it beforehand.
        """
        self._endpoint = endpoint
        self._release_id = release_id or ""
        self._credentials = (user, password)
        self._limits = limits or Limits()
        self._executor = ThreadPoolExecutor(_CONVERSATIONS, "remote-engine")
        if release_id is None:
            return
        held = read_release_ids(self.select(WHICH_RELEASE))
        if release_id not in held:
            other = ", ".join(held) or "none that it names"
            raise EngineUnavailable(f"the endpoint holds another release: {other}, not {release_id}")

    @property
    def release_id(self) -> str:
        return self._release_id

    async def stream(
        self, query: str, format: Format, graphs: GraphChoice | None = None, terms: Terms | None = None
    ) -> ThreadedAnswer:
        return await stream_from_thread(lambda: self.answer(query, format, graphs, terms), self._executor)

    def answer(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None = None,
        terms: Terms | None = None,
        rows: int | None = None,
    ) -> RemoteAnswer:
        """Answer any query, all of its ``rows``; the endpoint is given up a little after our deadline."""
        refuse_what_leaves(query)
        wrapper = SPARQLWrapper(self._endpoint)
        wrapper.setQuery(query)
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        wrapper.addCustomHttpHeader("Accept", format.media_type)
        seconds = self._limits.seconds if terms is None or terms.seconds is None else terms.seconds
        # Ours comes a little later than the endpoint's own, so that its word is heard.
        wrapper.setTimeout(int(min(seconds, self._limits.seconds)) + 5)
        for name in graphs.default_graphs if graphs else ():
            wrapper.addParameter("default-graph-uri", name)
        for name in graphs.named_graphs if graphs else ():
            wrapper.addParameter("named-graph-uri", name)
        user, password = self._credentials
        if user:
            wrapper.setHTTPAuth(BASIC)
            wrapper.setCredentials(user, password)
        try:
            return RemoteAnswer(wrapper.query().response, self._limits)
        except HTTPError as error:
            with error:
                raise _translate(error.code, error.read(), self._limits) from error
        except SPARQLWrapperException as error:
            raise _translate(_STATUS.get(type(error), 500), _body(error), self._limits) from error
        except (OSError, http.client.HTTPException) as error:
            raise EngineUnavailable("the endpoint does not answer") from error

    def status(self) -> EngineStatus:
        count = self.select("SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }")
        try:
            triples = int(count.rows[0]["triples"].value)
        except (LookupError, ValueError) as error:
            raise EngineUnavailable("the endpoint does not count its triples") from error
        return EngineStatus(self._release_id, triples, workers=0, busy=0, waiting=0)

    def close(self) -> None:
        """Begin no more answers; the endpoint is not ours to end, and no connection is kept."""
        self._executor.shutdown(wait=False)


_STATUS: Final = {
    QueryBadFormed: 400,
    Unauthorized: 401,
    EndPointNotFound: 404,
    URITooLong: 414,
    EndPointInternalError: 500,
}


def read_release_ids(solutions: Solutions) -> list[str]:
    """Return the ids of the releases that an endpoint names, sorted."""
    return sorted(row["release"].value for row in solutions.rows)


def _body(error: SPARQLWrapperException) -> bytes:
    """Return the body of the response, which SPARQLWrapper keeps in its message only, as ``repr``."""
    said = str(error).partition("Response:\n")[2]
    try:
        body = ast.literal_eval(said)
    except (ValueError, SyntaxError):
        return b""
    return body if isinstance(body, bytes) else b""


def _translate(status: int, body: bytes, limits: Limits) -> MesmartError:
    """Return our error for an HTTP status and what the endpoint says of it."""
    facts = _problem(body)
    said = str(facts.get("detail") or facts.get("title") or "")
    if status == 400:
        return QuerySyntaxError(
            said or "the endpoint does not take this for a query",
            int(facts.get("line", 0)),
            int(facts.get("column", 0)),
        )
    if status == 403:
        return QueryRefused(said or "the endpoint refuses this query")
    if status in {413, 414} or facts.get("limit") not in {None, "seconds"}:
        return QueryTooLarge(said or "the query or its answer is too large", str(facts.get("limit", "size")))
    if status in {503, 504} and facts.get("limit") == "seconds":
        return QueryTimeout(float(facts.get("value", limits.seconds)))
    return EngineUnavailable(f"the endpoint does not answer this query (HTTP status {status})")


def _problem(body: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(body)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


class RemoteAnswer:
    """The body of an endpoint's response, read as it comes."""

    def __init__(self, response: http.client.HTTPResponse, limits: Limits) -> None:
        self.rows: int | None = None
        self._response = response
        self._left = limits.size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            part = self._response.read(_CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EngineUnavailable("the answer was cut off before its end") from error
        if not part:
            self.close()
            raise StopIteration
        self._left -= len(part)
        if self._left < 0:
            raise QueryTooLarge("the answer is larger than this service passes on", "size")
        return part

    def close(self) -> None:
        self._response.close()
