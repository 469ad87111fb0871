"""What is shown on a terminal: answers, releases and settings as tables, steps of the work as they pass.

Tables are data and go to standard output; steps are talk and go to standard error. IRIs are shortened by the
project's prefixes, numbers stand to the right, and a cell is never cut: it wraps.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mesmart_kg.namespaces import PREFIXES, compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mesmart_kg.build import Progress as Listener

_XSD: Final = PREFIXES["xsd"]
_NUMBERS: Final = frozenset(_XSD + name for name in ("integer", "decimal", "double", "float"))


def print_solutions(body: bytes, base_iri: str) -> None:
    """Print an answer in the SPARQL JSON results format: a table of solutions, or the word of an ASK."""
    answer = json.loads(body)
    if "boolean" in answer:
        sys.stdout.write("true\n" if answer["boolean"] else "false\n")
        return
    names: list[str] = answer["head"]["vars"]
    rows: list[dict[str, Any]] = answer["results"]["bindings"]
    numeric = {name for name in names if rows and all(_is_number(row.get(name)) for row in rows)}
    table = _new_table()
    for name in names:
        table.add_column(name, justify="right" if name in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name), base_iri) for name in names))
    _console().print(table)
    say(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text under their column names."""
    table = _new_table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    _console().print(table)


def shorten(iri: str, base_iri: str) -> str:
    """Return a prefixed name, or the IRI in angle brackets: relative to the base where it begins with it."""
    name = compact(iri)
    return f"<{iri.removeprefix(base_iri)}>" if name.startswith("<") else name


def say(message: str) -> None:
    """Tell the person something that is no data."""
    sys.stderr.write(message + "\n")


@contextmanager
def steps() -> Iterator[Listener]:
    """Yield a function that is told how far each step is: bars on a terminal, plain lines in a log.

    A step that does not know beforehand how many parts it has shows a moving bar.
    """
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _log_steps()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=None)
            progress.update(tasks[step], completed=done, total=total or None)

        yield show


def _log_steps() -> Listener:
    """Return a function that says each step's beginning, and its end where it counted."""
    begun = time.monotonic()

    def log(step: str, done: int, total: int) -> None:
        if done == 0:
            say(f"{time.monotonic() - begun:6.1f} s  {step}")
        elif done == total and total > 1:
            say(f"{time.monotonic() - begun:6.1f} s  {step}: {total:,}")

    return log


def _new_table() -> Table:
    return Table(box=SIMPLE_HEAD, show_edge=False, header_style="bold", pad_edge=False)


def _console() -> Console:
    """Return a console for data; without a terminal it is so wide that nothing wraps."""
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=100_000)


def _cell(term: dict[str, str] | None, base_iri: str) -> Text:
    if term is None:
        return Text("")
    if term["type"] == "uri":
        return Text(shorten(term["value"], base_iri))
    if term["type"] == "bnode":
        return Text(f"_:{term['value']}")
    language = term.get("xml:lang")
    return Text(term["value"] + (f" @{language}" if language else ""))


def _is_number(term: dict[str, str] | None) -> bool:
    return term is None or term.get("datatype") in _NUMBERS
