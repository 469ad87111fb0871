"""What the terms are used for in a release: an example of each, and what they correspond to elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.labels import Name
from mesmart_kg.store import Literal, NamedNode
from mesmart_kg.terminology.statements import Value

if TYPE_CHECKING:
    from mesmart_kg.engine import Engine, Terms

__all__ = ["Example", "Match", "find_examples", "list_matches"]

# A known thing comes first, then one whose IRI speaks of a known one: of all memberships, that of the city.
_EXAMPLE: Final = """
SELECT ?thing ?value { $pattern }
ORDER BY DESC($known) STRLEN(STR(?thing)) ?thing ?value LIMIT 1"""
_MATCHES: Final = """
SELECT ?term ?how ?other { GRAPH $graph { ?term ?how ?other } } ORDER BY ?term ?how ?other"""


@dataclass(frozen=True)
class Example:
    """A thing of a class; or one that has a property, with the value."""

    thing: str
    value: Value | None = None


@dataclass(frozen=True)
class Match:
    """A term, how it corresponds (a mapping property of SKOS) and to what."""

    term: str
    how: str
    other: str


def find_examples(
    engine: Engine, classes: Iterable[str], properties: Iterable[str], known: Iterable[str], terms: Terms
) -> Mapping[str, Example]:
    """Return an example of each class and property that is used, by IRI; always the same of one release.

    ``known`` are IRIs of well-known things, which are preferred, and so is what speaks of the first.
    """
    things = tuple(known)
    preferred = "0"
    if things:
        slug = Literal(things[0].rpartition("/")[2])
        listed = ", ".join(str(NamedNode(iri)) for iri in things)
        preferred = f"IF(?thing IN ({listed}), 2, IF(CONTAINS(STR(?thing), {slug}), 1, 0))"
    patterns = {iri: f"?thing a {NamedNode(iri)}" for iri in classes}
    patterns |= {iri: f"?thing {NamedNode(iri)} ?value" for iri in properties}
    found: dict[str, Example] = {}
    for iri, pattern in patterns.items():
        query = _EXAMPLE.replace("$pattern", pattern).replace("$known", preferred)
        for row in engine.select(query, terms=terms).rows:
            value = row.get("value")
            shown = Name(value.value, value.language) if isinstance(value, Literal) else value and value.value
            found[iri] = Example(row["thing"].value, shown)
    return found


def list_matches(engine: Engine, graph: str, terms: Terms) -> tuple[Match, ...]:
    """Return how our terms, and those we use, correspond to others', as the graph of that IRI tells."""
    rows = engine.select(_MATCHES.replace("$graph", str(NamedNode(graph))), terms=terms).rows
    return tuple(Match(row["term"].value, row["how"].value, row["other"].value) for row in rows)
