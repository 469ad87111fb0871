"""What changed between two releases is told whole: by graph, by class and by thing, and as a patch."""

from __future__ import annotations

import gc
import gzip
import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from mesmart_kg import changes
from mesmart_kg.changes import Side, Tally, ThingTally, compare, merge, merge_releases, survey
from mesmart_kg.changes.survey import MOST_STATEMENTS, MOST_THINGS
from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.glossary import Glossary, read_glossary
from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import CC, NAMESPACE, GraphNames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from two_releases import TwoReleases

    from mesmart_kg.release import Release

BASE = NAMESPACE
GRAPHS = GraphNames(BASE)
NAME = "<http://www.w3.org/2004/02/skos/core#prefLabel>"


def line(subject: str, value: str, graph: str = "g", predicate: str = "<urn:p>") -> bytes:
    return f"<urn:{subject}> {predicate} {value} <urn:{graph}> .\n".encode()


def lines_of(release: Release, name: str = "dataset.nq.gz") -> set[bytes]:
    with gzip.open(release.dumps / name) as opened:
        return set(opened)


@pytest.fixture(scope="module")
def found(two_releases: TwoReleases) -> changes.Changes:
    return compare(two_releases.before, two_releases.after, BASE)


def thing(found: changes.Changes, iri: str) -> changes.ChangedThing:
    return next(each for each in found.things if each.iri == BASE + iri)


def test_merging_tells_where_each_line_stands() -> None:
    merged = merge([b"a\n", b"b\n", b"d\n"], [b"b\n", b"c\n", b"d\n", b"e\n"])

    assert [(side.value, text) for side, text in merged] == [
        (-1, b"a\n"),
        (0, b"b\n"),
        (1, b"c\n"),
        (0, b"d\n"),
        (1, b"e\n"),
    ]


def test_merging_finds_what_sets_find() -> None:
    choose = random.Random(7)
    for _ in range(50):
        before, after = ({b"%d\n" % choose.randrange(40) for _ in range(20)} for _ in range(2))
        merged = list(merge(sorted(before), sorted(after)))

        assert {text for side, text in merged if side is Side.ADDED} == after - before
        assert {text for side, text in merged if side is Side.REMOVED} == before - after
        assert [text for _, text in merged] == sorted(before | after)


@pytest.mark.parametrize("unsorted", [[b"b\n", b"a\n"], [b"a\n", b"a\n"]])
def test_dumps_that_are_not_sorted_are_refused(unsorted: list[bytes]) -> None:
    with pytest.raises(ReleaseDamaged, match="not sorted"):
        list(merge(unsorted, []))
    with pytest.raises(ReleaseDamaged, match="not sorted"):
        list(merge([], unsorted))


def test_every_quad_that_came_or_went_is_counted(found: changes.Changes, two_releases: TwoReleases) -> None:
    before, after = lines_of(two_releases.before), lines_of(two_releases.after)
    old, new = (lines_of(each, "default.nt.gz") for each in (two_releases.before, two_releases.after))

    assert found.quads == Tally(len(after - before), len(before - after))
    assert found.triples == Tally(len(new - old), len(old - new))
    assert sum(each.added for each in found.graphs.values()) == len(after - before)
    assert sum(each.removed for each in found.graphs.values()) == len(before - after)
    assert list(found.graphs) == sorted(found.graphs)


def test_a_new_thing_a_gone_one_and_a_changed_one_are_told_apart(found: changes.Changes) -> None:
    corinth = thing(found, "id/city/gr-corinto")
    athens = thing(found, "id/city/gr-atene")

    assert found.classes[f"{CC}City"] == ThingTally(added=1, removed=0, changed=2)
    assert found.classes[f"{CC}Membership"] == ThingTally(added=0, removed=1, changed=0)
    assert (corinth.kind, corinth.class_iri) == ("added", f"{CC}City")
    assert thing(found, "id/membership/lega--gr-atene").kind == "removed"
    assert athens.kind == "changed"
    assert {(each.kind, each.value.text) for each in athens.statements} >= {
        ("removed", "Atene"),
        ("added", "Atene la bella"),
        ("removed", f"{BASE}id/community/lega"),
    }


def test_a_statement_that_one_more_source_makes_is_not_new(found: changes.Changes) -> None:
    sparta = thing(found, "id/city/gr-sparta")

    (statement,) = sparta.statements
    assert statement.kind == "sources"
    assert statement.added_to == (GRAPHS.source("rumour"),)
    assert statement.removed_from == ()


def test_the_same_two_releases_give_the_same_difference(
    found: changes.Changes, two_releases: TwoReleases
) -> None:
    again = compare(two_releases.before, two_releases.after, BASE)

    assert changes.to_facts(again) == changes.to_facts(found)


def test_a_release_does_not_differ_from_itself(two_releases: TwoReleases) -> None:
    same = compare(two_releases.after, two_releases.after, BASE)

    assert same.is_empty
    assert (same.classes, same.graphs, same.things) == ({}, {}, ())
    assert "nothing changed" in list(changes.to_text(same, Glossary(), "en", BASE))


def test_one_graph_or_the_default_graph_can_be_compared_alone(two_releases: TwoReleases) -> None:
    before, after = two_releases.before, two_releases.after
    rumour = compare(before, after, BASE, GRAPHS.source("rumour"))
    default = compare(before, after, BASE, changes.DEFAULT)
    old, new = (lines_of(each, "default.nt.gz") for each in (before, after))

    assert rumour.quads == Tally(1, 0)
    assert set(rumour.graphs) == {GRAPHS.source("rumour")}
    assert default.quads == default.triples == Tally(len(new - old), len(old - new))
    assert default.graphs == {}


def test_the_patch_leads_from_the_one_release_to_the_other(two_releases: TwoReleases) -> None:
    before, after = two_releases.before, two_releases.after
    patch = list(changes.write_patch(merge_releases(before, after), "urn:a", "urn:b"))
    quads = lines_of(before)
    for row in patch[1:-1]:
        (quads.add if row.startswith(b"A ") else quads.remove)(row[2:])

    assert patch[0] == b"H id <urn:b> .\nH prev <urn:a> .\nTX .\n"
    assert patch[-1] == b"TC .\n"
    assert quads == lines_of(after)


def test_quads_of_one_side_are_as_they_are_in_the_dump(two_releases: TwoReleases) -> None:
    before, after = two_releases.before, two_releases.after
    added = list(changes.write_nquads(merge_releases(before, after), Side.ADDED))

    assert set(added) == lines_of(after) - lines_of(before)
    assert added == sorted(added)


def test_things_are_shown_by_name_in_the_readers_language(
    found: changes.Changes, two_releases: TwoReleases
) -> None:
    glossary = read_glossary(two_releases.after.inputs)
    shown = {
        each.reference.iri.removeprefix(BASE): each
        for each in changes.show_things(found, found.things, glossary, ("en",), BASE)
    }

    assert shown["id/city/gr-corinto"].reference.name.value == "Corinth"
    # A membership has no name of its own: it is called by who is a member of what.
    assert shown["id/membership/lega--gr-atene"].reference.name.value == "Athens · League"
    gone = [each for each in shown["id/city/gr-atene"].statements if each.is_inferred]
    assert [each.value.name.value for each in gone if isinstance(each.value, Reference)] == ["League"]


def test_a_renamed_thing_is_called_by_its_new_name(found: changes.Changes) -> None:
    assert {name.value for name in thing(found, "id/city/gr-atene").names} == {"Athens", "Atene la bella"}


def test_what_a_difference_says_in_words_names_every_class(
    found: changes.Changes, two_releases: TwoReleases
) -> None:
    glossary = read_glossary(two_releases.after.inputs)
    text = "\n".join(changes.to_text(found, glossary, "it", BASE))

    assert "Città: 1 added, 0 removed, 2 changed" in text
    assert "+ Corinto" in text
    assert "- Atene la bella · Lega" in text
    assert "[inferred]" in text


def many(count: int, extra: bytes) -> Iterator[bytes]:
    for number in range(count):
        for place in range(3):
            yield line(f"s{number:07}", f'"value {place} of a thing{" " * 80}"')
        if extra and number % 2:
            yield line(f"s{number:07}", f'"{extra.decode()}"')


def test_counts_are_exact_where_not_all_is_told() -> None:
    count = 4 * MOST_THINGS
    found = survey(merge(many(count, b""), many(count, b"z")), BASE, "a", "b")

    assert found.quads == Tally(count // 2, 0)
    assert found.classes[""] == ThingTally(changed=count // 2)
    assert len(found.things) == MOST_THINGS
    assert changes.to_facts(found)["not_told"] == count // 2 - MOST_THINGS


def test_of_a_thing_with_very_many_changes_some_are_told_and_all_are_counted() -> None:
    after = sorted(line("thing", f'"{number}"') for number in range(50_000))
    found = survey(merge([], after), BASE, "a", "b")

    (only,) = found.things
    assert only.kind == "added"
    assert len(only.statements) == MOST_STATEMENTS
    assert only.further == 50_000 - MOST_STATEMENTS


def test_memory_does_not_grow_with_the_dumps() -> None:
    """Four times the lines, with as much told of them, do not take half as much memory again."""

    def measure(count: int) -> int:
        gc.collect()
        tracemalloc.start()
        survey(merge(many(count, b""), many(count, b"z")), BASE, "a", "b")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    small = 2 * MOST_THINGS + 100
    measure(small)  # what is made once, whoever comes first, is no growth
    assert measure(4 * small) < 1.5 * measure(small)


def test_a_long_value_is_cut_and_kept_whole_in_the_patch() -> None:
    after = [line("thing", f'"{"x" * 100_000}"@en')]
    found = survey(merge([], after), BASE, "a", "b")

    assert len(found.things[0].statements[0].value.text) < 1000
    assert list(changes.write_nquads(merge([], after), Side.ADDED)) == after


def test_a_missing_dump_is_a_damaged_release(two_releases: TwoReleases) -> None:
    from dataclasses import replace

    nowhere = replace(two_releases.before, path=two_releases.before.path / "nowhere")
    with pytest.raises(ReleaseDamaged):
        compare(nowhere, two_releases.after, BASE)


def test_figures_of_two_manifests_tell_the_step_between_them(two_releases: TwoReleases) -> None:
    step = changes.compare_figures(two_releases.before, two_releases.after)

    assert step.classes[f"{CC}City"] == 1
    assert step.classes[f"{CC}Membership"] == -1
    assert not step.is_same_data
    assert changes.compare_figures(two_releases.after, two_releases.after).is_same_data
