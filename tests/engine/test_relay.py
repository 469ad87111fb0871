"""The one way out, tried on servers of this machine: a well-behaved one, and many that are not."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store

from mesmart_kg.engine.bounded_http import is_public
from mesmart_kg.engine.protocol import Call
from mesmart_kg.engine.relay import Relay, Service, read_services
from mesmart_kg.errors import EngineBusy, QueryRefused, QueryTooLarge, ServiceFailed

Reply = Callable[[BaseHTTPRequestHandler, str], None]
"""Answers a request with that query."""


@contextmanager
def endpoint(reply: Reply, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a server whose every answer is written so; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            try:
                reply(self, form["query"][0])
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: clients that hang up are meant to."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://localhost:{server.server_port}/sparql"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    media_type: str = "application/sparql-results+json; charset=utf-8",
    status: int = 200,
    **headers: str,
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", media_type)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def results(variables: list[object], rows: list[object]) -> bytes:
    return json.dumps({"head": {"vars": variables}, "results": {"bindings": rows}}).encode()


def answer(handler: BaseHTTPRequestHandler, query: str) -> None:
    """Answer as an endpoint does that holds two statements."""
    store = Store()
    store.load(b"<http://x/a> <http://x/p> 1, 2 .", RdfFormat.TURTLE)
    found = store.query(query)
    assert isinstance(found, QuerySolutions)
    send(handler, found.serialize(format=QueryResultsFormat.JSON) or b"")


def relay_to(url: str, seconds: float = 10, rows: int = 100, size: int = 100_000) -> Relay:
    return Relay([Service(url, is_private=True)], seconds, rows, size, resolver=LOOPBACK)


def noting(asked: list[str], then: Reply = answer) -> Reply:
    """Note what is asked, then answer."""

    def reply(handler: BaseHTTPRequestHandler, query: str) -> None:
        asked.append(query)
        then(handler, query)

    return reply


def always(address: str) -> Callable[[str, int], list[str]]:
    """Resolve every name to that address."""

    def resolver(host: str, port: int) -> list[str]:
        return [address]

    return resolver


LOOPBACK = always("127.0.0.1")


def call(url: str, silent: str = "") -> str:
    return f"SELECT * {{ SERVICE {silent} <{url}> {{ ?s ?p ?o }} }}"


def test_an_allowed_endpoint_is_asked_and_its_rows_stand_in_the_query() -> None:
    with endpoint(answer) as url:
        text, calls = relay_to(url).resolve(call(url))

    found = Store().query(text)
    assert isinstance(found, QuerySolutions)
    assert sorted(row["o"].value for row in found) == ["1", "2"]
    assert [(each.service, each.rows, each.outcome) for each in calls] == [(url, 2, "ok")]
    assert calls[0].milliseconds > 0


def test_a_query_without_calls_is_left_as_it_is() -> None:
    query = "SELECT ?service { ?service ?p 'SERVICE <http://x/> {}' } # SERVICE <http://x/> {}"

    assert Relay(()).resolve(query) == (query, ())


def test_the_same_call_is_made_once() -> None:
    asked: list[str] = []
    with endpoint(noting(asked)) as url:
        _, calls = relay_to(url).resolve(f"SELECT * {{ {{ {call(url)} }} UNION {{ {call(url)} }} }}")

    assert len(asked) == len(calls) == 1


def test_an_endpoint_that_is_not_on_the_list_to_the_character_is_refused_by_its_name() -> None:
    asked: list[str] = []
    with endpoint(noting(asked)) as url:
        for other in (f"{url}/", f"{url}?x", url.replace("localhost", "127.0.0.1"), url.upper()):
            with pytest.raises(QueryRefused, match="operator") as refused:
                relay_to(url).resolve(call(other))
            assert other in str(refused.value)
    assert not asked


def test_a_silent_call_that_is_not_allowed_is_made_to_nobody_and_told() -> None:
    text, calls = Relay(read_services(["http://x/"])).resolve(call("http://y/", "SILENT"))

    assert "SERVICE" not in text
    assert [(each.service, each.outcome) for each in calls] == [("http://y/", "refused")]


def _redirects(handler: BaseHTTPRequestHandler, query: str) -> None:
    send(handler, b"", status=307, Location="http://127.0.0.1:9/secret")


def _fails(handler: BaseHTTPRequestHandler, query: str) -> None:
    send(handler, b"secret", status=500)


def _hangs_up(handler: BaseHTTPRequestHandler, query: str) -> None:
    handler.close_connection = True


def _stops_early(handler: BaseHTTPRequestHandler, query: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/sparql-results+json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(results(["s"], []))


def _page(handler: BaseHTTPRequestHandler, query: str) -> None:
    send(handler, b"<html>secret</html>", "text/html")


def _packs(handler: BaseHTTPRequestHandler, query: str) -> None:
    send(handler, results(["s"], []), Content_Encoding="gzip")


def _says(body: bytes) -> Reply:
    def reply(handler: BaseHTTPRequestHandler, query: str) -> None:
        send(handler, body)

    return reply


NO_RESULTS = {
    "a redirect": _redirects,
    "a failure": _fails,
    "nothing": _hangs_up,
    "less than it says": _stops_early,
    "a page": _page,
    "packed": _packs,
    "no JSON": _says(b"secret"),
    "other JSON": _says(b'["secret"]'),
    "a boolean": _says(b'{"head":{},"boolean":true}'),
    "rows that are none": _says(results(["s"], [["secret"]])),
    "terms that are none": _says(results(["s"], [{"s": {"type": "uri", "value": "> } SERVICE <x"}}])),
    "numbers for terms": _says(results(["s"], [{"s": {"type": "uri", "value": 1}}])),
    "half a character": _says(results(["s"], [{"s": {"type": "literal", "value": "\ud800"}}])),
    "names that are none": _says(results(["s ?x) { } } SERVICE <http://x/> { #"], [])),
    "numbers for names": _says(results([1], [])),
    "a name twice": _says(results(["s", "s"], [])),
    "depth": _says(b"[" * 9_000),
    "no text": _says(b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"\xff"}}]}}'),
}


@pytest.mark.parametrize("name", NO_RESULTS)
def test_what_is_no_result_fails_and_is_never_shown(name: str) -> None:
    with endpoint(NO_RESULTS[name]) as url:
        with pytest.raises(ServiceFailed) as failed:
            relay_to(url).resolve(call(url))
        text, calls = relay_to(url).resolve(call(url, "SILENT"))

    assert failed.value.service == url
    assert "secret" not in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)
    assert "VALUES () { () }" in text
    assert [each.outcome for each in calls] == ["failed"]


def test_an_endpoint_that_nobody_runs_fails() -> None:
    with endpoint(answer) as url:
        pass
    with pytest.raises(ServiceFailed, match="does not answer"):
        relay_to(url).resolve(call(url))


def _sleeps(handler: BaseHTTPRequestHandler, query: str) -> None:
    time.sleep(2)


def _drips_its_head(handler: BaseHTTPRequestHandler, query: str) -> None:
    for sign in b"HTTP/1.1 200 OK\r\nX-Header: " + b"x" * 100:
        handler.wfile.write(bytes([sign]))
        time.sleep(0.02)


def _drips_its_body(handler: BaseHTTPRequestHandler, query: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/sparql-results+json")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.02)


@pytest.mark.parametrize("slow", [_sleeps, _drips_its_head, _drips_its_body])
def test_the_deadline_covers_every_byte(slow: Reply) -> None:
    with endpoint(slow) as url:
        with pytest.raises(ServiceFailed, match="in time") as failed:
            relay_to(url, seconds=0.3).resolve(call(url))
        _, calls = relay_to(url).resolve(call(url, "SILENT"), seconds=0.2)

    assert failed.value.seconds == 0.3
    assert [each.outcome for each in calls] == ["timeout"]


def test_the_deadline_covers_the_name_too() -> None:
    enough = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        enough.wait(5)
        return []

    relay = Relay([Service("http://slow.example/")], seconds=0.2, resolver=slow)
    with pytest.raises(ServiceFailed, match="in time"):
        relay.resolve(call("http://slow.example/"))
    enough.set()


def _endless(handler: BaseHTTPRequestHandler, query: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/sparql-results+json")
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 10_000)


def _many_rows(handler: BaseHTTPRequestHandler, query: str) -> None:
    send(handler, results(["s"], [{} for _ in range(101)]))


def _many_braces(handler: BaseHTTPRequestHandler, query: str) -> None:
    send(handler, b"[" + b"{}," * 20_000 + b"{}]")


@pytest.mark.parametrize(
    ("reply", "limit", "value"),
    [(_endless, "size", 100_000), (_many_rows, "rows", 100), (_many_braces, "rows", 100)],
)
@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_an_answer_past_a_limit_is_told_even_of_a_silent_call(
    reply: Reply, limit: str, value: int, silent: str
) -> None:
    with endpoint(reply) as url, pytest.raises(QueryTooLarge) as large:
        relay_to(url).resolve(call(url, silent))

    assert (large.value.limit, large.value.value) == (limit, value)
    assert url in str(large.value)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "::127.0.0.1"],
)  # fmt: skip
def test_a_name_that_leads_into_a_private_network_leads_nowhere(address: str) -> None:
    url = "http://city.example/sparql"
    relay = Relay(read_services([url]), resolver=always(address))

    assert not is_public(address)
    with pytest.raises(ServiceFailed) as failed:
        relay.resolve(call(url))
    assert address not in str(failed.value)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_a_literal_address_is_looked_at_too() -> None:
    with endpoint(answer) as url:
        literal = url.replace("localhost", "127.0.0.1")
        with pytest.raises(ServiceFailed):
            Relay(read_services([literal])).resolve(call(literal))
        _, calls = Relay(read_services([f"private:{literal}"])).resolve(call(literal))

    assert [each.outcome for each in calls] == ["ok"]


def test_a_name_is_resolved_once_so_that_it_can_not_change_in_between() -> None:
    """A rebinding name: public when it is looked at, ours a moment later."""
    asked: list[str] = []
    names: list[str] = []

    def rebind(host: str, port: int) -> list[str]:
        names.append(host)
        return ["10.0.0.1"] if len(names) == 1 else ["127.0.0.1"]

    with endpoint(noting(asked)) as url, pytest.raises(ServiceFailed):
        Relay([Service(url)], resolver=rebind).resolve(call(url))

    assert names == ["localhost"]
    assert not asked


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    with endpoint(answer) as url:
        _, calls = relay_to(url).resolve(call(url))

    assert [each.outcome for each in calls] == ["ok"]


def test_no_more_queries_than_allowed_wait_for_other_endpoints() -> None:
    entered, leave = threading.Event(), threading.Event()

    def wait(handler: BaseHTTPRequestHandler, query: str) -> None:
        entered.set()
        leave.wait(10)
        answer(handler, query)

    with endpoint(wait) as url:
        relay = Relay([Service(url, is_private=True)], at_once=1, resolver=LOOPBACK)
        outcomes: list[tuple[Call, ...]] = []
        first = threading.Thread(target=lambda: outcomes.append(relay.resolve(call(url))[1]))
        first.start()
        assert entered.wait(10)
        with pytest.raises(EngineBusy):
            relay.resolve(call(url))
        leave.set()
        first.join(10)
        assert [each.outcome for each in outcomes[0]] == ["ok"]
        assert relay.resolve(call(url))[1][0].outcome == "ok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for the name localhost, signed by nobody but itself, with its key."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", str(path), "-out", str(path.with_suffix(".crt")), "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


def test_a_certificate_must_be_trusted_and_for_the_name(certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with endpoint(answer, server) as url:
        other = url.replace("localhost", "other.example")
        services = [Service(url, is_private=True), Service(other, is_private=True)]
        trusted = Relay(services, resolver=LOOPBACK, tls=trusting)
        assert trusted.resolve(call(url))[1][0].outcome == "ok"
        with pytest.raises(ServiceFailed):
            trusted.resolve(call(other))
        with pytest.raises(ServiceFailed):
            Relay(services, resolver=LOOPBACK).resolve(call(url))
