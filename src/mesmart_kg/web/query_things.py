"""Things of the data for the fields of a query's form: found by name, listed by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mesmart_kg.label_index import Filters, TooBroad
from mesmart_kg.web.query_fields import MOST_CHOICES

if TYPE_CHECKING:
    from mesmart_kg.label_index import LabelIndex


class Things:
    """Things as a form speaks of them: IRIs relative to the base, names in one language.

    Classes are named by the slug that the IRIs of their things have, which is also the index's key.
    """

    def __init__(self, index: LabelIndex, language: str, base_iri: str) -> None:
        self._index = index
        self._languages = (language,)
        self._base_iri = base_iri

    def find(self, about: str, name: str) -> Sequence[str]:
        """Return the things of a class that a name finds, the best first; none if it says too little."""
        try:
            found = self._index.search(name, Filters(classes=(about,)), self._languages, limit=3)
        except TooBroad:
            return ()
        return [self._shorten(hit.entry.iri) for hit in found.hits]

    def list_all(self, about: str) -> Sequence[tuple[str, str]] | None:
        """Return all things of a class with their names; None where a list of them would be too long."""
        listed = self._index.browse(about, limit=MOST_CHOICES, languages=self._languages)
        if not 0 < listed.total <= MOST_CHOICES:
            return None
        return [(self._shorten(each.iri), each.name.value) for each in listed.entries]

    def name_of(self, iri: str) -> str | None:
        """Return the name by which a thing is found; None if its name finds another first."""
        about = iri.split("/")[1] if iri.startswith("id/") and iri.count("/") > 1 else ""
        name = self._index.reference(self._base_iri + iri, self._languages).name.value
        return name if about and list(self.find(about, name)[:1]) == [iri] else None

    def _shorten(self, iri: str) -> str:
        return iri.removeprefix(self._base_iri)
