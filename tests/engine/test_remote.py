"""An engine elsewhere that fails in every way: clear errors, nothing half-served, and back by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from loading import load_release
from oxigraph_server import OxigraphServer, running_oxigraph
from serving import BASE, ENDLESS, RELEASE_ID
from virtuoso import Virtuoso

from mesmart_kg import formats
from mesmart_kg.engine import Engine, Limits, remote_release
from mesmart_kg.engine.dialects import OXIGRAPH, STANDARD, VIRTUOSO, find_dialect
from mesmart_kg.engine.graph_store import GraphStore
from mesmart_kg.engine.remote import RemoteEngine
from mesmart_kg.errors import EngineUnavailable, MesmartError, QueryTimeout, QueryTooLarge
from mesmart_kg.release import Release

Reply = Callable[[BaseHTTPRequestHandler], None]
YES = b'{"head":{},"boolean":true}'


@contextmanager
def nonsense(reply: Reply) -> Iterator[str]:
    """Serve what a function writes as the answer to every query; yield the endpoint."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            reply(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(status: int, body: bytes, *headers: tuple[str, str], length: int | None = None) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = length is not None

    return reply


def break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff not HTTP at all\r\n")
    handler.close_connection = True


def read(engine: Engine) -> bytes:
    return b"".join(engine.answer("SELECT * WHERE { ?s ?p ?o }", formats.RESULTS_JSON))


@pytest.mark.parametrize(
    "reply",
    [
        send(200, b"<html>Welcome!</html>"),
        send(200, b"\x00\xff\x17" * 1000),
        send(200, b'{"head": 7, "results": []}'),
        send(500, b"<html>stack trace</html>"),
        send(200, YES, length=1000),
        break_off,
    ],
    ids=["a page", "bytes", "another document", "an error", "half", "no HTTP"],
)
def test_garbage_is_an_engine_that_is_not_there(reply: Reply) -> None:
    with nonsense(reply) as url, closing(RemoteEngine(url, limits=Limits(seconds=5))) as engine:
        with pytest.raises(EngineUnavailable):
            engine.select("SELECT * WHERE { ?s ?p ?o }")
        with pytest.raises(EngineUnavailable):
            engine.ask("ASK {}")
        with pytest.raises(EngineUnavailable):
            RemoteEngine(url, RELEASE_ID)


@pytest.mark.parametrize("reply", [send(500, b"no"), send(200, YES, length=1000), break_off])
def test_a_streamed_answer_that_is_not_whole_fails(reply: Reply) -> None:
    with (
        nonsense(reply) as url,
        closing(RemoteEngine(url, limits=Limits(seconds=5))) as engine,
        pytest.raises(EngineUnavailable),
    ):
        read(engine)


def test_an_answer_larger_than_allowed_is_broken_off() -> None:
    with (
        nonsense(send(200, b"x" * 5000)) as url,
        closing(RemoteEngine(url, limits=Limits(size=1000))) as engine,
        pytest.raises(QueryTooLarge),
    ):
        read(engine)


def test_a_server_that_sends_a_byte_now_and_then_is_given_up_at_the_deadline() -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            pass
        handler.close_connection = True

    with (
        nonsense(trickle) as url,
        closing(RemoteEngine(url, limits=Limits(seconds=0.2))) as engine,
        pytest.raises(QueryTimeout),
    ):
        read(engine)


def test_what_a_server_found_until_its_deadline_is_no_answer() -> None:
    partial = send(200, b"{}", ("X-SQL-State", "S1TAT"), ("X-SQL-Message", "incomplete"))
    with nonsense(partial) as url, closing(RemoteEngine(url)) as engine:
        for ask in (lambda: read(engine), lambda: engine.ask("ASK {}")):
            with pytest.raises(QueryTimeout):
                ask()


def test_connections_are_kept_and_one_that_was_closed_meanwhile_is_replaced() -> None:
    connections = set()

    def reply(handler: BaseHTTPRequestHandler) -> None:
        connections.add(handler.client_address)
        send(200, YES)(handler)
        handler.close_connection = len(connections) == 1

    with nonsense(reply) as url, closing(RemoteEngine(url)) as engine:
        for _ in range(4):
            assert read(engine) == YES
            time.sleep(0.05)

    assert len(connections) == 2


def test_nothing_is_sent_twice_on_a_new_connection() -> None:
    asked = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        asked.append(1)
        handler.close_connection = True

    with nonsense(reply) as url, closing(RemoteEngine(url)) as engine, pytest.raises(EngineUnavailable):
        read(engine)

    assert len(asked) == 1


def test_servers_are_known_by_their_name() -> None:
    assert find_dialect("Virtuoso/07.20.3229 (Linux) x86_64-pc-linux-gnu  ") is VIRTUOSO
    assert find_dialect("Oxigraph/0.5.13") is OXIGRAPH
    assert find_dialect("") is find_dialect("nginx") is STANDARD


@pytest.mark.parametrize(
    ("query", "is_refused"),
    [
        ('define get:soft "soft" SELECT * WHERE { ?s ?p ?o }', True),
        ('DEFINE # a comment\n input:grab-all "yes" ASK {}', True),
        ("SELECT (bif:http_get(?o) AS ?x) WHERE { ?s ?p ?o }", True),
        ("SELECT (<sql:anything>(?o) AS ?x) WHERE { ?s ?p ?o }", True),
        ('SELECT * WHERE { ?s ?p "to define a city" }', False),
    ],
)
def test_words_that_make_virtuoso_do_more_than_answer_are_known(query: str, is_refused: bool) -> None:
    assert VIRTUOSO.refused is not None
    assert bool(VIRTUOSO.refused.search(query)) is is_refused


@pytest.mark.slow
def test_a_server_that_asks_who_we_are_is_told_in_its_way_for_reading_too(virtuoso: Virtuoso) -> None:
    # /sparql-auth of Virtuoso wants Digest.
    address = f"{virtuoso.endpoint}-auth"
    with closing(RemoteEngine(address, RELEASE_ID, user="dba", password=virtuoso.password)) as engine:
        assert engine.ask(f"ASK {{ <{BASE}id/city/it-messina> ?p ?o }}")
        for _ in range(3):
            assert b"/id/" in read(engine)
    for password in ("", "wrong"):
        with pytest.raises(EngineUnavailable, match="401"):
            RemoteEngine(address, RELEASE_ID, user="dba", password=password)


@pytest.fixture
def server(small_release: Release, tmp_path: Path) -> Iterator[OxigraphServer]:
    with running_oxigraph(tmp_path) as running:
        load_release(small_release, running.query, GraphStore(running.graph_store))
        yield running


@pytest.mark.slow
def test_an_engine_killed_during_a_query_is_asked_again_when_it_is_back(server: OxigraphServer) -> None:
    with closing(RemoteEngine(server.query, RELEASE_ID, limits=Limits(seconds=60))) as engine:
        killer = threading.Timer(1, server.kill)
        killer.start()
        begun = time.monotonic()
        with pytest.raises(EngineUnavailable):
            b"".join(engine.answer(ENDLESS, formats.RESULTS_JSON))
        assert time.monotonic() - begun < 30  # by the death, not by the deadline
        with pytest.raises(EngineUnavailable):
            engine.ask("ASK {}")
        killer.join()

        server.start()

        assert engine.ask(f"ASK {{ <{BASE}id/city/it-messina> ?p ?o }}")
        assert b"Messina" in b"".join(
            engine.answer(f"SELECT ?o WHERE {{ <{BASE}id/city/it-messina> ?p ?o }}", formats.RESULTS_CSV)
        )


@pytest.mark.slow
def test_another_release_that_comes_later_is_refused(
    server: OxigraphServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_release, "CHECK_SECONDS", 0)
    with closing(RemoteEngine(server.query, RELEASE_ID)) as engine:
        begun = engine.answer("SELECT * WHERE { ?s ?p ?o }", formats.RESULTS_JSON)
        with closing(GraphStore(server.graph_store)) as writer:
            writer.replace(
                f"{BASE}graph/metadata",
                b"<urn:d> a <http://www.w3.org/ns/dcat#Dataset> ; "
                b'<http://www.w3.org/2002/07/owl#versionInfo> "2027-01-01-00000000" .\n',
            )

        for ask in (
            lambda: b"".join(begun),
            lambda: engine.ask("ASK {}"),
            lambda: engine.answer("ASK {}", formats.RESULTS_JSON),
            engine.status,
        ):
            with pytest.raises(MesmartError, match="2027-01-01-00000000"):
                ask()
