"""Where servers differ from SPARQL 1.1, from its protocol and from each other: each difference, and why.

A server is known by the ``Server`` header of its answers, by nothing that is set; one that is not known is
taken at the standards' word. What was seen was seen on the versions named here, by ``tests/engine``.

Virtuoso (seen: 07.20.3229):

* its default graph is the union of all graphs, and a triple of two graphs is there twice. So the default
  graph of a release is a graph of its own there, named beside each query that names none; and since
  ``GRAPH ?g`` would find that one too, the named graphs are named before those that ask for them: in words of
  its own, since of each that stands beside a query it sends a line back in the head of its answer;
* such words, ``define …``, can make it fetch from elsewhere, and ``bif:`` and ``sql:`` call what is in its
  database (docs.openlinksw.com/virtuoso/rdfsparqlimplementatiotrans): no query may hold any;
* a dataset beside a query does not replace the query's own, but adds to it: so both together are refused;
* of graphs it gives neither N-Quads nor TriG: N-Triples and Turtle are those, where all is in one graph;
* it answers ASK with a table of one row, whatever format it is asked for;
* it takes a deadline, ``timeout`` in milliseconds, and then gives what it has found so far with status 200
  ("anytime queries", docs.openlinksw.com/virtuoso/anytimequeries): the state ``S1TAT`` in its header tells.
  Later versions (README.ANYTIME.md of its sources) give it status 206;
* it gives literals back in a form of its own: language tags in small letters, and years taken for dates. So
  what was loaded is compared by counts, not by digests;
* graphs of its own (``http://www.openlinksw.com/…`` and others) stand beside those that were loaded.
* ``define input:named-graph-exclude`` would be shorter than a list of all the others, and lead to better
  plans; but it leaves nothing of a default graph that it names, neither in joins nor in OPTIONAL;
* a variable from outside, in the FILTER of an OPTIONAL, is without a value where the OPTIONAL becomes a table
  of its own; ``+`` gives what two ways lead to twice; an EXISTS in the second of two subselects is lost. Our
  named queries are worded so that none of these matters;
* after an internal error of its compiler (``SQ156``) the next query may wait for ever;
* what it estimates a query to take is off by orders of magnitude: ``MaxQueryCostEstimationTime`` is best not
  set, and ``MaxQueryExecutionTime`` is what ends a query.

Oxigraph (seen: 0.5.13): several default graphs named together are not merged, and a triple of two is there
twice (so it is on Virtuoso; ``DISTINCT`` helps). A fault in a query is told in a line of text with its place.
It takes no deadline, so it is asked by a connection that is closed at ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from mesmart_kg.formats import NQUADS, NTRIPLES, TRIG, TURTLE, Format

DEFAULT_GRAPH: Final = "urn:x-mesmart:default"
"""The name of the default graph where a server has none that stands apart from the others."""

_PLACE: Final = re.compile(r"\bat (\d+):(\d+)")
_LINE: Final = re.compile(r"SPARQL compiler, line (\d+):()")
_INCOMPLETE: Final = "S1TAT"
_TOO_LATE: Final = re.compile(r"Virtuoso (?:S1T00|42000) Error .*(?:timed out|estimated execution time)")
_PRAGMA: Final = re.compile(
    r"\bdefine\b(?:\s|#[^\n]*\n)*[a-z][\w-]*\s*:|\b(?:bif|sql):|<(?:bif|sql):", re.IGNORECASE
)
_VIRTUOSO_GRAPHS: Final = (
    "http://www.openlinksw.com/",
    "http://www.w3.org/ns/ldp#",
    "http://www.w3.org/2002/07/owl#",
    "http://localhost:8890/",
    "http://localuriqaserver/",
    "urn:activitystreams-owl:map",
    "urn:core:services:sparql",
    "urn:virtuoso:",
    "b3s",
    "dbpprop",
    "facets",
    "virtrdf-",
)


@dataclass(frozen=True)
class Dialect:
    """What one maker's server does otherwise; the defaults are what the standards say."""

    name: str = "SPARQL 1.1"
    default_graph: str | None = None
    """The name of the graph that is the default one; None where the server keeps one apart."""
    keeps_terms: bool = True
    """Whether literals come back as they were sent."""
    adds_datasets: bool = False
    """Whether graphs named beside a query are added to those that it names itself."""
    instead: Mapping[str, Format] = field(default_factory=dict)
    """Which format to ask for in the place of one that the server has not, by its name."""
    asks_in_tables: bool = False
    takes_deadline: bool = False
    place: re.Pattern[str] | None = None
    """How the text of an error tells the line and the column of a fault."""
    refused: re.Pattern[str] | None = None
    """What no query may hold, since there it does more than ask."""
    own_graphs: tuple[str, ...] = ()
    """How the names of graphs begin that are the server's own."""

    def deadline(self, seconds: float) -> list[tuple[str, str]]:
        """Return the parameters of a request that tell the server when to give up."""
        return [("timeout", str(max(1, round(seconds * 1000))))] if self.takes_deadline else []

    def choose_graphs(self, default: str, named: Iterable[str]) -> str:
        """Return the words before a query that choose its dataset; ``define`` is Virtuoso's."""
        names = "".join(f"define input:named-graph-uri <{name}> " for name in named)
        return f"define input:default-graph-uri <{default}> {names}"

    def is_incomplete(self, status: int, headers: Message) -> bool:
        """Tell whether an answer is only what was found until the deadline."""
        return status == 206 or headers.get("X-SQL-State", "") == _INCOMPLETE

    def is_too_late(self, said: str) -> bool:
        """Tell whether an error means that the query took, or would take, too long."""
        return self.takes_deadline and _TOO_LATE.search(said) is not None

    def find_place(self, said: str) -> tuple[int, int]:
        """Return line and column of a fault in a query, from the text of an error; 0 where it tells none."""
        found = self.place.search(said[:1000]) if self.place else None
        return (int(found[1]), int(found[2] or 0)) if found else (0, 0)

    def is_own_graph(self, name: str) -> bool:
        """Tell whether a graph is there because of the server, not because somebody loaded it."""
        return name.startswith(self.own_graphs)


STANDARD: Final = Dialect()
OXIGRAPH: Final = Dialect("Oxigraph", place=_PLACE)
VIRTUOSO: Final = Dialect(
    "Virtuoso",
    default_graph=DEFAULT_GRAPH,
    keeps_terms=False,
    adds_datasets=True,
    instead={NQUADS.name: NTRIPLES, TRIG.name: TURTLE},
    asks_in_tables=True,
    takes_deadline=True,
    place=_LINE,
    refused=_PRAGMA,
    own_graphs=_VIRTUOSO_GRAPHS,
)


def find_dialect(server: str) -> Dialect:
    """Return the dialect of a server by its ``Server`` header."""
    name = server.strip().lower()
    if name.startswith("virtuoso/"):
        return VIRTUOSO
    return OXIGRAPH if name.startswith("oxigraph/") else STANDARD
