"""The folder of the inbox: nothing that was acknowledged is lost, whatever lies or happens there."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mesmart_kg.inbox import (
    Fault,
    Inbox,
    InboxUnavailable,
    Kind,
    Notification,
    NotificationRefused,
    State,
    UnknownNotification,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def message(number: int = 0, body: str = "what was sent") -> Notification:
    about = {"target": "https://a.example/", "text": "Wrong \u202e!", "source": "I know"}
    return Notification(f"{number:032x}", Kind.CORRECTION, "Offer", "Ada", about, "text/turtle", body)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "deep" / "inbox", 5)


def files(folder: Path) -> Iterator[str]:
    return (str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_message_is_kept_whole_and_for_its_owner_alone(inbox: Inbox, tmp_path: Path) -> None:
    receipt = inbox.keep(message(), NOW)

    assert (receipt.state, receipt.received, receipt.is_new) == (State.WAITING, NOW, True)
    assert inbox.get(receipt.id).notification == message()
    assert list(files(tmp_path / "deep" / "inbox")) == [".lock", f"waiting/{receipt.id}.json"]
    kept = tmp_path / "deep" / "inbox" / "waiting"
    assert {path.stat().st_mode & 0o077 for path in (kept, kept / f"{receipt.id}.json")} == {0}


def test_nothing_is_made_before_a_message_comes(inbox: Inbox, tmp_path: Path) -> None:
    assert inbox.ids(State.WAITING) == ()
    assert inbox.find("0" * 32) is None
    assert list(tmp_path.iterdir()) == []


def test_the_same_message_has_the_same_receipt_whatever_became_of_it(inbox: Inbox) -> None:
    first = inbox.keep(message(), NOW)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    again = inbox.keep(message(), later)
    assert (again.id, again.received, again.is_new) == (first.id, NOW, False)

    inbox.decide(first.id, State.REJECTED, "No.", later)
    known = inbox.keep(message(), later)
    assert (known.state, known.note, known.decided, known.is_new) == (State.REJECTED, "No.", later, False)
    assert inbox.ids(State.WAITING) == ()


def test_only_so_many_wait(inbox: Inbox) -> None:
    for number in range(5):
        inbox.keep(message(number), NOW)
    with pytest.raises(NotificationRefused) as caught:
        inbox.keep(message(5), NOW)
    assert caught.value.fault is Fault.FULL
    inbox.decide(message(1).id, State.ACCEPTED, "", NOW)
    inbox.keep(message(5), NOW)
    assert len(inbox.ids(State.WAITING)) == 5


def test_many_at_once_never_pass_the_limit(inbox: Inbox) -> None:
    def keep(number: int) -> bool:
        try:
            inbox.keep(message(number), NOW)
        except NotificationRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(keep, range(30))) == 5
    assert len(inbox.ids(State.WAITING)) == 5


def test_of_two_curators_one_decides(inbox: Inbox) -> None:
    inbox.keep(message(), NOW)

    def decide(state: State) -> bool:
        try:
            inbox.decide(message().id, state, "", NOW)
        except UnknownNotification:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(decide, [State.ACCEPTED, State.REJECTED] * 4)) == 1
    assert sum(len(inbox.ids(state)) for state in State) == 1


def test_an_id_is_completed_when_it_is_the_only_one(inbox: Inbox) -> None:
    for number in (0x1A << 120, 0x1B << 120):
        inbox.keep(message(number), NOW)
    assert inbox.complete("1a") == f"{0x1A << 120:032x}"
    for beginning in ("1", "ff", "../waiting", ""):
        with pytest.raises(UnknownNotification):
            inbox.complete(beginning)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../../etc/passwd", "a/b", "A" * 32, "0" * 31, "0" * 32 + "\n", "\0" * 32, "०" * 32],
)
def test_no_name_leads_out_of_the_folder(inbox: Inbox, name: str) -> None:
    inbox.keep(message(), NOW)
    assert inbox.find(name) is None
    with pytest.raises(UnknownNotification):
        inbox.decide(name, State.ACCEPTED, "", NOW)


def test_links_and_other_things_that_lie_there_are_never_followed(inbox: Inbox, tmp_path: Path) -> None:
    inbox.keep(message(), NOW)
    waiting = tmp_path / "deep" / "inbox" / "waiting"
    secret = tmp_path / "secret"
    secret.write_text((waiting / f"{message().id}.json").read_text("utf-8"), "utf-8")
    (waiting / f"{message(1).id}.json").symlink_to(secret)
    os.mkfifo(waiting / f"{message(2).id}.json")
    (waiting / f"{message(3).id}.json").mkdir()
    (waiting / "notes.txt").write_text("mine", "utf-8")

    assert inbox.ids(State.WAITING) == (message().id,)
    for number in (1, 2, 3):
        with pytest.raises(InboxUnavailable):
            inbox.find(message(number).id)
    waiting.rename(tmp_path / "elsewhere")
    waiting.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InboxUnavailable):
        inbox.keep(message(4), NOW)
    assert not (tmp_path / "elsewhere" / f"{message(4).id}.json").exists()


def test_a_folder_that_is_none_is_told_without_its_place(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file", "utf-8")
    with pytest.raises(InboxUnavailable) as caught:
        Inbox(tmp_path / "inbox", 5).keep(message(), NOW)
    assert str(tmp_path) not in str(caught.value)


def test_a_damaged_file_is_told(inbox: Inbox, tmp_path: Path) -> None:
    inbox.keep(message(), NOW)
    file = tmp_path / "deep" / "inbox" / "waiting" / f"{message().id}.json"
    for text in ("", "[]", '{"kind": "x"}\n{}'):
        file.write_text(text, "utf-8")
        with pytest.raises(InboxUnavailable):
            inbox.find(message().id)


def test_what_was_left_half_way_is_swept_once_it_is_old(inbox: Inbox, tmp_path: Path) -> None:
    inbox.keep(message(), NOW)
    waiting = tmp_path / "deep" / "inbox" / "waiting"
    for name, age in ((".old.part", 0), (".new.part", None)):
        (waiting / name).write_text("{", "utf-8")
        if age is not None:
            os.utime(waiting / name, (age, age))
    inbox.sweep()
    assert sorted(path.name for path in waiting.iterdir()) == [".new.part", f"{message().id}.json"]


def run(script: str, *arguments: str, largest: int | None = None) -> subprocess.Popen[str]:
    def limit() -> None:
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=limit)


WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mesmart_kg.inbox import Inbox, InboxUnavailable, Kind, Notification
inbox = Inbox(Path(sys.argv[1]), 100_000)
start, count, size = (int(each) for each in sys.argv[2:])
for number in range(start, start + count):
    name = f"{number:032x}"
    sent = Notification(name, Kind.CORRECTION, "Offer", "", {}, "text/turtle", "x" * size)
    try:
        inbox.keep(sent, datetime.now(UTC))
    except InboxUnavailable as error:
        print("refused", error, flush=True)
    else:
        print(name, flush=True)
"""


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    process = run(WRITE, str(tmp_path / "inbox"), "0", "1", "50000", largest=20_000)
    told, _ = process.communicate(timeout=60)

    assert told.startswith("refused")
    assert not list((tmp_path / "inbox" / "waiting").iterdir())


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    acknowledged: set[str] = set()
    for turn in range(8):
        process = run(WRITE, str(folder), str(turn * 100_000), "100000", "20000")
        assert process.stdout is not None
        for _ in range(3 + 5 * turn):
            acknowledged.add(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate(timeout=60)
        acknowledged |= {line for line in rest.splitlines() if len(line) == 32}

    inbox = Inbox(folder, 100_000)
    listed = set(inbox.ids(State.WAITING))
    assert acknowledged <= listed
    assert all(len(inbox.get(name).notification.body) == 20_000 for name in listed)
    assert len(listed) <= len(acknowledged) + 8
