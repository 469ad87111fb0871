"""What is said of a thing itself: its own facts with their graphs, and the statements told about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mesmart_kg.namespaces import compact
from mesmart_kg.profiles.desk import Desk, Record
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Listing, Told
from mesmart_kg.store import NamedNode

_STATED = """
{
  VALUES ?property { %s }
  GRAPH ?graph { $this ?property ?value }
}
UNION
{
  $this schema:additionalProperty ?statement .
  GRAPH ?graph { ?statement ?property ?value }
}
"""

TOLD = Question(
    "?statement ?property ?value ?date ?source",
    """
    $this schema:additionalProperty ?statement .
    ?statement schema:propertyID ?property ;
      schema:value ?value ;
      prov:hadPrimarySource ?source .
    OPTIONAL { ?statement dcterms:date ?date }
    """,
    order="?property ?statement",
    named=("property",),
)
"""The statements alone: what a reader is offered, since the rest is what the page as a whole shows."""


@dataclass(frozen=True)
class About:
    """A thing's own facts by prefixed name of the property, and the statements told about it."""

    facts: Record
    told: Listing[Told]


def ask_about(*properties: str) -> Question:
    """Return the question for some properties of a thing, by prefixed name, and for all its statements."""
    return Question("?statement ?property ?value ?graph", _STATED % " ".join(properties), limit=4000)


def read_about(desk: Desk, question: Question) -> About:
    """Answer such a question."""
    facts, statements = Record(), dict[str, Record]()
    for row in desk.ask(question):
        if "property" not in row or "value" not in row:
            continue
        statement = row.get("statement")
        record = facts if statement is None else statements.setdefault(statement.value, Record())
        graph = row.get("graph")
        name = shorten(row["property"].value)
        record.add(name, row["value"], graph.value if isinstance(graph, NamedNode) else None)
    told = desk.told(statements)
    return About(facts, Listing(told, desk.offer(TOLD) if told else ""))


@lru_cache(maxsize=512)
def shorten(iri: str) -> str:
    """Return the prefixed name of a property, such as ``schema:url``."""
    return compact(iri)
