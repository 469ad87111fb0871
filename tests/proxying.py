"""nginx with the file that we give away, ``docs/deployment/nginx.conf``, in front of servers of ours.

Only addresses, ports and paths are other than in that file; the certificate is made for the test. Without
nginx (Debian: ``nginx-light``) a test skips, but not in CI.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

HOST = "data.example.org"
CONFIGURATION = Path(__file__).resolve().parent.parent / "docs" / "deployment" / "nginx.conf"

_MAIN = """
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/mesmart.conf;
}}
"""


def find_tool(name: str, package: str) -> str:
    """Return the path of a program; without it the test skips, and fails in CI."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed (Debian: {package})")
    return path


@dataclass(frozen=True)
class Answer:
    """What came back, the body whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def tag(self) -> str:
        return self.headers.get("ETag", "")


@dataclass(frozen=True)
class Proxy:
    """A running nginx: its ports with and without TLS, its certificate, its folder."""

    port: int
    plain_port: int
    folder: Path

    def connect(self, host: str = HOST, seconds: float = 30) -> http.client.HTTPSConnection:
        """Return a connection on which ``host`` is asked for, by TLS and to be sent in each Host header."""
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        connection = http.client.HTTPSConnection(host, self.port, timeout=seconds, context=context)
        sock = socket.create_connection(("127.0.0.1", self.port), seconds)
        try:
            connection.sock = context.wrap_socket(sock, server_hostname=host)
        except OSError:
            sock.close()
            raise
        return connection

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", body: bytes = b""
    ) -> Answer:
        """Send one request on a connection of its own."""
        connection = self.connect()
        try:
            return ask(connection, path, headers, method=method, body=body)
        finally:
            connection.close()


def ask(
    connection: http.client.HTTPConnection,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes = b"",
) -> Answer:
    """Send a request, by default for the host of the configuration, and return the answer."""
    connection.request(method, path, body or None, {"Host": HOST, **(headers or {})})
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


@contextmanager
def running_nginx(
    folder: Path, servers: Sequence[int], *, caches: bool = True, tls: bool = True
) -> Iterator[Proxy]:
    """Run nginx in front of servers on these ports of this host; without its cache or TLS, if so told."""
    program = find_tool("nginx", "nginx-light")
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [find_tool("openssl", "openssl"), "req", "-x509", "-nodes", "-days", "2",
         "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    port, plain_port = find_free_port(), find_free_port()
    text = adapt(CONFIGURATION.read_text("utf-8"), folder, servers, port, plain_port)
    if not caches:
        text = text.replace("proxy_cache mesmart_pages;", "proxy_cache off;")
    if not tls:
        text = re.sub(r"server \{\s+listen \S+ ssl default_server;[^}]*\}", "", text)
        text = text.replace(" ssl http2;", ";").replace("    ssl_", "    # ssl_")
    (folder / "mesmart.conf").write_text(text, "utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, user=user), "utf-8")
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command)
    try:
        end = time.monotonic() + 20
        while not _listens(port):
            told = (folder / "error.log").read_text("utf-8") if (folder / "error.log").exists() else ""
            assert process.poll() is None, told
            assert time.monotonic() < end, told
            time.sleep(0.02)
        yield Proxy(port, plain_port, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def adapt(text: str, folder: Path, servers: Sequence[int], port: int, plain_port: int) -> str:
    """Return the configuration with places of this machine; fails where it names no such place."""
    lines = "".join(f"    server 127.0.0.1:{each} max_fails=1 fail_timeout=5s;\n" for each in servers)
    for pattern, new, times in (
        (r"(?:    server 127\.0\.0\.1:80\d\d max_fails=1 fail_timeout=5s;\n)+", lines, 2),
        (r"listen 443 ", f"listen 127.0.0.1:{port} ", 2),
        (r"listen 80;", f"listen 127.0.0.1:{plain_port};", 1),
        (r"/var/cache/nginx/mesmart", str(folder / "cache"), 1),
        (r"/etc/ssl/mesmart/fullchain\.pem", str(folder / "certificate.pem"), 1),
        (r"/etc/ssl/mesmart/privkey\.pem", str(folder / "key.pem"), 1),
    ):
        text, found = re.subn(pattern, new, text)
        assert found == times, pattern
    return text


def find_free_port() -> int:
    """Return a port of this host that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
