"""What is asked, and what is answered: frozen values, without a word for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesmart_kg.label_index import Entry


@dataclass(frozen=True)
class Question:
    """A name, and what the reader knows of the thing.

    ``kinds`` are keys of kinds of thing (``city``); none means all that people look for. ``codes`` are pairs
    of scheme (``istat``, ``nuts``, ``wikidata`` … or empty) and code. ``countries``, ``regions`` and
    ``communities`` are as the reader writes them: names, ISO or other codes, IRIs, or their ends
    (``country/it``); the thing lies in one of each. ``point`` is longitude and latitude in degrees.
    ``limit`` is the most candidates that are wanted.
    """

    text: str
    kinds: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    limit: int = 10


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant: the chance in a hundred that it is, and whether it is safe to say so.

    ``name`` is the one of its names that fits, or the code. ``features`` hold how alike the names are
    (``name``, 0 to 1) and the factors by which the odds were multiplied (``country``, ``region``, ``point``,
    ``code``, ``community``, ``kind``), as far as they were told.
    """

    entry: Entry
    score: float
    match: bool
    name: str
    features: Mapping[str, float]
