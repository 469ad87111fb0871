"""Messages as others would send them."""

from __future__ import annotations

import json
from typing import Any

BASE = "https://w3id.org/city-communities/"
MESSINA = f"{BASE}id/city/it-messina"
ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
ANNOTATIONS = "http://www.w3.org/ns/anno.jsonld"
LD_JSON = "application/ld+json"
TURTLE = "text/turtle"

LINKS = f"""
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<https://data.example.org/links> a void:Linkset ;
    dcterms:title "Our partners"@en ;
    dcterms:publisher "Example" ;
    dcterms:license <https://creativecommons.org/publicdomain/zero/1.0/> ;
    dcterms:created "2026-11-22"^^xsd:date ;
    void:subjectsTarget <https://data.example.org/> ;
    void:objectsTarget <{BASE}set/city-communities> ;
    void:linkPredicate skos:exactMatch ;
    void:triples 1 .

<https://data.example.org/city/1> skos:exactMatch <{MESSINA}> .
"""


def correction(**changes: Any) -> dict[str, Any]:
    """Return an offer of a correction; ``changes`` go to its annotation."""
    return {
        "@context": [ACTIVITY_STREAMS, ANNOTATIONS],
        "type": "Offer",
        "actor": {"name": "Ada"},
        "object": {
            "type": "Annotation",
            "motivation": "editing",
            "target": MESSINA,
            "bodyValue": "The name is misspelt.",
            "dcterms:source": "https://example.org/page",
            **changes,
        },
    }


def announcement(**changes: Any) -> dict[str, Any]:
    """Return the announcement of a set of links by its address; ``changes`` go to the set."""
    return {
        "@context": [ACTIVITY_STREAMS, f"{BASE}context"],
        "type": "Announce",
        "actor": "https://data.example.org/",
        "object": {"id": "https://data.example.org/links.ttl", "type": "void:Linkset", **changes},
    }


def to_bytes(document: object) -> bytes:
    return json.dumps(document).encode()
