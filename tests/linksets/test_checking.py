"""What of a stranger's links is taken, and what is said of the rest, with its line."""

from __future__ import annotations

import json
from datetime import date

import pytest
from given_links import BASE, HEAD, LINKS, Look

from mesmart_kg.errors import FactError
from mesmart_kg.linksets import LARGEST, Given, Link

FIRST = HEAD.count("\n") + 1
EXACT = "http://www.w3.org/2004/02/skos/core#exactMatch"
ATHENS = f"{BASE}id/city/gr-atene"
SPARTA = f"{BASE}id/city/gr-sparta"
THEIRS = "https://data.example.org/city/1"


def test_a_sound_set_is_acceptable_and_counted(look: Look) -> None:
    examined = look()

    assert examined.is_acceptable
    assert examined.iri == "https://data.example.org/links"
    assert [(link.theirs, link.ours) for link in examined.links] == [
        (THEIRS, ATHENS),
        ("https://data.example.org/city/2", SPARTA),
    ]
    assert [each.value for each in examined.told("void:triples")] == ["2"]
    assert len(examined.told("void:linkPredicate")) == 2


def test_a_link_may_be_given_either_way_round_and_is_kept_from_theirs_to_ours(look: Look) -> None:
    examined = look("our:gr-atene skos:broadMatch their:1 .\n")

    assert examined.is_acceptable
    assert examined.links == (Link(THEIRS, EXACT.replace("exact", "narrow"), ATHENS),)


def test_targets_that_are_told_the_other_way_round_are_turned_with_the_links(look: Look) -> None:
    head = HEAD.replace("subjectsTarget", "x").replace("objectsTarget", "subjectsTarget")
    examined = look(head=head.replace("void:x", "void:objectsTarget"))

    assert [each.value for each in examined.told("void:subjectsTarget")] == ["https://data.example.org/"]


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ("their:1 skos:exactMatch our:gr-argo .", "not in the current release"),
        ("their:1 skos:exactMatch their:2 .", "neither side"),
        ("our:gr-atene skos:exactMatch our:gr-sparta .", "both sides"),
        ('their:1 skos:exactMatch "Athens" .', "a text"),
        ("their:1 skos:exactMatch [] .", "blank node"),
        ("their:1 <http://www.w3.org/2002/07/owl#sameAs> our:gr-atene .", "skos:exactMatch"),
        ('their:1 skos:prefLabel "Athens" .', "skos:prefLabel is neither a link"),
        ("their:1 a void:Dataset .", "tells only of itself"),
        ("<urn:x:1> skos:exactMatch our:gr-atene .", "no web address"),
        ("<https://a@b.example/1> skos:exactMatch our:gr-atene .", "names a user"),
        ("<https://b.example/\u202egnp> skos:exactMatch our:gr-atene .", "nobody sees"),
        (f"<https://b.example/{'x' * 2000}> skos:exactMatch our:gr-atene .", "longer than"),
        (f"<{BASE}id/city/gr-x/y> skos:exactMatch our:gr-atene .", "both sides"),
        (f"<{BASE}graph/x> skos:exactMatch our:gr-atene .", "under our own base"),
    ],
)
def test_what_has_no_place_in_a_set_is_told_with_its_line(look: Look, links: str, words: str) -> None:
    examined = look("their:9 skos:closeMatch our:gr-sparta .\n" + links)

    (problem,) = examined.problems
    assert problem.line == FIRST + 1
    assert words in problem.message
    assert not examined.is_acceptable


def test_one_thing_of_theirs_is_not_exactly_two_of_ours(look: Look) -> None:
    (problem,) = look(
        "their:1 skos:exactMatch our:gr-atene .\ntheir:1 skos:exactMatch our:gr-sparta ."
    ).problems

    assert problem.line == FIRST + 1
    assert "exactly two things" in problem.message


def test_two_relations_of_the_same_two_things_contradict_each_other(look: Look) -> None:
    (problem,) = look(
        "their:1 skos:exactMatch our:gr-atene .\nour:gr-atene skos:closeMatch their:1 ."
    ).problems

    assert "both as" in problem.message


def test_a_link_said_twice_is_kept_once_and_told(look: Look) -> None:
    examined = look("their:1 skos:exactMatch our:gr-atene .\nour:gr-atene skos:exactMatch their:1 .")

    assert examined.is_acceptable
    assert (len(examined.links), examined.notes[0].line) == (1, FIRST + 1)


def test_two_of_theirs_may_be_one_of_ours_and_it_is_told(look: Look) -> None:
    examined = look("their:1 skos:exactMatch our:gr-atene .\ntheir:2 skos:exactMatch our:gr-atene .")

    assert examined.is_acceptable
    assert "two of theirs" in examined.notes[0].message


def test_a_link_that_contradicts_one_we_hold_is_refused_unless_it_replaces_it(look: Look) -> None:
    def held(iri: str) -> list[tuple[str, str]]:
        return [(SPARTA, "skos:exactMatch")] if iri == THEIRS else []

    assert "that we hold already" in look(held=held).problems[0].message
    assert look(held=held, previous=[Link(THEIRS, EXACT, SPARTA)]).is_acceptable


def test_a_set_that_says_it_is_larger_than_it_is_may_have_been_cut(look: Look) -> None:
    head = HEAD.replace("void:subjectsTarget", "void:triples 3 ; void:subjectsTarget")

    assert "is the file whole" in look(head=head).problems[0].message


@pytest.mark.parametrize(
    ("left_out", "path"),
    [
        ("dcterms:title", "dcterms:title"),
        ("dcterms:license", "dcterms:license"),
        ("void:subjectsTarget", "void:subjectsTarget"),
        ("dcterms:publisher", None),
        ("dcterms:created", None),
    ],
)
def test_the_shape_asks_for_a_whole_description(look: Look, left_out: str, path: str | None) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.strip().startswith(left_out))
    examined = look(head=head)

    assert [finding.path for finding in examined.report.violations] == [path]
    assert not examined.is_acceptable


def test_without_a_description_or_with_two_there_is_no_set(look: Look) -> None:
    alone = look(head=HEAD[: HEAD.index("<https://data.example.org/links>")])
    assert "exactly one set" in alone.problems[0].message
    two = HEAD + "<https://data.example.org/more> a void:Linkset .\n"
    assert any("exactly one set" in problem.message for problem in look(head=two).problems)


def test_what_a_curator_tells_takes_the_place_of_what_the_file_tells(look: Look) -> None:
    given = Given(
        "Thanks to Corinth",
        "https://example.org/licence",
        "https://data.example.org/l.ttl",
        date(2026, 11, 22),
    )
    examined = look(given=given)

    told = {
        name: [each.value for each in examined.told(name)]
        for name in ("dcterms:license", "schema:creditText")
    }
    assert told == {
        "dcterms:license": ["https://example.org/licence"],
        "schema:creditText": ["Thanks to Corinth"],
    }
    assert [each.value for each in examined.told("dcterms:dateAccepted")] == ["2026-11-22"]
    assert [each.value for each in examined.told("dcterms:source")] == ["https://data.example.org/l.ttl"]


def test_json_ld_with_its_own_context_is_read_too(look: Look) -> None:
    document = {
        "@context": {"void": "http://rdfs.org/ns/void#", "skos": "http://www.w3.org/2004/02/skos/core#"},
        "@graph": [
            {"@id": "https://data.example.org/links", "@type": "void:Linkset"},
            {"@id": THEIRS, "skos:exactMatch": {"@id": ATHENS}},
        ],
    }
    examined = look(json.dumps(document).encode())

    assert examined.links == (Link(THEIRS, EXACT, ATHENS),)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"<a> <b", 1, "not Turtle"),
        (HEAD.encode() + b"\nx:1 y:2 z:3 .", HEAD.count("\n") + 2, "not Turtle"),
        (b"their:1 \xff", 1, "UTF-8"),
        (b"<!DOCTYPE html><html>", 1, "web page"),
        (
            b'{"@context": "https://example.org/context", "@id": "https://a.example/"}',
            0,
            "nothing is fetched",
        ),
        (b'{"a": 1,\n}', 2, "not JSON"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 0, "nests too deep"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, 0, "deeper"),
        (b"[" + b",".join([b'{"@context": {}}'] * 11) + b"]", 0, "contexts"),
        (b"#" + b"x" * LARGEST, 0, "MiB"),
        (b"<https://a.example/1>\0", 1, "zero byte"),
        (b"@prefix a: <https://a.example/> .\n" * 100, 61, "prefixes"),
        (b"<relative> a <b> .", 1, "not Turtle"),
    ],
)
def test_what_can_t_be_read_is_an_error_with_its_line(look: Look, data: bytes, line: int, words: str) -> None:
    with pytest.raises(FactError, match=words) as caught:
        look(data)

    assert caught.value.line == line


def test_the_same_links_in_another_order_are_the_same_set(look: Look) -> None:
    assert look("".join(reversed(LINKS.splitlines(keepends=True)))) == look()


def test_of_many_problems_some_are_told_and_the_rest_counted(look: Look) -> None:
    examined = look("".join(f"their:{n} skos:exactMatch their:x{n} .\n" for n in range(200)))

    assert len(examined.problems) == 51
    assert "more of the kind" in examined.problems[-1].message
