"""What the endpoint promises beside the protocol: what is unchanged or kept is not computed, limits tell."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import shutil
import socket
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from inprocess import Answer, Client
from serving import BASE, ENDLESS, NUMBERED, RELEASE_ID, ROWS_WITHOUT_END, Server, running_server

from mesmart_kg import formats
from mesmart_kg.config import Config
from mesmart_kg.web import create_app
from mesmart_kg.web.answer_cache import AnswerCache, Draft, Kept
from mesmart_kg.web.endpoint import is_unchanged
from mesmart_kg.web.publication import publication_of

CITIES = f"SELECT ?city WHERE {{ ?city a <{BASE}def#City> }} ORDER BY ?city"
JSON = {"Accept": "application/sparql-results+json"}


def ask(client: Client, query: str, headers: dict[str, str] | None = None, **more: str) -> Answer:
    return client.get("/sparql", query_string={"query": query, **more}, headers=headers or JSON)


@contextmanager
def limited(app: Flask, config: Config, **web: Any) -> Iterator[Client]:
    """The same site and engine under other settings of the web."""
    publication = publication_of(app)
    changed = replace(config, web=replace(config.web, **web))
    client = Client(create_app(changed, publication.catalog, lambda _release: publication.engine))
    yield client
    client.close()


def test_every_answer_names_its_release_and_when_it_was_made(client: Client) -> None:
    response = ask(client, CITIES)

    assert f"/set/city-communities/{RELEASE_ID}>" in response.headers["Link"]
    assert response.headers["Last-Modified"] == "Sun, 22 Nov 2026 00:00:00 GMT"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["ETag"].startswith(f'W/"{RELEASE_ID}-')


def test_who_has_the_answer_already_is_told_so(client: Client) -> None:
    tag = ask(client, CITIES).headers["ETag"]

    for sent in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):  # kept, so it is known to exist
        unchanged = ask(client, CITIES, {**JSON, "If-None-Match": sent})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["ETag"] == tag
    assert ask(client, CITIES, {**JSON, "If-None-Match": '"other"'}).status_code == 200


def test_what_does_not_exist_is_not_unchanged(client: Client) -> None:
    assert ask(client, "NONSENSE", {**JSON, "If-None-Match": "*"}).status_code == 400
    assert (
        client.post("/sparql", data={"query": CITIES}, headers={**JSON, "If-None-Match": "*"}).status_code
        == 200
    )


def test_a_function_that_is_not_known_is_named(client: Client) -> None:
    response = ask(client, "SELECT (<http://example.org/f>(1) AS ?x) {}", {**JSON, "Accept-Language": "it"})

    assert response.status_code == 403
    assert "<http://example.org/f>" in json.loads(response.content)["detail"]


def test_the_tag_differs_by_query_format_and_dataset(client: Client) -> None:
    dataset: dict[str, Any] = {"default-graph-uri": f"{BASE}graph/source/list"}
    tags = {
        ask(client, CITIES).headers["ETag"],
        ask(client, CITIES + " ").headers["ETag"],
        ask(client, CITIES, {"Accept": "text/csv"}).headers["ETag"],
        ask(client, CITIES, **dataset).headers["ETag"],
    }

    assert len(tags) == 4


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_differs_each_time_is_neither_tagged_nor_kept(client: Client, call: str) -> None:
    query = f"SELECT ({call} AS ?x) {{}}"
    first, second = ask(client, query), ask(client, query)

    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-store"
    assert "ETag" not in first.headers
    if call not in {"NOW()", "BNODE()"}:
        assert first.content != second.content


def test_a_word_in_a_string_does_not_make_an_answer_differ(client: Client) -> None:
    response = ask(client, "SELECT ('NOW() RAND() UUID()' AS ?uuid) {} # BNODE()")

    assert "ETag" in response.headers


def test_head_says_what_get_says_and_no_more(client: Client) -> None:
    address = f"/sparql?query={quote(CITIES)}"
    for _ in range(2):  # computed, then kept
        get, head = client.get(address, headers=JSON), client.head(address, headers=JSON)
        told = ("Content-Type", "ETag", "Link", "Vary", "Last-Modified", "Cache-Control", "Content-Length")
        assert head.content == b""
        assert [head.headers[name] for name in told] == [get.headers[name] for name in told]


def test_a_request_has_an_id_its_own_or_ours(client: Client) -> None:
    assert ask(client, CITIES, {**JSON, "X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"
    ours = [ask(client, CITIES, {**JSON, "X-Request-Id": sent}) for sent in ("a b", "<x>", "x" * 200, "")]
    assert len({response.headers["X-Request-Id"] for response in ours}) == 4
    assert ask(client, "nonsense").headers["X-Request-Id"]


def test_a_deadline_of_ones_own_is_kept(client: Client) -> None:
    for text, seconds in (("0.3", 0.3), ("300ms", 0.3), ("1s", 1.0)):
        response = ask(client, ENDLESS, timeout=text)
        assert response.status_code == 503
        assert json.loads(response.content)["value"] == seconds
    for wrong in ("soon", "-1", "0", "1e9", "nan"):
        assert ask(client, CITIES, timeout=wrong).status_code == 400


def test_a_query_that_nests_too_deeply_never_reaches_a_worker(client: Client) -> None:
    response = ask(client, f"SELECT * {'{' * 200}{'}' * 200}")

    assert response.status_code == 413
    assert json.loads(response.content)["limit"] == "depth"
    assert json.loads(response.content)["value"] == 100


def test_a_client_that_asks_too_much_is_told_when_to_come_back(app: Flask, config: Config) -> None:
    with limited(app, config, requests=3, window=60) as client:
        answers = [ask(client, f"{CITIES} # {number}") for number in range(3)]
        refused = ask(client, f"{CITIES} # 4")
        kept = ask(client, f"{CITIES} # 0")

    assert [response.status_code for response in answers] == [200, 200, 200]
    assert answers[0].headers["RateLimit-Policy"] == '"queries";q=3;w=60'
    assert answers[-1].headers["RateLimit"].startswith('"queries";r=0;')
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    told = json.loads(refused.content)
    assert told["limit"]
    # What is kept costs nothing, and is not counted.
    assert kept.status_code == 200


def test_a_workbook_holds_the_answer_and_where_it_is_from(client: Client) -> None:
    response = ask(client, CITIES, format="xlsx")

    assert response.mimetype == formats.RESULTS_XLSX.media_type
    assert "mesmart.xlsx" in response.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(response.content)) as book:
        text = book.read("xl/sharedStrings.xml").decode()
    assert f"{BASE}id/city/be-gent" in text
    assert RELEASE_ID in text
    assert ask(client, CITIES, {"Accept": formats.RESULTS_XLSX.media_type}).content == response.content


def test_a_map_is_made_of_geometries(client: Client) -> None:
    query = (
        'SELECT ?name ?where { VALUES (?name ?where) { ("Messina" "POINT(15.55 38.19)"'
        "^^<http://www.opengis.net/ont/geosparql#wktLiteral>) } }"
    )
    response = ask(client, query, {"Accept": "application/geo+json"})

    document = json.loads(response.content)
    assert document["features"][0]["geometry"] == {"type": "Point", "coordinates": [15.55, 38.19]}
    assert document["features"][0]["properties"]["name"] == "Messina"
    assert ask(client, CITIES, format="geojson").status_code == 406
    assert ask(client, "ASK {}", format="xlsx").status_code == 406


def test_a_table_of_too_many_rows_is_refused_and_not_cut(app: Flask, config: Config) -> None:
    query = "SELECT ?s WHERE { ?s ?p ?o }"
    with limited(app, config, spreadsheet_rows=100) as client:
        refused = ask(client, query, format="xlsx")
        fits = ask(client, f"{query} LIMIT 100", format="xlsx")

    assert refused.status_code == 413
    assert (json.loads(refused.content)["limit"], json.loads(refused.content)["value"]) == ("rows", 100)
    assert fits.status_code == 200


def test_the_same_at_once_is_computed_once(client: Client) -> None:
    query = f"SELECT (COUNT(*) AS ?n) WHERE {{ ?a ?b ?c . ?d ?b ?c }} # {threading.get_ident()}"
    before = _metric(client, "ok")

    async def crowd() -> list[Answer]:
        return await asyncio.gather(*(_ask_beside(client, query) for _ in range(20)))

    answers = asyncio.run(crowd())

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert _metric(client, "ok") - before == 1


async def _ask_beside(client: Client, query: str, **parameters: str) -> Answer:
    return await client.send(
        "/sparql", query_string={"query": query, **parameters}, headers={"Accept": "text/csv"}
    )


def _metric(client: Client, outcome: str) -> float:
    text = client.get("/-/metrics").text
    return sum(
        float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if "requests_total" in line and f'outcome="{outcome}"' in line and 'kind="sparql"' in line
    )


def test_metrics_tell_how_things_stand(client: Client) -> None:
    ask(client, CITIES)
    response = client.get("/-/metrics")

    assert response.status_code == 200
    assert response.mimetype == "text/plain"
    assert _metric(client, "ok") + _metric(client, "kept") > 0
    assert client.head("/-/metrics").content == b""


@pytest.mark.parametrize(
    ("sent", "holds"),
    [
        ('W/"a"', True),
        ('"a"', True),
        ('"b", W/"a"', True),
        ("*", False),
        ('"b"', False),
        ("", False),
        ("a", False),
    ],
)
def test_tags_are_compared_weakly(sent: str, holds: bool) -> None:
    assert is_unchanged(sent, 'W/"a"') is holds


def test_kept_answers_stay_within_their_bytes_and_the_longest_unused_goes() -> None:
    cache = AnswerCache(10_000)
    for number in range(10):
        cache.keep(number, Kept((b"x" * 1500,), 1500, None), 10)
        cache.find(0)

    assert cache.size <= 10_000
    assert cache.find(0) is not None
    assert cache.find(1) is None
    assert cache.find(9) is not None
    cache.keep("large", Kept((b"x" * 8000,), 8000, None), 10)
    assert cache.find("large") is None


def test_an_answer_in_the_making_counts_with_those_that_are_kept() -> None:
    cache = AnswerCache(10_000)
    for number in range(5):
        cache.keep(number, Kept((b"x" * 1000,), 1000, None), 10)
    draft = Draft(cache, keeps=True)

    assert draft.add(b"y" * 7000)
    assert len(cache) == 1
    assert not draft.add(b"y" * 1000)
    assert draft.keeps_no_longer()
    assert not draft.keeps_no_longer()
    assert cache.reserve(7500)


def test_an_answer_that_is_sent_counts_also_when_it_is_kept_no_longer() -> None:
    """Readers who take their time hold their answers in memory: so many that fit, and no more."""
    cache = AnswerCache(10_000)
    first = Kept((b"x" * 6500,), 6500, None)
    cache.keep("first", first, 10)
    with cache.held(first), cache.held(first):
        cache.keep("second", Kept((b"y" * 3000,), 3000, None), 10)
        assert cache.find("first") is None
        assert not cache.reserve(2000)
    assert cache.reserve(2000)


@pytest.fixture(scope="module")
def old_and_new(tmp_path_factory: pytest.TempPathFactory, release_folder: Path) -> Iterator[Server]:
    with running_server(
        release_folder, engine__seconds=30, engine__workers=2, engine__cache=32, web__requests=0
    ) as server:
        yield server


@pytest.fixture(scope="module")
def release_folder(tmp_path_factory: pytest.TempPathFactory, shelf: Path) -> Path:
    """A shelf of two releases, the older without the city of Gent."""
    folder = tmp_path_factory.mktemp("two")
    shutil.copytree(shelf / RELEASE_ID, folder / RELEASE_ID)
    older = folder / OLDER_ID
    shutil.copytree(shelf / RELEASE_ID, older)
    lines = gzip.decompress((older / "dumps/default.nt.gz").read_bytes()).splitlines(keepends=True)
    fewer = b"".join(line for line in lines if b"be-gent" not in line)
    (older / "dumps/default.nt.gz").write_bytes(gzip.compress(fewer))
    manifest = json.loads((older / "manifest.json").read_text())
    manifest |= {"id": OLDER_ID, "created": "2026-10-01"}
    (older / "manifest.json").write_text(json.dumps(manifest))
    return folder


OLDER_ID = "2026-10-01-0123abce"


def fetch(server: Server, query: str, **more: str) -> tuple[dict[str, str], bytes]:
    address = f"{server.url}sparql?query={quote(query)}" + "".join(
        f"&{k}={quote(v)}" for k, v in more.items()
    )
    with urllib.request.urlopen(urllib.request.Request(address, headers=JSON), timeout=60) as response:
        return dict(response.headers), response.read()


def test_an_older_release_is_asked_by_its_name(old_and_new: Server) -> None:
    newer, told_newer = fetch(old_and_new, CITIES)
    older, told_older = fetch(old_and_new, CITIES, release=OLDER_ID)
    again, told_again = fetch(old_and_new, CITIES, release=OLDER_ID)

    assert b"be-gent" in told_newer
    assert b"be-gent" not in told_older
    assert told_again == told_older
    assert older["etag"] == again["etag"] != newer["etag"]
    assert OLDER_ID in older["link"]
    assert "immutable" in older["cache-control"]
    with pytest.raises(urllib.error.HTTPError) as missing:
        fetch(old_and_new, CITIES, release="2026-01-01-00000000")
    with missing.value as error:
        assert error.code == 404


def raw(server: Server, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(1 << 16):
            received += part
        return received


def test_a_client_that_can_not_notice_a_cut_gets_all_or_nothing(old_and_new: Server) -> None:
    """HTTP/1.0 ends an answer by closing the connection: a part would look whole."""
    whole = raw(old_and_new, f"GET /sparql?query={quote(CITIES)} HTTP/1.0\r\n\r\n".encode())
    cut = raw(old_and_new, f"GET /sparql?query={quote(ROWS_WITHOUT_END)} HTTP/1.0\r\n\r\n".encode())

    assert b"content-length" in whole.lower()
    assert b"be-gent" in whole
    assert cut.startswith((b"HTTP/1.0 413", b"HTTP/1.0 503"))


@pytest.mark.parametrize(
    ("format", "mark"),
    [
        ("ttl", b"# The answer ends here"),
        ("nt", b"# The answer ends here"),
        ("rdf", b"<!-- The answer ends here"),
    ],
)
def test_a_graph_that_is_cut_off_says_so_in_its_body(old_and_new: Server, format: str, mark: bytes) -> None:
    query = quote("CONSTRUCT { ?a ?b ?i } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    address = f"GET /sparql?query={query}&format={format}&timeout=1 HTTP/1.1\r\nHost: x\r\n\r\n"
    received = raw(old_and_new, address.encode())

    assert received.startswith(b"HTTP/1.1 200")
    assert mark in received[-500:]
    assert not received.endswith(b"0\r\n\r\n")


def test_a_long_answer_comes_in_constant_memory_and_at_once(old_and_new: Server) -> None:
    query = quote("SELECT ?a ?d ?g WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    address = f"{old_and_new.url}sparql?query={query}"
    request = urllib.request.Request(address, headers={"Accept": "text/csv"})
    before = _resident(old_and_new)
    with urllib.request.urlopen(request, timeout=60) as response:
        for _ in range(200):
            assert len(response.read(1 << 20)) == 1 << 20
        taken = _resident(old_and_new) - before

    # Up to half of the memory for kept answers is held while it is not known to be too long for it.
    assert taken < 100 * 1024 * 1024


def _resident(server: Server) -> int:
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def test_many_at_once_get_each_their_own(old_and_new: Server) -> None:
    def one(number: int) -> bool:
        _headers, body = fetch(old_and_new, f"SELECT ({number} AS ?n) {{ ?s ?p ?o }} LIMIT {1 + number % 7}")
        rows = json.loads(body)["results"]["bindings"]
        return [row["n"]["value"] for row in rows] == [str(number)] * (1 + number % 7)

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(one, range(240)))


def test_the_numbers_are_all_there(client: Client) -> None:
    text = ask(client, "SELECT ?s { ?s ?p ?o }", {"Accept": "text/csv"}).text

    assert text.count("\r\n") == NUMBERED + 12


def test_a_deadline_of_ones_own_is_no_one_elses(client: Client) -> None:
    """Who waits for the same query as somebody in a hurry must not fail with that one's deadline."""
    query = f"{ENDLESS} # {threading.get_ident()}"

    async def both() -> list[Answer]:
        hurried, patient = (_ask_beside(client, query, timeout=seconds) for seconds in ("0.3", "1.5"))
        return list(await asyncio.gather(hurried, patient))

    answers = asyncio.run(both())

    assert [answer.status_code for answer in answers] == [503, 503]
    assert json.loads(ask(client, query, timeout="1.5").content)["value"] == 1.5


def test_an_answer_too_long_to_be_kept_is_whole_each_time(app: Flask, config: Config) -> None:
    publication = publication_of(app)
    changed = replace(config, engine=replace(config.engine, cache=1), web=replace(config.web, requests=0))
    small = Client(create_app(changed, publication.catalog, lambda _release: publication.engine))
    query = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } LIMIT 20000"
    for text in (query, query.replace("SELECT ?a ?d", "SELECT ?a ?d (RAND() AS ?r)")):
        for _ in range(2):
            assert ask(small, text, {"Accept": "text/csv"}).text.count("\r\n") == 20_001
    small.close()


def test_a_packed_query_is_told_to_be_unpacked(client: Client) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/sparql-query"}

    assert client.post("/sparql", data=gzip.compress(b"ASK {}"), headers=headers).status_code == 415
