"""The work on one slice of the dataset: whole subjects, some thousand lines.

First what needs nothing but the slice: its blocks of the dumps in order of subjects, its part of the shape of
tables, and the names of its things. Later its rows, when columns and names are known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from mesmart_kg.dumps.bundles import Bundle, make_bundle, open_bundle
from mesmart_kg.dumps.graphs import describe_unit, write_unit
from mesmart_kg.dumps.jsonld import NodeWriter
from mesmart_kg.dumps.lines import by_subject, group_subjects, read_statements, to_ntriples
from mesmart_kg.dumps.names import SECTION, Known, Names, make_section
from mesmart_kg.dumps.packing import Packed, pack
from mesmart_kg.dumps.rows import Cell, Kind, write_rows
from mesmart_kg.dumps.shop import Shop
from mesmart_kg.dumps.tables import Table
from mesmart_kg.dumps.things import ClassShape, Thing, find_things, list_uses
from mesmart_kg.dumps.turtle import Shortener, write_subject
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.sorted_lines import Slice
from mesmart_kg.work_cache import make_key

_TABLES: Final = "tables"
_THINGS: Final = "things"
"""Parts of a bundle: which things have rows and what they name; what their rows are written from."""


def work_slice(shop: Shop, part: Slice) -> Bundle:
    """Return the bundle of a slice, made unless it is kept.

    Its blocks are ``nq``, ``nt``, ``ttl`` and ``inferred``, and ``trig`` and ``jsonld`` of each large unit
    (see ``graphs``). Its note has

    * ``key``; ``first`` and ``last``, its subjects; ``quads``, ``triples`` and ``inferred``, counted;
    * ``used``, the prefixes in its Turtle; ``used_in_graphs``, those in its TriG;
    * ``graphs``: for each graph what ``describe_unit`` says;
    * ``classes``: for each class the shape of its things.
    """
    data = shop.read(part)
    key = shop.key("slice", hashlib.blake2b(data).hexdigest())
    path = shop.cache.find(key) or shop.cache.keep(key, _make_slice(data, shop.names, key))
    return open_bundle(path)


def _make_slice(data: bytes, names: GraphNames, key: str) -> bytes:
    default, by_graph = read_statements(data, names)
    subjects = list(group_subjects(default))
    inferred = by_graph.get(names.inferred, [])
    found = list(find_things(subjects, by_subject(inferred), names.base))
    things = [thing for thing, _ in found]
    shapes: dict[str, ClassShape] = {}
    for each in found:
        for iri in each.thing.classes:
            shapes.setdefault(iri, ClassShape()).add(each)
    tabled = {"things": [thing.iri for thing in things], "uses": list_uses(things)}
    shortener, writer = Shortener(names.base), NodeWriter()
    blocks = {subject: write_subject((subject, told), shortener) for subject, told in subjects}
    parts: dict[str, Packed | bytes] = {
        "nq": pack(data),
        "nt": pack(to_ntriples(default)),
        "ttl": pack("".join(f"\n{block}" for block in blocks.values()).encode()),
        "inferred": pack(to_ntriples(inferred)),
        SECTION: make_section(subjects),
        _TABLES: json.dumps(tabled, ensure_ascii=False).encode(),
        _THINGS: json.dumps([thing.to_json() for thing in things], ensure_ascii=False).encode(),
    }
    used = sorted(shortener.used)
    written = {subject: (told, blocks[subject]) for subject, told in subjects}
    graphs: dict[str, tuple[int, str]] = {}
    for graph, triples in by_graph.items():
        graphs[graph] = size, _ = describe_unit(triples)
        if not size:
            trig, jsonld = write_unit(triples, shortener, writer, written)
            parts |= {f"trig {graph}": pack(trig.encode()), f"jsonld {graph}": pack(jsonld.encode())}
    note = {
        "key": key,
        "first": data[: data.index(b" ")].decode(),
        "last": data[data.rfind(b"\n", 0, -1) + 1 :].split(b" ", 1)[0].decode(),
        "quads": data.count(b"\n"),
        "triples": len(default),
        "inferred": len(inferred),
        "used": used,
        "used_in_graphs": sorted(shortener.used),  # what the default graph uses some graph uses too
        "graphs": graphs,
        "classes": {iri: shape.to_json() for iri, shape in shapes.items()},
    }
    return make_bundle(note, parts)


class Resolved(NamedTuple):
    """What a slice's rows need of other slices.

    ``labelled``: the class, property and language of each column for which a label was found; ``digest`` is
    that of all that was found; ``early`` are the things whose rows come before the end of the slice before.
    """

    labelled: frozenset[tuple[str, str, str]]
    digest: str
    early: tuple[str, ...]


def resolve_names(bundle: Bundle, index: Path, before: str) -> Resolved:
    """Look up all things that the slice's things name; ``before`` is the last subject of the slice before."""
    names = Names(index)
    tabled = json.loads(bundle.read(_TABLES))
    labelled: set[tuple[str, str, str]] = set()
    found: list[Known] = []
    for classes, name, iris in tabled["uses"]:
        known = [names.find(iri) for iri in iris]
        found += known
        for language, any_label in (("it", any(k.it for k in known)), ("en", any(k.en for k in known))):
            if any_label:
                labelled |= {(iri, name, language) for iri in classes}
    early = tuple(iri for iri in tabled["things"] if before[1:-1].startswith(iri))
    return Resolved(frozenset(labelled), make_key(json.dumps(found)), early)


class Rows(NamedTuple):
    """Where the things of some rows are told: a slice's bundle, and those of its things that are meant.

    ``digest`` stands for the slice and all that its things name. ``moved`` things are left out; where
    ``only`` is given all others are.
    """

    bundle: Bundle
    digest: str
    classes: tuple[str, ...]
    moved: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None


def work_rows(shop: Shop, index: Path, plan: Path, sources: Sequence[Rows]) -> Bundle:
    """Return the bundle of the rows of one slice; those moved there from later ones are further sources.

    Its parts are the rows of each class, by the class's IRI.
    """
    cells = _read_plan(plan)
    classes = {iri: cells[iri] for source in sources for iri in source.classes}
    told = json.dumps([[source.digest, source.moved, source.only] for source in sources])
    key = shop.key("rows", told, json.dumps(classes))
    path = shop.cache.find(key)
    if path is None:
        things = sorted(
            chain.from_iterable(_read_things(source) for source in sources), key=lambda thing: thing.iri
        )
        names = Names(index)
        rows = {
            iri: write_rows([thing for thing in things if iri in thing.classes], columns, names).encode()
            for iri, columns in classes.items()
        }
        path = shop.cache.keep(key, make_bundle({}, {iri: text for iri, text in rows.items() if text}))
    return open_bundle(path)


def _read_things(source: Rows) -> list[Thing]:
    things = map(Thing.from_json, json.loads(source.bundle.read(_THINGS)))
    only = None if source.only is None else frozenset(source.only)
    return [
        thing for thing in things if thing.iri not in source.moved and (only is None or thing.iri in only)
    ]


def write_plan(folder: Path, tables: Sequence[Table]) -> Path:
    """Write where the cells of each table come from."""
    text = json.dumps({table.class_iri: table.cells for table in tables})
    path = folder / f"tables-{make_key(text)}.json"
    path.write_text(text, "utf-8")
    return path


@lru_cache(maxsize=2)
def _read_plan(path: Path) -> Mapping[str, tuple[Cell, ...]]:
    return {
        iri: tuple(Cell(Kind(kind), *rest) for kind, *rest in cells)
        for iri, cells in json.loads(path.read_text("utf-8")).items()
    }
