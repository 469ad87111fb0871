"""Filters at work: what they leave of the things found, and what each of their values would leave."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from mesmart_kg.label_index.entries import refer
from mesmart_kg.label_index.model import Facet, Filters, Option

MOST_OPTIONS: Final = 250
"""Values that a filter offers: those that most things have."""

RELATIONS: Final = ("community", "country", "region", "kind")

_BATCH: Final = 500


def find_numbers(connection: sqlite3.Connection, iris: Iterable[str]) -> Iterator[dict[str, int]]:
    """Yield the numbers of those IRIs that the index knows, in batches."""
    asked = list(dict.fromkeys(iris))
    for start in range(0, len(asked), _BATCH):
        rows = connection.execute(
            "SELECT iri, id FROM thing WHERE iri IN (SELECT value FROM json_each(?))",
            (json.dumps(asked[start : start + _BATCH]),),
        )
        yield dict(rows.fetchall())


def to_options(
    connection: sqlite3.Connection, counts: Mapping[int, int], chosen: Sequence[str], languages: Sequence[str]
) -> tuple[Option, ...]:
    """Return the values of a filter by name: those that most things have, and those chosen."""
    most = sorted(counts, key=lambda target: (-counts[target], target))[:MOST_OPTIONS]
    (wanted,) = tuple(find_numbers(connection, chosen)) or ({},)
    named = refer(connection, sorted({*most, *wanted.values()}), languages)
    options = [
        Option(each.iri, each.name, counts.get(number, 0), each.iri in chosen)
        for number, each in named.items()
    ]
    return tuple(
        sorted(options, key=lambda each: (each.name.value.casefold() if each.name else "", each.value))
    )


class Sieve:
    """What filters leave of the things found, and what each of their values would leave."""

    def __init__(
        self,
        kinds: Mapping[int, str],
        ties: Mapping[int, Mapping[str, set[int]]],
        filters: Filters,
        wanted: Mapping[str, set[int]],
    ) -> None:
        self._kinds = kinds
        self._ties = ties
        self._filters = filters
        self._wanted = wanted

    @classmethod
    def read(cls, connection: sqlite3.Connection, things: Sequence[int], filters: Filters) -> Sieve:
        asked = json.dumps(list(things))
        kinds = dict(
            connection.execute(
                "SELECT t.id, k.key FROM thing t JOIN kind k ON k.id = t.kind "
                "WHERE t.id IN (SELECT value FROM json_each(?))",
                (asked,),
            ).fetchall()
        )
        ties: dict[int, dict[str, set[int]]] = {}
        for thing, relation, target in connection.execute(
            "SELECT thing, relation, target FROM tie WHERE thing IN (SELECT value FROM json_each(?))",
            (asked,),
        ):
            ties.setdefault(thing, {}).setdefault(relation, set()).add(target)
        wanted = {
            relation: {number for numbers in find_numbers(connection, iris) for number in numbers.values()}
            for relation, iris in filters.by_relation().items()
        }
        return cls(kinds, ties, filters, wanted)

    def passes(self, thing: int, apart: str = "") -> bool:
        """Tell whether a thing passes all filters, or all but one."""
        if apart != "class" and self._filters.classes and self._kinds[thing] not in self._filters.classes:
            return False
        ties = self._ties.get(thing, {})
        return all(
            relation == apart or not targets.isdisjoint(ties.get(relation, ()))
            for relation, targets in self._wanted.items()
        )

    def count(self, connection: sqlite3.Connection, languages: Sequence[str]) -> tuple[Facet, ...]:
        kinds = Counter(kind for thing, kind in self._kinds.items() if self.passes(thing, "class"))
        kinds.update(dict.fromkeys(self._filters.classes, 0))
        options = tuple(
            Option(key, None, things, key in self._filters.classes) for key, things in sorted(kinds.items())
        )
        facets = [Facet("class", options)]
        chosen = self._filters.by_relation()
        for relation in RELATIONS[:-1]:
            counts = Counter(
                target
                for thing in self._kinds
                if self.passes(thing, relation)
                for target in self._ties.get(thing, {}).get(relation, ())
            )
            values = to_options(connection, counts, chosen.get(relation, ()), languages)
            if values:
                facets.append(Facet(relation, values))
        return tuple(facets)
