"""How a table becomes quads: each convention of the mapping, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from data_folder import BASE, GRAPH, LANGUAGE, Facts

from mesmart_kg.errors import FactError
from mesmart_kg.facts.tables import read_table
from mesmart_kg.store import canonical_nquads

ID: dict[str, object] = {"name": "id", "suppressOutput": True, "required": True}
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
NOTE = "<http://www.w3.org/2004/02/skos/core#note>"
IN_TEST = "<graph/source/test>"


def test_a_cell_is_a_text_about_the_row_s_thing_in_the_table_s_graph(facts: Facts) -> None:
    facts.write_table(
        "facts/a.csv", "id,name\nx,Messina\n", [ID, {"name": "name", "propertyUrl": "skos:prefLabel"}]
    )

    assert facts.statements() == {f'<id/thing/x> {LABEL} "Messina" {IN_TEST}'}


def test_a_block_is_a_row_with_its_line_in_the_file(facts: Facts) -> None:
    facts.write_table(
        "facts/a.csv", "id,name\nx,One\ny,Two\n", [ID, {"name": "name", "propertyUrl": "skos:prefLabel"}]
    )

    assert [(block.file, block.line, len(block.quads)) for block in facts.read()] == [
        ("data/facts/a.csv", 2, 1),
        ("data/facts/a.csv", 3, 1),
    ]


def test_an_empty_cell_tells_nothing(facts: Facts) -> None:
    facts.write_table("facts/a.csv", "id,name\nx,\n", [ID, {"name": "name", "propertyUrl": "skos:prefLabel"}])

    (block,) = facts.read()
    assert block.quads == ()


def test_a_cell_that_holds_the_null_text_tells_nothing_but_na_is_a_value(facts: Facts) -> None:
    columns: list[dict[str, object]] = [ID, {"name": "name", "propertyUrl": "skos:note", "null": "-"}]
    facts.write_table("facts/a.csv", "id,name\nx,-\nna,NA\n", columns)

    assert facts.statements() == {f'<id/thing/na> {NOTE} "NA" {IN_TEST}'}


def test_lang_of_a_column_tags_its_texts(facts: Facts) -> None:
    columns: list[dict[str, object]] = [ID, {"name": "name", "propertyUrl": "skos:prefLabel", "lang": "it"}]
    facts.write_table("facts/a.csv", "id,name\nx,Messina\n", columns)

    assert facts.statements() == {f'<id/thing/x> {LABEL} "Messina"@it {IN_TEST}'}


def test_lang_of_the_table_is_inherited(facts: Facts) -> None:
    columns: list[dict[str, object]] = [ID, {"name": "name", "propertyUrl": "skos:prefLabel"}]
    facts.write_table("facts/a.csv", "id,name\nx,Messina\n", columns, lang="it")

    assert facts.statements() == {f'<id/thing/x> {LABEL} "Messina"@it {IN_TEST}'}


def test_the_language_annotation_takes_the_tag_from_the_row(facts: Facts) -> None:
    tag = {"name": "tag", "suppressOutput": True}
    name = {"name": "name", "propertyUrl": "skos:prefLabel", LANGUAGE: "tag"}
    facts.write_table("facts/a.csv", "id,tag,name\nx,de,Wien\ny,,Gent\n", [ID, tag, name])

    assert facts.statements() == {
        f'<id/thing/x> {LABEL} "Wien"@de {IN_TEST}',
        f'<id/thing/y> {LABEL} "Gent" {IN_TEST}',
    }


def test_a_separator_gives_one_value_for_each_part(facts: Facts) -> None:
    columns: list[dict[str, object]] = [ID, {"name": "name", "propertyUrl": "skos:note", "separator": ";"}]
    facts.write_table("facts/a.csv", "id,name\nx,a;b\n", columns)

    assert facts.statements() == {f'<id/thing/x> {NOTE} "a" {IN_TEST}', f'<id/thing/x> {NOTE} "b" {IN_TEST}'}


def test_a_value_url_gives_one_thing_for_each_part(facts: Facts) -> None:
    topics = {
        "name": "topics",
        "propertyUrl": "dcterms:subject",
        "valueUrl": "id/topic/{topics}",
        "separator": ";",
    }
    facts.write_table("facts/a.csv", "id,topics\nx,a;b\n", [ID, topics])

    subject = "<http://purl.org/dc/terms/subject>"
    assert facts.statements() == {
        f"<id/thing/x> {subject} <id/topic/a> {IN_TEST}",
        f"<id/thing/x> {subject} <id/topic/b> {IN_TEST}",
    }


def test_a_default_stands_for_an_empty_cell(facts: Facts) -> None:
    columns: list[dict[str, object]] = [
        ID,
        {"name": "note", "propertyUrl": "skos:note", "default": "unknown"},
    ]
    facts.write_table("facts/a.csv", "id,note\nx,\n", columns)

    assert facts.statements() == {f'<id/thing/x> {NOTE} "unknown" {IN_TEST}'}


def test_a_virtual_column_tells_of_every_row(facts: Facts) -> None:
    kind = {"name": "class", "virtual": True, "propertyUrl": "rdf:type", "valueUrl": "cc:City"}
    facts.write_table("facts/a.csv", "id\nx\n", [ID, kind])

    rdf_type = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    assert facts.statements() == {
        f"<id/thing/x> {rdf_type} <https://w3id.org/city-communities/def#City> {IN_TEST}"
    }


def test_a_virtual_column_may_hold_a_text_for_every_row(facts: Facts) -> None:
    note = {
        "name": "n",
        "virtual": True,
        "propertyUrl": "skos:note",
        "default": "do not compare",
        "lang": "en",
    }
    facts.write_table("facts/a.csv", "id\nx\n", [ID, note])

    assert facts.statements() == {f'<id/thing/x> {NOTE} "do not compare"@en {IN_TEST}'}


def test_a_virtual_column_is_silent_in_rows_where_its_template_lacks_a_value(facts: Facts) -> None:
    point = {"name": "point", "suppressOutput": True}
    has = {
        "name": "has",
        "virtual": True,
        "propertyUrl": "geo:hasDefaultGeometry",
        "valueUrl": "id/geometry/{point}",
    }
    about = {
        "name": "class",
        "virtual": True,
        "aboutUrl": "id/geometry/{point}",
        "propertyUrl": "rdf:type",
        "valueUrl": "geo:Geometry",
    }
    facts.write_table("facts/a.csv", "id,point\nx,x\ny,\n", [ID, point, has, about])

    assert [len(block.quads) for block in facts.read()] == [2, 0]


def test_a_column_may_tell_of_another_thing_than_the_row_s(facts: Facts) -> None:
    wkt = {
        "name": "wkt",
        "aboutUrl": "id/geometry/{id}",
        "propertyUrl": "geo:asWKT",
        "datatype": {"base": "string", "@id": "http://www.opengis.net/ont/geosparql#wktLiteral"},
    }
    facts.write_table("facts/a.csv", "id,wkt\nx,POINT(15.50 38.19394)\n", [ID, wkt])

    geo = "http://www.opengis.net/ont/geosparql#"
    assert facts.statements() == {
        f'<id/geometry/x> <{geo}asWKT> "POINT(15.50 38.19394)"^^<{geo}wktLiteral> {IN_TEST}'
    }


@pytest.fixture(autouse=True)
def _collected_alike(facts: Facts) -> Iterator[None]:
    """After each test: collecting gives the lines of what was read."""
    yield
    try:
        read = list(canonical_nquads(quad for block in facts.read() for quad in block.quads))
    except FactError:
        return
    assert facts.collect() == read


@pytest.mark.parametrize(
    ("datatype", "cell", "literal"),
    [
        ("integer", "0042", '"42"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("decimal", "1.50", '"1.5"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
        ("boolean", "true", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        ("date", "2021-06-21", '"2021-06-21"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("gYear", "2020", '"2020"^^<http://www.w3.org/2001/XMLSchema#gYear>'),
    ],
)
def test_a_datatype_makes_a_literal_in_the_form_the_store_keeps(
    facts: Facts, datatype: str, cell: str, literal: str
) -> None:
    facts.write_table(
        "facts/a.csv",
        f"id,v\nx,{cell}\n",
        [ID, {"name": "v", "propertyUrl": "skos:note", "datatype": datatype}],
    )

    assert facts.statements() == {f"<id/thing/x> {NOTE} {literal} {IN_TEST}"}


@pytest.mark.parametrize(
    ("cell", "type_name"), [("2021-06-21", "date"), ("2021-06", "gYearMonth"), ("2021", "gYear")]
)
def test_a_date_of_any_precision_is_typed_by_how_it_is_written(
    facts: Facts, cell: str, type_name: str
) -> None:
    any_precision = {"base": "string", "@id": "https://w3id.org/city-communities/def#DateOfAnyPrecision"}
    facts.write_table(
        "facts/a.csv",
        f"id,v\nx,{cell}\n",
        [ID, {"name": "v", "propertyUrl": "schema:startDate", "datatype": any_precision}],
    )

    expected = f'<id/thing/x> <https://schema.org/startDate> "{cell}"^^<http://www.w3.org/2001/XMLSchema#{type_name}>'
    assert facts.statements() == {f"{expected} {IN_TEST}"}


def test_an_address_is_kept_as_it_is(facts: Facts) -> None:
    url = {"name": "url", "propertyUrl": "schema:url", "valueUrl": "{+url}", "datatype": "anyURI"}
    address = "http://example.org/a%e3b/?x=1&y=(2)#z"
    facts.write_table("facts/a.csv", f"id,url\nx,{address}\n", [ID, url])

    assert facts.statements() == {f"<id/thing/x> <https://schema.org/url> <{address}> {IN_TEST}"}


def test_the_graph_comes_from_the_row_and_may_be_several(facts: Facts) -> None:
    name = {"name": "name", "propertyUrl": "skos:note"}
    source = {"name": "source", "suppressOutput": True, "separator": ";"}
    facts.write_table(
        "facts/a.csv", "id,name,source\nx,n,s1;s2\n", [ID, name, source], **{GRAPH: "graph/source/{source}"}
    )

    assert facts.statements() == {
        f'<id/thing/x> {NOTE} "n" <graph/source/s1>',
        f'<id/thing/x> {NOTE} "n" <graph/source/s2>',
    }


def test_a_column_may_have_its_own_graph(facts: Facts) -> None:
    link = {"name": "q", "propertyUrl": "skos:exactMatch", "valueUrl": "wd:{q}", GRAPH: "graph/links"}
    facts.write_table("facts/a.csv", "id,q\nx,Q13666\n", [ID, link])

    exact = "<http://www.w3.org/2004/02/skos/core#exactMatch>"
    assert facts.statements() == {
        f"<id/thing/x> {exact} <http://www.wikidata.org/entity/Q13666> <graph/links>"
    }


def test_a_silent_table_is_checked_but_tells_nothing(facts: Facts) -> None:
    path = facts.write_table(
        "exclusions.csv", "id,reason\nx,names a person\n", [ID, {"name": "reason"}], suppressOutput=True
    )

    assert list(read_table(path, facts.folder, BASE)) == []


def test_quoted_commas_and_quotes_are_part_of_the_text(facts: Facts) -> None:
    facts.write_table("facts/a.csv", 'id,n\nx,"a, ""b"""\n', [ID, {"name": "n", "propertyUrl": "skos:note"}])

    assert facts.statements() == {f'<id/thing/x> {NOTE} "a, \\"b\\"" {IN_TEST}'}


def test_a_foreign_key_accepts_what_the_other_table_has(facts: Facts) -> None:
    facts.write_table("facts/countries.csv", "id\nit\nfr\n", [ID])
    within = {
        "name": "within",
        "propertyUrl": "cc:within",
        "valueUrl": "id/country/{within}",
        "separator": ";",
    }
    key = {"columnReference": "within", "reference": {"resource": "countries.csv", "columnReference": "id"}}
    facts.write_table("facts/cities.csv", "id,within\nx,it;fr\ny,\n", [ID, within], foreignKeys=[key])

    assert len(facts.statements()) == 2


def test_reading_is_a_stream(facts: Facts) -> None:
    """The first row comes before the last, broken one is looked at."""
    path = facts.write_table("facts/a.csv", "id,n\nx,1\ny\n", [ID, {"name": "n", "propertyUrl": "skos:note"}])

    assert next(read_table(path, facts.folder, BASE)).line == 2


def test_files_are_read_in_the_order_of_their_paths(facts: Facts, tmp_path: Path) -> None:
    facts.write_table("facts/b.csv", "id\nx\n", [ID])
    facts.write_table("facts/a.csv", "id\nx\n", [ID])
    facts.write("concepts/z.ttl", "<a> <b> <c> .")

    assert [block.file for block in facts.read()] == [
        "data/concepts/z.ttl",
        "data/facts/a.csv",
        "data/facts/b.csv",
    ]
