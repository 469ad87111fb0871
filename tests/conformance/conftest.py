"""The suites of the standards ask a hundred servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hatchery import Hatchery, hatching


@pytest.fixture(scope="module")
def hatchery() -> Iterator[Hatchery]:
    """Where servers begin without loading the package anew."""
    with hatching() as here:
        yield here
