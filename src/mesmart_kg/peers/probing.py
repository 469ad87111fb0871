"""What an endpoint can do, tried out: a few small requests, each with a deadline and a limit of bytes.

The rules of the way out hold here as well (``engine.bounded_http``): an address of a private network is
connected to only if whoever asks says so. Redirects are followed, a few of them, since descriptions are often
given so; each leads through the same look at its address. Nothing that comes is believed further than a yes
or no and a number.

Specifications: SPARQL 1.1 Protocol; SPARQL 1.1 Service Description, section 2; VoID, section 7.2; the Fetch
Standard's CORS protocol.
"""

from __future__ import annotations

import http.client
import re
import ssl
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlencode, urljoin, urlsplit

from mesmart_kg import formats
from mesmart_kg.engine.bounded_http import NotPublic, Resolver, Response, exchange, resolve_host
from mesmart_kg.engine.relay import Service
from mesmart_kg.engine.solutions import read_boolean, read_solutions
from mesmart_kg.errors import EngineUnavailable
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import parse_text

ABILITIES: Final = ("get", "post", "json", "xml", "ask", "values", "cors", "preflight", "description", "void")
"""What is looked for, in the order of the table; each may be true or not."""

NOT_TRIED: Final = "not tried"
_SELECT: Final = "SELECT ?s WHERE { ?s ?p ?o } LIMIT 1"
_ASK: Final = "ASK { ?s ?p ?o }"
_VALUES: Final = "SELECT ?x WHERE { VALUES (?x) { (<urn:x-mesmart:a>) (<urn:x-mesmart:b>) } }"
_ORIGIN: Final = "https://reader.example"
_TIMES: Final = 3
_MOST: Final = 1024 * 1024
_REDIRECTS: Final = 3
_RESULTS: Final = re.compile(rb"<(?:\w+:)?results[\s>/]")
_READABLE: Final = (formats.TURTLE, formats.RDFXML, formats.NTRIPLES, formats.JSONLD)
_Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Finding:
    """Whether one ability is there; ``note`` says in English what was wrong, if something was."""

    ability: str
    is_there: bool
    note: str = ""


@dataclass(frozen=True)
class Check:
    """What a probe found; ``milliseconds`` is the median of a few answers, None where none came."""

    url: str
    findings: tuple[Finding, ...]
    milliseconds: int | None = None

    @property
    def answers(self) -> bool:
        """Whether it answers queries at all, so that SERVICE could name it."""
        return self.has("post") and self.has("json")

    def has(self, ability: str) -> bool:
        """Tell whether an ability was found."""
        return any(finding.is_there for finding in self.findings if finding.ability == ability)


class Failed(Exception):
    """A request was of no use; the message says why, and nothing that the endpoint said."""


class Probe:
    """Tries endpoints; each request has so many ``seconds``."""

    def __init__(
        self,
        seconds: float = 10.0,
        *,
        resolver: Resolver = resolve_host,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._seconds = seconds
        self._resolver = resolver
        self._tls = tls

    def check(self, service: Service) -> Check:
        """Try an endpoint. Never raises for what it does, or does not."""
        tries: dict[str, Callable[[Service], None]] = {
            "get": self._try_get,
            "post": self._try_post,
            "json": self._try_json,
            "xml": self._try_xml,
            "ask": self._try_ask,
            "values": self._try_values,
            "cors": self._try_cors,
            "preflight": self._try_preflight,
            "description": self._try_description,
            "void": self._try_void,
        }
        findings: list[Finding] = []
        for ability in ABILITIES:
            try:
                tries[ability](service)
                findings.append(Finding(ability, is_there=True))
            except Failed as failure:
                findings.append(Finding(ability, is_there=False, note=str(failure)))
            if ability == "post" and not any(finding.is_there for finding in findings):
                # Neither by GET nor by POST: who is not there is not asked seven times more.
                rest = ABILITIES[len(findings) :]
                findings += [Finding(other, is_there=False, note=NOT_TRIED) for other in rest]
                return Check(service.iri, tuple(findings))
        return Check(service.iri, tuple(findings), self._measure(service))

    # --- what is tried ---

    def _try_get(self, service: Service) -> None:
        _read_rows(self._get(service, _with_query(service.iri, _SELECT), formats.RESULTS_JSON))

    def _try_post(self, service: Service) -> None:
        _read_rows(self._post(service, _SELECT))

    def _try_json(self, service: Service) -> None:
        _expect(self._post(service, _SELECT), formats.RESULTS_JSON)

    def _try_xml(self, service: Service) -> None:
        response = self._get(service, _with_query(service.iri, _SELECT), formats.RESULTS_XML)
        _expect(response, formats.RESULTS_XML)
        if not _RESULTS.search(response.body):
            raise Failed("the document holds no results")

    def _try_ask(self, service: Service) -> None:
        try:
            read_boolean(self._post(service, _ASK).body)
        except (EngineUnavailable, AttributeError, RecursionError) as error:
            raise Failed("no result of an ASK query") from error

    def _try_values(self, service: Service) -> None:
        if _read_rows(self._post(service, _VALUES)) != 2:
            raise Failed("VALUES did not give its own rows")

    def _try_cors(self, service: Service) -> None:
        response = self._get(
            service, _with_query(service.iri, _SELECT), formats.RESULTS_JSON, (("Origin", _ORIGIN),)
        )
        _expect_origin(response)

    def _try_preflight(self, service: Service) -> None:
        headers = (
            ("Origin", _ORIGIN),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type"),
        )
        response = self._exchange(service, "OPTIONS", service.iri, b"", headers)
        if not 200 <= response.status < 300:
            raise Failed(f"HTTP status {response.status}")
        _expect_origin(response)
        methods = _words(response.headers.get("access-control-allow-methods", "*"))
        allowed = _words(response.headers.get("access-control-allow-headers", ""))
        # POST itself needs no leave, a content type beside those of forms does.
        if not {"post", "*"} & methods or not {"content-type", "*"} & allowed:
            raise Failed("POST with a content type of its own is not allowed")

    def _try_description(self, service: Service) -> None:
        self._find_terms(service, service.iri, "sd")

    def _try_void(self, service: Service) -> None:
        self._find_terms(service, urljoin(service.iri, "/.well-known/void"), "void")

    def _measure(self, service: Service) -> int | None:
        times = []
        for _ in range(_TIMES):
            begun = time.monotonic()
            try:
                self._post(service, _SELECT)
            except Failed:
                continue
            times.append((time.monotonic() - begun) * 1000)
        return round(statistics.median(times)) if times else None

    # --- how ---

    def _find_terms(self, service: Service, url: str, prefix: str) -> None:
        """Look for RDF that uses a vocabulary at all."""
        accept = ", ".join(each.media_type for each in _READABLE)
        response = self._follow(service, url, (("Accept", accept),))
        named = [each for each in _READABLE if response.media_type in {each.media_type, *each.aliases}]
        if not named:
            raise Failed("no RDF")
        try:
            quads = parse_text(response.body, named[0], url)
            found = any(quad.predicate.value.startswith(PREFIXES[prefix]) for quad in quads)
        except (SyntaxError, ValueError) as error:
            raise Failed("RDF that can't be read") from error
        if not found:
            raise Failed(f"RDF without a term of {PREFIXES[prefix]}")

    def _get(self, service: Service, url: str, format: Format, headers: _Headers = ()) -> Response:
        return self._follow(service, url, (("Accept", format.media_type), *headers))

    def _post(self, service: Service, query: str) -> Response:
        headers = (
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", formats.RESULTS_JSON.media_type),
        )
        body = urlencode({"query": query}).encode("ascii")
        return _expect_all(self._exchange(service, "POST", service.iri, body, headers))

    def _follow(self, service: Service, url: str, headers: _Headers) -> Response:
        for _ in range(_REDIRECTS + 1):
            response = self._exchange(service, "GET", url, b"", headers)
            place = response.headers.get("location")
            if response.status not in {301, 302, 303, 307, 308} or not place:
                return _expect_all(response)
            url = urljoin(url, place)
            if urlsplit(url).scheme not in {"http", "https"}:
                raise Failed("it refers to something that is no web address")
        raise Failed("it refers from one address to the next")

    def _exchange(self, service: Service, method: str, url: str, body: bytes, headers: _Headers) -> Response:
        own = urlsplit(url).netloc == urlsplit(service.iri).netloc
        try:
            return exchange(
                method,
                url,
                body,
                (*headers, ("Accept-Encoding", "identity"), ("User-Agent", "mesmart_kg")),
                deadline=time.monotonic() + self._seconds,
                most=_MOST,
                resolver=self._resolver,
                # A leave is for the address it was given for, not for what that one refers to.
                may_be_private=service.is_private and own,
                tls=self._tls,
            )
        except TimeoutError as error:
            raise Failed(f"no answer in {self._seconds:g} seconds") from error
        except NotPublic as error:
            raise Failed("its address is not on the public Internet") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Failed("it does not answer") from error


def _with_query(url: str, query: str) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode({'query': query})}"


def _expect_all(response: Response) -> Response:
    if response.status != 200:
        raise Failed(f"HTTP status {response.status}")
    if response.is_cut:
        raise Failed("an answer longer than any should be")
    if response.encoding != "identity":
        raise Failed("packed, though it was asked for as it is")
    return response


def _expect(response: Response, format: Format) -> None:
    if response.media_type not in {format.media_type, *format.aliases}:
        raise Failed(f"not as {format.media_type}")


def _expect_origin(response: Response) -> None:
    if response.headers.get("access-control-allow-origin", "").strip() not in {"*", _ORIGIN}:
        raise Failed("a page of another site may not read it")


def _read_rows(response: Response) -> int:
    """Return how many rows an answer in JSON has."""
    try:
        return len(read_solutions(response.body).rows)
    except (EngineUnavailable, AttributeError, RecursionError) as error:
        raise Failed("no result of a SELECT query in JSON") from error


def _words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(",")}


def failures(findings: Iterable[Finding]) -> list[str]:
    """Return what is wrong, in words for a terminal."""
    return [
        f"{finding.ability}: {finding.note}" for finding in findings if finding.note not in {"", NOT_TRIED}
    ]
