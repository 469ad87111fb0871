"""A server asked over HTTP: busy, broken, lying ones are told, and no other host is ever reached."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from mesmart_kg.errors import ConfigError, EngineUnavailable
from mesmart_kg.linking import Offer, ServerSource, server_source
from mesmart_kg.reconciliation import Question

MANIFEST = {"name": "x", "identifierSpace": "https://x.example/id/", "schemaSpace": "https://x.example/def#"}
Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def serving(answers: list[Answer], asked: list[str] | None = None) -> Iterator[str]:
    """Serve these answers, one a request, the last again and again; a request's body goes into ``asked``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if asked is not None:
                asked.append(body.decode())
            status, headers, data = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(data))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815 - as http.server names it

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/reconcile"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(document: object, status: int = 200, **headers: str) -> Answer:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, fields, json.dumps(document).encode()


def candidates(*found: dict[str, object]) -> Answer:
    return told({"q0": {"result": list(found)}})


def ask(url: str) -> tuple[Offer, ...] | None:
    source = ServerSource(url)
    try:
        [offers] = source.ask([Question("Messina", ("city",), (("istat", "083048"),), ("Italia",))])
        return offers
    finally:
        source.close()


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesmart_kg.linking.server_source.time.sleep", lambda _: None)


def test_a_question_is_asked_as_the_api_has_it() -> None:
    asked: list[str] = []
    good = {"id": "city/it-messina", "name": "Messina", "score": 98.6, "match": True}
    with serving(
        [told(MANIFEST, Last_Modified="Sun, 22 Nov 2026 00:00:00 GMT"), candidates(good)], asked
    ) as url:
        assert ask(url) == (Offer("https://x.example/id/city/it-messina", "Messina", 99.0, match=True),)

    [text] = parse_qs(asked[1])["queries"]
    assert json.loads(text)["q0"] == {
        "query": "Messina",
        "limit": 10,
        "type": "City",
        "type_strict": "any",
        "properties": [{"pid": "istat", "v": "083048"}, {"pid": "country", "v": "Italia"}],
    }


def test_a_server_that_is_busy_is_asked_again() -> None:
    busy = told({}, 429, Retry_After="1")
    with serving([told(MANIFEST), busy, told({}, 503), candidates()]) as url:
        assert ask(url) == ()


@pytest.mark.parametrize(
    "answers",
    [
        [told({}, 503)],
        [told({}, 404)],
        [told({}, 302, Location="http://127.0.0.1:1/elsewhere")],
        [(200, {}, b"<html>")],
        [(200, {}, b"[" * 100_000)],
        [told([])],
        [told({"name": "x"})],
        [told({"name": "x", "identifierSpace": "javascript:"})],
        [told(MANIFEST), told({})],
        [told(MANIFEST), told({"q0": {"error": "no"}})],
        [told(MANIFEST), (200, {"Content-Length": "100"}, b"{}")],
    ],
)
def test_a_server_that_breaks_its_word_is_told_in_a_sentence(
    answers: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_source, "SECONDS", 0.3)
    with serving(answers) as url, pytest.raises(EngineUnavailable, match="127"):
        ask(url)


def test_candidates_that_are_none_are_left_out() -> None:
    bad = [
        {"id": "a b", "name": "x", "score": 1, "match": True},
        {"id": 'city/x> . <a> <b> "', "name": "x", "score": 1},
        {"id": "city/1", "name": 3, "score": 1},
        {"id": "city/1", "name": "x", "score": float("nan")},
        {"id": "city/1", "name": "x", "score": "high"},
        "x",
    ]
    good = {"id": "city/2", "name": "y" * 9000, "score": 900, "match": "true"}
    with serving([told(MANIFEST), candidates(*bad, good)]) as url:  # type: ignore[arg-type]
        assert ask(url) == (Offer("https://x.example/id/city/2", "y" * 500, 100.0, match=False),)


@pytest.mark.parametrize(
    "url", ["", "x", "ftp://x.example/", "file:///etc/passwd", "http://", "http://u:p@x.example/"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        ServerSource(url)


def test_nobody_there_is_told() -> None:
    with pytest.raises(EngineUnavailable):
        ServerSource("http://127.0.0.1:1/reconcile")
