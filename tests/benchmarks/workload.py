"""What the benchmarks ask: the kinds of query, and how a text is made new.

Every text ends with or holds :data:`FRESH`, the place of a number. A warm measurement writes the same number
each time; a cold one a number never used before, so that no answer and no plan can have been kept. Where
the number is a limit it is far above what there is to answer: the answer stays the same.
"""

from __future__ import annotations

import gzip
import time
from dataclasses import dataclass

from mesmart_kg.namespaces import CC
from mesmart_kg.queries import read_queries
from mesmart_kg.release import Release

FRESH = "9000000000000000000"
"""Stands in a text where the fresh number goes; a number itself, so that the text is a query as it is."""

JSON = "application/sparql-results+json"
CSV = "text/csv"
NTRIPLES = "application/n-triples"

LOOKUPS = 500
"""How many different things the point look-ups ask for."""

RUNAWAY = (
    "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c = ?f && ?f != ?i) } "
    f"LIMIT {FRESH}"
)
"""What no server ends: it counts more pairs than there are seconds."""

_MILLION = f"SELECT ?s ?p ?o ?i WHERE {{ VALUES ?i {{ {FRESH} 2 3 4 5 }} ?s ?p ?o }} LIMIT 1000000"
_ALL = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }} LIMIT {FRESH}"

_AGGREGATES = (
    "SELECT ?class (COUNT(?thing) AS ?things) { ?thing a ?class } GROUP BY ?class",
    "SELECT ?property (COUNT(*) AS ?statements) { ?s ?property ?o } GROUP BY ?property",
    "SELECT ?graph (COUNT(*) AS ?statements) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph",
    "SELECT ?type (COUNT(DISTINCT ?p) AS ?properties) { ?thing a ?type ; ?p ?o } GROUP BY ?type",
    f"PREFIX org: <http://www.w3.org/ns/org#> SELECT ?community (COUNT(DISTINCT ?member) AS ?members) "
    f"{{ ?member a <{CC}City> ; org:memberOf ?community }} GROUP BY ?community ORDER BY DESC(?members)",
)


@dataclass(frozen=True)
class Kind:
    """Queries measured together, asked in rotation, all for one media type.

    ``is_large``: an answer takes long enough to send that throughput is told from bytes, see ``load.Load``.
    """

    name: str
    texts: tuple[str, ...]
    accept: str = JSON
    is_large: bool = False


def look_ups(release: Release) -> Kind:
    """Return the statements about one thing, for cities drawn evenly from all."""
    marker = f"> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{CC}City> ."
    with gzip.open(release.default_ntriples, "rt", encoding="utf-8") as lines:
        cities = [line.partition(" ")[0] for line in lines if marker in line]
    chosen = cities[:: max(1, len(cities) // LOOKUPS)][:LOOKUPS]
    texts = (f"SELECT ?p ?o WHERE {{ {city} ?p ?o }} LIMIT {FRESH}" for city in chosen)
    return Kind("point look-ups", tuple(texts))


def competency(release: Release) -> Kind:
    """Return the questions of the project, but those that ask another endpoint or want a graph."""
    queries = read_queries(release.inputs / "queries")
    texts = (query.text for query in queries if query.expectation.columns and "SERVICE" not in query.text)
    return Kind("competency queries", tuple(f"{text.rstrip()}\nLIMIT {FRESH}" for text in texts))


def aggregates() -> Kind:
    """Return counts over everything there is."""
    return Kind("aggregates", tuple(f"{text} LIMIT {FRESH}" for text in _AGGREGATES))


def million_rows() -> Kind:
    """Return a query whose answer has a million rows."""
    return Kind("a million rows", (_MILLION,), CSV, is_large=True)


def large_construct() -> Kind:
    """Return a query whose answer is the default graph."""
    return Kind("a large CONSTRUCT", (_ALL,), NTRIPLES, is_large=True)


def renew(text: str) -> str:
    """Return the query with a number in it that no query had before."""
    return text.replace(FRESH, str(time.time_ns()))


def name_of(text: str) -> str:
    """Return the first words of a query, to tell it by in a table."""
    return " ".join(line for line in text.splitlines() if not line.startswith(("#", "PREFIX", "BASE")))[:60]
