"""The production server, over real connections: what breaks, what goes on, what is left behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from serving import (
    ENDLESS,
    GREEDY,
    RELEASE_ID,
    ROWS_WITHOUT_END,
    Server,
    children_of,
    running_server,
    wait_until,
)

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.errors import ConfigError
from mesmart_kg.web.server import serve

pytestmark = pytest.mark.slow


def get(server: Server, path: str) -> bytes:
    with urllib.request.urlopen(server.url + path, timeout=60) as response:
        body: bytes = response.read()
    return body


def health(server: Server) -> dict[str, object]:
    told: dict[str, object] = json.loads(get(server, "health"))
    return told


@contextlib.contextmanager
def asking(server: Server, query: str, accept: str = "text/csv") -> Iterator[socket.socket]:
    """Send a query over a connection of its own, and leave the answer to be read."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(
            f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n".encode()
        )
        yield connection


def read_until_closed(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            received = received[-2048:] + part
    return received


def read_whole(response: http.client.HTTPResponse) -> None:
    while response.read(1 << 20):
        pass


def workers_of(server: Server) -> set[int]:
    """Return the processes of the engine: the keeper's children."""
    found = set()
    for process in children_of(server.process.pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            if b"engine.keeper" in Path(f"/proc/{process}/cmdline").read_bytes():
                found.add(process)
    return found


def test_others_are_served_while_a_query_never_ends(server: Server) -> None:
    outcome: list[int] = []

    def ask_without_end() -> None:
        try:
            get(server, f"sparql?query={quote(ENDLESS)}")
        except urllib.error.HTTPError as error:
            with error:
                outcome.append(error.code)

    thread = threading.Thread(target=ask_without_end)
    thread.start()
    assert wait_until(lambda: health(server)["busy"] == 1)
    served = 0
    while thread.is_alive():
        served += b"true" in get(server, "sparql?query=ASK%7B%7D")
    thread.join()

    assert served > 1
    assert outcome == [503]


def test_a_sort_of_a_cross_product_is_refused_and_others_are_served(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(server, f"sparql?query={quote(GREEDY)}")
    with caught.value as error:
        assert error.code == 503
        assert int(error.headers["Retry-After"]) > 0

    assert b"true" in get(server, "sparql?query=ASK%7B%7D")


def test_a_worker_killed_half_way_breaks_the_transfer(server: Server) -> None:
    """A cut answer must never look complete: no last chunk, and a client that counts says so."""
    with asking(server, ROWS_WITHOUT_END) as connection:
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        # Found before the first is killed: their keeper, too, is without children once all are gone.
        for worker in [process for process in workers_of(server) if not children_of(process)]:
            os.kill(worker, signal.SIGKILL)
        last = read_until_closed(connection)

    assert not last.endswith(b"\r\n0\r\n\r\n")
    assert wait_until(lambda: health(server)["workers"] == 3)
    assert b"true" in get(server, "sparql?query=ASK%7B%7D")


def test_a_deadline_passed_half_way_is_an_incomplete_read_for_a_client(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", f"/sparql?query={quote(ROWS_WITHOUT_END)}", headers={"Accept": "text/csv"})
        response = connection.getresponse()
        assert response.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            read_whole(response)
    finally:
        connection.close()


def test_a_client_that_hangs_up_ends_its_query_before_the_deadline(shelf: Path) -> None:
    with running_server(shelf, engine__seconds=600, engine__workers=1) as server:
        with asking(server, ENDLESS):
            assert wait_until(lambda: health(server)["busy"] == 1)
        assert wait_until(lambda: health(server)["busy"] == 0)

        with asking(server, ROWS_WITHOUT_END) as connection:
            connection.recv(1 << 16)
            assert wait_until(lambda: health(server)["busy"] == 1)
        assert wait_until(lambda: health(server)["busy"] == 0)


def test_a_reader_that_reads_nothing_holds_back_the_answer_and_not_the_server(shelf: Path) -> None:
    with (
        running_server(shelf, engine__seconds=600, engine__patience=600, engine__workers=1) as server,
        asking(server, ROWS_WITHOUT_END),
    ):
        # On the way is what the buffers of two sockets hold: the worker waits, it does not fill memory.
        assert wait_until(lambda: health(server)["busy"] == 1)
        (worker,) = [each for each in workers_of(server) if not children_of(each)]
        assert wait_until(lambda: Path(f"/proc/{worker}/wchan").exists() and _is_asleep(worker))
        assert health(server)["release"] == RELEASE_ID


def _is_asleep(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "S"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_with_all_its_processes(shelf: Path, ending: signal.Signals) -> None:
    with running_server(shelf, engine__seconds=600) as server:
        with asking(server, ENDLESS):
            assert wait_until(lambda: health(server)["busy"] == 1)
        processes = children_of(server.process.pid)
        assert len(processes) >= 4
        server.process.send_signal(ending)
        assert server.process.wait(60) == 0

    assert wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in processes))


def test_nothing_is_left_when_the_server_is_killed(shelf: Path) -> None:
    with running_server(shelf) as server:
        processes = children_of(server.process.pid)
        server.process.kill()

        assert wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in processes), 60)


def test_web_processes_hold_no_store_and_the_keeper_has_one_thread(server: Server) -> None:
    keeper = next(each for each in workers_of(server) if children_of(each))

    assert len(list(Path(f"/proc/{keeper}/task").iterdir())) == 1
    assert all(child in workers_of(server) for child in children_of(keeper))


def test_an_address_in_use_is_told_as_such(shelf: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        flags = {"paths.releases": shelf, "web.port": taken.getsockname()[1]}
        config = load_config(flags, {}, shelf)
        with pytest.raises(ConfigError, match="in use"):
            serve(config, Catalog(shelf))


def test_a_keeper_that_is_killed_is_replaced_while_the_site_stands(shelf: Path) -> None:
    with running_server(shelf) as server:
        keeper = next(each for each in workers_of(server) if children_of(each))
        os.kill(keeper, signal.SIGKILL)

        assert wait_until(lambda: keeper not in workers_of(server) and _answers(server))
        assert b"<h1>" in get(server, "?lang=it")
        processes = children_of(server.process.pid)
    assert wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in processes))


def _answers(server: Server) -> bool:
    try:
        return b"true" in get(server, "sparql?query=ASK%7B%7D") and health(server)["status"] == "ok"
    except urllib.error.HTTPError as error:
        error.close()
        return False


def connect(server: Server, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(data)
    return connection


_HEAD = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"


def test_connections_that_say_nothing_hold_nobody_back(shelf: Path) -> None:
    with running_server(shelf, web__threads=2) as server, contextlib.ExitStack() as silent:
        for _ in range(20):
            silent.enter_context(connect(server, b""))
        assert health(server)["status"] == "ok"


def test_requests_that_are_begun_and_never_ended_are_hung_up_on(shelf: Path) -> None:
    with running_server(shelf, web__threads=2) as server:
        with (
            connect(server, b"GET /spar") as head,
            connect(server, b"POST /sp") as other,
            connect(server, _HEAD + b"Content-Length: 500\r\n\r\nASK {}") as body,
        ):
            assert read_until_closed(head) == b""
            assert read_until_closed(other) == b""
            answer = read_until_closed(body)
            assert b"body-too-slow" in answer
            assert b"connection: close" in answer.lower()
        assert health(server)["status"] == "ok"


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 500\r\n\r\nASK {}",
        b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nASK {}\r\n0\r\n\r\n",
    ],
    ids=["shorter than told", "chunks without an end", "no chunk"],
)
def test_half_a_query_is_not_asked(server: Server, rest: bytes) -> None:
    with connect(server, _HEAD + rest) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = read_until_closed(connection)

    assert b"boolean" not in answer
    assert b"body-incomplete" in answer or answer == b""


def test_a_query_in_chunks_is_asked(server: Server) -> None:
    rest = b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n"
    with connect(server, _HEAD + rest) as connection:
        assert b'"boolean":true' in read_until_closed(connection)


def test_who_sends_far_too_much_is_told_so_and_not_cut_off(server: Server) -> None:
    request = urllib.request.Request(
        f"{server.url}sparql", b"#" * 5_000_000, {"Content-Type": "application/sparql-query"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    with caught.value as error:
        assert error.code == 413
        assert json.load(error)["type"] == "urn:mesmart:problem:query-too-long"


def test_the_server_writes_nothing_into_the_home_folder(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with running_server(shelf) as server:
        get(server, "")
        assert list(tmp_path.iterdir()) == []
