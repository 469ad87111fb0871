"""``mesmart linkset``: what it prints, asks, writes and leaves alone, and its exit codes."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from given_links import HEAD
from serving import write_small_release

from mesmart_kg.cli import main

LINKS = "their:1 skos:exactMatch our:it-messina .\ntheir:2 skos:closeMatch our:be-gent .\n"


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    told: str


@dataclass(frozen=True)
class Desk:
    """A curator's project: the small release, an empty ``data``, a file that came."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    @property
    def kept(self) -> Path:
        return self.folder / "data" / "links" / "corinth.ttl"

    def give(self, links: str = LINKS, head: str = HEAD) -> str:
        file = self.folder / "links.ttl"
        file.write_text(head + links, "utf-8")
        return str(file)

    def run(self, *arguments: str) -> Done:
        """Run `mesmart linkset` in this process."""
        self.capture.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["mesmart", "linkset", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capture.readouterr()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, said.out, said.err)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    write_small_release(tmp_path / "releases")
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("MESMART_PATHS__RELEASES", str(tmp_path / "releases"))
    monkeypatch.setenv("MESMART_PATHS__DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, monkeypatch, capsys)


def test_add_shows_what_comes_writes_it_and_says_what_to_do_next(desk: Desk) -> None:
    done = desk.run(
        "add", desk.give(), "--name", "corinth", "--credit", "Thanks", "--date", "2026-11-22", "--yes"
    )

    assert done.code == 0
    assert "+ <https://data.example.org/city/1> skos:exactMatch <id/city/it-messina>" in done.out
    assert "git add data/links/corinth.ttl" in done.told
    assert "mesmart build" in done.told
    text = desk.kept.read_text("utf-8")
    assert 'schema:creditText "Thanks"' in text
    assert 'dcterms:dateAccepted "2026-11-22"^^xsd:date' in text


def test_add_asks_first_and_a_no_changes_nothing(desk: Desk) -> None:
    desk.monkeypatch.setattr("click.termui.visible_prompt_func", lambda _prompt: "n")
    done = desk.run("add", desk.give(), "--name", "corinth")

    assert done.code == 1
    assert "nothing was changed" in done.told
    assert not desk.kept.exists()


def test_the_same_set_again_changes_nothing_and_keeps_its_credit(desk: Desk) -> None:
    desk.run("add", desk.give(), "--name", "corinth", "--credit", "Thanks", "--date", "2026-11-22", "--yes")
    before = desk.kept.read_bytes()
    done = desk.run("add", desk.give(), "--name", "corinth", "--yes")

    assert (done.code, desk.kept.read_bytes()) == (0, before)
    assert "says all this already" in done.told


def test_a_newer_set_shows_the_difference(desk: Desk) -> None:
    desk.run("add", desk.give(), "--name", "corinth", "--yes")
    newer = "their:1 skos:closeMatch our:it-messina .\ntheir:3 skos:exactMatch our:be-gent .\n"
    done = desk.run("add", desk.give(newer), "--name", "corinth", "--yes")

    assert "Links added: 1; removed: 1; with another relation: 1." in done.told
    assert "- <https://data.example.org/city/2> skos:closeMatch <id/city/be-gent>" in done.out


@pytest.mark.parametrize(
    ("links", "head", "words"),
    [
        ("their:1 skos:exactMatch our:it-nowhere .", HEAD, f"corinth:{HEAD.count(chr(10)) + 1}: "),
        (LINKS, HEAD.replace("dcterms:license", "dcterms:rights"), "dcterms:license"),
        ("their:1 skos:exact", HEAD, "not Turtle"),
    ],
)
def test_what_can_t_be_taken_in_is_told_with_its_place_and_changes_nothing(
    desk: Desk, links: str, head: str, words: str
) -> None:
    desk.run("add", desk.give(), "--name", "corinth", "--yes")
    before = desk.kept.read_bytes()
    done = desk.run("add", desk.give(links, head), "--name", "corinth", "--yes")

    assert done.code == 1
    assert words in done.told
    assert desk.kept.read_bytes() == before


def test_two_sets_must_not_contradict_each_other(desk: Desk) -> None:
    desk.run("add", desk.give(), "--name", "corinth", "--yes")
    done = desk.run("add", desk.give("their:1 skos:exactMatch our:be-gent ."), "--name", "argos", "--yes")

    assert done.code == 1
    assert "that we hold already" in done.told


@pytest.mark.parametrize(
    "arguments",
    [
        ("links.ttl", "--name", "../x"),
        ("none.ttl", "--name", "x"),
        ("links.ttl", "--name", "x", "--licence", "free"),
    ],
)
def test_misuse_is_told_as_such(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.give()

    assert desk.run("add", *arguments).code == 2
    assert not desk.kept.parent.exists()


def test_without_a_release_there_is_nothing_to_check_against(desk: Desk) -> None:
    desk.monkeypatch.setenv("MESMART_PATHS__RELEASES", str(desk.folder / "none"))

    assert desk.run("add", desk.give(), "--name", "corinth", "--yes").code == 3


def test_list_and_check_tell_of_what_is_kept(desk: Desk) -> None:
    assert "Nobody has given links yet" in desk.run("list").told
    desk.run("add", desk.give(), "--name", "corinth", "--yes")

    assert [each["links"] for each in json.loads(desk.run("list", "--json").out)] == [2]
    assert "corinth" in desk.run("list").out
    assert desk.run("check").code == 0
    desk.kept.write_text(desk.kept.read_text("utf-8").replace("it-messina", "it-gone"), "utf-8")
    checked = desk.run("check", "corinth")
    assert checked.code == 1
    assert "it-gone is not in the current release" in checked.told
    assert desk.run("check", "nobody").code == 2


def test_json_tells_the_same_to_a_program(desk: Desk) -> None:
    done = desk.run(
        "add", desk.give("their:1 skos:exactMatch our:it-nowhere ."), "--name", "corinth", "--json"
    )

    facts = json.loads(done.out)
    assert done.code == 1
    assert (facts["acceptable"], facts["problems"][0]["line"]) == (False, HEAD.count("\n") + 1)
