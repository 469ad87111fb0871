"""The release's own queries: described, changed by their parameters, run."""

from __future__ import annotations

import json
import re
from html import unescape

from inprocess import Client

from .conftest import BROWSER


def test_the_list_leads_to_each_query(client: Client) -> None:
    page = client.get("/queries?lang=en", headers=BROWSER).text

    assert "The communities of a city" in page
    assert '/queries/communities-of-a-city?lang=en"' in page


def test_a_query_offers_its_answer_in_every_format(client: Client) -> None:
    page = client.get("/queries/communities-of-a-city", headers=BROWSER).text
    links = [unescape(link) for link in re.findall(r'href="(/sparql\?[^"]*format=json[^"]*)"', page)]

    rows = json.loads(client.get(links[0]).data)["results"]["bindings"]
    assert [row["name"]["value"] for row in rows] == ["Città aperte e agili"]


def test_parameters_in_the_address_change_the_query(client: Client) -> None:
    path = "/queries/communities-of-a-city?city=id/city/be-gent"
    page = client.get(path, headers=BROWSER).text
    text = client.get(path, headers={"Accept": "application/sparql-query"}).text

    assert 'value="id/city/be-gent"' in page
    assert "be-gent" in text
    assert "it-messina" not in text


def test_the_text_of_a_query_is_at_its_address_with_an_ending(client: Client) -> None:
    response = client.get("/queries/communities-of-a-city.rq")

    assert response.mimetype == "application/sparql-query"
    assert response.text.startswith("BASE ")


def test_a_value_that_is_not_of_its_type_is_a_bad_request(client: Client) -> None:
    response = client.get("/queries/communities-of-a-city?city=%3E%20%7D%20DROP", headers=BROWSER)

    assert response.status_code == 400


def test_a_number_leads_to_the_name_and_an_unknown_name_nowhere(client: Client) -> None:
    assert client.get("/queries/2").headers["Location"] == "/queries/communities-of-a-city"
    assert client.get("/queries/unknown").status_code == 404


def test_the_page_of_a_query_holds_its_answer_and_programs(client: Client) -> None:
    page = client.get("/queries/communities-of-a-city?lang=en", headers=BROWSER).text

    assert 'href="/doc/community/oasc?lang=en"' in page
    assert "Open &amp; Agile Smart Cities" in page
    assert "SPARQLWrapper" in page


def test_a_city_may_be_called_by_its_name(client: Client) -> None:
    path = "/queries/communities-of-a-city?city=gand"

    assert "<id/city/be-gent>" in client.get(path, headers={"Accept": "application/sparql-query"}).text
    assert "be-gent" in client.get(path, headers=BROWSER).text


def test_the_list_can_be_searched_without_a_script(client: Client) -> None:
    found = client.get("/queries?lang=en&q=comunita", headers=BROWSER).text
    nothing = client.get("/queries?lang=en&q=zebra", headers=BROWSER).text

    assert "/queries/communities-of-a-city" in found
    assert "One question speaks of it." in found
    assert "/queries/communities-of-a-city" not in nothing
    assert "No question speaks of it." in nothing
