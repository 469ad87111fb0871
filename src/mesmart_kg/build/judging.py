"""The verdict on the facts, and what the engine that gives it counts besides.

Both are kept by the digest of what they are drawn from: where neither data nor shapes have changed, nothing
is loaded at all. They are the work of a process of its own, whose memory is given back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import rdflib

from mesmart_kg import formats, metadata, validation
from mesmart_kg.metadata import Asked, Gap, Quality, Survey
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import Dataset
from mesmart_kg.work_cache import WorkCache, code_digest, make_key

_IN_MEMORY: Final = 3
"""Bytes of memory that the engine needs for a byte of N-Triples, measured: 2.6 at a million triples."""


@dataclass(frozen=True)
class Case:
    """What is judged: the merge of the asserted graphs, ``provenance`` among them, against the shapes.

    ``law`` is the digest of the files of shapes. ``inferred`` are added to what is counted; None: nothing is
    counted. ``store`` is where the data are put if they would take more than ``memory`` bytes.
    """

    names: GraphNames
    survey: Survey
    provenance: Path
    inferred: Path | None
    shapes: rdflib.Graph
    law: str
    day: date
    store: Path
    memory: int


@dataclass(frozen=True)
class Found:
    """What the engine tells of the default graph besides."""

    asked: Asked
    quality: Quality
    examples: tuple[str, ...]
    period: tuple[str, str] | None


@dataclass(frozen=True)
class Judged:
    """A packed report (``validation.unpack_report``), whether it stops the build, and what else was found.

    Nothing is where that was not asked for, or the report stops the build.
    """

    report: bytes
    is_refused: bool
    found: Found | None


def judge(case: Case, cache: WorkCache) -> Judged:
    """Validate what is asserted; then add what follows from it, and count. Raises ShapeError."""
    asserted = (*case.survey.merged, case.provenance)
    data = _hash_files(asserted)
    rooms = ("validation", "store", "namespaces", "formats")
    law = make_key(code_digest(*rooms), case.law, data, case.names.base)
    kept = cache.find(law)
    engine = _Engine(case, asserted)
    if kept is None:
        report_iri = f"{case.names.base}report/validation"
        report = validation.validate(engine.open(), case.shapes, report_iri)
        kept = cache.keep(law, validation.pack_report(report))
    packed = kept.read_bytes()
    report = validation.unpack_report(packed)
    if case.inferred is None or report.violations:
        return Judged(packed, bool(report.violations), None)
    numbers = len(report.violations), len(report.warnings), case.survey.confirmed, case.survey.stated
    what = make_key(
        code_digest("metadata", *rooms),
        data,
        _hash_files([case.inferred]),
        json.dumps([case.names.base, case.day.isoformat(), *numbers]),
    )
    known = cache.find(what)
    if known is not None:
        return Judged(packed, False, _read_found(json.loads(known.read_bytes())))
    dataset = engine.open()
    dataset.load_file(case.inferred, formats.NTRIPLES)
    found = Found(
        metadata.ask(dataset),
        metadata.measure(dataset, case.survey, case.day, len(report.violations), len(report.warnings)),
        metadata.find_examples(dataset),
        metadata.find_period(dataset),
    )
    cache.keep(what, _write_found(found))
    return Judged(packed, False, found)


class _Engine:
    """The asserted data, loaded when they are first asked for."""

    def __init__(self, case: Case, parts: Sequence[Path]) -> None:
        self._case = case
        self._parts = parts
        self._dataset: Dataset | None = None

    def open(self) -> Dataset:
        if self._dataset is None:
            size = sum(path.stat().st_size for path in self._parts) * _IN_MEMORY
            self._dataset = Dataset(folder=self._case.store if size > self._case.memory else None)
            for path in self._parts:
                self._dataset.load_file(path, formats.NTRIPLES)
        return self._dataset


def _hash_files(paths: Iterable[Path]) -> bytes:
    """Return the digest of files one after the other, however they are cut."""
    digest = hashlib.blake2b()
    for path in paths:
        with path.open("rb") as file:
            while part := file.read(1024 * 1024):
                digest.update(part)
    return digest.digest()


def _write_found(found: Found) -> bytes:
    asked = {"objects": found.asked.objects, "property_objects": dict(found.asked.property_objects)}
    document = {
        "asked": asked,
        "quality": asdict(found.quality),
        "examples": found.examples,
        "period": found.period,
    }
    return json.dumps(document).encode()


def _read_found(told: dict[str, Any]) -> Found:
    gaps = tuple(Gap(**gap) for gap in told["quality"].pop("gaps"))
    return Found(
        Asked(**told["asked"]),
        Quality(**told["quality"], gaps=gaps),
        tuple(told["examples"]),
        None if told["period"] is None else (told["period"][0], told["period"][1]),
    )
