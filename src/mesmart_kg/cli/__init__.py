"""The command line: the only room that knows the terminal.

A command parses, calls one use case, prints. Data go to standard output, talk to standard error. Exit codes:
0 done, 1 the data were refused, 2 usage or configuration, 3 a release or an engine is missing, damaged or
silent, 130 interrupted at the keyboard. Errors become exit codes here, once.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import click

from mesmart_kg.cli.commands import mesmart
from mesmart_kg.cli.tables import say
from mesmart_kg.errors import (
    ConfigError,
    FactError,
    MesmartError,
    NotConformant,
    QueryRefused,
    QuerySyntaxError,
    RuleError,
    ShapeError,
)

__all__ = ["exit_code", "main", "mesmart"]

REFUSED: Final = 1
MISUSED: Final = 2
MISSING: Final = 3
INTERRUPTED: Final = 130
"""What shells report of a process that SIGINT ended: 128 and the signal's number."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        # Not Click's own ending, to which an interruption is the code that here means refused data.
        sys.exit(mesmart.main(prog_name="mesmart", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        say("mesmart: interrupted")
        sys.exit(INTERRUPTED)
    except MesmartError as error:
        if isinstance(error, NotConformant):
            from mesmart_kg.validation import to_text  # a reasoner's weight, for the one case that needs it

            say(to_text(error.report))
        say(f"mesmart: {error}")
        sys.exit(exit_code(type(error)))
    except BrokenPipeError:
        # Whoever read our output has enough (`mesmart query … | head`). Python would complain once more at
        # its end, when it flushes what nobody reads.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def exit_code(error: type[MesmartError]) -> int:
    """Return the exit code for a class of error."""
    if issubclass(error, FactError | RuleError | ShapeError | NotConformant):
        return REFUSED
    if issubclass(error, ConfigError | QuerySyntaxError | QueryRefused):
        return MISUSED
    return MISSING
