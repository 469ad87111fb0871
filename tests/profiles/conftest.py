"""Readers of profiles: over a small league, and over the real release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from league import BASE, LEAGUE, ReadProfile, open_sources

from mesmart_kg.preview import PreviewFile, preview
from mesmart_kg.profiles import READERS, Sources


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    """What profiles are read from: an engine that holds the league, and the index of its names."""
    folder = tmp_path_factory.mktemp("league")
    file = folder / "league.trig"
    file.write_text(LEAGUE, "utf-8")
    with preview([PreviewFile(file)], BASE, union=True) as shelf:
        yield from open_sources(shelf.current(), folder)


@pytest.fixture(scope="session")
def profile(sources: Sources) -> ReadProfile:
    """Read a profile by its reader's key and the end of the thing's IRI, in Italian unless said otherwise."""

    def read(key: str, name: str, *languages: str) -> Any:
        return READERS[key](sources, f"{BASE}id/{name}", languages or ("it",))

    return read
