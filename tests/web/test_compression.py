"""Pages and documents are packed for those who can unpack them, and are the same when unpacked."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask, Response
from inprocess import Client

from mesmart_kg.web.compression import LEAST, pack

from .conftest import BROWSER

PACKED = BROWSER | {"Accept-Encoding": "gzip, br"}


@pytest.mark.parametrize("path", ["/about", "/nothing-here", "/sparql", "/.well-known/void"])
def test_a_page_is_packed_and_the_same(client: Client, path: str) -> None:
    plain = client.get(path, headers=BROWSER)
    packed = client.get(path, headers=PACKED)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed.headers["Content-Length"]) == len(packed.content) < len(plain.content)
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["Vary"]
    assert "Content-Encoding" not in plain.headers


def test_a_page_asked_again_by_its_tag_has_not_changed(client: Client) -> None:
    tag = client.get("/about", headers=PACKED).headers["ETag"]
    again = client.get("/about", headers=PACKED | {"If-None-Match": tag})

    assert tag.startswith("W/")
    assert again.status_code == 304
    assert again.content == b""
    assert "Content-Encoding" not in again.headers


def test_a_dump_is_sent_as_it_lies(client: Client) -> None:
    with client.get("/dumps/default.nt.gz", headers=PACKED) as found:
        address = found.headers["Location"]
    with client.get(address, headers=PACKED) as dump:
        assert dump.content_type == "application/gzip"
        assert "Content-Encoding" not in dump.headers


def pack_in_request(response: Response, accept: str = "gzip") -> Response:
    with Flask("little", static_folder=None).test_request_context(headers={"Accept-Encoding": accept}):
        return pack(response)


def test_what_is_short_already_packed_partial_or_a_picture_stays() -> None:
    long = "x" * LEAST
    for response in (
        Response("x" * (LEAST - 1), mimetype="text/html"),
        Response(long, mimetype="text/html", headers={"Content-Encoding": "br"}),
        Response(long, 206, mimetype="text/html", headers={"Content-Range": "bytes 0-999/2000"}),
        Response(long, mimetype="image/png"),
        Response((each for each in long), mimetype="text/html"),
    ):
        before = response.headers.get("Content-Encoding")
        assert pack_in_request(response).headers.get("Content-Encoding") == before


@pytest.mark.parametrize("accept", ["", "identity", "br", "gzip;q=0, *;q=0"])
def test_who_cannot_unpack_gets_it_plain(accept: str) -> None:
    response = pack_in_request(Response("x" * LEAST, mimetype="text/html"), accept)

    assert "Content-Encoding" not in response.headers
    assert response.headers["Vary"] == "Accept-Encoding"


def test_a_strong_tag_becomes_weak() -> None:
    """Packed bytes are not the bytes that the tag was made for (RFC 9110, section 8.8.3.3)."""
    response = Response("x" * LEAST, mimetype="text/html")
    response.set_etag("abc")

    assert pack_in_request(response).headers["ETag"] == 'W/"abc"'
