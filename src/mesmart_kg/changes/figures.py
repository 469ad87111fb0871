"""What two manifests tell of the change between them: figures only, at no cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mesmart_kg.release import Release


@dataclass(frozen=True)
class Step:
    """By how much the figures of a release differ from those of the one before it.

    ``classes`` maps the classes whose number of things differs to the difference, the largest first. A thing
    that came while another went does not show here: ``compare`` finds it.
    """

    triples: int
    entities: int
    sources: int
    classes: Mapping[str, int]
    is_same_data: bool


def compare_figures(before: Release, after: Release) -> Step:
    """Return the step from one release to the next."""
    old, new = before.manifest.figures, after.manifest.figures
    counts = {
        name: new["classes"].get(name, 0) - old["classes"].get(name, 0)
        for name in {*old["classes"], *new["classes"]}
    }
    changed = sorted(
        (name for name, count in counts.items() if count), key=lambda name: (-abs(counts[name]), name)
    )
    return Step(
        new["triples"] - old["triples"],
        new["entities"] - old["entities"],
        _count_sources(new) - _count_sources(old),
        {name: counts[name] for name in changed},
        before.manifest.dataset_sha256 == after.manifest.dataset_sha256,
    )


def _count_sources(figures: Mapping[str, Any]) -> int:
    return sum(1 for name in figures["graphs"] if "/graph/source/" in name)
