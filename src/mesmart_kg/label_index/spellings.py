"""What finds a name by its spelling: the full-text tables, which depend on the spellings alone.

They are made in a database of their own, so that a thread can make them while things are joined, and are kept
by the digest of the spellings: most changes of data leave these as they are.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from mesmart_kg.label_index.schema import FOUND, SPELLINGS
from mesmart_kg.work_cache import WorkCache, code_digest, make_key

_PRAGMAS: Final = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -131072",
)
"""For a file that nobody else sees, and that is thrown away if anything goes wrong."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database that is still being made; what is not in a transaction is written at once."""
    connection = sqlite3.connect(path.absolute().as_uri(), isolation_level=None, uri=True)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def execute_all(connection: sqlite3.Connection, script: str) -> None:
    """Execute statements one by one: executescript would end the transaction."""
    for statement in filter(None, map(str.strip, script.split(";"))):
        connection.execute(statement)


def tell_spellings(connection: sqlite3.Connection, draft: Path) -> None:
    """Number the spellings, in their order, and copy them to the database that will have them."""
    with closing(open_database(draft)) as empty:
        empty.executescript(FOUND + SPELLINGS)
    execute_all(
        connection,
        """
        INSERT INTO raw_spelling(folded, indexed)
            SELECT folded, MAX(indexed) FROM raw_name GROUP BY folded ORDER BY folded;
        CREATE UNIQUE INDEX raw_folded ON raw_spelling(folded)
        """,
    )
    connection.execute("ATTACH ? AS draft", (str(draft),))
    connection.execute("INSERT INTO draft.raw_spelling SELECT * FROM main.raw_spelling")
    connection.execute("DETACH draft")


def find_spellings(draft: Path, cache: WorkCache | None) -> None:
    """Fill what spellings are found by; what is kept of the same ones takes the place of ``draft``."""
    key = ""
    if cache is not None:
        with closing(open_database(draft)) as connection:
            key = _digest_spellings(connection)
        known = cache.find(key)
        if known is not None:
            shutil.copyfile(known, draft)
            return
    with closing(open_database(draft)) as connection:
        connection.execute("BEGIN")
        execute_all(
            connection,
            """
            INSERT INTO spelling SELECT id, folded FROM raw_spelling;
            INSERT INTO words(rowid, text) SELECT id, indexed FROM raw_spelling ORDER BY id;
            INSERT INTO grams(rowid, text) SELECT id, ' ' || folded || ' ' FROM raw_spelling ORDER BY id;
            INSERT INTO gram SELECT term, doc FROM gram_counts;
            DROP TABLE raw_spelling;
            INSERT INTO words(words) VALUES ('optimize');
            INSERT INTO grams(grams) VALUES ('optimize')
            """,
        )
        connection.execute("COMMIT")
    if cache is not None:
        with draft.open("rb") as made:
            cache.keep(key, lambda file: shutil.copyfileobj(made, file))


def _digest_spellings(connection: sqlite3.Connection) -> str:
    digest = hashlib.blake2b()
    for row in connection.execute("SELECT folded, indexed FROM raw_spelling ORDER BY id"):
        digest.update("\0".join(row).encode() + b"\n")
    return make_key(code_digest("label_index"), sqlite3.sqlite_version, "spellings", digest.digest())
