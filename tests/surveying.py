"""A small dataset in memory as the file that a build works on, surveyed and counted."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mesmart_kg.metadata import Counts, Survey, ask, count, survey
from mesmart_kg.metadata.uses import count_lines, sum_up
from mesmart_kg.namespaces import GraphNames
from mesmart_kg.sorted_lines import sort_lines
from mesmart_kg.store import Dataset, canonical_nquads


def survey_dataset(dataset: Dataset, names: GraphNames) -> Survey:
    """Return the survey of a dataset's named graphs; the files of the merge are gone."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as work:
        statements = Path(folder, "statements.nq")
        sort_lines(canonical_nquads(dataset.quads()), statements)
        return survey(statements, names, Path(folder), work)


def count_dataset(dataset: Dataset, surveyed: Survey, names: GraphNames) -> Counts:
    """Return the figures of a dataset's default graph and of its survey."""
    counted = sum_up([count_lines(dataset.canonical_lines(), names.base)])
    return count(counted, ask(dataset), surveyed, {}, names)
