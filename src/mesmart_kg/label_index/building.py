"""The index made: triples of a default graph, as N-Triples, to one SQLite file.

Only the lines whose predicate tells the index anything are parsed, and they go straight into tables; what
follows is SQL and two passes in order, so memory does not grow with the data. The same triples in any order
give the same bytes, with the same SQLite.
"""

from __future__ import annotations

import gzip
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Final

from mesmart_kg.label_index import terms
from mesmart_kg.label_index.folding import fold, fold_code, fold_iri, fold_to_index
from mesmart_kg.label_index.keys import to_keys
from mesmart_kg.label_index.relations import DERIVED_COLUMNS, DERIVED_TIES
from mesmart_kg.label_index.schema import FORMAT, INDEXES, RAW, RAW_TABLES, TABLES, VIEWS
from mesmart_kg.label_index.statements import ALSO, FOUND_BY, Row, read_rows
from mesmart_kg.labels import Name, find_label

_BATCH: Final = 5000


def build_index(dump: Path, target: Path, digest: str = "") -> None:
    """Write the index of a default graph, given as N-Triples packed by gzip, to ``target``, at once or not.

    ``digest`` tells of which data it is; :func:`place.open_index` compares it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".labels-", dir=target.parent) as workshop:
        draft, done = Path(workshop) / "draft.sqlite", Path(workshop) / "done.sqlite"
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection, gzip.open(dump) as lines:
            _fill(connection, lines)
            connection.execute("INSERT INTO meta VALUES ('digest', ?)", (digest,))
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
            connection.execute("VACUUM INTO ?", (str(done),))
        done.chmod(0o644)
        done.replace(target)


def _fill(connection: sqlite3.Connection, lines: Iterable[bytes]) -> None:
    for pragma in (
        "journal_mode = OFF",
        "synchronous = OFF",
        "locking_mode = EXCLUSIVE",
        "cache_size = -65536",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(RAW + TABLES + VIEWS)
    connection.execute("BEGIN")
    _load(connection, lines)
    _number_things(connection)
    _tell_names(connection)
    for statement in (*DERIVED_TIES, *DERIVED_COLUMNS):
        connection.execute(statement)
    _sort_nameless(connection)
    _execute_all(connection, INDEXES)
    for table in RAW_TABLES:
        connection.execute(f"DROP TABLE {table}")
    connection.execute("INSERT INTO words(words) VALUES ('optimize')")
    connection.execute("INSERT INTO grams(grams) VALUES ('optimize')")


def _execute_all(connection: sqlite3.Connection, script: str) -> None:
    # executescript would end the transaction.
    for statement in filter(None, map(str.strip, script.split(";"))):
        connection.execute(statement)


def _load(connection: sqlite3.Connection, lines: Iterable[bytes]) -> None:
    """Put what the triples tell into the raw tables."""
    waiting: dict[str, list[Row]] = {}
    for table, row in read_rows(lines):
        rows = waiting.setdefault(table, [])
        rows.append(row)
        if len(rows) >= _BATCH:
            _insert(connection, table, rows)
            rows.clear()
    for table, rows in waiting.items():
        _insert(connection, table, rows)


def _insert(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names


def _number_things(connection: sqlite3.Connection) -> None:
    """Fill ``kind``, ``thing``, ``code`` and ``link``."""
    classes = [row[0] for row in connection.execute("SELECT DISTINCT class FROM raw_type ORDER BY class")]
    order = {iri: place for place, iri in enumerate(terms.KINDS)}

    def rank(iri: str) -> tuple[bool, int, str]:
        return iri in terms.GENERAL, order.get(iri, len(order)), iri

    ranked = [(iri, terms.to_kind(iri), place) for place, iri in enumerate(sorted(classes, key=rank))]
    connection.executemany("INSERT INTO raw_class VALUES (?, ?, ?)", ranked)
    _execute_all(
        connection,
        """
        CREATE TABLE raw_thing AS
            SELECT s, class, key FROM (
                SELECT t.s AS s, c.class AS class, c.key AS key, MIN(c.rank)
                FROM raw_type t JOIN raw_class c ON c.class = t.class GROUP BY t.s);
        INSERT INTO raw_thing
            SELECT DISTINCT s, '', 'thing' FROM raw_text WHERE s NOT IN (SELECT s FROM raw_type);
        INSERT INTO kind(key, class_iri, things)
            SELECT key, class, SUM(n) FROM (
                SELECT key, class, COUNT(*) AS n FROM raw_thing WHERE s NOT LIKE '\\_:%' ESCAPE '\\'
                GROUP BY key, class ORDER BY key, n DESC, class)
            GROUP BY key ORDER BY key;
        INSERT INTO thing(iri, kind, class_iri)
            SELECT s, kind.id, class FROM raw_thing JOIN kind USING (key)
            WHERE s NOT LIKE '\\_:%' ESCAPE '\\' ORDER BY s;
        DROP TABLE raw_thing;
        CREATE UNIQUE INDEX raw_iri ON thing(iri);
        INSERT OR IGNORE INTO link
            SELECT l.short, a.id, b.id FROM raw_link l JOIN thing a ON a.iri = l.s JOIN thing b ON b.iri = l.o
            WHERE a.id <> b.id;
        CREATE INDEX link_back ON link(b, short, a)
        """,
    )
    tiers = [(_to_tier(key), key) for (key,) in connection.execute("SELECT key FROM kind").fetchall()]
    connection.executemany("UPDATE kind SET tier = ? WHERE key = ?", tiers)
    _tell_same(connection)
    rows = connection.execute(
        "SELECT t.id, c.scheme, c.code FROM raw_code c JOIN thing t ON t.iri = c.s ORDER BY 1, 2, 3"
    )
    folded = ((fold_code(code), scheme, thing, code) for thing, scheme, code in rows)
    connection.executemany("INSERT OR IGNORE INTO code VALUES (?, ?, ?, ?)", folded)


def _tell_same(connection: sqlite3.Connection) -> None:
    """Fill ``same`` in both directions, and add the codes that addresses in well-known registers hold."""
    connection.create_function("fold_iri", 1, fold_iri, deterministic=True)
    _execute_all(
        connection,
        """
        INSERT OR IGNORE INTO same
            SELECT fold_iri(r.o), t.id, r.relation FROM raw_same r JOIN thing t ON t.iri = r.s
            WHERE r.o <> r.s;
        INSERT OR IGNORE INTO same
            SELECT fold_iri(r.s), t.id, r.relation FROM raw_same r JOIN thing t ON t.iri = r.o
            WHERE r.o <> r.s
        """,
    )
    rows = connection.execute("SELECT s, o FROM raw_same UNION SELECT o, s FROM raw_same")
    codes = ((own, *found) for own, other in rows if (found := terms.read_register(other)))
    connection.executemany("INSERT INTO raw_code VALUES (?, ?, ?)", codes)


def _to_tier(key: str) -> int:
    """Return 0 for a kind that people look for, 2 for one that no search finds, 1 for all others.

    What the table of kinds does not know is somebody's own, and as good as ours.
    """
    if key in terms.UNSOUGHT:
        return 2
    return 0 if key in terms.SOUGHT or key not in terms.KINDS.values() else 1


def _tell_names(connection: sqlite3.Connection) -> None:
    """Fill ``name``, ``spelling`` and what finds them, and what named things are sorted by."""
    rows = connection.execute(
        "SELECT t.id, r.rank, r.value, r.language FROM raw_text r JOIN thing t ON t.iri = r.s "
        "ORDER BY t.id, r.rank, r.value, r.language"
    )
    names: list[Row] = []
    keys: list[Row] = []
    orders: list[Row] = []
    for thing, group in groupby(rows, lambda row: int(row[0])):
        told = _rank_names((rank, value, language) for _, rank, value, language in group)
        names += [
            (thing, rank, value, language, fold(value), fold_to_index(value))
            for rank, value, language in told
        ]
        for value in {value: None for _, value, _ in told}:
            folded = fold(value)
            keys += [(folded, key) for key in to_keys(value)]
        best = [Name(value, language or None) for rank, value, language in told if rank == told[0][0]]
        orders.append((thing, _to_sort(best, "it"), _to_sort(best, "en")))
        if len(names) >= _BATCH:
            _insert(connection, "raw_name", names)
            _insert(connection, "raw_key", keys)
            _insert(connection, "raw_sort", orders)
            names.clear()
            keys.clear()
            orders.clear()
    _insert(connection, "raw_name", names)
    _insert(connection, "raw_key", keys)
    _insert(connection, "raw_sort", orders)
    _execute_all(
        connection,
        """
        CREATE INDEX raw_folded ON raw_name(folded);
        INSERT INTO spelling(folded) SELECT DISTINCT folded FROM raw_name ORDER BY folded;
        CREATE UNIQUE INDEX raw_spelling ON spelling(folded);
        INSERT INTO words(rowid, text)
            SELECT s.id, MAX(r.indexed) FROM spelling s JOIN raw_name r ON r.folded = s.folded
            GROUP BY s.id ORDER BY s.id;
        INSERT INTO grams(rowid, text) SELECT id, ' ' || folded || ' ' FROM spelling ORDER BY id;
        INSERT OR IGNORE INTO name
            SELECT r.thing, r.rank, r.value, r.language, s.id
            FROM raw_name r JOIN spelling s ON s.folded = r.folded;
        INSERT OR IGNORE INTO key SELECT r.key, s.id FROM raw_key r JOIN spelling s ON s.folded = r.folded;
        INSERT INTO gram SELECT term, doc FROM gram_counts;
        UPDATE thing SET sort_it = o.sort_it, sort_en = o.sort_en FROM raw_sort o WHERE o.thing = thing.id;
        DROP INDEX raw_spelling
        """,
    )


def _rank_names(told: Iterable[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """Return a thing's names with ranks 0, 1 or 2, best first; none twice in the same language.

    A name without language that another name has with one says nothing new.
    """
    given = list(told)
    best = min(rank for rank, _, _ in given)
    found: list[tuple[int, str, str]] = []
    for rank, value, language in given:
        own = 2 if rank == FOUND_BY else 0 if rank == best and rank < ALSO else 1
        if not any(value == v and language in ("", known) for _, v, known in found):
            found.append((own, value, language))
    return found


def _to_sort(names: list[Name], language: str) -> str:
    best = find_label(names, (language,))
    return _sortable(best.value if best else "")


def _sortable(text: str) -> str:
    return (fold(text) or text)[:80]


def _sort_nameless(connection: sqlite3.Connection) -> None:
    """Sort nameless things by the names of what they join, or by the end of their IRIs."""
    connection.create_function(
        "end_of", 1, lambda iri: _sortable(iri.rstrip("/#").rpartition("/")[2]), deterministic=True
    )
    for language in ("it", "en"):
        connection.execute(
            f"""
            UPDATE thing SET sort_{language} = found.text FROM (
                SELECT thing AS id, group_concat(sort_{language}, ' ') AS text FROM (
                    SELECT p.thing, t.sort_{language} FROM part p JOIN thing t ON t.id = p.target
                    ORDER BY p.thing, p.position) GROUP BY thing) AS found
            WHERE thing.id = found.id AND thing.sort_{language} IS NULL
            """  # noqa: S608 - our own names
        )
        connection.execute(f"UPDATE thing SET sort_{language} = end_of(iri) WHERE sort_{language} IS NULL")  # noqa: S608
    connection.execute("DROP INDEX raw_iri")
