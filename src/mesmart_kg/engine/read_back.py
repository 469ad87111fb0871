"""What an engine holds of a graph, read back: how many statements, and the digest of them all.

The digest is that of the sorted canonical lines (``cargo.Part.digest``). What comes is sorted in files where
it is much, so that no graph need fit into memory.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from mesmart_kg.engine.protocol import Engine, GraphChoice
from mesmart_kg.errors import EngineUnavailable
from mesmart_kg.formats import NTRIPLES
from mesmart_kg.sorted_lines import sort_lines
from mesmart_kg.store import Literal, canonical_ntriples, canonical_quad, parse_text

_EVERYTHING: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def count_statements(engine: Engine, graph: str | None) -> int:
    """Return the number of statements of a graph, None for the default one; may raise EngineUnavailable."""
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    (row,) = engine.select(query, graphs=_choose(graph)).rows or ({},)
    value = row.get("n")
    if not isinstance(value, Literal) or not value.value.isdecimal():
        raise EngineUnavailable("the engine does not count its statements")
    return int(value.value)


def digest_statements(engine: Engine, graph: str | None) -> str:
    """Return the SHA-256 of a graph's canonical lines, sorted; may raise EngineUnavailable."""
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(prefix="mesmart-load-") as folder:
        target = Path(folder) / "sorted.nt"
        sort_lines(_read(engine, graph), target)
        with target.open("rb") as file:
            for line in file:
                digest.update(line)
    return digest.hexdigest()


def _choose(graph: str | None) -> GraphChoice | None:
    return None if graph is None else GraphChoice((graph,))


def _read(engine: Engine, graph: str | None) -> Iterator[bytes]:
    """Yield a graph as the server gives it, each line in canonical form."""
    rest = b""
    with closing(engine.answer(_EVERYTHING, NTRIPLES, _choose(graph))) as answer:
        for part in answer:
            lines, end, rest = (rest + part).rpartition(b"\n")
            yield from _canonical(lines + end)
    yield from _canonical(rest)


def _canonical(document: bytes) -> Iterator[bytes]:
    try:
        yield from canonical_ntriples(canonical_quad(quad).triple for quad in parse_text(document, NTRIPLES))
    except (SyntaxError, ValueError) as error:
        raise EngineUnavailable("what the engine gives back is not N-Triples") from error
