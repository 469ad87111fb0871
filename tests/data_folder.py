"""A folder of facts that a test fills, with tables and their mappings written as a curator would."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from mesmart_kg.facts import Block, collect_facts, read_facts
from mesmart_kg.work_cache import WorkCache

BASE = "https://example.org/base/"
GRAPH = "https://w3id.org/city-communities/def#graph"
LANGUAGE = "https://w3id.org/city-communities/def#language"


class Here(Executor):
    """Works at once, in this thread, and counts how often it was asked; does something else ``before``."""

    def __init__(self, before: Callable[[], object] = int) -> None:
        self.asked = 0
        self._before = before

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Return a future that is done."""
        self.asked += 1
        self._before()
        future: Future[Any] = Future()
        future.set_result(function(*given, **named))
        return future


class Facts:
    """A ``data`` folder in the making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file of the folder as it is given."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def write_table(
        self, name: str, content: str | bytes, columns: Sequence[Mapping[str, object]], **table: Any
    ) -> Path:
        """Write a table and its mapping; its things are ``id/thing/{id}`` unless ``aboutUrl`` is given."""
        schema = {"aboutUrl": table.pop("aboutUrl", "id/thing/{id}"), "columns": columns}
        for key in ("primaryKey", "foreignKeys"):
            if key in table:
                schema[key] = table.pop(key)
        description = {
            "@context": "http://www.w3.org/ns/csvw",
            "url": Path(name).name,
            GRAPH: "graph/source/test",
            **table,
            "tableSchema": schema,
        }
        self.write(name + "-metadata.json", json.dumps(description, indent=2))
        return self.write(name, content)

    def read(self) -> list[Block]:
        """Read the whole folder."""
        return list(read_facts(self.folder, BASE))

    def collect(self, rows: int = 2) -> list[bytes]:
        """Collect the whole folder in pieces of some rows; the lines of all runs, sorted, each once."""
        with WorkCache.open(None) as cache:
            runs = collect_facts(self.folder, BASE, cache, Here(), rows=rows).runs
            return sorted({line for run in runs for line in run.read_bytes().splitlines(keepends=True)})

    def statements(self) -> set[str]:
        """Read the whole folder; the quads as N-Quads with the base IRI left out."""
        return {str(quad).replace(BASE, "") for block in self.read() for quad in block.quads}
