"""The pipeline on two towns: the same bytes each time, and no release of facts that break the shapes."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from town import copy_town

from mesmart_kg import formats
from mesmart_kg.build import STEPS, build, find_up_to_date, validate_sources
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.errors import ConfigError, FactError, NotConformant, RuleError
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.release import verify
from mesmart_kg.store import Dataset, NamedNode, parse_text

NAMES = GraphNames()
ATHENS = NamedNode(NAMES.base + "id/city/gr-atene")


@pytest.fixture
def town(tmp_path: Path) -> Config:
    """The settings of a copy of the project."""
    return copy_town(tmp_path)


def append(config: Config, file: str, text: str) -> None:
    with (config.paths.data / file).open("a", encoding="utf-8") as facts:
        facts.write(text)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_release_holds_what_the_design_lists(town: Config) -> None:
    release = build(town)

    assert verify(release) == []
    assert contents(release.path).keys() >= {
        "manifest.json",
        "dumps/SHA256SUMS",
        "dumps/dataset.nq.gz",
        "dumps/dataset.trig.gz",
        "dumps/dataset.jsonld.gz",
        "dumps/default.nt.gz",
        "dumps/default.ttl.gz",
        "dumps/inferred.nt.gz",
        "dumps/city.csv",
        "metadata/dataset.ttl",
        "report/validation.ttl",
        "report/validation.json",
        "inputs/ontology.ttl",
        "inputs/shapes.ttl",
        "inputs/queries/01-towns.rq",
    }
    assert release.id.startswith("2026-05-03-"), "the day of the newest check of a source"
    assert Catalog(town.paths.releases).current() == release


def test_each_statement_stands_in_the_graph_of_its_kind(town: Config) -> None:
    release = build(town)
    dataset = Dataset(parse_text(gzip.decompress(release.dataset_nquads.read_bytes()), formats.NQUADS))

    assert set(dataset.graph_names()) >= {
        NAMES.source("notice"),
        NAMES.source("rumour"),
        NAMES.concepts,
        NAMES.inferred,
        NAMES.ontology,
        NAMES.provenance,
        NAMES.shapes,
    }
    inferred = {
        quad.triple.predicate.value for quad in dataset.quads(NAMES.inferred) if quad.subject == ATHENS
    }
    assert inferred == {expand("rdf:type"), expand("org:memberOf")}


def test_the_figures_of_the_manifest_are_those_of_the_dump(town: Config) -> None:
    release = build(town)
    lines = gzip.decompress(release.default_ntriples.read_bytes()).splitlines()

    assert release.manifest.figures["triples"] == len(lines) == len(set(lines))
    assert release.manifest.figures["classes"][expand("cc:City")] == 2
    assert release.manifest.figures["graphs"][NAMES.source("rumour")] == 1


@pytest.mark.parametrize(("seed", "clock"), [("1", "0"), ("2", "4102444800")])
def test_another_process_on_another_day_makes_the_same_bytes(tmp_path: Path, seed: str, clock: str) -> None:
    """The hash seed changes the order of sets; the clock stands on a day of 1970, or of 2100."""
    config = copy_town(tmp_path / "town")
    expected = contents(build(config, out=tmp_path / "here").path)
    script = (
        "import sys, time, pathlib\n"
        "time.time = lambda: float(sys.argv[3])\n"
        "from town import configure_town\n"
        "from mesmart_kg.build import build\n"
        "build(configure_town(pathlib.Path(sys.argv[1])), out=pathlib.Path(sys.argv[2]))\n"
    )
    arguments = [str(tmp_path / "town"), str(tmp_path / "there"), clock]
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path, "TZ": "Pacific/Kiritimati"}
    subprocess.run([sys.executable, "-c", script, *arguments], check=True, env=environment, timeout=120)

    (other,) = (tmp_path / "there").iterdir()
    assert contents(other) == expected


def test_the_day_can_be_given(town: Config) -> None:
    release = build(town, day=date(2027, 1, 31))

    assert release.day == date(2027, 1, 31)
    assert release.id.startswith("2027-01-31-")


def test_sources_without_a_day_ask_for_one(town: Config) -> None:
    (town.paths.data / "concepts" / "sources.ttl").unlink()

    with pytest.raises(ConfigError, match="--date"):
        build(town)


def test_facts_that_break_a_shape_make_no_release_and_leave_the_shelf_as_it_was(town: Config) -> None:
    before = build(town)
    append(town, "facts/notice.ttl", "\n<id/city/gr-tebe> a cc:City .\n")

    with pytest.raises(NotConformant) as error:
        build(town)

    (finding,) = error.value.report.violations
    assert finding.focus == NAMES.base + "id/city/gr-tebe"
    assert [place.file for place in finding.places] == ["data/facts/notice.ttl"]
    text = (town.paths.data / "facts" / "notice.ttl").read_text("utf-8").splitlines()
    assert text[finding.places[0].line - 1] == "<id/city/gr-tebe> a cc:City ."
    assert [path.name for path in town.paths.releases.iterdir()] == [before.id]
    assert Catalog(town.paths.releases).current() == before


def test_validating_tells_the_same_and_writes_nothing(town: Config) -> None:
    append(town, "facts/notice.ttl", "\n<id/city/gr-tebe> a cc:City .\n")

    report = validate_sources(town)

    assert [finding.message_it for finding in report.violations] == ["Una città ha un nome."]
    assert not town.paths.releases.exists()


def test_a_literal_that_the_store_would_change_is_refused_with_its_place(town: Config) -> None:
    append(town, "facts/rumour.ttl", '\n<id/a> cc:population "1"^^<http://www.w3.org/2001/XMLSchema#int> .\n')

    with pytest.raises(FactError, match="xsd:int") as error:
        build(town)

    assert error.value.file == "data/facts/rumour.ttl"
    assert error.value.line == 6


def test_a_release_of_the_same_sources_is_known_to_be_up_to_date(town: Config) -> None:
    assert find_up_to_date(town) is None
    release = build(town)

    assert find_up_to_date(town) == release
    assert find_up_to_date(town, day=date(2027, 1, 1)) is None


@pytest.mark.parametrize("folder", ["ontology", "data", "shapes", "queries"])
def test_any_new_source_file_asks_for_a_new_release(town: Config, folder: str) -> None:
    build(town)

    (getattr(town.paths, folder) / "new.txt").write_text("new")

    assert find_up_to_date(town) is None


def test_another_publisher_asks_for_a_new_release_but_another_port_does_not(town: Config) -> None:
    release = build(town)

    assert find_up_to_date(replace(town, site=replace(town.site, publisher="Altri"))) is None
    assert find_up_to_date(replace(town, web=replace(town.web, port=9))) == release


def test_another_base_iri_renames_everything_of_the_publisher(town: Config) -> None:
    base = "https://example.org/lega/"
    release = build(replace(town, site=replace(town.site, base_iri=base)))
    text = gzip.decompress(release.default_ntriples.read_bytes()).decode()

    assert f"<{base}id/city/gr-atene> " in text
    assert f"<{NAMES.base}id/" not in text
    assert expand("cc:City") in text, "the terms stay the same for every publisher"


def test_a_folder_that_is_missing_is_a_wrong_setting(town: Config) -> None:
    lost = replace(town, paths=replace(town.paths, shapes=town.paths.shapes / "none"))

    with pytest.raises(ConfigError, match=r"paths\.shapes"):
        build(lost)


def test_a_query_that_no_server_could_read_makes_no_release(town: Config) -> None:
    (town.paths.queries / "02-nameless.rq").write_text("ASK { }\n", "utf-8")

    with pytest.raises(ConfigError, match=r"02-nameless\.rq:1"):
        build(town)
    assert Catalog(town.paths.releases).releases() == []


def test_progress_is_told_step_by_step_to_the_end(town: Config) -> None:
    told: list[tuple[str, int, int]] = []

    build(town, progress=lambda step, done, total: told.append((step, done, total)))

    assert tuple(dict.fromkeys(step for step, _, _ in told)) == STEPS
    for step in STEPS:
        last = [each for each in told if each[0] == step][-1]
        assert last[1] == last[2], step


def test_kept_work_and_a_build_from_nothing_give_the_same_bytes(town: Config, tmp_path: Path) -> None:
    """What changes between the builds: a name, a rule's words, a shape, a source that is taken away."""
    keeping = replace(town, paths=replace(town.paths, work=tmp_path / "work"))
    notice = town.paths.data / "facts" / "notice.ttl"

    def same(name: str) -> None:
        fresh = build(town, out=tmp_path / f"{name} from nothing")
        kept = build(keeping, out=tmp_path / f"{name} with what was kept")
        assert contents(kept.path) == contents(fresh.path), name

    same("first")
    same("unchanged")
    notice.write_text(notice.read_text("utf-8").replace("Atene", "Atene Nuova", 1), "utf-8")
    same("another name")
    for rule in sorted((town.paths.ontology / "rules").glob("*.rq"))[:1]:
        rule.unlink()
    same("a rule less")
    with sorted(town.paths.shapes.glob("*.ttl"))[0].open("a", encoding="utf-8") as shapes:
        shapes.write("\n# a remark\n")
    same("a shape's file")
    (town.paths.data / "facts" / "rumour.ttl").unlink()
    same("a source less")


@pytest.mark.slow
def test_many_processes_or_one_in_memory_or_on_disk_the_bytes_are_the_same(
    town: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = contents(build(town, out=tmp_path / "one").path)
    monkeypatch.setattr("mesmart_kg.build.hands._SMALL", 0)

    for jobs, memory in ((1, 0), (3, 0), (2, 1)):
        monkeypatch.setattr("mesmart_kg.build.judging._IN_MEMORY", 1_000_000 if memory else 3)
        config = replace(town, build=replace(town.build, jobs=jobs, memory=memory))
        assert contents(build(config, out=tmp_path / f"{jobs} {memory}").path) == expected


@pytest.mark.slow
def test_errors_come_from_other_processes_as_from_this_one(
    town: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mesmart_kg.build.hands._SMALL", 0)
    (town.paths.ontology / "rules" / "sly.rq").write_text(
        '#+ label.it = "x"\n#+ label.en = "x"\n#+ comment.it = "x"\n#+ comment.en = "x"\n'
        '#+ concludes = ["org:memberOf"]\n'
        "PREFIX org: <http://www.w3.org/ns/org#>\n"
        "CONSTRUCT { ?s org:hasMember ?o } WHERE { ?s a ?o }\n",
        "utf-8",
    )
    with pytest.raises(RuleError, match="rule sly"):
        build(town)
    (town.paths.ontology / "rules" / "sly.rq").unlink()
    append(town, "facts/notice.ttl", "\n<id/city/gr-tebe> a cc:City .\n")
    with pytest.raises(NotConformant):
        build(town)
    append(town, "facts/notice.ttl", "\n<id/city/gr-tebe> a \n")
    with pytest.raises(FactError, match=r"data/facts/notice\.ttl:"):
        build(town)
