"""A small federation on this host: us, another city's server, Oxigraph, Virtuoso; and bad company."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from serving import BASE, Server, running_server, write_small_release
from sparql_suite import Data, served
from virtuoso import running_virtuoso

MESSINA, GENT, WIEN = (f"{BASE}id/city/{slug}" for slug in ("it-messina", "be-gent", "at-wien"))
PREFIXES = """PREFIX x: <http://example.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX cc: <https://w3id.org/city-communities/def#>
"""
TURTLE_PREFIX = "@prefix x: <http://example.org/> .\n"
SISTER_DATA = f"""{TURTLE_PREFIX}
<{MESSINA}> x:people 218786 ; x:twin <{GENT}> .
<{GENT}> x:people 265086 .
<http://example.org/elsewhere> x:people 1 ; x:twin <{MESSINA}> .
"""
OXIGRAPH_DATA = f"""{TURTLE_PREFIX}
<{MESSINA}> x:area 213.75 ; x:motto "Messina"@it , "Felix" .
<{WIEN}> x:area 414.8 .
"""
VIRTUOSO_DATA = f"""{TURTLE_PREFIX}
<{MESSINA}> x:river <http://example.org/river/annunziata> ; x:nick "Felix" .
<{GENT}> x:river <http://example.org/river/leie> , <http://example.org/river/schelde> .
<http://example.org/elsewhere> x:river <http://example.org/river/none> ; x:nick "Nobody" .
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running_oxigraph(folder: Path, turtle: str) -> Iterator[str]:
    """Run an Oxigraph server that holds these triples; give its endpoint."""
    program = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("oxigraph is not installed")
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [str(program), "serve", "--bind", address],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        put = urllib.request.Request(
            f"http://{address}/store?default",
            turtle.encode(),
            {"Content-Type": "text/turtle"},
            method="PUT",
        )
        end = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(put, timeout=10).close()
                break
            except urllib.error.URLError:
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.05)
        yield f"http://{address}/query"
    finally:
        process.kill()
        process.wait(30)


class BadCompany(BaseHTTPRequestHandler):
    """Endpoints that are none: each path is a vice of its own."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        try:
            getattr(self, f"be_{self.path.strip('/')}")()
        except OSError:
            self.close_connection = True

    def say(self, body: bytes, media_type: str = "application/sparql-results+json", **more: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def be_slow(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.end_headers()
        for _ in range(200):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1)

    def be_lying(self) -> None:
        self.say(b"<html><body>Welcome to our endpoint</body></html>")

    def be_html(self) -> None:
        self.say(b'{"head":{"vars":["c"]},"results":{"bindings":[]}}', "text/html")

    def be_garbage(self) -> None:
        self.say(os.urandom(4096))

    def be_broken(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"head":{"vars":["c"]},"results":{"bindings":[')
        self.close_connection = True

    def be_bomb(self) -> None:
        self.say(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip")

    def be_million(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.end_headers()
        row = json.dumps({"c": {"type": "uri", "value": MESSINA}}).encode() + b","
        self.wfile.write(b'{"head":{"vars":["c"]},"results":{"bindings":[')
        for _ in range(1000):
            self.wfile.write(row * 1000)

    def be_elsewhere(self) -> None:
        self.send_response(303)
        self.send_header("Location", "http://169.254.169.254/latest/meta-data")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who is cut off is meant to be."""


@pytest.fixture(scope="session")
def company() -> Iterator[str]:
    """The address of endpoints that are none; it ends with a slash."""
    server = _QuietServer(("127.0.0.1", 0), BadCompany)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Federation:
    """All endpoints by name; ``down`` is an address where nobody is."""

    us: Server
    sister: str
    oxigraph: str
    virtuoso: str
    company: str
    down: str

    @property
    def endpoint(self) -> str:
        return f"{self.us.url}sparql"

    def name(self, query: str) -> str:
        """Return the query with prefixes, and each ``@name@`` replaced by the endpoint's address."""
        for name in ("sister", "oxigraph", "virtuoso", "company", "down"):
            query = query.replace(f"@{name}@", getattr(self, name))
        return PREFIXES + query


VICES = ("slow", "lying", "html", "garbage", "broken", "bomb", "million", "elsewhere")


@pytest.fixture(scope="session")
def federation(tmp_path_factory: pytest.TempPathFactory, company: str) -> Iterator[Federation]:
    folder = tmp_path_factory.mktemp("federation")
    (folder / "sister.ttl").write_text(SISTER_DATA, "utf-8")
    for name in ("oxigraph", "virtuoso", "shelf"):
        (folder / name).mkdir()
    down = f"http://127.0.0.1:{free_port()}/sparql"
    write_small_release(folder / "shelf")
    with (
        served(Data((folder / "sister.ttl",)), folder / "sister") as sister,
        running_oxigraph(folder / "oxigraph", OXIGRAPH_DATA) as oxigraph,
        running_virtuoso(folder / "virtuoso") as virtuoso,
    ):
        virtuoso.load(VIRTUOSO_DATA, "http://example.org/graph/other-city")
        endpoints = [f"{sister}sparql", oxigraph, virtuoso.endpoint, down]
        endpoints += [f"{company}{vice}" for vice in VICES]
        allowed = ",".join(f"private:{each}" for each in endpoints)
        with running_server(
            folder / "shelf", engine__services=allowed, engine__service_seconds=3, web__requests=0
        ) as us:
            yield Federation(us, f"{sister}sparql", oxigraph, virtuoso.endpoint, company, down)
