"""The folder of the inbox: one file a message, in the folder of its state; the one place where it stands.

    inbox/waiting/ID.json      two lines of JSON: what a receipt needs, then the message
    inbox/accepted/ID.json     the same file, moved; beside it ID.decision: when, and the curator's note
    inbox/rejected/ID.json

What was acknowledged is on the disk: a file is written under another name, brought to the disk, renamed, and
its folder brought to the disk, before anybody is told. A decision is written first, then the file moved, so
the move alone decides. Names are ids of our own making; whatever else lies there is passed over, and links to
elsewhere are never followed. Processes take turns by a lock on a file, which ends with them.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mesmart_kg.inbox.model import (
    Fault,
    InboxUnavailable,
    Kept,
    Kind,
    Notification,
    NotificationRefused,
    Receipt,
    State,
    UnknownNotification,
    is_id,
)

_FORMAT: Final = 1
_ENDING: Final = ".json"
_DECISION: Final = ".decision"
_PART: Final = ".part"
_LONGEST_HEAD: Final = 4096
_LONGEST_NOTE: Final = 2000
_PATIENCE: Final = 5.0
_OLD_SECONDS: Final = 3600
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Inbox:
    """The messages in a folder, which is made when the first one comes.

    Every method may raise InboxUnavailable, and those that take turns NotificationRefused (``busy``).
    """

    def __init__(self, folder: Path, most_waiting: int) -> None:
        self._folder = folder
        self._most_waiting = most_waiting

    # --- what comes ---

    def keep(self, notification: Notification, now: datetime) -> Receipt:
        """Put a message into ``waiting/``; return its receipt, or that of the same message sent before.

        Raises NotificationRefused when too many wait.
        """
        name = notification.id + _ENDING
        with _telling(), self._root(make=True) as root:
            with _state_folder(root, State.WAITING) as folder:
                part = _write_part(folder, _to_lines(notification, now))
                try:
                    with _locked(root, "lock"):
                        known = self._find(root, notification.id)
                        if known is not None:
                            return known
                        if _count(folder) >= self._most_waiting:
                            raise NotificationRefused(Fault.FULL, most=self._most_waiting)
                        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
                        part = ""
                        os.fsync(folder)
                finally:
                    if part:
                        _remove(folder, part)
            kept = self._find(root, notification.id)
        if kept is None:  # a curator was faster than this thread, or somebody moved the folder
            return Receipt(notification.id, notification.kind, State.WAITING, now, is_new=True)
        return Receipt(kept.id, kept.kind, kept.state, kept.received, kept.decided, kept.note, is_new=True)

    # --- what is there ---

    def find(self, name: str) -> Receipt | None:
        """Return the receipt of a message; what its sender wrote is not read."""
        if not is_id(name):
            return None
        with _telling():
            try:
                with self._root() as root:
                    return self._find(root, name)
            except FileNotFoundError:
                return None

    def get(self, name: str) -> Kept:
        """Return a message. Raises UnknownNotification."""
        receipt = self.find(name)
        if receipt is None:
            raise UnknownNotification(f"there is no message {name} in the inbox")
        with _telling(), self._root() as root, _state_folder(root, receipt.state) as folder:
            head, _, rest = _read(folder, name + _ENDING).partition(b"\n")
        told = {**json.loads(head), **json.loads(rest)}
        notification = Notification(
            id=name,
            kind=receipt.kind,
            activity=told["activity"],
            sender=told["sender"],
            about=told["about"],
            media_type=told["media_type"],
            body=told["body"],
            linkset=told["linkset"],
        )
        return Kept(receipt, notification)

    def ids(self, state: State) -> tuple[str, ...]:
        """Return the ids of the messages in a state, those that came or were decided first in front."""
        with _telling():
            try:
                with self._root() as root, _state_folder(root, state) as folder:
                    found = [
                        (entry.stat(follow_symlinks=False).st_mtime_ns, name) for entry, name in _list(folder)
                    ]
            except FileNotFoundError:
                return ()
        return tuple(name for _, name in sorted(found))

    def complete(self, beginning: str) -> str:
        """Return the one id that begins so. Raises UnknownNotification for none, or several."""
        found = [name for state in State for name in self.ids(state) if name.startswith(beginning)]
        if is_id(beginning) or len(found) == 1:
            return found[0] if found else beginning
        reason = "several messages begin" if found else "no message begins"
        raise UnknownNotification(f"{reason} with {beginning[:40]!r}: `mesmart inbox list` shows the ids")

    # --- what a curator decides ---

    @contextmanager
    def curating(self) -> Iterator[None]:
        """Hold off other curators: what is looked at now is decided by nobody else meanwhile."""
        with ExitStack() as held:
            with _telling():
                root = held.enter_context(self._root(make=True))
                held.enter_context(_locked(root, "curator"))
            yield

    def decide(self, name: str, state: State, note: str, now: datetime) -> Receipt:
        """Move a waiting message to another state. Raises UnknownNotification when it does not wait."""
        with _telling(), self._root() as root, _locked(root, "lock"):
            known = self._find(root, name) if is_id(name) else None
            if known is None or known.state is not State.WAITING:
                where = "is not in the inbox" if known is None else f"is {known.state.value} already"
                raise UnknownNotification(f"{name[:40]} {where}")
            decision = {"at": _to_text(now), "note": note[:_LONGEST_NOTE]}
            with _state_folder(root, State.WAITING) as waiting, _state_folder(root, state) as target:
                part = _write_part(target, [decision])
                os.rename(part, name + _DECISION, src_dir_fd=target, dst_dir_fd=target)
                os.fsync(target)
                os.rename(name + _ENDING, name + _ENDING, src_dir_fd=waiting, dst_dir_fd=target)
                os.fsync(target)
                os.fsync(waiting)
        return Receipt(name, known.kind, state, known.received, now, decision["note"])

    # --- within ---

    @contextmanager
    def _root(self, make: bool = False) -> Iterator[int]:
        """Lend the folder; with ``make``, made if need be, with those of the states, and swept."""
        if make and not all((self._folder / state.value).is_dir() for state in State):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for state in State:
                (self._folder / state.value).mkdir(mode=0o700, exist_ok=True)
            for folder in (self._folder, self._folder.parent):
                with _opened(os.open(folder, _FOLDER_FLAGS)) as opened:
                    os.fsync(opened)
        with _opened(os.open(self._folder, _FOLDER_FLAGS)) as root:
            yield root

    def sweep(self) -> None:
        """Remove what a process that was ended half-way left behind; nobody was told of it."""
        before = time.time() - _OLD_SECONDS
        with suppress(InboxUnavailable), _telling():
            for state in State:
                with suppress(FileNotFoundError), self._root() as root, _state_folder(root, state) as folder:
                    with os.scandir(folder) as entries:
                        old = [
                            entry.name
                            for entry in entries
                            if entry.name.endswith(_PART)
                            and entry.stat(follow_symlinks=False).st_mtime < before
                        ]
                    for name in old:
                        _remove(folder, name)

    def _find(self, root: int, name: str) -> Receipt | None:
        for state in (State.ACCEPTED, State.REJECTED, State.WAITING):
            with suppress(FileNotFoundError), _state_folder(root, state) as folder:
                head = json.loads(_read(folder, name + _ENDING, _LONGEST_HEAD).partition(b"\n")[0])
                decision = {}
                if state is not State.WAITING:
                    with suppress(FileNotFoundError):
                        decision = json.loads(_read(folder, name + _DECISION))
                return Receipt(
                    name,
                    Kind(head["kind"]),
                    state,
                    datetime.fromisoformat(head["received"]),
                    datetime.fromisoformat(decision["at"]) if decision else None,
                    decision.get("note", ""),
                )
        return None


@contextmanager
def _telling() -> Iterator[None]:
    """Tell in our own words what the system says; no address of a folder reaches a stranger."""
    try:
        yield
    except OSError as error:
        reason = errno.errorcode.get(error.errno or 0, "unknown")
        raise InboxUnavailable(f"the folder of the inbox: {error.strerror or reason}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InboxUnavailable("a file of the inbox is damaged, or none of ours") from error


@contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _state_folder(root: int, state: State) -> Iterator[int]:
    with _opened(os.open(state.value, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=root)) as folder:
        yield folder


@contextmanager
def _locked(root: int, name: str) -> Iterator[None]:
    """Hold a lock, for which threads and processes wait a while; it ends with whoever holds it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with _opened(os.open(f".{name}", flags, 0o600, dir_fd=root)) as lock:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise NotificationRefused(Fault.BUSY) from error
                time.sleep(0.01)
        yield


def _write_part(folder: int, lines: list[dict[str, Any]]) -> str:
    """Write lines of JSON to a new file and bring it to the disk; return its name, which nothing lists."""
    name = f".{secrets.token_hex(8)}{_PART}"
    data = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with _opened(os.open(name, flags, 0o600, dir_fd=folder)) as file:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        except BaseException:
            _remove(folder, name)
            raise
    return name


def _read(folder: int, name: str, most: int = 0) -> bytes:
    """Return a file, or the beginning of it; only of a plain one, and never of one that a link leads to."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with _opened(os.open(name, flags, dir_fd=folder)) as file:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ValueError(name)
        with open(file, "rb", closefd=False) as stream:
            return stream.read(most or -1)


def _list(folder: int) -> Iterator[tuple[os.DirEntry[str], str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.removesuffix(_ENDING)
            if name != entry.name and is_id(name) and entry.is_file(follow_symlinks=False):
                yield entry, name


def _count(folder: int) -> int:
    return sum(1 for _ in _list(folder))


def _remove(folder: int, name: str) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def _to_lines(notification: Notification, now: datetime) -> list[dict[str, Any]]:
    head = {"format": _FORMAT, "kind": notification.kind.value, "received": _to_text(now)}
    rest = {
        "activity": notification.activity,
        "sender": notification.sender,
        "about": dict(notification.about),
        "media_type": notification.media_type,
        "body": notification.body,
        "linkset": notification.linkset,
    }
    return [head, rest]


def _to_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
