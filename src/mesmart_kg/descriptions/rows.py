"""The queries that a description is made of, and nothing else that asks the engine.

Each is bounded: a resource may have thousands of statements, and a country is the value of as many. IRIs get
into a query as the store writes them, which refuses what could end one (``NamedNode``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.store import NamedNode, Term, Triple

if TYPE_CHECKING:
    from mesmart_kg.engine import Engine, Terms

MOST_ROWS: Final = 5000
"""Statements, each counted once for each graph, that are read of one resource."""

MOST_COUNTED: Final = 50_000
"""Incoming statements that are counted; a rough number is enough beyond."""

MOST_SORTED: Final = 1000
"""Incoming statements of a property beyond which none is shown: to sort them would take too long."""

SHOWN: Final = 6
"""Incoming statements shown of a property."""

Row: TypeAlias = "Mapping[str, Term]"


@dataclass(frozen=True)
class Rule:
    """A rule of inference: what it concludes (properties and classes), the classes that it needs."""

    iri: str
    concludes: frozenset[str]
    requires: frozenset[str]


def to_node(iri: str) -> NamedNode:
    """Return the IRI as a term. Raises ResourceNotFound for what is none."""
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise ResourceNotFound("this is no IRI") from error


def read_own(engine: Engine, node: NamedNode, terms: Terms) -> list[Row]:
    """Return ``p``, ``o`` and ``g`` of what is said of a resource; without ``g``, by the default graph.

    In a release the default graph repeats the named ones; a preview may have nothing else.
    """
    query = f"""SELECT ?p ?o ?g WHERE {{
        {{ GRAPH ?g {{ {node} ?p ?o }} }} UNION {{ {node} ?p ?o }}
    }} LIMIT {MOST_ROWS}"""
    return list(engine.select(query, terms=terms).rows)


def count_incoming(engine: Engine, node: NamedNode, terms: Terms) -> dict[str, int]:
    """Return how many statements of the default graph lead to a resource, by property, sorted."""
    rows = engine.select(
        f"""SELECT ?p (COUNT(*) AS ?n) WHERE {{
            {{ SELECT ?p WHERE {{ ?s ?p {node} }} LIMIT {MOST_COUNTED} }}
        }} GROUP BY ?p""",
        terms=terms,
    ).rows
    return dict(sorted((row["p"].value, int(row["n"].value)) for row in rows if "p" in row))


def read_incoming(engine: Engine, node: NamedNode, counts: Mapping[str, int], terms: Terms) -> list[Row]:
    """Return ``p``, ``s`` and ``g`` of the first statements of each property that lead to a resource.

    They are sorted here: a store on disk looks every value up that it is to compare.
    """
    few = [NamedNode(iri) for iri, count in counts.items() if count <= MOST_SORTED]
    if not few:
        return []
    parts = " UNION ".join(f"{{ ?s {each} {node} BIND({each} AS ?p) }}" for each in few)
    found: dict[str, list[Term]] = {}
    for row in engine.select(f"SELECT ?p ?s WHERE {{ {parts} }}", MOST_SORTED * len(few), terms=terms).rows:
        found.setdefault(row["p"].value, []).append(row["s"])
    rows: list[Row] = []
    named: list[str] = []
    for property_, subjects in found.items():
        for subject in sorted(subjects, key=_rank)[:SHOWN]:
            rows.append({"p": NamedNode(property_), "s": subject})
            if isinstance(subject, NamedNode):
                named.append(f"(<{property_}> {subject})")
    if not named:
        return rows
    query = f"SELECT ?p ?s ?g WHERE {{ VALUES (?p ?s) {{ {' '.join(named)} }} GRAPH ?g {{ ?s ?p {node} }} }}"
    return [*rows, *engine.select(query, MOST_ROWS, terms=terms).rows]


def _rank(term: Term) -> tuple[bool, str]:
    """Order as SPARQL does: blank nodes, then IRIs."""
    return isinstance(term, NamedNode), term.value


def read_rules(engine: Engine, base_iri: str, terms: Terms) -> list[Rule]:
    """Return the rules that the release was made with, sorted."""
    provenance = NamedNode(GraphNames(base_iri).provenance)
    rows = engine.select(
        f"""SELECT ?rule ?concluded ?required WHERE {{ GRAPH {provenance} {{
            ?rule a <{expand("prov:Plan")}> ; <{expand("cc:concludes")}> ?concluded .
            OPTIONAL {{ ?rule <{expand("dcterms:requires")}> ?required }}
        }} }}""",
        MOST_ROWS,
        terms=terms,
    ).rows
    concluded: dict[str, set[str]] = {}
    required: dict[str, set[str]] = {}
    for row in rows:
        rule = row["rule"].value
        concluded.setdefault(rule, set()).add(row["concluded"].value)
        if "required" in row:
            required.setdefault(rule, set()).add(row["required"].value)
    return [
        Rule(rule, frozenset(concluded[rule]), frozenset(required.get(rule, ())))
        for rule in sorted(concluded)
    ]


def read_all(engine: Engine, nodes: Iterable[NamedNode], terms: Terms) -> list[Triple]:
    """Return all that the default graph says of some resources."""
    asked = list(nodes)
    if not asked:
        return []
    query = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {' '.join(map(str, asked))} }} ?s ?p ?o }}"
    rows = engine.select(query, MOST_ROWS, terms=terms).rows
    return [Triple(NamedNode(row["s"].value), NamedNode(row["p"].value), row["o"]) for row in rows]
