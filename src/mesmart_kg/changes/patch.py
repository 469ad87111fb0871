"""A difference for machines: an RDF Patch, or the quads added or removed as N-Quads.

Specification: RDF Patch (https://jena.apache.org/documentation/rdf-patch), as text. ``H id`` names the
release that the patch leads to, ``H prev`` the one that it starts from; all changes are one transaction.
Applied to the older release it gives the newer one, so that a copy is kept up to date without a new load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mesmart_kg.changes.merge import Side

if TYPE_CHECKING:
    from mesmart_kg.changes.merge import Merged


def write_patch(merged: Iterable[Merged], before_iri: str, after_iri: str) -> Iterator[bytes]:
    """Yield the lines of an RDF Patch between two releases, which are named by their IRIs."""
    yield f"H id <{after_iri}> .\nH prev <{before_iri}> .\nTX .\n".encode()
    for side, line in merged:
        if side is Side.ADDED:
            yield b"A " + line
        elif side is Side.REMOVED:
            yield b"D " + line
    yield b"TC .\n"


def write_nquads(merged: Iterable[Merged], side: Side) -> Iterator[bytes]:
    """Yield the lines that stand on one side only, as they are in the dump."""
    return (line for where, line in merged if where is side)
