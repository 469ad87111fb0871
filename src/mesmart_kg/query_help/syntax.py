"""A query that an engine refused to what is wrong with it, where, and how it should stand.

The engine's own word counts for one thing: that the text is wrong. Where and why is found here, since its
parser reports where it gave up guessing. A remedy is told only if the mended text, read again, is sound, or
sounder and the remedy beyond doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from mesmart_kg.query_help.faults import Fault, apply
from mesmart_kg.query_help.parsing import Reading, parse
from mesmart_kg.query_help.places import Place, find_offset, find_place
from mesmart_kg.query_help.repairs import guess
from mesmart_kg.query_help.rules import find_faults
from mesmart_kg.query_help.terms import KnownTerms
from mesmart_kg.query_help.tokens import MOST_TOKENS

MOST_ROUNDS: Final = 8
"""How many faults of one text are mended."""

MOST_DOUBTFUL: Final = 3
"""How many of them may be mended by a remedy that is likely, but no more: beyond, nonsense would come out."""

MOST_READ: Final = 60_000
"""Tokens read in all, over all guesses at one text: below a second of work."""

_DOUBTFUL: Final = frozenset({"missing", "extra", "bare", "unclosed"})
"""Remedies that are told only if they make the whole text sound."""

_REACH: Final = 24
"""How far the engine's place may lie behind the word that stopped it: its longest keyword, and some."""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a query: the kind of fault (see :class:`Fault`), its place, subject and remedy.

    ``corrected`` is the whole text with this fault and all others mended, where that is known;
    ``expected`` the kinds of tokens that could stand at the place, where nothing better is known.
    """

    kind: str
    place: Place
    subject: str
    remedy: str
    corrected: str | None
    expected: frozenset[str]


def explain_syntax(
    query: str, known: KnownTerms, line: int = 0, column: int = 0, message: str = ""
) -> Diagnosis:
    """Explain a text that an engine refused, at a place (Oxigraph's count; 0: untold) with a message.

    Never raises.
    """
    doctor = _Doctor(known)
    reading = doctor.read(query)
    told = find_offset(query, line, column) if line else None
    fault = doctor.find_fault(reading)
    if fault is None or not _agrees(fault, reading, told):
        at = told if told is not None else len(query)
        return Diagnosis("other", find_place(query, at, at), message, "", None, frozenset())
    mended, is_sound = doctor.mend(reading, fault)
    corrected = mended.text if is_sound else None
    if mended.tree is None and fault.kind in _DOUBTFUL:
        fault = _unexpected(reading)
    place = find_place(query, fault.start, fault.end)
    return Diagnosis(fault.kind, place, fault.subject, fault.remedy, corrected, fault.expected)


def _agrees(fault: Fault, reading: Reading, told: int | None) -> bool:
    """Tell whether the engine can have stumbled there too: it knows a few forms that SPARQL 1.1 has not."""
    if reading.tree is not None or told is None or fault.kind == "prefix":
        return True
    token = reading.tokens[-1]
    # What opens and is not closed, an IRI or a text, takes the engine to the end before it gives up.
    return told <= token.end + _REACH or token.kind in {"STRAY", "<"}


class _Doctor:
    """Reads and mends one text, within a budget of tokens."""

    def __init__(self, known: KnownTerms) -> None:
        self._known = known
        self._budget = MOST_READ

    def read(self, text: str) -> Reading:
        reading = parse(text)
        self._budget -= len(reading.tokens)
        return reading

    def find_fault(self, reading: Reading) -> Fault | None:
        """Return what is wrong first; None if nothing is, as far as can be told here."""
        if reading.tree is None and len(reading.tokens) >= MOST_TOKENS:
            return None
        broken = next(find_faults(reading, self._known), None)
        if reading.tree is not None:
            return broken
        if broken is not None and broken.start < reading.tokens[-1].start:
            return broken
        return self._find_repair(reading) or _unexpected(reading)

    def _find_repair(self, reading: Reading) -> Fault | None:
        best, furthest = None, reading.tokens[-1].start
        for fault in guess(reading, self._known):
            if self._budget <= 0:
                break
            mended = self.read(apply(reading.text, fault.edits))
            if mended.tree is not None:
                return fault
            reached = _place_before(mended.reached, fault)
            # Where a token was taken out and the very next one doesn't fit either, nothing is gained.
            in_vain = fault.kind == "extra" and len(mended.tokens) <= len(reading.tokens)
            if reached > furthest and not in_vain:
                best, furthest = fault, reached
        return best

    def mend(self, reading: Reading, fault: Fault) -> tuple[Reading, bool]:
        """Return the text with a fault and those that follow mended, and whether all of them are."""
        doubtful = 0
        for _ in range(MOST_ROUNDS):
            # What is missing at the very end is beyond doubt, however much it is.
            doubtful += fault.kind in _DOUBTFUL and fault.start < len(reading.text.rstrip())
            if not fault.edits or doubtful > MOST_DOUBTFUL:
                break
            reading = self.read(apply(reading.text, fault.edits))
            following = self.find_fault(reading) if self._budget > 0 else fault
            if following is None:
                return reading, reading.tree is not None
            fault = following
        return reading, False


def _place_before(place: int, fault: Fault) -> int:
    """Return where a place in the mended text was before the edits."""
    for edit in sorted(fault.edits, key=lambda each: each.start):
        if edit.start + len(edit.text) <= place:
            place -= len(edit.text) - (edit.end - edit.start)
        elif edit.start < place:
            return edit.start
    return place


def _unexpected(reading: Reading) -> Fault:
    token = reading.tokens[-1]
    fault = Fault("unexpected", token.start, token.end, token.text[:60], expected=reading.expected)
    if token.kind != "END":
        return fault
    if len(reading.tokens) == 1:
        return replace(fault, kind="empty")
    end = reading.tokens[-2].end
    return replace(fault, kind="end", start=end, end=end)
