"""Machines' queries, answered without Flask: ``/sparql``, and graphs by the Graph Store Protocol.

A request is read and judged, an answer that is kept or unchanged is sent at once, and any other streamed from
the engine as it is made. What goes wrong is raised; ``asgi`` has it told by ``problems``, as all errors are.

A failure after the first bytes breaks the transfer, on purpose: whoever reads must notice. Formats that have
comments say so in one as well.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Final, TypeAlias

from mesmart_kg import formats
from mesmart_kg.engine import AsyncAnswer, Engine, GraphChoice, Terms
from mesmart_kg.errors import MesmartError, QueryError, QueryTooLarge
from mesmart_kg.query_text import examine
from mesmart_kg.release import Release
from mesmart_kg.web import calls
from mesmart_kg.web.answer_cache import AnswerCache, Draft, Kept
from mesmart_kg.web.geojson import to_geojson
from mesmart_kg.web.graph_store import GraphRequest, to_query
from mesmart_kg.web.naming import last_modified, release_link
from mesmart_kg.web.negotiation import HTML, Choice, NotAcceptable, choose_format
from mesmart_kg.web.protocol import QueryRequest
from mesmart_kg.web.publication import Publication
from mesmart_kg.web.rates import RateLimiter
from mesmart_kg.web.release_shelf import Lease, OpenRelease, ReleaseShelf
from mesmart_kg.web.security import HEADERS
from mesmart_kg.web.spreadsheet import About, to_xlsx
from mesmart_kg.web.telemetry import Word
from mesmart_kg.web.visit import Visit

Fields: TypeAlias = list[tuple[bytes, bytes]]

_RESULTS: Final = (*formats.TABLE_FORMATS, HTML)
_TRUTHS: Final = (*formats.RESULT_FORMATS, HTML)
# Turtle first: what is sent when nothing is asked for should be what a person can read.
_GRAPHS: Final = (*formats.RDF_FORMATS, HTML)

_TABLES: Final = frozenset({formats.RESULTS_XLSX, formats.RESULTS_GEOJSON})
_TABLE_MAKERS: Final = 2
"""How many tables are made at once: each is in memory, with all its rows."""

FOR_EVER: Final = "public, max-age=31536000, immutable"

_PART: Final = 256 * 1024
_FOLLOW_SECONDS: Final = 2.0
"""How long those who ask the same wait for the rest of an answer that has begun to be sent to another."""

_MOST_PLANS: Final = 4096
_LONGEST_REMEMBERED: Final = 4096
"""Bytes of a query string, and of what comes with it in Accept, that are worth remembering."""

_COMMENTS: Final = {
    formats.TURTLE.name: "\n# {}\n",
    formats.TRIG.name: "\n# {}\n",
    formats.NTRIPLES.name: "\n# {}\n",
    formats.NQUADS.name: "\n# {}\n",
    formats.RESULTS_XML.name: "\n<!-- {} -->\n",
    formats.RDFXML.name: "\n<!-- {} -->\n",
}
_CUT: Final = "The answer ends here before its end: {}. Do not use it."


@dataclass(frozen=True)
class Plan:
    """How a request is to be answered: all that can be known before an engine is asked.

    ``etag`` is None where the answer may differ each time; then it is not kept either.
    """

    asked: QueryRequest
    choice: Choice
    etag: str | None
    key: Hashable
    fields: tuple[tuple[bytes, bytes], ...]

    @property
    def flight_key(self) -> Hashable:
        """What those have in common who may wait for one computation: also how long it may take."""
        return self.key, self.asked.seconds


class Endpoint:
    """Answers queries about what is published. Belongs to one event loop."""

    def __init__(self, publication: Publication, cache: AnswerCache, limiter: RateLimiter) -> None:
        config = publication.config
        self._publication = publication
        self._limits = config.engine
        self._web = config.web
        self._shared: dict[tuple[str, str], Fields] = {}
        self._plans: OrderedDict[tuple[bytes, str | None], Plan] = OrderedDict()
        self.version = version("mesmart_kg")
        self.cache = cache
        self.limiter = limiter
        self.shelf = ReleaseShelf(
            publication.catalog,
            OpenRelease(publication.release, publication.engine),
            partial(publication.open_engine, is_current=False),
            config.engine.releases,
        )
        self._tables = ThreadPoolExecutor(_TABLE_MAKERS, "table")

    # --- what is asked ---

    def remembered(self, visit: Visit) -> Plan | None:
        """Return the plan for a GET that was asked before in the same words."""
        key = (visit.query_string, visit.accept)
        plan = self._plans.get(key)
        if plan is not None:
            self._plans.move_to_end(key)
        return plan

    def remember(self, visit: Visit, plan: Plan) -> None:
        """Remember a plan for such a GET."""
        if len(visit.query_string) + len(visit.accept or "") <= _LONGEST_REMEMBERED:
            self._plans[(visit.query_string, visit.accept)] = plan
            if len(self._plans) > _MOST_PLANS:
                self._plans.popitem(last=False)

    def plan_graph(self, asked: GraphRequest, accept: str | None) -> Plan:
        """Decide how a graph is given. Raises NotAcceptable, ResourceNotFound."""
        choice = choose_format(accept, asked.format_name, formats.RDF_FORMATS)
        release = self._find_release(asked.release_id)
        query = to_query(asked, release, self._publication.config.site.base_iri)
        return self._plan(query, choice, is_lasting=True)

    def plan(self, asked: QueryRequest, accept: str | None) -> Plan:
        """Decide how a query is answered. Raises NotAcceptable, QueryTooLarge."""
        text = examine(asked.text)
        if text.depth > self._limits.nesting:
            raise QueryTooLarge("the query nests too deeply", "depth", self._limits.nesting)
        offered = _GRAPHS if text.makes_graph else _TRUTHS if text.form == "ASK" else _RESULTS
        try:
            choice = choose_format(accept, asked.format_name, offered)
        except NotAcceptable:
            if asked.format_name or text.form is not None:
                raise
            # The text is no query: that is what the client must be told, whatever it accepts.
            choice = choose_format(None, None, offered)
        return self._plan(asked, choice, is_lasting=not (text.volatile or text.services))

    def _plan(self, asked: QueryRequest, choice: Choice, *, is_lasting: bool) -> Plan:
        release = self._find_release(asked.release_id)
        key = (release.id, choice.format.name, asked.text, asked.graphs)
        fields = [(b"content-type", choice.content_type.encode()), *self._common(release, asked, is_lasting)]
        etag = None
        if is_lasting:
            etag = self._to_etag(release.id, choice, asked.text, asked.graphs)
            fields.append((b"etag", etag.encode()))
        if asked.format_name:
            name = f"mesmart.{choice.format.extension}"
            fields.append((b"content-disposition", f'inline; filename="{name}"'.encode()))
        return Plan(asked, choice, etag, key, tuple(fields))

    def _common(self, release: Release, asked: QueryRequest, is_lasting: bool) -> Fields:
        """Return the fields that all answers about a release share; made once."""
        age = "no-store"
        if is_lasting:
            # Of a release that is named nothing ever changes; the current one may give way to another.
            age = FOR_EVER if asked.release_id else f"public, max-age={self._web.max_age}"
        fields = self._shared.get((release.id, age))
        if fields is None:
            told = [
                ("Vary", "Accept"),
                ("Link", release_link(self._publication, release)),
                ("Cache-Control", age),
                *HEADERS,
            ]
            if is_lasting:
                told.append(("Last-Modified", last_modified(release)))
            fields = self._shared[(release.id, age)] = _encode(told)
        return fields

    def _find_release(self, release_id: str | None) -> Release:
        current = self._publication.release
        if release_id is None or release_id == current.id:
            return current
        return self._publication.catalog.get(release_id)

    def _to_etag(self, release_id: str, choice: Choice, text: str, graphs: GraphChoice | None) -> str:
        said = repr((self.version, choice.media_type, text, graphs)).encode()
        return f'W/"{release_id}-{hashlib.sha256(said).hexdigest()[:16]}"'

    # --- the answer ---

    async def answer(self, visit: Visit, plan: Plan) -> Word:
        """Answer a request as planned; return how it ended. Raises what goes wrong before the first bytes."""
        if plan.etag is not None:
            if (
                visit.if_none_match
                and visit.method != "POST"
                and self._is_unchanged(visit, plan.etag, plan.key)
            ):
                await visit.start(304, [*plan.fields, *self._look(visit)])
                await visit.pass_on(b"")
                return "unchanged"
            kept = self.cache.find(plan.key) or await self._await_others(visit, plan)
            if kept is not None:
                await self._send_kept(visit, plan, kept, self._look(visit))
                return "kept"
        allowance = _encode(self.limiter.headers(self.limiter.take(visit.client)))
        visit.watch(self._limits.patience)
        if plan.etag is None or not self.cache.begin(plan.flight_key):
            await self._compute(visit, plan, allowance)
            return "ok"
        outcome: Kept | Exception | None = None
        try:
            outcome = await self._compute(visit, plan, allowance)
        except QueryError as error:
            # What is wrong with a query is wrong with it for all who ask it; what befell this one is not.
            outcome = None if visit.is_started or not visit.can_be_cut else error
            raise
        finally:
            self.cache.end(plan.flight_key, outcome)
        return "ok"

    def _is_unchanged(self, visit: Visit, etag: str, key: Hashable) -> bool:
        """Tell whether the client has the answer; of any that exists (``*``), only what is known to exist."""
        if visit.method == "POST":
            return False
        if visit.if_none_match.strip() == "*":
            return self.cache.find(key) is not None
        return is_unchanged(visit.if_none_match, etag)

    async def _await_others(self, visit: Visit, plan: Plan) -> Kept | None:
        """Wait for an answer that somebody else has asked for; None if it must be computed after all."""
        while (flight := self.cache.flight(plan.flight_key)) is not None:
            visit.watch(self._limits.patience)
            kept = await asyncio.shield(flight)
            if kept is not None:
                return kept
        return self.cache.find(plan.key)

    async def _compute(self, visit: Visit, plan: Plan, fields: Fields) -> Kept | None:
        """Have an answer made, and pass it on; return it if it was small enough to be kept."""
        asked = plan.asked
        terms = Terms(visit.client, asked.seconds, visit.calls.append)
        if asked.release_id is None and plan.choice.format not in _TABLES:
            return await self._ask(visit, plan, self._publication.engine, terms, fields)
        with await self.shelf.lease(asked.release_id) as lease:
            if plan.choice.format not in _TABLES:
                return await self._ask(visit, plan, lease.engine, terms, fields)
            kept = await self._tabulate(plan, lease, terms)
            self._keep(plan, kept)
            await self._send_whole(visit, [*plan.fields, *fields, *_tell_calls(visit)], kept)
            return kept

    async def _ask(
        self, visit: Visit, plan: Plan, engine: Engine, terms: Terms, fields: Fields
    ) -> Kept | None:
        answer = await engine.stream(plan.asked.text, plan.choice.format, plan.asked.graphs, terms)
        try:
            return await self._stream(visit, plan, answer, [*fields, *_tell_calls(visit)])
        finally:
            await answer.aclose()

    async def _tabulate(self, plan: Plan, lease: Lease, terms: Terms) -> Kept:
        """Make a table, which is whole or not at all, in one of a few threads."""
        asked = plan.asked
        most = self._web.spreadsheet_rows

        def make() -> tuple[bytes, int]:
            solutions = lease.engine.select(asked.text, most, asked.graphs, terms)
            if not solutions.complete:
                raise QueryTooLarge("the answer has more rows than a table may", "rows", most)
            if plan.choice.format is formats.RESULTS_XLSX:
                made = to_xlsx(solutions, self._about(asked, lease.release))
            else:
                made = to_geojson(solutions)
            return made, len(solutions.rows)

        body, rows = await asyncio.get_running_loop().run_in_executor(self._tables, make)
        return Kept((body,), len(body), rows)

    def _about(self, asked: QueryRequest, release: Release) -> About:
        site = self._publication.config.site
        return About(
            title=site.title_en,
            query=asked.text,
            release_id=release.id,
            day=release.day,
            licence=site.licence,
            address=f"{self._web.public_url or site.base_iri}sparql",
            language=site.languages[0],
        )

    async def _stream(self, visit: Visit, plan: Plan, answer: AsyncAnswer, fields: Fields) -> Kept | None:
        head = [*plan.fields, *fields]
        first = await anext(aiter(answer), b"")
        if answer.is_whole or not first:
            kept = Kept((first,), len(first), answer.rows)
            self._keep(plan, kept)
            await self._send_whole(visit, head, kept)
            return kept
        draft = Draft(self.cache, keeps=plan.etag is not None)
        try:
            if not visit.can_be_cut:
                return await self._send_at_the_end(visit, plan, answer, head, draft, first)
            # Others won't wait for as long as this one's reader may take.
            loop = asyncio.get_running_loop()
            leaving = loop.call_later(_FOLLOW_SECONDS, self.cache.end, plan.flight_key, None)
            try:
                await visit.start(200, head)
                if visit.method == "HEAD":
                    await visit.pass_on(b"")
                    return None
                return await self._send_as_it_comes(visit, plan, answer, draft, first)
            finally:
                leaving.cancel()
        finally:
            draft.close()

    async def _send_as_it_comes(
        self, visit: Visit, plan: Plan, answer: AsyncAnswer, draft: Draft, first: bytes
    ) -> Kept | None:
        part = first
        try:
            while part:
                if not draft.add(part) and draft.keeps_no_longer():
                    self.cache.note_too_large(plan.flight_key)
                    self.cache.end(plan.flight_key, None)
                await visit.pass_on(part, more=True)
                part = await anext(answer, b"")
        except MesmartError as error:
            await self._say_cut(visit, plan, error)
            raise
        visit.rows = answer.rows
        await visit.pass_on(b"")
        return self._keep_draft(plan, draft, answer)

    async def _send_at_the_end(
        self, visit: Visit, plan: Plan, answer: AsyncAnswer, head: Fields, draft: Draft, first: bytes
    ) -> Kept | None:
        """Send an answer when it is whole, with its length: a part of it could not be told from all of it."""
        draft.keeps = True
        part = first
        while part:
            if not draft.add(part):
                raise QueryTooLarge("too large an answer for HTTP/1.0", "size", self.cache.largest)
            part = await anext(answer, b"")
        whole = draft.to_kept(answer.rows)
        await self._send_whole(visit, head, whole)
        return self._keep_draft(plan, draft, answer) if plan.etag is not None else None

    def _keep_draft(self, plan: Plan, draft: Draft, answer: AsyncAnswer) -> Kept | None:
        if not draft.keeps:
            return None
        kept = draft.to_kept(answer.rows)
        draft.close()
        self._keep(plan, kept)
        return kept

    async def _say_cut(self, visit: Visit, plan: Plan, error: MesmartError) -> None:
        comment = _COMMENTS.get(plan.choice.format.name)
        if comment is not None:
            reason = str(error).replace("--", "- -")
            await visit.pass_on(comment.format(_CUT.format(reason)).encode(), more=True)

    def _keep(self, plan: Plan, kept: Kept) -> None:
        if plan.etag is not None:
            self.cache.keep(plan.key, kept, _size_of(plan.asked))

    async def _send_kept(self, visit: Visit, plan: Plan, kept: Kept, fields: Fields) -> None:
        await self._send_whole(visit, [*plan.fields, *fields], kept)

    async def _send_whole(self, visit: Visit, head: Fields, kept: Kept) -> None:
        visit.rows = kept.rows
        head.append((b"content-length", b"%d" % kept.size))
        await visit.start(200, head)
        if visit.method == "HEAD":
            await visit.pass_on(b"")
            return
        if kept.size > _PART:
            visit.watch(self._limits.patience)
            with self.cache.held(kept):
                for part in kept.parts:
                    for start in range(0, len(part), _PART):
                        await visit.pass_on(part[start : start + _PART], more=True)
            await visit.pass_on(b"")
        else:
            await visit.pass_on(b"".join(kept.parts) if len(kept.parts) != 1 else kept.parts[0])

    async def close(self) -> None:
        """Close the older releases that are open, and make no more tables."""
        self._tables.shutdown(wait=False, cancel_futures=True)
        await self.shelf.close()

    def _look(self, visit: Visit) -> Fields:
        return _encode(self.limiter.headers(self.limiter.look(visit.client)))


def _tell_calls(visit: Visit) -> Fields:
    """Return the header that names the endpoints which were called; they have all answered by now."""
    return _encode([(calls.NAME, calls.to_header(visit.calls))]) if visit.calls else []


def _encode(fields: Iterable[tuple[str, str]]) -> Fields:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in fields]


def _size_of(asked: QueryRequest) -> int:
    """Return the bytes that a query takes as a key, at most."""
    names = (*asked.graphs.default_graphs, *asked.graphs.named_graphs) if asked.graphs else ()
    return 4 * (len(asked.text) + sum(len(name) + 64 for name in names))


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Tell whether a client has what an entity tag names, by weak comparison (RFC 9110, section 13.1.2)."""
    wanted = etag.removeprefix("W/")
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return wanted in tags
