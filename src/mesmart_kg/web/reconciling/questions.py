"""The questions that values come from: SPARQL with blanks for lists of IRIs, and nothing else put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import Final

from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import NamedNode

PROPERTIES: Final = """
SELECT ?s ?p ?o WHERE { VALUES ?s { $things } VALUES ?p { $properties } ?s ?p ?o } ORDER BY ?s ?p ?o"""

MEMBERSHIPS: Final = """
SELECT ?s ?community ?start ?end ?role WHERE {
  VALUES ?s { $things }
  {
    ?membership org:member ?s ; org:organization ?community .
    OPTIONAL { ?membership schema:startDate ?told }
    OPTIONAL { ?membership cc:inWave/schema:startDate ?wave }
    OPTIONAL { ?membership schema:endDate ?end }
    OPTIONAL { ?membership org:role ?role }
    BIND(COALESCE(?told, ?wave) AS ?start)
  }
  UNION
  {
    ?s org:memberOf ?community
    FILTER NOT EXISTS { ?known org:member ?s ; org:organization ?community }
  }
} ORDER BY ?s ?community ?start ?role"""
"""The date of a membership is its own, else that of the wave in which it was announced."""

POPULATION: Final = """
SELECT ?s ?number ?period WHERE {
  VALUES ?s { $things }
  ?count sdmx-dimension:refArea ?s ; cc:population ?number .
  OPTIONAL { ?count sdmx-dimension:refPeriod ?period }
} ORDER BY ?s DESC(STR(?period)) ?number"""

EVENTS: Final = """
SELECT DISTINCT ?s ?event ?start WHERE {
  VALUES ?s { $things }
  ?part m8g:hasParticipant ?s .
  ?event m8g:hasParticipation ?part ; a cc:Event .
  OPTIONAL { ?event schema:startDate ?start }
} ORDER BY ?s DESC(STR(?start)) ?event"""


def write_question(question: str, lists: Mapping[str, Sequence[str]]) -> str:
    """Return a question about lists of IRIs. Raises ValueError where one is none."""
    filled = {name: " ".join(str(NamedNode(iri)) for iri in iris) for name, iris in lists.items()}
    used = [prefix for prefix in PREFIXES if f"{prefix}:" in question]
    head = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in used)
    return head + Template(question).substitute(filled).strip()
