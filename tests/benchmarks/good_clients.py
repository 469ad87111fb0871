"""Clients that behave: they ask what can be answered, and check every answer against the one at the start.

A client may be told to come back later (503 with Retry-After), and a transfer may break under it when a
worker is killed: then it asks again, as it should. What may never happen is a whole answer that is wrong,
another status, silence, or refusals without an end.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from raw_http import Answer, Broken, Client, Request, query_request
from workload import CSV, JSON, NTRIPLES, Kind, renew

TRIES = 12
TSV = "text/tab-separated-values"
XML = "application/sparql-results+xml"
_ROW = {CSV: b"\n", TSV: b"\n", NTRIPLES: b"\n", XML: b"<result>"}


@dataclass(frozen=True)
class Question:
    """A query, the media type it is asked for, and the fingerprint of its right answer."""

    text: str
    accept: str
    right: str


@dataclass
class Tally:
    """What became of requests: by outcome, and the first words on each kind of failure."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def fail(self, what: str) -> None:
        """Note a failure."""
        self.outcomes["failed"] += 1
        if len(self.failures) < 20:
            self.failures.append(what)


def fingerprint(answer: Answer, accept: str) -> str:
    """Return what two answers with the same rows share, whatever their order."""
    if accept == JSON:
        document = json.loads(answer.body)
        rows = [json.dumps(row, sort_keys=True).encode() for row in document["results"]["bindings"]]
    else:
        rows = answer.body.split(_ROW[accept])
        if accept == XML:
            rows = [row.replace(b"</results></sparql>", b"") for row in rows]
    return hashlib.sha256(b"\0".join(sorted(rows))).hexdigest()


async def learn(client: Client, kinds: Sequence[Kind]) -> list[Question]:
    """Ask every query once while nobody disturbs, in the formats in turn, and keep what is right."""
    questions = []
    for kind in kinds:
        formats = (JSON, CSV, TSV, XML) if kind.accept == JSON else (kind.accept,)
        for number, text in enumerate(kind.texts):
            accept = formats[number % len(formats)]
            try:
                answer = await client.ask(query_request(renew(text), accept))
            except Broken:
                raise SystemExit(f"cut at the start: {text[-80:]!r}") from None
            if answer.status != 200:
                raise SystemExit(f"status {answer.status} at the start, for {text[-80:]!r}")
            questions.append(Question(text, accept, fingerprint(answer, accept)))
    return questions


async def behave(
    client: Client, questions: Sequence[Question], tally: Tally, chance: random.Random, over: asyncio.Event
) -> None:
    """Ask questions, pages and unchanged answers, with pauses, until it is over."""
    try:
        while not over.is_set():
            draw = chance.random()
            if draw < 0.05:
                await _visit(client, tally, chance)
            elif draw < 0.1:
                await _ask_again(client, chance.choice(questions), tally)
            else:
                await _ask(client, chance.choice(questions), tally, chance)
            await asyncio.sleep(chance.random() * 0.1)
    finally:
        client.close()


async def _ask(client: Client, question: Question, tally: Tally, chance: random.Random) -> None:
    text = question.text if chance.random() < 0.4 else renew(question.text)
    method = chance.choice(("GET", "GET", "FORM", "POST", "QUERY"))
    request = query_request(text, question.accept, method)
    answer = await _insist(client, request, tally, chance)
    if answer is None:
        return
    if answer.status != 200:
        tally.fail(f"status {answer.status} to {method} {text[-60:]!r}")
    elif fingerprint(answer, question.accept) != question.right:
        tally.fail(f"WRONG ANSWER as {question.accept} to {text[-60:]!r}")
    else:
        tally.outcomes["right"] += 1


async def _insist(client: Client, request: Request, tally: Tally, chance: random.Random) -> Answer | None:
    """Ask until there is a whole answer that is not "later"; None when it never comes, which is a failure."""
    told = ""
    for _ in range(TRIES):
        try:
            answer = await client.ask(request, keep=chance.random() < 0.7)
        except Broken as broken:
            tally.outcomes["broken, asked again"] += 1
            told = f"broken ({broken})"
            continue
        except TimeoutError:
            tally.fail(f"no answer in time to {request.method} {request.target[:60]}")
            return None
        if answer.status != 503:
            return answer
        if "retry-after" not in answer.headers:
            tally.fail("503 without Retry-After")
            return None
        tally.outcomes["told later, asked again"] += 1
        told = "later"
        await asyncio.sleep(min(float(answer.headers["retry-after"]), 2))
    tally.fail(f"gave up after {TRIES} times: {told}")
    return None


async def _ask_again(client: Client, question: Question, tally: Tally) -> None:
    """Ask twice, the second time for news only: nothing changes while a release is served."""
    request = query_request(question.text, question.accept)
    try:
        first = await client.ask(request)
        if first.status == 503:
            return
        headers = (*request.headers, ("If-None-Match", first.headers.get("etag", '"none"')))
        second = await client.ask(Request("GET", request.target, headers))
    except Broken:
        tally.outcomes["broken, asked again"] += 1
        return
    except TimeoutError:
        tally.fail("no answer in time")
        return
    if (first.status, second.status) == (200, 304):
        tally.outcomes["unchanged"] += 1
    else:
        tally.fail(f"status {first.status}, then {second.status} when asked for news")


_PAGES = (("/", 200), ("/sparql", 200), ("/health", 200), ("/releases", 200), ("/nowhere", 404))


async def _visit(client: Client, tally: Tally, chance: random.Random) -> None:
    path, expected = chance.choice(_PAGES)
    try:
        answer = await client.ask(Request("GET", path, (("Accept", "text/html"),)))
    except (Broken, TimeoutError) as error:
        tally.fail(f"{type(error).__name__} ({error}) for the page {path}")
        return
    if answer.status == expected:
        tally.outcomes["page"] += 1
    else:
        tally.fail(f"status {answer.status} for the page {path}")
