"""An engine elsewhere: any endpoint that speaks the SPARQL 1.1 Protocol and holds a release of ours.

Streamed answers come over connections that are kept (``kept_http``); the verbs that return values ask through
SPARQLWrapper. What a server does otherwise than the standards say is in ``dialects``.

Whether the endpoint still holds our release is asked before an answer, and after one that took long, if that
was not asked in the last :data:`CHECK_SECONDS`; ``loader`` waits longer than that between taking the mark of
a release away and changing the first statement. So no answer that was given whole mixes two releases. An
endpoint that was gone is asked again by the next query, and nothing need be done when it is back.

What the endpoint says of its fault is kept where it is a problem document (RFC 9457), as ours are; of other
endpoints only the status counts, since their pages are written for no reader of ours.
"""

from __future__ import annotations

import ast
import http.client
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import Message
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

from SPARQLWrapper import BASIC, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import (
    EndPointInternalError,
    EndPointNotFound,
    QueryBadFormed,
    SPARQLWrapperException,
    Unauthorized,
    URITooLong,
)

from mesmart_kg import formats
from mesmart_kg.engine.credentials import Credentials
from mesmart_kg.engine.dialects import DEFAULT_GRAPH, STANDARD, Dialect, find_dialect
from mesmart_kg.engine.kept_http import KeptConnections, TooManyInUse
from mesmart_kg.engine.protocol import Answer, EngineStatus, GraphChoice, Limits, Solutions, Terms
from mesmart_kg.engine.refusal import refuse_what_leaves
from mesmart_kg.engine.remote_answers import AsItComes, RemoteAnswer, is_page, mend_table, translate
from mesmart_kg.engine.solutions import read_solutions
from mesmart_kg.engine.threaded import ThreadedAnswer, stream_from_thread
from mesmart_kg.engine.verbs import Verbs
from mesmart_kg.errors import EngineBusy, EngineUnavailable, QueryError, QueryRefused, QueryTimeout
from mesmart_kg.formats import Format
from mesmart_kg.query_text import examine

WHICH_RELEASE: Final = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT DISTINCT ?release WHERE { GRAPH ?graph { ?dataset a dcat:Dataset ; owl:versionInfo ?release } }
"""
"""The release that an endpoint holds stands in its metadata graph, as the version of the dataset."""

THE_MARK: Final = """
?dataset <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> ;
  <http://www.w3.org/2002/07/owl#versionInfo> ?release .
"""
"""The mark of a release as a pattern: it stands in a named graph, never in the default one."""

WHICH_GRAPHS: Final = "SELECT ?graph WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
"""Grouped: with DISTINCT, Virtuoso 7 takes 6 s for 5,000 statements, and so 0.01 s."""

CHECK_SECONDS: Final = 2.0
"""For how long it is believed that an endpoint holds the release that it held."""

_GRACE: Final = 1.0
"""Seconds that an endpoint gets beyond our deadline, so that its own word of it is heard."""

_CONVERSATIONS: Final = 32
"""How many answers may be read at once for an event loop."""

_ERROR_BYTES: Final = 64 * 1024
_NOTHING: Final = "urn:x-mesmart:nothing"
_TWO_DATASETS: Final = "The query names its graphs, and so does the request: name them in one of the two."
_MORE_THAN_A_QUERY: Final = (
    "Words that only one maker's server knows (define, bif:, sql:) are not taken here."
)
_ASKS_FOR_GRAPHS: Final = re.compile(r"graph", re.IGNORECASE)


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
        parts = urlsplit(endpoint)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._release_id = release_id
        self._credentials = (user, password)
        self._limits = limits or Limits()
        self._dialect = STANDARD
        self._maker = STANDARD
        self._unites = False
        self._named: tuple[str, ...] = ()
        self._named_for: str | None = None
        self._checked = float("-inf")
        self._checking = threading.Lock()
        self._failure = ""
        self._failed = float("-inf")
        self._connections = KeptConnections(endpoint, most=_CONVERSATIONS)
        # Those that wait for a connection must not take the threads of those that hold one.
        self._beginning = ThreadPoolExecutor(_CONVERSATIONS, "remote-engine-begins")
        self._executor = ThreadPoolExecutor(_CONVERSATIONS, "remote-engine-reads")
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    @property
    def release_id(self) -> str:
        return self._release_id or ""

    @property
    def dialect(self) -> Dialect:
        """That of the server, as it was when the release was last looked for."""
        return self._dialect

    async def stream(
        self, query: str, format: Format, graphs: GraphChoice | None = None, terms: Terms | None = None
    ) -> ThreadedAnswer:
        return await stream_from_thread(
            lambda: self.answer(query, format, graphs, terms), self._beginning, self._executor
        )

    def answer(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None = None,
        terms: Terms | None = None,
        rows: int | None = None,
    ) -> Answer:
        """Answer any query, all of its ``rows``; the endpoint is given up a little after our deadline."""
        refuse_what_leaves(query)
        self._check()
        seconds = self._seconds(terms)
        is_table = self._dialect.asks_in_tables and examine(query).form == "ASK"
        asked = formats.RESULTS_JSON if is_table else self._dialect.instead.get(format.name, format)
        sent, parameters = self._prepare(query, graphs, seconds)
        form = urlencode([("query", sent), *parameters]).encode("ascii")
        headers = [
            ("Accept", asked.media_type),
            ("Content-Type", "application/x-www-form-urlencoded"),
            *self._authorization(),
        ]
        begun = time.monotonic()
        try:
            response = self._connections.send("POST", self._target, form, headers, seconds + _GRACE)
        except TooManyInUse as error:
            raise EngineBusy("too many answers of the remote engine are being read") from error
        except TimeoutError as error:
            raise self._find_late(time.monotonic() - begun, seconds) from error
        except (OSError, http.client.HTTPException) as error:
            raise EngineUnavailable("the endpoint does not answer") from error
        limits, dialect = self._limits, self._learn(response.status, response.headers)
        answer = RemoteAnswer(response, limits, seconds, lambda: self._check_after(begun))
        is_whole = response.status == 200 and not dialect.is_incomplete(response.status, response.headers)
        if is_whole and not is_page(response.headers):
            return mend_table(answer, format) if is_table else answer
        try:
            if dialect.is_incomplete(response.status, response.headers):
                raise QueryTimeout(seconds)
            if response.status == 200:
                raise EngineUnavailable("the endpoint answers with a page for people")
            raise translate(response.status, answer.read_error(), seconds, dialect)
        finally:
            answer.close()

    def _read(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None,
        terms: Terms | None,
        rows: int | None = None,
    ) -> bytes:
        """Return the whole of an answer, asked for through SPARQLWrapper."""
        self._check()
        begun = time.monotonic()
        body = self._ask(query, format, graphs, self._seconds(terms))
        self._check_after(begun)
        return body

    def _ask(
        self, query: str, format: Format, graphs: GraphChoice | None, seconds: float, *, freely: bool = False
    ) -> bytes:
        """Ask through SPARQLWrapper; ``freely``: of all graphs that the server has."""
        refuse_what_leaves(query)
        sent, parameters = (
            (query, self._dialect.deadline(seconds)) if freely else self._prepare(query, graphs, seconds)
        )
        wrapper = SPARQLWrapper(self._endpoint)
        # It reads the form of a query from its text, and knows none that begins otherwise.
        wrapper.setQuery(query)
        wrapper.queryString = sent
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        wrapper.addCustomHttpHeader("Accept", format.media_type)
        wrapper.setTimeout(max(1, round(seconds + _GRACE)))
        for name, value in parameters:
            wrapper.addParameter(name, value)
        user, password = self._credentials
        if user:
            wrapper.setHTTPAuth(BASIC)
            wrapper.setCredentials(user, password)
        begun = time.monotonic()
        try:
            response = wrapper.query().response
            dialect = self._learn(response.status, response.headers, is_looking=freely)
            if response.status != 200 or dialect.is_incomplete(response.status, response.headers):
                response.close()
                raise self._find_odd(response.status, response.headers, seconds)
            if is_page(response.headers):
                response.close()
                raise EngineUnavailable("the endpoint answers with a page for people")
            body = b"".join(RemoteAnswer(AsItComes(response), self._limits, seconds))
        except HTTPError as error:
            with error:
                dialect = self._learn(error.code, error.headers)
                raise translate(error.code, error.read(_ERROR_BYTES), seconds, dialect) from error
        except SPARQLWrapperException as error:
            # It keeps nothing of the head of an answer; the dialect is the one learned last.
            status = _STATUS.get(type(error), 500)
            raise translate(status, _body(error), seconds, self._dialect) from error
        except TimeoutError as error:
            raise self._find_late(time.monotonic() - begun, seconds) from error
        except (OSError, http.client.HTTPException) as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise self._find_late(time.monotonic() - begun, seconds) from error
            raise EngineUnavailable("the endpoint does not answer") from error
        return mend_table(body, format) if dialect.asks_in_tables else body

    def _find_odd(self, status: int, headers: Message, seconds: float) -> Exception:
        if self._dialect.is_incomplete(status, headers):
            return QueryTimeout(seconds)
        return EngineUnavailable(f"the endpoint does not answer this query (HTTP status {status})")

    def _find_late(self, passed: float, seconds: float) -> Exception:
        """Return the error for a wait that ended: for the query's deadline, or for nobody there."""
        if passed >= seconds * 0.9:
            return QueryTimeout(seconds)
        return EngineUnavailable("the endpoint does not answer")

    def _seconds(self, terms: Terms | None) -> float:
        wanted = self._limits.seconds if terms is None or terms.seconds is None else terms.seconds
        return min(wanted, self._limits.seconds)

    def _authorization(self) -> list[tuple[str, str]]:
        credentials = Credentials(*self._credentials)
        return credentials.header("POST", self._target) if credentials.accept("Basic") else []

    def _learn(self, status: int, headers: Message, *, is_looking: bool = False) -> Dialect:
        """Return the dialect of who answered.

        It is kept only from answers about the release: an error may come from a proxy between, and what is
        asked next must not be asked as if the proxy were the server.
        """
        if status == 200 and (is_looking or self._release_id is None):
            self._keep(find_dialect(headers.get("Server", "")))
        if self._dialect is STANDARD:
            return find_dialect(headers.get("Server", ""))
        return self._dialect

    def _keep(self, maker: Dialect) -> None:
        self._maker = maker
        is_united = self._unites and maker.default_graph is None
        self._dialect = replace(maker, default_graph=DEFAULT_GRAPH) if is_united else maker

    def find_default(self, pattern: str) -> None:
        """Learn from what only a named graph holds whether the server's default graph is the union of all.

        That is no matter of a maker's name (GraphDB, Neptune and others do it, Oxigraph and Fuseki where
        they are told to, and a proxy hides the name): so it is looked at.
        """
        self._unites = bool(self.ask_freely(f"SELECT * WHERE {{ {pattern} }} LIMIT 1").rows)
        self._keep(self._maker)

    def _prepare(
        self, query: str, graphs: GraphChoice | None, seconds: float
    ) -> tuple[str, list[tuple[str, str]]]:
        """Return a query as the server needs it, and what goes beside it: its dataset, and its deadline."""
        dialect = self._dialect
        defaults = graphs.default_graphs if graphs else ()
        named = graphs.named_graphs if graphs else ()
        if dialect.refused is not None and dialect.refused.search(query):
            raise QueryRefused(_MORE_THAN_A_QUERY)
        if dialect.default_graph is not None:
            text = examine(query)
            if not defaults and not named:
                defaults, named = text.default_graphs, text.named_graphs
            elif dialect.adds_datasets and (text.default_graphs or text.named_graphs):
                raise QueryRefused(_TWO_DATASETS)
            if defaults or named:
                defaults = defaults or (_NOTHING,)
            elif not _ASKS_FOR_GRAPHS.search(query):
                defaults = (dialect.default_graph,)
            elif dialect.adds_datasets:
                query = dialect.choose_graphs(dialect.default_graph, self._named) + query
            else:
                defaults, named = (dialect.default_graph,), self._named
        return query, [
            *(("default-graph-uri", name) for name in defaults),
            *(("named-graph-uri", name) for name in named),
            *dialect.deadline(seconds),
        ]

    def _check(self) -> None:
        """Raise EngineUnavailable unless the endpoint held our release a moment ago."""
        if self._release_id is None or time.monotonic() - self._checked < CHECK_SECONDS:
            return
        asked = time.monotonic()
        with self._checking:
            if time.monotonic() - self._checked < CHECK_SECONDS:
                return
            if self._failed >= asked:  # while we waited: who hangs for one hangs for all
                raise EngineUnavailable(self._failure)
            try:
                self._check_now(self._release_id)
            except (EngineUnavailable, QueryError) as error:
                late = isinstance(error, QueryTimeout)
                self._failure = "the endpoint does not answer" if late else str(error)
                self._failed = time.monotonic()
                raise EngineUnavailable(self._failure) from error

    def _check_after(self, begun: float) -> None:
        """Make sure that no other release came while an answer was given that began then."""
        if time.monotonic() - begun > CHECK_SECONDS / 2:
            self._check()

    def _check_now(self, release_id: str) -> None:
        begun = time.monotonic()
        held = read_release_ids(self.ask_freely(WHICH_RELEASE))
        if held != [release_id]:
            self._named_for = None
            other = ", ".join(held) or "none that it names"
            raise EngineUnavailable(f"the endpoint holds another release: {other}, not {release_id}")
        if self._named_for != release_id:
            self.find_default(THE_MARK)
            if self._dialect.default_graph is not None:
                self._named = self._find_graphs()
            self._named_for = release_id
        # What it held when it was asked, not when it had answered.
        self._checked = begun

    def ask_freely(self, query: str) -> Solutions:
        """Select over all graphs, whatever the dialect and whatever release is there."""
        return read_solutions(self._ask(query, formats.RESULTS_JSON, None, self._limits.seconds, freely=True))

    def _find_graphs(self) -> tuple[str, ...]:
        """Return the names of all graphs but the default one; EngineUnavailable where that is not there."""
        default = self._dialect.default_graph
        if not self.ask_freely(f"SELECT * WHERE {{ GRAPH <{default}> {{ ?s ?p ?o }} }} LIMIT 1").rows:
            raise EngineUnavailable(
                f"the endpoint's default graph is all of its graphs together, and <{default}> is not there: "
                "mesmart load puts the release where it belongs"
            )
        return self.graph_names()

    def graph_names(self) -> tuple[str, ...]:
        """Return the names of the graphs that somebody loaded, sorted, without the default one."""
        found = [term.value for row in self.ask_freely(WHICH_GRAPHS).rows if (term := row.get("graph"))]
        own = self._dialect
        return tuple(
            sorted(name for name in found if name != own.default_graph and not own.is_own_graph(name))
        )

    def status(self) -> EngineStatus:
        count = self.select("SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }")
        try:
            triples = int(count.rows[0]["triples"].value)
        except (LookupError, ValueError) as error:
            raise EngineUnavailable("the endpoint does not count its triples") from error
        return EngineStatus(self.release_id, triples, workers=0, busy=0, waiting=0)

    def close(self) -> None:
        """Begin no more answers; the endpoint is not ours to end."""
        self._beginning.shutdown(wait=False)
        self._executor.shutdown(wait=False)
        self._connections.close()


_STATUS: Final = {
    QueryBadFormed: 400,
    Unauthorized: 401,
    EndPointNotFound: 404,
    URITooLong: 414,
    EndPointInternalError: 500,
}


def read_release_ids(solutions: Solutions) -> list[str]:
    """Return the ids of the releases that an endpoint names, sorted; may raise EngineUnavailable."""
    try:
        return sorted(row["release"].value for row in solutions.rows)
    except KeyError as error:
        raise EngineUnavailable("the endpoint does not tell which release it holds") from error


def _body(error: SPARQLWrapperException) -> bytes:
    """Return the body of the response, which SPARQLWrapper keeps in its message only, as ``repr``."""
    said = str(error).partition("Response:\n")[2]
    try:
        body = ast.literal_eval(said)
    except (ValueError, SyntaxError):
        return b""
    return body if isinstance(body, bytes) else b""
