"""Solutions as a VALUES clause, which every engine reads the same.

Blank nodes can't stand in VALUES. Each becomes an IRI ``urn:uuid:…``, another one for every clause, since
blank nodes of two answers are never the same (RDF 1.1 Concepts, section 3.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID, uuid4, uuid5

from mesmart_kg.engine.protocol import Solution, Solutions
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term

NOTHING_BOUND: Final = Solutions((), ({},))
"""One solution without bindings, with which a join changes nothing."""

_VARIABLE: Final = re.compile(r"\w+")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def check_variables(solutions: Solutions) -> None:
    """Raise ValueError for the name of a variable that SPARQL does not allow, or that is there twice."""
    for name in solutions.variables:
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            raise ValueError(f"not the name of a variable: {name!r}")
    if len(set(solutions.variables)) < len(solutions.variables):
        raise ValueError("a variable is there twice")


def to_values(solutions: Solutions) -> str:
    """Return the solutions as a VALUES clause, on one line.

    Raises ValueError as :func:`check_variables` does.
    """
    check_variables(solutions)
    call = uuid4()
    rows = (" ".join(to_text(row.get(name), call) for name in solutions.variables) for row in solutions.rows)
    return write_values(solutions.variables, rows)


def write_values(names: Iterable[str], rows: Iterable[str]) -> str:
    """Return a VALUES clause of these variables, each row the text of its terms."""
    head = " ".join(f"?{name}" for name in names)
    return f"VALUES ({head}) {{ " + "".join(f"({row}) " for row in rows) + "}"


def to_text(term: Term | None, call: UUID) -> str:
    """Return a term as it stands in VALUES; blank nodes are those of one ``call``."""
    match term:
        case None:
            return "UNDEF"
        case NamedNode():
            return f"<{term.value}>"
        case BlankNode():
            return f"<urn:uuid:{uuid5(call, term.value)}>"
        case Literal():
            if term.language is not None:
                return f"{quote(term.value)}@{term.language}"
            return f"{quote(term.value)}^^<{term.datatype.value}>"


def quote(text: str) -> str:
    """Return a text as a string of SPARQL."""
    value = text.translate(_ESCAPES)
    # Where escapes are resolved before anything else, `\\u0022` must not become a quote.
    value = value.replace("\\u", "\\\\u0075").replace("\\U", "\\\\u0055")
    return f'"{value}"'


def merge(answers: Sequence[Solutions]) -> Solutions:
    """Return the rows of several answers as one."""
    variables: dict[str, None] = {}
    rows: list[Solution] = []
    for answer in answers:
        variables.update(dict.fromkeys(answer.variables))
        rows += answer.rows
    return Solutions(tuple(variables), tuple(rows))


def has_blank_nodes(solutions: Solutions) -> bool:
    """Tell whether a blank node is among the terms."""
    return any(isinstance(term, BlankNode) for row in solutions.rows for term in row.values())
