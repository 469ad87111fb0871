"""Rules of one pattern, worked on the lines of a file: no query, and no term that becomes an object.

Most axioms are such rules (a class below a class, a property and its inverse), and most of what is inferred
follows from them. To write one line for another takes a tenth of the time that the engine needs, and the
lines never have to be in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from rdflib import RDF, URIRef, Variable

from mesmart_kg.inference.patterns import Reading

_PLAIN_IRI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[!#-;=?-\[\]_a-z~]*", re.IGNORECASE | re.ASCII)
_END: Final = b".\n"


@dataclass(frozen=True)
class Rewrite:
    """A rule of one pattern: which lines it takes, and what it writes for each.

    ``term`` is the IRI of the term of the lines. A line has to have this ``predicate``, and this ``subject``
    and ``value`` unless they are None; the same as both if ``is_loop``. Each of ``makes`` names three of the
    subject (0), predicate (1) and object (2) of the line and the ``constants`` (from 3 on).
    """

    term: str
    subject: bytes | None
    predicate: bytes
    value: bytes | None
    is_loop: bool
    constants: tuple[bytes, ...]
    makes: tuple[tuple[int, int, int], ...]

    def apply(self, lines: Iterable[bytes]) -> list[bytes]:
        """Return the conclusions of some lines of N-Triples, one line each, in no order, perhaps repeated.

        A literal can't be a subject: what would have one is left out, as CONSTRUCT does.
        """
        found: list[bytes] = []
        constants = [*self.constants, _END]
        end = 2 + len(constants)
        for line in lines:
            fields = line[:-3].split(b" ", 2)
            if fields[1] != self.predicate or not self._matches(fields):
                continue
            fields += constants
            for first, middle, last in self.makes:
                subject = fields[first]
                if subject[0] != 0x22:  # a quotation mark
                    found.append(b" ".join((subject, fields[middle], fields[last], fields[end])))
        return found

    def _matches(self, fields: list[bytes]) -> bool:
        return (
            (self.value is None or fields[2] == self.value)
            and (self.subject is None or fields[0] == self.subject)
            and not (self.is_loop and fields[0] != fields[2])
        )


def find_rewrite(reading: Reading) -> Rewrite | None:
    """Return the way to work a rule on lines; None for one that needs the engine."""
    if not reading.is_single or not reading.template:
        return None
    subject, predicate, value = reading.certain[0]
    ends = {place: term for place, term in ((0, subject), (2, value)) if not isinstance(term, Variable)}
    named = (*ends.values(), predicate, *(triple[1] for triple in reading.template))
    is_of_any_class = predicate == RDF.type and 2 not in ends
    if is_of_any_class or not all(map(_is_plain, named)):
        return None
    slots = {value: 2, subject: 0} if subject != value else {subject: 0}
    slots = {term: place for term, place in slots.items() if isinstance(term, Variable)}
    constants: list[bytes] = []
    for term in (term for triple in reading.template for term in triple):
        if term not in slots:
            if not _is_plain(term):
                return None
            slots[term] = 3 + len(constants)
            constants.append(_to_token(term))
    first, middle, last = ([slots[triple[place]] for triple in reading.template] for place in range(3))
    return Rewrite(
        term=str(value if predicate == RDF.type else predicate),
        subject=_to_token(subject) if 0 in ends else None,
        predicate=_to_token(predicate),
        value=_to_token(value) if 2 in ends else None,
        is_loop=subject == value,
        constants=tuple(constants),
        makes=tuple(zip(first, middle, last, strict=True)),
    )


def _is_plain(term: Any) -> bool:
    """Tell whether a term is an IRI that stands in a line as it stands in a query."""
    return isinstance(term, URIRef) and _PLAIN_IRI.fullmatch(term) is not None


def _to_token(term: Any) -> bytes:
    return f"<{term}>".encode()
