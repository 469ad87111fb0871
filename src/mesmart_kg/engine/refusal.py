"""What no engine of ours is ever asked: updates, and calls of other endpoints."""

from __future__ import annotations

from typing import Final

from mesmart_kg.errors import QueryRefused
from mesmart_kg.query_text import examine

UPDATE_REFUSED: Final = "This endpoint answers queries; it takes no updates."
SERVICE_REFUSED: Final = (
    "SERVICE is refused: this endpoint never asks another one. Ask both from your side, or download the data."
)


def refuse_what_leaves(query: str) -> None:
    """Raise QueryRefused for an update and for a call of SERVICE."""
    text = examine(query)
    if text.is_update:
        raise QueryRefused(UPDATE_REFUSED)
    if text.services:
        raise QueryRefused(SERVICE_REFUSED)
