"""What the tests of the facts share."""

from __future__ import annotations

from pathlib import Path

import pytest
from data_folder import Facts


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """An empty folder of facts."""
    return Facts(tmp_path / "data")
