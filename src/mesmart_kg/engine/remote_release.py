"""Which release an endpoint holds, and for how long that is believed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from mesmart_kg.engine.protocol import Solutions
from mesmart_kg.errors import EngineUnavailable, QueryError, QueryTimeout

WHICH_RELEASE: Final = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT DISTINCT ?release WHERE { GRAPH ?graph { ?dataset a dcat:Dataset ; owl:versionInfo ?release } }
"""
"""The release that an endpoint holds stands in its metadata graph, as the version of the dataset."""

THE_MARK: Final = """
?dataset <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> ;
  <http://www.w3.org/2002/07/owl#versionInfo> ?release .
"""
"""The mark of a release as a pattern: it stands in a named graph, never in the default one."""

WHICH_GRAPHS: Final = "SELECT ?graph WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
"""Grouped: with DISTINCT, Virtuoso 7 takes 6 s for 5,000 statements, and so 0.01 s."""

CHECK_SECONDS: Final = 2.0
"""For how long it is believed that an endpoint holds the release that it held."""


def read_release_ids(solutions: Solutions) -> list[str]:
    """Return the ids of the releases that an endpoint names, sorted; may raise EngineUnavailable."""
    try:
        return sorted(row["release"].value for row in solutions.rows)
    except KeyError as error:
        raise EngineUnavailable("the endpoint does not tell which release it holds") from error


class ReleaseWatch:
    """Has the endpoint looked at anew when the last look was too long ago; from any thread.

    ``look`` raises EngineUnavailable or QueryError where the endpoint does not hold what it should; None
    where nothing need be held.
    """

    def __init__(self, look: Callable[[], None] | None) -> None:
        self._look = look
        self._looking = threading.Lock()
        self._seen = float("-inf")
        self._failure = ""
        self._failed = float("-inf")

    def check(self) -> None:
        """Raise EngineUnavailable unless the endpoint held its release a moment ago."""
        if self._look is None or time.monotonic() - self._seen < CHECK_SECONDS:
            return
        asked = time.monotonic()
        with self._looking:
            if time.monotonic() - self._seen < CHECK_SECONDS:
                return
            if self._failed >= asked:  # while we waited: who hangs for one hangs for all
                raise EngineUnavailable(self._failure)
            begun = time.monotonic()
            try:
                self._look()
            except (EngineUnavailable, QueryError) as error:
                late = isinstance(error, QueryTimeout)
                self._failure = "the endpoint does not answer" if late else str(error)
                self._failed = time.monotonic()
                raise EngineUnavailable(self._failure) from error
            # What it held when it was asked, not when it had answered.
            self._seen = begun

    def check_after(self, begun: float) -> None:
        """Make sure that no other release came while an answer was given that began then."""
        if time.monotonic() - begun > CHECK_SECONDS / 2:
            self.check()
