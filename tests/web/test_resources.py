"""A thing leads to its document; the document is page and data at one address, and tells what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
import rdflib
from inprocess import Answer, Client
from serving import BASE, RELEASE_ID

from mesmart_kg.config import load_config
from mesmart_kg.preview import PreviewFile, preview
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

from .conftest import BROWSER

MESSINA = "/doc/city/it-messina"

WITHDRAWN = f"""
@prefix cc: <{BASE}def#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix schema: <https://schema.org/> .
<{BASE}id/city/it-vecchia> a cc:City ; prov:invalidatedAtTime "2026-05-01T00:00:00Z"^^xsd:dateTime ;
  dcterms:isReplacedBy <{BASE}id/city/it-nuova> .
<{BASE}id/city/it-nuova> a cc:City ; skos:prefLabel "Nuova"@it .
<{BASE}id/thing/rogue> skos:prefLabel "</script><script>alert(1)</script><b>"@en , "{"😀" * 50_000}"@en ;
  schema:url <javascript:alert(1)> ; schema:startDate "2026-02-31"^^xsd:date ;
  dcterms:identifier "999999999999999999999999"^^xsd:integer .
"""


@pytest.fixture(scope="module")
def odd_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The site over a preview of a file that nobody validated."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.ttl").write_text(WITHDRAWN, "utf-8")
    config = load_config({"web.requests": 0}, {}, folder)
    with preview([PreviewFile(folder / "odd.ttl")]) as shelf:
        app = create_app(config, shelf, engine_opener(config))
        made = Client(app)
        yield made
        made.close()
        publication_of(app).index.close()
        publication_of(app).close()


def links(answer: Answer) -> dict[str, list[str]]:
    """Return the targets of the Link header by relation."""
    found: dict[str, list[str]] = {}
    for target, relations in re.findall(
        r'<([^>]*)>; rel="([^"]*)"', ", ".join(answer.headers.getlist("Link"))
    ):
        for relation in relations.split():
            found.setdefault(relation, []).append(target)
    return found


def test_a_thing_leads_to_its_document_for_everyone(client: Client) -> None:
    answer = client.get("/id/city/it-messina?format=ttl", headers=BROWSER)

    assert (answer.status_code, answer.headers["Location"]) == (303, MESSINA)
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/ld+json"),
        ("*/*", "application/ld+json"),
        (BROWSER["Accept"], "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("text/turtle;q=0.5, application/n-triples", "application/n-triples"),
    ],
)
def test_the_document_is_given_in_what_the_client_likes_best(
    client: Client, accept: str | None, media_type: str
) -> None:
    answer = client.get(MESSINA, headers={} if accept is None else {"Accept": accept})

    assert answer.mimetype == media_type
    assert {"Accept", "Accept-Language"} <= set(re.split(r",\s*", answer.headers["Vary"]))
    assert answer.headers["Content-Location"].startswith(f"{MESSINA}.")


@pytest.mark.parametrize("ending", ["jsonld", "ttl", "nt", "rdf", "html"])
def test_an_ending_names_the_format_whatever_is_accepted(client: Client, ending: str) -> None:
    answer = client.get(f"{MESSINA}.{ending}", headers={"Accept": "image/png"})

    assert answer.status_code == 200
    assert answer.headers["Content-Location"].startswith(f"{MESSINA}.{ending}")


@pytest.mark.parametrize(("ending", "name"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml")])
def test_the_data_are_about_the_thing_of_this_release(client: Client, ending: str, name: str) -> None:
    graph = rdflib.Graph().parse(data=client.get(f"{MESSINA}.{ending}").content, format=name)
    topic = rdflib.URIRef("http://xmlns.com/foaf/0.1/primaryTopic")
    derived = rdflib.URIRef("http://www.w3.org/ns/prov#wasDerivedFrom")
    document, thing = rdflib.URIRef(f"{BASE}doc/city/it-messina"), rdflib.URIRef(f"{BASE}id/city/it-messina")

    assert graph.value(document, topic) == thing
    assert graph.value(document, derived) == rdflib.URIRef(f"{BASE}set/city-communities/{RELEASE_ID}")
    assert (thing, rdflib.URIRef("http://www.w3.org/ns/org#memberOf"), None) in graph


def test_what_is_not_on_offer_is_refused_with_what_is(client: Client) -> None:
    assert client.get(MESSINA, headers={"Accept": "image/png"}).status_code == 406


def test_head_tells_the_same_without_a_body(client: Client) -> None:
    head, whole = client.head(f"{MESSINA}.ttl"), client.get(f"{MESSINA}.ttl")

    assert not head.content
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(whole.content))


def test_who_has_it_is_told_that_it_is_unchanged(client: Client) -> None:
    for headers in (BROWSER, {"Accept": "text/turtle"}):
        tag = client.get(MESSINA, headers=headers).headers["ETag"]
        again = client.get(MESSINA, headers=headers | {"If-None-Match": tag})
        assert (again.status_code, again.headers["ETag"]) == (304, tag)
    other = client.get(MESSINA, headers=BROWSER | {"If-None-Match": tag})
    assert other.status_code == 200
    assert client.get("/doc/city/it-nowhere", headers={"If-None-Match": "*"}).status_code == 404


def test_a_page_is_signposted(client: Client) -> None:
    found = links(client.get(MESSINA, headers=BROWSER))

    assert found["cite-as"] == [f"{BASE}id/city/it-messina"]
    assert found["type"] == ["https://schema.org/AboutPage", f"{BASE}def#City", "https://schema.org/City"]
    assert found["license"]
    assert {f"{MESSINA}.{ending}" for ending in ("ttl", "jsonld", "nt", "rdf")} <= set(found["alternate"])
    assert f"{MESSINA}.ttl" in found["describedby"]
    assert found["linkset"] == [f"{MESSINA}.linkset.json"]


def test_its_data_lead_back_to_the_page(client: Client) -> None:
    found = links(client.get(f"{MESSINA}.ttl"))

    assert found["describes"] == [f"{MESSINA}.html"]
    assert f"{MESSINA}.ttl" not in found["alternate"]


def test_all_links_are_told_as_a_linkset_and_lead_somewhere(client: Client) -> None:
    answer = client.get(f"{MESSINA}.linkset.json")
    contexts = json.loads(answer.text)["linkset"]

    assert answer.mimetype == "application/linkset+json"
    assert contexts[0]["anchor"] == f"http://localhost{MESSINA}"
    assert contexts[0]["cite-as"] == [{"href": f"{BASE}id/city/it-messina"}]
    for context in contexts:
        for each in context.get("alternate", []) + context.get("describedby", []):
            assert client.get(each["href"].removeprefix("http://localhost")).status_code == 200


def test_the_page_holds_json_ld_of_the_thing_and_for_search_engines(client: Client) -> None:
    page = client.get(MESSINA, headers=BROWSER).text
    own, schema_org = (
        json.loads(each)
        for each in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    )

    assert own["@graph"][0]["@id"] == f"{BASE}id/city/it-messina" or len(own["@graph"]) == 2
    assert schema_org["mainEntity"]["name"] == "Messina"
    assert schema_org["isPartOf"]["@id"] == f"{BASE}set/city-communities"


def test_the_page_shows_each_statement_with_who_makes_it(client: Client) -> None:
    page = client.get("/doc/city/be-gent?lang=en", headers=BROWSER).text

    assert 'href="/doc/community/oasc?lang=en"' in page
    assert 'href="/doc/source/list?lang=en"' in page
    assert 'lang="it">Gand<' in page


def test_hostile_names_are_shown_and_do_nothing(client: Client, odd_client: Client) -> None:
    wien = client.get("/doc/city/at-wien", headers=BROWSER).text
    assert "<script>alert" not in wien
    assert "<script>alert(1)</script>" in unescape(wien)

    rogue = odd_client.get("/doc/thing/rogue", headers=BROWSER)
    assert rogue.status_code == 200
    assert "<script>alert" not in rogue.text
    assert 'href="javascript' not in rogue.text
    assert len(rogue.content) < 400_000 * 4
    assert rogue.text.count("😀" * 400) < 10
    for ending in ("ttl", "jsonld", "rdf", "nt"):
        assert odd_client.get(f"/doc/thing/rogue.{ending}").status_code == 200


def test_what_is_no_date_is_shown_as_it_is_written(odd_client: Client) -> None:
    assert "2026-02-31" in odd_client.get("/doc/thing/rogue", headers=BROWSER).text


def test_who_asks_for_nothing_known_is_told_what_there_is_of_that_name(client: Client) -> None:
    page = client.get("/doc/city/it-messina-old?lang=en", headers=BROWSER)
    assert page.status_code == 404
    assert client.get("/doc/city/it-messina-old").mimetype == "application/problem+json"

    close = client.get("/doc/town/it-messina?lang=en", headers=BROWSER).text
    assert 'href="/doc/city/it-messina?lang=en"' in close


@pytest.mark.parametrize(
    "path", ["/doc/%3Cx%3E", "/doc/a%20b", "/doc/%00", "/id/%22%3E", "/doc/x%7D%20UNION%20%7B", "/doc/..%2f"]
)
def test_no_path_breaks_anything(client: Client, path: str) -> None:
    assert client.get(path, headers=BROWSER).status_code in {303, 404}


def test_what_was_withdrawn_says_so_with_its_successor(odd_client: Client) -> None:
    page = odd_client.get("/doc/city/it-vecchia", headers=BROWSER)
    data = odd_client.get("/doc/city/it-vecchia", headers={"Accept": "text/turtle"})

    assert (page.status_code, data.status_code) == (410, 410)
    assert 'href="/doc/city/it-nuova"' in page.text
    assert json.loads(data.text)["replacedBy"] == [f"{BASE}id/city/it-nuova"]


def test_a_preview_promises_no_licence(odd_client: Client) -> None:
    assert "license" not in links(odd_client.get("/doc/city/it-nuova", headers=BROWSER))
    assert "creativecommons" not in odd_client.get("/doc/city/it-nuova.ttl").text


def test_a_graph_is_a_page_to_browsers_and_itself_to_programs(client: Client) -> None:
    page = client.get("/graph/source/notice?lang=en", headers=BROWSER)
    graph = client.get("/graph/source/notice", headers={"Accept": "text/turtle"})

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "6 statements" in page.text
    assert "?format=ttl" in page.text
    assert graph.mimetype == "text/turtle"
    assert client.get("/graph/source/notice").mimetype != "text/html"
    assert client.get("/graph/nothing", headers=BROWSER).status_code == 404


def test_a_graph_that_can_be_taken_in_no_format_asked_for_is_refused(client: Client) -> None:
    assert client.get("/graph/source/notice", headers={"Accept": "image/png"}).status_code == 406
