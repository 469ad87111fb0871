"""Tables and what becomes of their rows: frozen values that reading, asking and writing pass on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

from mesmart_kg.linking.notices import Notice
from mesmart_kg.reconciliation import Question

MOST_COLUMNS: Final = 1000


@dataclass(frozen=True)
class Row:
    """Cells of a table; ``line`` counts from 1, as editors and spreadsheets do, header and empty ones too."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The rows of a file as they stand, header and all; a workbook has no encoding and no delimiter."""

    rows: tuple[Row, ...]
    notices: tuple[Notice, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    name: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows under named columns: every row has as many cells as there are columns, no name comes twice."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notices: tuple[Notice, ...] = ()
    sheet: Sheet = field(default_factory=lambda: Sheet(()))
    header_line: int = 1


@dataclass(frozen=True)
class Columns:
    """Which column says what, each by its place from 0. ``codes`` are (scheme, place)."""

    name: int
    country: int | None = None
    region: int | None = None
    codes: tuple[tuple[str, int], ...] = ()
    iri: int | None = None


@dataclass(frozen=True)
class Offer:
    """A thing that a row may mean: its IRI and name, how sure that is (0 to 100), where it lies."""

    iri: str
    name: str
    score: float
    match: bool
    place: str = ""


class Reconciler(Protocol):
    """What finds the things that rows mean: the release at hand, or a server that is asked."""

    @property
    def space(self) -> str:
        """The IRI that those of all its things begin with."""

    def ask(self, questions: Iterable[Question]) -> Iterator[tuple[Offer, ...] | None]:
        """Yield the offers for each question, in order, best first; None where too much is like it."""

    def find(self, text: str) -> Offer | None:
        """Return the thing with this IRI, or this path below ``space``."""


class Fate(Enum):
    """What became of a row."""

    MATCHED = "matched"
    CHOSEN = "chosen"
    DOUBTFUL = "doubtful"
    NONE = "none"
    REFUSED = "refused"
    """A person said that it is none of them."""
    UNNAMED = "unnamed"
    """It says no name and no code."""
    UNLINKED = "unlinked"
    """It has no address of its own, or shares it with a row that means something else."""


@dataclass(frozen=True)
class Choice:
    """What a person decided for a row: a thing, or (None) none of those offered."""

    offer: Offer | None
    is_close: bool = False


@dataclass(frozen=True)
class Outcome:
    """A row, what was asked and offered, and what became of it. ``iri`` is how the row's thing is named."""

    row: Row
    question: Question
    iri: str
    offers: tuple[Offer, ...]
    fate: Fate
    choice: Choice | None = None

    @property
    def target(self) -> Offer | None:
        """The thing that the row is linked to."""
        if self.fate is Fate.CHOSEN and self.choice is not None:
            return self.choice.offer
        return next((each for each in self.offers if each.match), None) if self.fate is Fate.MATCHED else None

    @property
    def is_close(self) -> bool:
        return self.fate is Fate.CHOSEN and self.choice is not None and self.choice.is_close

    @property
    def is_open(self) -> bool:
        """Whether a person should look at it."""
        return self.fate in {Fate.DOUBTFUL, Fate.NONE}


@dataclass(frozen=True)
class Linked:
    """A whole table asked: the outcome of each row, in order, and what there is to tell."""

    outcomes: tuple[Outcome, ...]
    notices: tuple[Notice, ...] = ()

    def count(self) -> Mapping[Fate, int]:
        """Return how many rows had each fate; all fates are there, in their order."""
        found = Counter(each.fate for each in self.outcomes)
        return {fate: found[fate] for fate in Fate}

    @property
    def links(self) -> tuple[Outcome, ...]:
        return tuple(each for each in self.outcomes if each.target is not None)
