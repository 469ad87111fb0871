"""The register, the file of the checks, and the commands that show and write them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from mesmart_kg import formats
from mesmart_kg.cli import mesmart
from mesmart_kg.engine.relay import Service
from mesmart_kg.facts.turtle import read_turtle
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.peers import ABILITIES, Check, Dated, Finding, Probe, read_checks, read_register, to_turtle
from mesmart_kg.store import parse_text

REGISTER = Path(__file__).resolve().parents[2] / "data" / "endpoints.ttl"
AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


class Endpoint(BaseHTTPRequestHandler):
    """Answers SELECT by POST in JSON, and nothing else; refers to itself for ever by GET."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_response(303)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_entry_cites_who_tells_of_it_in_both_languages() -> None:
    peers = read_register(REGISTER.read_bytes(), NAMESPACE)

    assert "https://query.wikidata.org/sparql" in [peer.url for peer in peers]
    for peer in peers:
        assert peer.sources, peer.url
        assert set(peer.title) == set(peer.description) == {"it", "en"}, peer.url


def test_the_register_is_facts_of_a_graph_of_its_own() -> None:
    (graph,) = {
        str(quad.graph_name)
        for block in read_turtle(REGISTER, REGISTER.parent, NAMESPACE)
        for quad in block.quads
    }
    assert graph == f"<{NAMESPACE}graph/endpoints>"


def check(url: str, milliseconds: int | None = 12) -> Check:
    return Check(url, tuple(Finding(each, each != "void") for each in ABILITIES), milliseconds)


def test_checks_are_read_as_they_were_written_whatever_the_order() -> None:
    dated = [
        Dated(check("http://b.example/sparql"), AT),
        Dated(check("http://a.example/?x=1", None), AT),
    ]
    text = to_turtle(dated)

    assert to_turtle(reversed(dated)) == text
    assert list(read_checks(text.encode(), NAMESPACE)) == sorted(dated, key=lambda each: each.check.url)
    assert read_checks(to_turtle([]).encode(), NAMESPACE) == ()
    assert list(parse_text(text.encode(), formats.TURTLE, NAMESPACE))


def test_a_probe_tells_what_is_there_and_what_is_not(endpoint: str) -> None:
    found = Probe(5).check(Service(endpoint, is_private=True))

    assert found.answers
    assert {ability for ability in ABILITIES if found.has(ability)} == {"post", "json"}
    assert found.milliseconds is not None


def test_an_address_of_this_host_needs_leave(endpoint: str) -> None:
    assert not Probe(5).check(Service(endpoint)).answers


@pytest.fixture
def project(tmp_path: Path, endpoint: str) -> Path:
    """A project whose register names one endpoint of this host, which its settings allow."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/endpoints.ttl").write_text(
        f"""@prefix dcterms: <http://purl.org/dc/terms/> .
        @prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
        <{endpoint}> a sd:Service ; dcterms:title "Gemella"@it , "Sister"@en .""",
        "utf-8",
    )
    file = tmp_path / "settings.toml"
    file.write_text(
        f'[paths]\ndata = "data"\n[engine]\nservices = ["private:{endpoint}", "https://x.example/sparql"]\n'
    )
    return file


def test_the_command_shows_the_register_beside_what_is_allowed(project: Path, endpoint: str) -> None:
    done = CliRunner().invoke(mesmart, ["--config", str(project), "peers"])

    assert done.exit_code == 0, done.output
    assert "Sister" in done.output
    assert endpoint in done.output
    assert "https://x.example/sparql" in done.output


def test_the_command_writes_what_it_found_of_the_register(project: Path, endpoint: str) -> None:
    done = CliRunner().invoke(mesmart, ["--config", str(project), "peers", "check", "--json"])

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told[0]["endpoint"] == endpoint
    assert told[0]["findings"]["post"]["is_there"]
    file = project.parent / "data/endpoints-checks.ttl"
    (dated,) = read_checks(file.read_bytes(), NAMESPACE)
    assert dated.check.has("json")
    assert list(read_turtle(file, file.parent, NAMESPACE))


def test_an_endpoint_outside_the_register_is_checked_and_not_written(project: Path, endpoint: str) -> None:
    command = ["--config", str(project), "peers", "check", f"private:{endpoint}2"]
    done = CliRunner().invoke(mesmart, command)

    assert done.exit_code == 0, done.output
    assert not (project.parent / "data/endpoints-checks.ttl").exists()
