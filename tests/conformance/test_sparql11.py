"""The W3C's SPARQL 1.1 suites of queries, run by HTTP from their manifests against ``mesmart serve --data``.

A query is sent as it stands, after the base IRI that its file had where it was published, and asked for in
the format of its expected result. Updates and entailment are not ours: the endpoint takes no updates, and
reasoning is done when a release is built.
"""

from __future__ import annotations

import socket
from collections import defaultdict
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hatchery import Hatchery
from sparql_results import difference, read_answer
from sparql_suite import Data, SuiteTest, read_tests, served, served_in_turn

pytestmark = pytest.mark.slow

FOLDERS = {
    "aggregates": 47,
    "bind": 10,
    "bindings": 11,
    "cast": 6,
    "construct": 7,
    "csv-tsv-res": 6,
    "exists": 6,
    "functions": 75,
    "grouping": 6,
    "json-res": 4,
    "negation": 12,
    "project-expression": 7,
    "property-path": 33,
    "subquery": 14,
    "syntax-fed": 3,
    "syntax-query": 94,
}
"""The folders of the suite that hold queries, and how many tests each has."""

INVALID = "http://invalid.endpoint.org/sparql"
"""The endpoint of the suite that does not answer."""

ACCEPT = {
    "srx": "application/sparql-results+xml",
    "srj": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ttl": "application/n-triples, application/sparql-results+json;q=0.9",
}
"""What is asked for, by the ending of the expected result's file. In Turtle there are graphs and tables."""

_ENDINGS = {
    "application/n-triples": "nt",
    "application/sparql-results+json": "srj",
    "application/sparql-results+xml": "srx",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}

_GRAPH_VARIABLE = (
    "within GRAPH ?g, the engine takes ?g along into groups, VALUES and MINUS, and not from graph to graph"
)
_ENDS_OF_PATHS = (
    "a path of no length ends at its constant, also where the data don't know it; not so in the engine"
)
_CONCATENATION = (
    "the engine's GROUP_CONCAT keeps the language that all its values have; it should be a plain string"
)

NOT_PASSED = {
    "aggregates/manifest#agg-groupconcat-04": _CONCATENATION,
    "aggregates/manifest#agg-groupconcat-06": _CONCATENATION,
    "aggregates/manifest#agg-empty-group-count-graph": _GRAPH_VARIABLE,
    "bindings/manifest#graph": _GRAPH_VARIABLE,
    "csv-tsv-res/manifest#csv03": "the store keeps the value of a double, not its writing: 1.0E6 is 1000000",
    "csv-tsv-res/manifest#tsv03": "the store makes xsd:integer of the integer types derived from it",
    "negation/manifest#graph-minus": _GRAPH_VARIABLE,
    "property-path/manifest#zero_or_more_set_start": _ENDS_OF_PATHS,
    "property-path/manifest#zero_or_more_set_end": _ENDS_OF_PATHS,
    "property-path/manifest#zero_or_one_set_start": _ENDS_OF_PATHS,
    "property-path/manifest#zero_or_one_set_end": _ENDS_OF_PATHS,
}
"""The tests that fail, by their IRI below the suites' home, and why."""


@pytest.mark.parametrize("folder", FOLDERS)
def test_all_but_the_listed_tests_pass(folder: str, shared: Path, tmp_path: Path, hatchery: Hatchery) -> None:
    tests = read_tests(shared / "suites" / "sparql11" / folder)
    assert len(tests) == FOLDERS[folder]
    groups: dict[Data, list[SuiteTest]] = defaultdict(list)
    for test in tests:
        groups[test.data].append(test)

    failed: dict[str, str] = {}
    with closing(served_in_turn(groups, tmp_path, hatchery)) as addresses:
        for group, url in zip(groups.values(), addresses, strict=True):
            with httpx.Client(base_url=url, timeout=30) as client:
                failed |= {test.name: why for test in group if (why := find_fault(test, client))}

    listed = {name for name in NOT_PASSED if name.startswith(folder + "/")}
    assert failed.keys() == listed, failed


def test_other_endpoints_are_asked(shared: Path, tmp_path: Path, hatchery: Hatchery) -> None:
    """The endpoints of the suite are stood for by servers of our own; one that is invalid, by nobody."""
    tests = read_tests(shared / "suites" / "sparql11" / "service")
    assert len(tests) == 7

    failed: dict[str, str] = {}
    for test in tests:
        with ExitStack() as stack:
            addresses = {INVALID: f"http://127.0.0.1:{_find_free_port()}/sparql"}
            # The later ones may be asked by the earlier ones, as example1 asks example2.
            for number, (endpoint, file) in enumerate(reversed(test.services)):
                scratch = tmp_path / test.name / str(number)
                settings = {"engine__services": _allow(addresses)}
                url = stack.enter_context(served(Data((file,)), scratch, hatchery, **settings))
                addresses[endpoint] = f"{url}sparql"
            moved = _move(test, addresses, tmp_path / test.name / "service")
            settings = {"engine__services": _allow(addresses)}
            scratch = tmp_path / test.name / "own"
            url = stack.enter_context(served(moved.data, scratch, hatchery, **settings))
            client = stack.enter_context(httpx.Client(base_url=url, timeout=30))
            if why := find_fault(moved, client):
                failed[test.name] = why

    listed = {name for name in NOT_PASSED if name.startswith("service/")}
    assert failed.keys() == listed, failed


def _allow(addresses: dict[str, str]) -> str:
    return ",".join(f"private:{address}" for address in addresses.values())


def _move(test: SuiteTest, addresses: dict[str, str], folder: Path) -> SuiteTest:
    """Return a test with its files copied, in which endpoints have other addresses."""
    folder.mkdir(parents=True)

    def move(file: Path) -> Path:
        text = file.read_text("utf-8")
        for endpoint, address in addresses.items():
            text = text.replace(endpoint, address)
        moved = folder / file.name
        moved.write_text(text, "utf-8")
        return moved

    assert test.result is not None
    data = Data(tuple(map(move, test.data.default)))
    return replace(test, query=move(test.query), data=data, result=move(test.result))


def _find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def find_fault(test: SuiteTest, client: httpx.Client) -> str:
    """Return what is wrong with the answer to a test; nothing if it is right."""
    query = f"BASE <{test.base}>\n{test.query.read_text('utf-8')}"
    accept = ACCEPT[test.result.suffix[1:]] if test.result else "*/*"
    headers = {"Content-Type": "application/sparql-query", "Accept": accept}
    response = client.post("sparql", content=query.encode(), headers=headers)
    match test.kind:
        case "PositiveSyntaxTest11":
            return "" if _is_understood(response) else f"{response.status_code}: {response.text}"
        case "NegativeSyntaxTest11":
            return "" if response.status_code == 400 else f"not refused: {response.status_code}"
    if response.status_code != 200:
        return f"{response.status_code}: {response.text}"
    assert test.result is not None
    due = read_answer(test.result.read_bytes(), test.result.suffix[1:], test.base)
    media_type = response.headers["Content-Type"].partition(";")[0]
    told = read_answer(response.content, _ENDINGS[media_type])
    return difference(due, told)


def _is_understood(response: httpx.Response) -> bool:
    """Tell whether a query was taken for SPARQL.

    What it asks may still be refused: a call of SERVICE, a function that isn't there.
    """
    if response.status_code == 200:
        return True
    return response.status_code < 500 and "query-syntax" not in response.json()["type"]
