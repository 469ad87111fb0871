"""An engine elsewhere under strain: one that hangs, a proxy between, readers who take all, racing loads."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from loading import load_release
from oxigraph_server import OxigraphServer, running_oxigraph
from serving import BASE, NUMBERED, RELEASE_ID

from mesmart_kg import formats
from mesmart_kg.engine import Limits, remote_release
from mesmart_kg.engine.graph_store import GraphStore
from mesmart_kg.engine.remote import RemoteEngine
from mesmart_kg.errors import EngineBusy, EngineUnavailable, MesmartError, QueryTimeout
from mesmart_kg.release import Release

JSON = "application/sparql-results+json"


@dataclass
class Endpoint:
    """What a server that we make up answers; asked which release it holds, it tells ours."""

    url: str = ""
    maker: str = "Virtuoso/07.20.3229"
    reply: Callable[[BaseHTTPRequestHandler], None] = lambda handler: tell(
        handler, b'{"head":{},"boolean":true}'
    )
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    is_well: bool = True


def tell(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, media_type: str = JSON) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", media_type)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def table(name: str, *values: str) -> bytes:
    rows = [{name: {"type": "literal", "value": value}} for value in values]
    return json.dumps({"head": {"vars": [name]}, "results": {"bindings": rows}}).encode()


@contextmanager
def made_up() -> Iterator[Endpoint]:
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            endpoint.asked.append(form)
            query = form["query"][0]
            if not endpoint.is_well:
                endpoint.reply(self)
            elif "versionInfo" in query:
                tell(self, table("release", RELEASE_ID))
            elif "GRAPH" in query:
                tell(self, table("graph", f"{BASE}graph/metadata"))
            else:
                endpoint.reply(self)

        def version_string(self) -> str:
            return endpoint.maker

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/sparql"
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def read(engine: RemoteEngine) -> bytes:
    return b"".join(engine.answer("SELECT ?s WHERE { ?s ?p ?o }", formats.RESULTS_JSON))


@pytest.mark.slow
def test_all_who_wait_for_an_engine_that_hangs_hear_of_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_release, "CHECK_SECONDS", 0)
    over = threading.Event()
    with (
        made_up() as endpoint,
        closing(RemoteEngine(endpoint.url, RELEASE_ID, limits=Limits(seconds=0.5))) as engine,
    ):

        def hang(_handler: BaseHTTPRequestHandler) -> None:
            over.wait(30)

        endpoint.is_well, endpoint.reply = False, hang
        endpoint.asked.clear()

        def ask(_number: int) -> Exception | None:
            try:
                engine.select("SELECT * WHERE { ?s ?p ?o }")
            except MesmartError as error:
                return error
            return None

        with ThreadPoolExecutor(6) as threads:
            outcomes = list(threads.map(ask, range(6)))
        over.set()

    assert all(isinstance(each, EngineUnavailable) for each in outcomes)
    assert len(endpoint.asked) < 4  # not each in turn, one deadline after the other


def test_the_error_page_of_a_proxy_does_not_make_the_server_another_one() -> None:
    with made_up() as endpoint, closing(RemoteEngine(endpoint.url, RELEASE_ID)) as engine:
        read(engine)
        endpoint.maker, endpoint.reply = (
            "nginx",
            lambda handler: tell(handler, b"<h1>502</h1>", 502, "text/html"),
        )
        with pytest.raises(EngineUnavailable):
            read(engine)
        endpoint.maker, endpoint.reply = "Virtuoso/07.20.3229", lambda handler: tell(handler, table("s"))
        read(engine)

    assert endpoint.asked[-1]["default-graph-uri"] == ["urn:x-mesmart:default"]


def test_a_page_for_people_is_never_passed_on_as_an_answer() -> None:
    with made_up() as endpoint, closing(RemoteEngine(endpoint.url)) as engine:
        endpoint.reply = lambda handler: tell(
            handler, b"<h1>Busy</h1>", media_type="text/html; charset=utf-8"
        )
        with pytest.raises(EngineUnavailable, match="page"):
            read(engine)
        endpoint.reply = lambda handler: tell(handler, b"", media_type="text/html")
        with pytest.raises(EngineUnavailable, match="page"):
            engine.construct("CONSTRUCT WHERE { ?s ?p ?o }")


def test_the_statements_of_a_release_are_counted_once() -> None:
    with made_up() as endpoint, closing(RemoteEngine(endpoint.url, RELEASE_ID)) as engine:
        endpoint.reply = lambda handler: tell(handler, table("triples", "17"))
        assert [engine.status().triples for _ in range(3)] == [17, 17, 17]

    assert sum("COUNT" in form["query"][0] for form in endpoint.asked) == 1


@pytest.mark.parametrize(
    "document", [b"[" * 200_000, b'{"head":{},"boolean":"false"}', b"[1]", b'{"head":[]}']
)
def test_documents_of_another_kind_are_no_answers(document: bytes) -> None:
    with made_up() as endpoint, closing(RemoteEngine(endpoint.url)) as engine:
        endpoint.reply = lambda handler: tell(handler, document)
        with pytest.raises(EngineUnavailable):
            engine.select("SELECT * WHERE { ?s ?p ?o }")
        with pytest.raises(EngineUnavailable):
            engine.ask("ASK {}")


def test_the_verbs_that_return_values_give_up_who_sends_a_byte_now_and_then() -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _ in range(1000):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    with made_up() as endpoint, closing(RemoteEngine(endpoint.url, limits=Limits(seconds=0.2))) as engine:
        endpoint.reply = trickle
        with pytest.raises(QueryTimeout):
            engine.select("SELECT * WHERE { ?s ?p ?o }")


@pytest.mark.slow
def test_who_waits_for_a_connection_takes_nothing_from_those_that_have_one() -> None:
    def flow(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/csv")
        handler.send_header("Content-Length", str(1 << 40))
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            handler.close_connection = True

    async def read_slowly(engine: RemoteEngine) -> tuple[bytes, list[Any]]:
        having = [await engine.stream("SELECT * {}", formats.RESULTS_CSV) for _ in range(32)]
        waiting = [asyncio.create_task(engine.stream("SELECT * {}", formats.RESULTS_CSV)) for _ in range(32)]
        await asyncio.sleep(0.2)
        part = await having[0].__anext__()
        assert not any(task.done() for task in waiting)
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        for answer in having:
            await answer.aclose()
        return part, outcomes

    with made_up() as endpoint, closing(RemoteEngine(endpoint.url, limits=Limits(seconds=1))) as engine:
        endpoint.reply = flow
        part, outcomes = asyncio.run(read_slowly(engine))

    assert part
    assert all(isinstance(each, EngineBusy) for each in outcomes)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OxigraphServer]:
    with running_oxigraph(tmp_path / "oxigraph") as running:
        yield running


@pytest.fixture
def united(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OxigraphServer]:
    """A server whose default graph is all of its graphs together, as GraphDB's and Neptune's are."""
    start = subprocess.Popen
    monkeypatch.setattr(
        "oxigraph_server.subprocess.Popen",
        lambda command, **more: start([*command, "--union-default-graph"], **more),
    )
    with running_oxigraph(tmp_path / "oxigraph") as running:
        yield running


@pytest.mark.slow
def test_a_server_whose_default_graph_is_all_graphs_gives_the_same_answers(
    small_release: Release, united: OxigraphServer
) -> None:
    assert load_release(small_release, united.query, GraphStore(united.graph_store)).compared

    with closing(RemoteEngine(united.query, RELEASE_ID)) as engine:
        assert engine.status().triples == NUMBERED + 11
        assert not engine.ask("ASK { ?s a <http://www.w3.org/ns/dcat#Dataset> }")
        (row,) = engine.select("SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }").rows
        assert row["n"].value == "4"
    again = load_release(small_release, united.query, GraphStore(united.graph_store))
    assert (again.graphs, again.kept) == (0, 4)
    with closing(GraphStore(united.graph_store)) as writer:
        writer.remove("urn:x-mesmart:default")
    with pytest.raises(EngineUnavailable, match="mesmart load"):
        RemoteEngine(united.query, RELEASE_ID)


@pytest.mark.slow
def test_a_load_ended_in_its_pause_does_not_shorten_it_for_the_next(
    small_release: Release, server: OxigraphServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended(BaseException):
        pass

    def end(_seconds: float) -> None:
        raise Ended

    load_release(small_release, server.query, GraphStore(server.graph_store))
    with closing(GraphStore(server.graph_store)) as writer:
        writer.remove(f"{BASE}graph/source/notice")
    monkeypatch.setattr("mesmart_kg.engine.loader.time.sleep", end)
    with pytest.raises(Ended):
        load_release(small_release, server.query, GraphStore(server.graph_store), pause=5)
    paused: list[float] = []
    monkeypatch.setattr("mesmart_kg.engine.loader.time.sleep", paused.append)

    load_release(small_release, server.query, GraphStore(server.graph_store), pause=5)

    assert paused == [5]


@pytest.mark.slow
def test_of_two_loads_at_once_the_first_gives_up(small_release: Release, server: OxigraphServer) -> None:
    begun: list[object] = []

    def begin_another(said: str) -> None:
        if said.startswith("2 of") and not begun:
            begun.append(load_release(small_release, server.query, GraphStore(server.graph_store)))

    with pytest.raises(EngineUnavailable, match="another load"):
        load_release(small_release, server.query, GraphStore(server.graph_store), tell=begin_another)

    assert begun
    with closing(RemoteEngine(server.query, RELEASE_ID)) as engine:
        assert engine.status().triples == NUMBERED + 11
