"""The scale: things put on it are weighed against one wish, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mesmart_kg.label_index import Proposal, Proposals, fold
from mesmart_kg.reconciliation import weighing
from mesmart_kg.reconciliation.reading import OF_REGION
from mesmart_kg.reconciliation.wishes import Wish

_LEAST_WITH_CODE: Final = 0.72
"""The likeness that a thing with the right code is given at least: its name may be told in any language."""


@dataclass(frozen=True)
class Weighed:
    """A thing with the odds that it is meant, and what they were made of."""

    proposal: Proposal
    likeness: float
    name: str
    odds: float
    features: Mapping[str, float]

    @property
    def agrees(self) -> bool:
        """Nothing that the reader told speaks against it."""
        return all(value >= 1 for feature, value in self.features.items() if feature != "name")


@dataclass(frozen=True)
class Hints:
    """What is known of some things apart from their names.

    ``coded`` have one of the codes that the reader told, ``coded_by_text`` the one that the text is, with
    that code; ``named`` are so like the text by a name that the index does not hold, which is given as well.
    """

    coded: Mapping[int, tuple[str, str]]
    coded_by_text: Mapping[int, tuple[str, str]]
    named: Mapping[int, tuple[float, str]]


class Scale:
    """Weighs proposals for a wish."""

    def __init__(self, wish: Wish, hints: Hints) -> None:
        self.weighed: list[Weighed] = []
        self._wish = wish
        self._hints = hints
        self._known: set[int] = set()

    @property
    def is_open(self) -> bool:
        """Nothing yet has such a name without something speaking against it."""
        return not any(each.likeness >= weighing.LIKE and each.agrees for each in self.weighed)

    def add(self, proposals: Proposals, things: Iterable[int]) -> None:
        """Weigh things that were not weighed yet."""
        new = [thing for thing in things if thing not in self._known]
        if not new:
            return
        self._known.update(new)
        schemes = {scheme for scheme, _ in self._wish.codes}
        registered = proposals.find_with_codes(new, schemes) if schemes else set()
        self.weighed += [self._weigh(each, each.thing in registered) for each in proposals.read(new)]

    def _weigh(self, proposal: Proposal, is_registered: bool) -> Weighed:
        wish, hints = self._wish, self._hints
        likeness, name = weighing.find_likest(wish.names, wish.parts, proposal.names)
        likeness, name = max((likeness, name), hints.named.get(proposal.thing, (0.0, "")))
        features: dict[str, float] = {}
        if proposal.thing in hints.coded_by_text:
            likeness, name = 1.0, hints.coded_by_text[proposal.thing][1]
            features["code"] = weighing.CODE[0]
        elif proposal.thing in hints.coded:
            features["code"] = weighing.CODE[0]
        elif is_registered:
            features["code"] = weighing.CODE[1]
        ties = {target for _, target in proposal.ties} | {proposal.thing}
        for feature, groups, (yes, no) in (
            ("country", wish.countries, weighing.COUNTRY),
            ("region", wish.regions, weighing.REGION),
            ("community", wish.communities, weighing.COMMUNITY),
        ):
            if groups:
                features[feature] = yes if all(not group.isdisjoint(ties) for group in groups) else no
        if wish.question.point is not None and proposal.point is not None:
            features["point"] = weighing.weigh_point(wish.question.point, proposal.point)
        if wish.is_region is not None and is_other_kind(wish.is_region, proposal.kind, name):
            features["kind"] = weighing.KIND
        floor = _LEAST_WITH_CODE if features.get("code", 0) > 1 else 0.0
        odds = weighing.to_odds(max(likeness, floor))
        for factor in features.values():
            odds *= factor
        if wish.has_unread or wish.has_unread_region:
            odds *= weighing.UNREAD
        return Weighed(proposal, likeness, name, odds, {"name": round(likeness, 4), **features})


def is_other_kind(is_region: bool, kind: str, name: str) -> bool:
    """Tell whether a text that names a region, or a municipality, is not of the kind that a thing is.

    What the thing's own name says does not count against it.
    """
    if is_region:
        return kind == "city" and OF_REGION.isdisjoint(fold(name).split())
    return kind in ("region", "country")
