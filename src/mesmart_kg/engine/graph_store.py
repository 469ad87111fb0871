"""Writing graphs to a server: by the Graph Store HTTP Protocol, or by SPARQL 1.1 Update.

A graph is named by its IRI; None is the default one. Statements are canonical N-Triples lines, which both
ways carry as they are: an INSERT DATA takes them, but for a backslash before a ``u``, which SPARQL resolves
before it looks for strings (section 19.2). Any of these requests may be sent twice.
"""

from __future__ import annotations

import http.client
import re
from abc import ABC, abstractmethod
from typing import Final
from urllib.parse import quote, urlsplit

from mesmart_kg.engine.credentials import Credentials
from mesmart_kg.engine.kept_http import KeptConnections
from mesmart_kg.errors import EngineUnavailable

_SECONDS: Final = 300.0
"""How long a server may take for one batch."""

_DOUBTFUL: Final = re.compile(rb"(?<!\\)((?:\\\\)+)([uU])")
_ESCAPED: Final = {b"u": b"\\u0075", b"U": b"\\u0055"}


class GraphWriter(ABC):
    """Replaces, extends and removes graphs. All verbs raise EngineUnavailable."""

    def __init__(self, url: str, user: str = "", password: str = "") -> None:
        self._connections = KeptConnections(url, most=1)
        self._url = urlsplit(url)
        self._credentials = Credentials(user, password)

    @abstractmethod
    def replace(self, graph: str | None, lines: bytes) -> None:
        """Make these the only statements of a graph."""

    @abstractmethod
    def add(self, graph: str | None, lines: bytes) -> None:
        """Add statements to a graph."""

    @abstractmethod
    def remove(self, graph: str | None) -> None:
        """Remove a graph, if it is there."""

    def close(self) -> None:
        self._connections.close()

    def _send(self, method: str, query: str, body: bytes, media_type: str, accepted: tuple[int, ...]) -> None:
        full = "&".join(part for part in (self._url.query, query) if part)
        target = (self._url.path or "/") + (f"?{full}" if full else "")
        status, said = self._try(method, target, body, media_type)
        if status == 401:
            # Either nobody has told yet who we are, or a server wants it told anew.
            status, said = self._try(method, target, body, media_type)
        if status in {401, 403}:
            raise EngineUnavailable(
                f"the engine does not let us write (HTTP status {status}): look at engine.load_user and "
                "MESMART_ENGINE__LOAD_PASSWORD"
            )
        if status not in accepted:
            tail = f": {said}" if said else ""
            raise EngineUnavailable(f"the engine did not take what was sent (HTTP status {status}){tail}")

    def _try(self, method: str, target: str, body: bytes, media_type: str) -> tuple[int, str]:
        headers = [("Content-Type", media_type)] if body else []
        headers += [("Accept", "*/*"), *self._credentials.header(method, target)]
        try:
            response = self._connections.send(method, target, body, headers, _SECONDS)
            said = b""
            while part := response.read(16 * 1024):
                said = (said + part)[:2000]
        except (OSError, http.client.HTTPException) as error:
            raise EngineUnavailable(
                f"the engine at {self._url.netloc.rpartition('@')[2]} does not answer: "
                f"{error or type(error).__name__}"
            ) from error
        challenge = response.headers.get("WWW-Authenticate")
        if response.status == 401 and challenge:
            self._credentials.accept(challenge)
        first = said.decode("utf-8", "replace").strip().partition("\n")[0]
        return response.status, first[:200]


class GraphStore(GraphWriter):
    """By the Graph Store HTTP Protocol, with graphs named in the address (section 4.2)."""

    def replace(self, graph: str | None, lines: bytes) -> None:
        self._send("PUT", _name(graph), lines, _TRIPLES, (200, 201, 204))

    def add(self, graph: str | None, lines: bytes) -> None:
        self._send("POST", _name(graph), lines, _TRIPLES, (200, 201, 204))

    def remove(self, graph: str | None) -> None:
        self._send("DELETE", _name(graph), b"", _TRIPLES, (200, 202, 204, 404))


# Every N-Triples document is Turtle, and Turtle is what every server takes (Graph Store Protocol, 5.3).
_TRIPLES: Final = "text/turtle"


def _name(graph: str | None) -> str:
    return "default" if graph is None else f"graph={quote(graph, safe='')}"


class Update(GraphWriter):
    """By SPARQL 1.1 Update, a request for each batch."""

    def replace(self, graph: str | None, lines: bytes) -> None:
        self.remove(graph)
        self.add(graph, lines)

    def add(self, graph: str | None, lines: bytes) -> None:
        data = _DOUBTFUL.sub(lambda found: found[1] + _ESCAPED[found[2]], lines)
        if graph is not None:
            data = b"GRAPH <" + graph.encode() + b"> {\n" + data + b"}"
        self._run(b"INSERT DATA {\n" + data + b"}")

    def remove(self, graph: str | None) -> None:
        self._run(b"DROP SILENT " + (b"DEFAULT" if graph is None else b"GRAPH <" + graph.encode() + b">"))

    def _run(self, update: bytes) -> None:
        self._send("POST", "", update, "application/sparql-update", (200, 201, 202, 204))
