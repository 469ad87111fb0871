"""Queries to candidates: what the matcher can weigh is asked of it, the rest is compared afterwards.

The matcher weighs names, codes, countries, regions, communities and points. Any other property is compared
with what is known of each candidate: one that differs leaves a fifth of the score, and none that differs is
called a match. Nor is anything where a query says something that nobody here understands.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mesmart_kg.engine import Terms
from mesmart_kg.label_index import Entry, TooBroad
from mesmart_kg.reconciliation import Candidate, Matcher, Question
from mesmart_kg.web.languages import language
from mesmart_kg.web.once import once
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.publication import published
from mesmart_kg.web.reconciling.comparing import meets
from mesmart_kg.web.reconciling.extending import Values
from mesmart_kg.web.reconciling.kinds import to_id
from mesmart_kg.web.reconciling.model import Condition, Found, Proposed, Query, Settings
from mesmart_kg.web.reconciling.wishes import Wish, find_feature, find_named, understand

CERTAIN: Final = 100.0
"""The score of a thing that was named by its id."""

LEAST: Final = 1.0
"""The score below which a thing is no candidate: nobody is helped by a list of what it is not."""

DIFFERENT: Final = 0.2
"""What is left of a score where a property differs."""

MOST_COMPARISONS: Final = 100_000
"""Values of conditions, each compared with a candidate, in one batch."""


def match(queries: Sequence[Query], terms: Terms, most: int) -> tuple[Found, ...]:
    """Return the candidates of each query, in order.

    Raises BadRequest (413) for more than ``most`` names in all, and what the engine raises.
    """
    entries = find_named(queries)
    wishes = [understand(query, entries) for query in queries]
    asked = [(wish, question) for wish in wishes for question in wish.questions]
    if len(asked) > most:
        raise BadRequest(
            413,
            "too-many",
            "%(where)s: there are %(count)s, and %(most)s are taken at once. Send them in several requests.",
            where="queries",
            count=len(asked),
            most=most,
        )
    _ask(asked)
    again = [wish for wish in wishes if _may_widen(wish)]
    for wish in again:
        wish.questions = [replace(each, kinds=()) for each in wish.questions]
        wish.has_unread = True
    _ask([(wish, question) for wish in again for question in wish.questions])
    for wish in wishes:
        _settle(wish, entries)
    _compare([wish for wish in wishes if wish.left], terms)
    return tuple(
        Found(wish.query.key, tuple(wish.found[: wish.query.limit]), wish.is_broad) for wish in wishes
    )


# --- asking ---


def _ask(asked: Sequence[tuple[Wish, Question]]) -> None:
    """Ask the matcher, and note what it proposes with each wish."""
    reader = language()
    matcher = once(("matcher", reader), lambda: Matcher(published().index, (reader,)))
    watch = _Watch()
    try:
        answers = [watch.pass_on(each) for each in matcher.ask_all(question for _, question in asked)]
    except TooBroad:
        # One of them is: the others have their answers nevertheless.
        answers = [watch.pass_on(_ask_one(matcher, wish, question)) for wish, question in asked]
    for (wish, _), candidates in zip(asked, answers, strict=True):
        wish.found += [
            Proposed(each.entry, each.score, each.match, each.name, each.features)
            for each in candidates
            if each.score >= LEAST and to_id(each.entry.iri) is not None
        ]


class _Watch:
    """Ends a batch that takes more of a processor than a query may: a busy machine is no reason to."""

    def __init__(self) -> None:
        self._seconds = published().config.engine.seconds
        self._end = time.thread_time() + self._seconds

    def pass_on(self, answer: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Return an answer. Raises BadRequest (503) when the time is over."""
        if time.thread_time() > self._end:
            raise BadRequest(
                503,
                "batch-timeout",
                "To match these names takes more than %(seconds)s seconds. Send fewer of them at once.",
                seconds=f"{self._seconds:g}",
            )
        return answer


def _ask_one(matcher: Matcher, wish: Wish, question: Question) -> tuple[Candidate, ...]:
    try:
        return matcher.ask(question)
    except TooBroad:
        wish.is_broad = True
        return ()


def _may_widen(wish: Wish) -> bool:
    return not wish.found and not wish.named and wish.query.strict == "should" and bool(wish.kinds)


def _settle(wish: Wish, entries: dict[str, Entry]) -> None:
    """Bring what was found into order: the named first, each thing once, at most one of them a match."""
    best: dict[str, Proposed] = {}
    for iri in wish.named:
        entry = entries[iri]
        if to_id(iri) is not None and (not wish.kinds or entry.kind in wish.kinds):
            best[iri] = Proposed(entry, CERTAIN, True, entry.name.value, {"id": 1.0})
    for each in wish.found:
        known = best.get(each.entry.iri)
        if known is None or known.score < each.score:
            best[each.entry.iri] = each
    wish.found = sorted(best.values(), key=lambda each: -each.score)
    for condition in wish.query.conditions:
        feature = find_feature(wish, condition) if condition.required else None
        if feature is not None:
            wish.found = [
                each for each in wish.found if "id" in each.features or each.features.get(feature, 0) > 1
            ]
    _withhold(wish)


def _withhold(wish: Wish) -> None:
    """Call nothing a match where something was left unread, or where several things were called so."""
    matches = sum(each.match for each in wish.found)
    if wish.has_unread or matches > 1:
        wish.found = [replace(each, match=False) for each in wish.found]


# --- comparing ---


def _compare(wishes: Sequence[Wish], terms: Terms) -> None:
    """Weigh candidates by the conditions that the matcher left."""
    work = sum(len(wish.found) * sum(len(each.values) for each in wish.left) for wish in wishes)
    if work > MOST_COMPARISONS:
        raise BadRequest(
            413,
            "too-many-comparisons",
            "These conditions take more than %(most)s comparisons. Send fewer queries at once.",
            most=MOST_COMPARISONS,
        )
    values = Values(terms)
    values.fetch(
        [each.entry.iri for wish in wishes for each in wish.found],
        {name for wish in wishes for name in wish.needed},
    )
    every = Settings(language="all", close="always")
    for wish in wishes:
        kept = []
        for each in wish.found:
            weighed: Proposed | None = each
            for condition in wish.left:
                fits = meets(values.get(each.entry.iri, condition.property, every), condition)
                weighed = None if weighed is None else _weigh(weighed, condition, fits)
            if weighed is not None:
                kept.append(weighed)
        wish.found = sorted(kept, key=lambda each: -each.score)


def _weigh(proposed: Proposed, condition: Condition, fits: bool | None) -> Proposed | None:
    """Return a candidate as a condition leaves it; None if it is one no more."""
    if condition.required and fits is not True:
        return None
    if fits is None:
        return proposed
    features = {**proposed.features, f"property:{condition.property}": float(fits)}
    if fits:
        return replace(proposed, features=features)
    return replace(proposed, score=round(proposed.score * DIFFERENT, 1), match=False, features=features)
