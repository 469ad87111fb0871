"""Templates, compiled once for the life of the process.

Each release that comes to be served has an application of its own, which would compile them again: two
seconds in which everybody's answers are slower. What is compiled depends on a template's text alone, which is
compared; no template applies one of our filters to a constant whose outcome a release or a setting decides.
"""

from __future__ import annotations

from functools import cache

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

__all__ = ["compiled_templates"]


class _InMemory(BytecodeCache):
    """Keeps what is compiled; some 2 MB."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._kept.get(bucket.key)
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@cache
def compiled_templates() -> BytecodeCache:
    """Return what all applications of this process share."""
    return _InMemory()
