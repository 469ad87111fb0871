"""The feed of releases: what was published when, for feed readers and programs.

Specification: RFC 4287 (Atom). The ids of entries are the IRIs of the releases, and their times those of the
data: both stay, whatever host serves the feed and however often a release is built again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from xml.etree import ElementTree

ATOM: Final = "http://www.w3.org/2005/Atom"
MEDIA_TYPE: Final = "application/atom+xml"


@dataclass(frozen=True)
class Entry:
    """A release in the feed; ``url`` is where this site shows it, ``summary`` what changed, in one line."""

    iri: str
    title: str
    day: date
    url: str
    summary: str


@dataclass(frozen=True)
class Feed:
    """The feed in one language; ``url`` is its own address, ``page`` that of the page it goes with."""

    iri: str
    title: str
    language: str
    author: str
    rights: str
    url: str
    page: str
    entries: Sequence[Entry]


def to_atom(feed: Feed) -> bytes:
    """Return the document, in UTF-8."""
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    _add(root, "id", feed.iri)
    _add(root, "title", feed.title)
    # RFC 4287, 4.2.15: the time of the latest change that matters; a feed without entries must have one too.
    _add(root, "updated", _to_time(max((entry.day for entry in feed.entries), default=date(1970, 1, 1))))
    ElementTree.SubElement(root, "link", {"rel": "self", "type": MEDIA_TYPE, "href": feed.url})
    ElementTree.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    _add(ElementTree.SubElement(root, "author"), "name", feed.author)
    _add(root, "rights", feed.rights)
    for entry in feed.entries:
        element = ElementTree.SubElement(root, "entry")
        _add(element, "id", entry.iri)
        _add(element, "title", entry.title)
        _add(element, "updated", _to_time(entry.day))
        _add(element, "published", _to_time(entry.day))
        ElementTree.SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": entry.url})
        _add(element, "summary", entry.summary)
    document: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return document


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _to_time(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat().replace("+00:00", "Z")
