"""Where a thing is told: the row, or the first line of its block in Turtle, for reports."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mesmart_kg.facts.blocks import Block, Place
from mesmart_kg.facts.reading import read_facts
from mesmart_kg.store import NamedNode


def locate(iri: str, data_dir: Path, base_iri: str) -> list[Place]:
    """Return where one IRI is told; as :func:`locate_all`, which costs no more for many."""
    return locate_all([iri], data_dir, base_iri)[iri]


def locate_all(iris: Collection[str], data_dir: Path, base_iri: str) -> dict[str, list[Place]]:
    """Return for each IRI its places: first those where it is a subject, then those that only mention it.

    The sources are read anew, once; an IRI that they do not hold has no place. Raises FactError as
    ``read_facts``.
    """
    told: dict[str, list[Place]] = {iri: [] for iri in iris}
    mentioned: dict[str, list[Place]] = {iri: [] for iri in iris}
    for block in read_facts(data_dir, base_iri):
        place = Place(block.file, block.line)
        subjects = {quad.subject.value for quad in block.quads if isinstance(quad.subject, NamedNode)}
        for iri in subjects & told.keys():
            told[iri].append(place)
        for iri in (_mentions(block) - subjects) & told.keys():
            mentioned[iri].append(place)
    return {iri: told[iri] + mentioned[iri] for iri in told}


def _mentions(block: Block) -> set[str]:
    return {
        term.value
        for quad in block.quads
        for term in (quad.predicate, quad.object, quad.graph_name)
        if isinstance(term, NamedNode)
    }
