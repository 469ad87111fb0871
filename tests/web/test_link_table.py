"""A table linked on a page: uploaded, looked through, downloaded; nothing kept, nothing harmed."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import os
import re
import sys
import zlib

import pytest
from flask import Flask
from inprocess import Answer, Client
from rdflib import Graph

from mesmart_kg.linking.notices import SENTENCES, Notice
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.table_asking import HELD, Turns
from mesmart_kg.web.table_notices import word_notice

PAGE = "/link/table?lang=en"
WRITES = os.O_WRONLY | os.O_RDWR
CITIES = "name;country\nMessina;\nGannd;\n<script>alert(1)</script>;\n;\nAtlantis;\n"


def post(client: Client, path: str = PAGE, /, **parts: str | tuple[bytes, str]) -> Answer:
    """Send a form; a part that is a file is its bytes and its name."""
    lines = []
    for name, part in parts.items():
        data, file = (part.encode(), "") if isinstance(part, str) else part
        said = f'; filename="{file}"' if file else ""
        lines.append(
            f'--limit\r\nContent-Disposition: form-data; name="{name}"{said}\r\n\r\n'.encode() + data
        )
    body = b"\r\n".join([*lines, b"--limit--\r\n"])
    return client.post(path, data=body, content_type="multipart/form-data; boundary=limit")


def send(client: Client, data: bytes, **parts: str | tuple[bytes, str]) -> Answer:
    return post(client, PAGE, table=(data, "cities.csv"), **parts)


def state_of(page: Answer) -> str:
    found = re.search(r'name="state" value="([^"]+)"', page.text)
    assert found is not None, page.text[-3000:]
    return html.unescape(found[1])


def go_on(client: Client, page: Answer, **parts: str) -> Answer:
    return post(client, PAGE, state=state_of(page), **parts)


def test_the_page_asks_for_a_table_without_script(client: Client) -> None:
    page = client.get(PAGE)

    assert page.status_code == 200
    assert '<input type="file" id="table" name="table" required' in page.text
    assert "Nothing is stored" in page.text


def test_a_table_is_linked_and_each_doubtful_row_asked_about(client: Client) -> None:
    page = send(client, CITIES.encode())

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert 'href="/doc/city/it-messina?lang=en"' in page.text
    assert 'name="row-3" value="1"' in page.text
    assert "Line 5: The row is empty and was passed over." in page.text
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


def test_what_is_chosen_counts_and_the_files_are_made_of_it(client: Client) -> None:
    page = send(client, CITIES.encode())
    page = go_on(client, page, do="choices", **{"row-3": "1", "close-3": "1", "row-6": "none"})
    page = go_on(client, page, do="choices", **{"row-2": "none"})
    links = go_on(client, page, do="linkset", publisher="Comune", base="https://dati.example.org/x")

    assert links.headers["Content-Disposition"] == 'attachment; filename="cities.links.ttl"'
    assert len(Graph().parse(data=links.text, format="turtle")) > 8
    assert "<https://dati.example.org/x#row-3> skos:closeMatch" in links.text
    assert "void:triples 2 ." in links.text  # a city of the small release has a hostile name
    assert 'dcterms:publisher "Comune"' in links.text
    review = go_on(client, page, do="review").content.decode("utf-8-sig")
    assert review.startswith("row;name;country;region;choice;relation;")
    assert "\r\n2;Messina;;;none;" in review
    mappings = go_on(client, page, do="sssom")
    assert mappings.content_type == "text/tab-separated-values; charset=utf-8"
    assert "semapv:ManualMappingCuration" in mappings.text


def test_a_review_sent_with_the_table_counts(client: Client) -> None:
    review = b"row,name,choice\n6,Atlantis,city/at-wien\n99,x,1\n"

    page = send(client, CITIES.encode(), review=(review, "review.csv"))

    assert "The table has no row “99”" in page.text
    assert "city/at-wien&gt;" not in page.text
    assert "row-6> skos:exactMatch" in go_on(client, page, do="linkset").text


def test_wrong_columns_are_put_right_and_everything_is_asked_again(client: Client) -> None:
    page = send(client, b"city;town\nX1;Messina\nX2;Gand\n")
    assert "row-2> skos" not in go_on(client, page, do="linkset").text

    page = go_on(client, page, do="columns", **{"column-name": "1"})

    assert "row-2> skos:exactMatch" in go_on(client, page, do="linkset").text


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4" + bytes(90), b"PK\x03\x04" + bytes(50), b"name\n"])
def test_what_is_no_table_is_told_on_the_page(client: Client, data: bytes) -> None:
    page = send(client, data)

    assert page.status_code == 400
    assert "This table could not be read" in page.text


def test_the_page_speaks_italian_of_the_same_things(client: Client) -> None:
    page = post(client, "/link/table?lang=it", table=(b"a\x00b\x01\x02" * 9, "x"))

    assert "Questa non è una tabella che qui si possa leggere." in page.text


def test_a_state_that_did_not_come_back_whole_is_refused(client: Client) -> None:
    def packed(data: bytes) -> str:
        return base64.b64encode(zlib.compress(data, 1)).decode()

    spoilt = ["x", "%%%", "eJw=", state_of(send(client, CITIES.encode()))[:-40], packed(b" " * 40_000_000)]
    spoilt += [packed(b"[" * 100_000), packed(b'{"version": 1, "rows": [[-1, [null]]]}'), packed(b"null")]

    for text in spoilt:
        assert post(client, state=text, do="linkset").status_code == 400


def test_a_state_cannot_smuggle_addresses_that_are_none(client: Client) -> None:
    page = send(client, CITIES.encode())
    text = zlib.decompress(base64.b64decode(state_of(page))).decode()
    assert "https://w3id.org/city-communities/id/city/it-messina" in text
    forged = text.replace("https://w3id.org/city-communities/id/city/it-messina", "javascript:alert(1)")

    answer = post(client, state=base64.b64encode(zlib.compress(forged.encode())).decode())

    assert answer.status_code == 400


def test_too_many_rows_or_bytes_or_fields_are_refused(client: Client) -> None:
    assert "more than 20000 rows" in send(client, b"name\n" + b"x\n" * 20_002).text
    assert post(client, PAGE, **{f"f{number}": "" for number in range(7000)}).status_code == 413
    assert client.post(PAGE, data="table=x").status_code == 415
    broken = client.post(PAGE, data=b"--x\r\nfoo", content_type="multipart/form-data; boundary=x")
    assert broken.status_code == 400


def test_nothing_is_written_to_disk(client: Client) -> None:
    opened: list[str] = []
    is_watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if is_watching and event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES:
            opened.append(str(arguments[0]))

    large = b"name;x\n" + b"Messina;" + b"y" * 90_000 + b"\n" + b"Gand;\n" * 15_000
    assert send(client, CITIES.encode()).status_code == 200  # what is imported on the way is compiled once
    sys.addaudithook(watch)
    page = post(client, table=(b"x" * 900_000, "x.pdf"), review=(large, "r.csv"))
    is_watching = False

    assert page.status_code in {200, 400}
    assert opened == []


def test_every_notice_has_its_words_on_the_page(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        app.preprocess_request()

        assert [word_notice(Notice(kind)) for kind in SENTENCES] == list(SENTENCES.values())


def test_a_forged_state_takes_no_more_than_a_true_one(client: Client) -> None:
    true = {
        "version": 1, "name": "x", "header": [1, ["name"], ","], "rows": [[2, ["Messina"]]],
        "columns": [0, None, None, None, []], "kind": "city", "answers": [None], "choices": [],
    }  # fmt: skip
    offer = ["https://x.example/", "x", float("nan"), True, ""]
    forged: list[dict[str, object]] = [
        {"header": [1, [""] * 1001, ","], "rows": [], "answers": []},
        {"rows": [[2, ["\ud800"]]]},
        {"answers": [[offer]]},
        {"choices": [[line, None, False] for line in range(1000)]},
        {"extra": [[]] * 2_000_000},
    ]

    def step(part: dict[str, object]) -> int:
        packed = zlib.compress(json.dumps({**true, **part}).encode(), 1)
        return post(client, state=base64.b64encode(packed).decode()).status_code

    assert step({}) == 200
    assert [step(part) for part in forged] == [400] * len(forged)


def test_a_wrong_address_is_told_and_loses_nothing(client: Client) -> None:
    page = go_on(client, send(client, CITIES.encode()), **{"row-3": "1", "base": "nowhere"})

    assert page.status_code == 200
    assert "can\u2019t stand at the beginning of web addresses" in html.unescape(page.text)
    assert "linked by your choice" in page.text
    assert 'value="nowhere"' in page.text


def test_what_was_decided_makes_room_for_what_is_open(client: Client) -> None:
    page = send(client, b"name\n" + b"".join(b"Nowhere %d\n" % number for number in range(230)))
    assert 'id="row-231"' not in page.text

    decided = go_on(client, page, **{f"row-{line}": "none" for line in range(2, 102)})

    assert 'id="row-231"' in decided.text
    assert decided.text.count('<fieldset class="decide"') == 200


def test_more_tables_than_may_be_held_are_told_to_come_again() -> None:
    turns = Turns(patience=0)
    with contextlib.ExitStack() as held:
        for _ in range(HELD):
            held.enter_context(turns.hold())
        with pytest.raises(BadRequest) as told:
            held.enter_context(turns.hold())
        with turns.take():
            pass
    with turns.hold():
        pass

    assert told.value.status == 503
