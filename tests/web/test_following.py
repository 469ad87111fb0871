"""A server turns to the next release by itself: nobody is turned away, and memory comes back."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import shutil
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import pytest
from serving import (
    BASE,
    RELEASE_ID,
    Server,
    children_of,
    running_server,
    wait_until,
    write_small_release,
)

from mesmart_kg.catalog import Catalog
from mesmart_kg.release import MANIFEST, hash_file, list_files, open_release

pytestmark = pytest.mark.slow

FIRST = RELEASE_ID
CITY = f"<{BASE}id/city/it-messina>"
QUICK: dict[str, object] = {"site__languages": "it", "engine__workers": 2}
"""With these a server has less to do before it turns to another release."""

NAME = f"SELECT ?name {{ {CITY} <http://www.w3.org/2004/02/skos/core#altLabel> ?name }}"
ASKED = (
    "health",
    f"sparql?query={quote(NAME)}",
    f"sparql?query={quote('SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(RAND() < 2) }')}",
    "?lang=it",
    "browse?lang=it",
    "doc/city/it-messina?lang=it",
    f"sparql?format=xlsx&query={quote(NAME)}",
)


def write_next(shelf: Path, number: int) -> str:
    """Put another release on the shelf, as a build does: its city has another name. Return its id."""
    release_id = f"2026-11-23-{number:08x}"
    draft = shelf / f".building-{number}"
    shutil.copytree(shelf / FIRST, draft, ignore=shutil.ignore_patterns("derived"))
    told = f'{CITY} <http://www.w3.org/2004/02/skos/core#altLabel> "Name {number}"@it'
    for name, end in (("default.nt.gz", ""), ("dataset.nq.gz", f" <{BASE}graph/source/list>")):
        path = draft / "dumps" / name
        lines = [*gzip.decompress(path.read_bytes()).decode().splitlines(), f"{told}{end} ."]
        path.write_bytes(gzip.compress("".join(f"{line}\n" for line in sorted(lines)).encode(), mtime=0))
    first = open_release(shelf / FIRST).manifest
    manifest = replace(
        first,
        id=release_id,
        digest=f"{number:08x}",
        dataset_sha256=hash_file(draft / "dumps/dataset.nq.gz"),
        default_sha256=hash_file(draft / "dumps/default.nt.gz"),
        files=list_files(draft),
        day=first.day.replace(day=23),
    )
    (draft / MANIFEST).write_text(manifest.to_json(), "utf-8")
    draft.rename(shelf / release_id)
    return release_id


@dataclass
class Crowd:
    """Readers who ask without a pause, each over one connection; what they were answered."""

    port: int
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    """Release and name, as one answer told them."""

    def read(self, path: str, over: threading.Event) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            while not over.is_set():
                connection.request("GET", f"/{path}", headers={"Accept-Encoding": "identity"})
                response = connection.getresponse()
                body = response.read()
                self.statuses[path, response.status] += 1
                if path == ASKED[1]:
                    self.names.append((response.headers["ETag"], body.decode()))
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{path}: {error!r}")
        finally:
            connection.close()


@contextlib.contextmanager
def reading(server: Server) -> Iterator[Crowd]:
    crowd, over = Crowd(server.port), threading.Event()
    readers = [threading.Thread(target=crowd.read, args=(path, over)) for path in ASKED]
    for reader in readers:
        reader.start()
    try:
        yield crowd
    finally:
        over.set()
        for reader in readers:
            reader.join()


def served(server: Server) -> str:
    return str(ask(server, "health")["release"])


def ask(server: Server, path: str) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", f"/{path}")
        told: dict[str, object] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return told


def keepers(server: Server) -> list[int]:
    return [each for each in children_of(server.process.pid) if children_of(each)]


def memory(server: Server) -> int:
    """Return the bytes that the server and all its processes take, what they share counted once."""
    taken = 0
    for process in (server.process.pid, *children_of(server.process.pid)):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    taken += int(line.split()[1]) * 1024
    return taken


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    write_small_release(tmp_path)
    return tmp_path


@pytest.mark.parametrize("storage", ["memory", "disk"])
def test_nobody_is_turned_away_while_releases_follow_one_another(shelf: Path, storage: str) -> None:
    settings = QUICK | {"engine__storage": storage, "web__follow": 0.2, "web__requests": 0}
    with running_server(shelf, **settings) as server, reading(server) as crowd:
        assert wait_until(lambda: len({path for path, _ in crowd.statuses}) == len(ASKED))
        for number in (1, 2):
            release_id = write_next(shelf, number)
            assert wait_until(lambda wanted=release_id: served(server) == wanted, 60)
        assert wait_until(lambda: len(keepers(server)) == 1)
        before = len(crowd.names)
        assert wait_until(lambda: len(crowd.names) > before + 1)

    assert crowd.failures == []
    assert {status for _, status in crowd.statuses} == {200}
    assert len({etag[3:24] for etag, _ in crowd.names}) == 3
    for etag, body in crowd.names:  # what an answer says is of the release that its tag names
        number = 0 if FIRST in etag else int(etag[3:].split("-")[3], 16)
        assert ("Name" in body) == bool(number)
        assert number == 0 or f"Name {number}" in body


def test_promoting_and_sighup_choose_what_is_served_and_the_memory_of_the_last_is_returned(
    shelf: Path,
) -> None:
    """Six times in turn: what is taken at the end is what was taken after the second time, and no more."""
    second = write_next(shelf, 1)
    catalog = Catalog(shelf)
    settings = QUICK | {"engine__workers": 1, "web__follow": 0, "engine__cache": 0, "web__pages": 1}
    with running_server(shelf, **settings) as server:
        assert served(server) == second
        taken = []
        for turn in range(6):
            wanted = FIRST if turn % 2 == 0 else second
            catalog.promote(wanted)
            assert served(server) != wanted  # nobody has asked it to look
            server.process.send_signal(signal.SIGHUP)
            assert wait_until(lambda wanted=wanted: served(server) == wanted, 60)
            assert wait_until(lambda: len(keepers(server)) == 1)
            ask(server, f"sparql?query={quote(NAME)}")
            time.sleep(0.5)  # the collector of garbage has its turn after the last answer
            taken.append(memory(server))

    assert min(taken[-2:]) < taken[1] + 12 * 1024 * 1024, [each >> 20 for each in taken]


def test_an_answer_that_has_begun_is_ended_by_its_own_release(shelf: Path) -> None:
    settings = QUICK | {"engine__seconds": 600, "engine__patience": 600, "engine__size": 30}
    with running_server(shelf, web__follow=0.2, **settings) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            query = quote("SELECT ?s ?o ?x { ?s ?p ?o . ?x ?y ?z } LIMIT 200000")
            connection.sendall(
                f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            received = connection.recv(1 << 12)
            write_next(shelf, 1)
            assert wait_until(lambda: served(server) != FIRST, 60)
            assert len(keepers(server)) == 2  # the reader has not read on
            while part := connection.recv(1 << 16):
                received = received[:2000] + received[2000:][-1 << 10 :] + part
        assert FIRST.encode() in received[:2000]
        assert received.endswith(b"0\r\n\r\n")
        assert wait_until(lambda: len(keepers(server)) == 1)


def test_a_release_that_still_arrives_waits_until_it_is_whole(shelf: Path) -> None:
    aside = shelf / "aside"
    aside.mkdir()
    release_id = write_next(shelf, 1)
    (shelf / release_id).rename(aside / release_id)
    with running_server(shelf, web__follow=0.2, **QUICK) as server:
        copy = shelf / release_id
        for path in sorted((aside / release_id).rglob("*"), reverse=True):  # the manifest before the dumps
            if path.is_dir():
                continue
            place = copy / path.relative_to(aside / release_id)
            place.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            place.write_bytes(content[: len(content) // 2])
            assert served(server) == FIRST
            time.sleep(0.25)
            place.write_bytes(content)
        assert wait_until(lambda: served(server) == release_id, 60)


def test_what_can_not_be_served_changes_nothing_and_is_served_once_it_is_mended(
    shelf: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    release_id = write_next(shelf, 1)
    folder, aside = shelf / release_id, shelf / "aside"
    folder.rename(aside)
    dump, manifest = Path("dumps/dataset.nq.gz"), Path(MANIFEST)
    sound = {path: (aside / path).read_bytes() for path in (dump, manifest)}
    told = ""

    def is_told(what: str) -> bool:
        nonlocal told
        told += capfd.readouterr().err
        return what in told

    with running_server(shelf, web__follow=0.2, **QUICK) as server:
        (aside / dump).write_bytes(sound[dump][:-20])
        aside.rename(folder)
        assert wait_until(lambda: is_told(f"(changed: {dump})"))

        (folder / dump).write_bytes(gzip.compress(b"no RDF", mtime=0))  # and the manifest says so
        document = json.loads(sound[manifest])
        next(each for each in document["files"] if each["path"] == str(dump))["sha256"] = hash_file(
            folder / dump
        )
        (folder / manifest).write_text(json.dumps(document), "utf-8")
        assert wait_until(lambda: is_told("can't be loaded"), 60)

        (folder / manifest).write_text("{", "utf-8")
        assert served(server) == FIRST
        assert ask(server, f"sparql?query={quote('ASK {}')}")["boolean"] is True

        for path, content in sound.items():
            (folder / path).write_bytes(content)
        assert wait_until(lambda: served(server) == release_id, 60)


def test_a_server_ends_at_once_with_all_its_processes_while_it_opens_the_next_release(shelf: Path) -> None:
    release_id = write_next(shelf, 1)
    with running_server(shelf, web__follow=0, **QUICK) as server:
        Catalog(shelf).promote(FIRST)
        processes = children_of(server.process.pid)
        server.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: set(children_of(server.process.pid)) - set(processes))
        processes = children_of(server.process.pid)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0

    assert release_id
    assert wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in processes))
