"""The index made: pieces of a default graph, put together in one SQLite file.

Each piece (``pieces``) comes with all that its own statements tell; here its things are numbered, in the
order of their IRIs, and joined, in SQL, so memory does not grow with the data. What depends on spellings
alone, the full-text tables (``spellings``), is made meanwhile by a thread of its own. The same triples in any
order, and however cut, give the same bytes, with the same SQLite.
"""

from __future__ import annotations

import gzip
import sqlite3
import tempfile
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

from mesmart_kg.label_index import terms
from mesmart_kg.label_index.pieces import make_pieces
from mesmart_kg.label_index.relations import DERIVED_COLUMNS, DERIVED_TIES
from mesmart_kg.label_index.schema import (
    FORMAT,
    INDEXES,
    JOINED,
    JOINED_TABLES,
    RAW,
    RAW_COLUMNS,
    SPELLINGS,
    TABLES,
)
from mesmart_kg.label_index.spellings import execute_all, find_spellings, open_database, tell_spellings
from mesmart_kg.label_index.statements import select_told
from mesmart_kg.sorted_lines import cut_slices, sort_lines
from mesmart_kg.work_cache import WorkCache

_LINES: Final = 20_000
"""Statements of a piece, where we cut them ourselves."""


def build_index(dump: Path, target: Path, digest: str = "") -> None:
    """Write the index of a default graph, given as N-Triples packed by gzip, to ``target``, at once or not.

    ``digest`` tells of which data it is; :func:`place.open_index` compares it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".labels-", dir=target.parent) as name:
        workshop = Path(name)
        told, done = workshop / "told.nt", workshop / "done.sqlite"
        with gzip.open(dump) as lines:
            sort_lines(select_told(lines), told)
        with WorkCache.open(workshop / "pieces") as cache, ThreadPoolExecutor(1) as work:
            join_pieces(make_pieces(told, cut_slices(told, _LINES), cache, work), done)
        place_index(done, target, digest)


def place_index(made: Path, target: Path, digest: str) -> None:
    """Move an index that :func:`join_pieces` made to its place, with the digest of the data in it."""
    with closing(open_database(made)) as connection:
        connection.execute("INSERT INTO meta VALUES ('digest', ?)", (digest,))
    made.chmod(0o644)
    made.replace(target)


def join_pieces(pieces: Sequence[Path], target: Path, cache: WorkCache | None = None) -> Path:
    """Write the index of all pieces, in their order, to ``target``, which is not there yet; return that.

    With a cache, what depends on spellings alone is kept there.
    """
    with tempfile.TemporaryDirectory(prefix=".joining-", dir=target.parent) as name:
        joined, draft = Path(name) / "joined.sqlite", Path(name) / "draft.sqlite"
        with ThreadPoolExecutor(1) as apart:
            with closing(open_database(joined)) as connection:
                found = _join(connection, pieces, draft, cache, apart)
            found.result()
        with closing(open_database(draft)) as connection:
            connection.execute("ATTACH ? AS joined", (str(joined),))
            connection.execute("BEGIN")
            execute_all(connection, TABLES)
            for table in JOINED_TABLES:
                connection.execute(f"INSERT INTO main.{table} SELECT * FROM joined.{table}")  # noqa: S608 - ours
            execute_all(connection, INDEXES)
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
            # Without the free pages of what was needed on the way.
            connection.execute("VACUUM main INTO ?", (str(target),))
    return target


def _join(
    connection: sqlite3.Connection,
    pieces: Sequence[Path],
    draft: Path,
    cache: WorkCache | None,
    apart: Executor,
) -> Future[None]:
    """Fill the tables of things; return the promise that those of spellings are filled in ``draft``."""
    connection.executescript(RAW + JOINED + SPELLINGS + TABLES)
    for piece in pieces:
        _add_piece(connection, piece)
    tell_spellings(connection, draft)
    found = apart.submit(find_spellings, draft, cache)
    connection.execute("BEGIN")
    _number_things(connection)
    _link_things(connection)
    _tell_names(connection)
    for statement in (*DERIVED_TIES, *DERIVED_COLUMNS):
        connection.execute(statement)
    _sort_nameless(connection)
    connection.execute("COMMIT")
    return found


def _add_piece(connection: sqlite3.Connection, piece: Path) -> None:
    """Add the rows of a piece, its things numbered on from those before."""
    connection.execute("ATTACH ? AS piece", (f"{piece.absolute().as_uri()}?mode=ro&immutable=1",))
    (first,) = connection.execute("SELECT COALESCE(MAX(n) + 1, 0) FROM main.raw_thing").fetchone()
    connection.execute("BEGIN")
    for table in RAW_COLUMNS:
        names = [row[1] for row in connection.execute(f"PRAGMA piece.table_info({table})")]
        columns = ", ".join(f"n + {first}" if name == "n" else name for name in names)
        connection.execute(f"INSERT INTO main.{table} SELECT {columns} FROM piece.{table}")  # noqa: S608 - ours
    connection.execute("COMMIT")
    connection.execute("DETACH piece")


def _number_things(connection: sqlite3.Connection) -> None:
    """Fill ``kind`` and ``thing``."""
    execute_all(
        connection,
        """
        INSERT INTO kind(key, class_iri, things)
            SELECT key, class, SUM(n) FROM (
                SELECT key, class, COUNT(*) AS n FROM raw_thing GROUP BY key, class
                ORDER BY key, n DESC, class)
            GROUP BY key ORDER BY key;
        CREATE TABLE raw_order(id INTEGER PRIMARY KEY, n INTEGER);
        INSERT INTO raw_order(n) SELECT n FROM raw_thing ORDER BY iri;
        INSERT INTO raw_number SELECT n, id FROM raw_order ORDER BY n;
        INSERT INTO thing(
            id, iri, kind, class_iri, sort_it, sort_en, start, stop, longitude, latitude)
            SELECT o.id, r.iri, kind.id, r.class, r.sort_it, r.sort_en, r.start, r.stop,
                r.longitude, r.latitude
            FROM raw_order o CROSS JOIN raw_thing r ON r.n = o.n JOIN kind USING (key) ORDER BY o.id;
        CREATE UNIQUE INDEX raw_iri ON thing(iri)
        """,
    )
    tiers = [(_to_tier(key), key) for (key,) in connection.execute("SELECT key FROM kind").fetchall()]
    connection.executemany("UPDATE kind SET tier = ? WHERE key = ?", tiers)


def _link_things(connection: sqlite3.Connection) -> None:
    """Fill ``link``, ``same`` and ``code``."""
    execute_all(
        connection,
        """
        INSERT OR IGNORE INTO link
            SELECT l.short, a.id, b.id FROM raw_link l JOIN raw_number a ON a.n = l.n
            JOIN thing b ON b.iri = l.o
            WHERE a.id <> b.id ORDER BY 1, 2, 3;
        CREATE INDEX link_back ON link(b, short, a);
        INSERT OR IGNORE INTO same
            SELECT r.folded_o, m.id, r.relation FROM raw_same r JOIN raw_number m ON m.n = r.n
            UNION
            SELECT r.folded_s, t.id, r.relation FROM raw_same r JOIN thing t ON t.iri = r.o;
        INSERT INTO code
            SELECT folded, scheme, id, MIN(code) FROM (
                SELECT c.folded, c.scheme, m.id, c.code FROM raw_code c JOIN raw_number m ON m.n = c.n
                UNION ALL
                SELECT b.folded, b.scheme, t.id, b.code FROM raw_back b JOIN thing t ON t.iri = b.o)
            GROUP BY 1, 2, 3
        """,
    )


def _to_tier(key: str) -> int:
    """Return 0 for a kind that people look for, 2 for one that no search finds, 1 for all others.

    What the table of kinds does not know is somebody's own, and as good as ours.
    """
    if key in terms.UNSOUGHT:
        return 2
    return 0 if key in terms.SOUGHT or key not in terms.KINDS.values() else 1


def _tell_names(connection: sqlite3.Connection) -> None:
    """Fill ``name`` and ``key``."""
    execute_all(
        connection,
        """
        INSERT OR IGNORE INTO name
            SELECT m.id, r.rank, r.value, r.language, s.id FROM raw_name r
            CROSS JOIN raw_number m ON m.n = r.n CROSS JOIN raw_spelling s ON s.folded = r.folded;
        INSERT OR IGNORE INTO key
            SELECT r.key, s.id FROM raw_key r CROSS JOIN raw_spelling s ON s.folded = r.folded ORDER BY 1, 2
        """,
    )


def _sort_nameless(connection: sqlite3.Connection) -> None:
    """Sort nameless things by the names of what they join, or by the end of their IRIs."""
    execute_all(
        connection,
        """
        UPDATE thing SET sort_it = found.it, sort_en = found.en FROM (
            SELECT thing AS id, group_concat(sort_it, ' ') AS it, group_concat(sort_en, ' ') AS en FROM (
                SELECT p.thing, t.sort_it, t.sort_en FROM part p JOIN thing t ON t.id = p.target
                ORDER BY p.thing, p.position) GROUP BY thing) AS found
            WHERE thing.id = found.id AND thing.sort_it IS NULL;
        UPDATE thing SET sort_it = found.ending, sort_en = found.ending FROM (
            SELECT m.id, r.ending FROM raw_thing r JOIN raw_number m ON m.n = r.n WHERE r.ending IS NOT NULL
            ) AS found WHERE thing.id = found.id AND thing.sort_it IS NULL
        """,
    )
