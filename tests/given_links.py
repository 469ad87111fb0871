"""A set of links as a town would give it to us, and the two towns of ours that it may link."""

from __future__ import annotations

from collections.abc import Callable

from mesmart_kg.linksets import Examined

BASE = "https://w3id.org/city-communities/"
HEAD = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix our: <https://w3id.org/city-communities/id/city/> .
@prefix their: <https://data.example.org/city/> .

<https://data.example.org/links> a void:Linkset ;
    dcterms:title "I legami di Corinto"@it , "The links of Corinth"@en ;
    dcterms:publisher "Corinth" ;
    dcterms:license <https://creativecommons.org/publicdomain/zero/1.0/> ;
    dcterms:created "2026-11-20"^^xsd:date ;
    void:subjectsTarget <https://data.example.org/> ;
    void:objectsTarget <https://w3id.org/city-communities/set/city-communities> .

"""
LINKS = """their:1 skos:exactMatch our:gr-atene .
their:2 skos:closeMatch our:gr-sparta .
"""
OURS = frozenset(f"{BASE}id/city/{name}" for name in ("gr-atene", "gr-sparta"))

Look = Callable[..., Examined]
