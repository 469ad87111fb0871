"""The things of a kind, as lists want them: what is in a list, how many there are, in which order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, TypeAlias

from mesmart_kg.label_index.model import Filters

Choice: TypeAlias = tuple[str, tuple[Any, ...]]
"""What follows SELECT for the things of a list, and its values."""


def choose_things(class_name: str, filters: Filters) -> Choice:
    """Return what chooses the things of a kind that filters leave."""
    query = "FROM thing WHERE kind = (SELECT id FROM kind WHERE key = ?)"
    values: list[Any] = [class_name]
    for relation, iris in filters.by_relation().items():
        query += (
            " AND id IN (SELECT thing FROM tie WHERE relation = ? AND target IN "
            "(SELECT id FROM thing WHERE iri IN (SELECT value FROM json_each(?))))"
        )
        values += [relation, json.dumps(list(iris))]
    return query, tuple(values)


def count_things(connection: sqlite3.Connection, class_name: str, filters: Filters) -> int:
    """Return how many things a list has, without counting them where the index knows it already."""
    chosen = [(relation, iri) for relation, iris in filters.by_relation().items() for iri in iris]
    values: tuple[Any, ...]
    if not chosen:
        query, values = "SELECT things FROM kind WHERE key = ?", (class_name,)
    elif len(chosen) == 1:
        query = (
            "SELECT y.things FROM tally y JOIN kind k ON k.id = y.kind JOIN thing t ON t.id = y.target "
            "WHERE k.key = ? AND y.relation = ? AND t.iri = ?"
        )
        values = (class_name, *chosen[0])
    else:
        counted, values = choose_things(class_name, filters)
        query = f"SELECT COUNT(*) {counted}"
    row = connection.execute(query, values).fetchone()
    return int(row[0]) if row else 0


def order_things(order: str, languages: Sequence[str]) -> str:
    """Return what a list is sorted by: our own words, chosen by the order's name."""
    name = "sort_it, id" if languages and languages[0].lower().startswith("it") else "sort_en, id"
    return {"date": f"start IS NULL, start, {name}", "-date": f"start IS NULL, start DESC, {name}"}.get(
        order, name
    )
