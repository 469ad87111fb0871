"""The page of the register, and the header that names whom an answer comes from."""

from __future__ import annotations

from inprocess import Client

from mesmart_kg.engine import Call
from mesmart_kg.web.calls import to_header

from .conftest import BROWSER


def test_the_page_says_so_when_the_register_is_empty(client: Client) -> None:
    answer = client.get("/links/peers", headers={**BROWSER, "Accept-Language": "en"})

    assert answer.status_code == 200
    assert "The register of this release is empty." in answer.text
    assert answer.text.count("<h1>") == 1


def test_the_header_is_ascii_whatever_a_query_names() -> None:
    hostile = Call('http://x/"\\\r\nSet-Cookie: a=b;é', 0, 1.234, "refused", 0)
    header = to_header([Call("http://x/sparql", 2, 12.5, "ok"), hostile])

    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header
    assert header.startswith('"http://x/sparql";outcome=ok;rows=2;requests=1;ms=12.5, "http://x/%22%5C')
    assert len(to_header([Call("http://x/" + "a" * 100_000, 0, 1, "refused")])) < 500
