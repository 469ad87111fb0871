"""The figures of a release as pages show them, read from its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mesmart_kg.namespaces import CC

if TYPE_CHECKING:
    from mesmart_kg.release import Release

DUMPS: Final = "dumps/"
_ORDER: Final = (
    "default.ttl.gz",
    "default.nt.gz",
    "dataset.trig.gz",
    "dataset.nq.gz",
    "dataset.jsonld.gz",
    "inferred.nt.gz",
)
"""Dumps in the order in which they are offered; tables follow by name."""


@dataclass(frozen=True)
class Dump:
    """A file to download; ``is_table`` for the CSV table of one class, and what describes the tables."""

    name: str
    bytes: int
    sha256: str

    @property
    def is_table(self) -> bool:
        return self.name.endswith((".csv", ".csv.gz", "csv-metadata.json"))


def list_dumps(release: Release) -> list[Dump]:
    """Return the dumps of a release, those of all data first; checksums' own file left out."""
    dumps = [
        Dump(entry.path.removeprefix(DUMPS), entry.bytes, entry.sha256)
        for entry in release.manifest.files
        if entry.path.startswith(DUMPS) and not entry.path.endswith("SUMS")
    ]
    places = {name: place for place, name in enumerate(_ORDER)}
    return sorted(dumps, key=lambda dump: (places.get(dump.name, len(_ORDER)), dump.name))


def count_class(release: Release, name: str) -> int:
    """Return how many instances a class of ours has, by its local name such as ``City``."""
    return int(release.manifest.figures["classes"].get(CC + name, 0))


def count_sources(release: Release, base_iri: str) -> int:
    """Return how many sources state something: each has a graph of its own."""
    prefix = f"{base_iri}graph/source/"
    return sum(1 for name in release.manifest.figures["graphs"] if name.startswith(prefix))
