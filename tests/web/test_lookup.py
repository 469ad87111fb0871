"""A thing by its code elsewhere or by an IRI of others, one at a time or in lists."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from inprocess import Client

from mesmart_kg.config import load_config
from mesmart_kg.lookup import Asked
from mesmart_kg.namespaces import NAMESPACE, PREFIXES
from mesmart_kg.preview import PreviewFile, preview
from mesmart_kg.web import create_app
from mesmart_kg.web.lookups import read_questions
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

MESSINA = f"{NAMESPACE}id/city/it-messina"
COMUNE = f"{NAMESPACE}id/organization/it-comune-di-messina"
HTML = {"Accept": "text/html"}
MOST = 5

DATA = (
    "\n".join(f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items())
    + f"\n@base <{NAMESPACE}> .\n"
    + """
<id/country/it> a cc:Country ; skos:prefLabel "Italia"@it , "Italy"@en ;
    dcterms:identifier "iso3166-1:IT" , "iso3166-1:ITA" , "iso3166-1:380" .
<id/city/it-messina> a cc:City ; skos:prefLabel "Messina"@it , "Messina"@en ;
    dcterms:identifier "istat:083048" , "cadastral:F158" , "nuts:ITG13" , "lau:IT_083048" ;
    skos:exactMatch wd:Q13666 , <https://w3id.org/italia/controlled-vocabulary/cities/083048> ;
    skos:closeMatch <https://sws.geonames.org/2524170/> .
<id/city/it-torino> a cc:City ; skos:prefLabel "Torino"@it , "Turin"@en ;
    dcterms:identifier "istat:001272" , "nuts:ITC11" .
<id/city/it-moncalieri> a cc:City ; skos:prefLabel "Moncalieri"@it , "Moncalieri"@en ;
    dcterms:identifier "istat:001156" , "nuts:ITC11" .
<id/region/it-bolzano> a cc:Region ; skos:prefLabel "Bolzano"@it , "Bolzano"@en ;
    dcterms:identifier "nuts:ITH10" .
"""
    + "".join(
        f'<id/city/it-{n}> a cc:City ; dcterms:identifier "nuts:ITH10", "nuts:ITH20" .\n' for n in range(60)
    )
    + """
<id/organization/it-comune-di-messina> a org:Organization ; skos:prefLabel "Comune di Messina"@it ;
    dcterms:identifier "istat:083048" ; cov:IPAcode "c_f158" .
"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("lookup")
    (folder / "data.ttl").write_text(DATA, "utf-8")
    config = load_config({"web.requests": 0, "web.lookups": MOST}, {}, folder)
    with preview([PreviewFile(folder / "data.ttl")]) as catalog:
        made = create_app(config, catalog, engine_opener(config))
        client = Client(made)
        yield client
        client.close()
        publication_of(made).close()


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("scheme=istat&code=083048", "city/it-messina"),
        ("scheme=ISTAT&code=%2083048%20", "city/it-messina"),  # the zero was lost in a spreadsheet
        ("scheme=istat&code=IT-83048", "city/it-messina"),
        ("scheme=istat&code=https://w3id.org/italia/x/cities/083048-(2016-06-06)", "city/it-messina"),
        ("scheme=cadastral&code=f158", "city/it-messina"),
        ("scheme=belfiore&code=F158", "city/it-messina"),
        ("scheme=nuts&code=ITG13", "city/it-messina"),
        ("scheme=nuts&code=it%20g13", "city/it-messina"),
        ("scheme=nuts&code=http://data.europa.eu/nuts/code/ITG13", "city/it-messina"),
        ("scheme=lau&code=IT_083048", "city/it-messina"),
        ("scheme=lau&code=IT%20083048", "city/it-messina"),
        ("scheme=lau&code=it-083048", "city/it-messina"),
        ("code=wd:q13666", "city/it-messina"),
        ("scheme=wikidata&code=Q13666", "city/it-messina"),
        ("scheme=wikidata&code=https://www.wikidata.org/wiki/Q13666", "city/it-messina"),
        ("scheme=geonames&code=2524170", "city/it-messina"),
        ("scheme=geonames&code=https://sws.geonames.org/2524170/", "city/it-messina"),
        ("scheme=istat&code=istat:083048", "city/it-messina"),
        ("code=istat:083048", "city/it-messina"),
        ("scheme=iso&code=IT", "country/it"),
        ("scheme=iso&code=380", "country/it"),
        ("scheme=iso3166-1&code=ita", "country/it"),
        ("scheme=ipa&code=C_F158", "organization/it-comune-di-messina"),
        ("scheme=istat&code=083048&kind=organization", "organization/it-comune-di-messina"),
        ("iri=http://www.wikidata.org/entity/Q13666", "city/it-messina"),
        ("iri=https://www.wikidata.org/entity/Q13666", "city/it-messina"),
        ("iri=http://sws.geonames.org/2524170", "city/it-messina"),
        ("iri=https://w3id.org/italia/controlled-vocabulary/cities/083048", "city/it-messina"),
        (f"iri={MESSINA}", "city/it-messina"),
        (f"iri={MESSINA.replace('https', 'http')}", "city/it-messina"),
        ("iri=http://localhost/id/city/it-messina", "city/it-messina"),
        ("iri=http://localhost/doc/city/it-messina.ttl", "city/it-messina"),
    ],
)
def test_a_code_or_an_address_leads_to_the_thing(site: Client, question: str, path: str) -> None:
    found = site.get(f"/lookup?{question}")

    assert found.status_code == 303
    assert found.headers["Location"] == f"/id/{path}"
    assert found.headers["Access-Control-Allow-Origin"] == "*"


def test_the_language_that_was_asked_for_is_kept(site: Client) -> None:
    assert (
        site.get("/lookup?scheme=nuts&code=ITG13&lang=en").headers["Location"]
        == "/id/city/it-messina?lang=en"
    )


def test_what_else_has_the_code_is_named(site: Client) -> None:
    found = site.get("/lookup?scheme=istat&code=083048")

    assert '</id/organization/it-comune-di-messina>; rel="related"' in found.headers.getlist("Link")


def test_of_several_none_is_chosen(site: Client) -> None:
    told = site.get("/lookup?scheme=nuts&code=ITC11")
    page = site.get("/lookup?scheme=nuts&code=ITC11&lang=en", headers=HTML)

    assert told.status_code == page.status_code == 300
    assert json.loads(told.text)["thing"] is None
    assert json.loads(told.text)["others"] == [
        f"{NAMESPACE}id/city/it-moncalieri",
        f"{NAMESPACE}id/city/it-torino",
    ]
    assert "Several things have “ITC11”" in page.text
    assert "/doc/city/it-torino?lang=en" in page.text


def test_a_code_of_nuts_means_the_region_and_not_the_cities_in_it(site: Client) -> None:
    found = site.get("/lookup?scheme=nuts&code=ITH10")

    assert (found.status_code, found.headers["Location"]) == (303, "/id/region/it-bolzano")
    assert len(found.headers.getlist("Link")) == 10


def test_of_very_many_the_first_are_named_and_the_others_counted(site: Client) -> None:
    told = json.loads(site.get("/lookup?scheme=nuts&code=ITH20").text)
    page = site.get("/lookup?scheme=nuts&code=ITH20&lang=en", headers=HTML).text

    assert (told["thing"], len(told["others"]), told["more"]) == (None, 20, 40)
    assert "and 40 more" in page


def test_what_is_unknown_is_said_with_the_registers_there_are(site: Client) -> None:
    told = site.get("/lookup?scheme=istat&code=999999")
    page = site.get("/lookup?scheme=istat&code=999999&lang=en", headers=HTML)

    assert told.status_code == page.status_code == 404
    assert {"scheme": "istat", "things": 4, "example": "001156"} in json.loads(told.text)["registers"]
    assert "Nothing here has “999999”" in page.text
    assert site.get("/lookup?iri=https://example.org/nothing").status_code == 404


def test_the_answer_may_be_told_instead(site: Client) -> None:
    told = site.get("/lookup?scheme=istat&code=83048&format=json")

    assert told.status_code == 200
    assert json.loads(told.text) == {
        "scheme": "istat",
        "code": "083048",
        "thing": MESSINA,
        "others": [COMUNE],
        "relation": "code",
    }
    by_iri = json.loads(site.get("/lookup?iri=http://sws.geonames.org/2524170/&format=json").text)
    assert (by_iri["thing"], by_iri["relation"]) == (MESSINA, "skos:closeMatch")


def test_without_a_question_the_registers_are_offered(site: Client) -> None:
    told = json.loads(site.get("/lookup").text)["registers"]
    page = site.get("/lookup?lang=it", headers=HTML).text

    assert [each["scheme"] for each in told] == [
        "cadastral", "geonames", "ipa", "iso3166-1", "istat", "lau", "nuts", "wikidata",
    ]  # fmt: skip
    assert '<option value="istat" selected>' in page
    assert "Cerca un codice" in page


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("scheme=istat", "lookup"),
        ("code=083048", "lookup"),
        ("scheme=istat&code=" + "9" * 3000, "lookup"),
        ("iri=" + "x" * 3000, "lookup"),
    ],
)
def test_half_a_question_is_told_how_to_be_whole(site: Client, question: str, kind: str) -> None:
    refused = site.get(f"/lookup?{question}")

    assert refused.status_code == 400
    assert json.loads(refused.text)["type"].endswith(f":{kind}")


ASKED = [
    {"scheme": "istat", "code": "083048"},
    {"iri": "http://www.wikidata.org/entity/Q13666"},
    {"scheme": "istat", "code": "1272"},
    {"scheme": "nuts", "code": "ITC11"},
    {"scheme": "nuts", "code": "XX999"},
]
THINGS = [MESSINA, MESSINA, f"{NAMESPACE}id/city/it-torino", None, None]


def test_a_list_is_answered_in_its_order(site: Client) -> None:
    answer = site.post("/lookup", data=json.dumps(ASKED), content_type="application/json")

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = json.loads(answer.text)
    assert [each["thing"] for each in told] == THINGS
    assert told[2]["code"] == "001272"
    assert len(told[3]["others"]) == 2
    assert told[4] == {"scheme": "nuts", "code": "XX999", "thing": None, "others": []}


def test_a_list_may_be_a_table_or_lines(site: Client) -> None:
    table = "\ufeffScheme,Code,IRI\r\n" + "\r\n".join(
        f"{each.get('scheme', '')},{each.get('code', '')},{each.get('iri', '')}" for each in ASKED
    )
    as_csv = site.post(
        "/lookup", data=table.encode(), content_type="text/csv", headers={"Accept": "text/csv"}
    )
    lines = "\n".join(each.get("iri") or f"{each['scheme']}:{each['code']}" for each in ASKED)
    as_lines = site.post(
        "/lookup", data=lines, content_type="text/plain", headers={"Accept": "application/x-ndjson"}
    )

    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [row["thing"] or None for row in rows] == THINGS
    assert rows[3]["others"].split() == [f"{NAMESPACE}id/city/it-moncalieri", f"{NAMESPACE}id/city/it-torino"]
    assert [json.loads(line)["thing"] for line in as_lines.text.splitlines()] == THINGS


@pytest.mark.parametrize(
    ("body", "media_type", "status", "words"),
    [
        ("[", "application/json", 400, "not JSON"),
        ("[" * 1200, "application/json", 400, "not JSON"),
        ("{}", "application/json", 400, "A list is wanted"),
        ("[1]", "application/json", 400, "entry 1"),
        ('["istat:083048", {"scheme": "istat", "code": 5}]', "application/json", 400, "entry 2"),
        ('[{"scheme": "istat"}]', "application/json", 400, "entry 1"),
        ("name\nMessina\n", "text/csv", 400, "first line must name the columns"),
        ("scheme,code\nistat,083048\nistat,\n", "text/csv", 400, "entry 3"),
        ("istat:083048\n\nMessina\n", "text/plain", 400, "entry 3"),
        ("\n".join(["istat:083048"] * (MOST + 1)), "text/plain", 413, "at most"),
        (b"\xff\xfe", "text/plain", 400, "UTF-8"),
    ],
)
def test_a_list_that_can_not_be_read_is_told_where(
    site: Client, body: str | bytes, media_type: str, status: int, words: str
) -> None:
    refused = site.post("/lookup?lang=en", data=body, content_type=media_type)

    assert refused.status_code == status
    assert words in json.loads(refused.text)["detail"]


def test_an_empty_list_has_an_empty_answer(site: Client) -> None:
    assert json.loads(site.post("/lookup", data="[]", content_type="application/json").text) == []


def test_half_a_sign_is_refused_and_not_looked_up(site: Client) -> None:
    for body in ('["istat:\\ud800"]', '["\\ud800"]', '[{"iri": "http://\\udc00"}]'):
        refused = site.post("/lookup?lang=en", data=body, content_type="application/json")
        assert refused.status_code == 400
        assert "UTF-8" in refused.text


def test_columns_that_nobody_asked_for_are_not_filled() -> None:
    table = "other," * 100_000 + "code,scheme\n" + "," * 100_000 + "083048,istat\nshort\n"

    assert read_questions(table, "text/csv", MOST) == [Asked("istat", "083048")]
