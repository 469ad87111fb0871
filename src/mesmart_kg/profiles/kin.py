"""What leads to a thing: the events held in a city, the bodies of a community, the parts of a programme."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Final

from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import expand
from mesmart_kg.profiles.about import shorten
from mesmart_kg.profiles.desk import Desk, Record, by_name
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Kin, Listing

_LEADING: Final = """
%s
?thing a ?kind .
FILTER(?kind IN (%s))
OPTIONAL { ?thing schema:startDate ?start }
OPTIONAL { ?thing schema:endDate ?end }
"""


def ask_kin(*properties: str, kinds: tuple[str, ...]) -> Question:
    """Return the question for the things of some classes that lead to a thing by some properties."""
    # One pattern for each property: of all that leads to a community, few things are sought here.
    leads = (f"{{ GRAPH ?graph {{ ?thing {each} $this }} BIND({each} AS ?how) }}" for each in properties)
    where = _LEADING % ("\nUNION\n".join(leads), ", ".join(kinds))
    return Question(
        "?thing ?how ?kind ?start ?end ?graph", where, order="?how ?start ?thing", named=("thing",)
    )


@dataclass(frozen=True)
class Kinship:
    """All that leads to a thing, with the classes of each, and the query that found it."""

    items: tuple[tuple[Kin, frozenset[str]], ...]
    query: str

    def of(self, *kinds: str, how: tuple[str, ...] = (), without: Container[str] = ()) -> Listing[Kin]:
        """Return those of some classes, by some properties if any are named, each thing once."""
        wanted = {expand(kind) for kind in kinds}
        found: dict[str, Kin] = {}
        for kin, classes in self.items:
            fits = not classes.isdisjoint(wanted) and (not how or kin.how in how)
            if fits and kin.thing.iri not in without:
                found.setdefault(kin.thing.iri, kin)
        return Listing(tuple(found.values()), self.query if found else "")


def read_kin(desk: Desk, question: Question) -> Kinship:
    """Answer such a question: dated things first, the newest before the older, then by name."""
    found: dict[tuple[str, str], tuple[Kin, set[str], list[str]]] = {}
    for row in desk.ask(question):
        key = row["thing"].value, shorten(row["how"].value)
        start, end = row.get("start"), row.get("end")
        known = found.setdefault(key, (Kin(desk.refer(key[0]), key[1]), set(), []))
        dated = replace(known[0], start=start.value if start else None, end=end.value if end else None)
        found[key] = (dated, known[1] | {row["kind"].value}, [*known[2], row["graph"].value])
    items = [
        (replace(kin, evidence=desk.evidence((), dict.fromkeys(graphs))), frozenset(kinds))
        for kin, kinds, graphs in found.values()
    ]
    items.sort(key=lambda item: by_name(item[0].thing))
    items.sort(key=lambda item: item[0].start or "", reverse=True)
    return Kinship(tuple(items), desk.offer(question))


def join_related(desk: Desk, facts: Record, others: Listing[Kin]) -> tuple[Reference, ...]:
    """Return what a thing says it has to do with, then what says so of it, each once."""
    told = [fact.value for fact in desk.facts(facts, "dcterms:relation")]
    return tuple({each.iri: each for each in (*told, *(kin.thing for kin in others.items))}.values())
