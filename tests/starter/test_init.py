"""A new city's project: what is written, what is refused, and why."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from starter.gent import BASE, GENT, OURS, TOLD

from mesmart_kg.cli import exit_code, mesmart
from mesmart_kg.config import load_config, project_folder
from mesmart_kg.errors import ConfigError
from mesmart_kg.facts import read_facts, read_shared_concepts
from mesmart_kg.queries import read_queries
from mesmart_kg.starter import Known, NewCity, describe_city, start_project
from mesmart_kg.starter.city import find_fault

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(project_folder() / "data")


def gent(**told: str) -> NewCity:
    return describe_city(BASE, "Gent", "be", **told)


def init(*arguments: str) -> Result:
    return CliRunner().invoke(mesmart, ["init", *arguments])


@pytest.mark.parametrize(
    "iri",
    [
        "https://data.example.org/",
        "http://example.org/comune/dati/",
        "https://xn--mnchen-3ya.example/",
        "https://w3id.org/gent/",
    ],
)
def test_an_address_of_ones_own_is_a_base(iri: str) -> None:
    assert find_fault(iri) is None


@pytest.mark.parametrize(
    ("iri", "reason"),
    [
        ("", "https://"),
        ("data.example.org/", "https://"),
        ("ftp://data.example.org/", "https://"),
        ("https:///", "https://"),
        ("https://[oops/", "https://data.example.org/"),
        ("https://data.example.org:port/", "https://data.example.org/"),
        ("https://data.example.org", "https://data.example.org/"),
        ("https://data.example.org/#", "or #"),
        ("https://data.example.org/?", "?"),
        ("https://data.example.org/?id=", "?"),
        ("https://me:secret@data.example.org/", "password"),
        ("https://data.example.org:8443/", "port"),
        ("http://localhost/", "you own"),
        ("http://localhost:8010/", "you own"),
        ("http://gent.localhost/", "you own"),
        ("http://127.0.0.1/", "you own"),
        ("http://[::1]/", "you own"),
        ("https://intranet/", "you own"),
        ("https://Data.example.org/", "small letters"),
        ("https://città.example.org/", "small letters"),
        ("https://data..example.org/", "small letters"),
        ("https://data.example.org/a b/", "letters"),
        ("https://data.example.org//", "slashes"),
        ("https://data.example.org/../", "letters"),
        ('https://data.example.org/">/', "letters"),
        ("https://data.example.org/{slug}/", "letters"),
        (OURS, "all cities share"),
        (f"{OURS}gent/", "all cities share"),
    ],
)
def test_a_base_whose_names_would_not_last_is_refused_with_a_reason(iri: str, reason: str) -> None:
    fault = find_fault(iri)

    assert fault is not None
    assert reason in fault
    with pytest.raises(ConfigError, match=re.escape(fault)):
        describe_city(iri, "Gent", "be")


@pytest.mark.parametrize(
    ("told", "remedy"),
    [
        ({"name": " "}, "--name is empty"),
        ({"name": "Gent\nBrugge"}, "one line"),
        ({"name": "x" * 201}, "200 characters"),
        ({"name": "Αθήνα"}, "Latin letters"),
        ({"country": "bel"}, "two letters"),
        ({"language": "Dutch"}, "such as nl"),
        ({"same_as": "be gent"}, "starts with http"),
        ({"peer": "private:sparql"}, "starts with http"),
        ({"publisher": "!"}, "Latin letters"),
    ],
)
def test_words_that_would_break_something_are_refused(told: dict[str, str], remedy: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(remedy)):
        describe_city(BASE, **{"name": "Gent", "country": "be", **told})


def test_the_project_reads_as_settings_facts_and_queries(tmp_path: Path, known: Known) -> None:
    """Words with quotes and backslashes stay what they are in every file."""
    publisher = 'Stad "Gent" \\ & <b>zonen</b>, {{ name }}'
    started = start_project(tmp_path / "gent", gent(publisher=publisher), known, DAY)
    config = load_config({}, {}, started.folder)

    assert config.site.base_iri == BASE
    assert config.site.publisher == publisher
    assert config.paths.data == started.folder / "data"
    assert config.paths.shapes == project_folder() / "shapes"
    assert config.paths.ontology == project_folder() / "ontology"
    assert config.engine.services == ()
    assert len(read_queries(config.paths.queries, BASE)) == 2
    told = {str(quad) for block in read_facts(config.paths.data, BASE) for quad in block.quads}
    city = f"<{BASE}id/city/{GENT}>"
    graph = f"<{BASE}graph/source/stad-gent-b-zonen>"
    assert f'{city} <http://www.w3.org/2004/02/skos/core#prefLabel> "Gent"@it {graph}' in told
    assert any(
        text.endswith(f"<{BASE}graph/provenance>") and json.dumps(publisher)[1:-1] in text for text in told
    )


def test_every_file_is_filled_in_and_both_readmes_name_the_same_things(tmp_path: Path, known: Known) -> None:
    started = start_project(tmp_path / "gent", gent(), known, DAY)
    texts = {name: (started.folder / name).read_text("utf-8") for name in started.files}

    assert {"README.md", "README.it.md", ".gitignore", "pyproject.toml", "data/LICENSE.md"} <= set(texts)
    assert not [name for name, text in texts.items() if "{{ " in text]
    english, italian = (
        set(re.findall(r"`([^`\n]+)`", texts[name].replace("```", "")))
        for name in ("README.md", "README.it.md")
    )
    assert english == italian
    tables = {name for name in texts if name.endswith(".csv")}
    assert tables == {name for name in english if name.startswith("data/") and name.endswith(".csv")}
    for name in tables:
        header = next(csv.reader([texts[name].splitlines()[0]]))
        columns = json.loads(texts[f"{name}-metadata.json"])["tableSchema"]["columns"]
        assert header == [each["name"] for each in columns if not each.get("virtual")]
        assert all(each.get("titles") for each in columns if not each.get("virtual"))


def test_what_cities_share_is_not_copied(tmp_path: Path, known: Known) -> None:
    started = start_project(tmp_path / "gent", gent(), known, DAY)

    assert not [name for name in started.files if name.startswith(("shapes", "ontology", "data/concepts"))]


def test_the_country_is_taken_from_our_data_and_names_them_as_its_source(
    tmp_path: Path, known: Known
) -> None:
    started = start_project(tmp_path / "gent", gent(), known, DAY)
    with (started.folder / "data/facts/countries.csv").open(encoding="utf-8", newline="") as rows:
        (country,) = csv.DictReader(rows)

    assert (country["name_it"], country["alpha3"], country["source"]) == (
        "Belgio",
        "iso3166-1:BEL",
        "city-communities",
    )
    assert country["same_as"].split()[0] == f"{OURS}id/country/be"
    with pytest.raises(ConfigError, match="--country zz"):
        start_project(tmp_path / "zz", describe_city(BASE, "Gent", "zz"), known, DAY)
    assert not (tmp_path / "zz").exists()


def test_nothing_is_overwritten(tmp_path: Path, known: Known) -> None:
    kept = tmp_path / "gent" / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("mine")

    for folder in (kept.parent, kept):
        with pytest.raises(ConfigError, match="nothing is overwritten"):
            start_project(folder, gent(), known, DAY)
    assert kept.read_text() == "mine"
    assert [path.name for path in tmp_path.rglob("*")] == ["gent", "notes.txt"]


def test_an_empty_folder_is_taken(tmp_path: Path, known: Known) -> None:
    assert start_project(tmp_path, gent(), known, DAY).files
    assert (tmp_path / "README.md").is_file()


def test_the_same_words_make_the_same_bytes(tmp_path: Path, known: Known) -> None:
    one, two = (start_project(tmp_path / name, gent(), known, DAY) for name in ("one", "two"))

    assert one.files == two.files
    for name in one.files:
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()


def test_a_peer_is_allowed_and_asked(tmp_path: Path, known: Known) -> None:
    peer = "private:http://127.0.0.1:8099/sparql"
    started = start_project(tmp_path / "gent", gent(peer=peer), known, DAY)
    settings = tomllib.loads((started.folder / "pyproject.toml").read_text("utf-8"))

    assert settings["tool"]["mesmart"]["engine"]["services"] == [peer]
    assert "SERVICE <http://127.0.0.1:8099/sparql>" in (
        started.folder / "queries/03-here-and-elsewhere.rq"
    ).read_text("utf-8")
    assert len(read_queries(started.folder / "queries", BASE)) == 3


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    done = init(str(tmp_path / "gent"), *TOLD)

    assert done.exit_code == 0, done.output
    assert done.stdout == f"{BASE}id/city/{GENT}\n"
    assert "mesmart build" in done.stderr
    with (tmp_path / "gent/data/facts/cities.csv").open(encoding="utf-8", newline="") as rows:
        (city,) = csv.DictReader(rows)
    assert city["same_as"] == f"{OURS}id/city/{GENT}"
    assert (city["name_it"], city["local_name"], city["local_language"]) == ("Gand", "Gent", "nl")


def test_the_command_tells_of_a_namesake_and_links_to_none_by_itself(tmp_path: Path) -> None:
    done = init(str(tmp_path / "new"), "--base-iri", BASE, "--name", "Messina", "--country", "it")

    assert f"{OURS}id/city/it-messina" in done.stderr
    assert (
        "it-messina"
        not in (tmp_path / "new/data/facts/cities.csv").read_text("utf-8").partition("Messina")[2]
    )


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("--base-iri", BASE, "--name", "Gent"), "--country it"),
        (("--base-iri", BASE, "--name", "Gent", "--same-as", "be-gnet"), "be-gent"),
        (("--base-iri", "http://localhost/", "--name", "Gent", "--country", "be"), "you own"),
    ],
)
def test_the_command_refuses_with_a_remedy(arguments: tuple[str, ...], remedy: str, tmp_path: Path) -> None:
    done = init(str(tmp_path / "new"), *arguments)

    assert isinstance(done.exception, ConfigError)
    assert remedy in str(done.exception)
    assert exit_code(type(done.exception)) == 2
    assert not (tmp_path / "new").exists()


def test_the_help_has_an_example() -> None:
    assert "Example: mesmart init gent" in " ".join(init("--help").output.split())


def test_shared_vocabularies_come_without_what_is_told_of_our_own_things(tmp_path: Path) -> None:
    concepts = tmp_path / "concepts"
    concepts.mkdir()
    (concepts / "topic.ttl").write_text(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "<https://w3id.org/city-communities/voc/topic/air> a skos:Concept ;\n"
        "    <http://purl.org/dc/terms/source> <id/source/messina-2021> ."
    )
    (block,) = read_shared_concepts([concepts / "topic.ttl"], tmp_path, BASE)

    assert [str(quad) for quad in block.quads] == [
        "<https://w3id.org/city-communities/voc/topic/air> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        f"<http://www.w3.org/2004/02/skos/core#Concept> <{BASE}graph/concepts>"
    ]
