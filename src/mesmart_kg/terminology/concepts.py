"""The vocabularies (SKOS) and the rules of inference, asked of an engine.

A concept, a collection, a vocabulary and a rule are read alike: each stands under ``voc/``, has names, words
that define it, and things that use it. IRIs get into a query as the store writes them, which refuses what
could end one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.labels import Name
from mesmart_kg.namespaces import VOC, expand
from mesmart_kg.store import Literal, NamedNode
from mesmart_kg.terminology.statements import Value

if TYPE_CHECKING:
    from mesmart_kg.engine import Engine, Terms
    from mesmart_kg.store import Term, Triple

__all__ = [
    "Concept",
    "ConceptUse",
    "Entry",
    "Scheme",
    "describe_concept",
    "list_concepts",
    "list_rules",
    "list_schemes",
    "read_concept",
]

RULES: Final = VOC + "rule"
"""Under this IRI stand the rules of inference."""

MOST_USES: Final = 20_000
"""Uses of a concept that are counted; a rough number is enough beyond."""

MOST_SORTED: Final = 10_000
"""Things that use a concept beyond which none is shown: to sort them would take too long."""

MOST_EXAMPLES: Final = 6
"""How many things are shown of those that use a concept in one way."""

MOST_STATEMENTS: Final = 2000
"""Statements about one concept that are read; a scheme's concepts are not among them."""

_PREFIXES: Final = """
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX cc: <https://w3id.org/city-communities/def#>
"""
# What binds concepts to each other is no use of them.
_BINDING: Final = """
    skos:inScheme, skos:broader, skos:narrower, skos:related, skos:member, skos:topConceptOf,
    skos:hasTopConcept, skos:exactMatch, skos:closeMatch, skos:broadMatch, skos:narrowMatch,
    skos:relatedMatch"""
_PLACE: Final = re.compile(r"\$(\w+)")

_SCHEMES: Final = """
SELECT ?scheme ?p ?o ?n {
  ?scheme a skos:ConceptScheme
  OPTIONAL { SELECT ?scheme (COUNT(DISTINCT ?c) AS ?n) { ?c skos:inScheme ?scheme } GROUP BY ?scheme }
  OPTIONAL { VALUES ?p { skos:prefLabel skos:definition } ?scheme ?p ?o }
} ORDER BY ?scheme"""

_CONCEPTS: Final = """
SELECT ?concept ?p ?o ?n {
  ?concept skos:inScheme $it
  OPTIONAL {
    SELECT ?concept (COUNT(*) AS ?n) {
      ?concept skos:inScheme $it . ?user ?use ?concept FILTER(?use NOT IN ($binding))
    } GROUP BY ?concept
  }
  OPTIONAL { VALUES ?p { skos:prefLabel skos:definition skos:notation skos:broader } ?concept ?p ?o }
} ORDER BY ?concept"""

_COLLECTIONS: Final = """
SELECT DISTINCT ?collection ?p ?o {
  ?concept skos:inScheme $it . ?collection skos:member ?concept ; skos:prefLabel ?o BIND(skos:prefLabel AS ?p)
} ORDER BY ?collection"""

_RULES: Final = """
SELECT ?rule ?p ?o {
  ?rule a prov:Plan ; ?p ?o
  FILTER(STRSTARTS(STR(?rule), $rules))
  FILTER(?p IN (skos:prefLabel, dcterms:description, cc:concludes, dcterms:requires))
} ORDER BY ?rule"""

_OWN: Final = "SELECT ?p ?o { $it ?p ?o } ORDER BY ?p ?o LIMIT $most"
_INTO: Final = "SELECT ?p ?o { VALUES ?p { skos:broader skos:related skos:member } ?o ?p $it } ORDER BY ?p ?o"
_USES: Final = """
SELECT ?use (COUNT(*) AS ?n) {
  { SELECT ?use { ?user ?use $it FILTER(?use NOT IN ($binding)) } LIMIT $most }
} GROUP BY ?use"""
_USERS: Final = "SELECT ?user { ?user $use $it } LIMIT $most"
_DESCRIBE: Final = "CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?s { $it } ?s ?p ?o }"
_DESCRIBE_ALL: Final = """
CONSTRUCT { ?s ?p ?o } WHERE { { VALUES ?s { $it } ?s ?p ?o } UNION { ?s skos:inScheme $it ; ?p ?o } }"""
_DESCRIBE_RULES: Final = """
CONSTRUCT { ?s ?p ?o } WHERE { ?s a prov:Plan ; ?p ?o FILTER(STRSTARTS(STR(?s), $rules)) }"""


@dataclass(frozen=True)
class Scheme:
    """A vocabulary: how many concepts it has, and what they are for."""

    iri: str
    names: tuple[Name, ...]
    definitions: tuple[Name, ...]
    concepts: int


@dataclass(frozen=True)
class Entry:
    """A concept, or a rule, as a list shows it; ``uses`` counts the statements that have it as their value.

    ``concludes`` and ``requires`` are of rules: terms that it adds to the data, classes that it needs.
    """

    iri: str
    names: tuple[Name, ...]
    definitions: tuple[Name, ...]
    notation: str | None = None
    broader: tuple[str, ...] = ()
    uses: int = 0
    concludes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConceptUse:
    """A property whose value the concept is, how often, and the first things that have it.

    ``is_least`` tells that counting was stopped.
    """

    property: str
    count: int
    things: tuple[str, ...]
    is_least: bool = False


@dataclass(frozen=True)
class Concept:
    """A concept with all that is said of it; ``own`` maps each property's IRI to its values.

    ``narrower``, ``related`` and ``collections`` are those that say so of themselves.
    """

    iri: str
    own: Mapping[str, tuple[Value, ...]]
    narrower: tuple[str, ...]
    related: tuple[str, ...]
    collections: tuple[str, ...]
    uses: tuple[ConceptUse, ...]

    def names(self, name: str) -> tuple[Name, ...]:
        """Return the texts that it has by a property, told by prefixed name."""
        return tuple(each for each in self.own.get(expand(name), ()) if isinstance(each, Name))

    def iris(self, name: str) -> tuple[str, ...]:
        """Return the things that it leads to by a property, told by prefixed name."""
        return tuple(each for each in self.own.get(expand(name), ()) if isinstance(each, str))


def list_schemes(engine: Engine, terms: Terms) -> tuple[Scheme, ...]:
    """Return all vocabularies, sorted by IRI."""
    found = _group(engine.select(_PREFIXES + _SCHEMES, terms=terms).rows, "scheme")
    return tuple(
        Scheme(iri, _texts(rows, "skos:prefLabel"), _texts(rows, "skos:definition"), _number(rows))
        for iri, rows in found.items()
    )


def list_concepts(engine: Engine, scheme: str, terms: Terms) -> tuple[Entry, ...]:
    """Return the concepts of a vocabulary, sorted by IRI; none if there is no such vocabulary."""
    found = _group(_ask(engine, _CONCEPTS, terms, it=_node(scheme)), "concept")
    return tuple(
        Entry(
            iri,
            _texts(rows, "skos:prefLabel"),
            _texts(rows, "skos:definition"),
            next((each.value for each in _texts(rows, "skos:notation")), None),
            _links(rows, "skos:broader"),
            _number(rows),
        )
        for iri, rows in found.items()
    )


def list_collections(engine: Engine, scheme: str, terms: Terms) -> tuple[Entry, ...]:
    """Return the collections that hold concepts of a vocabulary, sorted by IRI."""
    found = _group(_ask(engine, _COLLECTIONS, terms, it=_node(scheme)), "collection")
    return tuple(Entry(iri, _texts(rows, "skos:prefLabel"), ()) for iri, rows in found.items())


def list_rules(engine: Engine, terms: Terms) -> tuple[Entry, ...]:
    """Return the rules of inference, sorted by IRI."""
    found = _group(_ask(engine, _RULES, terms, rules=str(Literal(RULES + "/"))), "rule")
    return tuple(
        Entry(
            iri,
            _texts(rows, "skos:prefLabel"),
            _texts(rows, "dcterms:description"),
            concludes=_links(rows, "cc:concludes"),
            requires=_links(rows, "dcterms:requires"),
        )
        for iri, rows in found.items()
    )


def read_concept(engine: Engine, iri: str, terms: Terms) -> Concept:
    """Return what is said of a concept, a collection, a vocabulary or a rule. Raises ResourceNotFound."""
    node = _node(iri)
    own: dict[str, list[Value]] = {}
    for row in _ask(engine, _OWN, terms, it=node, most=str(MOST_STATEMENTS)):
        own.setdefault(row["p"].value, []).append(_to_value(row["o"]))
    if not own:
        raise ResourceNotFound(f"nothing is said of {iri}")
    into: dict[str, list[str]] = {}
    for row in _ask(engine, _INTO, terms, it=node):
        into.setdefault(row["p"].value, []).append(row["o"].value)
    rows = _ask(engine, _USES, terms, it=node, most=str(MOST_USES))
    counted = [(row["use"].value, int(row["n"].value)) for row in rows if "use" in row]
    is_least = sum(count for _, count in counted) >= MOST_USES
    uses = [
        ConceptUse(
            use, count, _users(engine, node, use, terms) if count <= MOST_SORTED else (), is_least=is_least
        )
        for use, count in sorted(counted, key=lambda each: (-each[1], each[0]))
    ]
    narrower = dict.fromkeys(into.get(expand("skos:broader"), []))
    for each in own.get(expand("skos:narrower"), []):
        if isinstance(each, str):
            narrower.setdefault(each)
    return Concept(
        iri=iri,
        own={name: tuple(values) for name, values in own.items()},
        narrower=tuple(narrower),
        related=tuple(into.get(expand("skos:related"), ())),
        collections=tuple(into.get(expand("skos:member"), ())),
        uses=tuple(uses),
    )


def describe_concept(engine: Engine, iri: str, terms: Terms) -> tuple[Triple, ...]:
    """Return what is said of a concept as RDF, sorted; of a vocabulary, its concepts' statements too.

    Raises ResourceNotFound.
    """
    query = (
        _DESCRIBE_RULES if iri == RULES else _DESCRIBE_ALL if iri.count("/") == VOC.count("/") else _DESCRIBE
    )
    text = _fill(query, it=_node(iri), rules=str(Literal(RULES + "/")))
    triples = engine.construct(text, terms=terms)
    if not triples:
        raise ResourceNotFound(f"nothing is said of {iri}")
    return tuple(sorted(triples, key=lambda triple: tuple(map(str, triple))))


def _users(engine: Engine, node: str, use: str, terms: Terms) -> tuple[str, ...]:
    rows = _ask(engine, _USERS, terms, it=node, use=_node(use), most=str(MOST_SORTED))
    # Sorted here: a store on disk looks every value up that it is to compare.
    return tuple(sorted(row["user"].value for row in rows)[:MOST_EXAMPLES])


def _ask(engine: Engine, query: str, terms: Terms, **parts: str) -> tuple[Mapping[str, Term], ...]:
    return engine.select(_fill(query, **parts), terms=terms).rows


def _fill(query: str, **parts: str) -> str:
    """Return a query with terms, written by the store, in their places."""
    known = {"binding": _BINDING, **parts}
    # In one go: what is put in is not looked at again.
    return _PREFIXES + _PLACE.sub(lambda place: known[place[1]], query)


def _node(iri: str) -> str:
    try:
        return str(NamedNode(iri))
    except ValueError as error:
        raise ResourceNotFound("this is no IRI") from error


def _group(rows: tuple[Mapping[str, Term], ...], variable: str) -> dict[str, list[Mapping[str, Term]]]:
    found: dict[str, list[Mapping[str, Term]]] = {}
    for row in rows:
        found.setdefault(row[variable].value, []).append(row)
    return found


def _texts(rows: list[Mapping[str, Term]], name: str) -> tuple[Name, ...]:
    values = (row["o"] for row in rows if "p" in row and row["p"].value == expand(name))
    return tuple(Name(each.value, each.language) for each in values if isinstance(each, Literal))


def _links(rows: list[Mapping[str, Term]], name: str) -> tuple[str, ...]:
    values = (row["o"] for row in rows if "p" in row and row["p"].value == expand(name))
    return tuple(sorted({each.value for each in values if isinstance(each, NamedNode)}))


def _number(rows: list[Mapping[str, Term]]) -> int:
    return int(rows[0]["n"].value) if "n" in rows[0] else 0


def _to_value(term: Term) -> Value:
    return Name(term.value, term.language) if isinstance(term, Literal) else term.value
