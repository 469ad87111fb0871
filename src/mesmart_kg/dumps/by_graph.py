"""TriG and JSON-LD of the whole dataset: their blocks, and who makes those that are not kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor
from itertools import repeat
from pathlib import Path

from mesmart_kg.dumps.bundles import Bundle, open_bundle
from mesmart_kg.dumps.graphs import Block, arrange, copy_units, make_block_key, work_block, write_between
from mesmart_kg.dumps.jsonld import CONTEXT
from mesmart_kg.dumps.packing import Packed, Stored, pack
from mesmart_kg.dumps.shop import Meter, Shop
from mesmart_kg.dumps.turtle import Shortener, declare
from mesmart_kg.sorted_lines import Slice


def pack_declarations(used: Collection[str], base_iri: str) -> Packed:
    """Return the block that a Turtle or TriG file begins with, by the prefixes used."""
    return pack("".join(declare(used, base_iri)).encode())


def work_graphs(
    shop: Shop,
    slices: Sequence[Slice],
    bundles: Sequence[Bundle],
    folder: Path,
    work: Executor,
    meter: Meter,
) -> tuple[list[Packed | Stored], list[Packed | Stored]]:
    """Return the blocks of the TriG and of the JSON-LD."""
    blocks = arrange(bundles)
    small = _work_small(shop, slices, blocks, folder, work, meter)
    shortener = Shortener(shop.names.base)
    used = {prefix for bundle in bundles for prefix in bundle.note["used_in_graphs"]}
    trig: list[Packed | Stored] = []
    jsonld: list[Packed | Stored] = []
    for block in blocks:
        if block.is_large:
            (unit,) = block.units
            between = write_between(block.before, unit.graph, shortener)
            bundle = bundles[unit.slice]
            trig += pack(between[0].encode()), bundle.block(f"trig {unit.graph}")
            jsonld += pack(between[1].encode()), bundle.block(f"jsonld {unit.graph}")
        else:
            bundle = next(small)
            used.update(bundle.note["used"])
            trig.append(bundle.block("trig"))
            jsonld.append(bundle.block("jsonld"))
    head = pack_declarations(used | shortener.used, shop.names.base)
    opening = pack(f'{{"@context":{CONTEXT},"@graph":['.encode())
    closing = pack(b"\n]}\n]}\n" if blocks else b"\n]}\n")
    return [head, *trig, pack(b"}\n" if blocks else b"")], [opening, *jsonld, closing]


def _work_small(
    shop: Shop, slices: Sequence[Slice], blocks: Sequence[Block], folder: Path, work: Executor, meter: Meter
) -> Iterator[Bundle]:
    """Return the bundles of the blocks of small units."""
    wanted = [block for block in blocks if not block.is_large]
    kept = [shop.cache.find(make_block_key(shop, block)) for block in wanted]
    missing = [block for block, path in zip(wanted, kept, strict=True) if path is None]
    places: dict[int, dict[str, int]] = defaultdict(dict)
    for block in missing:
        place = block.start
        for unit in block.units:
            places[unit.slice][unit.graph] = place
            place += unit.size
    units = folder / "units.nt"
    units.touch()
    for copy in [work.submit(copy_units, shop, slices[n], wanted, units) for n, wanted in places.items()]:
        copy.result()
    made = work.map(work_block, repeat(shop), missing, repeat(units))
    bundles = iter(list(meter.follow(made, len(missing), 60, 75)))
    units.unlink()
    return (open_bundle(path) if path else next(bundles) for path in kept)
