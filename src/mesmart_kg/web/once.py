"""What is worked out once for the release that is served: a release never changes, so neither does this."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import RLock
from typing import Final, TypeVar

from flask import current_app

_KEY: Final = "mesmart.once"
_LOCKS: Final = "mesmart.once.locks"

T = TypeVar("T")


def once(key: Hashable, make: Callable[[], T]) -> T:
    """Return what ``make`` made of the key the first time; nothing is kept of what raised.

    Of requests at once one makes it, and the others wait for it. Keys are few: pages and languages, never
    anything that a client sends.
    """
    kept: dict[Hashable, T] = current_app.extensions.setdefault(_KEY, {})
    if key not in kept:
        locks: dict[Hashable, RLock] = current_app.extensions.setdefault(_LOCKS, {})
        with locks.setdefault(key, RLock()):
            if key not in kept:
                kept[key] = make()
    return kept[key]
