"""Where an index lies, and what is done when it isn't there: beside the release, else in its own folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import weakref
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Final

from mesmart_kg.label_index.building import build_index
from mesmart_kg.label_index.index import LabelIndex
from mesmart_kg.label_index.schema import FORMAT

FILE_NAME: Final = "labels.sqlite"

_LOOK_SECONDS: Final = 0.3
"""How long the pages of a file are looked through before it is used: those of a million triples all, of more
some. Where a fault is found later, the file is removed (``index``)."""


def open_index(derived: Path, dump: Path, digest: str) -> LabelIndex:
    """Return the index of a default graph, made first where ``derived`` holds none of this format and data.

    ``dump`` is the graph as packed N-Triples, ``digest`` tells which data they are. Where ``derived`` can't
    be written to, the index lives in a temporary folder, for as long as this process.
    """
    place = derived / FILE_NAME
    if is_current(place, digest):
        return LabelIndex(place)
    if _is_writable(derived):
        build_index(dump, place, digest)
        return LabelIndex(place)
    folder = Path(tempfile.mkdtemp(prefix="mesmart-labels-"))
    try:
        build_index(dump, folder / FILE_NAME, digest)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    index = LabelIndex(folder / FILE_NAME)
    weakref.finalize(index, shutil.rmtree, folder, ignore_errors=True)
    return index


def is_current(place: Path, digest: str) -> bool:
    """Tell whether a file is an index of this format, of the data with this digest."""
    if not place.is_file():
        return False
    try:
        with closing(
            sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
                return False
            found = connection.execute("SELECT value FROM meta WHERE key = 'digest'").fetchone()
            return bool(found == (digest,) and _is_sound(connection))
    except sqlite3.Error:
        return False  # cut short, or something else altogether


def _is_sound(connection: sqlite3.Connection) -> bool:
    """Look through the pages, as far as the time allows; tell whether they are as they should be."""
    timer = Timer(_LOOK_SECONDS, connection.interrupt)
    timer.start()
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_INTERRUPT":
            raise
        return True
    finally:
        timer.cancel()
        timer.join()


def _is_writable(derived: Path) -> bool:
    try:
        derived.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(derived, os.W_OK | os.X_OK)
