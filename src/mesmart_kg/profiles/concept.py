"""A concept of a controlled vocabulary: what it means, what is broader and narrower, what uses it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from mesmart_kg.labels import Name, Reference
from mesmart_kg.profiles.about import ask_about, read_about, shorten
from mesmart_kg.profiles.city import read_names
from mesmart_kg.profiles.codes import read_codes
from mesmart_kg.profiles.desk import Desk, Sources
from mesmart_kg.profiles.kin import ask_kin, read_kin
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Code, Fact, Kin, Listing

MOST_USES: Final = 50
"""Things that use a concept, in one way, which its page lists."""

_ABOUT = ask_about(
    "skos:definition",
    "skos:scopeNote",
    "skos:notation",
    "skos:altLabel",
    "skos:broader",
    "skos:related",
    "skos:inScheme",
    "skos:topConceptOf",
    "skos:exactMatch",
    "skos:closeMatch",
    "skos:relatedMatch",
    "dcterms:source",
    "dcterms:description",
    "qb:structure",
)

_KIN = ask_kin("skos:broader", "skos:inScheme", "qb:dataSet", kinds=("skos:Concept", "cc:Mechanism"))

_HOW: Final = """
VALUES ?how {
  dcterms:subject dcterms:type org:classification org:role m8g:role adms:status
  sdmx-attribute:obsStatus schema:propertyID dcterms:spatial qb:dataSet
}
?thing ?how $this .
"""

MOST_READ: Final = 10_000
"""Uses that are read at most: where there are more, the page tells so many at least."""

USES = Question("?how ?thing", _HOW, order="?how ?thing", limit=MOST_READ, named=("thing",))
EVERY_USE = Question("?how ?thing", _HOW, order="?how ?thing", limit=10_000, named=("thing",))


@dataclass(frozen=True)
class Use:
    """How many things lead to the concept by a property, and some of them."""

    how: str
    count: int
    things: tuple[Reference, ...]


@dataclass(frozen=True)
class ConceptProfile:
    """A concept, or a scheme of them: then ``narrower`` are its concepts."""

    thing: Reference
    definition: Fact[Name] | None
    other_names: tuple[Name, ...]
    notations: tuple[Fact[str], ...]
    schemes: tuple[Fact[Reference], ...]
    broader: tuple[Fact[Reference], ...]
    related: tuple[Fact[Reference], ...]
    narrower: Listing[Kin]
    matches: tuple[Code, ...]
    compiled_from: tuple[Fact[Reference], ...]
    uses: Listing[Use]

    @property
    def total(self) -> int:
        """How many uses there are in all ways."""
        return sum(use.count for use in self.uses.items)

    @property
    def is_least(self) -> bool:
        """Whether there are more than were counted."""
        return self.total >= MOST_READ


def read_concept(sources: Sources, iri: str, languages: tuple[str, ...]) -> ConceptProfile:
    """Read the profile of a concept, a scheme or a data set. Raises what the engine raises."""
    desk = Desk(sources, iri, languages)
    facts = read_about(desk, _ABOUT).facts
    related = (*desk.facts(facts, "skos:related"), *desk.facts(facts, "skos:relatedMatch"))
    return ConceptProfile(
        desk.refer(iri),
        desk.wording(facts, "skos:definition") or desk.wording(facts, "dcterms:description"),
        read_names(facts, languages),
        desk.texts(facts, "skos:notation"),
        desk.facts(facts, "skos:inScheme"),
        desk.facts(facts, "skos:broader"),
        related,
        read_kin(desk, _KIN).of("skos:Concept", "cc:Mechanism"),
        read_codes(desk, facts),
        desk.facts(facts, "dcterms:source"),
        _read_uses(desk),
    )


def _read_uses(desk: Desk) -> Listing[Use]:
    rows = desk.ask(USES, is_named=False)
    if not rows:
        return Listing()
    counts = Counter(shorten(row["how"].value) for row in rows)
    things: dict[str, list[str]] = {}
    # Of too many to read, those that were read are not the first: none is shown.
    for row in rows[: MOST_USES + 1] if len(rows) < MOST_READ else ():
        things.setdefault(shorten(row["how"].value), []).append(row["thing"].value)
    desk.expect(iri for told in things.values() for iri in told)
    uses = tuple(
        Use(how, counts[how], desk.refer_all(things.get(how, ())[:MOST_USES])) for how in sorted(counts)
    )
    return Listing(uses, desk.offer(EVERY_USE), len(rows) <= MOST_USES)
