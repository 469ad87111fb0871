"""Words for where a thing lies, to the countries and regions that they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from mesmart_kg.label_index import LabelIndex, Limits, read_register
from mesmart_kg.reconciliation.country_names import find_common, find_country
from mesmart_kg.reconciliation.reading import Name, read_text
from mesmart_kg.reconciliation.weighing import LIKE, find_likest

_Namer: TypeAlias = Callable[[str], str | None]

_MOST_REMEMBERED: Final = 5000
_LONGEST: Final = 200

NOWHERE: Final[frozenset[int]] = frozenset()


class Places:
    """Finds countries, regions and communities by what readers write; what was found is remembered."""

    def __init__(self, index: LabelIndex) -> None:
        self._index = index
        self._remembered: dict[tuple[str, tuple[str, ...], _Namer | None], frozenset[int]] = {}

    def find_country(self, text: str) -> frozenset[int]:
        """Return the countries that a text means, by name in any language, code or IRI; none if unknown."""
        return self._find(text, ("country",), find_country) or self._find(text, ("region",))

    def find_region(self, text: str) -> frozenset[int]:
        """Return the regions, provinces or countries that a text means; none if unknown."""
        return self._find(text, ("region", "country"), find_country)

    def find_community(self, text: str) -> frozenset[int]:
        """Return the communities that a text means; none if unknown."""
        return self._find(text, ("community",))

    def find_hint(self, text: str) -> frozenset[int]:
        """Return the places that a part of a name means; short words must be in capitals, as codes are."""
        if len(text) <= 3 and not text.isupper():
            return NOWHERE
        return self._find(text, ("region", "country"), find_common)

    def _find(self, text: str, kinds: tuple[str, ...], name_country: _Namer | None = None) -> frozenset[int]:
        plain = " ".join(text[:_LONGEST].split())
        asked = (plain, kinds, name_country)
        known = self._remembered.get(asked)
        if known is None:
            known = frozenset(self._look_up(plain, kinds, name_country)) if plain else NOWHERE
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[asked] = known
        return known

    def _look_up(self, text: str, kinds: tuple[str, ...], name_country: _Namer | None) -> set[int]:
        same = [iri for iri, _ in self._index.find_iri(text)] if "://" in text else []
        with self._index.propose() as proposals:
            if "://" in text:
                numbers = proposals.find_by_iris([text, *same])
                return {each.thing for each in proposals.read(numbers) if each.kind in kinds}
            if "/" in text and (numbers := proposals.find_by_end(text)):
                return {each.thing for each in proposals.read(numbers) if each.kind in kinds}
            codes = [read_register(text) or ("", text)]
            if len(text) <= 3 and text.isalpha():
                codes = [("iso3166-1", text), ("eu-authority", text)]
            found = set(proposals.find_by_codes(codes, kinds))
            names = _read_names(text)
            numbers = proposals.find_by_keys({key for name in names for key in name.keys}, Limits(kinds))
            fits = {each.thing: find_likest(names, (), each.names)[0] for each in proposals.read(numbers)}
            best = max(fits.values(), default=0.0)
            found |= {thing for thing, fit in fits.items() if fit >= LIKE and fit >= best - 0.01}
            if not found and name_country is not None and (code := name_country(text)):
                found = set(proposals.find_by_codes([("iso3166-1", code)], kinds))
        return found


def _read_names(text: str) -> tuple[Name, ...]:
    reading = read_text(text)
    return (*reading.names, *reading.head, *(name for part in reading.parts for name in part.names))
