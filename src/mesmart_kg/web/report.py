"""A release's validation report as a page shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mesmart_kg.errors import ReleaseDamaged


def read_report(path: Path) -> Any:
    """Read ``validation.json``. Raises ReleaseDamaged when it can't be read."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseDamaged("the validation report of this release can't be read") from error
