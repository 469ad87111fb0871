"""Lists of all things of a kind: pages, filters, files."""

from __future__ import annotations

import csv
import io
import json

import pytest
from inprocess import Client

from mesmart_kg import formats
from mesmart_kg.namespaces import NAMESPACE, expand
from mesmart_kg.store import Literal, NamedNode, parse_text
from mesmart_kg.web.listing import COLUMNS

HTML = {"Accept": "text/html"}


def test_all_kinds_are_listed_with_their_counts(client: Client) -> None:
    page = client.get("/browse?lang=en", headers=HTML)

    assert page.status_code == 200
    assert '<a href="/browse/city?lang=en">Cities</a> <span class="count">3</span>' in page.text
    assert '<a href="/browse/community?lang=en">' in page.text


def test_a_list_shows_its_things_by_name(client: Client) -> None:
    page = client.get("/browse/city?lang=it", headers=HTML)

    assert page.status_code == 200
    assert page.text.index("/doc/city/be-gent") < page.text.index("/doc/city/it-messina")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "3 in tutto" in page.text


def test_filters_leave_what_has_them(client: Client) -> None:
    page = client.get("/browse/city?community=oasc&lang=en", headers=HTML)

    assert "/doc/city/it-messina" in page.text
    assert "/doc/city/at-wien" not in page.text
    assert '<option value="oasc" selected' in page.text
    assert 'href="/browse/city.csv?community=oasc&amp;lang=en"' in page.text


def test_long_lists_have_pages_and_links_between_them(client: Client) -> None:
    page = client.get("/browse/thing?page=2&lang=en", headers=HTML)

    assert "51 to 100 of 1,500" in page.text
    links = page.headers.getlist("Link")
    assert '</browse/thing?lang=en>; rel="prev"' in links
    assert '</browse/thing?page=3&lang=en>; rel="next"' in links
    assert '</browse/thing?lang=en>; rel="first"' in links
    assert '</browse/thing?page=30&lang=en>; rel="last"' in links
    assert any('rel="alternate"; type="text/csv"' in link for link in links)


@pytest.mark.parametrize(
    "path", ["/browse/nothing", "/browse/city?page=99", "/browse/city.xlsx", "/browse/.csv"]
)
def test_what_is_no_list_is_not_found(client: Client, path: str) -> None:
    assert client.get(path, headers=HTML).status_code == 404


def test_a_list_is_a_table_with_stable_columns(client: Client) -> None:
    answer = client.get("/browse/city.csv?community=oasc&lang=it")
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith(",".join(COLUMNS) + "\r\n")
    assert [row["name"] for row in rows] == ["Gand", "Messina"]
    assert rows[1]["communities"] == "Città aperte e agili"


def test_the_format_is_told_by_suffix_parameter_or_accept(client: Client) -> None:
    by_suffix = client.get("/browse/city.csv?lang=it").content
    by_parameter = client.get("/browse/city?format=csv&lang=it").content
    by_accept = client.get("/browse/city?lang=it", headers={"Accept": "text/csv"}).content

    assert by_suffix == by_parameter == by_accept
    assert client.get("/browse/city", headers={"Accept": "image/png"}).status_code == 406


def test_a_list_is_linked_data(client: Client) -> None:
    answer = client.get("/browse/city.jsonld?lang=it")
    triples = {(q.subject, q.predicate, q.object) for q in parse_text(answer.content, formats.JSONLD)}
    document = json.loads(answer.text)

    assert answer.headers["Content-Type"] == "application/ld+json"
    assert len(document["items"]) == document["schema:numberOfItems"] == 3
    label = NamedNode(expand("skos:prefLabel"))
    assert (NamedNode(f"{NAMESPACE}id/city/it-messina"), label, Literal("Messina", language="it")) in triples


def test_a_list_as_geojson_holds_what_has_a_position(client: Client) -> None:
    answer = client.get("/browse/city?format=geojson")

    assert answer.headers["Content-Type"] == "application/geo+json"
    assert json.loads(answer.text) == {"type": "FeatureCollection", "features": []}


def test_a_list_that_is_known_is_not_made_again(client: Client) -> None:
    tag = client.get("/browse/city.csv").headers["ETag"]

    assert client.get("/browse/city.csv", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/browse/city", headers={"If-None-Match": tag, **HTML}).status_code == 200
