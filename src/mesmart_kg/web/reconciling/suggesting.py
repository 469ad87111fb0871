"""Suggestions while one types: entities, types and properties whose names begin so."""

from __future__ import annotations

from itertools import islice
from typing import Final

from mesmart_kg.label_index import Entry, TooBroad, fold
from mesmart_kg.web.languages import language
from mesmart_kg.web.publication import published
from mesmart_kg.web.reconciling.kinds import EntityType, find_entries, list_types, to_id, to_iri
from mesmart_kg.web.reconciling.properties import Property, find_like, list_own, list_short

PAGE: Final = 20
"""Suggestions in one answer; ``cursor`` skips those of the answers before."""

MOST: Final = 1000
"""Suggestions that can be skipped: nobody reads on beyond."""


def suggest_entities(prefix: str, cursor: int, entity_type: EntityType | None = None) -> list[Entry]:
    """Return things with a name or code that begins so, or with this id. Raises nothing of the index."""
    text, index = prefix.strip(), published().index
    if not text:
        return []
    named = find_entries(index, (to_iri(text),)) if "/" in text else {}
    found = list(named.values())
    try:
        # As many again as may be no entities.
        found += [hit.entry for hit in index.suggest(text, (language(),), 2 * (cursor + PAGE))]
    except TooBroad:
        return found
    kept = [
        entry
        for entry in found
        if to_id(entry.iri) is not None and (entity_type is None or entry.kind == entity_type.kind)
    ]
    return list(islice({entry.iri: entry for entry in kept}.values(), cursor, cursor + PAGE))


def suggest_types(prefix: str, cursor: int) -> list[EntityType]:
    """Return types whose name or id begins so; all of them for no prefix."""
    asked = fold(prefix).split()
    found = [each for each in list_types() if _fits(asked, f"{each.name} {each.id} {each.kind}")]
    return found[cursor : cursor + PAGE]


def suggest_properties(prefix: str, cursor: int, entity_type: EntityType | None = None) -> list[Property]:
    """Return properties whose name or id begins so, those made for tables first; all for no prefix."""
    return find_like(prefix, entity_type)[cursor : cursor + PAGE]


def propose_properties(entity_type: EntityType | None, limit: int) -> list[Property]:
    """Return the properties worth a column for things of a type, at most so many (0: all)."""
    found = [each for each in list_short() if each.suits(entity_type)]
    if entity_type is not None:
        found += list_own(entity_type)
    return found[:limit] if limit else found


def _fits(asked: list[str], text: str) -> bool:
    words = fold(text).split()
    return all(any(word.startswith(each) for word in words) for each in asked)
