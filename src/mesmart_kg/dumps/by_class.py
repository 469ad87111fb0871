"""The tables of the whole dataset: what they look like, and who makes which rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import chain, repeat
from pathlib import Path

from mesmart_kg.dumps.bundles import Bundle
from mesmart_kg.dumps.names import Names
from mesmart_kg.dumps.packing import Written
from mesmart_kg.dumps.shop import Meter, Shop
from mesmart_kg.dumps.slices import Resolved, Rows, resolve_names, work_rows, write_plan
from mesmart_kg.dumps.tables import Table, plan_tables
from mesmart_kg.dumps.things import ClassShape
from mesmart_kg.work_cache import make_key


def work_tables(
    shop: Shop,
    bundles: Sequence[Bundle],
    index: Path,
    folder: Path,
    work: Executor,
    meter: Meter,
) -> tuple[tuple[Table, ...], list[Bundle]]:
    """Return the tables, and the bundles of their rows."""
    lasts: list[str] = [bundle.note["last"] for bundle in bundles]
    looks = work.map(resolve_names, bundles, repeat(index), ["", *lasts[:-1]], chunksize=4)
    resolved = list(meter.follow(looks, len(bundles), 75, 80))
    shapes: dict[str, ClassShape] = {}
    for bundle, found in zip(bundles, resolved, strict=True):
        for iri, told in bundle.note["classes"].items():
            shapes.setdefault(iri, ClassShape()).merge(ClassShape.from_json(told))
        for iri, name, language in found.labelled:
            shapes[iri].labelled.add((name, language))
    tables = plan_tables(shapes, Names(index))
    plan = write_plan(folder, tables)
    sources = [each for each in _share_rows(bundles, resolved, lasts) if any(e.classes for e in each)]
    made = work.map(work_rows, repeat(shop), repeat(index), repeat(plan), sources, chunksize=4)
    return tables, list(meter.follow(made, len(sources), 80, 90))


def _share_rows(
    bundles: Sequence[Bundle], resolved: Sequence[Resolved], lasts: Sequence[str]
) -> list[list[Rows]]:
    """Return for each slice where the things of its rows are told: there, and now and then in later slices.

    What comes before the end of the slice before begins that slice's last subject. It belongs to the first
    slice whose last subject it begins, since whatever stands between them begins with it too.
    """
    digests = [
        make_key(bundle.note["key"], found.digest) for bundle, found in zip(bundles, resolved, strict=True)
    ]
    shared = [
        [Rows(bundle, digest, tuple(bundle.note["classes"]), moved=found.early)]
        for bundle, digest, found in zip(bundles, digests, resolved, strict=True)
    ]
    for number, found in enumerate(resolved):
        for iri in found.early:
            place = number - 1
            while place and lasts[place - 1][1:-1].startswith(iri):
                place -= 1
            shared[place].append(shared[number][0]._replace(moved=(), only=(iri,)))
    return shared


def write_table(target: Path, head: bytes, class_iri: str, sources: Sequence[Bundle]) -> Written:
    """Write the file of one class from the bundles of its rows."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        for text in chain((head,), (source.read(class_iri) for source in sources)):
            file.write(text)
            digest.update(text)
            size += len(text)
    return Written(size, digest.hexdigest(), "")
