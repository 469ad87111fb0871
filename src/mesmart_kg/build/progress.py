"""How far a build is: the names of its steps, and who is told."""

from __future__ import annotations

from typing import Final, Protocol

STEPS: Final = (
    "facts",
    "inference",
    "provenance",
    "validation",
    "dumps",
    "metadata",
    "release",
    "derived",
)
"""The names under which progress is told, in order. With ``release`` it is on the shelf; what comes after
could be made again from it."""


class Progress(Protocol):
    """Told how far a step is: ``done`` of ``total`` parts; a total of 0 is not known beforehand."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


def ignore_progress(step: str, done: int, total: int) -> None:
    """Tell nobody."""
