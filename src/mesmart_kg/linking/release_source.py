"""Rows asked of the release at hand, through its index of names: no server, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mesmart_kg.label_index import LabelIndex, TooBroad
from mesmart_kg.linking.model import Offer
from mesmart_kg.reconciliation import Candidate, Matcher, Question

THINGS = "id/"


class ReleaseSource:
    """Answers from an index; ``languages`` are those in which things are named, the best first."""

    def __init__(self, index: LabelIndex, base_iri: str, languages: Sequence[str] = ("en",)) -> None:
        self._index = index
        self._matcher = Matcher(index, tuple(languages))
        self._languages = tuple(languages)
        self._base_iri = base_iri

    @property
    def space(self) -> str:
        return f"{self._base_iri}{THINGS}"

    def ask(self, questions: Iterable[Question]) -> Iterator[tuple[Offer, ...] | None]:
        for question in questions:
            try:
                yield tuple(map(to_offer, self._matcher.ask(question)))
            except TooBroad:
                yield None

    def find(self, text: str) -> Offer | None:
        iri = text if text.startswith(("http://", "https://")) else f"{self.space}{text}"
        if not self._index.names([iri]):
            return None
        return Offer(iri, self._index.reference(iri, self._languages).name.value, 100.0, match=False)


def to_offer(candidate: Candidate) -> Offer:
    """Return a candidate as linking passes it on; scores as whole numbers, as good as they are."""
    entry = candidate.entry
    place = ", ".join(each.name.value for each in (*entry.regions[:1], *entry.countries[:1]))
    return Offer(entry.iri, entry.name.value, float(round(candidate.score)), candidate.match, place)
