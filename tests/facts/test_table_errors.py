"""What can't be read is refused with its file, its line and the remedy; nothing is lost silently."""

from __future__ import annotations

from typing import Any

import pytest
from data_folder import GRAPH, LANGUAGE, Facts

from mesmart_kg.errors import FactError

ID = {"name": "id", "suppressOutput": True, "required": True}
NOTE = {"name": "note", "propertyUrl": "skos:note"}
TABLE = "data/facts/a.csv"
MAPPING = "data/facts/a.csv-metadata.json"


def refusal(facts: Facts) -> FactError:
    """Return the error of reading, which is that of collecting."""
    with pytest.raises(FactError) as caught:
        facts.read()
    with pytest.raises(FactError) as again:
        facts.collect()
    assert str(again.value) == str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("id,note\nx,a\ny\n", 3, "1 cells where the header has 2"),
        ("id,note\nx,a\ny,b,c\n", 3, "3 cells where the header has 2"),
        ("id,note\nx,a\n\ny,b\n", 3, "0 cells where the header has 2"),
        ("id,notes\nx,a\n", 1, 'the header has "notes" where the mapping has "note"'),
        ("note,id\nx,a\n", 1, "the same columns in the same order"),
        ("", 1, "the header has"),
        ("id,note\nx,a\n,b\n", 3, "the value is missing"),
        ('id,note\nx,"a\nb"\ny,c\n', 2, "one row is one line"),
        ('id,note\nx,a\ny,"b\nz,c\n', 3, "close its quotes"),
        ('id,note\nx,"a"b\n', 2, "not CSV"),
        ("id,note\nx, a\n", 2, "a blank at an end"),
        (b"id,note\nx,a\ny,\xe9\n", 3, "UTF-8"),
    ],
)
def test_a_malformed_row_is_named_by_its_line(
    facts: Facts, content: str | bytes, line: int, words: str
) -> None:
    facts.write_table("facts/a.csv", content, [ID, NOTE])

    error = refusal(facts)
    assert (error.file, error.line) == (TABLE, line)
    assert words in str(error)


@pytest.mark.parametrize(
    ("datatype", "cell"),
    [
        ("integer", "1.5"),
        ("integer", "1_000"),
        ("decimal", "1,5"),
        ("boolean", "yes"),
        ("date", "2021-02-30"),
        ("date", "21/06/2021"),
        ("gYear", "21"),
        ("gYearMonth", "2021-13"),
        ("anyURI", "oascities.org"),
        ("anyURI", "http://a b.org/"),
        ("anyURI", "ftp://example.org/"),
        ("anyURI", "http://localhost/"),
        ({"base": "string", "format": "Q[0-9]+"}, "Q"),
        ({"base": "string", "maxLength": 2}, "abc"),
        ({"base": "string", "@id": "https://w3id.org/city-communities/def#DateOfAnyPrecision"}, "2021-06-31"),
        ({"base": "string", "@id": "https://w3id.org/city-communities/def#DateOfAnyPrecision"}, "June 2021"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(facts: Facts, datatype: Any, cell: str) -> None:
    facts.write_table("facts/a.csv", f'id,note\nx,"{cell}"\n', [ID, {**NOTE, "datatype": datatype}])

    error = refusal(facts)
    assert (error.file, error.line) == (TABLE, 2)
    assert "column 'note'" in str(error)


def test_an_empty_part_between_separators_is_refused(facts: Facts) -> None:
    facts.write_table("facts/a.csv", "id,note\nx,a;;b\n", [ID, {**NOTE, "separator": ";"}])

    assert refusal(facts).line == 2


def test_a_key_used_twice_is_refused_with_both_lines(facts: Facts) -> None:
    facts.write_table("facts/a.csv", "id,note\nx,a\ny,b\nx,c\n", [ID, NOTE], primaryKey="id")

    error = refusal(facts)
    assert error.line == 4
    assert "line 2" in str(error)


def test_a_foreign_key_without_target_is_refused(facts: Facts) -> None:
    facts.write_table("facts/b.csv", "id\nknown\n", [ID])
    key = {"columnReference": "note", "reference": {"resource": "b.csv", "columnReference": "id"}}
    facts.write_table("facts/a.csv", "id,note\nx,known\ny,stranger\n", [ID, NOTE], foreignKeys=[key])

    error = refusal(facts)
    assert (error.file, error.line) == (TABLE, 3)
    assert "'stranger' is not in b.csv" in str(error)


def test_a_foreign_key_into_a_column_that_is_not_there_is_refused(facts: Facts) -> None:
    facts.write_table("facts/b.csv", "id\nknown\n", [ID])
    key = {"columnReference": "note", "reference": {"resource": "b.csv", "columnReference": "slug"}}
    facts.write_table("facts/a.csv", "id,note\nx,known\n", [ID, NOTE], foreignKeys=[key])

    assert '"slug"' in str(refusal(facts))


@pytest.mark.parametrize("target", ["../../secret.csv", "missing.csv"])
def test_a_foreign_key_into_a_table_outside_the_data_is_refused(facts: Facts, target: str) -> None:
    key = {"columnReference": "note", "reference": {"resource": target, "columnReference": "id"}}
    facts.write_table("facts/a.csv", "id,note\nx,known\n", [ID, NOTE], foreignKeys=[key])

    assert refusal(facts).file == MAPPING


def test_a_value_whose_subject_is_unknown_is_not_dropped(facts: Facts) -> None:
    population = {**NOTE, "aboutUrl": "id/observation/{id}--{year}"}
    year = {"name": "year", "suppressOutput": True}
    facts.write_table("facts/a.csv", "id,note,year\nx,12,2020\ny,13,\n", [ID, population, year])

    error = refusal(facts)
    assert error.line == 3
    assert "would be lost" in str(error)


def test_a_value_whose_graph_is_unknown_is_not_dropped(facts: Facts) -> None:
    source = {"name": "source", "suppressOutput": True}
    facts.write_table(
        "facts/a.csv", "id,note,source\nx,a,\n", [ID, NOTE, source], **{GRAPH: "graph/source/{source}"}
    )

    assert "would be lost" in str(refusal(facts))


def test_one_row_tells_of_one_thing(facts: Facts) -> None:
    facts.write_table("facts/a.csv", "id,note\nx;y,a\n", [{**ID, "separator": ";"}, NOTE])

    assert "several IRIs" in str(refusal(facts))


def test_an_iri_that_is_none_is_refused(facts: Facts) -> None:
    facts.write_table("facts/a.csv", "id,note\nx,http://[\n", [ID, {**NOTE, "valueUrl": "{+note}"}])

    assert (refusal(facts).file, refusal(facts).line) == (TABLE, 2)


def test_an_unknown_prefix_in_a_cell_is_refused(facts: Facts) -> None:
    facts.write_table("facts/a.csv", "id,note\nx,nope:P31\n", [ID, {**NOTE, "valueUrl": "{+note}"}])

    error = refusal(facts)
    assert error.line == 2
    assert "'nope'" in str(error)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"name": "note", "propertyUrl": "nope:P31"}, "no prefix of this project"),
        ({"name": "note", "propertyUrl": "skos:no te"}, "skos:no te"),
        ({"name": "note", "propertyUrl": "skos:note", "valueUrl": "id/x/{unknown}"}, "'unknown'"),
        ({"name": "note", "propertyUrl": "skos:note", "valueUrl": "id/x{?note}"}, "{name} and {+name}"),
        ({"name": "note"}, "propertyUrl"),
        ({"name": "note", "propertyUrl": "skos:note", "datatype": "positiveInteger"}, "positiveInteger"),
        (
            {"name": "note", "propertyUrl": "skos:note", "datatype": {"base": "date", "format": "d.M.yyyy"}},
            "format",
        ),
        (
            {"name": "note", "propertyUrl": "skos:note", "datatype": {"base": "string", "format": "("}},
            "regex",
        ),
        ({"name": "note", "propertyUrl": "skos:note", "langs": "it"}, "langs"),
        ({"name": "note", "propertyUrl": "skos:note", "lang": "no such tag"}, "language tag"),
        ({"name": "note", "propertyUrl": "skos:note", "ordered": True}, "ordered"),
        ({"name": "note", "propertyUrl": "skos:note", LANGUAGE: "tag"}, '"tag"'),
        ({"name": "note", "propertyUrl": "skos:note", GRAPH + "s": "graph/x"}, "not known"),
        ({"name": "note", "propertyUrl": "skos:note", GRAPH: 7}, "a template is a text"),
    ],
)
def test_a_mapping_that_can_t_be_meant_is_refused(facts: Facts, column: dict[str, Any], words: str) -> None:
    facts.write_table("facts/a.csv", "id,note\nx,a\n", [ID, column])

    error = refusal(facts)
    assert error.file == MAPPING
    assert words in str(error)


def test_the_line_of_a_wrong_template_is_told(facts: Facts) -> None:
    path = facts.write_table(
        "facts/a.csv", "id,note\nx,a\n", [ID, {"name": "note", "propertyUrl": "nope:P31"}]
    )
    lines = path.with_name(path.name + "-metadata.json").read_text(encoding="utf-8").splitlines()

    assert "nope:P31" in lines[refusal(facts).line - 1]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{\n  "url": "a.csv",\n', 3, "not JSON"),
        ('{\n"@context": "http://www.w3.org/ns/csvw",\n"url": "b.csv", "tableSchema": {}}', 3, '"a.csv"'),
        ('{"url": "a.csv", "tableSchema": {}}', 1, "@context"),
        (
            '{"@context": "http://www.w3.org/ns/csvw", "url": "a.csv", "tableSchema": "x.json"}',
            1,
            "tableSchema",
        ),
        ('{"@context": "http://www.w3.org/ns/csvw", "url": "a.csv", "url": "a.csv"}', 1, "twice"),
        (
            '{"@context": "http://www.w3.org/ns/csvw", "url": "a.csv",\n"dialect": {}, "tableSchema": {}}',
            2,
            "dialect",
        ),
        (b'{"@context": "\xe9"}', 1, "UTF-8"),
    ],
)
def test_a_malformed_mapping_is_refused(facts: Facts, text: str | bytes, line: int, words: str) -> None:
    facts.write("facts/a.csv", "id,note\nx,a\n")
    facts.write("facts/a.csv-metadata.json", text)

    error = refusal(facts)
    assert (error.file, error.line) == (MAPPING, line)
    assert words in str(error)


def test_a_table_without_mapping_is_refused(facts: Facts) -> None:
    facts.write("facts/a.csv", "id\nx\n")

    error = refusal(facts)
    assert error.file == TABLE
    assert "a.csv-metadata.json" in str(error)


def test_a_mapping_without_table_is_refused(facts: Facts) -> None:
    facts.write("facts/a.csv-metadata.json", "{}")

    assert "missing" in str(refusal(facts))


def test_a_file_of_another_kind_is_refused_but_words_about_the_data_are_not(facts: Facts) -> None:
    facts.write("README.md", "how to edit")
    facts.write("facts/a.xlsx", "")

    assert refusal(facts).file == "data/facts/a.xlsx"
