"""Sets under ``data/links``: the same bytes for the same set, whole or not at all, and readable again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from given_links import BASE, HEAD, LINKS, Look

from mesmart_kg.errors import ConfigError, FactError
from mesmart_kg.facts import read_facts
from mesmart_kg.linksets import Given, compare, list_kept, read_kept, to_turtle, write

DAY = date(2026, 11, 22)


def test_what_is_written_is_read_again_as_the_same_set(look: Look, tmp_path: Path) -> None:
    examined = look(given=Given(credit='Thanks, "Corinth" \\ \n & friends', day=DAY))
    place = write(examined, tmp_path)

    again = look(place.read_bytes())
    assert place == tmp_path / "links" / "corinth.ttl"
    assert (again.links, again.description) == (examined.links, examined.description)
    assert write(again, tmp_path).read_text("utf-8") == to_turtle(examined)
    assert [path.name for path in place.parent.iterdir()] == ["corinth.ttl"]


def test_links_in_another_order_give_the_same_bytes(look: Look) -> None:
    turned = "".join(reversed(LINKS.splitlines(keepends=True)))

    assert to_turtle(look(turned)) == to_turtle(look())


def test_a_build_reads_it_into_a_graph_of_its_own(look: Look, tmp_path: Path) -> None:
    write(look(), tmp_path)

    quads = [quad for block in read_facts(tmp_path, BASE) for quad in block.quads]
    assert {str(quad.graph_name) for quad in quads} == {f"<{BASE}graph/links/corinth>"}
    assert len(quads) == len(look().description) + 2


def test_what_is_not_acceptable_is_not_written(look: Look, tmp_path: Path) -> None:
    write(look(), tmp_path)
    before = (tmp_path / "links" / "corinth.ttl").read_bytes()

    with pytest.raises(FactError, match="not in the current release"):
        write(look("their:1 skos:exactMatch our:gr-argo ."), tmp_path)
    with pytest.raises(FactError):
        write(look(head=HEAD.replace("dcterms:license", "dcterms:rights")), tmp_path)
    with pytest.raises(ConfigError, match="no name for links"):
        write(replace(look(), name="../corinth"), tmp_path)
    assert (tmp_path / "links" / "corinth.ttl").read_bytes() == before


def test_a_folder_that_can_t_be_written_to_is_told(look: Look, tmp_path: Path) -> None:
    (tmp_path / "links").write_text("a file")

    with pytest.raises(ConfigError, match="can’t be written"):
        write(look(), tmp_path)


def test_a_list_tells_who_gave_what_and_what_can_t_be_read(look: Look, tmp_path: Path) -> None:
    write(look(given=Given(day=DAY)), tmp_path)
    (tmp_path / "links" / "torn.ttl").write_text("<https://a.example/1> ")

    corinth, torn = list_kept(tmp_path)
    assert (corinth.name, corinth.links, corinth.credit, corinth.accepted) == (
        "corinth",
        2,
        "Corinth",
        "2026-11-22",
    )
    assert torn.problem.startswith("data/links/torn.ttl:1: not Turtle")
    assert read_kept(tmp_path, "../links/corinth") is None


def test_a_difference_tells_what_comes_goes_and_changes(look: Look) -> None:
    after = look(
        "their:1 skos:closeMatch our:gr-atene .\ntheir:3 skos:exactMatch our:gr-sparta .",
        HEAD.replace("The links of Corinth", "Corinth’s links"),
    )
    difference = compare(look(), after)

    assert [link.theirs[-1] for link in difference.added] == ["3"]
    assert [link.theirs[-1] for link in difference.removed] == ["2"]
    assert [(old.predicate[-10:], new.predicate[-10:]) for old, new in difference.changed] == [
        ("exactMatch", "closeMatch")
    ]
    assert difference.description == (
        '- dcterms:title "The links of Corinth"@en',
        '+ dcterms:title "Corinth’s links"@en',
    )


def test_the_day_of_taking_in_alone_is_no_difference(look: Look) -> None:
    assert not compare(look(given=Given(day=DAY)), look(given=Given(day=date(2026, 12, 1))))
