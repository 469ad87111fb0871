"""Rows asked of a running server, by the Reconciliation Service API 0.2: ours, or one that speaks it alike.

Names go in batches, by POST. Asking changes nothing on a server, so what failed on its way is asked again,
a few times and ever later, within one deadline for all; a server that is busy says when to come back. Only
the host that was named is ever reached: answers that lead elsewhere are refused, and proxies of the
environment are not used. What a server answers is not trusted: its size, its form and every IRI are
checked.

Specification: Reconciliation Service API 0.2 (W3C Entity Reconciliation Community Group), sections 2 to 4.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from mesmart_kg.errors import ConfigError, EngineUnavailable
from mesmart_kg.label_index import terms
from mesmart_kg.linking.model import Offer
from mesmart_kg.linking.subjects import is_iri
from mesmart_kg.reconciliation import Question

BATCH: Final = 100
TRIES: Final = 4
SECONDS: Final = 30.0
"""How long one request may take."""

_LONGEST_ANSWER: Final = 32 * 1024 * 1024
_LONGEST_NAME: Final = 500
_LONGEST_WAIT: Final = 60.0
_TRY_AGAIN: Final = frozenset((408, 429, 500, 502, 503, 504))
_THINGS: Final = "id/"
_CLASSES: Final = {key: iri.rpartition("#")[2].rpartition("/")[2] for iri, key in terms.KINDS.items()}
"""Kinds as the index calls them, to the local names of their classes."""


@dataclass(frozen=True)
class _Place:
    """An address taken apart."""

    is_secure: bool
    host: str
    port: int | None
    path: str


class _Passing(Exception):
    """A failure that may be gone the next time; after ``wait`` seconds, if the server says so."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class ServerSource:
    """Asks a server; ``language`` is the one in which things are named. Close it to close its connection.

    Raises ConfigError for an address that is none, EngineUnavailable when the server doesn't answer as it
    should, or not within ``seconds`` in all (None: however long it takes).
    """

    def __init__(self, endpoint: str, language: str = "en", seconds: float | None = None) -> None:
        self.endpoint = endpoint
        self._place = _read_address(endpoint)
        self._language = language
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._connection: http.client.HTTPConnection | None = None
        self.day: date | None = None
        """When the server's data were published, where it says so."""

        try:
            self._space = self._get_space()
        except BaseException:
            self.close()
            raise

    @property
    def space(self) -> str:
        return self._space

    @property
    def base_iri(self) -> str:
        """The IRI under which the server's data have their names."""
        return self._space.removesuffix(_THINGS)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(self, questions: Iterable[Question]) -> Iterator[tuple[Offer, ...] | None]:
        waiting = iter(questions)
        while batch := list(islice(waiting, BATCH)):
            queries = {f"q{place}": to_query(question) for place, question in enumerate(batch)}
            answer = self._send("POST", {"queries": json.dumps(queries, ensure_ascii=False)})
            for place in range(len(batch)):
                yield self._read_offers(answer.get(f"q{place}"))

    def find(self, text: str) -> Offer | None:
        """Return the thing with an IRI or a path, as the server knows it."""
        iri = text if text.startswith(("http://", "https://")) else f"{self._space}{text}"
        if not is_iri(iri):
            return None
        offers = next(self.ask([Question(text=iri, limit=5)]), None) or ()
        return next((each for each in offers if each.iri == iri), None)

    def _get_space(self) -> str:
        """Return what the manifest says that identifiers begin with."""
        space = self._send("GET", {}).get("identifierSpace")
        if not isinstance(space, str) or not is_iri(space):
            raise EngineUnavailable(
                f"{self.endpoint} is no reconciliation service: it tells no identifierSpace"
            )
        return space

    def _read_offers(self, answer: object) -> tuple[Offer, ...]:
        found = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise EngineUnavailable(f"{self.endpoint} left a question without an answer")
        offers = [self._read_offer(each) for each in found[:50]]
        return tuple(each for each in offers if each is not None)

    def _read_offer(self, candidate: object) -> Offer | None:
        if not isinstance(candidate, dict):
            return None
        key, name, score = candidate.get("id"), candidate.get("name"), candidate.get("score", 0)
        if not isinstance(key, str) or not isinstance(name, str) or isinstance(score, bool):
            return None
        iri = key if key.startswith(("http://", "https://")) else self._space + key
        if not is_iri(iri) or not isinstance(score, int | float) or not 0 <= score < float("inf"):
            return None
        is_match = candidate.get("match") is True
        return Offer(iri, name[:_LONGEST_NAME], float(round(min(score, 100))), is_match)

    # --- the way there and back ---

    def _send(self, method: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the object that the server answers, asked again where that may help."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._try(method, fields)
            except _Passing as error:
                self.close()
                wait = min(error.wait if error.wait is not None else 0.5 * 2**attempt, _LONGEST_WAIT)
                if attempt == TRIES or self._left() <= wait:
                    raise EngineUnavailable(f"{self.endpoint} does not answer: {error}") from error
                time.sleep(wait)
        raise AssertionError

    def _left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _try(self, method: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        begun = time.monotonic()
        seconds = min(SECONDS, self._left())
        if seconds <= 0:
            raise EngineUnavailable(f"{self.endpoint} has not answered everything within the time given")
        headers = {
            "Accept": "application/json",
            "Accept-Language": self._language,
            "Accept-Encoding": "identity",
        }
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields).encode("ascii")
        try:
            connection = self._connect(seconds)
            connection.request(method, self._place.path, body, headers)
            response = connection.getresponse()
            data = self._read(response, begun + seconds)
        except (OSError, http.client.HTTPException) as error:
            raise _Passing(str(error) or type(error).__name__) from error
        return self._understand(response, data)

    def _connect(self, seconds: float) -> http.client.HTTPConnection:
        if self._connection is None:
            place = self._place
            if place.is_secure:
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(
                    place.host, place.port, timeout=seconds, context=context
                )
            else:
                self._connection = http.client.HTTPConnection(place.host, place.port, timeout=seconds)
        self._connection.timeout = seconds
        if self._connection.sock is not None:
            self._connection.sock.settimeout(seconds)
        return self._connection

    def _read(self, response: http.client.HTTPResponse, until: float) -> bytes:
        """Return a body of bounded size; one that drips is given up at the deadline."""
        parts, size = [], 0
        while part := response.read1(65_536):
            size += len(part)
            if size > _LONGEST_ANSWER:
                self.close()
                raise EngineUnavailable(f"{self.endpoint} answers more than was asked")
            if time.monotonic() > until:
                raise _Passing("the answer takes too long")
            parts.append(part)
        return b"".join(parts)

    def _understand(self, response: http.client.HTTPResponse, data: bytes) -> Mapping[str, Any]:
        status = response.status
        if status in _TRY_AGAIN:
            raise _Passing(f"status {status}", _read_wait(response.getheader("Retry-After")))
        if 300 <= status < 400:
            where = (response.getheader("Location") or "")[:200]
            raise EngineUnavailable(f"{self.endpoint} leads on to {where!r}: name the address itself")
        if status != 200:
            raise EngineUnavailable(
                f"{self.endpoint} answers with status {status}: is it a reconciliation service?"
            )
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise EngineUnavailable(
                f"{self.endpoint} answers no JSON: is it a reconciliation service?"
            ) from error
        if not isinstance(answer, dict):
            raise EngineUnavailable(
                f"{self.endpoint} answers no JSON object: is it a reconciliation service?"
            )
        self._note_day(response.getheader("Last-Modified"))
        return answer

    def _note_day(self, told: str | None) -> None:
        try:
            self.day = parsedate_to_datetime(told).date() if told else self.day
        except ValueError:
            return


def to_query(question: Question) -> dict[str, Any]:
    """Return a question as the API asks it; kinds by the local names of their classes."""
    properties = [{"pid": scheme, "v": code} for scheme, code in question.codes]
    properties += [{"pid": "country", "v": country} for country in question.countries]
    properties += [{"pid": "region", "v": region} for region in question.regions]
    query: dict[str, Any] = {"query": question.text, "limit": question.limit}
    if question.kinds:
        kinds = [_CLASSES.get(kind, kind) for kind in question.kinds]
        query |= {"type": kinds[0] if len(kinds) == 1 else kinds, "type_strict": "any"}
    if properties:
        query["properties"] = properties
    return query


def _read_address(endpoint: str) -> _Place:
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        raise ConfigError(
            f"{endpoint[:200]!r} is no web address; one such as https://example.org/reconcile is"
        )
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    )
    return _Place(parts.scheme == "https", host, port, path)


def _read_wait(told: str | None) -> float | None:
    return float(told) if told and told.isdecimal() and len(told) < 5 else None
