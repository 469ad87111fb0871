"""The command line as a person meets it: what goes where, and which code a command ends with."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from hatchery import Hatchery, hatching
from serving import RELEASE_ID, running_server, write_small_release

from mesmart_kg import errors
from mesmart_kg.cli import exit_code, mesmart
from mesmart_kg.config import load_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMBERS = "SELECT ?city ?community { ?city <http://www.w3.org/ns/org#memberOf> ?community } ORDER BY ?city"
ABOUT_MESSINA = "DESCRIBE <https://w3id.org/city-communities/id/city/it-messina>"


class Done(NamedTuple):
    code: int
    out: str
    err: str


class Run(Protocol):
    def __call__(self, *arguments: str, shelf: Path, text: str = "") -> Done: ...


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf that holds the small release."""
    folder = tmp_path_factory.mktemp("shelf")
    write_small_release(folder)
    return folder


@pytest.fixture(scope="module")
def hatchery() -> Iterator[Hatchery]:
    with hatching() as here:
        yield here


@pytest.fixture
def run(hatchery: Hatchery, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the command line in a process of its own, in a folder without a checkout."""

    def run(*arguments: str, shelf: Path, text: str = "") -> Done:
        folder = tmp_path_factory.mktemp("run")
        given, out, err = folder / "text", folder / "out", folder / "err"
        given.write_text(text, "utf-8")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MESMART_")}
        environ["MESMART_PATHS__RELEASES"] = str(shelf)
        done = hatchery.run(arguments, environ=environ, folder=shelf, out=out, err=err, text=given)
        code = done.wait(600)
        return Done(code, out.read_text("utf-8"), err.read_text("utf-8"))

    return run


def test_help_of_every_command_shows_an_example() -> None:
    assert set(mesmart.commands) == {
        "build", "config", "diff", "inbox", "init", "link", "linkset", "load", "peers", "promote", "receive",
        "query", "releases", "serve", "validate", "verify",
    }  # fmt: skip
    for name, command in mesmart.commands.items():
        assert command.help, name
        assert command.epilog is not None
        assert command.epilog.startswith(f"Example: mesmart {name}")


def test_releases_are_listed_for_people_and_for_programs(run: Run, shelf: Path) -> None:
    table = run("releases", shelf=shelf)
    machine = run("releases", "--json", shelf=shelf)

    assert RELEASE_ID in table.out
    assert "current" in table.out
    assert [(row["id"], row["current"]) for row in json.loads(machine.out)] == [(RELEASE_ID, True)]


def test_an_empty_shelf_says_what_to_do(run: Run, tmp_path: Path) -> None:
    done = run("releases", shelf=tmp_path)

    assert (done.code, done.out) == (0, "")
    assert "mesmart build" in done.err


def test_releases_are_listed_when_the_one_chosen_by_hand_is_gone(run: Run, tmp_path: Path) -> None:
    write_small_release(tmp_path)
    (tmp_path / "current").write_text("2020-01-01-00000000\n")

    done = run("releases", "--json", shelf=tmp_path)

    assert done.code == 0
    assert [(row["id"], row["current"]) for row in json.loads(done.out)] == [(RELEASE_ID, False)]
    assert "mesmart promote" in done.err


INTERRUPT = """
import signal
from mesmart_kg.cli import main
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.2)
main()
"""


def test_an_interrupted_command_does_not_look_like_refused_data(shelf: Path) -> None:
    """As by Ctrl-C, while it waits for a query that never comes: the alarm does what the keyboard would."""
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPT, "query", "-"],
        cwd=shelf,
        env={**os.environ, "MESMART_PATHS__RELEASES": str(shelf)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        code = process.wait(60)
        assert process.stderr is not None
        said = process.stderr.read()

    assert code == 130
    assert "interrupted" in said
    assert "Traceback" not in said


def test_a_release_that_is_not_there_ends_with_3(run: Run, shelf: Path) -> None:
    done = run("promote", "2020-01-01-00000000", shelf=shelf)

    assert done.code == 3
    assert "2020-01-01-00000000" in done.err
    assert done.out == ""


def test_promote_makes_a_release_current(run: Run, shelf: Path) -> None:
    done = run("promote", RELEASE_ID, shelf=shelf)

    assert done.code == 0
    assert RELEASE_ID in done.err


def test_verify_finds_one_changed_byte(run: Run, tmp_path: Path) -> None:
    release = write_small_release(tmp_path)
    before = run("verify", shelf=tmp_path)
    report = release.report / "validation.ttl"
    report.write_bytes(report.read_bytes().replace(b"urn:report", b"urn:Report"))
    after = run("verify", RELEASE_ID, shelf=tmp_path)

    assert (before.code, before.out) == (0, "")
    assert (after.code, after.out) == (3, "changed: report/validation.ttl\n")
    assert RELEASE_ID in after.err


def test_a_query_in_a_pipe_is_answered_in_csv(run: Run, shelf: Path) -> None:
    done = run("query", "-", shelf=shelf, text=MEMBERS)

    assert done.code == 0
    assert list(csv.reader(io.StringIO(done.out))) == [
        ["city", "community"],
        *(
            [
                f"https://w3id.org/city-communities/id/city/{city}",
                "https://w3id.org/city-communities/id/community/oasc",
            ]
            for city in ("be-gent", "it-messina")
        ),
    ]


def test_a_table_shortens_what_is_ours(run: Run, shelf: Path) -> None:
    done = run("query", "-", "--format", "table", shelf=shelf, text=MEMBERS)

    assert "<id/city/be-gent>" in done.out
    assert "w3id.org" not in done.out
    assert done.err == "2 rows\n"


@pytest.mark.parametrize(
    ("form", "begin"),
    [("json", '{"head"'), ("xml", "<?xml"), ("tsv", "?city\t?community"), ("csv", "city,community")],
)
def test_solutions_come_in_the_format_asked_for(run: Run, shelf: Path, form: str, begin: str) -> None:
    done = run("query", "-", "--format", form, shelf=shelf, text=MEMBERS)

    assert done.code == 0
    assert done.out.startswith(begin)


@pytest.mark.parametrize(("form", "words"), [("ttl", '"Messina"@it'), ("jsonld", '"@value":"Messina"')])
def test_graphs_come_in_the_format_asked_for(run: Run, shelf: Path, form: str, words: str) -> None:
    done = run("query", "-", "--format", form, shelf=shelf, text=ABOUT_MESSINA)

    assert done.code == 0
    assert words in done.out.replace('": "', '":"')


def test_a_format_that_does_not_suit_is_a_misuse(run: Run, shelf: Path) -> None:
    graph = run("query", "-", "--format", "csv", shelf=shelf, text=ABOUT_MESSINA)
    solutions = run("query", "-", "--format", "ttl", shelf=shelf, text=MEMBERS)

    assert (graph.code, solutions.code) == (2, 2)
    assert "it can be ttl, jsonld" in graph.err
    assert "it can be table, json, csv, tsv, xml" in solutions.err


def test_a_yes_or_no_question_gets_one_word(run: Run, shelf: Path) -> None:
    assert run("query", "-", shelf=shelf, text="ASK { ?s ?p 'Messina'@it }").out == "true\n"
    assert run("query", "-", shelf=shelf, text="ASK { ?s ?p 'Atlantis'@it }").out == "false\n"


def test_a_query_that_is_none_ends_with_2(run: Run, shelf: Path) -> None:
    assert run("query", "-", shelf=shelf, text="SELECT").code == 2
    assert run("query", "-", shelf=shelf, text="DROP ALL").code == 2


def test_a_query_past_its_deadline_ends_with_3(run: Run, shelf: Path) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c = ?f && ?f != ?i) }"
    settings = shelf.parent / "short.toml"
    settings.write_text(f"[engine]\nseconds = 0.5\n[paths]\nreleases = {json.dumps(str(shelf))}\n", "utf-8")
    done = run("--config", str(settings), "query", "-", shelf=shelf, text=endless)

    assert done.code == 3
    assert "0.5 seconds" in done.err


def test_the_named_queries_are_listed(run: Run, shelf: Path) -> None:
    done = run("query", shelf=shelf)

    assert done.code == 0
    assert "italian-oasc-cities" in done.out


def test_an_unknown_query_is_named(run: Run, shelf: Path) -> None:
    done = run("query", "no-such-query", shelf=shelf)

    assert done.code == 2
    assert "no-such-query" in done.err


def test_a_file_with_a_query_takes_parameters(run: Run, shelf: Path) -> None:
    file = shelf / RELEASE_ID / "inputs" / "queries" / "02-communities-of-a-city.rq"
    messina = run("query", str(file), shelf=shelf)
    gent = run("query", str(file), "-p", "city=id/city/be-gent", "-p", "lang=en", shelf=shelf)
    wrong = run("query", str(file), "-p", "town=id/city/be-gent", shelf=shelf)

    assert "Città aperte e agili" in messina.out
    assert "Open & Agile Smart Cities" in gent.out
    assert wrong.code == 2
    assert "town" in wrong.err


def test_a_running_endpoint_is_asked_and_compared(run: Run, tmp_path: Path) -> None:
    write_small_release(tmp_path)
    with running_server(tmp_path) as server:
        endpoint = f"{server.url}sparql"
        answer = run("query", "-", "--endpoint", endpoint, "--format", "tsv", shelf=tmp_path, text=MEMBERS)
        equal = run("verify", endpoint, shelf=tmp_path)
        shorten_dump(write_small_release(tmp_path / "other").default_ntriples)
        different = run("verify", endpoint, shelf=tmp_path / "other")

    assert answer.out.count("\n") == 3
    assert (equal.code, equal.out) == (0, "")
    assert different.code == 3
    assert "1 are not in the release" in different.err


def shorten_dump(path: Path) -> None:
    """Take the last statement out of a dump."""
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(lines[:-1])))


def test_an_endpoint_that_is_not_there_ends_with_3(run: Run, shelf: Path) -> None:
    done = run("query", "-", "--endpoint", "http://127.0.0.1:9/sparql", shelf=shelf, text=MEMBERS)

    assert done.code == 3
    assert "does not answer" in done.err


def test_config_prints_what_config_reads(run: Run, shelf: Path, tmp_path: Path) -> None:
    """The settings in force, saved and read again, are the same settings."""
    printed = run("config", shelf=shelf)
    file = tmp_path / "mesmart.toml"
    file.write_text(printed.out, "utf-8")
    read = load_config({}, {}, tmp_path, file=file)

    assert printed.code == 0
    assert read.paths.releases == shelf
    assert read.web == load_config({}, {}, shelf).web
    rows = json.loads(run("config", "--json", shelf=shelf).out)
    assert {row["name"]: row["origin"] for row in rows}[
        "paths.releases"
    ] == "the variable MESMART_PATHS__RELEASES"


def test_a_wrong_setting_ends_with_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mesmart.toml").write_text("[web]\nprot = 1\n")
    done = run("--config", "mesmart.toml", "config", shelf=tmp_path)

    assert done.code == 2
    assert "web.port" in done.err
    assert "Traceback" not in done.err


def test_a_reader_that_has_enough_is_no_error(shelf: Path) -> None:
    command = f"{sys.executable} -m mesmart_kg query - --format csv | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=shelf,
        env={**os.environ, "MESMART_PATHS__RELEASES": str(shelf)},
        input="SELECT ?a ?d { ?a ?b ?c . ?d ?b ?f }",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "a,d\n"
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.FactError, 1),
        (errors.RuleError, 1),
        (errors.ShapeError, 1),
        (errors.NotConformant, 1),
        (errors.ConfigError, 2),
        (errors.QuerySyntaxError, 2),
        (errors.QueryRefused, 2),
        (errors.QueryTimeout, 3),
        (errors.QueryTooLarge, 3),
        (errors.EngineUnavailable, 3),
        (errors.ReleaseNotFound, 3),
        (errors.ReleaseDamaged, 3),
    ],
)
def test_every_error_has_its_exit_code(error: type[errors.MesmartError], code: int) -> None:
    assert exit_code(error) == code


def test_a_file_that_is_only_a_query_is_asked_as_it_is(run: Run, shelf: Path, tmp_path: Path) -> None:
    for name, mark in (("plain.rq", ""), ("plain.txt", "\ufeff")):
        (tmp_path / name).write_text(f"{mark}SELECT (1 AS ?one) {{}}", "utf-8")
        done = run("query", str(tmp_path / name), shelf=shelf)
        assert (done.code, done.out.split()) == (0, ["one", "1"])


def test_a_file_that_is_not_text_is_told_as_such(run: Run, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "noise.rq").write_bytes(b"ASK {}\n\xec\xff")
    done = run("query", str(tmp_path / "noise.rq"), shelf=shelf)

    assert done.code == 2
    assert "not in UTF-8 (line 2)" in done.err
    assert "Traceback" not in done.err
