"""What a curator does with what others sent, at a terminal that hostile words can't steer."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from inbox_messages import BASE, LD_JSON, LINKS, MESSINA, TURTLE, announcement, correction, to_bytes
from rdflib import Graph
from serving import write_small_release

from mesmart_kg.cli import mesmart
from mesmart_kg.cli.inbox import to_safe
from mesmart_kg.errors import ConfigError
from mesmart_kg.inbox import Examiner, Inbox, State, UnknownNotification
from mesmart_kg.inbox.contexts import read_own_contexts


class Desk(NamedTuple):
    """A project with a release and an inbox."""

    folder: Path
    inbox: Inbox
    environ: dict[str, str]

    def send(self, document: Any, media_type: str = LD_JSON) -> str:
        """Put a message into the inbox; return its id."""
        data = document if isinstance(document, bytes) else to_bytes(document)
        examiner = Examiner(BASE, Graph, read_own_contexts(self.folder / "none", BASE))
        return self.inbox.keep(examiner.examine(data, media_type), datetime.now(UTC)).id

    def run(self, *arguments: str, text: str | None = None) -> Any:
        done = CliRunner(env=self.environ).invoke(mesmart, ["inbox", *arguments], input=text)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_release(tmp_path_factory.mktemp("shelf")).path.parent


@pytest.fixture
def desk(shelf: Path, tmp_path: Path) -> Desk:
    (tmp_path / "data").mkdir()
    environ = {
        "MESMART_PATHS__RELEASES": str(shelf),
        "MESMART_PATHS__DATA": str(tmp_path / "data"),
        "MESMART_INBOX__FOLDER": str(tmp_path / "inbox"),
    }
    return Desk(tmp_path, Inbox(tmp_path / "inbox", 100), environ)


def test_a_curator_lists_and_shows(desk: Desk) -> None:
    assert "No message is waiting" in desk.run("list").stderr
    first, second = desk.send(correction()), desk.send(LINKS.encode(), TURTLE)

    listed = desk.run("list").stdout
    assert first[:12] in listed
    assert "it-messina: The name is misspelt." in listed
    assert "Our partners" in listed
    facts = json.loads(desk.run("list", "--json").stdout)
    assert {each["id"] for each in facts} == {first, second}
    shown = desk.run("show", second[:8]).stdout
    assert f"<{MESSINA}> ." in shown
    whole = json.loads(desk.run("show", first, "--json").stdout)
    assert json.loads(whole["body"]) == correction()


def test_hostile_words_do_not_reach_the_terminal(desk: Desk) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\u202eevil\u2066\u200b\r\x9b31m\u2028"
    name = desk.send(correction(bodyValue=f"first {hostile}\nsecond", **{"dcterms:source": hostile}))
    for arguments in (("list",), ("show", name), ("list", "--json"), ("show", name, "--json")):
        out = desk.run(*arguments).stdout
        assert all(sign == "\n" or sign.isprintable() for sign in out), arguments
    assert "\\u001b]0;owned" in desk.run("show", name).stdout
    assert to_safe("città, 東京\nzwei") == "città, 東京\nzwei"


def test_a_correction_is_accepted_with_a_note_and_once(desk: Desk) -> None:
    name = desk.send(correction())
    assert "is accepted" in desk.run("accept", name[:10], "--note", "Thank you").stderr
    kept = desk.inbox.get(name)
    assert (kept.receipt.state, kept.receipt.note) == (State.ACCEPTED, "Thank you")
    assert kept.notification.about["text"] == "The name is misspelt."
    for again in (("accept", name), ("reject", name, "--reason", "no")):
        with pytest.raises(UnknownNotification, match="accepted already"):
            desk.run(*again)


def test_a_rejection_has_a_reason(desk: Desk) -> None:
    name = desk.send(correction())
    assert desk.run("reject", name).exit_code == 2
    with pytest.raises(ConfigError, match="say why"):
        desk.run("reject", name, "--reason", " ")
    desk.run("reject", name, "--reason", "The source says otherwise.")
    assert desk.inbox.ids(State.REJECTED) == (name,)
    assert "The source says otherwise." in desk.run("show", name).stdout
    assert name in desk.run("list", "--state", "all", "--json").stdout


def test_links_that_came_along_are_taken_in_as_by_linkset_add(desk: Desk) -> None:
    name = desk.send(LINKS.encode(), TURTLE)
    with pytest.raises(ConfigError, match="--name"):
        desk.run("accept", name)
    declined = desk.run("accept", name, "--name", "example", text="n\n")
    assert (declined.exit_code, desk.inbox.ids(State.WAITING)) == (1, (name,))

    done = desk.run("accept", name, "--name", "example", "--yes")

    assert done.exit_code == 0, done.stderr
    written = (desk.folder / "data" / "links" / "example.ttl").read_text("utf-8")
    assert "<https://data.example.org/city/1> skos:exactMatch" in written
    assert '"Example"' in written
    assert desk.inbox.ids(State.ACCEPTED) == (name,)


def test_links_that_can_not_be_taken_in_wait_on(desk: Desk) -> None:
    name = desk.send(LINKS.replace("it-messina", "it-nowhere").encode(), TURTLE)
    done = desk.run("accept", name, "--name", "example", "--yes")
    assert (done.exit_code, desk.inbox.ids(State.WAITING)) == (1, (name,))
    assert not (desk.folder / "data" / "links").exists()


def test_an_address_is_fetched_only_on_the_curators_word(desk: Desk) -> None:
    """The tests' own guard fails whatever calls another host: without --fetch nothing does."""
    name = desk.send(announcement(id="http://127.0.0.1:9/links.ttl"))
    with pytest.raises(ConfigError, match="--fetch"):
        desk.run("accept", name, "--name", "example", "--yes")
    # With it, the address is looked at as `mesmart linkset add` does: none of a private network.
    from mesmart_kg.linksets import FetchFailed

    with pytest.raises(FetchFailed, match="private network"):
        desk.run("accept", name, "--name", "example", "--yes", "--fetch")
    assert desk.inbox.ids(State.WAITING) == (name,)


def test_of_several_curators_at_once_one_accepts(desk: Desk) -> None:
    name = desk.send(correction())

    def decide(number: int) -> bool:
        inbox = Inbox(desk.folder / "inbox", 100)
        with inbox.curating():
            if inbox.find(name).state is not State.WAITING:  # type: ignore[union-attr]
                return False
            inbox.decide(name, State.ACCEPTED, str(number), datetime.now(UTC))
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(decide, range(8))) == 1


def test_a_closed_inbox_is_told(desk: Desk) -> None:
    desk.environ["MESMART_INBOX__FOLDER"] = ""
    with pytest.raises(ConfigError, match="takes no messages"):
        desk.run("list")
