"""An engine elsewhere: any endpoint that speaks the SPARQL 1.1 Protocol and holds a release of ours.

Streamed answers come over connections that are kept (``kept_http``); the verbs that return values ask through
SPARQLWrapper (``remote_asking`` has both). What a server does otherwise than the standards say is in
``dialects``.

Whether the endpoint still holds our release is asked before an answer, and after one that took long, if that
was not asked in the last seconds (``remote_release``); ``loader`` waits longer than that between taking the
mark of a release away and changing the first statement. So no answer that was given whole mixes two releases.
An endpoint that was gone is asked again by the next query, and nothing need be done when it is back.

What the endpoint says of its fault is kept where it is a problem document (RFC 9457), as ours are; of other
endpoints only the status counts, since their pages are written for no reader of ours.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import Message
from typing import Final

from mesmart_kg import formats
from mesmart_kg.engine.dialects import DEFAULT_GRAPH, STANDARD, Dialect, find_dialect
from mesmart_kg.engine.protocol import Answer, EngineStatus, GraphChoice, Limits, Solutions, Terms
from mesmart_kg.engine.refusal import refuse_what_leaves
from mesmart_kg.engine.remote_answers import AsItComes, RemoteAnswer, check_head, mend_table, translate
from mesmart_kg.engine.remote_asking import Asker, RefusedAnswer
from mesmart_kg.engine.remote_datasets import prepare
from mesmart_kg.engine.remote_release import (
    THE_MARK,
    WHICH_GRAPHS,
    WHICH_RELEASE,
    ReleaseWatch,
    read_release_ids,
)
from mesmart_kg.engine.solutions import read_solutions
from mesmart_kg.engine.threaded import ThreadedAnswer, stream_from_thread
from mesmart_kg.engine.verbs import Verbs
from mesmart_kg.errors import EngineUnavailable
from mesmart_kg.formats import Format
from mesmart_kg.query_text import examine

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
        self._release_id = release_id
        self._limits = limits or Limits()
        self._dialect = self._maker = STANDARD
        self._unites = False
        self._named: tuple[str, ...] = ()
        self._named_for: str | None = None
        self._triples: int | None = None
        self._watch = ReleaseWatch(self._look if release_id is not None else None)
        self._asker = Asker(endpoint, user, password, most=_CONVERSATIONS)
        # Those that wait for a connection must not take the threads of those that hold one.
        self._beginning = ThreadPoolExecutor(_CONVERSATIONS, "remote-engine-begins")
        self._executor = ThreadPoolExecutor(_CONVERSATIONS, "remote-engine-reads")
        try:
            self._watch.check()
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
        self._watch.check()
        seconds = self._seconds(terms)
        is_table = self._dialect.asks_in_tables and examine(query).form == "ASK"
        asked = formats.RESULTS_JSON if is_table else self._dialect.instead.get(format.name, format)
        sent, parameters = prepare(query, self._dialect, graphs, self._named, seconds)
        begun = time.monotonic()
        response = self._asker.send(sent, parameters, asked, seconds)
        dialect = self._learn(response.status, response.headers)
        answer = RemoteAnswer(response, self._limits, seconds, lambda: self._watch.check_after(begun))
        try:
            check_head(response.status, response.headers, seconds, dialect)
            if response.status != 200:
                raise translate(response.status, answer.read_error(), seconds, dialect)
        except BaseException:
            answer.close()
            raise
        return mend_table(answer, format) if is_table else answer

    def _read(
        self,
        query: str,
        format: Format,
        graphs: GraphChoice | None,
        terms: Terms | None,
        rows: int | None = None,
    ) -> bytes:
        """Return the whole of an answer, asked for through SPARQLWrapper."""
        self._watch.check()
        begun = time.monotonic()
        body = self._ask(query, format, graphs, self._seconds(terms))
        self._watch.check_after(begun)
        return body

    def _ask(
        self, query: str, format: Format, graphs: GraphChoice | None, seconds: float, *, freely: bool = False
    ) -> bytes:
        """Ask through SPARQLWrapper; ``freely``: of all graphs that the server has."""
        refuse_what_leaves(query)
        if freely:
            sent, parameters = query, self._dialect.deadline(seconds)
        else:
            sent, parameters = prepare(query, self._dialect, graphs, self._named, seconds)

        def take(status: int, headers: Message, response: AsItComes) -> bytes:
            dialect = self._learn(status, headers, is_looking=freely)
            try:
                check_head(status, headers, seconds, dialect)
                if status != 200:
                    raise translate(status, b"", seconds, dialect)
                body = b"".join(RemoteAnswer(response, self._limits, seconds))
            finally:
                response.close()
            return mend_table(body, format) if dialect.asks_in_tables else body

        try:
            return self._asker.query(query, sent, parameters, format, seconds, take)
        except RefusedAnswer as refused:
            lost = refused.headers is None  # then the dialect is the one learned last
            dialect = self._dialect if lost else self._learn(refused.status, refused.headers or Message())
            raise translate(refused.status, refused.body, seconds, dialect) from refused

    def _seconds(self, terms: Terms | None) -> float:
        wanted = self._limits.seconds if terms is None or terms.seconds is None else terms.seconds
        return min(wanted, self._limits.seconds)

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

    def _look(self) -> None:
        held = read_release_ids(self.ask_freely(WHICH_RELEASE))
        if held != [self.release_id]:
            self._named_for, self._triples = None, None
            other = ", ".join(held) or "none that it names"
            raise EngineUnavailable(f"the endpoint holds another release: {other}, not {self.release_id}")
        if self._named_for != self.release_id:
            self.find_default(THE_MARK)
            if self._dialect.default_graph is not None:
                self._named = self._find_graphs()
            self._named_for = self.release_id

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
        self._watch.check()
        triples = self._triples
        if triples is None:
            count = self.select("SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }")
            try:
                triples = int(count.rows[0]["triples"].value)
            except (LookupError, ValueError) as error:
                raise EngineUnavailable("the endpoint does not count its triples") from error
            if self._release_id is not None:  # a release does not change, and counting takes long
                self._triples = triples
        return EngineStatus(self.release_id, triples, workers=0, busy=0, waiting=0)

    def close(self) -> None:
        """Begin no more answers; the endpoint is not ours to end."""
        self._beginning.shutdown(wait=False)
        self._executor.shutdown(wait=False)
        self._asker.close()
