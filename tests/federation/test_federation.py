"""Queries over a whole small federation: ours is the answer that the merged data give, whoever is asked how.

The endpoints are real servers on this host; the truth is one Oxigraph store that holds each one's triples in
a graph of its own, asked with GRAPH where we are asked with SERVICE.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import SPARQLWrapper
from pyoxigraph import NamedNode, QuerySolutions, RdfFormat, Store
from serving import SOURCES

from .conftest import (
    GENT,
    MESSINA,
    OXIGRAPH_DATA,
    SISTER_DATA,
    VIRTUOSO_DATA,
    Federation,
    running_oxigraph,
)

pytestmark = pytest.mark.slow

CLIENTS = Path(__file__).resolve().parents[1] / "clients"
OURS = " .\n".join(sorted({line for lines in SOURCES.values() for line in lines})) + " ."

QUERIES = {
    "a join": "SELECT ?c ?n { ?c a cc:City SERVICE <@sister@> { ?c x:people ?n } }",
    "the call first": "SELECT ?c ?n { SERVICE <@sister@> { ?c x:people ?n } ?c a cc:City }",
    "two endpoints": """SELECT ?c ?n ?r { ?c a cc:City .
        SERVICE <@sister@> { ?c x:people ?n } SERVICE <@virtuoso@> { ?c x:river ?r } }""",
    "three endpoints": """SELECT ?c ?n ?a ?r { ?c a cc:City . SERVICE <@sister@> { ?c x:people ?n }
        SERVICE <@oxigraph@> { ?c x:area ?a } SERVICE <@virtuoso@> { ?c x:river ?r } }""",
    "optional": "SELECT ?c ?a { ?c a cc:City OPTIONAL { SERVICE <@oxigraph@> { ?c x:area ?a } } }",
    "minus": "SELECT ?c { ?c a cc:City MINUS { SERVICE <@virtuoso@> { ?c x:river ?r } } }",
    "union": """SELECT ?c ?v { ?c a cc:City
        { SERVICE <@oxigraph@> { ?c x:area ?v } } UNION { SERVICE <@virtuoso@> { ?c x:river ?v } } }""",
    "not exists": """SELECT ?c { ?c a cc:City
        FILTER NOT EXISTS { SERVICE <@virtuoso@> { ?c x:river ?r } } }""",
    "a filter that both share": """SELECT ?c ?n { ?c org:memberOf ?community FILTER(?n > 220000)
        SERVICE <@sister@> { ?c x:people ?n } }""",
    "a SELECT within": """SELECT ?c ?rivers { ?c a cc:City
        SERVICE <@virtuoso@> { SELECT ?c (COUNT(?r) AS ?rivers) { ?c x:river ?r } GROUP BY ?c } }""",
    "counting": """SELECT (SUM(?n) AS ?all) { ?c a cc:City SERVICE <@sister@> { ?c x:people ?n } }""",
    "strings": """SELECT ?c ?other ?word { SERVICE <@oxigraph@> { ?c x:motto ?word }
        SERVICE <@virtuoso@> { ?other x:nick ?word } }""",
    "what the other knows of our things twice": """SELECT ?c ?twin ?n { ?c a cc:City
        SERVICE <@sister@> { ?c x:twin ?twin OPTIONAL { ?twin x:people ?n } } }""",
    "nothing here": "SELECT ?c ?n { ?c a x:Nothing SERVICE <@sister@> { ?c x:people ?n } }",
}


def answer(federation: Federation, query: str) -> tuple[list[dict[str, Any]], str]:
    """Return our rows, and what the header says of the endpoints."""
    request = urllib.request.Request(
        federation.endpoint,
        urllib.parse.urlencode({"query": federation.name(query)}).encode(),
        {"Accept": "application/sparql-results+json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        told = response.headers["Mesmart-Services"] or ""
        return json.load(response)["results"]["bindings"], told


def bag(rows: list[dict[str, Any]]) -> Counter[frozenset[tuple[str, str]]]:
    return Counter(frozenset((name, term["value"]) for name, term in row.items()) for row in rows)


@pytest.fixture(scope="module")
def merged() -> Store:
    store = Store()
    store.load(OURS.encode(), RdfFormat.TURTLE)
    for name, turtle in (("sister", SISTER_DATA), ("oxigraph", OXIGRAPH_DATA), ("virtuoso", VIRTUOSO_DATA)):
        store.load(turtle.encode(), RdfFormat.TURTLE, to_graph=NamedNode(f"urn:{name}"))
    return store


def truth(merged: Store, federation: Federation, query: str) -> Counter[frozenset[tuple[str, str]]]:
    text = re.sub(r"SERVICE (?:SILENT )?<@(\w+)@>", r"GRAPH <urn:\1>", query)
    found = merged.query(federation.name(text))
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return Counter(
        frozenset((n, t.value) for n, t in zip(names, row, strict=True) if t is not None) for row in found
    )


@pytest.mark.parametrize("name", QUERIES)
def test_our_answer_is_that_of_the_merged_data(federation: Federation, merged: Store, name: str) -> None:
    rows, told = answer(federation, QUERIES[name])

    assert bag(rows) == truth(merged, federation, QUERIES[name])
    assert told.count("outcome=ok") == QUERIES[name].count("SERVICE")


# Of those with Virtuoso none: what Oxigraph's client sends, Debian's Virtuoso (7.2.5) never answers.
@pytest.mark.parametrize("name", ["a join", "the call first", "optional", "counting"])
def test_our_answer_is_the_one_that_oxigraph_s_own_service_gives(
    federation: Federation, tmp_path: Path, name: str
) -> None:
    query = federation.name(QUERIES[name])
    with running_oxigraph(tmp_path, OURS) as other:
        request = urllib.request.Request(
            other, query.encode(), {"Content-Type": "application/sparql-query", "Accept": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            theirs = json.load(response)["results"]["bindings"]

    assert bag(answer(federation, QUERIES[name])[0]) == bag(theirs)


def test_only_what_joins_is_asked_for(federation: Federation) -> None:
    """The sister knows of three things with people; two are ours."""
    _, told = answer(federation, QUERIES["a join"])

    assert f'"{federation.sister}";outcome=ok;rows=2;requests=1;' in told


def test_comunica_finds_the_same_in_all_of_them(federation: Federation) -> None:
    """It is given three endpoints, and finds out itself who knows what; Virtuoso it asks by SERVICE.

    It finds out by ASK, which Debian's Virtuoso (7.2.5) answers by a table.
    """
    program = CLIENTS / "node_modules/.bin/comunica-sparql"
    if shutil.which("node") is None or not program.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Comunica is not installed")
    plain = """SELECT ?c ?n ?a ?r { ?c a cc:City ; x:people ?n ; x:area ?a
        SERVICE <@virtuoso@> { ?c x:river ?r } }"""
    endpoints = (federation.endpoint, federation.sister, federation.oxigraph)
    done = subprocess.run(
        [
            str(program),
            *(f"sparql@{each}" for each in endpoints),
            federation.name(plain),
            "-t",
            "application/sparql-results+json",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)["results"]["bindings"]
    assert bag(theirs) == bag(answer(federation, QUERIES["three endpoints"])[0])
    assert theirs


def test_sparqlwrapper_asks_the_federation(federation: Federation) -> None:
    client = SPARQLWrapper.SPARQLWrapper(federation.endpoint)
    client.setQuery(federation.name(QUERIES["two endpoints"]))
    client.setReturnFormat(SPARQLWrapper.JSON)
    client.setMethod(SPARQLWrapper.POST)
    answer: Any = client.queryAndConvert()
    rows = answer["results"]["bindings"]

    assert Counter(row["c"]["value"] for row in rows) == {MESSINA: 1, GENT: 2}


def test_a_variable_names_endpoints_of_the_list(federation: Federation) -> None:
    rows, told = answer(
        federation,
        """SELECT ?e ?c ?v { VALUES ?e { <@sister@> <@virtuoso@> } ?c a cc:City
        SERVICE ?e { ?c ?p ?v FILTER(?p IN (x:people, x:river)) } }""",
    )

    assert Counter(row["e"]["value"] for row in rows) == {federation.sister: 2, federation.virtuoso: 3}
    assert told.count("outcome=ok") == 2


CALL = "SELECT ?c {{ ?c a cc:City SERVICE {silent} <{url}> {{ ?c x:people ?n }} }}"


@pytest.mark.parametrize(
    ("vice", "status", "outcome"),
    [
        ("@down@", 502, "failed"),
        ("@company@slow", 504, "timeout"),
        ("@company@lying", 502, "failed"),
        ("@company@html", 502, "failed"),
        ("@company@garbage", 502, "failed"),
        ("@company@broken", 502, "failed"),
        ("@company@bomb", 502, "failed"),
        ("@company@elsewhere", 502, "failed"),
        ("http://169.254.169.254/", 403, "refused"),
    ],
)
def test_who_does_not_answer_is_told_and_silent_goes_without(
    federation: Federation, vice: str, status: int, outcome: str
) -> None:
    url = federation.name(vice).removeprefix(federation.name(""))
    with pytest.raises(urllib.error.HTTPError) as caught:
        answer(federation, CALL.format(silent="", url=url))
    with caught.value as error:
        assert error.code == status
        assert f'"{url}";outcome={outcome};rows=0;' in error.headers["Mesmart-Services"]
        assert "Traceback" not in error.read().decode()

    rows, told = answer(federation, CALL.format(silent="SILENT", url=url))
    assert len(rows) == 3
    assert f'"{url}";outcome={outcome};rows=0;' in told


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_a_million_rows_are_too_many_even_in_silence(federation: Federation, silent: str) -> None:
    """An answer that lacks rows for a limit of ours must not look whole."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        answer(federation, CALL.format(silent=silent, url=f"{federation.company}million"))
    with caught.value as error:
        assert error.code == 413
        assert "outcome=too-large" in error.headers["Mesmart-Services"]


def test_one_that_is_down_takes_nothing_from_the_others(federation: Federation) -> None:
    rows, told = answer(
        federation,
        """SELECT ?c ?n ?a { ?c a cc:City SERVICE <@sister@> { ?c x:people ?n }
        OPTIONAL { SERVICE SILENT <@down@> { ?c x:area ?a } } }""",
    )

    assert {row["c"]["value"] for row in rows} == {MESSINA, GENT}
    assert all("a" not in row for row in rows)
    assert told.count("outcome=ok") == told.count("outcome=failed") == 1


def test_a_page_tells_people_what_is_missing(federation: Federation) -> None:
    query = CALL.format(silent="SILENT", url=federation.down)
    request = urllib.request.Request(
        f"{federation.endpoint}?{urllib.parse.urlencode({'query': federation.name(query)})}",
        headers={"Accept": "text/html", "Accept-Language": "en"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        page = response.read().decode()
        assert "outcome=failed" in response.headers["Mesmart-Services"]

    assert "Not everyone answered" in page
    assert federation.down in page
