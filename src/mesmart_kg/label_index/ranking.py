"""What a text finds, and in which order.

First by how it was found: by an address of the thing, or a code with its scheme; by the whole of a name, or a
code; by the beginning of a name up to a whole word; by any beginning; by words anywhere in it. Within each,
preferred names before others. Sources, concepts and the vocabulary's own terms come behind what people look
for (``terms.SOUGHT``), unless the text is the whole of their name. Then by weight: a thousand for each
community that a thing has to do with (and for being one), and one for each link that leads to it, at most
999, not counting what lies in it; so members of communities stand before the many municipalities of the same
name. Then by name.

If no name has all words, some may be of the place or the community that a thing has to do with: ``castro
lecce``, ``messina oasc``. If nothing is found at all, :func:`find_alike` tells what is spelled alike.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mesmart_kg.label_index.folding import LONGEST, fold, fold_code, likeness, to_match, trigrams
from mesmart_kg.label_index.model import Match
from mesmart_kg.label_index.terms import divide_code, read_register

MOST: Final = 5000
"""Things that one search finds at most."""

_ADDRESS: Final = -1
_MOST_DIVIDED: Final = 6
_MOST_PLACES: Final = 400
_RAREST: Final = 8
_MOST_ALIKE: Final = 60
_MOST_OF_A_GRAM: Final = 2000
_LEAST_LIKENESS: Final = 0.38

_BY_NAME: Final = """
SELECT n.thing, MIN(n.rank + CASE
    WHEN s.folded = :words THEN 0
    WHEN substr(s.folded, 1, length(:words) + 1) = :words || ' ' THEN 4
    WHEN substr(s.folded, 1, length(:words)) = :words THEN 8
    ELSE 12 END + CASE WHEN k.tier = 1 AND s.folded <> :words THEN 12 ELSE 0 END
    ) AS quality, n.value, n.language, t.weight, t.sort_en
FROM words w JOIN spelling s ON s.id = w.rowid JOIN name n ON n.spelling = s.id JOIN thing t ON t.id = n.thing
JOIN kind k ON k.id = t.kind
WHERE words MATCH :match AND k.tier < 2
GROUP BY n.thing ORDER BY quality, t.weight DESC, t.sort_en, n.thing LIMIT :most
"""

_TIED: Final = """
SELECT DISTINCT thing FROM tie WHERE target IN (SELECT value FROM json_each(?))
AND thing IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True)
class Found:
    """A thing by its number, how well it was found (less is better), and by what."""

    thing: int
    quality: int
    weight: int
    sort: str
    match: Match


def find(connection: sqlite3.Connection, text: str) -> list[Found]:
    """Return what a text finds, the best first; at most :data:`MOST`."""
    words = fold(text)
    found = {each.thing: each for each in _find_by_name(connection, words)}
    for each in _find_by_code(connection, text.strip()[:LONGEST]):
        if each.thing not in found or each.quality < found[each.thing].quality:
            found[each.thing] = each
    if not found:
        found = {each.thing: each for each in _find_by_place(connection, words.split())}
    ordered = sorted(found.values(), key=lambda each: (each.quality, -each.weight, each.sort, each.thing))
    return ordered[:MOST]


def _find_by_name(connection: sqlite3.Connection, words: str) -> Iterator[Found]:
    if words:
        values = {"words": words, "match": to_match(words), "most": MOST + 1}
        for thing, quality, value, language, weight, sort in connection.execute(_BY_NAME, values):
            yield Found(thing, quality, weight, sort, Match(value, language or None))


def _find_by_code(connection: sqlite3.Connection, text: str) -> Iterator[Found]:
    for wanted_scheme, wanted, quality in _to_codes(text):
        rows = connection.execute(
            "SELECT c.thing, c.scheme, c.code, t.weight, t.sort_en FROM code c "
            "JOIN thing t ON t.id = c.thing WHERE c.folded = ? "
            "ORDER BY t.weight DESC, c.thing, c.scheme LIMIT 100",
            (fold_code(wanted),),
        )
        for thing, scheme, code, weight, sort in rows:
            if wanted_scheme in ("", scheme):
                yield Found(thing, quality, weight, sort, Match(code, scheme=scheme))
    if "://" in text:
        rows = connection.execute("SELECT id, weight, sort_en FROM thing WHERE iri = ?", (text,))
        for thing, weight, sort in rows:
            yield Found(thing, _ADDRESS, weight, sort, Match(text, scheme=""))


def _to_codes(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the codes that a text may be: scheme (or none), code, quality."""
    register = read_register(text)
    if register is not None:
        yield *register, _ADDRESS
        return
    scheme, code = divide_code(text)
    if scheme:
        yield scheme, code.strip(), _ADDRESS
    yield "", text, 1
    # Spreadsheets take the zeros away that the codes of Italian municipalities begin with.
    if text.isascii() and text.isdigit() and len(text) in (4, 5):
        yield "istat", text.zfill(6), 1


def _find_by_place(connection: sqlite3.Connection, words: list[str]) -> Iterator[Found]:
    """Yield what some of the words name, and the rest the place or community that it has to do with."""
    if not 2 <= len(words) <= _MOST_DIVIDED:
        return
    for size in range(len(words) - 1, 0, -1):
        for own, others in ((words[:size], words[size:]), (words[-size:], words[:-size])):
            targets = [each.thing for each in _find_by_name(connection, " ".join(others))][:_MOST_PLACES]
            things = (
                {each.thing: each for each in _find_by_name(connection, " ".join(own))} if targets else {}
            )
            rows = connection.execute(_TIED, (json.dumps(targets), json.dumps(list(things))))
            tied = [things[thing] for (thing,) in rows]
            if tied:
                yield from tied
                return


def find_alike(connection: sqlite3.Connection, text: str, most: int) -> list[int]:
    """Return things whose names are spelled like a text, the most alike first; of one name, the best."""
    words = fold(text)
    grams = trigrams(words)
    counted = connection.execute(
        "SELECT gram FROM gram WHERE gram IN (SELECT value FROM json_each(?)) "
        "ORDER BY spellings, gram LIMIT ?",
        (json.dumps(grams), _RAREST),
    )
    shared: Counter[int] = Counter()
    for (gram,) in counted.fetchall():
        shared.update(
            spelling
            for (spelling,) in connection.execute(
                "SELECT rowid FROM grams WHERE grams MATCH ? LIMIT ?", (f'"{gram}"', _MOST_OF_A_GRAM)
            )
        )
    candidates = [spelling for spelling, _ in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))]
    rows = connection.execute(
        "SELECT id, folded FROM spelling WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(candidates[:_MOST_ALIKE]),),
    )
    alike = sorted((-likeness(words, folded), spelling) for spelling, folded in rows)
    found: list[int] = []
    for score, spelling in alike:
        if -score < _LEAST_LIKENESS or len(found) >= most:
            break
        row = connection.execute(
            "SELECT t.id FROM name n JOIN thing t ON t.id = n.thing JOIN kind k ON k.id = t.kind "
            "WHERE n.spelling = ? AND k.tier < 2 ORDER BY n.rank, t.weight DESC, t.id LIMIT 1",
            (spelling,),
        ).fetchone()
        if row and row[0] not in found:
            found.append(row[0])
    return found
