"""A release into an engine elsewhere, graph by graph, so that nobody ever sees half of it.

0. The load says in a graph of its own (:data:`PROGRESS`) that it is the one at work. Another that begins
   says so in its place, and this one, which looks before each step, gives up: the last who came goes on.
1. The mark that names the release an engine holds (its metadata graph) is taken away, and so much time is let
   pass, unless the engine is empty, that every server of ours has noticed
   (``remote_release.CHECK_SECONDS``): it then answers nothing.
2. Each graph is sent whole, counted where it went, compared by its digest where the server gives literals
   back as they were sent, and noted in :data:`PROGRESS`, by which an interrupted load goes on where it was.
   Graphs of an earlier release that this one has not are removed.
3. All is looked at again: the count of every graph, and the digest of those that were there already.
4. Only then comes the description of the release, and last of all the mark.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mesmart_kg.engine.cargo import Cargo, Part
from mesmart_kg.engine.dialects import DEFAULT_GRAPH
from mesmart_kg.engine.graph_store import GraphWriter
from mesmart_kg.engine.protocol import Limits
from mesmart_kg.engine.read_back import count_statements, digest_statements
from mesmart_kg.engine.remote import RemoteEngine
from mesmart_kg.engine.remote_release import CHECK_SECONDS, THE_MARK, WHICH_RELEASE, read_release_ids
from mesmart_kg.errors import EngineUnavailable, QueryError

PROGRESS: Final = "urn:x-mesmart:loading"
"""The graph that tells which release is being loaded, and which of its graphs are there whole."""

PAUSE: Final = 2 * CHECK_SECONDS
LIMITS: Final = Limits(seconds=300, size=1 << 50)
"""Reading all back takes longer, and gives more, than any query of a visitor may."""

_RELEASE: Final = "urn:x-mesmart:release"
_LOADER: Final = "urn:x-mesmart:loader"
_STATEMENTS: Final = "urn:x-mesmart:statements"


@dataclass(frozen=True)
class Report:
    """What a load did: how many graphs and statements were sent now, and graphs that were there already.

    ``compared`` tells whether the graphs were compared by their digests, and not by counts alone.
    """

    graphs: int
    statements: int
    kept: int
    compared: bool


class Loader:
    """Sends one release to one engine, which holds nothing else."""

    def __init__(
        self,
        engine: RemoteEngine,
        writer: GraphWriter,
        cargo: Cargo,
        *,
        base_iri: str,
        pause: float = PAUSE,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``engine`` is opened without a release; graphs whose names begin with ``base_iri`` are ours."""
        self._engine = engine
        self._writer = writer
        self._cargo = cargo
        self._base_iri = base_iri
        self._pause = pause
        self._tell = tell
        self._token = secrets.token_hex(16)
        self._compared: set[str | None] = set()

    def load(self) -> Report:
        """Load it, or what of it is not there yet; EngineUnavailable where the engine fails or differs."""
        try:
            return self._load()
        except QueryError as error:
            raise EngineUnavailable(f"the engine can't be read while it is loaded: {error}") from error

    def _load(self) -> Report:
        # Either of the two stands in a named graph, never in the default one.
        self._engine.find_default(f"{{ {THE_MARK} }} UNION {{ <{PROGRESS}> <{_RELEASE}> ?o }}")
        held = read_release_ids(self._engine.ask_freely(WHICH_RELEASE))
        there = self._look_around()
        whole = self._read_progress()
        if held == [self._cargo.release_id] and whole is None and self._is_there():
            self._tell(f"the engine holds {self._cargo.release_id} already")
            return Report(0, 0, len(self._cargo.parts), self._verify())
        whole = whole or {}
        self._writer.replace(PROGRESS, self._claim(whole))
        self._writer.remove(self._cargo.metadata_graph)
        if there or held:
            # Also where no mark is left: who took it away may have been ended before its time was over.
            self._tell(
                f"the engine held {', '.join(held) or 'no whole release'}; servers are given "
                f"{self._pause:g} s to notice"
            )
            time.sleep(self._pause)
        self._look_for_others()
        self._engine.find_default(f"<{PROGRESS}> <{_RELEASE}> ?o")
        wanted = {part.graph for part in self._cargo.parts}
        for name in there - wanted - {self._cargo.metadata_graph, PROGRESS}:
            self._writer.remove(name)
        sent = [part for part in self._cargo.parts if not self._has(part, whole)]
        for number, part in enumerate(sent, 1):
            self._tell(
                f"{number} of {len(sent)}: {part.graph or 'the default graph'}, {part.count:,} statements"
            )
            self._send(part)
        compared = self._verify()
        self._look_for_others()
        self._writer.replace(self._cargo.metadata_graph, self._cargo.metadata)
        if self._cargo.metadata:
            self._expect(self._cargo.metadata_graph, self._cargo.metadata.count(b"\n"))
        self._writer.remove(PROGRESS)
        self._writer.add(self._cargo.metadata_graph, self._cargo.mark)
        if read_release_ids(self._engine.ask_freely(WHICH_RELEASE)) != [self._cargo.release_id]:
            self._writer.remove(self._cargo.metadata_graph)
            raise EngineUnavailable("the engine names another release beside this one: load it again")
        return Report(
            len(sent), sum(part.count for part in sent), len(self._cargo.parts) - len(sent), compared
        )

    def _look_around(self) -> set[str | None]:
        """Return the names of the graphs that are there; EngineUnavailable if some are not ours."""
        names = self._engine.graph_names()
        ours = (f"{self._base_iri}graph/", PROGRESS, DEFAULT_GRAPH)
        foreign = [name for name in names if not name.startswith(ours)]
        if foreign:
            raise EngineUnavailable(
                f"the engine holds graphs that are not of a release, such as {foreign[0]}: give the release "
                "a dataset of its own"
            )
        return set(names)

    def _read_progress(self) -> dict[str, int] | None:
        """Return the graphs of this release that were noted as whole; None if it is not being loaded."""
        query = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{PROGRESS}> {{ ?s ?p ?o }} }}"
        notes: dict[str, int] = {}
        release = ""
        for row in self._engine.ask_freely(query).rows:
            about, what, value = row["s"].value, row["p"].value, row["o"].value
            if what == _RELEASE:
                release = value
            elif what == _STATEMENTS and value.isdecimal():
                notes[about] = int(value)
        return notes if release == self._cargo.release_id else None

    def _claim(self, whole: dict[str, int]) -> bytes:
        """Return what tells that this load is at work, and what an earlier one of the release left whole."""
        notes = [self._note(_STATEMENTS, f'"{count}"', about) for about, count in whole.items()]
        release = self._note(_RELEASE, f'"{self._cargo.release_id}"')
        return b"".join([release, self._note(_LOADER, f'"{self._token}"'), *notes])

    def _look_for_others(self) -> None:
        """Raise EngineUnavailable where another load began after this one."""
        query = f"SELECT ?o WHERE {{ GRAPH <{PROGRESS}> {{ <{PROGRESS}> <{_LOADER}> ?o }} }}"
        if [row["o"].value for row in self._engine.ask_freely(query).rows] != [self._token]:
            raise EngineUnavailable("another load has begun meanwhile: this one gives up")

    def _has(self, part: Part, whole: dict[str, int]) -> bool:
        noted = whole.get(part.graph or DEFAULT_GRAPH)
        return noted == part.count and self._has_count(part.graph, part.count)

    def _is_there(self) -> bool:
        """Tell whether every graph has the statements that it should have, and there is no other."""
        expected = {part.graph for part in self._cargo.parts} | {self._cargo.metadata_graph}
        return (
            set(self._engine.graph_names()) | {None} == expected | {None}
            and all(self._has_count(part.graph, part.count) for part in self._cargo.parts)
            and self._has_count(self._cargo.metadata_graph, self._cargo.metadata_count)
        )

    def _send(self, part: Part) -> None:
        name = part.graph if part.graph is not None else self._engine.dialect.default_graph
        is_first = True
        for lines in part.batches():
            self._look_for_others()
            (self._writer.replace if is_first else self._writer.add)(name, lines)
            is_first = False
        if is_first:
            self._writer.remove(name)
        self._expect(part.graph, part.count)
        self._compare(part)
        self._look_for_others()
        self._writer.add(PROGRESS, self._note(_STATEMENTS, f'"{part.count}"', part.graph or DEFAULT_GRAPH))

    def _note(self, what: str, value: str, about: str = PROGRESS) -> bytes:
        return f"<{about}> <{what}> {value} .\n".encode()

    def _expect(self, graph: str | None, count: int) -> None:
        found = count_statements(self._engine, graph)
        if found != count:
            raise EngineUnavailable(
                f"{graph or 'the default graph'} has {found:,} statements in the engine, and {count:,} in "
                "the release: the engine lost some, takes several for one, or somebody else writes to it"
            )

    def _has_count(self, graph: str | None, count: int) -> bool:
        return count_statements(self._engine, graph) == count

    def _verify(self) -> bool:
        """Make sure that every graph is whole; tell whether they were compared by their digests too."""
        for part in self._cargo.parts:
            self._expect(part.graph, part.count)
        for part in self._cargo.parts:
            self._compare(part)
        return self._engine.dialect.keeps_terms

    def _compare(self, part: Part) -> None:
        """Compare a graph by its digest, once in a load, where the server gives terms back as they were."""
        if part.graph in self._compared or not self._engine.dialect.keeps_terms:
            return
        if digest_statements(self._engine, part.graph) != part.digest:
            raise EngineUnavailable(
                f"{part.graph or 'the default graph'} in the engine differs from that of the release, "
                "with as many statements"
            )
        self._compared.add(part.graph)
