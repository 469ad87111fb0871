"""The servers that are compared, each over the same data: started for its turn, stopped after it.

The data are a release as our server holds it: the default graph of ``default.nt.gz``, the named graphs of
``dataset.nq.gz``, and the metadata as a named graph. Each server runs as it comes, with logging off where it
would write a line a request, and our own limit of requests per client off, for all load is from one address.
"""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from processes import family_of

from mesmart_kg.namespaces import GraphNames
from mesmart_kg.release import Release

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Running:
    """A server that runs: its endpoint, the id of its first process, the seconds it took to be ready."""

    endpoint: str
    process: int
    ready: float


@dataclass(frozen=True)
class Peer:
    """A server one can start over a release; ``missing`` says how to get it, where it is not installed."""

    name: str
    start: Callable[[Release], AbstractContextManager[Running]]
    missing: str = ""


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def running(
    command: Sequence[str | Path], endpoint: str, environ: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run a server until the block ends; it is ready when its endpoint answers a query."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, **(environ or {})}, stdout=words, stderr=words
        )
        try:
            while not _answers(endpoint):
                if process.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                    words.seek(0)
                    sys.exit(f"{command[0]} did not start:\n{words.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.02)
            yield Running(endpoint, process.pid, time.perf_counter() - begun)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}?query=ASK%7B%7D", timeout=30) as response:
            return bool(response.read())
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def serve_ours(release: Release, **settings: object) -> AbstractContextManager[Running]:
    """Start our server, with settings named as ``engine__seconds``."""
    port = free_port()
    chosen = {"web__requests": 0, "paths__releases": release.path.parent, **settings}
    environ = {f"MESMART_{name.upper()}": str(value) for name, value in chosen.items()}
    command = [sys.executable, "-m", "mesmart_kg", "serve", "--port", str(port), "--release", release.id]
    return running(command, f"http://127.0.0.1:{port}/sparql", environ)


@contextmanager
def serve_oxigraph(release: Release) -> Iterator[Running]:
    """Start `oxigraph serve` with the data in memory, its fastest way, loaded over HTTP."""
    address = f"127.0.0.1:{free_port()}"
    with running([_BIN / "oxigraph", "serve", "--bind", address], f"http://{address}/query") as it:
        begun = time.perf_counter()
        store = f"http://{address}/store"
        triples = gzip.decompress(release.default_ntriples.read_bytes())
        quads = gzip.decompress(release.dataset_nquads.read_bytes())
        for url, body, media_type in (
            (f"{store}?default", triples, "application/n-triples"),
            (store, quads, "application/n-quads"),
            (f"{store}?graph={GraphNames().metadata}", release.metadata.read_bytes(), "text/turtle"),
        ):
            request = urllib.request.Request(url, body, {"Content-Type": media_type}, method="POST")
            urllib.request.urlopen(request, timeout=START_SECONDS).close()
        yield Running(it.endpoint, it.process, it.ready + time.perf_counter() - begun)


_RDFLIB = """
import gzip, os, signal, sys, rdflib, uvicorn
from rdflib_endpoint import SparqlEndpoint
default, quads, metadata, graph, port = sys.argv[1:]
data = rdflib.Dataset()
# In this order: rdflib 7.6 empties the default graph when it parses N-Quads.
data.parse(data=gzip.open(quads).read(), format="nquads")
data.default_graph.parse(data=gzip.open(default).read(), format="nt")
data.graph(rdflib.URIRef(graph)).parse(metadata, format="turtle")
while child := os.fork():
    def end(*_):
        os.kill(child, signal.SIGKILL)
        sys.exit()
    signal.signal(signal.SIGTERM, end)
    os.waitpid(child, 0)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
uvicorn.run(SparqlEndpoint(graph=data), host="127.0.0.1", port=int(port), log_level="critical")
"""


def serve_rdflib(release: Release) -> AbstractContextManager[Running]:
    """Start rdflib-endpoint over rdflib's own store, as its command does, but with our default graph.

    One query keeps all others waiting, and none can be ended: the process that answers is forked from one
    that loaded the data, so that it may be killed and is there again, see :func:`renew_answering`.
    """
    port = free_port()
    files = (release.default_ntriples, release.dataset_nquads, release.metadata)
    command: list[str | Path] = [sys.executable, "-c", _RDFLIB, *files, GraphNames().metadata, str(port)]
    return running(command, f"http://127.0.0.1:{port}/")


def renew_answering(server: Running) -> None:
    """Kill the process that answers in rdflib-endpoint, and wait for the next."""
    for child in family_of(server.process)[1:]:
        os.kill(child, signal.SIGKILL)
    while not _answers(server.endpoint):
        time.sleep(0.05)


_VIRTUOSO_INI = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temp.db
TransactionFile = temp.trx
[Parameters]
ServerPort = {sql}
DirsAllowed = .
NumberOfBuffers = 85000
MaxDirtyBuffers = 65000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 64
[SPARQL]
DefaultGraph = urn:default
ResultSetMaxRows = 2000000
"""


@contextmanager
def serve_virtuoso(release: Release) -> Iterator[Running]:
    """Start Virtuoso, the default graph in a named one that its configuration makes the default."""
    sql, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "virtuoso.ini").write_text(_VIRTUOSO_INI.format(sql=sql, http=port), "utf-8")
        files = {"default.nt": release.default_ntriples, "dataset.nq": release.dataset_nquads}
        for file, source in files.items():
            (folder / file).write_bytes(gzip.decompress(source.read_bytes()))
        shutil.copy(release.metadata, folder / "metadata.ttl")
        script = (
            "TTLP_MT(file_open('default.nt'), '', 'urn:default', 255);"
            "TTLP_MT(file_open('dataset.nq'), '', 'urn:rest', 512 + 255);"
            f"TTLP_MT(file_open('metadata.ttl'), '', '{GraphNames().metadata}', 255); checkpoint;"
        )
        command = ["sh", "-c", f"cd {folder} && exec virtuoso-t -f -c virtuoso.ini"]
        with running(command, f"http://127.0.0.1:{port}/sparql") as it:
            begun = time.perf_counter()
            isql = [shutil.which("isql-vt") or "isql", str(sql), "dba", "dba", f"exec={script}"]
            subprocess.run(isql, cwd=folder, check=True, capture_output=True, timeout=START_SECONDS)
            yield Running(it.endpoint, it.process, it.ready + time.perf_counter() - begun)


def list_peers() -> dict[str, Peer]:
    """Return the servers by their short names, in the order in which they take their turns."""
    have_rdflib = find_spec("rdflib_endpoint") and find_spec("uvicorn")
    return {
        "oxigraph": Peer(
            "oxigraph serve",
            serve_oxigraph,
            "" if (_BIN / "oxigraph").exists() else "pip install oxigraph",
        ),
        "ours": Peer("mesmart", serve_ours),
        "rdflib": Peer(
            "rdflib-endpoint", serve_rdflib, "" if have_rdflib else "pip install rdflib-endpoint[cli]"
        ),
        "virtuoso": Peer(
            "Virtuoso",
            serve_virtuoso,
            "" if shutil.which("virtuoso-t") else "apt-get install virtuoso-opensource-7-bin",
        ),
    }
