"""All commands: importing this registers them, in the order in which the reference describes them.

A command parses, calls one use case, prints. What it needs is imported when it runs: `mesmart --help` need
not wait for a reasoner.
"""

# ruff: noqa: I001 - the order counts

from __future__ import annotations

from mesmart_kg.cli import (  # noqa: F401
    making,
    serving,
    asking,
    shelf,
    loading,
    changes,
    linking,
    inbox,
    linksets,
    peers,
    starting,
    configuration,
)
from mesmart_kg.cli.group import mesmart

__all__ = ["mesmart"]
