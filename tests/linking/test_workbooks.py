"""Workbooks: read as people see them, and refused where they would take the machine."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from mesmart_kg.linking import TableRefused, read_table, workbooks
from mesmart_kg.linking.workbook_process import to_text

CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="Foglio1">{rows}</table:table></office:spreadsheet>
</office:body></office:document-content>"""


def workbook(sheets: dict[str, list[tuple[int, int, object]]]) -> bytes:
    """Return an XLSX file; cells are (row, column, value), from 0."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            for row, column, value in cells:
                sheet.write(row, column, value)
    return out.getvalue()


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()


MANIFEST = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def ods(rows: str) -> bytes:
    return archive(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": MANIFEST,
            "content.xml": CONTENT.replace("{rows}", rows).encode(),
        }
    )


def test_an_xlsx_is_read_with_the_row_numbers_of_the_spreadsheet() -> None:
    data = workbook(
        {
            "empty": [],
            "città": [(1, 0, "name"), (1, 1, "istat"), (2, 0, "Messina"), (2, 1, 83048.0), (4, 0, "Forlì")],
        }
    )

    table = read_table(data)

    assert table.columns == ("name", "istat")
    assert [(row.line, row.cells) for row in table.rows] == [(3, ("Messina", "83048")), (5, ("Forlì", ""))]
    assert [(notice.kind, notice.line) for notice in table.notices] == [("sheet-chosen", 0), ("row-empty", 4)]


def test_a_sheet_is_chosen_by_name_and_a_wrong_name_told_with_those_there_are() -> None:
    data = workbook({"a": [(0, 0, "x"), (1, 0, "1")], "b": [(0, 0, "name"), (1, 0, "Gent")]})

    assert read_table(data, sheet="b").rows[0].cells == ("Gent",)
    with pytest.raises(TableRefused, match="It has: a, b"):
        read_table(data, sheet="c")


def test_an_ods_is_read() -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(f"<table:table-row>{cell.format(text)}</table:table-row>" for text in ("name", "Forlì"))

    assert read_table(ods(rows)).rows[0].cells == ("Forlì",)


@pytest.mark.slow
def test_one_cell_far_away_is_refused_and_takes_no_memory() -> None:
    data = workbook({"s": [(0, 0, "name"), (1_048_575, 16_383, "far")]})

    with pytest.raises(TableRefused, match="forgotten cell"):
        read_table(data)


def test_an_archive_that_unpacks_to_more_than_it_may_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 1)
    data = archive({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": bytes(2 * 1024 * 1024)})

    with pytest.raises(TableRefused, match="more than 1 MB"):
        read_table(data)


@pytest.mark.slow
def test_repetitions_that_make_a_small_ods_huge_are_refused() -> None:
    cell = '<table:table-cell office:value-type="string" {}><text:p>x</text:p></table:table-cell>'
    wide = cell.format('table:number-columns-repeated="16000"')
    rows = f'<table:table-row table:number-rows-repeated="1000000">{wide}</table:table-row>'

    with pytest.raises(TableRefused):
        read_table(ods(rows))


@pytest.mark.parametrize(
    "parts",
    [
        {"word/document.xml": b"<w/>"},
        {"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b '&c;&c;'><!ENTITY c 'xxxxxxxx'>]><a>&b;</a>"},
        {"content.xml": b"<" * 1000},
    ],
)
def test_other_archives_are_refused(parts: dict[str, bytes]) -> None:
    with pytest.raises(TableRefused):
        read_table(archive(parts))


@pytest.mark.parametrize(("cell", "text"), [(83048.0, "83048"), (1.5, "1.5"), (True, "true"), ("  x ", "x")])
def test_cells_are_read_as_people_see_them(cell: object, text: str) -> None:
    assert to_text(cell) == text


def test_a_forgotten_cell_far_below_leaves_no_million_of_empty_rows() -> None:
    table = read_table(workbook({"S": [(0, 0, "name"), (1, 0, "Messina"), (50_000, 0, "x")]}))

    assert [row.line for row in table.rows] == [2, 50_001]
    assert len(table.notices) == 1000


def test_no_more_columns_come_out_of_a_workbook_than_are_needed_to_refuse_them() -> None:
    wide = workbook({"S": [(0, 0, "name"), *((1, place, "x") for place in range(5000))]})

    assert len(workbooks.read_workbook(wide).rows[1].cells) == 1001
