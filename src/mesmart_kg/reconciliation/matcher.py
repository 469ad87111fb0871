"""The matcher: proposes things through the index, weighs them, and says when it is safe to take the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from rapidfuzz import fuzz

from mesmart_kg.label_index import MOST_PROPOSED, PARTICLES, LabelIndex, Limits, Proposals, to_core
from mesmart_kg.reconciliation import weighing
from mesmart_kg.reconciliation.country_names import find_alike
from mesmart_kg.reconciliation.model import Candidate, Question
from mesmart_kg.reconciliation.places import Places
from mesmart_kg.reconciliation.reading import Name, read_end, read_text
from mesmart_kg.reconciliation.scale import Hints, Scale, Weighed
from mesmart_kg.reconciliation.wishes import Wish, understand

_END: Final = re.compile(r"[a-z-]{2,40}/[a-z0-9-]{1,160}")

MOST_CANDIDATES: Final = 50
"""Candidates of one question, whatever its limit."""

_Sought = TypeVar("_Sought")

_CHUNK: Final = 50
_MOST_ALIKE: Final = 25
_MOST_NAMES: Final = 4
_MOST_WORDS: Final = 6
_OF_CLDR: Final = 0.98
_OF_A_PART: Final = 0.85
_LEAST_ODDS: Final = 1e-5


class Matcher:
    """Finds what names mean, in one index; may be asked from any thread.

    ``languages`` are those in which the reader wants the names of candidates, the best first.
    """

    def __init__(self, index: LabelIndex, languages: Sequence[str] = ()) -> None:
        self._index = index
        self._languages = tuple(languages)
        self._places = Places(index)

    def ask(self, question: Question) -> tuple[Candidate, ...]:
        """Return the candidates of a question, the best first. Raises TooBroad."""
        return next(self.ask_all((question,)))

    def ask_all(self, questions: Iterable[Question]) -> Iterator[tuple[Candidate, ...]]:
        """Yield the candidates of each question, in order. Raises TooBroad."""
        asked = iter(questions)
        while chunk := list(islice(asked, _CHUNK)):
            answers = [self._answer(question) for question in chunk]
            numbers = sorted({each.proposal.thing for answer in answers for each, _, _ in answer})
            entries = dict(zip(numbers, self._index.entries_of(numbers, self._languages), strict=True))
            for answer in answers:
                yield tuple(
                    Candidate(
                        entries[each.proposal.thing],
                        round(100 * chance, 1),
                        is_safe,
                        each.name,
                        each.features,
                    )
                    for each, chance, is_safe in answer
                )

    def _answer(self, question: Question) -> list[tuple[Weighed, float, bool]]:
        """Return what may be meant, each with its chance and whether it is safe to take; the best first."""
        is_address = "://" in question.text
        reading = read_text("" if is_address else question.text)
        wish = understand(question, reading, self._places)
        weighed, is_open = self._weigh(wish, self._find_named(question.text) if is_address else ())
        end = read_end(question.text) if is_open and not reading.parts else None
        if end is not None and self._places.find_hint(end[1]):
            other = understand(question, read_text(", ".join(end)), self._places)
            found, is_other_open = self._weigh(other)
            if not is_other_open:
                wish, weighed = other, found
        weighed.sort(key=lambda each: (-each.odds, -each.proposal.weight, each.proposal.iri))
        chances = weighing.to_chances([each.odds for each in weighed])
        told = [
            (each, chance, place == 0 and _is_safe(wish, weighed, chance))
            for place, (each, chance) in enumerate(zip(weighed, chances, strict=True))
        ]
        return told[: max(0, min(question.limit, MOST_CANDIDATES))]

    def _find_named(self, address: str) -> tuple[str, ...]:
        """Return the IRIs of the things that an IRI names, ours or another's."""
        iri = address.strip()
        return (iri, *(same for same, _ in self._index.find_iri(iri)))

    def _weigh(self, wish: Wish, iris: Sequence[str] = ()) -> tuple[list[Weighed], bool]:
        """Return the things that may be meant, in no order, and whether none of them really fits."""
        inside = Limits(wish.kinds, wish.places)
        with self._index.propose() as proposals:
            hints = Hints(
                proposals.find_by_codes(wish.codes, wish.kinds),
                _find_by_text(proposals, wish, iris),
                _find_countries(proposals, wish),
            )
            scale = Scale(wish, hints)
            scale.add(proposals, [*hints.coded, *hints.coded_by_text, *hints.named])
            if wish.names:
                scale.add(proposals, _limit(proposals.find_by_keys, wish.keys, inside))
                if scale.is_open:
                    parts = proposals.find_by_keys(_list_subkeys(wish.names), inside)
                    scale.add(proposals, parts[:_MOST_ALIKE])
                    scale.add(
                        proposals, _limit(proposals.find_of_spellings, _find_alike(proposals, wish), inside)
                    )
        return [each for each in scale.weighed if each.odds >= _LEAST_ODDS], scale.is_open


def _limit(find: Callable[[_Sought, Limits], list[int]], sought: _Sought, limits: Limits) -> list[int]:
    """Return what is found anywhere; before it, where that may not be all, what is found in the places."""
    found = find(sought, Limits(limits.kinds))
    return [*find(sought, limits), *found] if limits.places and len(found) >= MOST_PROPOSED else found


def _find_alike(proposals: Proposals, wish: Wish) -> list[int]:
    """Return the spellings that are most alike to the names of a wish, the best first."""
    best: dict[int, float] = {}
    names = {name.words: name for name in (*wish.names, *(part[-1] for part in wish.parts))}
    for name in list(names.values())[:_MOST_NAMES]:
        found = proposals.find_alike_spellings(name.words)
        words = [word for word in name.words.split() if word in name.short or word not in PARTICLES]
        found |= proposals.find_spellings_with(words or name.words.split())
        for spelling, folded in found.items():
            alike = max(
                fuzz.token_sort_ratio(name.words, folded),
                _OF_A_PART * fuzz.token_set_ratio(name.words, folded),
            )
            best[spelling] = max(alike, best.get(spelling, 0.0))
    return sorted(best, key=lambda spelling: (-best[spelling], spelling))[:_MOST_ALIKE]


def _find_by_text(proposals: Proposals, wish: Wish, iris: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return what the whole text is a code of, or names as an IRI or by its end: ``city/it-messina``."""
    text = wish.question.text.strip()
    numbers = proposals.find_by_iris(iris) if iris else []
    if _END.fullmatch(text):
        numbers = proposals.find_by_end(text)
    coded = proposals.find_by_codes(wish.codes_of_text, wish.kinds)
    if not numbers:
        return coded
    named = {
        each.thing: ("", text)
        for each in proposals.read(numbers)
        if not wish.kinds or each.kind in wish.kinds
    }
    return coded | named


def _find_countries(proposals: Proposals, wish: Wish) -> dict[int, tuple[float, str]]:
    """Return countries, where countries are asked for, that are called like the text in any language."""
    if "country" not in wish.kinds or not wish.names:
        return {}
    alike = find_alike(wish.question.text)
    found = proposals.find_by_codes([("iso3166-1", code) for code in alike], wish.kinds)
    return {thing: (_OF_CLDR * alike[code][0], alike[code][1]) for thing, (_, code) in found.items()}


def _list_subkeys(names: Sequence[Name]) -> list[str]:
    """Return keys of what is left of names without words at one end: ``Trino`` of ``Trino Vercellese``."""
    keys: dict[str, None] = {}
    for name in names[:_MOST_NAMES]:
        words = name.words.split()
        for size in range(1, min(len(words), _MOST_WORDS)):
            for part in (words[:size], words[-size:]):
                if len("".join(part)) > 2:
                    keys["".join(to_core(" ".join(part)))] = None
    return list(keys)


def _is_safe(wish: Wish, weighed: Sequence[Weighed], chance: float) -> bool:
    """Tell whether the first of the things weighed, with its chance, may be taken without a human's eye."""
    first = weighed[0]
    if 100 * chance < weighing.SAFE or not first.agrees or wish.has_unread:
        return False
    if wish.has_unread_region and any(relation == "region" for relation, _ in first.proposal.ties):
        return False
    if first.features.get("code", 0) > 1:
        # A name that is another thing's contradicts the code.
        return first.likeness >= weighing.LIKE or all(each.likeness < weighing.LIKE for each in weighed[1:])
    if first.likeness >= weighing.LIKE:
        return True
    is_placed = any(first.features.get(feature, 0) > 1 for feature in ("country", "region", "point"))
    is_long = all(len("".join(name.core)) >= weighing.LONG for name in wish.names)
    return first.likeness >= weighing.NEAR and is_placed and is_long
