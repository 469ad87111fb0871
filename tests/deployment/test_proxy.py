"""Two servers of ours behind nginx, with the configuration that we give away (``docs/deployment``)."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from proxying import HOST, Answer, Proxy, ask, running_nginx
from serving import (
    ENDLESS,
    RELEASE_ID,
    ROWS_WITHOUT_END,
    Server,
    running_server,
    wait_until,
    write_small_release,
)

from mesmart_kg.catalog import Catalog

pytestmark = pytest.mark.slow

BROWSER = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "it", "Accept-Encoding": "gzip"}
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
SETTINGS = {
    "web__public_url": f"https://{HOST}/",
    "web__trusted_proxies": 1,
    "web__log_addresses": True,
    "engine__seconds": 6,
    "engine__workers": 2,
}


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A shelf, and another one that received its release as a copy made by other means."""
    folder = tmp_path_factory.mktemp("shelves")
    release = write_small_release(folder / "one")
    copy = shutil.copytree(release.path, folder / "arrived" / release.id, copy_function=shutil.copyfile)
    Catalog(folder / "two").receive(copy)
    return folder / "one", folder / "two"


@pytest.fixture(scope="module")
def servers(shelves: tuple[Path, Path]) -> Iterator[tuple[Server, Server]]:
    one, two = shelves
    with (
        running_server(one, **SETTINGS, web__query_log=one.parent / "one.log") as first,
        running_server(two, **SETTINGS, web__query_log=one.parent / "two.log") as second,
    ):
        yield first, second


@pytest.fixture(scope="module")
def proxy(servers: tuple[Server, Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running_nginx(tmp_path_factory.mktemp("nginx"), [each.port for each in servers]) as running:
        yield running


def ask_directly(server: Server, path: str, headers: dict[str, str]) -> Answer:
    """Ask a server as nginx does."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": HOST, "X-Forwarded-For": "192.0.2.1"}
    try:
        return ask(connection, path, {**told, **headers})
    finally:
        connection.close()


def count_requests(server: Server, outcome: str = "", kind: str = "") -> float:
    """Return how many requests a server has counted, of an outcome and a kind where they are given."""
    with urlopen(f"{server.url}-/metrics") as response:
        lines = response.read().decode().splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith("mesmart_requests_total{")
        and (not outcome or f'outcome="{outcome}"' in line)
        and (not kind or f'kind="{kind}"' in line)
    )


def sparql(query: str) -> str:
    return f"/sparql?query={quote(query)}"


@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "application/ld+json", "*/*"])
def test_all_servers_give_the_same_tags_and_the_same_bytes(
    servers: tuple[Server, Server], accept: str
) -> None:
    page = ask_directly(servers[0], "/", {"Accept": "text/html"}).body.decode()
    assets = sorted(set(re.findall(r'(?:href|src)="(/-/static/[^"#]+)', page)))
    release = f"/releases/{RELEASE_ID}"
    paths = [
        *("/", "/about", "/about/scale", "/browse/city", "/doc/city/it-messina", "/id/city/it-messina"),
        *("/def", "/shapes", "/voc", "/set/city-communities", "/graph/source/list", "/sitemap.xml", "/links"),
        *("/.well-known/void", "/robots.txt", "/queries", "/releases", "/releases.atom", release),
        *(f"{release}/manifest", f"{release}/report", f"{release}/dumps/dataset.nq.gz"),
        *(sparql(COUNT), f"{sparql(COUNT)}&format=csv", f"{sparql(COUNT)}&release={RELEASE_ID}"),
    ]
    headers = {"Accept": accept, "Accept-Language": "en", "Accept-Encoding": "gzip"}

    assert assets
    for path in [*paths, *assets]:
        one, two = (ask_directly(server, path, headers) for server in servers)
        fields = ("ETag", "Cache-Control", "Content-Type", "Location", "Link", "Vary")
        assert one.status == two.status, path
        assert [one.headers.get_all(name) for name in fields] == [
            two.headers.get_all(name) for name in fields
        ], path
        if not path.startswith("/queries"):
            assert one.body == two.body, path


def test_any_server_may_answer(servers: tuple[Server, Server], proxy: Proxy) -> None:
    before = [count_requests(each, kind="sparql") for each in servers]
    answers = [proxy.ask(f"{sparql(COUNT)}&n={number}") for number in range(12)]

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == len({answer.tag for answer in answers}) == 1
    assert all(
        count_requests(each, kind="sparql") > count for each, count in zip(servers, before, strict=True)
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "QUERY"])
def test_every_method_of_the_endpoint_passes(proxy: Proxy, method: str) -> None:
    if method in {"GET", "HEAD"}:
        answer = proxy.ask(sparql(COUNT), method=method)
    else:
        answer = proxy.ask(
            "/sparql", {"Content-Type": "application/sparql-query"}, method=method, body=COUNT.encode()
        )

    assert answer.status == 200
    assert bool(answer.body) == (method != "HEAD")


def test_a_page_is_kept_in_each_language_and_form_and_servers_are_left_alone(
    servers: tuple[Server, Server], proxy: Proxy
) -> None:
    turtle = {"Accept": "text/turtle"}
    first = proxy.ask("/doc/city/it-messina", BROWSER)
    proxy.ask("/doc/city/it-messina", turtle)
    before = sum(count_requests(each, kind="page") for each in servers)
    again = proxy.ask("/doc/city/it-messina", BROWSER)
    data = proxy.ask("/doc/city/it-messina", turtle)
    known = proxy.ask("/doc/city/it-messina", {**BROWSER, "If-None-Match": first.tag})

    # The question for the figures is counted too, once by each server.
    assert sum(count_requests(each, kind="page") for each in servers) == before + len(servers)
    assert (again.body, again.tag) == (first.body, first.tag)
    assert data.headers["Content-Type"].startswith("text/turtle")
    assert data.tag != first.tag
    assert (known.status, known.body) == (304, b"")
    assert proxy.ask("/doc/city/it-messina", {**BROWSER, "Accept-Language": "en"}).tag != first.tag


def test_what_was_said_to_one_client_is_not_repeated_to_another(proxy: Proxy) -> None:
    answers = [proxy.ask("/about?lang=it", {**BROWSER, "X-Request-Id": name}) for name in ("one", "two")]

    assert [answer.headers["X-Request-Id"] for answer in answers] == ["one", "two"]
    assert "RateLimit" not in answers[1].headers
    assert "RateLimit" in proxy.ask(sparql(COUNT + " # counted")).headers
    assert len(proxy.ask("/about?lang=it", {"X-Request-Id": "<not plain>"}).headers["X-Request-Id"]) == 32


def test_queries_are_kept_by_servers_not_by_the_proxy(servers: tuple[Server, Server], proxy: Proxy) -> None:
    before = sum(count_requests(each, "kept") for each in servers)
    for _ in range(6):
        assert proxy.ask(sparql(COUNT + " # again")).status == 200

    assert sum(count_requests(each, "kept") for each in servers) >= before + 4


def test_an_answer_that_breaks_off_arrives_broken_and_is_not_kept(proxy: Proxy) -> None:
    for _ in range(2):
        with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLError)):
            proxy.ask(f"{sparql(ROWS_WITHOUT_END)}&timeout=1", {"Accept": "text/csv"})


def test_servers_learn_that_a_client_hung_up(servers: tuple[Server, Server], proxy: Proxy) -> None:
    before = sum(count_requests(each, "gone") for each in servers)
    connection = proxy.connect()
    connection.request("GET", sparql(ENDLESS), headers={"Host": HOST})
    assert not wait_until(lambda: sum(count_requests(each, "gone") for each in servers) > before, 0.5)
    connection.close()

    assert wait_until(lambda: sum(count_requests(each, "gone") for each in servers) > before, 5)


def test_nobody_poses_as_somebody_else(
    servers: tuple[Server, Server], shelves: tuple[Path, Path], proxy: Proxy
) -> None:
    """What a client says of itself reaches no page, no other reader, and not the limits."""
    forged = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Prefix": "//evil.example",
        "X-Forwarded-Port": "666",
        "X_Forwarded_For": "203.0.113.8",
        "Forwarded": "for=203.0.113.9;host=evil.example",
    }
    forged_first = proxy.ask("/doc/community/oasc", {**BROWSER, **forged, "Accept-Encoding": "identity"})
    plain = proxy.ask("/doc/community/oasc", {**BROWSER, "Accept-Encoding": "identity"})
    proxy.ask(sparql(COUNT + " # forged"), forged)

    assert forged_first.body == plain.body
    assert b"evil.example" not in plain.body
    assert f"https://{HOST}/".encode() in plain.body
    lines = [
        json.loads(line)
        for name in ("one.log", "two.log")
        for line in (shelves[0].parent / name).read_text("utf-8").splitlines()
    ]
    assert wait_until(lambda: bool(lines))
    assert "203.0.113" not in json.dumps([line for line in lines if line["address"] != "192.0.2.1"])
    assert "127.0.0.1" in {line["address"] for line in lines}


def test_another_host_gets_no_answer_and_plain_http_is_led_to_tls(proxy: Proxy) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        proxy.connect("evil.example")
    with socket.create_connection(("127.0.0.1", proxy.plain_port), 10) as plain:
        plain.sendall(f"GET /about?lang=it HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        head = plain.makefile("rb").read().decode("latin-1")

    assert head.startswith("HTTP/1.1 308 ")
    assert f"Location: https://{HOST}/about?lang=it\r\n" in head
    assert proxy.ask("/about").headers["Strict-Transport-Security"]


def test_metrics_are_nobody_elses_business(proxy: Proxy) -> None:
    assert proxy.ask("/-/metrics").status == 404
    assert proxy.ask("/-/health").status == 200


def test_one_server_down_is_not_noticed(
    servers: tuple[Server, Server], shelves: tuple[Path, Path], tmp_path: Path
) -> None:
    """Pages that are not kept, and queries by GET, POST and QUERY, while one server ends and comes back.

    Once it is told to end, once it is killed.
    """
    ended, failures, done = threading.Event(), list[str](), [0]

    def press(proxy: Proxy, who: int) -> None:
        count = 0
        while not ended.is_set():
            count += 1
            query = f"{COUNT} # {who} {count}".encode()
            typed = {"Content-Type": "application/sparql-query"}
            method = ("GET", "POST", "QUERY")[count % 3]
            try:
                if who % 2:
                    answer = proxy.ask(f"/doc/city/it-messina?n={who}-{count}", BROWSER)
                elif method == "GET":
                    answer = proxy.ask(sparql(query.decode()))
                else:
                    answer = proxy.ask("/sparql", typed, method=method, body=query)
                if answer.status != 200:
                    failures.append(f"{who} {method}: {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                failures.append(f"{who} {method}: {error!r}")
            done[0] += 1

    def go_on(requests: int) -> bool:
        reached = done[0]
        return wait_until(lambda: done[0] > reached + requests, 60)

    with ExitStack() as open_:
        other = open_.enter_context(running_server(shelves[1], **SETTINGS))
        port = other.port
        proxy = open_.enter_context(running_nginx(tmp_path / "nginx", [port, servers[0].port]))
        threads = [threading.Thread(target=press, args=(proxy, who)) for who in range(4)]
        for thread in threads:
            thread.start()
        try:
            for number in (signal.SIGTERM, signal.SIGKILL):
                assert go_on(20)
                other.process.send_signal(number)
                other.process.wait(60)
                assert go_on(20)
                other = open_.enter_context(running_server(shelves[1], **SETTINGS, web__port=port))
                assert wait_until(lambda back=other: count_requests(back, kind="sparql") > 3, 60)
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    assert failures == []
