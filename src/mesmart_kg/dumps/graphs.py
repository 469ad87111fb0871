"""The dumps in order of graphs, TriG and JSON-LD, from a dataset in order of subjects.

What a slice holds of a graph is a unit. A large one is written and packed with its slice. Small ones, such as
those of a source that tells a little of many things, are packed together: put in order of graphs by what the
notes on the slices say of them, and copied, each to its place, into one file; only those whose block is not
kept are. So a block is read in one piece, however many slices its graph is spread over.

What stands between two units depends on their graphs alone, and is packed on its own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from mesmart_kg.dumps.bundles import Bundle, make_bundle, open_bundle
from mesmart_kg.dumps.jsonld import NodeWriter, quote
from mesmart_kg.dumps.lines import (
    Terms,
    group_subjects,
    read_statements,
    split_triple,
    to_ntriples,
)
from mesmart_kg.dumps.packing import pack
from mesmart_kg.dumps.shop import Shop
from mesmart_kg.dumps.turtle import Shortener, indent, write_subject
from mesmart_kg.sorted_lines import Slice

_LARGE: Final = 800
"""Triples from which on a unit is a block of its own."""

_WANTED: Final = 512 * 1024
"""Bytes in a block of small units, more or less."""

_LONGEST: Final = 8 * _WANTED

Texts: TypeAlias = tuple[str, str]
"""TriG and JSON-LD."""

Written: TypeAlias = Mapping[str, tuple[list[tuple[str, list[str]]], str]]
"""For subjects of the default graph what they were written from, and their block in Turtle."""


class Unit(NamedTuple):
    """What a slice, by its number, holds of a graph: the bytes of its N-Triples and their digest.

    A large unit has neither.
    """

    graph: str
    slice: int
    size: int
    digest: str


class Block(NamedTuple):
    """Units that are packed together: a large one, or small ones.

    ``start`` is the place of small ones among all of these, in bytes; ``before`` the graph of what comes
    before; empty: nothing does.
    """

    units: tuple[Unit, ...]
    start: int
    before: str

    @property
    def is_large(self) -> bool:
        return not self.units[0].digest


def describe_unit(triples: Sequence[Terms]) -> tuple[int, str]:
    """Return what the note on a slice says of a unit: bytes and digest; nothing of a large one."""
    if len(triples) >= _LARGE:
        return 0, ""
    text = to_ntriples(triples)
    return len(text), hashlib.blake2b(text, digest_size=16).hexdigest()


def write_unit(triples: Iterable[Terms], shortener: Shortener, writer: NodeWriter, written: Written) -> Texts:
    """Return the texts of a unit, without what comes before it or after."""
    trig: list[str] = []
    jsonld: list[str] = []
    for subject, properties in group_subjects(triples):
        told, block = written.get(subject, ([], ""))
        same = told == properties
        trig.append(indent(block if same else write_subject((subject, properties), shortener)))
        jsonld.append(writer.write_node((subject, properties)))
    return "\n".join(trig), ",\n".join(jsonld)


def write_between(before: str, graph: str, shortener: Shortener) -> Texts:
    """Return what stands between two units of these graphs; before the first one if ``before`` is empty."""
    if graph == before:
        return "\n", ",\n"
    name = shortener[f"<{graph}>"]
    trig = ("}\n" if before else "") + f"\n{name} {{\n"
    return trig, ("\n]},\n" if before else "\n") + f'{{"@id":{quote(graph)},"@graph":[\n'


def arrange(notes: Sequence[Bundle]) -> list[Block]:
    """Return the blocks of all graphs, these in the order of their IRIs.

    Where a block of small units ends is decided by its last unit alone, as far as can be: a changed unit
    changes its block, and leaves the others as they are.
    """
    by_graph: dict[str, list[Unit]] = {}
    for number, bundle in enumerate(notes):
        for graph, (size, digest) in bundle.note["graphs"].items():
            by_graph.setdefault(graph, []).append(Unit(graph, number, size, digest))
    blocks: list[Block] = []
    held: list[Unit] = []
    place = size = 0
    # The graph before the units held, and that of the last unit of all.
    before = last = ""

    def end_block() -> None:
        nonlocal held, place, size, before
        if held:
            blocks.append(Block(tuple(held), place, before))
            place += size
        held, size, before = [], 0, last

    for graph in sorted(by_graph):
        for unit in by_graph[graph]:
            if not unit.digest:
                end_block()
                blocks.append(Block((unit,), 0, before))
                before = last = graph
                continue
            held.append(unit)
            size += unit.size
            last = graph
            # The chance that a block ends here grows with the unit.
            if int(unit.digest[:8], 16) * _WANTED < unit.size << 32 or size > _LONGEST:
                end_block()
    end_block()
    return blocks


def make_block_key(shop: Shop, block: Block) -> str:
    """Return the key under which a block of small units is kept."""
    first = block.units[0].graph
    relation = "first" if not block.before else "same" if block.before == first else "other"
    return shop.key("graphs", relation, *(text for unit in block.units for text in (unit.graph, unit.digest)))


def copy_units(shop: Shop, part: Slice, places: Mapping[str, int], target: Path) -> None:
    """Copy small units of a slice to their places in a file, which are given by graph."""
    by_graph = read_statements(shop.read(part), shop.names).by_graph
    descriptor = os.open(target, os.O_WRONLY)
    try:
        for graph, place in places.items():
            text = to_ntriples(by_graph[graph])
            while text:
                written = os.pwrite(descriptor, text, place)
                text, place = text[written:], place + written
    finally:
        os.close(descriptor)


def work_block(shop: Shop, block: Block, units: Path) -> Bundle:
    """Return the bundle of a block of small units, made from their file: blocks ``trig`` and ``jsonld``.

    Both begin with what stands before. The note has ``used``, the prefixes in the TriG.
    """
    shortener, writer = Shortener(shop.names.base), NodeWriter()
    texts: list[Texts] = []
    before = block.before
    for graph, data in _read_units(block, units):
        triples = map(split_triple, data.splitlines(keepends=True))
        texts.append(write_between(before, graph, shortener))
        texts.append(write_unit(triples, shortener, writer, {}))
        before = graph
    trig, jsonld = ("".join(each).encode() for each in zip(*texts, strict=True))
    bundle = make_bundle({"used": sorted(shortener.used)}, {"trig": pack(trig), "jsonld": pack(jsonld)})
    return open_bundle(shop.cache.keep(make_block_key(shop, block), bundle))


def _read_units(block: Block, units: Path) -> Iterator[tuple[str, bytes]]:
    with units.open("rb") as file:
        file.seek(block.start)
        for graph, same in groupby(block.units, key=lambda unit: unit.graph):
            yield graph, file.read(sum(unit.size for unit in same))
