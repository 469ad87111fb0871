"""One pass over all statements: how many each graph holds, what two sources confirm, the merge of the graphs.

The statements are a file of sorted canonical N-Quads, so a triple that several graphs hold stands on lines
that follow each other, and no step needs more than a part of the file. The parts are read by all cores.

What is said of the sources themselves, and the sets of links that others gave us, are few: they are kept as
a dataset, to be asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from mesmart_kg import formats
from mesmart_kg.metadata.targets import namespace_of
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.sorted_lines import Slice, cut_slices, read_slice
from mesmart_kg.store import Dataset, parse_text

_LINES: Final = 50_000
"""Statements of a part that one core reads at once."""

_CHECKED: Final = f" <{expand('schema:lastReviewed')}> ".encode()


@dataclass(frozen=True)
class LinkCount:
    """How many links by one predicate go to one namespace."""

    predicate: str
    target: str
    triples: int


@dataclass(frozen=True)
class Survey:
    """What one pass tells of a file of statements.

    ``graphs`` counts the triples of each named graph, sorted by IRI. Of the ``stated`` different triples
    that sources state, ``confirmed`` are stated by more than one. ``links`` are those of graph/links.
    ``lines`` is what :meth:`told` returns, as N-Quads. ``merged`` are files of N-Triples: in
    this order, the merge of all graphs that belong to the default graph, sorted, each triple once.
    """

    graphs: Mapping[str, int]
    stated: int
    confirmed: int
    links: tuple[LinkCount, ...]
    lines: bytes
    merged: tuple[Path, ...]
    names: GraphNames

    def told(self) -> Dataset:
        """Return what is said of sources and by given sets of links, as a dataset of its own."""
        return Dataset(parse_text(self.lines, formats.NQUADS), self.names.in_default_graph)


class _Part(NamedTuple):
    """The same of one part of the file."""

    graphs: Counter[bytes]
    stated: int
    confirmed: int
    links: Counter[tuple[str, str]]
    told: bytes


def survey(statements: Path, names: GraphNames, folder: Path, work: Executor) -> Survey:
    """Read sorted canonical N-Quads; the files of the merge are written into ``folder``."""
    slices = cut_slices(statements, _LINES)
    targets = [folder / f"merged-{number:05}.nt" for number in range(len(slices))]
    graphs: Counter[bytes] = Counter()
    links: Counter[tuple[str, str]] = Counter()
    stated = confirmed = 0
    told: list[bytes] = []
    for part in work.map(_survey_slice, repeat(statements), slices, targets, repeat(names)):
        graphs += part.graphs
        links += part.links
        stated += part.stated
        confirmed += part.confirmed
        told.append(part.told)
    sizes = {graph.decode(): size for graph, size in sorted(graphs.items())}
    counted = tuple(LinkCount(predicate, target, n) for (target, predicate), n in sorted(links.items()))
    return Survey(
        MappingProxyType(sizes),
        stated,
        confirmed,
        counted,
        b"".join(told),
        tuple(targets),
        names,
    )


def _survey_slice(statements: Path, part: Slice, target: Path, names: GraphNames) -> _Part:
    lines = read_slice(statements, part)
    groups = _Groups(names)
    ends: list[bytes] = []
    merged: list[bytes] = []
    told: list[bytes] = []
    linked: list[bytes] = []
    stated = confirmed = sources = 0
    about_source = f"<{names.base}id/source/".encode()
    # True of few slices: else it need not be asked of every line.
    data = b"\n" + b"".join(lines)
    tells = b"\n" + about_source in data or _CHECKED in data
    last = written = b""
    for line in lines:
        # A graph's IRI has neither a space nor an angle bracket in it.
        triple, _, graph = line.rpartition(b" <")
        ends.append(graph)
        if triple != last:
            confirmed += sources > 1
            stated += sources > 0
            last, sources = triple, 0
        is_merged, is_source, is_given, is_links = groups[graph]
        sources += is_source
        if is_merged and triple != written:
            written = triple
            merged.append(triple + b" .\n")
        if is_given or (tells and (line.startswith(about_source) or _CHECKED in line)):
            told.append(line)
        if is_links:
            linked.append(triple)
    target.write_bytes(b"".join(merged))
    return _Part(
        Counter({graph[: graph.index(b">")]: size for graph, size in Counter(ends).items()}),
        stated + (sources > 0),
        confirmed + (sources > 1),
        _count_links(linked),
        b"".join(told),
    )


class _Groups(dict[bytes, tuple[bool, bool, bool, bool]]):
    """By the end of a line, whether its graph is merged, a source's, given by others, that of our links."""

    def __init__(self, names: GraphNames) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, end: bytes) -> tuple[bool, bool, bool, bool]:
        graph = end[: end.index(b">")].decode()
        names = self._names
        found = (
            names.in_default_graph(graph),
            graph.startswith(names.source("")),
            names.find_linkset(graph) is not None,
            graph == names.links,
        )
        self[end] = found
        return found


def _count_links(triples: Iterable[bytes]) -> Counter[tuple[str, str]]:
    """Count, by the namespace that they lead to and the predicate, the triples whose object is an IRI."""
    counter: Counter[tuple[str, str]] = Counter()
    for triple in triples:
        _, predicate, value = triple.decode().split(" ", 2)
        if value.startswith("<"):
            counter[namespace_of(value[1:-1]), predicate[1:-1]] += 1
    return counter
