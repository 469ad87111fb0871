"""The right label for a reader's languages: the one asked for, else Italian, English, untagged, any other.

Decides for labels, titles and descriptions alike; reads no graph and knows no library's terms: anything with
a ``value`` and a ``language`` will do, such as a pyoxigraph ``Literal``. Tags are compared by RFC 4647: a
reader of ``de-AT`` is served ``de-AT``, else ``de`` (section 3.4, lookup), else any other German (section
3.3.1, basic filtering). The order is total, so the same labels in another order give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FALLBACK: Final = ("it", "en")
"""Languages tried after those that the reader asks for; every thing of ours has a label in both."""


class Tagged(Protocol):
    """A text with the tag of its language, which is None or empty where none is given."""

    @property
    def value(self) -> str: ...

    @property
    def language(self) -> str | None: ...


Text = TypeVar("Text", bound=Tagged)


@dataclass(frozen=True)
class Name:
    """A name in a language, or in none that is known."""

    value: str
    language: str | None = None


@dataclass(frozen=True)
class Reference:
    """A thing as a page speaks of it: its IRI, and the name that suits the reader."""

    iri: str
    name: Name


def find_label(labels: Iterable[Text], languages: Sequence[str] = ()) -> Text | None:
    """Return the label that suits a reader best; None if there is none at all.

    ``languages`` are BCP 47 tags, best first, as a reader asks for them; ``*`` and empty tags are passed
    over.
    """
    ordered = sort_labels(labels, languages)
    return ordered[0] if ordered else None


def sort_labels(labels: Iterable[Text], languages: Sequence[str] = ()) -> list[Text]:
    """Return all labels, the one that suits a reader best first.

    Labels of one language keep the order of their text by code point.
    """
    wishes = _wishes(tuple(languages))
    return sorted(labels, key=lambda label: (_rank(label.language, wishes), label.value))


@lru_cache(maxsize=256)  # a page names hundreds of things for the same reader
def _wishes(languages: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """Return what to look for, best first: a tag, and whether it must be met exactly.

    ``de-AT`` becomes de-AT, de-AT and narrower, de, de and narrower.
    """
    wishes: list[tuple[str, bool]] = []
    for language in (*languages, *FALLBACK):
        subtags = language.strip().lower().replace("_", "-").split("-")
        while subtags and subtags[0] not in ("", "*"):
            tag = "-".join(subtags)
            wishes += [(tag, True), (tag, False)]
            subtags.pop()
            # RFC 4647, 3.4: a single letter left at the end (zh-Hant-x) goes with the subtag it introduces.
            if len(subtags) > 1 and len(subtags[-1]) == 1:
                subtags.pop()
    return tuple(wishes)


def _rank(language: str | None, wishes: Sequence[tuple[str, bool]]) -> tuple[int, str]:
    tag = (language or "").lower()
    if not tag:
        return len(wishes), ""
    for position, (wanted, exactly) in enumerate(wishes):
        if tag == wanted or (not exactly and tag.startswith(wanted + "-")):
            return position, tag
    return len(wishes) + 1, tag
