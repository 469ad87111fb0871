"""Names for all that a description speaks of: things and concepts, terms, graphs, what is elsewhere.

What is ours the label index names, by what it joins where it has no name itself ("Messina · Open & Agile
Smart Cities"); terms the glossary; what is left is called by its IRI.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from mesmart_kg.labels import Name, Reference, find_label
from mesmart_kg.namespaces import compact, expand

if TYPE_CHECKING:
    from mesmart_kg.glossary import Glossary

LABELS: Final = tuple(
    expand(name) for name in ("skos:prefLabel", "rdfs:label", "dcterms:title", "foaf:name", "schema:name")
)
"""Properties that name a thing, the best first."""


class Index(Protocol):
    """What descriptions need of the label index."""

    def names(self, iris: Iterable[str]) -> Mapping[str, Sequence[Name]]:
        """Return the preferred names of those things that have any."""

    def references(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, Reference]:
        """Return each thing with the name that suits the reader, made up where it has none."""


@dataclass(frozen=True)
class Namer:
    """Gives names in the languages of one reader, best first."""

    index: Index
    glossary: Glossary
    base_iri: str
    languages: tuple[str, ...]

    def refer(self, iris: Iterable[str]) -> dict[str, Reference]:
        """Return a reference to each of the IRIs, under the best name there is."""
        asked = tuple(dict.fromkeys(iris))
        own = [iri for iri in asked if iri.startswith(self.base_iri)]
        others = [iri for iri in asked if not iri.startswith(self.base_iri)]
        known = self.index.names(others)
        found = dict(self.index.references(own, self.languages))
        found |= {iri: Reference(iri, self._name(iri, known.get(iri, ()))) for iri in others}
        # The terms of the ontology may be under the base as well.
        found |= {
            iri: Reference(iri, name)
            for iri in own
            if "#" in iri and (name := self.glossary.find_name(iri, self.languages[0]))
        }
        return found

    def _name(self, iri: str, names: Sequence[Name]) -> Name:
        named = find_label(names, self.languages) or self.glossary.find_name(iri, self.languages[0])
        if named is not None:
            return named
        short = compact(iri)
        return Name(iri.partition("://")[2] or iri if short.startswith("<") else short)
