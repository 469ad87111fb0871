"""A question understood: the names in its text, and where, of what kind and with which codes the thing is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from mesmart_kg.reconciliation.model import Question
from mesmart_kg.reconciliation.places import Places
from mesmart_kg.reconciliation.reading import Name, Reading, read_codes

MOST: Final = 20
"""Codes, countries, regions and communities of one question that are read, of each."""


@dataclass(frozen=True)
class Wish:
    """What is looked for.

    ``names`` are ways to read the whole text, ``parts`` names in it of which each stands for the thing. Each
    of ``countries``, ``regions`` and ``communities`` is a group of numbers of things, of which one must be
    tied to what is found; ``regions`` hold the places that the text itself tells as well. ``has_unread`` and
    ``has_unread_region`` say that the reader told some that nobody knows.
    """

    question: Question
    names: tuple[Name, ...]
    parts: tuple[tuple[Name, ...], ...]
    countries: tuple[frozenset[int], ...]
    regions: tuple[frozenset[int], ...]
    communities: tuple[frozenset[int], ...]
    codes: tuple[tuple[str, str], ...]
    codes_of_text: tuple[tuple[str, str], ...]
    is_region: bool | None
    has_unread: bool
    has_unread_region: bool

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.question.kinds[:MOST]

    @property
    def places(self) -> tuple[frozenset[int], ...]:
        return (*self.countries, *self.regions)

    @property
    def keys(self) -> set[str]:
        names = (*self.names, *(name for part in self.parts for name in part))
        return {key for name in names for key in name.keys}


def understand(question: Question, reading: Reading, places: Places) -> Wish:
    """Return what a question looks for, its text read as given. Raises TooBroad."""
    hints: list[frozenset[int]] = []
    others: list[tuple[Name, ...]] = []
    for part in reading.parts:
        found = places.find_hint(part.text)
        if found:
            hints.append(found)
        else:
            others.append(part.names)
    countries, lost = _find_all(question.countries, places.find_country)
    regions, lost_regions = _find_all(question.regions, places.find_region)
    communities, lost_communities = _find_all(question.communities, places.find_community)
    return Wish(
        question,
        (*reading.names, *reading.head) if hints and not others else reading.names,
        (reading.head, *others) if others else (),
        countries,
        (*regions, *hints),
        communities,
        question.codes[:MOST],
        read_codes(question.text),
        reading.is_region,
        lost or lost_communities,
        lost_regions,
    )


def _find_all(
    texts: Sequence[str], find: Callable[[str], frozenset[int]]
) -> tuple[tuple[frozenset[int], ...], bool]:
    """Return what each text means, and whether any of them is unknown."""
    told = [text for text in texts[:MOST] if text.strip()]
    found = [find(text) for text in told]
    return tuple(group for group in found if group), not all(found)
