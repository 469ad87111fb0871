"""The reconciliation service over HTTP: both versions, scripts and frames of other sites, limits, a page."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from inprocess import Answer, Client
from serving import BASE

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
QUERY = {"q0": {"query": "Messina", "type": "City"}}


def ask(client: Client, queries: object, **more: Any) -> Answer:
    return client.post("/reconcile", data={"queries": json.dumps(queries)}, **more)


def extend(client: Client, ids: list[str], *properties: object) -> Any:
    wanted = [{"id": each} if isinstance(each, str) else each for each in properties]
    sent = {"extend": json.dumps({"ids": ids, "properties": wanted})}
    answer = client.post("/reconcile?lang=en", data=sent)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)["rows"]


# --- the manifest ---


def test_the_manifest_is_that_of_0_2_unless_the_draft_is_asked_for(client: Client) -> None:
    final = json.loads(client.get("/reconcile").text)
    draft = json.loads(client.get("/reconcile?version=1.0-draft").text)
    accept = {"Accept": 'application/json; version="1.0-draft"'}

    assert final["identifierSpace"] == f"{BASE}id/"
    assert final["schemaSpace"] == f"{BASE}def#"
    assert final["view"]["url"] == "http://localhost/id/{{id}}"
    assert draft["view"]["url"] == "http://localhost/id/{+id}"
    assert draft["suggest"] == {"entity": True, "type": True, "property": True}
    assert json.loads(client.get("/reconcile", headers=accept).text) == draft
    assert client.get("/reconcile?version=9").status_code == 400


def test_what_the_manifest_leads_to_is_there(client: Client) -> None:
    final = json.loads(client.get("/reconcile").text)
    places = [
        final["documentation"],
        final["logo"],
        final["preview"]["url"].replace("{{id}}", "city/be-gent"),
    ]
    places.append(final["view"]["url"].replace("{{id}}", quote("city/be-gent", safe="")))
    for what, known in (("entity", "city/be-gent"), ("type", "City"), ("property", "country")):
        told = final["suggest"][what]
        places.append(told["service_url"] + told["service_path"] + "?prefix=c")
        places.append(
            told["flyout_service_url"] + told["flyout_service_path"].replace("${id}", quote(known, safe=""))
        )
    proposing = final["extend"]["propose_properties"]
    places.append(proposing["service_url"] + proposing["service_path"] + "?type=City")

    for place in places:
        assert client.get(place.removeprefix("http://localhost")).status_code in {200, 303}, place


def test_programs_find_the_service(client: Client) -> None:
    linkset = json.loads(client.get("/.well-known/api-catalog").text)["linkset"]
    (told,) = (each for each in linkset if each["anchor"].endswith("/reconcile"))

    assert {"href": told["anchor"]} in linkset[0]["item"]
    for relation in ("service-desc", "service-doc"):
        link = told[relation][0]
        answer = client.get(link["href"].removeprefix("http://localhost"), headers={"Accept": link["type"]})
        assert answer.mimetype == link["type"]


# --- matching ---


def test_a_name_is_matched_by_form_and_by_address(client: Client) -> None:
    posted = ask(client, QUERY)
    got = client.get(f"/reconcile?{urlencode({'queries': json.dumps(QUERY)})}")

    assert posted.text == got.text
    assert posted.headers["Cache-Control"] == "no-store"
    best = json.loads(posted.text)["q0"]["result"][0]
    assert best["id"] == "city/it-messina"
    assert best["match"] is True
    assert 95 <= best["score"] <= 100
    assert best["type"] == [{"id": "City", "name": "Città"}]


def test_the_draft_is_answered_in_its_own_words(client: Client) -> None:
    query = {"conditions": [{"matchType": "name", "propertyValue": "Messina"}], "type": "City"}
    for path in ("/reconcile/match", "/reconcile/reconcile"):
        answer = client.post(path, json={"queries": [query]}, headers={"Accept-Language": "en"})
        best = json.loads(answer.text)["results"][0]["candidates"][0]
        assert best["id"] == "city/it-messina"
        assert best["lang"] == "it"
        assert answer.headers["Content-Language"] == "en"
        assert {"id", "name", "value"} == set(best["features"][0])


def test_a_thing_is_named_by_its_id_or_iri(client: Client) -> None:
    told = json.loads(
        ask(client, {"a": {"query": "city/be-gent"}, "b": {"query": f"{BASE}id/city/be-gent"}}).text
    )

    for each in told.values():
        assert [(one["id"], one["score"], one["match"]) for one in each["result"]] == [
            ("city/be-gent", 100, True)
        ]


def test_types_restrict_and_should_lets_others_in(client: Client) -> None:
    queries = {
        "any": {"query": "Messina", "type": "Community"},
        "should": {"query": "Messina", "type": "Community", "type_strict": "should"},
        "all": {"query": "Messina", "type": ["Community", "City"], "type_strict": "all"},
        "unknown": {"query": "Messina", "type": "Spaceship"},
    }
    told = {key: each["result"] for key, each in json.loads(ask(client, queries).text).items()}

    assert told["any"] == told["all"] == told["unknown"] == []
    assert [(each["id"], each["match"]) for each in told["should"]] == [("city/it-messina", False)]


def test_what_differs_or_is_not_understood_is_never_a_match(client: Client) -> None:
    queries = {
        "differs": {
            "query": "Messina",
            "properties": [{"pid": "iri", "v": "x"}, {"pid": "kind", "v": "Paese"}],
        },
        "agrees": {"query": "Messina", "properties": [{"pid": "kind", "v": "città"}]},
        "unknown": {"query": "Messina", "properties": [{"pid": "colour", "v": "blue"}]},
    }
    told = {key: each["result"][0] for key, each in json.loads(ask(client, queries).text).items()}

    assert not told["differs"]["match"]
    assert told["differs"]["score"] < 25
    assert told["agrees"]["match"]
    assert not told["unknown"]["match"]


def test_a_required_condition_leaves_only_what_meets_it(client: Client) -> None:
    def conditions(quantifier: str) -> list[dict[str, Any]]:
        wanted = {"matchType": "property", "propertyId": "kind", "propertyValue": ["Città", "Paese"]}
        return [
            {"matchType": "name", "propertyValue": "Messina"},
            {**wanted, "required": True, "matchQuantifier": quantifier},
        ]

    queries = [{"conditions": conditions(each)} for each in ("any", "all", "none")]
    told = json.loads(client.post("/reconcile/match", json={"queries": queries}).text)["results"]

    assert [[each["id"] for each in result["candidates"]] for result in told] == [["city/it-messina"], [], []]


# --- columns ---


def test_columns_hold_things_texts_and_numbers(client: Client) -> None:
    rows = extend(
        client,
        ["city/it-messina", "no/such"],
        "communities",
        "name",
        {"id": "communities", "settings": {"content": "id"}},
    )

    assert rows["city/it-messina"]["name"] == [{"str": "Messina"}]
    assert rows["city/it-messina"]["communities"] == [{"str": f"{BASE}id/community/oasc"}]
    assert not any(rows["no/such"].values())


def test_limit_and_offset_page_through_values(client: Client) -> None:
    def names(**settings: object) -> list[str]:
        wanted = {"id": "name", "settings": {"language": "all", **settings}}
        return [each["str"] for each in extend(client, ["community/oasc"], wanted)["community/oasc"]["name"]]

    both = names()
    assert sorted(both) == ["Città aperte e agili", "Open & Agile Smart Cities"]
    assert [names(limit="1"), names(limit=1, offset=1), names(offset="2")] == [both[:1], both[1:], []]


@pytest.mark.parametrize(
    "id", ["x> } DELETE {", "city/it-messina> . ?s ?p ?o", "\\", "http://[", "a" * 900, "\u202e"]
)
def test_no_id_gets_into_a_query(client: Client, id: str) -> None:
    assert not any(extend(client, [id], "communities", "skos:prefLabel", "x:y> }")[id].values())


# --- other sites ---


def test_any_site_may_ask(client: Client) -> None:
    answer = client.options("/reconcile/match", headers={"Origin": "https://example.org"})

    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert ask(client, QUERY).headers["Access-Control-Allow-Origin"] == "*"


def test_a_script_gets_its_callback_and_nothing_else(client: Client) -> None:
    told = client.get("/reconcile/suggest/type?prefix=&callback=jQuery1.done_2")

    assert told.text.startswith('/**/jQuery1.done_2({"result":')
    assert told.mimetype == "text/javascript"
    assert told.headers["X-Content-Type-Options"] == "nosniff"
    for callback in ("alert(1)", "a;b", "", "a" * 200, "<script>", "1a", "a..b"):
        answer = client.get(f"/reconcile?callback={quote(callback)}")
        assert answer.status_code == 400
        assert "javascript" not in answer.headers["Content-Type"]


def test_the_preview_may_be_framed_and_runs_nothing(client: Client) -> None:
    page = client.get("/reconcile/preview?id=city/at-wien&lang=en")
    other = client.get("/reconcile?lang=en", headers=BROWSER)
    again = client.get(
        "/reconcile/preview?id=city/at-wien&lang=en", headers={"If-None-Match": page.headers["ETag"]}
    )

    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script" not in page.text
    for answer in (page, again):
        assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert again.status_code == 304
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    assert client.get("/reconcile/preview?id=no/such").status_code == 404


def test_a_flyout_holds_no_markup_of_the_data(client: Client) -> None:
    told = json.loads(client.get("/reconcile/flyout/entity?id=city/at-wien").text)

    assert "<script" not in told["html"]
    assert client.get("/reconcile/flyout/entity?id=no/such").status_code == 404


# --- limits ---


@pytest.mark.parametrize(
    ("queries", "status", "words"),
    [
        ("{", 400, "JSON"),
        ("[" * 100_000, 400, "JSON"),
        ('{"q0": {"query": "a", "limit": NaN}}', 400, "JSON"),
        ('{"q0": {"query": "a", "limit": 1e999}}', 400, "queries.q0.limit"),
        ('{"q0": {"query": "a", "limit": -1}}', 400, "queries.q0.limit"),
        ('{"q0": {"query": 7}}', 400, "queries.q0.query"),
        ('{"q0": {"query": "' + "a" * 1001 + '"}}', 413, "1000"),
        ('{"q0": {"query": "a", "properties": [' + ",".join(["{}"] * 21) + "]}}", 413, "20"),
        (json.dumps({str(number): {"query": "a"} for number in range(1001)}), 413, "1000"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(client: Client, queries: str, status: int, words: str) -> None:
    answer = client.post("/reconcile?lang=en", data={"queries": queries})

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert words in json.loads(answer.text)["detail"]


def test_a_batch_may_not_cost_too_much(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesmart_kg.web.reconciling.matching.MOST_COMPARISONS", 1)
    monkeypatch.setattr("mesmart_kg.web.reconciling.extending.MOST_VALUES", 1)
    compared = ask(client, {"q0": {"query": "Messina", "properties": [{"pid": "kind", "v": ["a", "b"]}]}})
    wanted = {"ids": ["city/it-messina"], "properties": [{"id": "name"}, {"id": "kind"}]}
    extended = client.post("/reconcile", data={"extend": json.dumps(wanted)})

    assert compared.status_code == extended.status_code == 413


def test_many_spellings_of_a_name_count_as_many(client: Client) -> None:
    one = {"conditions": [{"matchType": "name", "propertyValue": [str(each) for each in range(20)]}]}
    answer = client.post("/reconcile/match", json={"queries": [one] * 51})

    assert answer.status_code == 413


def test_a_wrong_kind_of_body_is_led_to_the_right_address(client: Client) -> None:
    form = client.post("/reconcile", json={"queries": []})
    json_ = client.post("/reconcile/match", data={"queries": "{}"})

    assert form.status_code == json_.status_code == 415
    assert "/reconcile/match" in json.loads(form.text)["detail"]
    assert client.post("/reconcile", data={"other": "1"}).status_code == 400


# --- people ---


def test_a_browser_gets_a_page_with_a_form_that_answers(client: Client) -> None:
    page = client.get("/reconcile?q=messina&type=City&lang=en", headers=BROWSER)

    assert page.mimetype == "text/html"
    assert "http://localhost/reconcile" in page.text
    assert "It is clear which one is meant." in page.text
    assert 'href="/doc/city/it-messina?lang=en"' in page.text
    assert page.headers["Vary"].startswith("Accept")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202e", "x" * 5000, "%", '"'])
def test_no_text_does_harm(client: Client, text: str) -> None:
    page = client.get(f"/reconcile?q={quote(text)}&country={quote(text)}&type={quote(text)}", headers=BROWSER)

    assert page.status_code == 200
    assert "<script>alert" not in page.text
