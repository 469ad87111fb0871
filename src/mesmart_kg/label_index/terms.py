"""Which property tells what: names and their order, codes, dates, places, communities, kinds of thing."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from mesmart_kg.namespaces import PREFIXES, expand

PREFERRED: Final = tuple(
    expand(name)
    for name in ("skos:prefLabel", "rdfs:label", "dcterms:title", "foaf:name", "schema:name", "dc:title")
)
"""Properties that name a thing, the best first; what the best one that a thing has tells are its names, what
the others tell are further names. ``http://schema.org/`` is read as well, since files of others have it."""

ALTERNATIVE: Final = tuple(
    expand(name) for name in ("skos:altLabel", "schema:alternateName", "dcterms:alternative")
)
HIDDEN: Final = expand("skos:hiddenLabel")
IDENTIFIER: Final = expand("dcterms:identifier")
NOTATION: Final = expand("skos:notation")
IPA: Final = expand("cov:IPAcode")
"""The code of a public body in the Italian index of them, a property of its own."""
WKT: Final = expand("geo:asWKT")
LATITUDE: Final = "http://www.w3.org/2003/01/geo/wgs84_pos#lat"
LONGITUDE: Final = "http://www.w3.org/2003/01/geo/wgs84_pos#long"

STARTS: Final = tuple(
    expand(name)
    for name in (
        "schema:startDate",
        "schema:foundingDate",
        "dcterms:issued",
        "sdmx-dimension:refPeriod",
        "schema:datePublished",
    )
)
"""Properties that say when; the first that a thing has counts."""

END: Final = expand("schema:endDate")

TYPE: Final = expand("rdf:type")

LINKS: Final = MappingProxyType(
    {
        expand(name): short
        for name, short in {
            "cc:within": "within",
            "schema:containedInPlace": "within",
            "schema:location": "at",
            "dcterms:spatial": "at",
            "sdmx-dimension:refArea": "area",
            "org:member": "who",
            "m8g:hasParticipant": "who",
            "org:organization": "whose",
            "cc:community": "whose",
            "org:memberOf": "member of",
            "schema:organizer": "by",
            "org:unitOf": "by",
            "cc:promotes": "promotes",
            "org:classification": "kind",
            "dcterms:type": "kind",
            "skos:inScheme": "kind",
            "org:role": "kind",
            "m8g:role": "kind",
            "geo:hasDefaultGeometry": "geometry",
            "geo:hasGeometry": "geometry",
            "schema:additionalProperty": "says",
            "m8g:hasParticipation": "took part",
            "schema:propertyID": "property",
            "qb:measureType": "measure",
            "schema:superEvent": "of",
        }.items()
    }
)
"""Links between things that the index follows, by what they mean to it."""

SAME: Final = MappingProxyType(
    {expand(name): name for name in ("skos:exactMatch", "skos:closeMatch", "owl:sameAs", "schema:sameAs")}
)
"""Properties that say that two IRIs name the same thing, or nearly, with the names the index has for them."""

KINDS: Final = MappingProxyType(
    {
        expand(name): key
        for name, key in {
            "cc:City": "city",
            "cc:Community": "community",
            "cc:EventSeries": "series",
            "cc:Event": "event",
            "cc:Country": "country",
            "cc:Region": "region",
            "cc:Project": "project",
            "cc:Mechanism": "mechanism",
            "cc:Source": "source",
            "cc:Membership": "membership",
            "cc:Participation": "participation",
            "org:OrganizationalUnit": "organization",
            "org:FormalOrganization": "organization",
            "m8g:PublicOrganisation": "organization",
            "org:Organization": "organization",
            "qb:Observation": "observation",
            "schema:PropertyValue": "statement",
            "geo:Geometry": "geometry",
            "schema:City": "city",
            "schema:Country": "country",
            "schema:AdministrativeArea": "region",
            "schema:Event": "event",
            "schema:Place": "place",
            "org:Role": "concept",
            "skos:Concept": "concept",
            "skos:ConceptScheme": "scheme",
            "skos:Collection": "collection",
            "owl:Class": "class",
            "owl:ObjectProperty": "property",
            "owl:DatatypeProperty": "property",
            "owl:AnnotationProperty": "property",
            "rdf:Property": "property",
        }.items()
    }
)
"""What makes a thing be of a kind, the first that it has; the keys are those of our IRIs where there are any.
A thing of none of these classes is of the kind that its class's own name says: ``foaf:Person``, person."""

GENERAL: Final = frozenset(
    expand(name)
    for name in (
        "owl:NamedIndividual",
        "owl:Thing",
        "rdfs:Resource",
        "prov:Entity",
        "prov:Agent",
        "foaf:Agent",
        "foaf:Document",
        "geo:Feature",
    )
)
"""Classes that say little: they count where a thing has no other."""

SOUGHT: Final = frozenset(
    (
        "city",
        "community",
        "event",
        "series",
        "country",
        "region",
        "organization",
        "project",
        "mechanism",
        "place",
    )
)
"""Kinds of thing that people look for; others of the vocabulary and its sources are found after them."""

UNSOUGHT: Final = frozenset(
    (
        "entity",
        "activity",
        "association",
        "component-specification",
        "data-structure-definition",
        "distribution",
        "linkset",
        "quality-annotation",
    )
)
"""Kinds that only hold the others together: they are in lists, and no search finds them."""

_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_END: Final = re.compile(r"([^/#:]+)[/#]?$")

_REGISTERS: Final = (
    ("wikidata", re.compile(r"https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/(Q[0-9]+)$")),
    ("geonames", re.compile(r"https?://(?:sws|www)\.geonames\.org/([0-9]+)(?:/.*)?$")),
    ("eu-authority", re.compile(re.escape(PREFIXES["at"]) + r"[a-z-]+/([A-Za-z0-9_-]+)$")),
)

SILENT: Final = frozenset({"slug"})
"""Schemes of identifiers that say what the IRI says already."""


def to_kind(class_iri: str) -> str:
    """Return the key of the kind that a class makes: from the table, else its own name, hyphenated."""
    known = KINDS.get(class_iri)
    if known is not None:
        return known
    found = _END.search(class_iri)
    words = _WORDS.sub("-", found.group(1) if found else class_iri)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60] or "thing"


def read_register(iri: str) -> tuple[str, str] | None:
    """Return scheme and code of a thing in Wikidata, GeoNames or the EU's tables, by its address there."""
    for scheme, pattern in _REGISTERS:
        found = pattern.match(iri)
        if found:
            return scheme, found.group(1)
    return None


def to_addresses(scheme: str, code: str) -> tuple[str, ...]:
    """Return the addresses under which registers that :func:`read_register` knows name a thing."""
    return {
        "wikidata": (f"http://www.wikidata.org/entity/{code}", f"https://www.wikidata.org/wiki/{code}"),
        "geonames": (f"https://sws.geonames.org/{code}/", f"https://www.geonames.org/{code}/"),
    }.get(scheme, ())


def divide_code(text: str) -> tuple[str, str]:
    """Return scheme and code of an identifier such as ``istat:083048``; an empty scheme if it tells none."""
    scheme, colon, code = text.partition(":")
    plain = scheme.replace("-", "").isalnum() and code and not code.startswith("//")
    return (scheme.lower(), code) if colon and plain else ("", text)
