"""What a message is, where it stands, and the faults for which it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from mesmart_kg.errors import MesmartError

LONGEST_IRI: Final = 2000
"""Characters of an IRI in a message."""

_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Kind(StrEnum):
    """What a message brings."""

    LINKSET = "linkset"
    CORRECTION = "correction"


class State(StrEnum):
    """Where a message stands; also the name of the folder that it lies in."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Fault(StrEnum):
    """Why a message is refused. What each needs to be told by is in the facts of the error."""

    NOT_TEXT = "not-text"  # not UTF-8
    NOT_JSON = "not-json"  # line
    TOO_DEEP = "too-deep"  # most
    TOO_MUCH = "too-much"  # most
    UNKNOWN_CONTEXT = "unknown-context"  # context, known
    BAD_CONTEXT = "bad-context"
    NOT_RDF = "not-rdf"  # reason (English)
    LONG_IRI = "long-iri"  # most
    NO_ACTIVITY = "no-activity"
    MANY_ACTIVITIES = "many-activities"
    NO_OBJECT = "no-object"
    SHAPE = "shape"  # findings
    NO_ADDRESS = "no-address"
    NO_LINKS = "no-links"  # base
    BLANK_NODES = "blank-nodes"
    NOT_OURS = "not-ours"  # target, base
    FULL = "full"  # most
    TOO_OFTEN = "too-often"  # most, seconds
    BUSY = "busy"


class NotificationRefused(MesmartError):
    """A message can't be taken; ``fault`` says why, ``facts`` what is needed to tell it to its sender."""

    def __init__(self, fault: Fault, **facts: object) -> None:
        words = "somebody else is at work in the inbox; try again" if fault is Fault.BUSY else fault.value
        super().__init__(f"{words}: {facts}" if facts else words)
        self.fault = fault
        self.facts: Mapping[str, object] = MappingProxyType(facts)


class InboxUnavailable(MesmartError):
    """The folder of the inbox can't be read or written; the message, for the operator, says why."""


class UnknownNotification(MesmartError):
    """There is no such message in the inbox, or none in that state."""


@dataclass(frozen=True)
class Notification:
    """A message that was looked at and found fit to be kept.

    ``id`` is drawn from the content, so that the same content has the same. ``sender`` is the name or IRI
    that the sender gave, ``activity`` ``Announce`` or ``Offer``. ``about`` is what a list shows: of a set of
    links its ``iri``, ``title``, ``address`` (where it is to be fetched; empty if it came along) and number
    of ``links``; of a correction its ``target``, ``text`` and ``source``, and the ``property`` and ``value``
    if a single statement is meant. ``linkset`` is the set that came along, as N-Triples. ``body`` is the
    message as it was sent.
    """

    id: str
    kind: Kind
    activity: str
    sender: str
    about: Mapping[str, str]
    media_type: str
    body: str = field(repr=False)
    linkset: str = field(default="", repr=False)


@dataclass(frozen=True)
class Receipt:
    """Where a message stands, and nothing of what its sender wrote.

    ``note`` is what the curator says of the decision, ``decided`` when it was taken.
    """

    id: str
    kind: Kind
    state: State
    received: datetime
    decided: datetime | None = None
    note: str = ""
    is_new: bool = False


@dataclass(frozen=True)
class Kept:
    """A message as it lies in the inbox."""

    receipt: Receipt
    notification: Notification


def is_id(text: str) -> bool:
    """Tell whether a text could be the id of a message; only such become names of files."""
    return _ID.fullmatch(text) is not None
