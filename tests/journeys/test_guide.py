"""The guide “Link your data to ours” does what it says.

Every command, query and file is read from the pages as they are served, and run as a reader would: commands
in one shell, in an empty folder with the page's files, against the running server.
"""

from __future__ import annotations

import csv
import html
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyld import jsonld
from pyoxigraph import QuerySolutions, RdfFormat, Store
from serving import Server, running_server

from mesmart_kg.release import Release

PAGES = ("link", "link/spreadsheet", "link/web", "link/endpoint")
KINDS = {"csv", "iri", "js", "json", "server", "service", "sh", "sparql", "turtle"}
MESSINA = "https://w3id.org/city-communities/id/city/it-messina"
OASC = "https://w3id.org/city-communities/id/community/oasc"

_BLOCK = re.compile(r'<pre data-language="([a-z]+)"(?: data-file="([^"]+)")?><code>(.*?)</code></pre>', re.S)


@dataclass(frozen=True)
class Block:
    """What a page offers to be copied."""

    holds: str
    file: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page of the guide, and a folder in which its files lie."""

    blocks: tuple[Block, ...]
    folder: Path

    def texts(self, holds: str) -> list[str]:
        return [block.text for block in self.blocks if block.holds == holds]

    def run(self, *commands: str) -> list[str]:
        """Run commands one after the other in one shell; what each prints. One that fails fails the test."""
        mark = "--- the next command ---"
        script = f"\necho '{mark}'\n".join(commands)
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder, env=environment(), capture_output=True, text=True, timeout=120, check=False,
            input="y\n",  # what a command asks is answered with yes
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-1000:]}\n{done.stderr[-2000:]}"
        return done.stdout.split(mark)


def environment() -> dict[str, str]:
    """A reader's environment: mesmart is installed, and nothing of this checkout is known; no proxy."""
    foreign = ("MESMART_", "PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "no_proxy": "*", "MESMART_WEB__PORT": "0"}


@pytest.fixture(scope="module")
def server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    inbox = tmp_path_factory.mktemp("inbox")
    with running_server(release.path.parent, inbox__folder=inbox, engine__workers=2) as running:
        yield running


def read_page(server: Server, name: str, language: str, folder: Path) -> Page:
    """Read a page, and put the files that it shows into a folder."""
    request = urllib.request.Request(f"{server.url}{name}?lang={language}", headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        page = answer.read().decode()
    blocks = tuple(
        Block(holds, file, html.unescape(text).strip("\n") + "\n")
        for holds, file, text in _BLOCK.findall(page)
    )
    assert page.count("<pre") == len(blocks) > 0, "a block of code does not say what it holds"
    assert {block.holds for block in blocks} <= KINDS
    for block in blocks:
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
    return Page(blocks, folder)


def objects(turtle: str, predicate: str) -> set[str]:
    store = Store()
    store.load(turtle.encode(), RdfFormat.TURTLE)
    return {quad.object.value for quad in store if quad.predicate.value.endswith(predicate)}


def test_both_languages_offer_the_same(server: Server, tmp_path: Path) -> None:
    """So it is enough to run one of them; only the table names towns as the reader calls them."""
    for name in PAGES:
        italian, english = (read_page(server, name, each, tmp_path).blocks for each in ("it", "en"))
        assert [each for each in italian if each.holds != "csv"] == [
            each for each in english if each.holds != "csv"
        ]


def test_the_names_and_links_of_the_start_page_lead_to_us(server: Server, tmp_path: Path) -> None:
    page = read_page(server, "link", "it", tmp_path)

    assert page.texts("iri") == [f"{MESSINA}\n"]
    (links,) = page.texts("turtle")
    assert objects(links, "exactMatch") == objects(links, "closeMatch") == {MESSINA}


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_table_becomes_links(server: Server, language: str, tmp_path: Path) -> None:
    """Of the fourth town there are two: the first command leaves it open, the second takes the choice."""
    page = read_page(server, "link/spreadsheet", language, tmp_path)
    (service,), (find, choose, send) = page.texts("service"), page.texts("sh")
    with urllib.request.urlopen(service.strip(), timeout=30) as answer:
        manifest = json.load(answer)
    links, review = tmp_path / "cities.links.ttl", tmp_path / "cities.review.csv"
    page.run(find)
    sure = objects(links.read_text("utf-8"), "exactMatch")
    with review.open(encoding="utf-8-sig", newline="") as rows:
        (open_row,) = csv.DictReader(rows)
    with review.open("w", encoding="utf-8", newline="") as rows:
        writer = csv.DictWriter(rows, open_row)
        writer.writeheader()
        writer.writerow({**open_row, "choice": "2"})
    _, sent = page.run(choose, send)

    assert "201" in sent.strip().splitlines()[0]
    assert "0.2" in manifest["versions"]
    assert len(sure) == 3
    assert MESSINA in sure
    assert objects(links.read_text("utf-8"), "exactMatch") == {*sure, open_row["id 2"]}


def test_a_table_is_linked_on_the_page_that_the_guide_names(server: Server, tmp_path: Path) -> None:
    table = read_page(server, "link/spreadsheet", "en", tmp_path).texts("csv")[0]
    mark = "----a-browser"
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="table"; filename="cities.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{table}\r\n"
        f'--{mark}\r\nContent-Disposition: form-data; name="kind"\r\n\r\ncity\r\n--{mark}--\r\n'
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "Accept": "text/html"}
    request = urllib.request.Request(f"{server.url}link/table?lang=en", body.encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        page = answer.read().decode()

    assert "/doc/city/it-messina" in page or MESSINA in page
    assert "Castro" in page


def test_things_are_found_fetched_and_told(server: Server, tmp_path: Path) -> None:
    page = read_page(server, "link/web", "it", tmp_path)
    by_code, by_iri, many, by_name, turtle, *rest = page.run(*split(page.texts("sh")))
    *as_json, sent = rest

    for answer in (by_code, by_iri, *as_json):
        assert "city/it-messina" in answer
        json.loads(answer)
    assert MESSINA in many
    assert json.loads(by_name)["q1"]["result"][0]["id"] == "city/it-messina"
    assert OASC in objects(turtle, "memberOf")
    assert "201" in sent.strip().splitlines()[0]


def test_a_record_in_plain_json_speaks_our_words(server: Server, tmp_path: Path) -> None:
    page = read_page(server, "link/web", "it", tmp_path)
    (record,) = page.texts("json")
    told = {(each["predicate"], each["object"]) for each in to_statements(json.loads(record))}

    assert ("http://www.w3.org/2004/02/skos/core#exactMatch", MESSINA) in told
    assert ("http://www.w3.org/2004/02/skos/core#prefLabel", "My city") in told
    assert any(value.endswith("def#City") for _, value in told)


def test_a_browser_s_script_gets_an_answer(server: Server, tmp_path: Path) -> None:
    (script,) = read_page(server, "link/web", "it", tmp_path).texts("js")
    done = subprocess.run(
        ["node", "--input-type=module"], input=script.encode(), capture_output=True, timeout=60, check=True,
        env=environment(),
    )  # fmt: skip

    assert b"value:" in done.stdout


def test_two_stores_answer_together(server: Server, tmp_path: Path) -> None:
    """The reader's store is an Oxigraph that makes the SERVICE call by itself."""
    page = read_page(server, "link/endpoint", "it", tmp_path)
    (query,), store = page.texts("sparql"), Store()
    store.load(path=str(tmp_path / "store.ttl"), format=RdfFormat.TURTLE)
    solutions = store.query(query)
    assert isinstance(solutions, QuerySolutions)

    assert ("https://data.example.org/city/1", "Messina") in {
        (row["mine"].value, row["name"].value) for row in solutions
    }


def test_a_city_has_a_project_that_builds_and_serves(server: Server, tmp_path: Path) -> None:
    page = read_page(server, "link/endpoint", "it", tmp_path)
    asked, _whole, *project = page.run(*page.texts("sh"))
    (serve,) = page.texts("server")
    process = subprocess.Popen(
        serve.split(), cwd=tmp_path / "my-city", env=environment(), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        url = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+/", line)))
        with urllib.request.urlopen(f"{url}doc/city/it-my-city.ttl", timeout=30) as answer:
            city = answer.read().decode()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert OASC in asked
    assert (tmp_path / "default.nt.gz").stat().st_size > 1000
    assert "https://data.example.org/id/country/it" in "".join(project)
    assert '"My City"@it' in city
    assert "https://partner.example.net/city/1" in (tmp_path / "my-city/data/links/partner.ttl").read_text(
        "utf-8"
    )


def split(blocks: list[str]) -> list[str]:
    """Return the commands of blocks that hold one a line."""
    return [line for block in blocks for line in block.splitlines()]


def to_statements(record: object) -> Iterator[dict[str, str]]:
    """Yield the statements of a JSON-LD record; its context is fetched from where it says."""
    document = jsonld.to_rdf(record, {"documentLoader": _load})
    for triple in document["@default"]:
        yield {name: triple[name]["value"] for name in ("subject", "predicate", "object")}


def _load(url: str, _options: object) -> dict[str, object]:
    request = urllib.request.Request(url, headers={"Accept": "application/ld+json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return {"contextUrl": None, "documentUrl": answer.url, "document": json.load(answer)}
