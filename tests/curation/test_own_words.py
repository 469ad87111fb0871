"""What the project says, it says in words of its own: no run of seven words is the notice's.

Compared is every text file that the project publishes, in whatever language, with the notice in
``../shared/source``. Names are no one's words: the notice's own title, and those of ``NAMES``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesmart_kg.namespaces import GraphNames
from mesmart_kg.store import Dataset, Literal

LENGTH = 7
FOLDERS = ("data", "docs", "ontology", "queries", "shapes", "src")
SUFFIXES = {".csv", ".html", ".json", ".md", ".po", ".py", ".rq", ".ttl", ".yml"}
NAMES = (
    "Il Comune di Messina aderisce alle più importanti Community Smart City europee",
    "The Smart City Association Italy (TSCAI)",
    "Cluster Tecnologico Nazionale SmartCommunitiesTech",
)


def runs(text: str) -> set[tuple[str, ...]]:
    """Return every run of LENGTH words, whatever stands between them."""
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[start : start + LENGTH]) for start in range(len(words) - LENGTH + 1)}


@pytest.fixture(scope="module")
def theirs(shared: Path) -> set[tuple[str, ...]]:
    notice = (shared / "source" / "messina-communities.it.txt").read_text(encoding="utf-8")
    return runs(notice) - {run for name in NAMES for run in runs(name)}


def published(project: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (path for path in (project / folder).rglob("*") if path.suffix in SUFFIXES)
    yield from project.glob("*.md")


def test_no_file_shares_seven_words_in_a_row_with_the_notice(
    project: Path, theirs: set[tuple[str, ...]]
) -> None:
    found = {
        path.relative_to(project).as_posix(): sorted(" ".join(run) for run in shared_runs)
        for path in published(project)
        if (shared_runs := runs(path.read_text(encoding="utf-8")) & theirs)
    }

    assert len(theirs) > 300
    assert found == {}


@pytest.mark.parametrize("language", ["it", "en"])
def test_what_the_notice_states_is_told_in_other_words(
    facts_dataset: Dataset, names: GraphNames, theirs: set[tuple[str, ...]], language: str
) -> None:
    """Statement by statement, so that two of them that stand side by side can't hide a run."""
    ours = [
        quad.object.value
        for quad in facts_dataset.quads(names.source("messina-2021"))
        if isinstance(quad.object, Literal) and quad.object.language == language
    ]

    assert len(ours) > 20
    assert [text for text in ours if runs(text) & theirs] == []


def test_a_sentence_of_the_notice_would_be_found(shared: Path, theirs: set[tuple[str, ...]]) -> None:
    notice = (shared / "source" / "messina-communities.it.txt").read_text(encoding="utf-8")
    sentence = next(line for line in notice.splitlines() if line.startswith("Attraverso"))

    assert runs(f"Leggiamo: «{sentence[:120]}»") & theirs
