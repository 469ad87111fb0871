"""A table asked row by row: questions from cells, the fate of each row, what people decided put in.

A row is linked when there is one thing that it safely means, or when a person chose one. Two rows with the
same IRI must not be linked to different things: then neither is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Final

from mesmart_kg.linking.model import Choice, Columns, Fate, Linked, Offer, Outcome, Reconciler, Row, Table
from mesmart_kg.linking.notices import Notice
from mesmart_kg.linking.subjects import Naming, name_rows
from mesmart_kg.reconciliation import Question

OFFERS: Final = 5
"""Candidates that are asked for, and shown to whoever decides."""

BATCH: Final = 100
"""Rows after which progress is told."""

LEAST: Final = 5.0
"""The score below which a candidate only takes the time of whoever decides."""

LONGEST_TEXT: Final = 300

_ISTAT: Final = re.compile(r"\d{1,5}")
_WHOLE: Final = re.compile(r"(\d+)[.,]0+")
_LAST_PART: Final = re.compile(
    r"https?://(?:www\.wikidata\.org|(?:sws|www)\.geonames\.org)/(?:\w+/)*?(Q?\d+)(?:/\S*)?"
)


def to_question(row: Row, columns: Columns, kinds: tuple[str, ...] = ("city",)) -> Question:
    """Return what is asked for a row; codes are brought to the form in which registers write them."""

    def cells(place: int | None) -> tuple[str, ...]:
        return (row.cells[place][:LONGEST_TEXT],) if place is not None and row.cells[place] else ()

    codes = tuple(
        (scheme, to_code(scheme, row.cells[place][:LONGEST_TEXT]))
        for scheme, place in columns.codes
        if row.cells[place]
    )
    return Question(
        text=" ".join(row.cells[columns.name].split())[:LONGEST_TEXT],
        kinds=kinds,
        codes=codes,
        countries=cells(columns.country),
        regions=cells(columns.region),
        limit=OFFERS,
    )


def to_code(scheme: str, text: str) -> str:
    """Return a code as its register writes it: spreadsheets drop zeros and add decimals."""
    if whole := _WHOLE.fullmatch(text):
        text = whole.group(1)
    if scheme == "istat" and _ISTAT.fullmatch(text):
        return text.zfill(6)
    if scheme in {"wikidata", "geonames"} and (address := _LAST_PART.fullmatch(text)):
        return address.group(1)
    return text


def link_table(
    table: Table,
    columns: Columns,
    naming: Naming,
    reconciler: Reconciler,
    *,
    kinds: tuple[str, ...] = ("city",),
    choices: Mapping[int, Choice] = MappingProxyType({}),
    progress: Callable[[int, int], None] | None = None,
) -> Linked:
    """Return what became of each row. ``choices`` are by line; ``progress`` hears rows done and rows in all.

    Raises what the reconciler raises, and what ``progress`` does: a deadline is kept there.
    """
    questions = [to_question(row, columns, kinds) for row in table.rows]
    asked = [question for question in questions if question.text or question.codes]
    answers = _count(reconciler.ask(asked), len(asked), progress)
    own = name_rows(table, naming)
    notices: list[Notice] = []
    outcomes = []
    for row, question in zip(table.rows, questions, strict=True):
        is_asked = bool(question.text or question.codes)
        answer: tuple[Offer, ...] | None = next(answers) if is_asked else None
        offers = tuple(each for each in answer or () if each.match or each.score >= LEAST)
        iri = own(row)
        if isinstance(iri, Notice):
            notices.append(iri)
            iri = ""
        choice = choices.get(row.line)
        outcomes.append(Outcome(row, question, iri, offers, _decide(question, iri, offers, choice), choice))
    return _part_doubles(outcomes, notices)


def choose(linked: Linked, choices: Mapping[int, Choice]) -> Linked:
    """Return the same table with what a person decided, by line; nothing is asked anew."""
    outcomes = []
    for each in linked.outcomes:
        choice = choices.get(each.row.line, each.choice)
        fate = _decide(each.question, each.iri, each.offers, choice)
        outcomes.append(Outcome(each.row, each.question, each.iri, each.offers, fate, choice))
    return _part_doubles(outcomes, [notice for notice in linked.notices if notice.kind != "iri-double"])


def _count(
    answers: Iterator[tuple[Offer, ...] | None], total: int, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[Offer, ...] | None]:
    done = 0
    while batch := list(islice(answers, BATCH)):
        yield from batch
        done += len(batch)
        if progress is not None:
            progress(done, total)


def _decide(question: Question, iri: str, offers: tuple[Offer, ...], choice: Choice | None) -> Fate:
    if not iri:
        return Fate.UNLINKED
    if choice is not None:
        return Fate.CHOSEN if choice.offer is not None else Fate.REFUSED
    if not question.text and not question.codes:
        return Fate.UNNAMED
    if any(offer.match for offer in offers):
        return Fate.MATCHED
    return Fate.DOUBTFUL if offers else Fate.NONE


def _part_doubles(outcomes: Iterable[Outcome], notices: list[Notice]) -> Linked:
    """Take back the links of rows that share an IRI and don't mean the same."""
    told = list(outcomes)
    by_iri: dict[str, list[Outcome]] = defaultdict(list)
    for each in told:
        if each.target is not None:
            by_iri[each.iri].append(each)
    parted = set()
    for same in by_iri.values():
        if len({(each.target.iri, each.is_close) for each in same if each.target is not None}) > 1:
            parted |= {each.row.line for each in same}
    notices += [Notice("iri-double", line) for line in sorted(parted)]
    kept = [
        Outcome(each.row, each.question, each.iri, each.offers, Fate.UNLINKED, each.choice)
        if each.row.line in parted
        else each
        for each in told
    ]
    return Linked(tuple(kept), tuple(sorted(notices, key=lambda notice: notice.line)))
