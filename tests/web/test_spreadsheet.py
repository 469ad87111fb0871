"""Answers as workbooks, read back from their XML as a spreadsheet reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from mesmart_kg.engine import Solutions
from mesmart_kg.errors import QueryTooLarge
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term
from mesmart_kg.web import spreadsheet
from mesmart_kg.web.spreadsheet import About, to_xlsx

XSD = "http://www.w3.org/2001/XMLSchema#"
ABOUT = About(
    "Le comunità",
    "SELECT * WHERE { ?s ?p ?o }",
    "2026-11-22-0123abcd",
    date(2026, 11, 22),
    "https://creativecommons.org/licenses/by/4.0/",
    "http://localhost/sparql?query=SELECT",
)


@dataclass(frozen=True)
class Cell:
    """A cell as it is written: its type (``n``, ``s``, ``b``), text or number, and the format of numbers."""

    kind: str
    value: str
    style: str
    is_quoted: bool


class Book:
    """What a workbook holds."""

    def __init__(self, data: bytes) -> None:
        with ZipFile(BytesIO(data)) as packed:
            self.parts = {name: packed.read(name) for name in packed.namelist()}
        self._strings = [
            "".join(text.text or "" for text in item.findall(".//{*}t"))
            for item in self._parse("xl/sharedStrings.xml").findall(".//{*}si")
        ]
        styles = self._parse("xl/styles.xml")
        # "0" has a number of its own (ECMA-376, part 1, section 18.8.30).
        formats = {"1": "0"}
        for each in styles.findall(".//{*}numFmt"):
            formats[each.get("numFmtId", "")] = each.get("formatCode", "")
        self._styles = [
            (formats.get(each.get("numFmtId", ""), ""), each.get("quotePrefix") == "1")
            for each in styles.findall("{*}cellXfs/{*}xf")
        ]

    def _parse(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.parts[name])

    def sheet(self, number: int) -> Mapping[str, Cell]:
        """Return the cells of a sheet by their places, such as ``A1``."""
        cells = {}
        for element in self._parse(f"xl/worksheets/sheet{number}.xml").findall(".//{*}c"):
            kind, value = element.get("t", "n"), element.findtext("{*}v") or ""
            style, is_quoted = self._styles[int(element.get("s", "0"))]
            text = self._strings[int(value)] if kind == "s" else value
            cells[element.get("r", "")] = Cell(kind, text, style, is_quoted)
        return cells

    def links(self, number: int) -> set[str]:
        """Return what the cells of a sheet lead to, without what follows a ``#``."""
        relations = self.parts.get(f"xl/worksheets/_rels/sheet{number}.xml.rels", b"<none/>")
        return {each.get("Target", "") for each in ElementTree.fromstring(relations)}


def typed(value: str, datatype: str) -> Literal:
    return Literal(value, datatype=NamedNode(XSD + datatype))


def write(*terms: Term) -> Book:
    """Return a workbook with these terms in column A, from the second row on."""
    return Book(to_xlsx(Solutions(("value",), tuple({"value": term} for term in terms)), ABOUT))


def write_cell(term: Term) -> Cell:
    return write(term).sheet(1)["A2"]


@pytest.mark.parametrize(
    ("literal", "kind", "value", "style"),
    [
        (Literal(42), "n", "42", ""),
        (typed("0.1", "decimal"), "n", "0.1", ""),
        (typed("1.5E3", "double"), "n", "1500", ""),
        (typed("123456789012345", "integer"), "n", "123456789012345", ""),
        (Literal(True), "b", "1", ""),
        (typed("2024", "gYear"), "n", "2024", "0"),
        (typed("1900-03-01", "date"), "n", "61", "yyyy-mm-dd"),
        (typed("2024-01-01T12:00:00", "dateTime"), "n", "45292.5", 'yyyy-mm-dd"T"hh:mm:ss'),
        (typed("2024-01-01T12:00:00Z", "dateTime"), "n", "45292.5", 'yyyy-mm-dd"T"hh:mm:ss"Z"'),
        (typed("2024-01-01T14:00:00+02:00", "dateTime"), "n", "45292.5", 'yyyy-mm-dd"T"hh:mm:ss"Z"'),
    ],
)
def test_a_cell_has_the_type_of_its_literal(literal: Literal, kind: str, value: str, style: str) -> None:
    cell = write_cell(literal)

    assert (cell.kind, cell.value, cell.style) == (kind, value, style)


@pytest.mark.parametrize(
    "literal",
    [
        Literal("42"),
        typed("1234567890123456", "integer"),
        typed("0.12345678901234567", "decimal"),
        typed("INF", "double"),
        typed("NaN", "double"),
        typed("1E400", "double"),
        typed("1E-320", "double"),
        typed("many", "integer"),
        typed("1900-02-28", "date"),
        typed("2024-02-30", "date"),
        typed("2024-01-01Z", "date"),
        typed("12024-01-01", "date"),
        typed("2024-01-01T12:00:00.123456Z", "dateTime"),
        typed("9999-12-31T23:00:00-05:00", "dateTime"),
        typed("-0044", "gYear"),
        typed("2024-05", "gYearMonth"),
        typed("P1Y", "duration"),
        Literal("Città", language="it"),
        Literal("_x0041_ and 𝄞"),
    ],
)
def test_what_a_cell_can_not_hold_is_text(literal: Literal) -> None:
    cell = write_cell(literal)

    assert cell.kind == "s"
    assert cell.value.replace("_x005F_", "_") == literal.value


@pytest.mark.parametrize(
    "text", ["=1+1", "+39 090", "-1", "@sum", '=HYPERLINK("http://evil.example")', "\t=1"]
)
def test_text_never_becomes_a_formula(text: str) -> None:
    """Not when the file is opened, and not when somebody edits the cell: that is what the quote is for."""
    book = write(Literal(text))
    cell = book.sheet(1)["A2"]

    assert (cell.kind, cell.is_quoted) == ("s", True)
    assert not any(b"<f>" in part for part in book.parts.values())


def test_a_column_may_be_named_like_a_formula() -> None:
    book = Book(to_xlsx(Solutions(("value",), ()), replace(ABOUT, query="=1+1")))

    assert [cell.kind for cell in book.sheet(2).values() if cell.value == "=1+1"] == ["s"]


def test_web_iris_are_links_and_others_are_not() -> None:
    iris = [
        "https://w3id.org/city-communities/id/city/it-messina",
        "urn:isbn:1",
        "javascript:alert(1)",
        "file:///etc",
    ]

    book = write(*map(NamedNode, iris), BlankNode("b1"))

    assert book.links(1) == {iris[0]}
    assert [book.sheet(1)[f"A{row}"].value for row in range(2, 7)] == [*iris, "_:b1"]


def test_links_beyond_what_a_sheet_may_hold_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_LINKS", 2)

    book = write(*(NamedNode(f"http://example.org/{number}") for number in range(3)))

    assert len(book.links(1)) == 2
    assert book.sheet(1)["A4"].value == "http://example.org/2"
    assert any("more web addresses" in cell.value for cell in book.sheet(2).values())


def test_text_that_is_too_long_is_cut_and_the_file_says_so() -> None:
    book = write(Literal("𝄞" * 20_000))

    assert book.sheet(1)["A2"].value == "𝄞" * 16_383
    assert any("cut" in cell.value for cell in book.sheet(2).values())


def test_characters_that_xml_lacks_are_replaced() -> None:
    assert write_cell(Literal("a\ufffeb")).value == "a\ufffdb"
    assert "\x01" not in write_cell(Literal("a\x01b")).value


def test_a_cell_without_a_value_is_not_there() -> None:
    rows = ({"b": Literal(1)}, {"a": Literal(2)})

    sheet = Book(to_xlsx(Solutions(("a", "b"), rows), ABOUT)).sheet(1)

    assert {place: cell.value for place, cell in sheet.items()} == {
        "A1": "a",
        "B1": "b",
        "B2": "1",
        "A3": "2",
    }


def test_the_second_sheet_tells_where_the_first_comes_from() -> None:
    book = Book(to_xlsx(Solutions(("n",), ({"n": Literal(1)},)), replace(ABOUT, language="it")))
    told = {cell.value for cell in book.sheet(2).values()}

    assert {ABOUT.query, ABOUT.release_id, ABOUT.licence, ABOUT.address, ABOUT.title} <= told
    assert {"Licenza", "Interrogazione", "Versione"} & told
    assert book.links(2) == {ABOUT.licence, ABOUT.address}


def test_a_file_that_is_not_the_whole_answer_says_so() -> None:
    book = Book(to_xlsx(Solutions(("n",), ({"n": Literal(1)},), complete=False), ABOUT))

    assert any("more rows" in cell.value for cell in book.sheet(2).values())


@pytest.mark.parametrize("limit", ["rows", "columns", "cells"])
def test_what_no_sheet_holds_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, f"MOST_{limit.upper()}", 1)
    rows = ({"a": Literal(1), "b": Literal(2)},) * 2

    with pytest.raises(QueryTooLarge, match=limit) as caught:
        to_xlsx(Solutions(("a", "b"), rows), ABOUT)

    assert (caught.value.limit, caught.value.value) == (limit, 1)


def test_the_same_answer_is_the_same_bytes() -> None:
    solutions = Solutions(("n",), ({"n": Literal(1)},))

    assert to_xlsx(solutions, ABOUT) == to_xlsx(solutions, ABOUT)


def test_no_format_of_numbers_is_one_of_dates_by_accident() -> None:
    """Spreadsheets take a format with d, m, y, h or s outside of quotes for a date."""
    cell = write_cell(typed("2024", "gYear"))

    assert not re.search("[dmyhs]", cell.style)
