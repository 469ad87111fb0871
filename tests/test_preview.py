"""Any RDF files served as they are: what is read from them, how a preview tells itself from a release."""

from __future__ import annotations

import gzip
import json
import os
import select
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mesmart_kg.cli import mesmart
from mesmart_kg.engine import GraphChoice
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.errors import ConfigError, FactError, ReleaseNotFound
from mesmart_kg.formats import TURTLE
from mesmart_kg.preview import PreviewFile, preview, read_graph_option, write_preview
from mesmart_kg.release import Release, is_release_id, open_release, verify
from mesmart_kg.store import BlankNode, parse_text

TOWNS = """@prefix : <http://example.org/> .
:messina :in :sicily . :sicily :in :italy . :messina a :Town .
"""
# A thing without a name, told of in two graphs: it must stay one thing.
SHARED = """@prefix : <http://example.org/> .
:messina :mayor _:m .
:people { _:m :name "N. N." . :messina :in :sicily }
"""
# The same two statements in each notation.
SAME = {
    "a.ttl": "@prefix e: <http://e/> . e:a e:b e:c , 5 .",
    "a.nt": '<http://e/a> <http://e/b> <http://e/c> .\n<http://e/a> <http://e/b> "5"^^'
    "<http://www.w3.org/2001/XMLSchema#integer> .",
    "a.nq": '<http://e/a> <http://e/b> <http://e/c> .\n<http://e/a> <http://e/b> "5"^^'
    "<http://www.w3.org/2001/XMLSchema#integer> .",
    "a.trig": "@prefix e: <http://e/> . { e:a e:b e:c } e:a e:b 5 .",
    "a.jsonld": json.dumps({"@id": "http://e/a", "http://e/b": [{"@id": "http://e/c"}, 5]}),
    "a.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    '<rdf:Description rdf:about="http://e/a"><e:b rdf:resource="http://e/c"/>'
    '<e:b rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">05</e:b></rdf:Description></rdf:RDF>',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "previews"
    made.mkdir()
    return made


def put(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def default_lines(release: Release) -> set[str]:
    return set(gzip.decompress(release.default_ntriples.read_bytes()).decode().splitlines())


def statements(release: Release) -> list[str]:
    return sorted((release.derived / "dataset.nq").read_text("utf-8").splitlines())


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_every_format_says_the_same(name: str, packed: bool, tmp_path: Path, folder: Path) -> None:
    path = put(tmp_path / name, SAME[name])
    if packed:
        path = tmp_path / f"{name}.gz"
        path.write_bytes(gzip.compress(SAME[name].encode()))

    release = write_preview([PreviewFile(path)], folder)

    assert default_lines(release) == {
        "<http://e/a> <http://e/b> <http://e/c> .",
        '<http://e/a> <http://e/b> "5"^^<http://www.w3.org/2001/XMLSchema#integer> .',
    }


def test_triples_go_to_the_default_graph_quads_keep_theirs_and_a_graph_may_be_given(
    tmp_path: Path, folder: Path
) -> None:
    towns, shared = put(tmp_path / "towns.ttl", TOWNS), put(tmp_path / "shared.trig", SHARED)

    release = write_preview(
        [PreviewFile(towns), PreviewFile(shared), PreviewFile(towns, "http://example.org/towns")], folder
    )

    figures = release.manifest.figures
    assert (figures["triples"], figures["quads"]) == (4, 5)
    assert figures["graphs"] == {"http://example.org/people": 2, "http://example.org/towns": 3}
    assert figures["classes"] == {"http://example.org/Town": 1}
    assert figures["properties"]["http://example.org/in"] == 2


def test_union_lets_the_default_graph_hold_each_triple_once(tmp_path: Path, folder: Path) -> None:
    files = [
        PreviewFile(put(tmp_path / "towns.ttl", TOWNS)),
        PreviewFile(put(tmp_path / "shared.trig", SHARED)),
    ]

    release = write_preview(files, folder, union=True)

    # Three of the first file, one and two of the second, one of which is told in both.
    assert release.manifest.figures["triples"] == 5
    assert release.manifest.figures["graphs"] == {"http://example.org/people": 2}


def test_relative_iris_are_resolved_against_the_graph_else_against_the_base(
    tmp_path: Path, folder: Path
) -> None:
    path = put(tmp_path / "relative.ttl", "<#a> <b> <> .")

    release = write_preview(
        [PreviewFile(path), PreviewFile(path, "http://g.example/x/y")], folder, "https://base.example/"
    )

    assert statements(release) == [
        "<http://g.example/x/y#a> <http://g.example/x/b> <http://g.example/x/y> <http://g.example/x/y> .",
        "<https://base.example/#a> <https://base.example/b> <https://base.example/> .",
    ]


def test_a_blank_node_stays_one_within_a_file_and_apart_between_files(tmp_path: Path, folder: Path) -> None:
    path = put(tmp_path / "shared.trig", SHARED)
    other = put(tmp_path / "other.ttl", "@prefix : <http://example.org/> . :messina :patron _:m .")

    release = write_preview([PreviewFile(path), PreviewFile(other)], folder)

    with closing(EmbeddedEngine(release.id, release.path, workers=1)) as engine:
        prefix = "PREFIX : <http://example.org/>"
        names = engine.select(f"{prefix} SELECT ?n {{ ?s :mayor ?m GRAPH ?g {{ ?m :name ?n }} }}").rows
        assert [row["n"].value for row in names] == ["N. N."]
        assert not engine.ask(f"{prefix} ASK {{ ?s :mayor ?m ; :patron ?m }}")
        (row,) = engine.select(f"{prefix} SELECT ?m {{ ?s :mayor ?m }}").rows
        assert isinstance(row["m"], BlankNode)
        # The files' graphs and no other: a preview's own description is none of them.
        graphs = engine.select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }").rows
        assert [row["g"].value for row in graphs] == ["http://example.org/people"]
        people = engine.construct(
            "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", GraphChoice(("http://example.org/people",))
        )
        assert len(people) == 2
        assert engine.status().triples == release.manifest.figures["triples"] == 2


def test_a_preview_tells_itself_from_a_release(tmp_path: Path, folder: Path) -> None:
    release = write_preview([PreviewFile(put(tmp_path / "towns.ttl", TOWNS))], folder)

    assert release.is_preview
    assert json.loads((release.path / "manifest.json").read_text())["kind"] == "preview"
    assert open_release(release.path).is_preview
    assert release.id.startswith("preview-")
    assert not is_release_id(release.id)  # so that no shelf of releases lists one
    assert verify(release) == []
    described = {str(quad.object) for quad in parse_text(release.metadata.read_bytes(), TURTLE)}
    assert {'"A preview of files, not validated"@en', '"Anteprima di file, non convalidata"@it'} <= described
    assert not release.report.exists()


def test_the_same_files_make_the_same_id_and_others_another(tmp_path: Path) -> None:
    def identify(text: str, number: int, graph: str | None = None, union: bool = False) -> str:
        place = tmp_path / str(number)
        place.mkdir()
        return write_preview([PreviewFile(put(place / "a.trig", text), graph)], place, union=union).id

    assert identify(SHARED, 1) == identify(SHARED, 2)
    assert len({identify(SHARED, 3), identify(TOWNS, 4), identify(SHARED, 5, "http://e/g")}) == 3
    assert identify(SHARED, 6) != identify(SHARED, 7, union=True)


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("bad.ttl", '<http://a> <http://b>\n\n"never closed .', 3, "end of file"),
        ("bad.nq", "<http://a> <http://b> <http://c> .\nnonsense\n", 2, ""),
        ("bad.jsonld", '{"@id": "http://a",\n"http://b": [', 2, "end of file"),
        ("bad.rdf", '<?xml version="1.0"?>\n<a>\n\n</b>', 4, "mismatched tag"),
        ("far.jsonld", '{"@context": "https://schema.org/", "@id": "http://a"}', 0, "nothing is fetched"),
        ("not-packed.nt.gz", "<http://a> <http://b> <http://c> .", 0, "can't be read"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(
    name: str, text: str, line: int, words: str, tmp_path: Path, folder: Path
) -> None:
    path = put(tmp_path / name, text)

    with pytest.raises(FactError) as caught:
        write_preview([PreviewFile(path)], folder)

    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert words in str(caught.value)


def test_an_entity_of_an_xml_file_never_reads_another_file(tmp_path: Path, folder: Path) -> None:
    secret = put(tmp_path / "secret.txt", "hidden")
    path = put(
        tmp_path / "entity.rdf",
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="http://a"><rdf:value>&x;</rdf:value></rdf:Description></rdf:RDF>',
    )

    with pytest.raises(FactError):
        write_preview([PreviewFile(path)], folder)


def test_entities_that_unfold_to_gigabytes_are_refused(tmp_path: Path, folder: Path) -> None:
    entities = '<!ENTITY a0 "lollollol">' + "".join(
        f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 10)
    )
    text = (
        f'<!DOCTYPE r [{entities}]><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:e="http://e/"><r:Description r:about="http://e/a"><e:b>&a9;</e:b></r:Description></r:RDF>'
    )

    with pytest.raises(FactError, match="amplification"):
        write_preview([PreviewFile(put(tmp_path / "a.rdf", text))], folder)


def test_an_ontology_may_name_its_namespaces_by_entities(tmp_path: Path, folder: Path) -> None:
    text = (
        '<!DOCTYPE r [<!ENTITY e "http://e/">]><r:RDF xmlns:e="http://e/" '
        'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<r:Description r:about="&e;a"><e:b>c</e:b></r:Description></r:RDF>'
    )

    release = write_preview([PreviewFile(put(tmp_path / "a.rdf", text))], folder)

    assert default_lines(release) == {'<http://e/a> <http://e/b> "c" .'}


def test_a_packed_file_of_one_endless_line_is_told_as_malformed(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "a.nt.gz"
    path.write_bytes(gzip.compress(b"# " + b"a" * 40_000_000, 1))

    with pytest.raises(FactError, match="the file can't be read"):
        write_preview([PreviewFile(path)], folder)


@pytest.mark.parametrize("name", ["data.csv", "data", "data.gz", "absent.ttl", "."])
def test_a_file_of_no_known_kind_or_that_is_not_there_is_refused(
    name: str, tmp_path: Path, folder: Path
) -> None:
    if name not in {"absent.ttl", "."}:
        put(tmp_path / name, TOWNS)

    with pytest.raises(ConfigError):
        write_preview([PreviewFile(tmp_path / name)], folder)


def test_a_preview_is_removed_at_its_end(tmp_path: Path) -> None:
    with preview([PreviewFile(put(tmp_path / "towns.ttl", TOWNS))]) as shelf:
        release = shelf.current()
        assert shelf.releases() == [release]
        assert shelf.get(release.id).default_ntriples.is_file()
        with pytest.raises(ReleaseNotFound):
            shelf.get("2026-11-22-0123abcd")
    assert not release.path.parent.exists()


def test_the_graph_option_is_divided_at_its_last_equals_sign() -> None:
    assert read_graph_option("http://e/g?a=b=town.ttl") == PreviewFile(Path("town.ttl"), "http://e/g?a=b")
    for text in ("town.ttl", "=town.ttl", "http://e/g=", "relative=town.ttl", "http://e/a b=town.ttl"):
        with pytest.raises(ConfigError):
            read_graph_option(text)


@given(st.text(max_size=60))
def test_the_graph_option_is_read_or_refused_whatever_it_is(text: str) -> None:
    try:
        found = read_graph_option(text)
    except ConfigError:
        return
    assert found.graph
    assert text.startswith(f"{found.graph}=")


# --- the command, and what its server says of itself ---


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that `mesmart serve` runs over files, in a folder without a checkout."""
    folder = tmp_path_factory.mktemp("files")
    put(folder / "towns.ttl", TOWNS)
    put(folder / "shared.trig", SHARED)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MESMART_")}
    environ |= {"TMPDIR": str(folder), "MESMART_ENGINE__WORKERS": "1"}
    command = [
        "serve",
        "--port",
        "0",
        "--data",
        "towns.ttl",
        "shared.trig",
        "--graph",
        "http://e/t=towns.ttl",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "mesmart_kg", *command],
        cwd=folder,
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        url, told = "", ""
        while not url and select.select([process.stderr], [], [], 60)[0]:
            line = process.stderr.readline()
            assert line, told
            told += line
            if line.startswith("Serving at "):
                url = line.split()[2]
        assert "validated by nobody: 4 triples in the default graph, 5 in 2 named graphs" in told
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stderr.close()
    assert process.returncode == 0
    assert not list(folder.glob("mesmart-preview-*"))


def fetch(url: str, accept: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": accept, "Accept-Language": "en"})
    with urllib.request.urlopen(request, timeout=30) as response:
        text: str = response.read().decode()
    return text


@pytest.mark.slow
def test_files_are_served_by_the_command(served: str) -> None:
    def ask(query: str) -> list[str]:
        return fetch(f"{served}sparql?{urlencode({'query': query})}", "text/csv").split("\r\n")[1:-1]

    assert ask("SELECT ?s { ?s <http://example.org/in> <http://example.org/sicily> }") == [
        "http://example.org/messina"
    ]
    graphs = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
    assert ask(graphs) == ["http://e/t", "http://example.org/people"]


@pytest.mark.slow
def test_every_description_tells_a_preview_from_a_release(served: str) -> None:
    health = json.loads(fetch(f"{served}health", "application/json"))
    assert health["kind"] == "preview"
    assert health["release"].startswith("preview-")
    for path in ("", "sparql", "releases", f"releases/{health['release']}"):
        page = fetch(served + path, "text/html")
        assert "nobody has validated them" in page, path
        assert "CC BY" not in page, path  # a licence of ours says nothing of anyone's files
    assert "not validated" in fetch(f"{served}sparql", "text/turtle")
    assert "not validated" in fetch(f"{served}.well-known/void", "text/turtle")
    assert json.loads(fetch(f"{served}releases/{health['release']}/manifest", "*/*"))["kind"] == "preview"
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(f"{served}releases/{health['release']}/report", "text/html")
    refused.value.close()
    assert refused.value.code == 404


@pytest.mark.parametrize(
    "arguments",
    [
        ["towns.ttl"],
        ["--union"],
        ["--release", "2026-11-22-0123abcd", "--data", "towns.ttl"],
        ["--release", "2026-11-22-0123abcd", "--graph", "http://e/g=towns.ttl"],
    ],
)
def test_flags_that_contradict_each_other_are_refused(arguments: list[str]) -> None:
    done = CliRunner().invoke(mesmart, ["serve", *arguments])

    assert done.exit_code == 2
    assert "Error: " in done.stderr
