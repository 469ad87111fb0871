"""Proposals: things whose names or codes may be meant by a text, with all that is needed to weigh them.

Nothing here says how well a thing fits: :mod:`mesmart_kg.reconciliation` does. What is read is bounded, so
that neither the length of the data nor a stranger's question decides how much memory an answer takes.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mesmart_kg.label_index.folding import MOST_WORDS, fold_code, trigrams

MOST_PROPOSED: Final = 200
"""Things that one way of asking proposes at most: those of most weight, of so many with one name."""

_MOST_SPELLINGS: Final = 60
_RAREST: Final = 6
_MOST_OF_A_GRAM: Final = 3000
_MOST_OF_WORDS: Final = 100

_ROOM: Final = """
FROM name n JOIN thing t ON t.id = n.thing JOIN kind k ON k.id = t.kind
WHERE n.spelling IN ({spellings}) AND {kinds} {places}
"""


@dataclass(frozen=True)
class Limits:
    """What is proposed at all: things of some kinds (all that people look for if none is named), in places.

    ``kinds`` are keys of kinds; ``places`` are groups of numbers of countries or regions: a thing must lie in
    one of each group.
    """

    kinds: tuple[str, ...] = ()
    places: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True)
class Spelling:
    """A name of a thing: as told, its language (empty if untold), its rank as in ``schema``, folded."""

    value: str
    language: str
    rank: int
    folded: str


@dataclass(frozen=True)
class Proposal:
    """A thing by its number, with what tells it from others.

    ``ties`` are pairs of relation (``country``, ``region``, ``community``) and number; ``point`` is longitude
    and latitude in degrees.
    """

    thing: int
    iri: str
    kind: str
    weight: int
    names: tuple[Spelling, ...]
    ties: frozenset[tuple[str, int]]
    point: tuple[float, float] | None


def _write_limits(limits: Limits) -> tuple[str, str, list[str]]:
    """Return the conditions for kinds and places, and their values."""
    values: list[str] = []
    kinds = "k.tier = 0"
    if limits.kinds:
        kinds = "k.key IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(limits.kinds))
    places = ""
    for group in limits.places:
        places += (
            "AND (t.id IN (SELECT value FROM json_each(?)) OR EXISTS (SELECT 1 FROM tie "
            "WHERE tie.thing = t.id AND tie.relation IN ('country', 'region') "
            "AND tie.target IN (SELECT value FROM json_each(?)))) "
        )
        values += [json.dumps(sorted(group))] * 2
    return kinds, places, values


def _quote(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


class Proposals:
    """What an open index proposes, for the length of one question."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find_by_keys(self, keys: Iterable[str], limits: Limits) -> list[int]:
        """Return things one of whose names has one of these keys (``keys.to_keys``), the weightiest first."""
        kinds, places, values = _write_limits(limits)
        room = _ROOM.format(
            spellings="SELECT spelling FROM key WHERE key IN (SELECT value FROM json_each(?))",
            kinds=kinds,
            places=places,
        )
        rows = self._connection.execute(
            f"SELECT n.thing {room} GROUP BY n.thing ORDER BY t.weight DESC, n.thing LIMIT {MOST_PROPOSED}",
            (json.dumps(list(keys)), *values),
        )
        return [thing for (thing,) in rows]

    def find_of_spellings(self, spellings: Sequence[int], limits: Limits) -> list[int]:
        """Return the things that have one of these spellings, the weightiest first."""
        kinds, places, values = _write_limits(limits)
        room = _ROOM.format(spellings="SELECT value FROM json_each(?)", kinds=kinds, places=places)
        rows = self._connection.execute(
            f"SELECT n.thing {room} GROUP BY n.thing ORDER BY t.weight DESC, n.thing LIMIT {MOST_PROPOSED}",
            (json.dumps(list(spellings)), *values),
        )
        return [thing for (thing,) in rows]

    def find_alike_spellings(self, words: str) -> dict[int, str]:
        """Return spellings, folded, that share the rarest groups of three letters with folded words."""
        grams = trigrams(words)
        rarest = self._connection.execute(
            "SELECT gram FROM gram WHERE gram IN (SELECT value FROM json_each(?)) "
            "ORDER BY spellings, gram LIMIT ?",
            (json.dumps(grams), _RAREST),
        ).fetchall()
        shared: Counter[int] = Counter()
        for (gram,) in rarest:
            rows = self._connection.execute(
                "SELECT rowid FROM grams WHERE grams MATCH ? LIMIT ?", (_quote(gram), _MOST_OF_A_GRAM)
            )
            shared.update(spelling for (spelling,) in rows)
        best = sorted(shared, key=lambda spelling: (-shared[spelling], spelling))[:_MOST_SPELLINGS]
        return self._read_spellings(best)

    def find_spellings_with(self, words: Sequence[str]) -> dict[int, str]:
        """Return spellings, folded, that have a word beginning with each of these."""
        match = " ".join(f"{_quote(word)} *" for word in words[:MOST_WORDS])
        rows = self._connection.execute(
            f"SELECT rowid FROM words WHERE words MATCH ? LIMIT {_MOST_OF_WORDS}",  # noqa: S608 - a number of ours
            (match,),
        )
        return self._read_spellings([spelling for (spelling,) in rows])

    def _read_spellings(self, spellings: Sequence[int]) -> dict[int, str]:
        rows = self._connection.execute(
            "SELECT id, folded FROM spelling WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(spellings)),),
        )
        return dict(rows.fetchall())

    def find_by_codes(
        self, codes: Iterable[tuple[str, str]], kinds: Sequence[str] = ()
    ) -> dict[int, tuple[str, str]]:
        """Return things that have one of these codes, each with the one it was found by.

        Codes are given as scheme, empty for any, and code.
        """
        limits, _, values = _write_limits(Limits(tuple(kinds)))
        found: dict[int, tuple[str, str]] = {}
        for scheme, code in codes:
            rows = self._connection.execute(
                "SELECT c.thing, c.scheme, c.code FROM code c JOIN thing t ON t.id = c.thing "  # noqa: S608
                f"JOIN kind k ON k.id = t.kind WHERE c.folded = ? AND ? IN ('', c.scheme) AND {limits} "
                f"ORDER BY t.weight DESC, c.thing LIMIT {MOST_PROPOSED}",
                (fold_code(code), scheme, *values),
            )
            for thing, known_scheme, known in rows:
                found.setdefault(thing, (known_scheme, known))
        return found

    def find_by_iris(self, iris: Iterable[str]) -> list[int]:
        """Return things with one of these IRIs, of any kind."""
        rows = self._connection.execute(
            "SELECT id FROM thing WHERE iri IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(list(iris)),),
        )
        return [thing for (thing,) in rows]

    def read(self, things: Sequence[int]) -> list[Proposal]:
        """Return things with all their names and ties, in the order given."""
        asked = json.dumps(list(things))
        names: dict[int, list[Spelling]] = {}
        for thing, *told in self._connection.execute(
            "SELECT n.thing, n.value, n.language, n.rank, s.folded FROM name n JOIN spelling s "
            "ON s.id = n.spelling WHERE n.thing IN (SELECT value FROM json_each(?))",
            (asked,),
        ):
            names.setdefault(thing, []).append(Spelling(*told))
        ties: dict[int, set[tuple[str, int]]] = {}
        for thing, relation, target in self._connection.execute(
            "SELECT thing, relation, target FROM tie WHERE thing IN (SELECT value FROM json_each(?)) "
            "AND relation <> 'kind'",
            (asked,),
        ):
            ties.setdefault(thing, set()).add((relation, target))
        rows = self._connection.execute(
            "SELECT t.id, t.iri, k.key, t.weight, t.longitude, t.latitude FROM thing t "
            "JOIN kind k ON k.id = t.kind WHERE t.id IN (SELECT value FROM json_each(?))",
            (asked,),
        )
        found = {
            thing: Proposal(
                thing,
                iri,
                kind,
                weight,
                tuple(names.get(thing, ())),
                frozenset(ties.get(thing, ())),
                (float(longitude), float(latitude)) if longitude is not None else None,
            )
            for thing, iri, kind, weight, longitude, latitude in rows
        }
        return [found[thing] for thing in things if thing in found]

    def find_with_codes(self, things: Iterable[int], schemes: Iterable[str]) -> set[int]:
        """Return those of some things that have a code in one of some registers."""
        rows = self._connection.execute(
            "SELECT thing FROM code WHERE thing IN (SELECT value FROM json_each(?)) "
            "AND scheme IN (SELECT value FROM json_each(?))",
            (json.dumps(list(things)), json.dumps(list(schemes))),
        )
        return {thing for (thing,) in rows}

    def find_by_end(self, end: str) -> list[int]:
        """Return the thing whose IRI ends as ours do after ``id/``: ``country/it``."""
        kind = end.partition("/")[0]
        row = self._connection.execute(
            "SELECT iri FROM thing WHERE kind = (SELECT id FROM kind WHERE key = ?) LIMIT 1", (kind,)
        ).fetchone()
        base, mark, _ = row[0].partition("/id/") if row else ("", "", "")
        return self.find_by_iris([f"{base}{mark}{end}"]) if mark else []
