"""A description in the words of schema.org, as search engines read it inside a page.

They want little, and in one shape: what it is, what it is called, when, where, what it is the same as. Only
what the release tells is told; what schema.org has no word for is left out.

Specification: https://schema.org/; JSON-LD 1.1. The context is named, as search engines know it by heart; no
browser fetches it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from mesmart_kg.descriptions.model import Text
from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import expand

if TYPE_CHECKING:
    from mesmart_kg.descriptions.model import Description, Value

__all__ = ["find_type", "to_schema_org"]

MOST_VALUES: Final = 25
LONGEST_TEXT: Final = 5000

_TYPES: Final = {
    expand(name): kind
    for name, kind in (
        ("cc:City", "City"),
        ("cc:Country", "Country"),
        ("cc:Region", "AdministrativeArea"),
        ("cc:Community", "Organization"),
        ("cc:EventSeries", "EventSeries"),
        ("cc:Event", "Event"),
        ("cc:Project", "Project"),
        ("cc:Source", "CreativeWork"),
        ("cc:Mechanism", "DefinedTerm"),
        ("m8g:PublicOrganisation", "GovernmentOrganization"),
        ("org:FormalOrganization", "Organization"),
        ("org:OrganizationalUnit", "Organization"),
        ("org:Organization", "Organization"),
        ("schema:Place", "Place"),
        ("skos:Concept", "DefinedTerm"),
        ("skos:ConceptScheme", "DefinedTermSet"),
        ("qb:DataSet", "Dataset"),
    )
}
"""What schema.org calls a class; the first that fits is taken."""

_LINKS: Final = {
    expand(name): key
    for name, key in (
        ("schema:containedInPlace", "containedInPlace"),
        ("schema:location", "location"),
        ("schema:organizer", "organizer"),
        ("schema:superEvent", "superEvent"),
        ("org:memberOf", "memberOf"),
        ("schema:memberOf", "memberOf"),
    )
}
_TEXTS: Final = {
    expand(name): key
    for name, key in (
        ("schema:startDate", "startDate"),
        ("schema:endDate", "endDate"),
        ("schema:foundingDate", "foundingDate"),
        ("dcterms:issued", "datePublished"),
    )
}
_DESCRIPTIONS: Final = tuple(expand(name) for name in ("dcterms:description", "skos:definition"))
_SAME: Final = tuple(expand(name) for name in ("skos:exactMatch", "owl:sameAs"))
_PLACES: Final = frozenset({"City", "Country", "AdministrativeArea", "Place"})
_NAMED: Final = {"location": "Place", "organizer": "Organization", "superEvent": "EventSeries"}


def find_type(classes: Iterable[Reference]) -> str | None:
    """Return the type of schema.org that the first of some classes is; None if it has no word for any."""
    return next((_TYPES[each.iri] for each in classes if each.iri in _TYPES), None)


def to_schema_org(
    description: Description,
    language: str,
    page: str,
    dataset: tuple[str, str, str] | None,
    point: tuple[str, str] | None = None,
) -> str | None:
    """Return the JSON-LD text for one page; None for what schema.org has no type for.

    ``page`` is the address of the page; ``dataset`` the IRI, the title and the licence of what it is part of;
    ``point`` longitude and latitude.
    """
    kind = find_type(description.classes)
    if kind is None:
        return None
    about: dict[str, Any] = {"@type": kind, "@id": description.iri, "name": description.name.value}
    about |= _tell_texts(description) | _tell_links(description)
    if point and kind in _PLACES:
        about["geo"] = {"@type": "GeoCoordinates", "longitude": point[0], "latitude": point[1]}
    about["mainEntityOfPage"] = page
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": page,
        "inLanguage": language,
        "name": description.name.value,
        "mainEntity": about,
    }
    if dataset:
        iri, title, licence = dataset
        document["license"] = licence
        document["isPartOf"] = {"@type": "Dataset", "@id": iri, "name": title, "license": licence}
    return json.dumps(document, ensure_ascii=False, indent=1)


def _tell_texts(description: Description) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if description.other_names:
        told["alternateName"] = [name.value for name in description.other_names[:MOST_VALUES]]
    texts = [text for property_ in _DESCRIPTIONS for text in _texts(description.find_values(property_))]
    if texts:
        told["description"] = texts[0][:LONGEST_TEXT]
    for property_, key in _TEXTS.items():
        found = _texts(description.find_values(property_))
        if found:
            told[key] = found[0]
    codes = [text.partition(":") for text in _texts(description.find_values(expand("dcterms:identifier")))]
    if codes:
        told["identifier"] = [
            {"@type": "PropertyValue", "propertyID": scheme, "value": code} if code else scheme
            for scheme, _, code in codes
            if scheme != "slug"  # a name of our own making
        ]
    return told


def _tell_links(description: Description) -> dict[str, Any]:
    told: dict[str, Any] = {}
    same = [iri for property_ in _SAME for iri in _iris(description.find_values(property_))]
    if same:
        told["sameAs"] = same
    address = _iris(description.find_values(expand("schema:url")))
    if address:
        told["url"] = address[0]
    mode = _iris(description.find_values(expand("schema:eventAttendanceMode")))
    if mode:
        told["eventAttendanceMode"] = mode[0]
    for property_, key in _LINKS.items():
        references = [value for value in description.find_values(property_) if isinstance(value, Reference)]
        if references and key not in told:
            told[key] = [_refer(reference, _NAMED.get(key)) for reference in references]
    return told


def _refer(reference: Reference, kind: str | None) -> dict[str, str]:
    typed = {"@type": kind} if kind else {}
    return {**typed, "@id": reference.iri, "name": reference.name.value}


def _texts(values: Iterable[Value]) -> list[str]:
    return [value.name.value for value in values if isinstance(value, Text)]


def _iris(values: Iterable[Value]) -> list[str]:
    return [value.iri for value in values if isinstance(value, Reference)]
