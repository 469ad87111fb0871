"""The real facts, read in pieces as a build does, are those that are read row by row."""

from __future__ import annotations

from pathlib import Path

from data_folder import Here

from mesmart_kg.facts import collect_facts
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.sorted_lines import merge_lines
from mesmart_kg.store import Dataset, canonical_nquads
from mesmart_kg.work_cache import WorkCache


def test_the_real_facts_are_collected_byte_for_byte(
    facts_dataset: Dataset, project: Path, tmp_path: Path
) -> None:
    with WorkCache.open(tmp_path / "work") as cache:
        collected = collect_facts(project / "data", NAMESPACE, cache, Here())
        merge_lines(collected.runs, tmp_path / "facts.nq")
        again = Here()

        assert (tmp_path / "facts.nq").read_bytes() == b"".join(canonical_nquads(facts_dataset.quads()))
        assert collect_facts(project / "data", NAMESPACE, cache, again) == collected
        assert again.asked == 0
