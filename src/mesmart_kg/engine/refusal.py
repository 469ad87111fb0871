"""What engines refuse: updates and calls of other endpoints, and queries that take too much memory."""

from __future__ import annotations

from typing import Final

from mesmart_kg.engine.protocol import Limits
from mesmart_kg.errors import QueryRefused, QueryTooLarge
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


def too_much_memory(limits: Limits) -> QueryTooLarge:
    """Return the error for a query that passed its limit of memory."""
    megabytes = limits.memory // (1024 * 1024)
    return QueryTooLarge(
        f"the query was ended because it took more than {megabytes} MB of memory; "
        "join fewer patterns without a shared variable, or sort and group fewer rows",
        "memory",
        limits.memory,
    )
