"""RDF and query-result formats: one closed table each; the rest of the code passes the format, not a string.

Media types are those of the specifications' own registrations; the IRIs are those of
https://www.w3.org/ns/formats/ which service descriptions and DCAT use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, eq=False)  # each equals itself only, and is cheap to look up by
class Format:
    """A serialisation: the name users give (``?format=``), media type, further accepted types, extension."""

    name: str
    label: str
    media_type: str
    extension: str
    iri: str
    aliases: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    holds_graph_names: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type header that announces it by its own media type."""
        return to_content_type(self.media_type)


_W3 = "http://www.w3.org/ns/formats/"

TURTLE: Final = Format(
    "ttl",
    "Turtle",
    "text/turtle",
    "ttl",
    _W3 + "Turtle",
    # Every Turtle document is one of N3, which older clients ask for.
    ("application/x-turtle", "application/turtle", "text/n3", "text/rdf+n3"),
    ("turtle", "n3"),
)
NTRIPLES: Final = Format(
    "nt", "N-Triples", "application/n-triples", "nt", _W3 + "N-Triples", (), ("ntriples", "n-triples")
)
NQUADS: Final = Format(
    "nq",
    "N-Quads",
    "application/n-quads",
    "nq",
    _W3 + "N-Quads",
    (),
    ("nquads", "n-quads"),
    holds_graph_names=True,
)
TRIG: Final = Format("trig", "TriG", "application/trig", "trig", _W3 + "TriG", holds_graph_names=True)
JSONLD: Final = Format(
    "jsonld",
    "JSON-LD",
    "application/ld+json",
    "jsonld",
    _W3 + "JSON-LD",
    (),
    ("json-ld", "json"),
    holds_graph_names=True,
)
RDFXML: Final = Format(
    "rdf",
    "RDF/XML",
    "application/rdf+xml",
    "rdf",
    _W3 + "RDF_XML",
    (),
    ("rdfxml", "rdf-xml", "rdf+xml", "xml"),
)

RDF_FORMATS: Final = (TURTLE, NTRIPLES, NQUADS, TRIG, JSONLD, RDFXML)

RESULTS_JSON: Final = Format(
    "json",
    "JSON",
    "application/sparql-results+json",
    "srj",
    _W3 + "SPARQL_Results_JSON",
    ("application/json",),
)
RESULTS_XML: Final = Format(
    "xml",
    "XML",
    "application/sparql-results+xml",
    "srx",
    _W3 + "SPARQL_Results_XML",
    ("application/xml", "text/xml"),
)
RESULTS_CSV: Final = Format("csv", "CSV", "text/csv", "csv", _W3 + "SPARQL_Results_CSV")
RESULTS_TSV: Final = Format("tsv", "TSV", "text/tab-separated-values", "tsv", _W3 + "SPARQL_Results_TSV")

RESULT_FORMATS: Final = (RESULTS_JSON, RESULTS_XML, RESULTS_CSV, RESULTS_TSV)
"""What a query language's engine writes for SELECT and ASK."""

RDF_PATCH: Final = Format(
    "rdfp",
    "RDF Patch",
    "application/rdf-patch",
    "rdfp",
    "https://jena.apache.org/documentation/rdf-patch",
    (),
    ("patch",),
    holds_graph_names=True,
)
"""The changes that lead from one dataset to another."""

_IANA = "https://www.iana.org/assignments/media-types/"

RESULTS_XLSX: Final = Format(
    "xlsx",
    "XLSX",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsx",
    _IANA + "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    (),
    ("excel",),
)
RESULTS_GEOJSON: Final = Format(
    "geojson",
    "GeoJSON",
    "application/geo+json",
    "geojson",
    _IANA + "application/geo+json",
    ("application/vnd.geo+json",),
)

TABLE_FORMATS: Final = (*RESULT_FORMATS, RESULTS_XLSX, RESULTS_GEOJSON)
"""What the answer to a SELECT is given in; the last two are made from the whole table."""


def to_content_type(media_type: str) -> str:
    """Return the Content-Type header: text formats say UTF-8, the others define their own encoding."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def find_format(name: str, formats: tuple[Format, ...]) -> Format | None:
    """Return the format that a user names by name, extension or media type; None if none of them is it."""
    wanted = name.strip().lower()
    for candidate in formats:
        names = {candidate.name, candidate.extension, candidate.media_type}
        if wanted in names.union(candidate.aliases, candidate.other_names):
            return candidate
    return None
