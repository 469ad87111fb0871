"""The dumps say what the dataset says, in the same bytes each time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import random
from pathlib import Path

import pytest
from plain_dumps import write

from mesmart_kg import formats
from mesmart_kg.dumps import Dumps
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.store import (
    Dataset,
    Literal,
    NamedNode,
    Quad,
    canonical_nquads,
    canonical_ntriples,
    parse_text,
)

NAMES = GraphNames()
BASE = NAMES.base


def iri(name: str) -> NamedNode:
    return NamedNode(BASE + name)


def term(name: str) -> NamedNode:
    return NamedNode(expand(name))


def facts() -> list[Quad]:
    """Two cities in two source graphs, one inferred triple, a shape; texts that are awkward to write."""
    notice, rumour = NamedNode(NAMES.source("notice")), NamedNode(NAMES.source("rumour"))
    messina, sicily, place = (
        iri("id/city/it-messina"),
        iri("id/region/it-sicilia"),
        iri("id/geometry/it-messina"),
    )
    year = NamedNode(expand("xsd:gYear"))
    return [
        Quad(messina, term("rdf:type"), term("cc:City"), notice),
        Quad(messina, term("rdf:type"), term("cc:City"), rumour),
        Quad(messina, term("skos:prefLabel"), Literal("Messina", language="it"), notice),
        Quad(messina, term("skos:altLabel"), Literal("=1+1"), notice),
        Quad(messina, term("skos:altLabel"), Literal("Zancle | Messana"), notice),
        Quad(
            messina,
            term("skos:note"),
            Literal('Detta "la porta"\r\ndella Sicilia: è \U0001fffe \\ bella'),
            notice,
        ),
        Quad(messina, term("cc:within"), sicily, notice),
        Quad(messina, term("cc:within"), iri("id/country/it"), NamedNode(NAMES.inferred)),
        Quad(messina, term("cc:population"), Literal(-5), notice),
        Quad(messina, term("schema:foundingDate"), Literal("0730", datatype=year), notice),
        Quad(messina, term("schema:url"), NamedNode("https://example.org/a?b=c#d"), notice),
        Quad(messina, term("geo:hasDefaultGeometry"), place, notice),
        Quad(
            place, term("geo:asWKT"), Literal("POINT(15.55 38.19)", datatype=term("geo:wktLiteral")), notice
        ),
        Quad(sicily, term("rdf:type"), term("cc:Region"), notice),
        Quad(sicily, term("skos:prefLabel"), Literal("Sicilia", language="it"), notice),
        Quad(sicily, term("skos:prefLabel"), Literal("Sicily", language="en"), notice),
        Quad(term("cc:City"), term("rdfs:label"), Literal("Città", language="it"), NamedNode(NAMES.ontology)),
        Quad(term("shapes:City"), term("rdf:type"), term("sh:NodeShape"), NamedNode(NAMES.shapes)),
        Quad(iri("set/all"), term("rdf:type"), term("dcat:Dataset"), NamedNode(NAMES.metadata)),
    ]


def dump(folder: Path, quads: list[Quad]) -> Dumps:
    return write(
        folder, [line for line in canonical_nquads(quads) if f"<{NAMES.metadata}>".encode() not in line]
    )


def published() -> list[bytes]:
    return list(canonical_nquads(quad for quad in facts() if quad.graph_name != NamedNode(NAMES.metadata)))


def read_table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("name", ["dataset.nq.gz", "dataset.trig.gz", "dataset.jsonld.gz"])
def test_a_dump_of_all_graphs_gives_every_quad_but_metadata_back(tmp_path: Path, name: str) -> None:
    files = {file.name: file for file in dump(tmp_path, facts()).files}
    text = gzip.decompress((tmp_path / name).read_bytes())

    assert list(canonical_nquads(parse_text(text, files[name].format))) == published()
    assert files[name].statements == len(published())


@pytest.mark.parametrize("name", ["default.nt.gz", "default.ttl.gz"])
def test_the_default_graph_is_the_one_that_queries_see(tmp_path: Path, name: str) -> None:
    files = {file.name: file for file in dump(tmp_path, facts()).files}
    triples = (
        quad.triple
        for quad in parse_text(gzip.decompress((tmp_path / name).read_bytes()), files[name].format)
    )
    seen = Dataset(facts(), NAMES.in_default_graph).default_triples()

    assert list(canonical_ntriples(triples)) == list(canonical_ntriples(seen))


def test_what_was_inferred_has_a_file_of_its_own(tmp_path: Path) -> None:
    dump(tmp_path, facts())

    text = gzip.decompress((tmp_path / "inferred.nt.gz").read_bytes()).decode()

    assert text.count("\n") == 1
    assert "id/country/it" in text


def test_the_same_facts_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    shuffled = facts()
    random.Random(7).shuffle(shuffled)
    one, other = dump(tmp_path / "one", facts()), dump(tmp_path / "other", shuffled)

    assert one == other
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes(), path.name


def test_gzip_headers_hold_no_time_and_no_name(tmp_path: Path) -> None:
    dump(tmp_path, facts())

    for path in tmp_path.glob("*.gz"):
        header = path.read_bytes()[:10]
        assert header[3] == 0, "no flags: no name, no comment"
        assert header[4:8] == bytes(4), "no time"


def test_checksums_are_those_of_the_files(tmp_path: Path) -> None:
    dumps = dump(tmp_path, facts())

    lines = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert lines == [f"{file.sha256}  {file.name}" for file in dumps.files]
    for file in dumps.files:
        content = (tmp_path / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    assert dumps.dataset_sha256 == hashlib.sha256(b"".join(published())).hexdigest()


def test_turtle_is_written_for_readers(tmp_path: Path) -> None:
    dump(tmp_path, facts())

    text = gzip.decompress((tmp_path / "default.ttl.gz").read_bytes()).decode()

    assert text.startswith(f"@base <{BASE}> .\n@prefix cc: ")
    assert "@prefix dcat:" not in text, "only the prefixes in use"
    assert "\n<id/city/it-messina> a cc:City ;\n    schema:foundingDate" not in text, ()
    assert "    cc:population -5 ;\n" in text
    assert "    cc:within <id/country/it>, <id/region/it-sicilia> .\n" in text
    assert '    schema:foundingDate "0730"^^xsd:gYear ;\n' in text


def test_a_table_has_a_row_for_each_thing_and_a_column_for_each_property(tmp_path: Path) -> None:
    dumps = dump(tmp_path, facts())

    (row,) = read_table(tmp_path / "city.csv")

    assert row["iri"] == f"{BASE}id/city/it-messina"
    assert row["prefLabel_it"] == "Messina"
    assert row["within"] == f"{BASE}id/country/it|{BASE}id/region/it-sicilia", "inferred values stand beside"
    assert row["within_en"] == "Sicily"
    assert (row["longitude"], row["latitude"]) == ("15.55", "38.19")
    table = next(file for file in dumps.files if file.name == "city.csv")
    assert (table.statements, table.titles) == (1, (("it", "Città"), ("en", "Città")))


def test_no_cell_of_a_table_is_run_as_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    dump(tmp_path, facts())

    (row,) = read_table(tmp_path / "city.csv")

    assert row["altLabel"] == "'=1+1|Zancle ¦ Messana"
    assert row["population"] == "-5"


def test_tables_open_in_a_spreadsheet_with_their_accents(tmp_path: Path) -> None:
    dump(tmp_path, facts())

    content = (tmp_path / "city.csv").read_bytes()

    assert content.startswith("\ufeffiri,".encode())
    assert "è" in content.decode("utf-8-sig")
    assert content.endswith(b"\r\n")


def test_the_description_of_the_tables_names_every_column(tmp_path: Path) -> None:
    dump(tmp_path, facts())

    group = json.loads((tmp_path / "csv-metadata.json").read_text("utf-8"))

    assert [table["url"] for table in group["tables"]] == ["city.csv", "region.csv"]
    for table in group["tables"]:
        header = (tmp_path / table["url"]).read_text("utf-8-sig").splitlines()[0]
        assert [column["name"] for column in table["tableSchema"]["columns"]] == header.split(",")
    several = {
        column["name"] for column in group["tables"][0]["tableSchema"]["columns"] if "separator" in column
    }
    assert several >= {"altLabel", "within"}


def test_the_tables_of_two_classes_of_one_name_do_not_clash(tmp_path: Path) -> None:
    graph = NamedNode(NAMES.source("notice"))
    kinds = ("cc:Event", "schema:Event")
    dump(
        tmp_path,
        [Quad(iri(f"id/event/{n}"), term("rdf:type"), term(kind), graph) for n, kind in enumerate(kinds)],
    )

    assert {path.name for path in tmp_path.glob("*.csv")} == {"cc-event.csv", "schema-event.csv"}


def test_every_format_of_a_dump_is_in_the_one_table(tmp_path: Path) -> None:
    known = {*formats.RDF_FORMATS, formats.RESULTS_CSV}

    assert {file.format for file in dump(tmp_path, facts()).files} <= known
