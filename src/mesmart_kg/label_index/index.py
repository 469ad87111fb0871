"""The index, open for reading: by many threads at once, each call on a connection of its own.

The file never changes once it is there, so SQLite is told that it is immutable: no lock, no journal. What a
stranger asks for has a time limit; an answer that would take longer is :class:`TooBroad`. A file that turns
out to be spoilt raises ReleaseDamaged, and is removed, so that the next start makes it anew (``place``).
"""

from __future__ import annotations

import json
import sqlite3
import time
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.label_index.entries import choose_names, end_of, read_entries, read_names
from mesmart_kg.label_index.folding import LONGEST_IRI, fold, fold_code, fold_iri, fold_to_index
from mesmart_kg.label_index.listing import choose_things, count_things, order_things
from mesmart_kg.label_index.model import Entry, Facet, Filters, Hit, Hits, Kind, Listing, Register, TooBroad
from mesmart_kg.label_index.proposals import Proposals
from mesmart_kg.label_index.ranking import MOST, Found, find, find_alike
from mesmart_kg.label_index.sieve import RELATIONS, Sieve, find_numbers, to_options
from mesmart_kg.label_index.terms import read_register, to_addresses
from mesmart_kg.labels import Name, Reference

SECONDS: Final = 1.0
"""How much of a processor one question may take; a busy machine is no reason to refuse it."""

CONNECTIONS: Final = 8
"""How many questions are answered at once; others wait, for milliseconds."""

_BATCH: Final = 500
_STEPS: Final = 2000
"""Steps of SQLite's machine between two looks at the clock: well under a millisecond."""

MOST_REMEMBERED: Final = 20_000
"""Names that are remembered once they were chosen: the same things stand on many pages."""

_LONGEST_WISH: Final = 100
"""Signs of all the languages of a reader whose names are remembered: browsers ask for few, strangers may
ask for any."""

_NEAREST: Final = ("skos:exactMatch", "owl:sameAs", "schema:sameAs", "skos:closeMatch")

NO_FILTERS: Final = Filters()


_SPOILT: Final = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})


def _damaged(error: sqlite3.Error) -> ReleaseDamaged:
    return ReleaseDamaged(f"the index of names can't be read ({error}): start again, and it is made anew")


class LabelIndex:
    """An index file, asked from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # All at once: a release that is served may be taken off the shelf, and its file with it.
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._remembered: dict[tuple[tuple[str, ...], str], Reference] = {}
        connections = [
            sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
            for _ in range(CONNECTIONS)
        ]
        for connection in connections:
            self._idle.put(connection)
        self._finalizer = weakref.finalize(self, _close, connections)

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        self._finalizer()

    @contextmanager
    def propose(self) -> Iterator[Proposals]:
        """Lend what proposes things for one question; within, ask the index nothing else. Raises TooBroad."""
        with self._connect() as connection:
            yield Proposals(connection)

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; one who needs it must not ask for a second."""
        connection = self._idle.get()
        try:
            deadline = time.thread_time() + SECONDS
            connection.set_progress_handler(lambda: time.thread_time() > deadline, _STEPS)
            yield connection
            connection.set_progress_handler(None, 0)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_INTERRUPT":
                raise TooBroad("the answer would take too long") from error
            raise _damaged(error) from error
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorname in _SPOILT:
                with suppress(OSError):
                    self._path.unlink()
            raise _damaged(error) from error
        finally:
            self._idle.put(connection)

    # --- names ---------------------------------------------------------------------------------------------

    def names(self, iris: Iterable[str]) -> dict[str, tuple[Name, ...]]:
        """Return the preferred names of those that have any, in all languages; further names if no other."""
        found: dict[str, tuple[Name, ...]] = {}
        with self._connect() as connection:
            for numbers in find_numbers(connection, iris):
                names = read_names(connection, numbers.values())
                found |= {iri: names[number] for iri, number in numbers.items() if number in names}
        return found

    def reference(self, iri: str, languages: Sequence[str] = ()) -> Reference:
        """Return a thing with the name that suits the reader, else the end of its IRI."""
        return self.references((iri,), languages)[iri]

    def references(self, iris: Iterable[str], languages: Sequence[str] = ()) -> dict[str, Reference]:
        """Return all the things, each with the name that suits the reader, else the end of its IRI.

        A membership, count or statement is called by what it joins: ``Messina · Open & Agile Smart Cities``.
        """
        wished = tuple(languages)
        found: dict[str, Reference] = {}
        missing = []
        for iri in dict.fromkeys(iris):
            known = self._remembered.get((wished, iri))
            found[iri] = known or Reference(iri, end_of(iri))
            if known is None:
                missing.append(iri)
        if missing:
            named = self._choose(missing, wished)
            found |= named
            self._remember(named, wished)
        return found

    def _choose(self, iris: Iterable[str], languages: tuple[str, ...]) -> dict[str, Reference]:
        found: dict[str, Reference] = {}
        with self._connect() as connection:
            for numbers in find_numbers(connection, iris):
                names = choose_names(connection, tuple(numbers.values()), languages)
                found |= {iri: Reference(iri, names[n]) for iri, n in numbers.items() if n in names}
        return found

    def _remember(self, named: dict[str, Reference], languages: tuple[str, ...]) -> None:
        """Keep what was found, and so never what is not in the index; several threads may at once."""
        if sum(map(len, languages)) > _LONGEST_WISH:
            return
        if len(self._remembered) + len(named) > MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered.update({(languages, iri): each for iri, each in named.items()})

    def find_code(self, scheme: str, code: str) -> list[str]:
        """Return the IRIs of what has a code in a register (``istat``, ``nuts``, ``wikidata`` …), sorted."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT t.iri FROM code c JOIN thing t ON t.id = c.thing WHERE c.folded = ? AND c.scheme = ? "
                "ORDER BY t.iri",
                (fold_code(code), scheme),
            )
            return [iri for (iri,) in rows]

    def find_codes(self, codes: Sequence[tuple[str, str]]) -> list[list[str]]:
        """Return for each scheme and code, in their order, what :meth:`find_code` returns."""
        found: list[list[str]] = [[] for _ in codes]
        for start in range(0, len(codes), _BATCH):
            asked = [(scheme, fold_code(code)) for scheme, code in codes[start : start + _BATCH]]
            with self._connect() as connection:
                rows = connection.execute(
                    "SELECT j.key, t.iri FROM json_each(?) j CROSS JOIN code c "
                    "ON c.folded = j.value->>1 AND c.scheme = j.value->>0 "
                    "JOIN thing t ON t.id = c.thing ORDER BY t.iri",
                    (json.dumps(asked),),
                )
                for number, iri in rows:
                    found[start + number].append(iri)
        return found

    def has(self, iri: str) -> bool:
        """Tell whether the index knows a thing of that IRI."""
        with self._connect() as connection:
            return connection.execute("SELECT 1 FROM thing WHERE iri = ?", (iri,)).fetchone() is not None

    def registers(self) -> tuple[Register, ...]:
        """Return the registers whose codes things have, by scheme; codes of none are left out."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT scheme, COUNT(DISTINCT thing), MIN(code) FROM code WHERE scheme <> '' "
                "GROUP BY scheme ORDER BY scheme"
            )
            return tuple(Register(*row) for row in rows)

    def find_iri(self, foreign_iri: str) -> list[tuple[str, str]]:
        """Return the IRIs of what is said to be the same as a foreign IRI, or close to it, with the relation.

        Relations are ``skos:exactMatch``, ``owl:sameAs``, ``schema:sameAs`` and ``skos:closeMatch``, in this
        order, told by either side; one thing may come with several. ``http`` or ``https``, ``www.`` and a
        last slash don't count; nor how Wikidata or GeoNames write the address of one and the same thing.
        """
        register = read_register(foreign_iri.strip()[:LONGEST_IRI])
        folded = {fold_iri(foreign_iri), *(map(fold_iri, to_addresses(*register)) if register else ())}
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT DISTINCT t.iri, s.relation FROM same s JOIN thing t ON t.id = s.thing "
                "WHERE s.folded IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(folded)),),
            ).fetchall()
        return sorted(rows, key=lambda row: (_NEAREST.index(row[1]), row[0]))

    # --- search --------------------------------------------------------------------------------------------

    def search(
        self,
        text: str,
        filters: Filters = NO_FILTERS,
        languages: Sequence[str] = (),
        limit: int = 20,
        offset: int = 0,
    ) -> Hits:
        """Return what a text finds, the best first (``ranking``), with the counts of each filter.

        The counts of a filter are of what all the other filters leave. Raises TooBroad.
        """
        with self._connect() as connection:
            found = find(connection, text)
            if not found:
                return Hits(0)
            sieve = Sieve.read(connection, [each.thing for each in found], filters)
            left = [each for each in found if sieve.passes(each.thing)]
            return Hits(
                len(left),
                _to_hits(connection, left[offset : offset + limit], languages, text),
                sieve.count(connection, languages),
                len(found) >= MOST,
            )

    def suggest(self, text: str, languages: Sequence[str] = (), limit: int = 8) -> tuple[Hit, ...]:
        """Return the best of what a text finds, without counting. Raises TooBroad."""
        with self._connect() as connection:
            return _to_hits(connection, find(connection, text)[:limit], languages, text)

    def alike(self, text: str, languages: Sequence[str] = (), limit: int = 5) -> tuple[Entry, ...]:
        """Return things whose names are spelled like a text, for one who mistyped. Raises TooBroad."""
        with self._connect() as connection:
            return tuple(read_entries(connection, find_alike(connection, text, limit), languages))

    # --- lists ---------------------------------------------------------------------------------------------

    def classes(self) -> tuple[Kind, ...]:
        """Return the kinds of thing that there are, by key."""
        with self._connect() as connection:
            rows = connection.execute("SELECT key, class_iri, things FROM kind WHERE things > 0 ORDER BY key")
            return tuple(Kind(*row) for row in rows)

    def browse(
        self,
        class_name: str,
        filters: Filters = NO_FILTERS,
        order: str = "name",
        limit: int = 50,
        offset: int = 0,
        languages: Sequence[str] = (),
    ) -> Listing:
        """Return a page of the things of a kind by ``name``, by ``date``, or the newest first (``-date``).

        What has no date comes last. Raises TooBroad.
        """
        query, values = choose_things(class_name, filters)
        with self._connect() as connection:
            total = count_things(connection, class_name, filters)
            rows = connection.execute(
                f"SELECT id {query} ORDER BY {order_things(order, languages)} LIMIT ? OFFSET ?",
                (*values, limit, offset),
            )
            return Listing(total, tuple(read_entries(connection, [number for (number,) in rows], languages)))

    def entries_of(self, things: Sequence[int], languages: Sequence[str] = ()) -> list[Entry]:
        """Return things by the numbers that proposals gave, as lists show them, in the order given."""
        with self._connect() as connection:
            return read_entries(connection, things, languages)

    def entries(
        self,
        class_name: str,
        filters: Filters = NO_FILTERS,
        order: str = "name",
        languages: Sequence[str] = (),
    ) -> Iterator[Entry]:
        """Yield all the things of a kind, some hundred at a time. Raises TooBroad."""
        query, values = choose_things(class_name, filters)
        with self._connect() as connection:
            rows = connection.execute(f"SELECT id {query} ORDER BY {order_things(order, languages)}", values)
            numbers = array("q", (number for (number,) in rows))
        for start in range(0, len(numbers), _BATCH):
            with self._connect() as connection:
                entries = read_entries(connection, numbers[start : start + _BATCH], languages)
            yield from entries

    def facets(
        self, class_name: str, filters: Filters = NO_FILTERS, languages: Sequence[str] = ()
    ) -> tuple[Facet, ...]:
        """Return the values of each filter that the things of a kind have, and how many have them."""
        chosen = filters.by_relation()
        with self._connect() as connection:
            counts: dict[str, dict[int, int]] = {}
            for relation, target, things in connection.execute(
                "SELECT y.relation, y.target, y.things FROM tally y JOIN kind k ON k.id = y.kind "
                "WHERE k.key = ? ORDER BY y.relation, y.things DESC, y.target",
                (class_name,),
            ):
                counts.setdefault(relation, {})[target] = things
            return tuple(
                Facet(relation, to_options(connection, counts[relation], chosen.get(relation, ()), languages))
                for relation in RELATIONS
                if counts.get(relation)
            )


def _to_hits(
    connection: sqlite3.Connection, found: Sequence[Found], languages: Sequence[str], text: str
) -> tuple[Hit, ...]:
    entries = read_entries(connection, [each.thing for each in found], languages)
    asked = fold(text).split()
    hits = []
    for each, entry in zip(found, entries, strict=True):
        # Where the name that is shown has all that was asked for, another one says nothing new.
        shown = f" {fold_to_index(entry.name.value)}"
        is_shown = each.match.scheme is None and all(f" {word}" in shown for word in asked)
        hits.append(Hit(entry, None if is_shown else each.match))
    return tuple(hits)


def _close(connections: Iterable[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()
