"""From rows to links: what is asked, what became of each row, how things are named, what is written."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pyshacl
import pytest
from rdflib import Graph, URIRef
from rdflib.query import ResultRow

from mesmart_kg.linking import (
    About,
    Choice,
    Columns,
    Fate,
    Linked,
    Naming,
    ReleaseSource,
    Table,
    TableRefused,
    choose,
    choose_naming,
    guess_columns,
    is_iri,
    link_table,
    make_titles,
    read_review,
    read_table,
    to_files,
)
from mesmart_kg.linking.asking import to_code, to_question
from mesmart_kg.linking.review import to_review
from mesmart_kg.namespaces import NAMESPACE, expand

CITIES = """name;country;region;istat
Messina;Italia;;
Forli;Italy;;
Castro;Italy;;
Castro;Italy;Bergamo;
=Gent;Belgium;;
Atlantis;;;
;;;083048
;Italy;;
"""
ABOUT = About(
    make_titles("cities.csv"), "https://creativecommons.org/licenses/by/4.0/", date(2026, 11, 22),
    f"{NAMESPACE}set/city-communities", 'Comune di "X"\\\n',
)  # fmt: skip


def link(source: ReleaseSource, text: str = CITIES, template: str = "") -> tuple[Table, Naming, Linked]:
    table = read_table(text.encode())
    columns = guess_columns(table)
    assert columns is not None
    named = choose_naming(table, "cities.csv", column=columns.iri, template=template)
    return table, named, link_table(table, columns, named, source)


def files(linked: Linked, naming: Naming) -> dict[str, bytes]:
    return {each.what: each.data for each in to_files(linked, naming, ABOUT, "1.0", "cities.csv", ";")}


def fates(linked: Linked) -> dict[int, str]:
    return {each.row.line: each.fate.value for each in linked.outcomes}


def test_columns_are_guessed_by_their_names_and_what_they_hold() -> None:
    table = read_table(
        b"ID;Regione;Sito;Comune;Paese;Codice ISTAT;IRI\n"
        b"1;Sicilia;http://a.example;Messina;Italia;83048;http://x.example/1\n"
        b"2;Lazio;http://b.example;Roma;Italia;58091;http://x.example/2\n"
    )

    assert guess_columns(table) == Columns(3, 4, 1, (("istat", 5),), 6)


def test_a_table_of_numbers_has_no_names_to_guess() -> None:
    assert guess_columns(read_table(b"a;b\n1;2\n3;4\n")) is None


@pytest.mark.parametrize(
    ("scheme", "text", "code"),
    [
        ("istat", "83048", "083048"),
        ("istat", "83048,0", "083048"),
        ("istat", "1001.0", "001001"),
        ("wikidata", "https://www.wikidata.org/wiki/Q13666", "Q13666"),
        ("geonames", "https://sws.geonames.org/2524170/", "2524170"),
        ("cadastral", "F158", "F158"),
    ],
)
def test_codes_are_brought_back_to_how_their_registers_write_them(scheme: str, text: str, code: str) -> None:
    assert to_code(scheme, text) == code


def test_a_row_asks_with_everything_that_it_tells() -> None:
    table = read_table(b"name;country;region;istat\n Messina ;Italia;Sicilia;83048\n")
    question = to_question(table.rows[0], Columns(0, 1, 2, (("istat", 3),)))

    assert (question.text, question.countries, question.regions) == ("Messina", ("Italia",), ("Sicilia",))
    assert question.codes == (("istat", "083048"),)


def test_only_what_is_safe_is_linked_and_the_rest_is_left_to_a_person(source: ReleaseSource) -> None:
    _, _, linked = link(source)

    assert fates(linked) == {
        2: "matched", 3: "matched", 4: "doubtful", 5: "matched", 6: "matched", 7: "none", 8: "matched",
        9: "unnamed",
    }  # fmt: skip
    assert {each.iri.removeprefix(source.space) for each in linked.outcomes[2].offers} >= {
        "city/it-castro-bg",
        "city/it-castro-le",
    }


def test_the_link_set_is_described_and_holds_only_safe_links(source: ReleaseSource) -> None:
    _, naming, linked = link(source)
    graph = Graph().parse(data=files(linked, naming)["linkset"], format="turtle")

    [links] = graph.query("""
        PREFIX void: <http://rdfs.org/ns/void#> PREFIX dcterms: <http://purl.org/dc/terms/>
        SELECT ?n ?publisher ?day WHERE {
            ?set a void:Linkset ; void:triples ?n ; dcterms:publisher ?publisher ;
            dcterms:created ?day ; dcterms:license ?licence ; void:subjectsTarget ?theirs ;
            void:objectsTarget ?ours ; void:linkPredicate ?p }""")
    exact = list(graph.subject_objects(next(graph.objects(None, _void("linkPredicate")))))
    assert isinstance(links, ResultRow)
    assert int(links[0]) == len(exact) == 5
    assert str(links[1]) == 'Comune di "X"\\\n'
    assert str(links[2]) == "2026-11-22"
    assert not any("_:" in str(term) for triple in graph for term in triple)


def test_every_link_set_meets_its_shape(source: ReleaseSource, project: Path) -> None:
    _, naming, linked = link(source)
    _, empty_naming, empty = link(source, "name\nXyzzyville\n")
    shapes = Graph().parse(project / "shapes" / "linkset.ttl")
    for each in (files(linked, naming), files(empty, empty_naming)):
        conforms, _, text = pyshacl.validate(
            Graph().parse(data=each["linkset"], format="turtle"), shacl_graph=shapes
        )

        assert conforms, text


def _void(name: str) -> URIRef:
    return URIRef(expand(f"void:{name}"))


def test_the_same_table_gives_the_same_bytes(source: ReleaseSource) -> None:
    first, second = (files(linked, naming) for _, naming, linked in (link(source), link(source)))

    assert first == second


def test_mappings_are_written_in_the_canonical_form_of_sssom(source: ReleaseSource) -> None:
    _, naming, linked = link(source)
    lines = files(linked, naming)["sssom"].decode().splitlines()
    head = [line for line in lines if line.startswith("#")]
    rows = [line.split("\t") for line in lines if not line.startswith("#")]

    assert head[0] == "#curie_map:"
    assert "#license: https://creativecommons.org/licenses/by/4.0/" in head
    assert "#mapping_date: 2026-11-22" in head
    assert rows[0][:3] == ["subject_id", "subject_label", "predicate_id"]
    assert rows[1:] == sorted(rows[1:])
    prefixes = {line.split(":")[0].strip("# ") for line in head if line.startswith("#  ") and "http" in line}
    for subject, _, predicate, target, *_ in rows[1:]:
        assert subject.partition(":")[0] in prefixes
        assert target.partition(":")[0] in prefixes
        assert predicate == "skos:exactMatch"


def test_a_review_is_edited_and_counts(source: ReleaseSource) -> None:
    table, naming, linked = link(source)
    review = to_review(linked, ";").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(review), delimiter=";"))
    assert [(row["row"], row["name"]) for row in rows] == [("4", "Castro"), ("7", "Atlantis")]
    rows[0] |= {"choice": "2", "relation": "close"}
    rows[1] |= {"choice": "city/be-gent", "relation": ""}
    rows.append(dict.fromkeys(rows[0], "") | {"row": "2", "name": "Messina", "choice": "none"})

    # As Excel saves it again: another encoding, another delimiter.
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    read = read_review(out.getvalue().encode("cp1252"), linked, source)
    decided = choose(linked, read.choices)

    assert not read.notices
    assert fates(decided) | {4: "chosen", 7: "chosen", 2: "refused"} == fates(decided)
    turtle = files(decided, naming)["linkset"].decode()
    assert f"<https://data.example.org/cities#row-4> skos:closeMatch <{rows[0]['id 2']}> ." in turtle
    assert "row-7> skos:exactMatch <https://w3id.org/city-communities/id/city/be-gent>" in turtle
    assert "row-2>" not in turtle
    # The next review is the whole record: fed back, it says the same.
    again = read_review(files(decided, naming)["review"], link(source)[2], source)
    assert again.choices == read.choices
    assert len(table.rows) == 8


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("99,X,1,", "choice-no-row"),
        ("one,Castro,1,", "choice-no-row"),
        ("4,Castrum,1,", "choice-other-name"),
        ("4,Castro,9,", "choice-no-candidate"),
        ("4,Castro,city/nowhere,", "choice-unknown"),
        ("4,Castro,<script>,", "choice-unknown"),
        ("4,Castro,1,perhaps", "relation-unknown"),
    ],
)
def test_a_bad_choice_is_told_with_its_line_and_the_others_count(
    source: ReleaseSource, line: str, kind: str
) -> None:
    _, _, linked = link(source)

    read = read_review(f"row,name,choice,relation\n{line}\n2,Messina,none,\n".encode(), linked, source)

    assert [(notice.kind, notice.line) for notice in read.notices] == [(kind, 2)]
    assert read.choices == {2: Choice(None)}


def test_a_file_that_is_no_review_is_refused(source: ReleaseSource) -> None:
    with pytest.raises(TableRefused, match="choice"):
        read_review(b"a,b\n1,2\n", link(source)[2], source)


def test_rows_are_named_by_their_column_by_a_template_or_by_their_lines(source: ReleaseSource) -> None:
    table, by_line, _ = link(source)
    assert (by_line.way, by_line.is_placeholder) == ("row", True)
    _, _, linked = link(source, "name;code\nMessina;a b/ü\nForlì;\n", template="https://x.example/c/{Code}")
    assert [each.iri for each in linked.outcomes] == ["https://x.example/c/a%20b%2F%C3%BC", ""]
    assert linked.outcomes[1].fate is Fate.UNLINKED
    _, _, linked = link(source, "name;iri\nMessina;https://x.example/1\nForlì;https://x.example/<2>\n")
    assert [(notice.kind, notice.line) for notice in linked.notices] == [("iri-bad", 3)]
    for base, template in (("cities", ""), ("javascript:alert(1)", ""), ("", "https://x.example/")):
        with pytest.raises(TableRefused):
            choose_naming(table, "x.csv", base=base, template=template)
    with pytest.raises(TableRefused, match="Did you mean “name”"):
        choose_naming(table, "x.csv", template="https://x.example/{nam}")


def test_two_rows_with_one_iri_that_mean_different_things_are_not_linked(source: ReleaseSource) -> None:
    table = read_table(b"name;iri\nMessina;urn:x:1\nForli;urn:x:1\nMessina;urn:x:2\nMessina;urn:x:2\n")
    naming = choose_naming(table, "x.csv", column=1)
    linked = link_table(table, Columns(0), naming, source)

    assert fates(linked) == {2: "unlinked", 3: "unlinked", 4: "matched", 5: "matched"}
    assert [(notice.kind, notice.line) for notice in linked.notices] == [("iri-double", 2), ("iri-double", 3)]
    assert files(linked, naming)["linkset"].decode().count("skos:exactMatch <") == 1


@pytest.mark.parametrize(
    "text",
    ["", "x", "http://", "https:///x", "http://a b", 'http://a"b', "http://a>b", "javascript:x", "http://a\u202eb",
     "http://[::1", "http://a:99999/", "data:text/html,x", "http://" + "a" * 3000],
)  # fmt: skip
def test_nothing_but_an_iri_passes_for_one(text: str) -> None:
    assert not is_iri(text)


def test_hostile_names_harm_no_file(source: ReleaseSource) -> None:
    rows = ['"a""\\.> <x> ""@prefix";Italy', "\"=cmd|'/c calc'!A1\";Italy", '"tab\there\nline";', "@SUM(1);"]
    text = "\n".join(["name;country", *rows, ""])
    _, naming, linked = link(source, text)
    decided = choose(
        linked, {each.row.line: Choice(source.find("city/it-messina")) for each in linked.outcomes}
    )
    written = files(decided, naming)

    assert len(Graph().parse(data=written["linkset"], format="turtle")) > 4
    cells = list(csv.reader(io.StringIO(written["review"].decode("utf-8-sig")), delimiter=";"))
    assert not any(cell.startswith(("=", "@", "+")) for row in cells for cell in row)
    assert read_review(written["review"], linked, source).choices.keys() == {2, 3, 4, 6}
