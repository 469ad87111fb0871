"""Prefixes, the terms the code itself names, and the names of the graphs.

The one table of namespaces of the project: files in ``data/``, ``ontology/``, ``shapes/`` and ``queries/``
declare these prefixes with these IRIs, and a test compares them. Two namespaces are ours: the constant one
of the ontology (``def#``, ``shapes#``, ``voc/``), the same for every city that uses our terms, and the base
IRI, a setting, under which a publisher names its own things (``id/``, ``doc/``, ``set/``, ``graph/``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

NAMESPACE: Final = "https://w3id.org/city-communities/"
"""Root of the constant namespace; also the default base IRI."""

CC: Final = NAMESPACE + "def#"
VOC: Final = NAMESPACE + "voc/"
SHAPES: Final = NAMESPACE + "shapes#"

PREFIXES: Final = MappingProxyType(
    {
        "cc": CC,
        "voc": VOC,
        "shapes": SHAPES,
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "org": "http://www.w3.org/ns/org#",
        "schema": "https://schema.org/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "prov": "http://www.w3.org/ns/prov#",
        "geo": "http://www.opengis.net/ont/geosparql#",
        "geof": "http://www.opengis.net/def/function/geosparql/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "dcat": "http://www.w3.org/ns/dcat#",
        "dcatap": "http://data.europa.eu/r5r/",
        "dcatapit": "http://dati.gov.it/onto/dcatapit#",
        "adms": "http://www.w3.org/ns/adms#",
        "m8g": "http://data.europa.eu/m8g/",
        "locn": "http://www.w3.org/ns/locn#",
        "clv": "https://w3id.org/italia/onto/CLV/",
        "cov": "https://w3id.org/italia/onto/COV/",
        "cpev": "https://w3id.org/italia/onto/CPEV/",
        "ti": "https://w3id.org/italia/onto/TI/",
        "ro": "https://w3id.org/italia/onto/RO/",
        "l0": "https://w3id.org/italia/onto/l0/",
        "sm": "https://w3id.org/italia/onto/SM/",
        "poi": "https://w3id.org/italia/onto/POI/",
        "prj": "https://w3id.org/italia/onto/Project/",
        "admsapit": "https://w3id.org/italia/onto/ADMS/",
        "ndc": "https://w3id.org/italia/onto/NDC/",
        "cv": "https://w3id.org/italia/controlled-vocabulary/",
        "qb": "http://purl.org/linked-data/cube#",
        "sdmx-dimension": "http://purl.org/linked-data/sdmx/2009/dimension#",
        "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
        "void": "http://rdfs.org/ns/void#",
        "void-ext": "http://ldf.fi/void-ext#",
        "dqv": "http://www.w3.org/ns/dqv#",
        "sd": "http://www.w3.org/ns/sparql-service-description#",
        "sh": "http://www.w3.org/ns/shacl#",
        "oa": "http://www.w3.org/ns/oa#",
        "as": "https://www.w3.org/ns/activitystreams#",
        "ldp": "http://www.w3.org/ns/ldp#",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
        "spdx": "http://spdx.org/rdf/terms#",
        "vann": "http://purl.org/vocab/vann/",
        "at": "http://publications.europa.eu/resource/authority/",
        "wd": "http://www.wikidata.org/entity/",
        "wdt": "http://www.wikidata.org/prop/direct/",
    }
)
"""Prefix to namespace, in the order in which files declare them."""

_PLAIN_LOCAL: Final = re.compile(r"[A-Za-z0-9_-]+")
_BY_NAMESPACE: Final = {namespace: prefix for prefix, namespace in sorted(PREFIXES.items())}

NOT_IN_DEFAULT_GRAPH: Final = ("shapes", "alignment", "metadata")
"""Kinds of named graph that the default graph, the merge of all others, leaves out."""


@dataclass(frozen=True)
class GraphNames:
    """The IRIs of the named graphs under one base IRI (``vocabularies.md``, section 6)."""

    base: str = NAMESPACE

    def named(self, kind: str) -> str:
        """Return the IRI of the graph of one kind, such as ``inferred``."""
        return f"{self.base}graph/{kind}"

    def linkset(self, name: str) -> str:
        """Return the IRI of the graph of the links that somebody else gave us under a name."""
        return f"{self.links}/{name}"

    def find_linkset(self, graph: str) -> str | None:
        """Return the name of a set of links that somebody gave us, by the IRI of its graph; else None."""
        name = graph.removeprefix(f"{self.links}/")
        return name if name != graph else None

    def source(self, slug: str) -> str:
        """Return the IRI of the graph that holds what one source states, and nothing else."""
        return f"{self.base}graph/source/{slug}"

    @property
    def ontology(self) -> str:
        return self.named("ontology")

    @property
    def concepts(self) -> str:
        return self.named("concepts")

    @property
    def shapes(self) -> str:
        return self.named("shapes")

    @property
    def inferred(self) -> str:
        return self.named("inferred")

    @property
    def links(self) -> str:
        return self.named("links")

    @property
    def alignment(self) -> str:
        return self.named("alignment")

    @property
    def provenance(self) -> str:
        return self.named("provenance")

    @property
    def metadata(self) -> str:
        return self.named("metadata")

    def is_apart(self, name: str) -> bool:
        """Tell whether rules draw no conclusions from the graph of that IRI, as from links and shapes."""
        apart = {self.links, self.shapes, self.alignment, self.metadata}
        return name in apart or self.find_linkset(name) is not None

    def in_default_graph(self, name: str) -> bool:
        """Tell whether the graph of that IRI is merged into the default graph."""
        return name not in {self.named(kind) for kind in NOT_IN_DEFAULT_GRAPH}


def expand(name: str) -> str:
    """Return the IRI of a prefixed name such as ``skos:prefLabel``; KeyError for an unknown prefix."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def compact(iri: str) -> str:
    """Return the prefixed name of an IRI, by its longest namespace; in angle brackets where there is none.

    A local part that would need an escape in Turtle or SPARQL, such as one with a slash, is not shortened.
    """
    # Every namespace ends in one of the two, which no plain local part holds.
    end = max(iri.rfind("/"), iri.rfind("#")) + 1
    prefix, local = _BY_NAMESPACE.get(iri[:end]), iri[end:]
    return f"{prefix}:{local}" if prefix is not None and _PLAIN_LOCAL.fullmatch(local) else f"<{iri}>"
