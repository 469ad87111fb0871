"""A file from another host: on a curator's word, bounded, and led on only where that is safe."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mesmart_kg.errors import ConfigError
from mesmart_kg.linksets import FetchFailed, fetch

LINKS = b"<https://a.example/1> <https://a.example/p> <https://a.example/2> .\n"


class _Host(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind = "text/html" if self.path == "/page" else "text/turtle"
        body = gzip.compress(LINKS * (1000 if self.path == "/bomb" else 1)) if "b" in self.path else LINKS
        if self.path == "/long":
            body = LINKS * 1000
        leads = {"/moved": "/links", "/loop": "/loop", "/file": "file:///etc/hostname"}
        self.send_response(404 if self.path == "/none" else 302 if self.path in leads else 200)
        if self.path in leads:
            self.send_header("Location", leads[self.path])
        if "b" in self.path:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Host)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["links", "moved", "packed-b"])
def test_a_file_is_fetched_also_when_it_has_moved_or_is_packed(host: str, path: str) -> None:
    assert fetch(f"private:{host}/{path}") == LINKS


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("none", "status 404"),
        ("page", "web page"),
        ("loop", "from one address to the next"),
        ("long", "longer than"),
        ("bomb", "longer than"),
    ],
)
def test_what_is_no_file_of_links_is_told(host: str, path: str, words: str) -> None:
    with pytest.raises(FetchFailed, match=words):
        fetch(f"private:{host}/{path}", largest=2000)


def test_a_private_network_is_left_alone_unless_it_is_meant(host: str) -> None:
    with pytest.raises(FetchFailed, match="private network"):
        fetch(f"{host}/links")
    with pytest.raises(FetchFailed, match="private network"):
        fetch("https://data.example.org/links", resolver=lambda _host, _port: ["10.0.0.1"])


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "https://a@b.example/", "https://", "ftp://a.example/"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="no address to fetch"):
        fetch(address)


def test_a_host_leads_to_no_other_kind_of_address(host: str) -> None:
    with pytest.raises(ConfigError, match="no address to fetch"):
        fetch(f"private:{host}/file")
