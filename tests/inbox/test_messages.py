"""What a message must be to be kept: with the real shapes, and whatever strangers come up with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from inbox_messages import (
    ACTIVITY_STREAMS,
    BASE,
    LD_JSON,
    LINKS,
    MESSINA,
    TURTLE,
    announcement,
    correction,
    to_bytes,
)

from mesmart_kg.inbox import (
    ACTIVITY_JSON,
    Examiner,
    Fault,
    Kind,
    NotificationRefused,
    compose_correction,
    compose_linkset,
)
from mesmart_kg.inbox.checking import MESSAGE_SHAPES, choose_shapes
from mesmart_kg.inbox.contexts import read_own_contexts
from mesmart_kg.inbox.parsing import parse_message
from mesmart_kg.validation import read_shapes, validate_quads


@pytest.fixture(scope="module")
def examiner(request: pytest.FixtureRequest) -> Examiner:
    project: Path = request.getfixturevalue("project")
    files = [project / "shapes" / name for name in ("notification.ttl", "linkset.ttl")]
    contexts = read_own_contexts(project / "ontology" / "contexts", BASE)
    return Examiner(BASE, lambda: read_shapes(files), contexts, "https://data.city.example/")


def refusal(examiner: Examiner, data: object, media_type: str = LD_JSON) -> NotificationRefused:
    with pytest.raises(NotificationRefused) as caught:
        examiner.examine(data if isinstance(data, bytes) else to_bytes(data), media_type)
    return caught.value


def test_a_correction_tells_what_it_is_about_and_how_one_knows(examiner: Examiner) -> None:
    found = examiner.examine(to_bytes(correction()), LD_JSON)

    assert (found.kind, found.activity, found.sender) == (Kind.CORRECTION, "Offer", "Ada")
    assert found.about == {
        "target": MESSINA,
        "text": "The name is misspelt.",
        "source": "https://example.org/page",
    }


def test_a_correction_may_be_about_a_page_or_a_single_statement(examiner: Examiner) -> None:
    page = correction(target="https://data.city.example/doc/city/it-messina")
    assert examiner.examine(to_bytes(page), LD_JSON).about["target"].endswith("it-messina")
    statement = {
        "type": "rdf:Statement",
        "rdf:subject": {"id": MESSINA},
        "rdf:predicate": {"id": "skos:prefLabel"},
        "rdf:object": "Mesina",
    }
    about = examiner.examine(to_bytes(correction(target=statement)), LD_JSON).about
    assert (about["target"], about["property"].rpartition("#")[2], about["value"]) == (
        MESSINA,
        "prefLabel",
        "Mesina",
    )


def test_a_file_of_links_is_an_offer_as_it_stands(examiner: Examiner) -> None:
    found = examiner.examine(LINKS.encode(), TURTLE)

    assert (found.kind, found.activity, found.sender) == (Kind.LINKSET, "Offer", "Example")
    assert found.about["links"] == "1"
    assert f"<{MESSINA}> ." in found.linkset


def test_links_come_as_text_within_json_or_as_statements_or_by_address(examiner: Examiner) -> None:
    as_text = announcement(mediaType=TURTLE, content=LINKS)
    assert f"<{MESSINA}> ." in examiner.examine(to_bytes(as_text), LD_JSON).linkset

    whole = examiner.examine(LINKS.encode(), TURTLE).linkset
    described = {
        "dcterms:title": {"@value": "Our partners", "@language": "en"},
        "dcterms:publisher": "Example",
        "dcterms:license": {"id": "https://creativecommons.org/publicdomain/zero/1.0/"},
        "dcterms:created": {"@value": "2026-11-22", "@type": "xsd:date"},
        "void:subjectsTarget": {"id": "https://data.example.org/"},
        "void:objectsTarget": {"id": f"{BASE}set/city-communities"},
        "void:linkPredicate": {"id": "skos:exactMatch"},
        "void:triples": 1,
    }
    link = {"id": "https://data.example.org/city/1", "skos:exactMatch": {"id": MESSINA}}
    as_statements = announcement(id="https://data.example.org/links", **described)
    as_statements["@included"] = [link]
    assert examiner.examine(to_bytes(as_statements), LD_JSON).linkset == whole

    named = examiner.examine(to_bytes(announcement()), LD_JSON)
    assert (named.about["address"], named.linkset) == ("https://data.example.org/links.ttl", "")


def test_what_a_form_composes_is_taken(examiner: Examiner) -> None:
    written = compose_correction(MESSINA, "Il nome è sbagliato.", "l’ho letto in municipio", "Ada")
    assert examiner.examine(written, LD_JSON).about["text"] == "Il nome è sbagliato."
    links = examiner.examine(compose_linkset("https://data.example.org/x.ttl", "Ours", "Ada"), LD_JSON)
    assert (links.sender, links.about["title"]) == ("Ada", "Ours")


def test_the_same_content_has_the_same_id_however_it_is_set(examiner: Examiner) -> None:
    first = examiner.examine(to_bytes(correction()), LD_JSON).id
    again = json.dumps(dict(reversed(correction().items())), indent=8).encode()
    assert examiner.examine(again, LD_JSON).id == first
    assert examiner.examine(to_bytes(correction(bodyValue="Another fault.")), LD_JSON).id != first


def test_activity_json_needs_no_context(examiner: Examiner) -> None:
    document = announcement(type="http://rdfs.org/ns/void#Linkset")
    del document["@context"]
    assert examiner.examine(to_bytes(document), ACTIVITY_JSON).activity == "Announce"
    assert refusal(examiner, document).fault is Fault.NO_ACTIVITY


def test_what_the_shapes_ask_for_is_told_by_their_messages(examiner: Examiner) -> None:
    error = refusal(examiner, correction(bodyValue="Hm", **{"dcterms:source": []}))

    assert error.fault is Fault.SHAPE
    findings: Any = error.facts["findings"]
    assert {each.path for each in findings} == {"oa:bodyValue", "dcterms:source"}
    without = LINKS.replace('dcterms:title "Our partners"@en ;', "")
    assert refusal(examiner, without.encode(), TURTLE).fault is Fault.SHAPE


BROKEN: list[tuple[str, object]] = [
    ("Notification-object", {"type": "Offer", "object": [], "x": 1}),
    ("Notification-actor", {"actor": ["https://a.example/", "https://b.example/"]}),
    ("NotificationObject", {"object": {"type": "Annotation", "motivation": "editing", "target": MESSINA}}),
    ("Correction-motivation", {"motivation": "oa:commenting"}),
    ("Correction-target", {"target": [MESSINA, f"{MESSINA}-2"]}),
    ("Correction-text", {"bodyValue": "x" * 5001}),
    ("Correction-text", {"bodyValue": ["It is wrong.", "It is right."]}),
    ("Correction-source", {"dcterms:source": "x" * 2001}),
    ("Correction-source", {"dcterms:source": [f"https://a.example/{number}" for number in range(6)]}),
]


@pytest.mark.parametrize(("shape", "change"), BROKEN)
def test_each_shape_of_a_message_catches_its_fault(project: Path, shape: str, change: dict[str, Any]) -> None:
    """Looked at by the shapes alone: what the reading before them would refuse is among these faults."""
    shapes = choose_shapes(read_shapes([project / "shapes" / "notification.ttl"]), MESSAGE_SHAPES)
    outer = {"type", "actor", "object"} & set(change)
    document = correction() | change if outer else correction(**change)
    quads = parse_message(to_bytes(document), LD_JSON, f"{BASE}inbox", {}).quads
    found = {each.shape.rpartition("#")[2] for each in validate_quads(quads, shapes, "urn:report").violations}

    assert found == {shape}
    sound = parse_message(to_bytes(correction()), LD_JSON, f"{BASE}inbox", {}).quads
    assert validate_quads(sound, shapes, "urn:report").conforms


def nest(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize(
    ("data", "media_type", "fault"),
    [
        (b"\xff\xfe", LD_JSON, Fault.NOT_TEXT),
        (b'{"@id": "\\ud800"}', LD_JSON, Fault.NOT_TEXT),
        (b"", LD_JSON, Fault.NOT_JSON),
        (b'{"a": NaN}', LD_JSON, Fault.NOT_JSON),
        (b'{"a": ' + b"9" * 5000 + b"}", LD_JSON, Fault.NOT_JSON),
        (nest(33), LD_JSON, Fault.TOO_DEEP),
        (nest(60_000), LD_JSON, Fault.TOO_DEEP),
        (b"[" * 200_000, LD_JSON, Fault.TOO_DEEP),
        (b"[" + b"1," * 50_000 + b"1]", LD_JSON, Fault.TOO_MUCH),
        (b"null", LD_JSON, Fault.NO_ACTIVITY),
        (b"[[" * 200_000, TURTLE, Fault.NOT_RDF),
        (b"<urn:a> <urn:b> " + b"(" * 100_000 + b")" * 100_000, TURTLE, Fault.TOO_MUCH),
        (b"@prefix a: <urn:" + b"a" * 100_000 + b"> ." + b"a:b a:c a:d . " * 20_000, TURTLE, Fault.LONG_IRI),
        (b"<< <urn:a> <urn:b> <urn:c> >> <urn:d> <urn:e> .", TURTLE, Fault.NOT_RDF),
        (LINKS.replace("<https://data.example.org/links>", "_:b").encode(), TURTLE, Fault.BLANK_NODES),
        (LINKS.replace(MESSINA, "https://other.example/1").encode(), TURTLE, Fault.NO_LINKS),
    ],
)
def test_what_can_not_be_read_is_refused_at_once(
    examiner: Examiner, data: bytes, media_type: str, fault: Fault
) -> None:
    assert refusal(examiner, data, media_type).fault is fault


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"@context": "https://evil.example/context", "type": "Offer"}, Fault.UNKNOWN_CONTEXT),
        ({"@context": {"@import": ACTIVITY_STREAMS}}, Fault.BAD_CONTEXT),
        ({"@context": {"a": {"@id": "urn:a", "@context": "file:///etc/passwd"}}}, Fault.UNKNOWN_CONTEXT),
        ({"@context": [ACTIVITY_STREAMS] * 11}, Fault.TOO_MUCH),
        ([{"@context": ACTIVITY_STREAMS}] * 11, Fault.TOO_MUCH),
        ({"@context": {"a": "urn:" + "a" * 3000}}, Fault.LONG_IRI),
        ({"@context": ACTIVITY_STREAMS, "type": ["Note"]}, Fault.NO_ACTIVITY),
        ({"@context": ACTIVITY_STREAMS, "type": "Offer"}, Fault.NO_OBJECT),
        ({"@context": ACTIVITY_STREAMS, "type": "Offer", "object": {"type": "Note"}}, Fault.NO_OBJECT),
        ([announcement(), announcement()], Fault.MANY_ACTIVITIES),
        (correction(target="https://other.example/"), Fault.NOT_OURS),
        (correction(target={"type": "rdf:Statement"}), Fault.NOT_OURS),
        (announcement(id="urn:x"), Fault.NO_ADDRESS),
        (announcement(id="https://x.example/" + "a" * 3000), Fault.LONG_IRI),
    ],
)
def test_what_means_nothing_is_refused_with_the_reason(
    examiner: Examiner, document: object, fault: Fault
) -> None:
    assert refusal(examiner, document).fault is fault


def test_our_own_context_is_the_one_of_the_release(tmp_path: Path) -> None:
    (tmp_path / "2026-11-22.jsonld").write_text('{"@context": {"x": "urn:x"}}', "utf-8")
    (tmp_path / "broken.jsonld").write_text("[", "utf-8")

    found = read_own_contexts(tmp_path, BASE)

    assert found[f"{BASE}context"] == found[f"{BASE}context/2026-11-22"] == {"x": "urn:x"}
    assert "skos" in read_own_contexts(tmp_path / "none", BASE)[f"{BASE}context"]
