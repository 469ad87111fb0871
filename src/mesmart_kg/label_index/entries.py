"""Things as lists show them, read from the index by their numbers, many at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from mesmart_kg.label_index.model import Entry
from mesmart_kg.labels import Name, Reference, find_label

_JOINT: Final = " · "
_LONGEST_PART: Final = 80


def read_names(connection: sqlite3.Connection, things: Iterable[int]) -> dict[int, tuple[Name, ...]]:
    """Return the names of things that have any: the preferred ones, else all there are."""
    rows = connection.execute(
        "SELECT thing, rank, value, language FROM name WHERE thing IN (SELECT value FROM json_each(?)) "
        "ORDER BY thing, rank",
        (json.dumps(list(things)),),
    )
    names: dict[int, tuple[Name, ...]] = {}
    for thing, group in groupby(rows, lambda row: int(row[0])):
        told = list(group)
        best = told[0][1]
        names[thing] = tuple(
            Name(value, language or None) for _, rank, value, language in told if rank == best
        )
    return names


def choose_names(
    connection: sqlite3.Connection, things: Sequence[int], languages: Sequence[str]
) -> dict[int, Name]:
    """Return the name of each thing that suits the reader; what is nameless is called by what it joins.

    A thing that joins nothing either is left out.
    """
    return _choose(connection, read_names(connection, things), things, languages)


def _choose(
    connection: sqlite3.Connection,
    names: Mapping[int, tuple[Name, ...]],
    things: Sequence[int],
    languages: Sequence[str],
) -> dict[int, Name]:
    chosen = {thing: name for thing, told in names.items() if (name := find_label(told, languages))}
    nameless = [thing for thing in things if thing not in chosen]
    return chosen | (_compose(connection, nameless, languages) if nameless else {})


def _compose(
    connection: sqlite3.Connection, things: Sequence[int], languages: Sequence[str]
) -> dict[int, Name]:
    rows = connection.execute(
        "SELECT p.thing, p.target, t.start, k.key FROM part p JOIN thing t ON t.id = p.thing "
        "JOIN kind k ON k.id = t.kind WHERE p.thing IN (SELECT value FROM json_each(?)) "
        "ORDER BY 1, p.position",
        (json.dumps(list(things)),),
    ).fetchall()
    names = read_names(connection, {target for _, target, _, _ in rows})
    found: dict[int, Name] = {}
    for thing, group in groupby(rows, lambda row: int(row[0])):
        parts: dict[str, None] = {}
        told = list(group)
        for _, target, _, _ in told:
            name = find_label(names.get(target, ()), languages)
            if name is not None:
                parts[name.value[:_LONGEST_PART]] = None
        _, _, start, kind = told[0]
        if kind == "observation" and start:
            parts[start] = None
        if parts:
            found[thing] = Name(_JOINT.join(parts))
    return found


def end_of(iri: str) -> Name:
    """Return how a thing without any name is called: by the end of its IRI."""
    return Name(iri.rstrip("/#").rpartition("/")[2].rpartition("#")[2] or iri)


def refer(
    connection: sqlite3.Connection, things: Sequence[int], languages: Sequence[str]
) -> dict[int, Reference]:
    """Return each thing with the name that suits the reader."""
    iris = dict(
        connection.execute(
            "SELECT id, iri FROM thing WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(things)),),
        )
    )
    names = choose_names(connection, things, languages)
    return {thing: Reference(iri, names.get(thing) or end_of(iri)) for thing, iri in iris.items()}


def read_entries(
    connection: sqlite3.Connection, things: Sequence[int], languages: Sequence[str]
) -> list[Entry]:
    """Return things as lists show them, in the order given."""
    asked = json.dumps(list(things))
    rows = {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT t.id, t.iri, k.key, t.class_iri, t.start, t.stop, t.longitude, t.latitude "
            "FROM thing t JOIN kind k ON k.id = t.kind WHERE t.id IN (SELECT value FROM json_each(?))",
            (asked,),
        )
    }
    ties: dict[int, dict[str, list[int]]] = {}
    for thing, relation, target in connection.execute(
        "SELECT thing, relation, target FROM tie WHERE thing IN (SELECT value FROM json_each(?))", (asked,)
    ):
        ties.setdefault(thing, {}).setdefault(relation, []).append(target)
    codes: dict[int, list[tuple[str, str]]] = {}
    for thing, scheme, code in connection.execute(
        "SELECT thing, scheme, code FROM code WHERE thing IN (SELECT value FROM json_each(?)) "
        "ORDER BY 1, 2, 3",
        (asked,),
    ):
        codes.setdefault(thing, []).append((scheme, code))
    targets = {target for told in ties.values() for group in told.values() for target in group}
    tied = refer(connection, sorted(targets), languages)
    names = read_names(connection, things)
    chosen = _choose(connection, names, things, languages)
    entries = []
    for thing in things:
        if thing not in rows:
            continue
        iri, kind, class_iri, start, stop, longitude, latitude = rows[thing]
        by_relation = {
            relation: tuple(sorted((tied[each] for each in group), key=_by_name))
            for relation, group in ties.get(thing, {}).items()
        }
        entries.append(
            Entry(
                iri,
                chosen.get(thing) or end_of(iri),
                kind,
                class_iri,
                by_relation.get("country", ()),
                by_relation.get("region", ()),
                by_relation.get("community", ()),
                by_relation.get("kind", ()),
                start,
                stop,
                (longitude, latitude) if longitude is not None else None,
                tuple(codes.get(thing, ())),
                names.get(thing, ()),
            )
        )
    return entries


def _by_name(reference: Reference) -> tuple[str, str]:
    return reference.name.value.casefold(), reference.iri
