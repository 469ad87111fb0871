"""Tables as people have them: every encoding and delimiter, and every slip, told with its line."""

from __future__ import annotations

import codecs

import pytest

from mesmart_kg.linking import Table, TableRefused, get_column, read_table

CITIES = (
    "name;country\nForlì;Italia\nCefalù;Italia\nKöln;Deutschland\nMálaga;España\nCitta’ di Castello;Italia\n"
)


def kinds(table: Table) -> list[tuple[str, int]]:
    return [(notice.kind, notice.line) for notice in table.notices]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman"]
)
def test_a_table_is_read_in_whatever_encoding_it_came(encoding: str) -> None:
    table = read_table(CITIES.encode(encoding))

    assert [row.cells[0] for row in table.rows] == ["Forlì", "Cefalù", "Köln", "Málaga", "Citta’ di Castello"]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("latin-1", ["Forlì", "Cefalù", "Nardò", "Santhià", "Patù"]),
        ("mac_roman", ["Forlì", "Cefalù", "Nardò", "Santhià", "Patù"]),
        ("cp850", ["Forlì", "Cefalù", "Nardò", "Santhià", "Patù"]),
        ("cp1252", ["São Paulo", "Nîmes", "Besançon", "Århus", "Würzburg"]),
    ],
)
def test_old_encodings_are_told_by_their_words_and_said_to_be_a_guess(
    encoding: str, names: list[str]
) -> None:
    table = read_table("\n".join(["name", *names]).encode(encoding))

    assert [row.cells[0] for row in table.rows] == names
    assert kinds(table) == [("encoding-found", 0)]


def test_a_given_encoding_counts_and_a_wrong_one_is_refused() -> None:
    greek = "όνομα\nΑθήνα\n".encode("cp1253")

    assert read_table(greek, encoding="cp1253").rows[0].cells == ("Αθήνα",)
    for wrong in ("utf-8", "no-such", "hex", "rot13"):
        with pytest.raises(TableRefused):
            read_table(greek, encoding=wrong)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_told(delimiter: str, end: str) -> None:
    lines = [
        ("name", "country", "km2"),
        ("Messina", "Italia", "213,75"),
        ("Reggio, Calabria", "Italia", "1,5"),
    ]
    text = end.join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in line) for line in lines)

    table = read_table(text.encode())

    assert table.columns == ("name", "country", "km2")
    assert table.rows[1].cells == ("Reggio, Calabria", "Italia", "1,5")
    assert not table.notices


def test_decimal_commas_do_not_make_a_comma_the_delimiter() -> None:
    table = read_table(b"nome;lat;lon\nMessina;38,19;15,55\nForl\xec;44,22;12,04\n")

    assert table.rows[0].cells == ("Messina", "38,19", "15,55")


def test_rows_that_all_differ_in_width_are_divided_as_their_header_is() -> None:
    table = read_table(b"a;b;c;d\n1;2;3\n1;2\n1;2;3;4\n")

    assert table.columns == ("a", "b", "c", "d")


def test_the_line_that_excel_writes_first_is_obeyed() -> None:
    assert read_table(b"sep=|\nname|x\nA;B|1\n").rows[0].cells == ("A;B", "1")


def test_slips_are_mended_and_told_with_their_lines() -> None:
    table = read_table(
        b"name;country\nMessina;Italy\n\nGent\nGent,Belgium\nRoma;Italy;x;y\n;\n"
        b'"Pal"ermo";Italy\n"two\nlines";Italy\n"open;Italy\nLast;Italy\n\n\n'
    )

    assert kinds(table) == [
        ("row-empty", 3),
        ("row-short", 4),
        ("row-other-delimiter", 5),
        ("row-long", 6),
        ("row-empty", 7),
        ("quote-open", 11),
    ]
    cells = {row.line: row.cells for row in table.rows}
    assert cells[4] == ("Gent", "")
    assert cells[5] == ("Gent", "Belgium")
    assert cells[9] == ("two\nlines", "Italy")
    assert cells[11] == ('"open', "Italy")
    assert cells[12] == ("Last", "Italy")


def test_titles_above_the_header_and_double_columns_are_told() -> None:
    table = read_table(b"Partner cities 2024,,\n,,\nname,name,\nMessina,Sicilia,x\nGent,Vlaanderen,y\n")

    assert table.columns == ("name", "name (2)")
    assert table.header_line == 3
    assert ("line-above-header", 1) in kinds(table)
    assert ("header-double", 3) in kinds(table)


def test_a_column_is_found_by_name_by_near_spelling_and_by_number_else_the_nearest_is_named() -> None:
    table = read_table(b"Nome Citt\xc3\xa0;Paese\nMessina;Italia\n")

    assert [get_column(table, text) for text in ("Nome Città", "nome citta", "2")] == [0, 0, 1]
    with pytest.raises(TableRefused) as caught:
        get_column(table, "nome")
    assert "Did you mean “Nome Città”?" in str(caught.value)
    assert caught.value.line == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"  \n \n",
        b";;;\n;;\n",
        b"name;country\n",
        b"%PDF-1.4\n\x00\x01\x02\x03\x04\x05\x06\x07\x08" * 20,
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"\x00" * 50,
        b"PK\x03\x04" + bytes(100),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        bytes(range(256)) * 20,
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(TableRefused) as caught:
        read_table(data)

    assert caught.value.notice.sentence.endswith(".")


@pytest.mark.parametrize(
    "data",
    [
        b"name\n" + b'"' * 5001,
        b"name\n" + b'"x\n' * 5000,
        b'name;x\n"' + b"a" * 300_000 + b"\nMessina;1\n",
        b"name\r\r\n\r\rMessina\x00\x00;\n",
        codecs.BOM_UTF16_LE + b"n\x00a\x00m\x00e\x00\n\x00M\x00\xd8",
        b"\xff\xfe\xff\xfe\n\xff",
        b"name\n" + ("\u202e<script>" * 50).encode(),
    ],
)
def test_hostile_texts_end_in_a_table_or_a_refusal(data: bytes) -> None:
    try:
        table = read_table(data)
    except TableRefused:
        return

    assert all(len(row.cells) == len(table.columns) for row in table.rows)


def test_limits_are_told() -> None:
    with pytest.raises(TableRefused, match="more than 2 rows"):
        read_table(b"name\nA\nB\nC\n", most_rows=2)
    with pytest.raises(TableRefused, match="columns"):
        read_table(",".join(map(str, range(2000))).encode() + b"\n" + b"x," * 1999 + b"x\n")


def test_a_table_without_a_header_names_its_columns_by_numbers() -> None:
    table = read_table(b"Messina;Italia\nGent;Belgio\n", has_header=False)

    assert table.columns == ("column 1", "column 2")
    assert len(table.rows) == 2


def test_lines_without_end_are_refused_before_they_take_memory() -> None:
    lines = [b"a\n" * 10_000, b"a,b\n1,2\n" + b"\n" * 10_000 + b"3,4\n", b"a" + b"\r" * 10_000 + b"b"]

    for data in lines:
        with pytest.raises(TableRefused) as refused:
            read_table(data, most_rows=100)
        assert (refused.value.notice.kind, refused.value.notice.line) == ("too-many-rows", 0)


def test_empty_lines_after_the_last_row_are_no_rows() -> None:
    table = read_table(b"name;country\nMessina;\n" + b";\n" * 10_000, most_rows=100)

    assert [row.cells for row in table.rows] == [("Messina", "")]
    assert not table.notices


def test_a_long_text_without_accents_is_searched_for_them_once() -> None:
    # A pattern that begins anew at each letter would take hours for this.
    table = read_table(b"name\n" + b"a" * 1_000_000 + b"\nForl\xec\n")

    assert table.rows[1].cells == ("Forl\u00ec",)


def test_a_cell_longer_than_cells_may_be_opens_no_quotation_mark() -> None:
    assert kinds(read_table(b"name\n" + b"a" * 200_000 + b"\n")) == []


def test_columns_that_are_all_called_the_same_are_numbered() -> None:
    table = read_table(b"n," * 999 + b"n\n" + b"a," * 999 + b"a\n")

    assert table.columns[:2] == ("n", "n (2)")
    assert table.columns[-1] == "n (1000)"
