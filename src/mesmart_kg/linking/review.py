"""The rows that a person should look at, as a table to be edited and fed back.

One line a row: which it is, what was found, and two columns to fill: ``choice`` (the number of a
candidate, an IRI, a path such as ``city/it-messina``, or ``none``) and ``relation`` (``exact``, or
``close`` for what is nearly the same). Any line may be added for any row, also to take back a match that
was made. What was chosen before is in the file again, so the newest is always the whole record.

It opens well in spreadsheets: UTF-8 with a mark, the delimiter of the reader's own table, and no cell of
the table's is taken for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mesmart_kg.label_index.folding import fold
from mesmart_kg.linking.asking import OFFERS
from mesmart_kg.linking.model import Choice, Linked, Offer, Outcome, Reconciler
from mesmart_kg.linking.notices import Notice, TableRefused
from mesmart_kg.linking.tables import read_table

NONE: Final = "none"
NONE_WORDS: Final = frozenset(("none", "nessuno", "nessuna", "no", "-", "0"))
_EXACT: Final = frozenset(("", "exact", "exactmatch", "skos exactmatch", "esatta", "uguale"))
_CLOSE: Final = frozenset(("close", "closematch", "skos closematch", "simile", "vicina"))
_HEADER: Final = ("row", "name", "country", "region", "choice", "relation")
_FEW_ROWS: Final = 10_000
"""Rows that any review may have; that of a larger table at most two for each of its rows."""

_FORMULA: Final = frozenset("=+-@\t\r")


@dataclass(frozen=True)
class Review:
    """What a person decided, by line of the table, and what of it could not be used."""

    choices: Mapping[int, Choice]
    notices: tuple[Notice, ...] = ()


def to_review(linked: Linked, delimiter: str = ",") -> bytes:
    """Return the review of a table: what is open, and what a person has decided before."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out, delimiter=delimiter if delimiter in {",", ";", "\t"} else ",", lineterminator="\r\n"
    )
    numbers = range(1, OFFERS + 1)
    writer.writerow(
        [*_HEADER, *(f"{part} {each}" for each in numbers for part in ("candidate", "id", "score"))]
    )
    for each in linked.outcomes:
        if each.is_open or each.choice is not None:
            writer.writerow([_guard(cell) for cell in _to_cells(each)])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _to_cells(outcome: Outcome) -> list[str]:
    question, choice = outcome.question, outcome.choice
    cells = [str(outcome.row.line), question.text, " ".join(question.countries), " ".join(question.regions)]
    if choice is None:
        cells += ["", ""]
    elif choice.offer is None:
        cells += [NONE, ""]
    else:
        cells += [choice.offer.iri, "close" if choice.is_close else "exact"]
    for offer in outcome.offers:
        cells += [offer.name, offer.iri, f"{offer.score:.0f}"]
    return cells + [""] * (len(_HEADER) + 3 * OFFERS - len(cells))


def _guard(cell: str) -> str:
    return f"'{cell}" if cell[:1] in _FORMULA else cell


def read_review(data: bytes, linked: Linked, reconciler: Reconciler, encoding: str | None = None) -> Review:
    """Return what a person wrote into a review of this table, however a spreadsheet has saved it since.

    Raises TableRefused where it isn't such a file at all; a bad line is told, and the others count.
    """
    table = read_table(data, encoding=encoding, most_rows=max(2 * len(linked.outcomes), _FEW_ROWS))
    folded = [fold(name) for name in table.columns]
    if not {"row", "choice"} <= set(folded):
        raise TableRefused(Notice("review-columns", table.header_line), "the review")
    places: dict[str, int] = {name: folded.index(name) for name in _HEADER if name in folded}
    outcomes = {each.row.line: each for each in linked.outcomes}
    choices: dict[int, Choice] = {}
    notices = [notice for notice in table.notices if notice.kind not in {"row-empty", "row-short"}]
    for row in table.rows:
        told = {name: row.cells[place] for name, place in places.items()}
        if not told["choice"]:
            continue
        decided = _decide(told, row.line, outcomes, reconciler)
        if isinstance(decided, Notice):
            notices.append(decided)
        elif decided[0] in choices:
            notices.append(Notice("choice-double", row.line, {"row": decided[0]}))
        else:
            choices[decided[0]] = decided[1]
    return Review(choices, tuple(notices))


def _decide(
    told: Mapping[str, str], line: int, outcomes: Mapping[int, Outcome], reconciler: Reconciler
) -> tuple[int, Choice] | Notice:
    number = told["row"].removesuffix(".0").removesuffix(",0")
    outcome = outcomes.get(int(number)) if number.isdecimal() and len(number) < 9 else None
    if outcome is None:
        return Notice("choice-no-row", line, {"row": told["row"][:40]})
    name = outcome.question.text
    if "name" in told and _plain(told["name"]) != _plain(name):
        values = {"row": number, "name": name[:60], "reviewed": told["name"][:60]}
        return Notice("choice-other-name", line, values)
    decided = to_choice(told["choice"], told.get("relation", ""), outcome, reconciler, line)
    return decided if isinstance(decided, Notice) else (outcome.row.line, decided)


def to_choice(
    text: str, relation: str, outcome: Outcome, reconciler: Reconciler, line: int
) -> Choice | Notice:
    """Return what a person means by a choice and a relation for a row, or what is wrong with it."""
    words = fold(relation)
    if words not in _EXACT and words not in _CLOSE:
        return Notice("relation-unknown", line, {"relation": relation[:40]})
    if text.strip().casefold() in NONE_WORDS:
        return Choice(None)
    number = text.strip().removesuffix(".0").removesuffix(",0")
    if number.isdecimal():
        if not 0 < int(number[:9]) <= len(outcome.offers):
            values = {"choice": number[:20], "row": outcome.row.line, "count": len(outcome.offers)}
            return Notice("choice-no-candidate", line, values)
        return Choice(outcome.offers[int(number) - 1], words in _CLOSE)
    offer = _find(text.strip(), outcome, reconciler)
    if offer is None:
        return Notice("choice-unknown", line, {"choice": text[:80]})
    return Choice(offer, words in _CLOSE)


def _find(text: str, outcome: Outcome, reconciler: Reconciler) -> Offer | None:
    short = text.strip("<>").removeprefix(reconciler.space)
    for each in outcome.offers:
        if short == each.iri.removeprefix(reconciler.space):
            return each
    return reconciler.find(text.strip("<>"))


def _plain(text: str) -> str:
    return " ".join(text.removeprefix("'").split()).casefold()


def needs_review(linked: Linked) -> bool:
    """Tell whether a person should decide something, or has."""
    return any(each.is_open or each.choice is not None for each in linked.outcomes)
