"""How the network grows: a second real city begins its own project, and both answer one question."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from serving import running_server
from starter.gent import BASE, GENT, OURS, TOLD, fill

from mesmart_kg.release import Release

pytestmark = pytest.mark.slow

PREFIXES = """
PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""

# Nothing in it is of one city or the other: neither addresses nor languages.
BELGIANS_IN_OASC = f"""{PREFIXES}
SELECT ?name (STR(?start) AS ?since) {{
  ?membership a cc:Membership ; org:member ?city ; org:organization ?community ; schema:startDate ?start .
  ?community skos:altLabel "OASC" .
  ?city cc:within/dcterms:identifier "iso3166-1:BE" ; skos:prefLabel ?name .
  FILTER(LANG(?name) = "en")
}} ORDER BY ?name"""


def mesmart(*arguments: str, cwd: Path) -> str:
    """Run the command line in a process of its own; what it prints."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MESMART_")}
    command = [sys.executable, "-m", "mesmart_kg", *arguments]
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def ask(url: str, query: str) -> list[dict[str, str]]:
    body = urllib.parse.urlencode({"query": query}).encode()
    request = urllib.request.Request(f"{url}sparql", body, {"Accept": "application/sparql-results+json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        rows = json.load(answer)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def get(url: str, accept: str) -> str:
    with urllib.request.urlopen(
        urllib.request.Request(url, headers={"Accept": accept}), timeout=30
    ) as answer:
        text: str = answer.read().decode()
    return text


@dataclass(frozen=True)
class Network:
    """Two cities' servers, each of which may ask the other."""

    ours: str
    theirs: str
    project: Path


@pytest.fixture(scope="module")
def network(release: Release, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Begin, fill, build, verify and serve the project of Gent beside the real release."""
    port = free_port()
    with ExitStack() as servers:
        settings = {"engine__services": f"private:http://127.0.0.1:{port}/sparql", "engine__workers": 2}
        ours = servers.enter_context(running_server(release.path.parent, **settings)).url
        folder = tmp_path_factory.mktemp("network") / "gent"
        iri = mesmart("init", str(folder), *TOLD, "--peer", f"private:{ours}sparql", cwd=folder.parent)
        assert iri == f"{BASE}id/city/{GENT}"
        fill(folder, project)
        made = mesmart("build", cwd=folder)
        mesmart("verify", made, cwd=folder)
        theirs = servers.enter_context(
            running_server(folder / "releases", web__port=port, engine__workers=2)
        ).url
        yield Network(ours, theirs, folder)


def test_the_new_city_keeps_to_the_shapes_without_a_warning_of_its_own(network: Network) -> None:
    report = json.loads(mesmart("validate", "--json", cwd=network.project))

    assert report["counts"]["Violation"] == 0
    assert not [each for each in report["findings"] if each["focus"].startswith(BASE)]


def test_one_query_is_understood_by_both(network: Network) -> None:
    here, there = ask(network.ours, BELGIANS_IN_OASC), ask(network.theirs, BELGIANS_IN_OASC)

    assert there == [{"name": "Ghent", "since": "2015-03"}]
    assert there[0] in here
    assert len(here) > 1


def test_the_new_city_asks_us_who_else_is_in_its_communities(network: Network) -> None:
    query = (network.project / "queries/03-here-and-elsewhere.rq").read_text("utf-8")
    rows = ask(network.theirs, query)

    assert {row["community"] for row in rows} == {f"{BASE}id/community/oasc"}
    assert f"{OURS}id/city/it-messina" in {row["city"] for row in rows}


def test_we_ask_the_new_city_what_it_calls_ours(network: Network) -> None:
    query = f"""{PREFIXES}
        SELECT ?ours ?theirs ?name {{
          SERVICE <{network.theirs}sparql> {{ ?theirs a cc:City ; skos:exactMatch ?ours }}
          ?ours skos:prefLabel ?name FILTER(LANG(?name) = "it")
        }}"""

    assert ask(network.ours, query) == [
        {"ours": f"{OURS}id/city/{GENT}", "theirs": f"{BASE}id/city/{GENT}", "name": "Gand"}
    ]


def test_its_things_are_shown_under_its_own_addresses_in_both_languages(network: Network) -> None:
    city = f"{network.theirs}id/city/{GENT}"

    assert f"<{OURS}id/city/{GENT}>" in get(city, "text/turtle")
    for language, name in (("it", "Gand"), ("en", "Ghent")):
        page = get(f"{city}?lang={language}", "text/html")
        assert f"<h1>{name}" in page or f">{name}</h1>" in page or name in page.partition("</h1>")[0]
    for path in ("", "about", "browse", "def", "voc", "queries", "link", "map", "releases", "quality"):
        page = get(f"{network.theirs}{path}?lang=en", "text/html")
        assert "An independent work" not in page, path
        assert "The European communities of cities" not in page.partition("<main")[0], path


def test_its_catalogue_entry_says_nothing_of_our_data(network: Network) -> None:
    entry = get(f"{network.theirs}set/city-communities", "text/turtle")

    assert "The communities of Ghent" in entry
    assert "Italian municipalities" not in entry
    assert f"@base <{BASE}>" in entry
