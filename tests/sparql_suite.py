"""The W3C's SPARQL 1.1 suites: their manifests, and a server process over the data of a test.

Servers are started as a user starts them, by ``mesmart serve --data``; tests with equal data share one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hatchery import Hatched, Hatchery
from rdflib import RDF, RDFS, BNode, Graph, Namespace
from rdflib.collection import Collection

if TYPE_CHECKING:
    from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")

BASE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
"""Where the suites have their home: relative IRIs in queries and data are resolved against it."""

_START_SECONDS = 60.0
_URL = re.compile(r"http://\S+")


@dataclass(frozen=True)
class Data:
    """What a server holds: files for its default graph, and files for named graphs, by their IRIs."""

    default: tuple[Path, ...] = ()
    named: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class SuiteTest:
    """A test of a query: its IRI below the suites' home, kind, query, data, and the file of its result."""

    name: str
    kind: str
    query: Path
    data: Data
    result: Path | None
    services: tuple[tuple[str, Path], ...] = ()

    @property
    def base(self) -> str:
        """The IRI that the query's text was found under."""
        return to_iri(self.query)


def to_iri(path: Path) -> str:
    """Return the IRI of a suite's file."""
    return f"{BASE}{path.parent.name}/{path.name}"


@cache
def read_manifest(file: Path) -> Graph:
    """Read a manifest; IRIs of files are those of the checkout."""
    return Graph().parse(file, publicID=file.as_uri(), format="turtle")


def entries(graph: Graph) -> list[Node]:
    """Return the tests of a manifest in their order."""
    return [test for each in graph.objects(None, MF.entries) for test in Collection(graph, each)]


def read_tests(folder: Path) -> list[SuiteTest]:
    """Read the tests of queries that a suite's folder holds."""
    graph = read_manifest(folder / "manifest.ttl")

    def path(node: Node | None) -> Path:
        assert node is not None
        return folder / str(node).rpartition("/")[2]

    def named(node: Node) -> tuple[str, Path]:
        file = path(graph.value(node, QT.graph) if isinstance(node, BNode) else node)
        label = graph.value(node, RDFS.label) if isinstance(node, BNode) else None
        return (str(label) if label else to_iri(file), file)

    tests = []
    for test in entries(graph):
        action, result = graph.value(test, MF.action), graph.value(test, MF.result)
        kind = str(graph.value(test, RDF.type)).removeprefix(MF)
        name = str(test).removeprefix(BASE)
        if not isinstance(action, BNode):
            tests.append(SuiteTest(name, kind, path(action), Data(), None))
            continue
        data = Data(
            tuple(sorted(path(each) for each in graph.objects(action, QT.data))),
            tuple(sorted(named(each) for each in graph.objects(action, QT.graphData))),
        )
        services = tuple(
            sorted(
                (str(graph.value(each, QT.endpoint)), path(graph.value(each, QT.data)))
                for each in graph.objects(action, QT.serviceData)
            )
        )
        query = path(graph.value(action, QT.query))
        tests.append(SuiteTest(name, kind, query, data, path(result), services))
    return tests


@contextmanager
def served(data: Data, scratch: Path, hatchery: Hatchery | None = None, **settings: object) -> Iterator[str]:
    """Serve data in a process of its own; give its address, which ends with a slash.

    Without any, an empty file is served. A Turtle file for the default graph is given the base that it would
    have had where it was published. Who serves often has a hatchery, which spares a second each time.
    """
    server = _start(data, scratch, hatchery, settings)
    try:
        yield server.wait_for_address()
    finally:
        server.end()


def served_in_turn(datas: Iterable[Data], scratch: Path, hatchery: Hatchery) -> Generator[str]:
    """Serve one after the other, as `served`: while one is asked the next one starts."""
    running: list[_Server] = []
    try:
        for number, data in enumerate(datas):
            running.append(_start(data, scratch / str(number), hatchery, {}))
            if len(running) > 1:
                yield running[0].wait_for_address()
                running.pop(0).end()
        yield running[0].wait_for_address()
    finally:
        for server in running:
            server.end()


@dataclass(frozen=True)
class _Server:
    """A server that says its address to its log."""

    process: subprocess.Popen[bytes] | Hatched
    log: Path

    def wait_for_address(self) -> str:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if found := _URL.search(self.log.read_text("utf-8")):
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"the server did not start: {self.log.read_text('utf-8')}")

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def _start(data: Data, scratch: Path, hatchery: Hatchery | None, settings: dict[str, object]) -> _Server:
    scratch.mkdir(parents=True, exist_ok=True)
    files = [_with_base(path, scratch / f"{number}-{path.name}") for number, path in enumerate(data.default)]
    if not files:
        files = [scratch / "nothing.nt"]
        files[0].write_text("")
    command = ["serve", "--port", "0"]
    command += [word for path in files for word in ("--data", str(path))]
    command += [word for iri, path in data.named for word in ("--graph", f"{iri}={path}")]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MESMART_")}
    chosen = {"site__base_iri": BASE, "engine__workers": 1, "web__threads": 2, "web__requests": 0, **settings}
    environ |= {f"MESMART_{name.upper()}": str(value) for name, value in chosen.items()}
    log = scratch / "log"
    with log.open("wb") as said:
        if hatchery is not None:
            return _Server(hatchery.run(command, environ=environ, folder=scratch, out=log), log)
        command = [sys.executable, "-m", "mesmart_kg", *command]
        return _Server(subprocess.Popen(command, env=environ, stdout=said, stderr=said, cwd=scratch), log)


def _with_base(path: Path, copy: Path) -> Path:
    if path.suffix != ".ttl":
        return path
    copy.write_text(f"@base <{to_iri(path)}> .\n{path.read_text('utf-8')}", "utf-8")
    return copy
