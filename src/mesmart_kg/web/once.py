"""What is worked out once for the release that is served: a release never changes, so neither does this."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, TypeVar

from flask import current_app

_KEY: Final = "mesmart.once"

T = TypeVar("T")


def once(key: Hashable, make: Callable[[], T]) -> T:
    """Return what ``make`` made of the key the first time; nothing is kept of what raised.

    Keys are few: pages and languages, never anything that a client sends.
    """
    kept: dict[Hashable, T] = current_app.extensions.setdefault(_KEY, {})
    if key not in kept:
        kept.setdefault(key, make())  # of two requests at once, both get what the first one made
    return kept[key]
