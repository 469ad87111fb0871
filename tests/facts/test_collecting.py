"""All of ``data/`` read in pieces, on all cores, gives the bytes and the errors of reading it row by row."""

from __future__ import annotations

import csv
import io
import multiprocessing
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from data_folder import BASE, GRAPH, LANGUAGE, Facts, Here
from hypothesis import given, settings
from hypothesis import strategies as st

from mesmart_kg.errors import FactError
from mesmart_kg.facts import Place, collect_facts, read_shared_concepts
from mesmart_kg.facts.literals import value_writer, write_text
from mesmart_kg.store import Literal, canonical_nquads
from mesmart_kg.work_cache import WorkCache

ID: dict[str, object] = {"name": "id", "suppressOutput": True, "required": True}
NOTE: dict[str, object] = {"name": "note", "propertyUrl": "skos:note"}
DATE = {"base": "string", "@id": "https://w3id.org/city-communities/def#DateOfAnyPrecision"}
CODE = {"base": "string", "format": "[a-z]+"}
WKT = {"base": "string", "@id": "http://www.opengis.net/ont/geosparql#wktLiteral"}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[WorkCache]:
    with WorkCache.open(tmp_path / "work") as opened:
        yield opened


def lines_of(facts: Facts) -> list[bytes]:
    return list(canonical_nquads(quad for block in facts.read() for quad in block.quads))


def collected_lines(
    facts: Facts, cache: WorkCache, rows: int = 2, work: Executor | None = None
) -> list[bytes]:
    collected = collect_facts(facts.folder, BASE, cache, work or Here(), rows=rows)
    each = [run.read_bytes().splitlines(keepends=True) for run in collected.runs]
    assert all(lines == sorted(set(lines)) for lines in each)
    assert collected.statements == sum(map(len, each))
    return sorted({line for lines in each for line in lines})


def outcome(read: Callable[[], list[bytes]]) -> list[bytes] | tuple[str, int, str]:
    try:
        return read()
    except FactError as error:
        return error.file, error.line, str(error)


def write_csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write_many(facts: Facts, count: int = 300, *, spoil: dict[int, str] | None = None) -> None:
    """Write a table of many rows; ``spoil`` gives other texts to lines of the file."""
    lines = ["id,note", *(f"x{number},note {number}" for number in range(count))]
    for line, text in (spoil or {}).items():
        lines[line - 1] = text
    facts.write_table("facts/a.csv", "\n".join(lines) + "\n", [ID, NOTE], primaryKey="id")


_SOURCE = "id/source/{source}"
_GEOMETRY = "id/geometry/{id}"

# Of each kind of column how it is described, and what may stand in its cells.
COLUMNS: dict[str, tuple[dict[str, object], list[str]]] = {
    "text": ({"propertyUrl": "skos:note"}, ["a", 'say "x"', "", "\\", " a", "città", "\x7f", "\ufffe"]),
    "italian": ({"propertyUrl": "skos:prefLabel", "lang": "it"}, ["Città", "", "x, y"]),
    "tagged": ({"propertyUrl": "skos:altLabel", LANGUAGE: "tag", "separator": "|"}, ["Wien|Vienna", "", "|"]),
    "tag": ({"suppressOutput": True}, ["de", "EN-gb", "", "no tag", "x"]),
    "list": ({"propertyUrl": "skos:note", "separator": ";"}, ["a;b", "a", "", "a;a"]),
    "default": ({"propertyUrl": "skos:note", "default": "unknown"}, ["", "known"]),
    "null": ({"propertyUrl": "skos:note", "null": ["-", "n/a"]}, ["-", "n/a", "NA"]),
    "count": ({"propertyUrl": "cc:population", "datatype": "integer"}, ["1", "007", "-0", "9" * 30, "1.0"]),
    "amount": ({"propertyUrl": "schema:amount", "datatype": "decimal"}, ["1.50", ".5", "-0.0", "1e3", "2"]),
    "size": ({"propertyUrl": "schema:size", "datatype": "double"}, ["1.50", "1e3", "INF", "NaN", "x"]),
    "truth": ({"propertyUrl": "schema:open", "datatype": "boolean"}, ["true", "false", "yes"]),
    "day": ({"propertyUrl": "schema:startDate", "datatype": DATE}, ["2021", "2021-06", "2021-06-21", "21"]),
    "time": ({"propertyUrl": "dcterms:date", "datatype": "dateTime"}, ["2021-06-21T10:00:00Z", "2021"]),
    "code": ({"propertyUrl": "skos:notation", "datatype": CODE}, ["ab", "A"]),
    "place": ({"propertyUrl": "geo:asWKT", "datatype": WKT, "aboutUrl": _GEOMETRY}, ['POINT(1 "2")', ""]),
    "page": (
        {"propertyUrl": "schema:url", "valueUrl": "{+page}", "datatype": "anyURI"},
        ["http://a.it/?x=%20"],
    ),
    "other": (
        {"propertyUrl": "schema:about", "valueUrl": "{+other}"},
        ["id/è", "wd:Q1", "no:x", "http://[", ""],
    ),
    "pair": ({"propertyUrl": "cc:within", "valueUrl": "id/{tag}/{pair}", "separator": ";"}, ["a;b", "a b/c"]),
    "property": ({"propertyUrl": "skos:{tag}"}, ["x", ""]),
    "subject": ({"propertyUrl": "skos:note", "aboutUrl": "id/{list}"}, ["x", ""]),
    "source": ({"propertyUrl": "dcterms:source", "valueUrl": _SOURCE, "separator": ";"}, ["s", "s;t", ""]),
    "kind": ({"virtual": True, "propertyUrl": "rdf:type", "valueUrl": "cc:City"}, []),
    "said": ({"virtual": True, "propertyUrl": "skos:note", "default": "so", "lang": "en"}, []),
    "has": ({"virtual": True, "propertyUrl": "geo:hasGeometry", "valueUrl": "id/geometry/{tag}"}, []),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[dict[str, object]], dict[str, object]]:
    """Draw a table of all kinds of columns, most cells as they should be, and what is said of the table."""
    chosen = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True, min_size=1, max_size=6))
    # What templates and annotations name must be there; virtual columns stand last.
    names = dict.fromkeys([*chosen, "tag", "list", "source"])
    cells = [name for name in names if not COLUMNS[name][0].get("virtual")]
    columns = [ID, *({"name": name, **COLUMNS[name][0]} for name in [*cells, *(set(names) - set(cells))])]
    keys = st.sampled_from(["x", "y", "z", "it-messina"]) | st.text(max_size=3)
    odd = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=4)
    row = st.tuples(keys, *(st.sampled_from(COLUMNS[name][1]) | odd for name in cells))
    plain = st.tuples(
        keys, *(st.sampled_from([text for text in COLUMNS[name][1] if text][:2]) for name in cells)
    )
    rows = [list(each) for each in draw(st.lists(plain | row, min_size=1, max_size=4))]
    said: dict[str, object] = {GRAPH: draw(st.sampled_from(["graph/links", "graph/source/{source}"]))}
    if draw(st.booleans()):
        said["primaryKey"] = draw(st.sampled_from(["id", ["id", "list"]]))
    if draw(st.booleans()):
        reference = {"resource": "b.csv", "columnReference": "id"}
        said["foreignKeys"] = [
            {"columnReference": draw(st.sampled_from(["list", "tag"])), "reference": reference}
        ]
    return write_csv([["id", *cells], *rows]), columns, said


@settings(max_examples=50)
@given(tables(), st.integers(min_value=1, max_value=4))
def test_any_table_gives_the_lines_or_the_error_of_reading_it_row_by_row(
    table: tuple[str, list[dict[str, object]], dict[str, object]], rows: int
) -> None:
    content, columns, said = table
    with TemporaryDirectory() as folder:
        facts = Facts(Path(folder, "data"))
        facts.write_table("facts/b.csv", "id\na\nb\nde\nx\n", [ID])
        facts.write_table("facts/a.csv", content, columns, **said)

        assert outcome(lambda: facts.collect(rows)) == outcome(lambda: lines_of(facts))


STATEMENTS = st.lists(
    st.sampled_from(
        [
            "<a> <b> <c> .\n",
            "@prefix ex: <http://one.example/> .\n",
            "PREFIX ex: <http://two.example/>\n",
            "ex:a <b> ex:c .\n",
            'ex:d <b> "x" , """one.\n<two> .\nex:three .\n""" .\n',
            "<a> <b> 1.50 ; # a dot.\n  <d> 'e' .\n",
            "<a> <b> <c> . <d> <e> <f> .\n",
            "<é> <b> \"caffè\"@it .\n",
            "_:x <b> <c> .\n",
            "<a> <b> \"\"\"open .\n",
            "<a> <b>\n",
            "<a> <b> '7'^^<http://www.w3.org/2001/XMLSchema#int> .\n",
            "# a comment.\n",
        ]
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=50)
@given(STATEMENTS, st.booleans())
def test_any_turtle_gives_the_lines_or_the_error_of_reading_it_statement_by_statement(
    statements: list[str], declared: bool
) -> None:
    head = "@prefix ex: <http://zero.example/> .\n" if declared else ""
    with TemporaryDirectory() as folder:
        facts = Facts(Path(folder, "data"))
        facts.write("facts/a.ttl", head + "".join(statements))

        assert outcome(lambda: facts.collect(1)) == outcome(lambda: lines_of(facts))


def test_every_character_is_written_as_oxigraph_writes_it() -> None:
    escaped = [*map(chr, range(0x20)), '"', "\\", "\x7f", "\ufffe", "\uffff"]
    others = "".join({chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000} - {*escaped})

    assert write_text(others) == str(Literal(others)) == f'"{others}"'
    for character in escaped:
        assert write_text(character) == str(Literal(character)) != f'"{character}"'


def test_a_language_and_a_datatype_are_written_as_oxigraph_writes_them() -> None:
    assert write_text("x", "EN-gb") == str(Literal("x", language="EN-gb"))
    assert value_writer("https://example.org/type")('"') == '"\\""^^<https://example.org/type>'


def test_many_rows_are_cut_into_many_runs_with_the_same_lines(facts: Facts, cache: WorkCache) -> None:
    write_many(facts)

    collected = collect_facts(facts.folder, BASE, cache, Here(), rows=10)

    assert len(collected.runs) > 10
    assert collected_lines(facts, cache, 10) == lines_of(facts)


def test_a_changed_line_has_one_piece_read_again_and_gives_the_bytes_of_a_build_from_nothing(
    facts: Facts, cache: WorkCache, tmp_path: Path
) -> None:
    write_many(facts)
    before = collect_facts(facts.folder, BASE, cache, Here(), rows=20)
    write_many(facts, spoil={150: "x148,changed", 151: "x149,note 149\nadded,a line more"})

    work = Here()
    after = collect_facts(facts.folder, BASE, cache, work, rows=20)

    assert 1 <= work.asked <= 3 < len(after.runs)
    assert len(set(after.runs) - set(before.runs)) == work.asked
    with WorkCache.open(tmp_path / "other") as other:
        anew = collect_facts(facts.folder, BASE, other, Here(), rows=20)
        assert [run.read_bytes() for run in anew.runs] == [run.read_bytes() for run in after.runs]


def test_what_did_not_change_is_not_read_again(facts: Facts, cache: WorkCache) -> None:
    write_many(facts)
    facts.write("concepts/topic.ttl", "<a> <b> <c> .")
    first = collect_facts(facts.folder, BASE, cache, Here())
    work = Here()

    assert collect_facts(facts.folder, BASE, cache, work) == first
    assert work.asked == 0


def test_another_mapping_has_the_table_read_again(facts: Facts, cache: WorkCache) -> None:
    facts.write_table("facts/a.csv", "id,note\nx,a\n", [ID, NOTE])
    collected_lines(facts, cache)
    facts.write_table("facts/a.csv", "id,note\nx,a\n", [ID, {**NOTE, "lang": "it"}])

    assert collected_lines(facts, cache) == lines_of(facts)


@pytest.mark.parametrize(
    "spoil",
    [
        {280: "x1,used before"},
        {200: "x198,a,b"},
        {200: " x198,a"},
        {100: 'x98,"open', 250: "x1,used before"},
        {100: 'x98,"open', 200: 'x198,close"'},
        {100: "x98,a\rb"},
        {250: "x1,used before", 251: "x249"},
        {1: "id,notes"},
    ],
)
def test_the_first_error_is_told_with_its_line_in_whatever_piece_it_is(
    facts: Facts, cache: WorkCache, spoil: dict[int, str]
) -> None:
    write_many(facts, spoil=spoil)

    told = outcome(lambda: collected_lines(facts, cache, 10))
    assert isinstance(told, tuple)
    assert told == outcome(lambda: lines_of(facts))


def test_the_first_file_with_an_error_is_told_even_if_another_has_no_mapping(
    facts: Facts, cache: WorkCache
) -> None:
    write_many(facts, spoil={250: "x1,used before"})
    facts.write("facts/b.csv", "id\n")
    facts.write("facts/c.xlsx", "")

    assert outcome(lambda: collected_lines(facts, cache)) == outcome(lambda: lines_of(facts))


def test_a_key_in_a_piece_of_a_later_table_is_found_and_a_missing_one_is_not(
    facts: Facts, cache: WorkCache
) -> None:
    key = {"columnReference": "note", "reference": {"resource": "z.csv", "columnReference": "id"}}
    targets = "".join(f"known{number}\n" for number in range(100))
    facts.write_table("facts/z.csv", f"id\n{targets}", [ID])
    rows = "".join(f"x{number},known{number}\n" for number in range(100))
    facts.write_table("facts/a.csv", f"id,note\n{rows}", [ID, NOTE], foreignKeys=[key])
    assert collected_lines(facts, cache) == lines_of(facts)

    facts.write_table("facts/a.csv", f"id,note\n{rows}y,stranger\n", [ID, NOTE], foreignKeys=[key])
    assert outcome(lambda: collected_lines(facts, cache)) == outcome(lambda: lines_of(facts))


def test_a_table_that_is_referred_to_may_change_without_the_others_being_read_again(
    facts: Facts, cache: WorkCache
) -> None:
    key = {"columnReference": "note", "reference": {"resource": "z.csv", "columnReference": "id"}}
    facts.write_table("facts/a.csv", "id,note\nx,known\n", [ID, NOTE], foreignKeys=[key])
    facts.write_table("facts/z.csv", "id\nknown\n", [ID])
    collected_lines(facts, cache)
    facts.write_table("facts/z.csv", "id\nknown\nmore\n", [ID])
    work = Here()
    collected_lines(facts, cache, work=work)
    assert work.asked == 1

    facts.write_table("facts/z.csv", "id\nmore\n", [ID])
    with pytest.raises(FactError, match=re.escape("'known' is not in z.csv")):
        collected_lines(facts, cache)


def test_a_file_that_changes_while_it_is_read_is_refused_and_nothing_wrong_is_kept(
    facts: Facts, cache: WorkCache
) -> None:
    write_many(facts)
    before = lines_of(facts)

    with pytest.raises(FactError, match="changed while it was being read"):
        collected_lines(facts, cache, work=Here(lambda: write_many(facts, spoil={2: "x0,changed"})))
    write_many(facts)
    assert collected_lines(facts, cache) == before


def test_shared_vocabularies_come_first_without_what_they_say_of_things(
    facts: Facts, cache: WorkCache, tmp_path: Path
) -> None:
    shared = tmp_path / "shared" / "data" / "concepts" / "topic.ttl"
    shared.parent.mkdir(parents=True)
    shared.write_text("<voc/a> <b> <c> ; <source> <id/source/x> .\n", encoding="utf-8")
    facts.write_table("facts/a.csv", "id,note\nx,a\n", [ID, NOTE])

    collected = collect_facts(facts.folder, BASE, cache, Here(), [shared])

    blocks = [*read_shared_concepts([shared], shared.parent.parent, BASE), *facts.read()]
    expected = list(canonical_nquads(quad for block in blocks for quad in block.quads))
    assert b"".join(run.read_bytes() for run in collected.runs) == b"".join(sorted(expected, reverse=True))
    assert collected.locate([f"{BASE}voc/a"]) == {f"{BASE}voc/a": (Place("data/concepts/topic.ttl", 1),)}


def test_a_thing_is_located_where_it_is_told_else_where_it_is_mentioned(
    facts: Facts, cache: WorkCache
) -> None:
    within: dict[str, object] = {
        "name": "country",
        "propertyUrl": "cc:within",
        "valueUrl": "id/country/{country}",
    }
    rows = "".join(f"city-{number},it,\n" for number in range(50))
    text = {**NOTE, "name": "text"}
    facts.write_table(
        "facts/cities.csv",
        f'id,country,text\n{rows}it-messina,it,\nx,fr,"see <{BASE}id/country/xx> there"\n',
        [ID, within, text],
        aboutUrl="id/city/{id}",
    )
    facts.write(
        "facts/messina-2021.ttl",
        "<id/project/p> <http://purl.org/dc/terms/spatial> <id/city/it-messina> .\n\n"
        '<id/city/it-messina>\n    <http://www.w3.org/2004/02/skos/core#note> "city"@en .\n'
        '<id/country/it> <http://www.w3.org/2004/02/skos/core#note> "country"@en .\n',
    )
    cities, notice = "data/facts/cities.csv", "data/facts/messina-2021.ttl"
    wanted = {
        f"{BASE}id/city/it-messina": (Place(cities, 52), Place(notice, 3)),
        f"{BASE}id/country/it": (Place(notice, 5),),
        f"{BASE}id/country/fr": (Place(cities, 53),),
        f"{BASE}id/country/xx": (),
        "http://www.w3.org/2004/02/skos/core#note": (),
    }

    for size in (1, 5, 4096):
        collected = collect_facts(facts.folder, BASE, cache, Here(), rows=size)
        assert collected.locate(list(wanted)) == wanted
    assert collected.locate([]) == {}


def test_statements_are_told_as_they_come(facts: Facts, cache: WorkCache) -> None:
    write_many(facts)
    told: list[int] = []

    collected = collect_facts(facts.folder, BASE, cache, Here(), tell=told.append, rows=20)

    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == collected.statements == 300


@pytest.mark.slow
def test_processes_give_what_one_thread_gives(facts: Facts, cache: WorkCache, tmp_path: Path) -> None:
    write_many(facts)
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(2, mp_context=context) as processes, ThreadPoolExecutor(2) as threads:
        by_processes = collect_facts(facts.folder, BASE, cache, processes, rows=20)
        with WorkCache.open(tmp_path / "other") as other:
            by_threads = collect_facts(facts.folder, BASE, other, threads, rows=20)
            assert [run.read_bytes() for run in by_processes.runs] == [
                run.read_bytes() for run in by_threads.runs
            ]
        write_many(facts, spoil={200: "x198,a,b"})
        with pytest.raises(FactError, match=re.escape("data/facts/a.csv:200: 3 cells")):
            collect_facts(facts.folder, BASE, cache, processes, rows=20)
