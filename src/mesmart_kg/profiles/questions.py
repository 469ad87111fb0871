"""The questions that profiles ask: SPARQL texts with one blank, the thing that the page is about.

A question is asked as short as can be: without names, which the label index knows in one go. What a reader is
offered as "the query that made it" is the same with the names added, and runs as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from string import Template
from textwrap import dedent
from typing import Final

from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.store import NamedNode

MOST: Final = 2000
"""Rows that a question gives at most, unless it says otherwise: no page is longer than people read."""

_PREFIXED: Final = re.compile(r"(?<![\w<:/?#-])([a-z][a-z0-9-]*):(?=[A-Za-z])")
_IRIS: Final = re.compile(r"<[^>\s]*>")
_VARIABLE: Final = re.compile(r"\?(\w+)")
_PLAIN_ORDER: Final = re.compile(r"\?\w+(?: \?\w+)*")


@dataclass(frozen=True)
class Question:
    """A SELECT query in its parts; ``$this`` in ``where`` stands for the thing, ``$base`` for the base IRI.

    ``named`` are the variables whose names a reader wants beside them; ``extra`` is what only a reader wants
    to see calculated, with the variable that holds it.
    """

    variables: str
    where: str
    order: str = ""
    limit: int = MOST
    group: str = ""
    named: tuple[str, ...] = ()
    extra: tuple[str, str] = ("", "")

    @property
    def sorted_by(self) -> tuple[str, ...]:
        """The variables that it is sorted by, if it is by these as they are; none if the engine must sort.

        A store on disk looks up every value that it compares, which takes a thousand times as long as to
        compare them here; so what is plain is asked without an order.
        """
        return tuple(_VARIABLE.findall(self.order)) if _PLAIN_ORDER.fullmatch(self.order) else ()

    def text(self, iri: str, base: str) -> str:
        """Return the query as it is asked about a thing, whose answer is still to be sorted by ``sorted_by``.

        Raises ValueError if that is no IRI.
        """
        order = "" if self.sorted_by else self.order
        return replace(self, order=order)._write(self.variables, dedent(self.where).strip(), iri, base)

    def offered(self, iri: str, base: str, language: str) -> str:
        """Return the query as a reader may run and change it, with names in that language."""
        variables, where = self.variables, dedent(self.where).strip()
        if not self.group:
            for variable in self.named:
                variables = re.sub(rf"\?{variable}\b", f"?{variable} ?{variable}Name", variables, count=1)
                where = _with_name(where, variable, language)
        if self.extra[0]:
            variables += f" ?{self.extra[0]}"
            where += f"\n{self.extra[1]}"
        return self._write(variables, where, iri, base)

    def _write(self, variables: str, where: str, iri: str, base: str) -> str:
        # What is put into a query is read as an IRI first: nothing else gets through.
        filled = Template(where).substitute(this=str(NamedNode(iri)), base=base)
        inner = "\n".join(f"  {line}" for line in filled.splitlines())
        lines = [f"SELECT DISTINCT {variables}", "WHERE {", inner, "}"]
        lines += [f"GROUP BY {self.group}"] if self.group else []
        lines += [f"ORDER BY {self.order}"] if self.order else []
        lines += [f"LIMIT {self.limit}", ""]
        body = "\n".join(lines)
        used = {found.group(1) for found in _PREFIXED.finditer(_IRIS.sub("<>", body))}
        head = [f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items() if name in used]
        return "\n".join([*head, "", body])


def _with_name(where: str, variable: str, language: str) -> str:
    """Return a pattern that asks for the name of a variable's value as well, wherever there is a value.

    What is told in an OPTIONAL has its name asked there: outside of it a variable without a value would match
    whatever has a name.
    """
    name = (
        f"OPTIONAL {{ ?{variable} skos:prefLabel ?{variable}Name . "
        f'FILTER(LANG(?{variable}Name) = "{language}") }}'
    )
    first = re.search(rf"\?{variable}\b", where)
    start, end = _find_group(where, first.start()) if first else (0, 0)
    if not end or not where[:start].rstrip().endswith("OPTIONAL"):
        return f"{where}\n{name}"
    return f"{where[: end - 1].rstrip()} {name} {where[end - 1 :]}"


def _find_group(text: str, place: int) -> tuple[int, int]:
    """Return where the innermost group around a place begins and ends, braces included; twice 0 for none."""
    opened: list[int] = []
    for found in re.finditer("[{}]", text):
        if found.group() == "{":
            opened.append(found.start())
        elif (start := opened.pop()) < place < found.end():
            return start, found.end()
    return 0, 0
