"""A release sent to an engine elsewhere: whole or not at all, also when either side dies on the way."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from loading import load_release, pack
from oxigraph_server import OxigraphServer, running_oxigraph
from serving import BASE, NUMBERED, RELEASE_ID
from virtuoso import Virtuoso

from mesmart_kg.cli.commands import mesmart
from mesmart_kg.engine import remote_release
from mesmart_kg.engine.cargo import pack_cargo
from mesmart_kg.engine.credentials import Credentials
from mesmart_kg.engine.graph_store import GraphStore, Update
from mesmart_kg.engine.loader import PROGRESS
from mesmart_kg.engine.remote import RemoteEngine
from mesmart_kg.errors import EngineUnavailable, ReleaseDamaged
from mesmart_kg.release import Release, compare_endpoint

QUOTA = 256 * 1024
"""Bytes of a file of a store, where small graphs have room, and the one of all numbers has not."""

METADATA = f"{BASE}graph/metadata"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OxigraphServer]:
    with running_oxigraph(tmp_path / "oxigraph") as running:
        yield running


@pytest.fixture
def writer(server: OxigraphServer) -> Iterator[GraphStore]:
    with closing(GraphStore(server.graph_store)) as opened:
        yield opened


def load(release: Release, server: OxigraphServer) -> object:
    return load_release(release, server.query, GraphStore(server.graph_store))


@pytest.mark.slow
@pytest.mark.parametrize("way", ["graph store", "update"])
def test_a_release_arrives_whole_by_both_ways(
    small_release: Release, server: OxigraphServer, way: str
) -> None:
    writer = GraphStore(server.graph_store) if way == "graph store" else Update(server.update)

    report = load_release(small_release, server.query, writer)

    assert (report.graphs, report.kept, report.compared) == (4, 0, True)
    assert compare_endpoint(small_release, server.query).is_equal
    with closing(RemoteEngine(server.query, RELEASE_ID)) as engine:
        assert not engine.ask(f"ASK {{ GRAPH <{PROGRESS}> {{ ?s ?p ?o }} }}")
    again = load_release(small_release, server.query, GraphStore(server.graph_store))
    assert (again.graphs, again.statements, again.kept) == (0, 0, 4)


@pytest.mark.slow
def test_a_server_that_dies_while_it_is_loaded_is_never_served_and_the_load_goes_on(
    small_release: Release, server: OxigraphServer, writer: GraphStore
) -> None:
    load(small_release, server)
    writer.remove(f"{BASE}graph/source/numbers")
    writer.remove(f"{BASE}graph/source/notice")
    writer.close()

    def die(said: str) -> None:
        if said.startswith("3 of"):
            server.kill()

    with pytest.raises(EngineUnavailable, match="does not answer"):
        load_release(small_release, server.query, GraphStore(server.graph_store), tell=die)
    server.start()
    with pytest.raises(EngineUnavailable, match="holds another release: none"):
        RemoteEngine(server.query, RELEASE_ID)

    report = load_release(small_release, server.query, GraphStore(server.graph_store))

    assert (report.graphs, report.kept) == (2, 2)
    with closing(RemoteEngine(server.query, RELEASE_ID)) as engine:
        assert engine.status().triples == NUMBERED + 11


@pytest.mark.slow
def test_a_server_whose_disk_is_full_says_so_and_the_load_goes_on_when_there_is_room(
    small_release: Release, server: OxigraphServer
) -> None:
    server.kill()
    server.start(quota=QUOTA)
    said: list[str] = []

    with pytest.raises(EngineUnavailable, match=r"did not take what was sent .*File too large"):
        load_release(small_release, server.query, GraphStore(server.graph_store), tell=said.append)
    assert said[-1].startswith("3 of 4")
    with pytest.raises(EngineUnavailable, match="holds another release: none"):
        RemoteEngine(server.query, RELEASE_ID)
    server.kill()
    server.start()
    with pytest.raises(EngineUnavailable, match="holds another release: none"):
        RemoteEngine(server.query, RELEASE_ID)
    report = load_release(small_release, server.query, GraphStore(server.graph_store))

    assert (report.graphs, report.kept) == (2, 2)
    with closing(RemoteEngine(server.query, RELEASE_ID)) as engine:
        assert engine.status().triples == NUMBERED + 11


@pytest.mark.slow
def test_while_a_release_is_loaded_servers_answer_nothing(
    small_release: Release, server: OxigraphServer, writer: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_release, "CHECK_SECONDS", 0)
    load(small_release, server)
    writer.remove(f"{BASE}graph/source/notice")
    refusals = []
    with closing(RemoteEngine(server.query, RELEASE_ID)) as engine:

        def ask(_said: str) -> None:
            try:
                engine.ask("ASK {}")
            except EngineUnavailable as error:
                refusals.append(str(error))

        load_release(small_release, server.query, GraphStore(server.graph_store), tell=ask)

        assert len(refusals) == 5
        assert all("holds another release" in each for each in refusals)
        assert engine.ask("ASK { ?s ?p ?o }")


@pytest.mark.slow
def test_graphs_of_others_are_left_alone_and_those_of_an_older_release_go(
    small_release: Release, server: OxigraphServer, writer: GraphStore
) -> None:
    writer.replace(f"{BASE}graph/source/old", b"<urn:a> <urn:b> <urn:c> .\n")
    load(small_release, server)
    with closing(RemoteEngine(server.query, RELEASE_ID)) as engine:
        assert f"{BASE}graph/source/old" not in engine.graph_names()
    writer.replace("urn:theirs", b"<urn:a> <urn:b> <urn:c> .\n")
    writer.remove(f"{BASE}graph/source/list")

    with pytest.raises(EngineUnavailable, match="urn:theirs"):
        load(small_release, server)


@pytest.mark.slow
def test_what_differs_with_the_same_count_is_found_by_the_digest(
    small_release: Release, server: OxigraphServer
) -> None:
    load(small_release, server)
    lost = f"<{BASE}id/community/oasc> <http://www.w3.org/2004/02/skos/core#prefLabel> ".encode()
    lines = gzip.decompress(small_release.default_ntriples.read_bytes()).splitlines(keepends=True)
    kept = [line for line in lines if not (line.startswith(lost) and b"@en" in line)]
    with closing(Update(server.update)) as update:
        update.replace(None, b"".join(kept) + b'<urn:a> <urn:b> "\\\\u0041" .\n')

    with closing(RemoteEngine(server.query)) as engine:
        assert engine.ask('ASK { <urn:a> <urn:b> "\\\\u0041" }')
    with pytest.raises(EngineUnavailable, match="differs"):
        load(small_release, server)


@pytest.mark.slow
def test_a_named_graph_that_differs_with_the_same_count_is_found_too(
    small_release: Release, server: OxigraphServer, writer: GraphStore
) -> None:
    load(small_release, server)
    with closing(RemoteEngine(server.query)) as engine:
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{BASE}graph/source/notice> {{ ?s ?p ?o }} }}"
        count = len(list(engine.construct(query)))
    others = b"".join(b"<urn:a> <urn:b> <urn:c%d> .\n" % number for number in range(count))
    writer.replace(f"{BASE}graph/source/notice", others)

    with pytest.raises(EngineUnavailable, match="source/notice in the engine differs"):
        load(small_release, server)


def _write(writer: GraphStore) -> None:
    with closing(writer):
        writer.replace("urn:a", b"<urn:a> <urn:b> <urn:c> .\n")


@pytest.mark.slow
def test_virtuoso_is_loaded_by_who_may_and_told_apart_from_who_may_not(
    small_release: Release, virtuoso: Virtuoso
) -> None:
    again = load_release(
        small_release, virtuoso.endpoint, GraphStore(virtuoso.graph_store, "dba", virtuoso.password)
    )
    assert (again.graphs, again.kept, again.compared) == (0, 4, False)

    for user in ("", "dba"):
        with pytest.raises(EngineUnavailable, match="MESMART_ENGINE__LOAD_PASSWORD"):
            _write(GraphStore(virtuoso.graph_store, user, "wrong"))


@pytest.mark.slow
def test_the_command_loads_and_tells_what_fails(
    shelf: Path, server: OxigraphServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESMART_PATHS__RELEASES", str(shelf))
    missing = CliRunner().invoke(mesmart, ["load"])
    monkeypatch.setenv("MESMART_ENGINE__ENDPOINT", server.query)
    monkeypatch.setenv("MESMART_ENGINE__GRAPH_STORE", server.graph_store)

    done = CliRunner().invoke(mesmart, ["load", RELEASE_ID])
    server.kill()
    dead = CliRunner().invoke(mesmart, ["load", RELEASE_ID])

    assert "engine.graph_store" in str(missing.exception)
    assert done.exit_code == 0, done.exception
    assert f"holds {RELEASE_ID}" in done.stderr
    assert isinstance(dead.exception, EngineUnavailable)

    # What the shell sees, of a command run as a command.
    command = [sys.executable, "-m", "mesmart_kg", "load", RELEASE_ID]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 3
    assert "does not answer" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_dump_is_not_sent(small_release: Release, tmp_path: Path) -> None:
    for statement in (b"<urn:a> <urn:b> _:c <urn:g> .\n", b"_:a <urn:b> <urn:c> <urn:g> .\n"):
        broken = tmp_path / "dataset.nq.gz"
        broken.write_bytes(gzip.compress(statement))
        with pytest.raises(ReleaseDamaged, match="blank node"):
            pack_cargo(
                "x", small_release.default_ntriples, broken, small_release.metadata, METADATA, tmp_path
            )


def test_the_mark_is_sent_apart_from_the_rest(small_release: Release, tmp_path: Path) -> None:
    cargo = pack(small_release, tmp_path)

    assert RELEASE_ID.encode() in cargo.mark
    assert RELEASE_ID.encode() not in cargo.metadata
    assert [part.count for part in cargo.parts] == [6, 6, NUMBERED, NUMBERED + 11]


def test_digest_authentication_is_that_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    # The example of RFC 2617, section 3.5.
    monkeypatch.setattr("secrets.token_hex", lambda _size: "0a4f113b")
    who = Credentials("Mufasa", "Circle Of Life")

    assert who.header("GET", "/dir/index.html") == []
    assert who.accept(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    ((_, value),) = who.header("GET", "/dir/index.html")
    assert 'response="6629fae49393a05397450978507c4ef1"' in value
    assert "nc=00000001" in value


def test_basic_authentication_and_ways_that_nobody_knows() -> None:
    who = Credentials("Aladdin", "open sesame")

    assert not who.accept("Negotiate")
    assert not who.accept('Digest realm="a", nonce="b", algorithm=SHA-512-256')
    assert not Credentials("", "").accept("Basic")
    assert who.accept('Basic realm="a"')
    assert who.header("GET", "/") == [("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]
