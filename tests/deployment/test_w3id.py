"""Our names lead to the site: the ``.htaccess`` for w3id.org, run by the server that w3id.org runs."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from proxying import find_free_port, find_tool

from mesmart_kg.namespaces import NAMESPACE

pytestmark = pytest.mark.slow

RULES = Path(__file__).resolve().parents[2] / "docs" / "deployment" / "w3id" / ".htaccess"
MODULES = Path("/usr/lib/apache2/modules")
SITE = "https://data.example.org/"
FOLDER = NAMESPACE.removeprefix("https://w3id.org")

_CONFIGURATION = """
ServerRoot {folder}
ServerName w3id.org
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule rewrite_module {modules}/mod_rewrite.so
{user}
DocumentRoot {folder}/names
<Directory {folder}/names>
    AllowOverride All
    Require all granted
</Directory>
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Apache on a port of this host, with the rules in the folder that they will have."""
    program = find_tool("apache2", "apache2-bin")
    folder = tmp_path_factory.mktemp("apache")
    folder.chmod(0o755)
    names = folder / "names" / FOLDER.strip("/")
    names.mkdir(parents=True)
    shutil.copyfile(RULES, names / ".htaccess")
    number = find_free_port()
    text = _CONFIGURATION.format(folder=folder, port=number, modules=MODULES, user="")
    (folder / "apache.conf").write_text(text, "utf-8")
    for parent in folder.parents:
        if parent.is_relative_to(folder.parent.parent.parent):
            with suppress(PermissionError):
                parent.chmod(parent.stat().st_mode | 0o011)  # its workers are another user
    process = subprocess.Popen([program, "-X", "-f", str(folder / "apache.conf")])
    try:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", number), 1).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "error.log").read_text("utf-8")
                assert time.monotonic() < end
                time.sleep(0.05)
        yield number
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "id/city/it-messina",
        "def",
        "voc/topic/smart-city",
        "doc/city/it-messina?format=ttl&lang=en",
        "id/city/xx-a%26b%20c",
        "id/city/gr-%CE%91%CE%B8%CE%AE%CE%BD%CE%B1",
        "sparql?query=ASK%20%7B%3Fs%20%3Fp%20%22a%26b%22%7D",
        "graph/source/list",
        "id/city/50%25",
        ".well-known/void",
    ],
)
def test_a_name_leads_to_the_same_path_of_the_site_as_it_was_written(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", FOLDER + path, headers={"Host": "w3id.org", "Accept": "text/turtle"})
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()

    assert answer.status == 302
    assert answer.headers["Location"] == SITE + path


def test_no_path_leads_to_another_site(port: int) -> None:
    for path in ("/evil.example/", "%2F%2Fevil.example", "@evil.example", ".evil.example", "%0d%0aX-Bad:1"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", FOLDER + path, headers={"Host": "w3id.org"})
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        assert answer.headers.get("Location", SITE).startswith(SITE)
        assert "X-Bad" not in answer.headers
