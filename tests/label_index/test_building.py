"""An index is made once, whole or not at all, the same from the same data, and asked by many at once."""

from __future__ import annotations

import gzip
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.label_index import (
    LabelIndex,
    build_index,
    join_pieces,
    make_pieces,
    open_index,
    place,
    place_index,
)
from mesmart_kg.label_index.folding import fold
from mesmart_kg.namespaces import NAMESPACE, PREFIXES, GraphNames
from mesmart_kg.sorted_lines import cut_slices, sort_lines
from mesmart_kg.work_cache import WorkCache

from .conftest import write_dump


def test_the_same_triples_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    dump = write_dump(tmp_path)
    lines = gzip.decompress(dump.read_bytes()).splitlines(keepends=True)
    random.Random(7).shuffle(lines)
    other = tmp_path / "other.nt.gz"
    other.write_bytes(gzip.compress(b"".join(lines)))

    build_index(dump, tmp_path / "one.sqlite")
    build_index(other, tmp_path / "two.sqlite")

    assert (tmp_path / "one.sqlite").read_bytes() == (tmp_path / "two.sqlite").read_bytes()


@pytest.mark.parametrize("lines", [1, 20, 10_000])
def test_however_the_statements_are_cut_and_by_whom_the_bytes_are_the_same(
    tmp_path: Path, lines: int
) -> None:
    """As a build does it: from N-Quads of several graphs, of which some are not in the default graph."""
    dump = write_dump(tmp_path)
    build_index(dump, tmp_path / "one.sqlite", "x")
    names = GraphNames(NAMESPACE)
    quads = tmp_path / "statements.nq"
    told = gzip.decompress(dump.read_bytes()).splitlines()
    graphs = [names.source("a"), names.concepts, names.source("b")]
    spread = [line[:-1] + f"<{graphs[n % 3]}> .\n".encode() for n, line in enumerate(told)]
    twice = [line[:-1] + f"<{names.inferred}> .\n".encode() for line in told[::2]]
    apart = [f'<{NAMESPACE}id/city/x> <{PREFIXES["skos"]}prefLabel> "X" <{names.metadata}> .\n'.encode()]
    sort_lines([*spread, *twice, *apart], quads)

    with WorkCache.open(tmp_path / "work") as cache, ThreadPoolExecutor(3) as work:
        pieces = make_pieces(quads, cut_slices(quads, lines), cache, work, names)
        join_pieces(pieces, tmp_path / "two.sqlite", cache)
        place_index(tmp_path / "two.sqlite", tmp_path / "two.sqlite", "x")
        join_pieces(pieces, tmp_path / "three.sqlite", cache)  # spellings are kept now
        place_index(tmp_path / "three.sqlite", tmp_path / "three.sqlite", "x")

    assert (len(pieces) > 1) == (lines < 100)
    assert (tmp_path / "two.sqlite").read_bytes() == (tmp_path / "one.sqlite").read_bytes()
    assert (tmp_path / "three.sqlite").read_bytes() == (tmp_path / "one.sqlite").read_bytes()


def test_a_changed_statement_makes_one_piece_anew(tmp_path: Path) -> None:
    text = "\n".join(f'<http://e/{n}> skos:prefLabel "n{n}" .' for n in range(500))
    with WorkCache.open(tmp_path / "work") as cache, ThreadPoolExecutor(1) as work:

        def make(text: str) -> set[Path]:
            lines = tmp_path / "told.nt"
            lines.write_bytes(gzip.decompress(write_dump(tmp_path, text).read_bytes()))
            return set(make_pieces(lines, cut_slices(lines, 100), cache, work))

        before, after = make(text), make(text.replace('"n77"', '"other"'))

    assert len(before) > 5
    assert len(before - after) == len(after - before) == 1


def test_an_index_is_made_where_it_is_missing_and_kept_where_it_is_not(tmp_path: Path) -> None:
    dump, derived = write_dump(tmp_path), tmp_path / "derived"
    open_index(derived, dump, "a").close()
    made = (derived / "labels.sqlite").stat().st_ino

    open_index(derived, dump, "a").close()
    assert (derived / "labels.sqlite").stat().st_ino == made
    assert [path.name for path in derived.iterdir()] == ["labels.sqlite"]

    open_index(derived, dump, "b").close()
    assert (derived / "labels.sqlite").stat().st_ino != made


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\0" + bytes(200)])
def test_a_broken_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    derived = tmp_path / "derived"
    derived.mkdir()
    (derived / "labels.sqlite").write_bytes(content)

    index = open_index(derived, write_dump(tmp_path), "a")

    assert index.search("messina").total
    index.close()


def spoil_the_middle(folder: Path) -> Path:
    """Make an index whose head is right, and no page from its middle on; return the dump that it is of."""
    dump = write_dump(folder, "\n".join(f'<http://e/{n}> skos:prefLabel "n{n}" .' for n in range(999)))
    open_index(folder, dump, "x").close()
    file = folder / "labels.sqlite"
    content = bytearray(file.read_bytes())
    middle = len(content) // 8192 * 4096
    content[middle:] = random.Random(1).randbytes(len(content) - middle)
    file.write_bytes(content)
    return dump


def test_a_file_spoilt_in_the_middle_is_replaced(tmp_path: Path) -> None:
    """It was served once, and failed on every page."""
    dump = spoil_the_middle(tmp_path)

    with closing(open_index(tmp_path, dump, "x")) as index:
        assert index.search("n77").hits[0].entry.iri == "http://e/77"


def test_a_file_too_large_to_be_looked_through_is_replaced_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = spoil_the_middle(tmp_path)
    monkeypatch.setattr(place, "_is_sound", lambda _connection: True)  # as where the time was over
    with (
        closing(open_index(tmp_path, dump, "x")) as index,
        pytest.raises(ReleaseDamaged, match="start again"),
    ):
        index.search("n77")
    monkeypatch.undo()

    with closing(open_index(tmp_path, dump, "x")) as index:
        assert index.search("n77").hits[0].entry.iri == "http://e/77"


def test_a_file_spoilt_while_it_is_open_is_a_damaged_release(tmp_path: Path) -> None:
    dump = write_dump(tmp_path, '<http://e/a> skos:prefLabel "a" .')
    with closing(open_index(tmp_path, dump, "x")) as index:
        (tmp_path / "labels.sqlite").write_bytes(b"nothing of the kind" * 999)

        with pytest.raises(ReleaseDamaged):
            index.search("a")


def test_an_index_of_another_format_is_made_anew(tmp_path: Path) -> None:
    dump, derived = write_dump(tmp_path), tmp_path / "derived"
    open_index(derived, dump, "a").close()
    with closing(sqlite3.connect(derived / "labels.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 999")

    index = open_index(derived, dump, "a")

    assert index.search("messina").total
    index.close()


def test_where_the_release_cannot_be_written_to_the_index_lives_elsewhere(tmp_path: Path) -> None:
    derived = tmp_path / "derived"
    derived.write_bytes(b"")  # a file in the place of the folder: root, too, can write nothing there

    index = open_index(derived, write_dump(tmp_path), "a")

    assert index.search("messina").total
    index.close()


def test_a_graph_of_nothing_has_an_index_of_nothing(tmp_path: Path) -> None:
    build_index(write_dump(tmp_path, ""), tmp_path / "labels.sqlite")
    index = LabelIndex(tmp_path / "labels.sqlite")

    assert index.classes() == ()
    assert index.search("a").total == 0
    assert index.suggest("") == ()
    index.close()


def test_blank_nodes_hold_positions_and_are_no_things(tmp_path: Path) -> None:
    text = """<https://example.org/a> a cc:City ; rdfs:label "A" ;
    geo:hasGeometry [ geo:asWKT "POINT(1 2)" ] .
    [] a cc:City ; rdfs:label "nobody" ."""
    build_index(write_dump(tmp_path, text), tmp_path / "labels.sqlite")
    index = LabelIndex(tmp_path / "labels.sqlite")

    (city,) = index.browse("city").entries
    assert (city.iri, city.point) == ("https://example.org/a", ("1", "2"))
    index.close()


def test_a_name_of_100_kb_is_cut(tmp_path: Path) -> None:
    text = f'<https://example.org/a> a cc:City ; rdfs:label "begin {"x" * 100_000}" .'
    build_index(write_dump(tmp_path, text), tmp_path / "labels.sqlite")
    index = LabelIndex(tmp_path / "labels.sqlite")

    assert len(index.search("begin").hits[0].entry.name.value) == 1000
    index.close()


def test_many_threads_ask_at_once(index: LabelIndex) -> None:
    with ThreadPoolExecutor(8) as threads:
        totals = set(threads.map(lambda _: index.search("messina").total, range(64)))

    assert totals == {3}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Forlì", "forli"),
        ("ZÜRICH", "zurich"),
        ("Ærøskøbing", "aeroskobing"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("L’Aquila", "l aquila"),
        ("  St.  Gallen (SG) ", "st gallen sg"),
        ("Straße", "strasse"),
        ("Αθήνα", "αθηνα"),
        ("…!", ""),
    ],
)
def test_spellings_of_one_name_fold_alike(text: str, folded: str) -> None:
    assert fold(text) == folded
